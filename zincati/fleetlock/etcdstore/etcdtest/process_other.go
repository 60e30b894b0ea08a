//go:build !linux

package etcdtest

import (
	"syscall"
	"time"
)

func dieWithParent() *syscall.SysProcAttr { return nil }

func waitStopped(int) { time.Sleep(time.Second) }
