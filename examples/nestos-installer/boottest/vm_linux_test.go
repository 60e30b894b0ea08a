package boottest_test

import "syscall"

// dieTogether ends a machine when the test's process dies, for instance because of its
// timeout.
func dieTogether() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
