//go:build arm64

package testutil

import "golang.org/x/sys/unix"

var oldCalls = map[uint64]call{unix.SYS_RENAMEAT: {name: "renameat"}}
