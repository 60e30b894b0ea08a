package admintest_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestKillFreezer kills whichever process of the program, helpers included, is about to freeze or to thaw /boot,
// once for each time. The file system must not stay frozen.
func TestKillFreezer(t *testing.T) {
	l := newLab(t, ours(t), killCases[0])
	run := func(n int) *tracer {
		unmount := l.copy()
		defer unmount()
		k := &tracer{path: l.p.path, args: append([]string{"admin"}, l.expand(l.c.command)...), env: l.env, dir: l.dir, at: n, helpers: true}
		exit := k.run(t)
		t.Logf("killed before call %d of %v: exit status %d", n, k.calls, exit)
		if !writable(l.root) {
			t.Errorf("frozen after a kill before call %d of %v", n, k.calls)
			_, err := thaw(l.root)
			require.NoError(t, err)
		}
		return k
	}
	calls := run(0).calls
	require.Contains(t, calls, "FIFREEZE")
	for n := range calls {
		run(n + 1)
	}
}
