package ostree_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// A commit that was staged but never published is forgotten: some of its objects may have been in the
// repository already, without anything that refers to them, and have been pruned since.
func TestStagedCommitDoesNotOutliveItsObjects(t *testing.T) {
	r := newRepo(t, ostree.ModeArchive)
	dir := t.TempDir()
	write(t, dir, "f", "content that a prune removes", 0o644)
	gone := commitDir(t, r, dir, "old", nil, nil)
	txn, err := r.Begin(t.Context(), nil)
	require.NoError(t, err)
	tree := ostree.NewTree()
	require.NoError(t, txn.AddDirectory(t.Context(), tree, dir, nil))
	root, meta, err := txn.WriteTree(tree)
	require.NoError(t, err)
	staged, err := txn.WriteCommit(t.Context(), root, meta, &ostree.CommitOptions{Subject: "staged", Detached: detachedNote()})
	require.NoError(t, err)
	require.NoError(t, txn.Abort()) // like a kill, it leaves the staging directory
	require.NotEqual(t, gone, staged)

	require.NoError(t, r.SetRefImmediate("old", object.Checksum{}))
	_, err = r.Prune(t.Context(), &ostree.PruneOptions{RefsOnly: true})
	require.NoError(t, err)
	require.Empty(t, objectsOf(t, r.Path()))

	other := t.TempDir()
	write(t, other, "g", "something else", 0o644)
	next := commitDir(t, r, other, "new", nil, nil)
	commits, err := r.Commits(t.Context())
	require.NoError(t, err)
	require.Equal(t, []object.Checksum{next}, commits)
	wholeRepo(t, r.Path())
}

// What a pull has staged is marked, and waits for the next pull.
func TestStagedPullIsResumed(t *testing.T) {
	src, commits := history(t, 2)
	s := serve(t, src.Path())
	last := object.Name{Checksum: resolveFile(t, src, commits[1], "/d/n1"), Type: object.TypeFile}
	s.fail("/objects/" + last.LoosePath(true))
	r := newRepo(t, ostree.ModeBareUser)
	addRemote(t, r, "o", s.URL)
	_, err := r.Pull(t.Context(), "o", &ostree.PullOptions{Refs: []string{"main"}, Retries: -1, MaxRequests: 1})
	require.Error(t, err)
	state, err := r.CommitState(commits[1])
	require.NoError(t, err)
	require.Equal(t, ostree.CommitPartial, state)
	_, err = r.Prune(t.Context(), nil)
	require.NoError(t, err)
	s.setHook(nil)
	s.requests()
	stats, err := r.Pull(t.Context(), "o", &ostree.PullOptions{Refs: []string{"main"}})
	require.NoError(t, err)
	require.Less(t, stats.ContentFetched, 4, "what was staged is not fetched again")
	require.NotContains(t, s.requests(), "/objects/"+object.Name{Checksum: commits[1], Type: object.TypeCommit}.LoosePath(true))
	wholeRepo(t, r.Path())
}

func resolveFile(t testing.TB, r *ostree.Repo, commit object.Checksum, path string) object.Checksum {
	t.Helper()
	e, err := r.Lookup(t.Context(), commit, path)
	require.NoError(t, err)
	return e.Checksum
}

// The next transaction removes what dead processes left in tmp/, and nothing that is in use.
func TestLeftoversInTmp(t *testing.T) {
	r := newRepo(t, ostree.ModeArchive)
	tmp := filepath.Join(r.Path(), "tmp")
	write(t, tmp, "part-file", "x", 0o644)
	write(t, tmp, "part-dir/sub/file", "x", 0o644)
	write(t, tmp, "part-used", "x", 0o644)
	write(t, tmp, "part-used-dir/file", "x", 0o644)
	write(t, tmp, "other-program", "x", 0o644)
	write(t, tmp, "old-program", "x", 0o644)
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	require.NoError(t, err)
	write(t, tmp, "staging-"+strings.TrimSpace(string(boot))+"-abcdef-lock", "", 0o600)
	write(t, tmp, "staging-another-boot-abcdef/ab/cd.file", "", 0o644)
	long := time.Now().Add(-48 * time.Hour)
	require.NoError(t, os.Chtimes(filepath.Join(tmp, "old-program"), long, long))
	for _, name := range []string{"part-used", "part-used-dir"} {
		f, err := os.Open(filepath.Join(tmp, name))
		require.NoError(t, err)
		defer f.Close()
		require.NoError(t, unix.Flock(int(f.Fd()), unix.LOCK_EX))
	}
	cleanScene(t, r)
	var left []string
	list, err := os.ReadDir(tmp)
	require.NoError(t, err)
	for _, e := range list {
		left = append(left, e.Name())
	}
	require.Equal(t, []string{"cache", "other-program", "part-used", "part-used-dir"}, left)
	require.FileExists(t, filepath.Join(tmp, "part-used-dir/file"))
}

