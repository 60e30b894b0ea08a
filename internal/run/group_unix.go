//go:build unix

package run

import (
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// ownGroup starts a program as the leader of a process group, all of which is
// signalled when the context ends: TERM at once, KILL after most of the grace
// period (at its end os/exec kills the leader). The function returned belongs
// after the run: it kills what is left of the group then, and disarms the timer,
// as the group's number may be given to others.
func ownGroup(cmd *exec.Cmd, grace time.Duration) (after func()) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var mu sync.Mutex
	var timer *time.Timer
	cmd.Cancel = func() error {
		mu.Lock()
		defer mu.Unlock()
		pid := cmd.Process.Pid
		timer = time.AfterFunc(grace*9/10, func() {
			mu.Lock()
			defer mu.Unlock()
			if timer != nil {
				_ = syscall.Kill(-pid, syscall.SIGKILL)
			}
		})
		return syscall.Kill(-pid, syscall.SIGTERM)
	}
	return func() {
		mu.Lock()
		defer mu.Unlock()
		if timer != nil {
			timer.Stop()
			timer = nil
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		}
	}
}

func signalName(state *os.ProcessState) string {
	status, ok := state.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() {
		return ""
	}
	return unix.SignalName(status.Signal())
}
