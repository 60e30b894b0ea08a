package testutil_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// TestKillAtChild is not a test of its own: TestKillAt runs it in a process that it kills.
func TestKillAtChild(t *testing.T) {
	dir := os.Getenv("NESTOS_KILL_DIR")
	if dir == "" {
		t.Skip("only runs as a child process")
	}
	require.NoError(t, os.Mkdir(dir+"/d", 0o755))
	require.NoError(t, os.WriteFile(dir+"/d/f", []byte("x"), 0o644))
	require.NoError(t, os.Rename(dir+"/d/f", dir+"/d/g"))
}

func TestKillAt(t *testing.T) {
	exe, err := os.Executable()
	require.NoError(t, err)
	dir := t.TempDir()
	run := func(n int) (*testutil.Result, int) {
		require.NoError(t, os.RemoveAll(dir+"/d"))
		return testutil.KillAt(t, &testutil.RunOptions{Env: []string{"NESTOS_KILL_DIR=" + dir}}, n, exe, "-test.run=^TestKillAtChild$")
	}
	r, calls := run(0)
	require.Equal(t, 0, r.Exit, r)
	require.Contains(t, r.Stdout, "PASS")
	require.Equal(t, 4, calls) // mkdirat, openat, write, renameat
	want := []func(){
		func() { require.NoDirExists(t, dir+"/d") },
		func() { require.NoFileExists(t, dir+"/d/f") },
		func() { require.Empty(t, contents(t, dir+"/d/f")) },
		func() { require.Equal(t, "x", contents(t, dir+"/d/f")) },
	}
	for i, check := range want {
		r, calls := run(i + 1)
		require.Equal(t, -1, r.Exit)
		require.Equal(t, i+1, calls)
		require.NotContains(t, r.Stdout, "PASS")
		check()
		require.NoFileExists(t, dir+"/d/g")
	}
}

func contents(t *testing.T, path string) string {
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(b)
}
