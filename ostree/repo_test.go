package ostree_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

var modes = []ostree.Mode{ostree.ModeArchive, ostree.ModeBareUser, ostree.ModeBareUserOnly, ostree.ModeBare}

func newRepo(t testing.TB, mode ostree.Mode) *ostree.Repo {
	t.Helper()
	return initRepo(t, filepath.Join(t.TempDir(), "repo"), mode)
}

func initRepo(t testing.TB, path string, mode ostree.Mode) *ostree.Repo {
	t.Helper()
	if mode == ostree.ModeBareUser {
		testutil.UserXattrs(t, filepath.Dir(path))
	}
	r, err := ostree.Init(path, &ostree.InitOptions{Mode: mode})
	require.NoError(t, err)
	t.Cleanup(func() { r.Close() })
	return r
}

// commitDir commits a directory to a branch in one transaction.
func commitDir(t testing.TB, r *ostree.Repo, dir, branch string, mod *ostree.Modifier, opts *ostree.CommitOptions) object.Checksum {
	t.Helper()
	ctx := t.Context()
	txn, err := r.Begin(ctx, nil)
	require.NoError(t, err)
	defer txn.Abort()
	tree := ostree.NewTree()
	require.NoError(t, txn.AddDirectory(ctx, tree, dir, mod))
	root, meta, err := txn.WriteTree(tree)
	require.NoError(t, err)
	if opts == nil {
		opts = &ostree.CommitOptions{Refs: []string{branch}, Time: time.Unix(1700000000, 0)}
	}
	c, err := txn.WriteCommit(ctx, root, meta, opts)
	require.NoError(t, err)
	require.NoError(t, txn.SetRef(branch, c))
	_, err = txn.Commit(ctx)
	require.NoError(t, err)
	return c
}

func worked(t testing.TB) string {
	dir := filepath.Join(t.TempDir(), "t")
	testutil.UserXattrs(t, filepath.Dir(dir))
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "d"), 0o755))
	f := filepath.Join(dir, "d/f")
	require.NoError(t, os.WriteFile(f, []byte("hello\n"), 0o644))
	require.NoError(t, unix.Setxattr(f, "user.k", []byte("v1"), 0))
	require.NoError(t, os.Symlink("f", filepath.Join(dir, "d/l")))
	return dir
}

var owner0 = &ostree.CommitRules{OwnerUID: new(uint32), OwnerGID: new(uint32)}

// The worked example of the repository format gives the same commit in all modes that keep xattrs.
func TestWorkedExample(t *testing.T) {
	dir := worked(t)
	for _, mode := range []ostree.Mode{ostree.ModeArchive, ostree.ModeBareUser, ostree.ModeBare} {
		t.Run(mode.String(), func(t *testing.T) {
			if mode == ostree.ModeBare {
				testutil.Root(t)
			}
			r := newRepo(t, mode)
			md := &object.Dict{}
			md.Set("version", object.NewString("1.0"))
			c := commitDir(t, r, dir, "ex/main", &ostree.Modifier{Filter: owner0.Filter}, &ostree.CommitOptions{
				Subject: "subj", Body: "body", Time: time.Unix(1700000000, 0), Metadata: md, Refs: []string{"ex/main"}})
			require.Equal(t, "6ac15c02d696dbb99e3400402bdc4fc083a2a44d36e60860fd76271c4bcb9458", c.String())

			f := object.MustChecksum("066b4c7beeee0e945553058ab2e21bc10a5745e69195ecb2126f88b81678f2d2")
			h, size, err := r.StatFile(f)
			require.NoError(t, err)
			require.EqualValues(t, 6, size)
			require.Equal(t, object.Xattrs{{Name: "user.k", Value: []byte("v1")}}, h.Xattrs)
			path := filepath.Join(r.Path(), "objects", object.Name{Checksum: f, Type: object.TypeFile}.LoosePath(mode == ostree.ModeArchive))
			b, err := os.ReadFile(path)
			require.NoError(t, err)
			if mode == ostree.ModeArchive {
				require.Equal(t, "\x00\x00\x00\x25\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x81\xa4\x00\x00\x00\x00"+
					"\x00user.k\x00v1\x07\x0a\x19\xcb\x48\xcd\xc9\xc9\xe7\x02\x00", string(b))
			} else {
				require.Equal(t, "hello\n", string(b))
				var st unix.Stat_t
				require.NoError(t, unix.Lstat(path, &st))
				require.Zero(t, st.Mtim.Sec)
			}
			if mode == ostree.ModeBareUser {
				x := make([]byte, 100)
				n, err := unix.Getxattr(path, "user.ostreemeta", x)
				require.NoError(t, err)
				require.Equal(t, "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x81\xa4user.k\x00v1\x07\x0a", string(x[:n]))
			}
		})
	}
}

