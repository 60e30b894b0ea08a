//go:build !linux

package boottest_test

import "syscall"

func dieTogether() *syscall.SysProcAttr { return nil }
