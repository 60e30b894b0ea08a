package boottest

import "syscall"

// dieTogether ends the guest when the test's process dies, for instance
// because of its timeout.
func dieTogether() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