// Sizes in a commit depend on the deflate encoder giving what zlib gives.
func TestSizesExample(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o755))
	var seq strings.Builder
	for i := 1; i <= 20000; i++ {
		seq.WriteString(itoa(i) + "\n")
	}
	for name, content := range map[string]string{"h": "hello\n", "empty": "", "seq": seq.String()} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
	}
	require.NoError(t, os.Symlink("h", filepath.Join(dir, "l")))
	r := newRepo(t, ostree.ModeArchive)
	ctx := t.Context()
	txn, err := r.Begin(ctx, nil)
	require.NoError(t, err)
	txn.CollectSizes()
	tree := ostree.NewTree()
	require.NoError(t, txn.AddDirectory(ctx, tree, dir, &ostree.Modifier{NoXattrs: true, Filter: owner0.Filter}))
	root, meta, err := txn.WriteTree(tree)
	require.NoError(t, err)
	c, err := txn.WriteCommit(ctx, root, meta, &ostree.CommitOptions{NoBindings: true, Time: time.Unix(1700000000, 0)})
	require.NoError(t, err)
	require.Equal(t, "2643f82643496b196b18a310551b48c29def9839e6ab857385a83dc151152e88", c.String())
	_, err = txn.Commit(ctx)
	require.NoError(t, err)

	commit, err := r.LoadCommit(c)
	require.NoError(t, err)
	sizes, err := ostree.CommitSizes(commit)
	require.NoError(t, err)
	stored := map[int64]bool{}
	for _, s := range sizes {
		if s.Name.Type == object.TypeFile {
			stored[s.Archived] = true
		}
	}
	require.Equal(t, map[int64]bool{35: true, 42: true, 36: true, 43787: true}, stored)
}

func itoa(i int) string {
	if i < 10 {
		return string(rune('0' + i))
	}
	return itoa(i/10) + string(rune('0'+i%10))
}

// removeNonUTF8 drops what cannot be committed by anyone.
func removeNonUTF8(t testing.TB, dir string) {
	require.NoError(t, filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err == nil && strings.ToValidUTF8(d.Name(), "?") != d.Name() {
			require.NoError(t, os.RemoveAll(p))
			if d.IsDir() {
				return filepath.SkipDir
			}
		}
		return err
	}))
}

// objectsOf lists object names and their stored sizes.
func objectsOf(t testing.TB, repo string) map[string]int64 {
	out := map[string]int64{}
	require.NoError(t, filepath.Walk(filepath.Join(repo, "objects"), func(p string, st os.FileInfo, err error) error {
		if err == nil && !st.IsDir() {
			out[strings.TrimPrefix(p, repo)] = st.Size()
		}
		return err
	}))
	return out
}

