package testutil_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
)

func everything(t *testing.T, dir string) *testutil.TreeOptions {
	t.Helper()
	opts := &testutil.TreeOptions{Entries: 300, SpecialModes: true, HardLinks: true, Owners: os.Geteuid() == 0}
	if runtime.GOOS == "linux" {
		testutil.UserXattrs(t, dir)
		opts.Xattrs = true
	}
	opts.Readable = os.Geteuid() != 0
	return opts
}

func TestSameSeedSameTree(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	seed := testutil.Seed(t)
	testutil.RandomTree(t, a, seed, everything(t, a))
	testutil.RandomTree(t, b, seed, everything(t, b))
	testutil.SameTree(t, a, b, &testutil.SameOptions{Times: true, IgnoreRoot: true})

	other := t.TempDir()
	testutil.RandomTree(t, other, seed+1, nil)
	diffs, err := testutil.DiffTree(a, other, nil)
	require.NoError(t, err)
	require.NotEmpty(t, diffs, "another seed")
}

func TestDiffTreeFinds(t *testing.T) {
	for name, c := range map[string]struct {
		change func(dir string) error
		want   string
	}{
		"content":    {func(d string) error { return os.WriteFile(d+"/f", []byte("yes"), 0) }, `"f": content differs after 0 bytes`},
		"length":     {func(d string) error { return os.WriteFile(d+"/f", []byte("one2"), 0) }, `"f": content differs after 0 bytes`},
		"mode":       {func(d string) error { return os.Chmod(d+"/sub", 0o700) }, `"sub": mode drwxr-xr-x, drwx------`},
		"root mode":  {func(d string) error { return os.Chmod(d, 0o700) }, `".": mode drwxr-xr-x, drwx------`},
		"missing":    {func(d string) error { return os.Remove(d + "/sub/link") }, `"sub/link": only in the first`},
		"additional": {func(d string) error { return os.Mkdir(d+"/sub/new", 0o755) }, `"sub/new": only in the second`},
		"target": {func(d string) error {
			os.Remove(d + "/sub/link")
			return os.Symlink("f", d+"/sub/link")
		}, `"sub/link": target "nowhere", "f"`},
		"type": {func(d string) error {
			os.Remove(d + "/f")
			return os.Mkdir(d+"/f", 0o755)
		}, `"f": type ----------, d---------`},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := small(t), small(t)
			testutil.SameTree(t, a, b, nil)
			require.NoError(t, c.change(b))
			diffs, err := testutil.DiffTree(a, b, nil)
			require.NoError(t, err)
			require.Equal(t, []string{c.want}, diffs)
		})
	}
}

func small(t *testing.T) string {
	dir := filepath.Join(t.TempDir(), "tree")
	for _, d := range []string{"", "/sub"} {
		require.NoError(t, os.Mkdir(dir+d, 0o755))
		require.NoError(t, os.Chmod(dir+d, 0o755))
	}
	require.NoError(t, os.WriteFile(dir+"/f", []byte("one"), 0o644))
	require.NoError(t, os.Symlink("nowhere", dir+"/sub/link"))
	return dir
}

func TestMissingSkipsAndFailsInCI(t *testing.T) {
	for _, ci := range []string{"", "true"} {
		t.Setenv("CI", ci)
		f := &fake{TB: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			testutil.Tool(f, "no-such-program-at-all")
		}()
		<-done
		require.Equal(t, ci == "", f.skipped)
		require.Equal(t, ci != "", f.failed)
	}
	require.True(t, strings.HasSuffix(testutil.Tool(t, "sh"), "/sh"))
}

// fake records how a test ended instead of ending it.
type fake struct {
	testing.TB
	skipped, failed bool
}

func (f *fake) Skipf(string, ...any)  { f.skipped = true; runtime.Goexit() }
func (f *fake) Fatalf(string, ...any) { f.failed = true; runtime.Goexit() }

func TestRun(t *testing.T) {
	r := testutil.Run(t, &testutil.RunOptions{Env: []string{"X=1"}, Dir: "/", Stdin: "in"},
		"sh", "-c", `cat; echo " $X $PWD"; echo oops >&2; exit 3`)
	require.Equal(t, "in 1 /\n", r.Stdout)
	require.Equal(t, "oops\n", r.Stderr)
	require.Equal(t, 3, r.Exit)
}
