//go:build !linux

package testutil

import "testing"

// KillAt skips: processes are only traced on Linux.
func KillAt(t testing.TB, opts *RunOptions, n int, name string, args ...string) (*Result, int) {
	t.Helper()
	t.Skip("needs Linux")
	return nil, 0
}