func TestTransactions(t *testing.T) {
	r := newRepo(t, ostree.ModeArchive)
	ctx := context.Background()
	txn, err := r.Begin(ctx, nil)
	require.NoError(t, err)
	_, err = r.Begin(ctx, nil)
	require.ErrorIs(t, err, ostree.ErrTransactionRunning)

	h := &object.FileHeader{Mode: object.ModeRegular | 0o644}
	c, err := txn.WriteFile(ctx, nil, h, 5, strings.NewReader("hello"))
	require.NoError(t, err)
	name := object.Name{Checksum: c, Type: object.TypeFile}
	has, err := r.HasObject(name)
	require.NoError(t, err)
	require.True(t, has, "a transaction sees its own objects")
	other, err := ostree.Open(r.Path(), nil)
	require.NoError(t, err)
	defer other.Close()
	has, err = other.HasObject(name)
	require.NoError(t, err)
	require.False(t, has, "others do not")
	require.NoError(t, txn.Abort())

	// The staged object is found again: nothing is written a second time.
	txn, err = r.Begin(ctx, nil)
	require.NoError(t, err)
	_, err = txn.WriteFile(ctx, &c, h, 5, strings.NewReader("hello"))
	require.NoError(t, err)
	stats, err := txn.Commit(ctx)
	require.NoError(t, err)
	require.Equal(t, 1, stats.ContentTotal)
	require.Equal(t, 0, stats.ContentWritten)
	has, err = other.HasObject(name)
	require.NoError(t, err)
	require.True(t, has)
	names, err := os.ReadDir(filepath.Join(r.Path(), "tmp"))
	require.NoError(t, err)
	require.Len(t, names, 1, "only the cache is left")
}

func TestWrongContentIsRefused(t *testing.T) {
	r := newRepo(t, ostree.ModeBareUser)
	ctx := t.Context()
	txn, err := r.Begin(ctx, nil)
	require.NoError(t, err)
	defer txn.Abort()
	h := &object.FileHeader{Mode: object.ModeRegular | 0o644}
	want := object.Sum([]byte("something else"))
	for _, size := range []int{5, 3 << 20} {
		var ce *ostree.ChecksumError
		_, err = txn.WriteFile(ctx, &want, h, int64(size), strings.NewReader(strings.Repeat("x", size)))
		require.ErrorAs(t, err, &ce)
		require.Equal(t, want, ce.Name.Checksum)
		_, err = txn.WriteFile(ctx, nil, h, int64(size)+1, strings.NewReader(strings.Repeat("x", size)))
		require.ErrorContains(t, err, "shrank")
		_, err = txn.WriteFile(ctx, nil, h, int64(size)-1, strings.NewReader(strings.Repeat("x", size)))
		require.ErrorContains(t, err, "grew")
	}
	_, err = txn.WriteMeta(object.TypeDirTree, nil, (&object.DirTree{Files: []object.FileEntry{{Name: "../afile"}}}).Marshal())
	require.ErrorContains(t, err, ".dirtree: Invalid / in filename ../afile")
	for _, err := range r.Objects(ctx) {
		require.NoError(t, err)
		t.Fatal("an object became visible")
	}
}

func TestRefs(t *testing.T) {
	r := newRepo(t, ostree.ModeArchive)
	a, b := object.Sum([]byte("a")), object.Sum([]byte("b"))
	require.NoError(t, r.SetRefImmediate("x/y", a))
	require.NoError(t, r.SetRefImmediate("origin:main", b))
	require.ErrorContains(t, r.SetRefImmediate("x", a), "Conflict: x/y exists under x when attempting write")
	require.ErrorContains(t, r.SetRefImmediate("x/y/z", a), "Not a directory")
	require.EqualError(t, r.SetRefImmediate("a//b", a), "Invalid refspec a//b")
	require.EqualError(t, r.SetRefImmediate(a.String(), a), "Rev name '"+a.String()+"' looks like a checksum")
	refs, err := r.Refs("")
	require.NoError(t, err)
	require.Len(t, refs, 2)
	require.Equal(t, "origin:main", refs[0].Refspec())
	for _, rev := range []string{"main", "origin:main", "origin/main"} {
		c, err := r.ResolveRev(rev)
		require.NoError(t, err, rev)
		require.Equal(t, b, c)
	}
	_, err = r.ResolveRev("nosuch")
	require.EqualError(t, err, "Refspec 'nosuch' not found")
	require.ErrorIs(t, err, ostree.ErrNotFound)

	require.NoError(t, r.SetAlias("alias", "x/y"))
	c, err := r.ResolveRev("alias")
	require.NoError(t, err)
	require.Equal(t, a, c)
	require.EqualError(t, r.SetRefImmediate("x/y", object.Checksum{}), "Ref 'x/y' has an active alias: 'alias'")
	require.NoError(t, r.SetAlias("alias", ""))
	require.NoError(t, r.SetRefImmediate("x/y", object.Checksum{}))
	require.NoError(t, r.SetRefImmediate("x", a), "an empty directory gives way")
}

