//go:build !linux

package testutil

import "testing"

func traceChanges(t testing.TB, _ *TraceOptions, _ string, _ []string) *Trace {
	t.Helper()
	t.Skip("needs Linux")
	return nil
}