// Files under construction never show up as refs.
func TestNoTemporaryRefs(t *testing.T) {
	k := killCases["refs"]
	dir := t.TempDir()
	k.prepare(t, dir)
	k.run(t, dir, "")
	for name := range refFiles(t, dir) {
		require.NotContains(t, name, "part-")
	}
}

func TestParentRepositoriesInACircle(t *testing.T) {
	r := newRepo(t, ostree.ModeArchive)
	c, err := r.EditConfig()
	require.NoError(t, err)
	require.NoError(t, c.Set("core", "parent", r.Path()))
	require.NoError(t, r.SetConfig(c))
	_, err = ostree.Open(r.Path(), nil)
	require.ErrorContains(t, err, "more than 16 parent repositories")
}

// A fifo in the place of an object must not make anybody wait.
func TestFifoForAnObject(t *testing.T) {
	for _, mode := range []ostree.Mode{ostree.ModeArchive, ostree.ModeBareUser} {
		s := newSpecimen(t, mode)
		for _, n := range []object.Name{s.file, s.leaf, s.dirMeta, s.tip} {
			repo := copyRepo(t, s.path)
			require.NoError(t, os.Remove(s.at(repo, n)))
			require.NoError(t, unix.Mkfifo(s.at(repo, n), 0o644))
			src, err := ostree.Open(repo, nil)
			require.NoError(t, err)
			defer src.Close()
			r := newRepo(t, ostree.ModeArchive)
			before := repoState(t, r)
			_, err = r.PullLocal(t.Context(), src, &ostree.PullLocalOptions{Untrusted: true})
			require.ErrorContains(t, err, n.Checksum.String())
			unchanged(t, before, r)
			require.Error(t, src.Checkout(t.Context(), s.tip.Checksum, filepath.Join(t.TempDir(), "co"), &ostree.CheckoutOptions{UserMode: true, ForceCopy: true}))
		}
	}
}

// Refs that are deleted go after others are written, unless they are in the way.
func TestOrderOfRefs(t *testing.T) {
	k := killCase{
		prepare: func(t testing.TB, dir string) *repoServer {
			sceneRepo(t, dir, ostree.ModeArchive)
			r := openIn(t, dir)
			for _, ref := range []string{"z", "y/sub", "x", "old1", "old2"} {
				require.NoError(t, r.SetRefImmediate(ref, resolve(t, r, "main")))
			}
			return nil
		},
	}
	dir := t.TempDir()
	k.prepare(t, dir)
	r := openIn(t, dir)
	c := resolve(t, r, "main")
	txn, err := r.Begin(t.Context(), nil)
	require.NoError(t, err)
	for _, ref := range []string{"z/now/a/directory", "y", "new"} {
		require.NoError(t, txn.SetRef(ref, c))
	}
	for _, ref := range []string{"z", "y/sub", "x", "old1", "old2"} {
		require.NoError(t, txn.SetRef(ref, object.Checksum{}))
	}
	_, err = txn.Commit(t.Context())
	require.NoError(t, err)
	refs, err := r.Refs("")
	require.NoError(t, err)
	var names []string
	for _, ref := range refs {
		names = append(names, ref.Name)
	}
	require.Equal(t, []string{"b/c", "main", "new", "y", "z/now/a/directory"}, names)
}
