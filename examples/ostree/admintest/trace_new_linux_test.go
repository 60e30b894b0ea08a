//go:build !amd64 && !arm64

package admintest_test

// oldCalls do not exist here.
var oldCalls []uint64
