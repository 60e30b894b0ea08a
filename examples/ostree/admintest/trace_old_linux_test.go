//go:build amd64 || arm64

package admintest_test

import "golang.org/x/sys/unix"

// oldCalls do not exist on younger architectures.
var oldCalls = []uint64{unix.SYS_RENAMEAT}
