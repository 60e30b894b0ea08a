package ostree_test

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// killCase is an operation that is killed at each change it makes to the file system. It works on a
// directory with a repository "repo" and whatever else prepare puts there.
type killCase struct {
	prepare func(t testing.TB, dir string) *repoServer // nil: without a server
	run     func(t testing.TB, dir, url string)        // the operation, in a child process and after a kill
	again   func(t testing.TB, dir, url string)        // how it is repeated after a kill; nil means run
	after   func(t testing.TB, dir string)             // more to hold after a kill; may be nil
	damaged bool                                       // the repository is not whole, nor becomes so
	private []string                                   // paths that are compared neither before nor after
}

// TestKillChild is not a test of its own: TestKilled runs it in a process that it kills.
func TestKillChild(t *testing.T) {
	dir := os.Getenv("NESTOS_KILL_DIR")
	if dir == "" {
		t.Skip("only runs as a child process")
	}
	killCases[os.Getenv("NESTOS_KILL_CASE")].run(t, dir, os.Getenv("NESTOS_KILL_URL"))
}

// Every operation that is killed, right before any of its changes to the file system, leaves a repository
// that both programs find whole, with each ref old or new. When it is done again, the result is that of
// a run that nobody killed, to the last file, and nothing of the dead run is left.
//
// A sample of the places is tried; NESTOS_KILL_ALL=1 tries all of them.
func TestKilled(t *testing.T) {
	testutil.Root(t)
	testutil.UserXattrs(t, t.TempDir())
	seed := testutil.Seed(t)
	for i, name := range slices.Sorted(maps.Keys(killCases)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := &killing{killCase: killCases[name], name: name, rng: rand.New(rand.NewPCG(seed, uint64(i)))}
			k.all(t)
		})
	}
}

// killing is the suite for one case.
type killing struct {
	killCase
	name   string
	rng    *rand.Rand
	master string // what the operation begins with
	url    string
	old    map[string]string // refs
	want   map[string]string // everything, when the operation is done
	final  map[string]string // refs then
}

const killSample = 6

func (k *killing) all(t *testing.T) {
	k.master = filepath.Join(t.TempDir(), "master")
	require.NoError(t, os.Mkdir(k.master, 0o755))
	if s := k.prepare(t, k.master); s != nil {
		k.url = s.URL
	}
	k.old = refFiles(t, k.master)
	dir := k.copy(t)
	res, calls := k.child(t, dir, 0)
	require.Zero(t, res.Exit, res)
	require.NotZero(t, calls)
	k.want, k.final = k.state(t, dir), refFiles(t, dir)
	k.check(t, dir)
	step := 1
	if os.Getenv("NESTOS_KILL_ALL") == "" && calls > killSample {
		step = calls / killSample
	}
	killed := 0
	for n := 1 + k.rng.IntN(step); n <= calls; n += step {
		if k.one(t, n) {
			killed++
		}
		if t.Failed() {
			t.Fatalf("killed before change %d of %d", n, calls)
		}
	}
	require.NotZero(t, killed)
	t.Logf("%d changes, killed before %d of them", calls, killed)
}

func (k *killing) copy(t testing.TB) string {
	dir := filepath.Join(t.TempDir(), "run")
	testutil.CopyTree(t, k.master, dir)
	return dir
}

func (k *killing) child(t testing.TB, dir string, n int) (*testutil.Result, int) {
	exe, err := os.Executable()
	require.NoError(t, err)
	env := []string{"NESTOS_KILL_CASE=" + k.name, "NESTOS_KILL_DIR=" + dir, "NESTOS_KILL_URL=" + k.url}
	return testutil.KillAt(t, &testutil.RunOptions{Env: env}, n, exe, "-test.run=^TestKillChild$")
}

// one kills at one place; false if the operation made fewer changes this time.
func (k *killing) one(t *testing.T, n int) (killed bool) {
	dir := k.copy(t)
	defer os.RemoveAll(filepath.Dir(dir))
	res, _ := k.child(t, dir, n)
	if res.Exit == 0 {
		return false
	}
	require.Equal(t, -1, res.Exit, res)
	k.check(t, dir)
	for name, sum := range refFiles(t, dir) {
		require.True(t, sum == k.old[name] || sum == k.final[name], "ref %s is neither old nor new", name)
	}
	again := k.again
	if again == nil {
		again = k.run
	}
	again(t, dir, k.url)
	require.Equal(t, k.want, k.state(t, dir))
	k.check(t, dir)
	return true
}

