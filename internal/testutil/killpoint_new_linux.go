//go:build linux && !amd64 && !arm64

package testutil

var oldCalls []uint64