func TestLocksExcludeEachOther(t *testing.T) {
	r := newRepo(t, ostree.ModeArchive)
	cfg, err := r.EditConfig()
	require.NoError(t, err)
	require.NoError(t, cfg.Set("core", "lock-timeout-secs", "0"))
	require.NoError(t, r.SetConfig(cfg))
	other, err := ostree.Open(r.Path(), nil)
	require.NoError(t, err)
	defer other.Close()
	ctx := t.Context()

	unlock, err := r.LockShared(ctx)
	require.NoError(t, err)
	shared, err := other.LockShared(ctx)
	require.NoError(t, err)
	_, err = other.LockExclusive(ctx)
	require.EqualError(t, err, "Locking repo exclusive failed: Resource temporarily unavailable")
	unlock()
	excl, err := other.LockExclusive(ctx)
	require.NoError(t, err, "upgrade once the other is gone")
	_, err = r.Begin(ctx, nil)
	require.ErrorIs(t, err, ostree.ErrLocked)
	excl()
	_, err = r.LockExclusive(ctx)
	require.ErrorIs(t, err, ostree.ErrLocked, "the shared lock is still held")
	shared()
	excl, err = r.LockExclusive(ctx)
	require.NoError(t, err)
	excl()
}

func TestBadConfigIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"[core]\nrepo_version=2\n":                                   "Invalid repository version '2'",
		"[core]\nrepo_version=1\nmode=foo\n":                         "Invalid mode 'foo' in repository configuration",
		"[core]\nrepo_version=1\nmode=bare\nmin-free-space-size=5\n": "Invalid min-free-space-size '5'",
		"[core]\nrepo_version=1\nmin-free-space-percent=100\n":       "Invalid min-free-space-percent '100'",
		"[core]\nrepo_version=1\ncollection-id=bad\n":                "Invalid collection ID bad",
		"[core]\nrepo_version=1\nfsync=perhaps\n":                    "Key file contains key “fsync”",
	} {
		_, err := ostree.ParseConfig([]byte(text))
		require.ErrorContains(t, err, want)
	}
	r := newRepo(t, ostree.ModeArchive)
	before, err := os.ReadFile(filepath.Join(r.Path(), "config"))
	require.NoError(t, err)
	cfg, err := r.EditConfig()
	require.NoError(t, err)
	require.NoError(t, cfg.Set("core", "min-free-space-size", "bogus"))
	require.Error(t, r.SetConfig(cfg))
	after, err := os.ReadFile(filepath.Join(r.Path(), "config"))
	require.NoError(t, err)
	require.Equal(t, before, after)
}

func TestFreeSpaceIsKept(t *testing.T) {
	r := newRepo(t, ostree.ModeArchive)
	cfg, err := r.EditConfig()
	require.NoError(t, err)
	require.NoError(t, cfg.Set("core", "min-free-space-size", "900000TB"))
	require.NoError(t, r.SetConfig(cfg))
	ctx := t.Context()
	txn, err := r.Begin(ctx, nil)
	require.NoError(t, err)
	_, err = txn.WriteFile(ctx, nil, &object.FileHeader{Mode: object.ModeRegular | 0o644}, 5, strings.NewReader("hello"))
	var se *ostree.SpaceError
	require.ErrorAs(t, err, &se)
	require.ErrorContains(t, err, "MB would be exceeded, at least 5 bytes requested")
	require.NoError(t, txn.Abort())
}
