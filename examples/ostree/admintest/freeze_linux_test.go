package admintest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// TestKillFreezer kills whichever process of the program, helpers included, is about to freeze or to thaw /boot,
// once for each time. The file system must not stay frozen.
func TestKillFreezer(t *testing.T) {
	l := newLab(t, ours(t), killCases[0])
	run := func(n int) []string {
		unmount := l.copy()
		defer unmount()
		r := l.trace(testutil.TraceOptions{KillAt: n, Helpers: true, Only: []string{"FIFREEZE", "FITHAW"}}, l.c.command...)
		t.Logf("killed before call %d of %v: exit status %d", n, r.Changes, r.Exit)
		if !writable(l.root) {
			t.Errorf("frozen after a kill before call %d of %v", n, r.Changes)
			_, err := thaw(l.root)
			require.NoError(t, err)
		}
		return r.Changes
	}
	calls := run(0)
	require.Contains(t, calls, "FIFREEZE")
	for n := range calls {
		run(n + 1)
	}
}
