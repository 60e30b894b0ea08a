//go:build !linux

package torturetest

import "syscall"

func dieWithParent() *syscall.SysProcAttr { return nil }
