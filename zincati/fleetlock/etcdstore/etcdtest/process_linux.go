package etcdtest

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// dieWithParent ends etcd together with a test that is killed.
func dieWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }

// waitStopped returns when all threads of a child have stopped; on a busy machine some run on after the signal.
func waitStopped(pid int) {
	for unix.Waitid(unix.P_PID, pid, nil, unix.WSTOPPED|unix.WNOWAIT, nil) == unix.EINTR {
	}
}
