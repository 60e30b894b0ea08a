package kernel_test

import (
	"os"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// Whenever a run is killed, files that are there are whole, and the next run
// completes the directory and leaves nothing else.
func TestKilledInstall(t *testing.T) {
	testutil.Root(t)
	if testing.Short() {
		t.Skip("starts many programs")
	}
	for name, c := range map[string]struct {
		boot   func(t *testing.T) string
		suffix string
	}{
		"links":      {boot: func(t *testing.T) string { return t.TempDir() }},
		"copies":     {boot: func(t *testing.T) string { return testutil.Tmpfs(t, "mode=755") }},
		"temp names": {boot: func(t *testing.T) string { return t.TempDir() }, suffix: ":named"},
	} {
		t.Run(name, func(t *testing.T) {
			self, err := os.Executable()
			must(t, err)
			tree, boot := t.TempDir(), c.boot(t)
			full.write(t, tree)
			run := &testutil.RunOptions{Env: []string{installVar + "=" + tree + ":" + boot + c.suffix}}
			dir := boot + "/ostree/demo"
			for n := 1; ; n++ {
				must(t, os.RemoveAll(boot+"/ostree"))
				res, _ := testutil.KillAt(t, run, n, self)
				if _, err := os.Stat(dir); err == nil {
					partial(t, n, contents(t, dir), installed)
				}
				if again := testutil.Run(t, run, self); again.Exit != 0 {
					t.Fatalf("kill %d: %v", n, again)
				}
				same(t, contents(t, dir), installed)
				if t.Failed() {
					t.Fatalf("killed at call %d", n)
				}
				if res.Exit == 0 {
					t.Logf("%d calls", n-1)
					return
				} else if res.Exit != -1 {
					t.Fatal(res)
				}
			}
		})
	}
}

// partial checks that the files that exist are whole.
func partial(t *testing.T, n int, got, want files) {
	t.Helper()
	for name, text := range got {
		temporary := strings.Contains(name, ".tmp-nestos.")
		if !temporary && want[name] != text {
			t.Errorf("kill %d: %s is %q", n, name, text)
		}
	}
}
