//go:build linux && (loong64 || riscv64)

package testutil

var oldCalls map[uint64]call