// check sees that the repository is whole, by the reference too.
func (k *killing) check(t testing.TB, dir string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(dir, "repo/objects")); err == nil && !k.damaged {
		wholeRepo(t, filepath.Join(dir, "repo"))
	}
	if k.after != nil {
		k.after(t, dir)
	}
}

// wholeRepo verifies that every ref names a complete commit and every object is right.
func wholeRepo(t testing.TB, path string) {
	t.Helper()
	r, err := ostree.Open(path, nil)
	require.NoError(t, err)
	defer r.Close()
	refs, err := r.Refs("")
	require.NoError(t, err)
	for _, ref := range refs {
		_, err := r.LoadCommit(ref.Checksum)
		require.NoError(t, err)
	}
	_, err = r.Fsck(t.Context(), nil)
	require.NoError(t, err)
	tool, err := exec.LookPath("ostree")
	if err != nil {
		if testutil.CI() {
			testutil.Tool(t, "ostree")
		}
		return
	}
	res := testutil.Run(t, nil, tool, "--repo="+path, "fsck", "-q")
	require.Zero(t, res.Exit, res)
}

// state describes every file of the scene, for comparison.
func (k *killing) state(t testing.TB, dir string) map[string]string {
	t.Helper()
	return snapshot(t, dir, append([]string{"repo/.lock"}, k.private...)...)
}

// snapshot describes every file below dir but those named: type, permissions, owner, and a digest of the
// content; of links the target.
func snapshot(t testing.TB, dir string, except ...string) map[string]string {
	t.Helper()
	out := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, p)
		if err != nil || rel == "." {
			return err
		}
		if slices.Contains(except, rel) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		out[rel], err = fileState(p)
		return err
	}))
	return out
}

func fileState(p string) (string, error) {
	var st unix.Stat_t
	if err := unix.Lstat(p, &st); err != nil {
		return "", err
	}
	text := fmt.Sprintf("%o %d:%d", st.Mode, st.Uid, st.Gid)
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		b, err := os.ReadFile(p)
		return fmt.Sprintf("%s %x", text, sha256.Sum256(b)), err
	case unix.S_IFLNK:
		target, err := os.Readlink(p)
		return text + " " + target, err
	}
	return text, nil
}

// refFiles reads all files below refs/.
func refFiles(t testing.TB, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	root := filepath.Join(dir, "repo/refs")
	require.NoError(t, filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if os.IsNotExist(err) && p == root {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(p)
		out[strings.TrimPrefix(p, root+"/")] = string(b)
		return err
	}))
	return out
}

// The reference goes on where a killed run of ours has stopped, and then we do: neither trips over what is
// left, and both commits are whole.
func TestReferenceGoesOnAfterKill(t *testing.T) {
	t.Parallel()
	testutil.Root(t)
	tool := testutil.Tool(t, "ostree")
	rng := rand.New(rand.NewPCG(testutil.Seed(t), 1))
	for _, name := range []string{"commit to archive", "commit to bare", "refs"} {
		k := &killing{killCase: killCases[name], name: name, master: filepath.Join(t.TempDir(), "master")}
		require.NoError(t, os.Mkdir(k.master, 0o755))
		k.prepare(t, k.master)
		_, calls := k.child(t, k.copy(t), 0)
		for range 5 {
			dir := k.copy(t)
			n := 1 + rng.IntN(calls)
			k.child(t, dir, n)
			other := t.TempDir()
			write(t, other, "f", "of the other program", 0o644)
			testutil.Run(t, &testutil.RunOptions{Must: true}, tool, "--repo="+filepath.Join(dir, "repo"), "commit", "-b", "theirs", other)
			k.check(t, dir)
			k.run(t, dir, "")
			k.check(t, dir)
			testutil.Run(t, &testutil.RunOptions{Must: true}, tool, "--repo="+filepath.Join(dir, "repo"), "prune", "--refs-only")
			k.check(t, dir)
		}
	}
}
