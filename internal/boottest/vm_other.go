//go:build !linux

package boottest

import "syscall"

func dieTogether() *syscall.SysProcAttr { return nil }
