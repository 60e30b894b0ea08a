package ostree_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// richTree has owners, set-id bits, xattrs, links, empty, equal, unreadable and large files.
func richTree(t testing.TB) string {
	dir := filepath.Join(t.TempDir(), "src")
	require.NoError(t, os.Mkdir(dir, 0o755))
	testutil.UserXattrs(t, dir)
	root := os.Geteuid() == 0
	testutil.RandomTree(t, dir, testutil.Seed(t), &testutil.TreeOptions{Xattrs: true, Owners: root, SpecialModes: root, Readable: !root})
	removeNonUTF8(t, dir)
	write(t, dir, "empty", "", 0o640)
	write(t, dir, "big", strings.Repeat("0123456789abcdef", 64<<10), 0o644)
	if root {
		write(t, dir, "suid", "x", 0o4755)
		write(t, dir, "unreadable", "secret", 0)
		require.NoError(t, os.Lchown(filepath.Join(dir, "suid"), 7, 8))
		require.NoError(t, os.Symlink("suid", filepath.Join(dir, "ownedlink")))
		require.NoError(t, os.Lchown(filepath.Join(dir, "ownedlink"), 9, 10))
		require.NoError(t, unix.Setxattr(filepath.Join(dir, "big"), "security.capability", []byte("\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"), 0))
	}
	return dir
}

func write(t testing.TB, dir, name, data string, mode os.FileMode) {
	t.Helper()
	p := filepath.Join(dir, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(p), 0o755))
	require.NoError(t, os.WriteFile(p, []byte(data), 0o600))
	require.NoError(t, unix.Chmod(p, uint32(mode)))
}

func read(t testing.TB, elems ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(elems...))
	require.NoError(t, err)
	return string(b)
}

func stat(t testing.TB, elems ...string) unix.Stat_t {
	t.Helper()
	var st unix.Stat_t
	require.NoError(t, unix.Lstat(filepath.Join(elems...), &st))
	return st
}

// Ours and the real program make the same files from the same commit, in all modes.
func TestCheckoutInterop(t *testing.T) {
	t.Parallel()
	real := testutil.Tool(t, "ostree")
	src := richTree(t)
	for _, mode := range modes {
		if mode == ostree.ModeBare {
			testutil.Root(t)
		}
		r := newRepo(t, mode)
		commit := commitDir(t, r, src, "main", nil, nil)
		cases := map[string]struct {
			args []string
			opts ostree.CheckoutOptions
		}{
			"plain":      {nil, ostree.CheckoutOptions{}},
			"copy":       {[]string{"-C"}, ostree.CheckoutOptions{ForceCopy: true}},
			"user":       {[]string{"-U", "--disable-cache"}, ostree.CheckoutOptions{UserMode: true}},
			"user-cache": {[]string{"-U"}, ostree.CheckoutOptions{UserMode: true, UncompressedCache: true}},
			"user-copy":  {[]string{"-U", "-C"}, ostree.CheckoutOptions{UserMode: true, ForceCopy: true}},
			"dirs":       {[]string{"-U", "-M"}, ostree.CheckoutOptions{UserMode: true, BareUserOnlyDirs: true}},
			"links":      {[]string{"-H"}, ostree.CheckoutOptions{RequireHardlinks: true}},
			"user-links": {[]string{"-U", "-H"}, ostree.CheckoutOptions{UserMode: true, RequireHardlinks: true}},
			"union":      {[]string{"--union"}, ostree.CheckoutOptions{Overwrite: ostree.OverwriteUnion}},
			"fsync":      {[]string{"--fsync=true"}, ostree.CheckoutOptions{Fsync: true}},
		}
		for name, c := range cases {
			t.Run(mode.String()+"/"+name, func(t *testing.T) {
				if os.Geteuid() != 0 && !c.opts.UserMode {
					testutil.Root(t)
				}
				dir := filepath.Dir(r.Path())
				ours, theirs := filepath.Join(dir, name+"-ours"), filepath.Join(dir, name+"-theirs")
				res := testutil.Run(t, nil, real, append([]string{"--repo=" + r.Path(), "checkout", "main", theirs}, c.args...)...)
				err := r.Checkout(t.Context(), commit, ours, &c.opts)
				if res.Exit != 0 {
					require.Error(t, err, res)
					require.Equal(t, strings.TrimSpace(res.Stderr), "error: "+err.Error())
					return
				}
				require.NoError(t, err)
				testutil.SameTree(t, theirs, ours, nil)
				sameLinksAndDirTimes(t, theirs, ours)
			})
		}
	}
}

// sameLinksAndDirTimes compares what a tree comparison does not: which files are links to objects, and
// the times that are constant.
func sameLinksAndDirTimes(t *testing.T, want, got string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(want, func(p string, d os.DirEntry, err error) error {
		require.NoError(t, err)
		rel, err := filepath.Rel(want, p)
		require.NoError(t, err)
		a, b := stat(t, p), stat(t, got, rel)
		if !d.IsDir() {
			require.Equal(t, a.Nlink > 1, b.Nlink > 1, rel)
		}
		if a.Nlink > 1 {
			require.Equal(t, a.Mtim.Sec == 0, b.Mtim.Sec == 0, rel)
		}
		return nil
	}))
}

func TestCheckoutOwnerless(t *testing.T) {
	r := newRepo(t, ostree.ModeArchive)
	src := t.TempDir()
	write(t, src, "d/f", "hello", 0o4755)
	commit := commitDir(t, r, src, "main", nil, nil)
	dest := filepath.Join(t.TempDir(), "co")
	require.NoError(t, r.Checkout(t.Context(), commit, dest, &ostree.CheckoutOptions{UserMode: true}))
	require.Equal(t, "hello", read(t, dest, "d/f"))
	require.EqualValues(t, 0o100755, stat(t, dest, "d/f").Mode)
	require.Zero(t, stat(t, dest, "d").Mtim.Sec)
	require.EqualError(t, r.Checkout(t.Context(), commit, dest, nil), "mkdirat: File exists")
	require.EqualError(t, r.Checkout(t.Context(), commit, dest+"/no/such", nil), "mkdirat: No such file or directory")
}

func TestCheckoutSubpath(t *testing.T) {
	r := newRepo(t, ostree.ModeBareUser)
	src := t.TempDir()
	write(t, src, "a/b/f", "one", 0o644)
	write(t, src, "a/c", "two", 0o644)
	commit := commitDir(t, r, src, "main", nil, nil)
	co := func(sub string, o ostree.CheckoutOptions) (string, error) {
		dest := filepath.Join(t.TempDir(), "co")
		o.Subpath, o.UserMode = sub, true
		return dest, r.Checkout(t.Context(), commit, dest, &o)
	}
	dest, err := co("/a/b", ostree.CheckoutOptions{})
	require.NoError(t, err)
	require.Equal(t, "one", read(t, dest, "f"))

	dest, err = co("a/c", ostree.CheckoutOptions{})
	require.NoError(t, err)
	require.Equal(t, "two", read(t, dest, "c"))
	require.EqualValues(t, 0o40700, stat(t, dest).Mode&^0o2000)

	for _, sub := range []string{"/nope", "/a/nope/x"} {
		_, err = co(sub, ostree.CheckoutOptions{})
		require.EqualError(t, err, "No such file or directory: "+strings.TrimSuffix(sub, "/x"))
		require.ErrorIs(t, err, os.ErrNotExist)
		dest, err = co(sub, ostree.CheckoutOptions{AllowMissing: true})
		require.NoError(t, err)
		require.NoDirExists(t, dest)
	}
	_, err = co("/a/c/x", ostree.CheckoutOptions{AllowMissing: true})
	require.EqualError(t, err, "Not a directory")

	dest = filepath.Join(t.TempDir(), "all")
	o := &ostree.CheckoutOptions{UserMode: true, Overwrite: ostree.OverwriteUnion}
	require.NoError(t, r.CheckoutAll(t.Context(), []ostree.CheckoutSource{{Commit: commit, Subpath: "/a"}, {Commit: commit, Subpath: "a/b"}}, dest, o))
	require.Equal(t, "two", read(t, dest, "c"))
	require.Equal(t, "one", read(t, dest, "f"))
	err = r.CheckoutAll(t.Context(), []ostree.CheckoutSource{{Commit: commit, Subpath: "/x"}}, dest, o)
	require.EqualError(t, err, "Processing tree "+commit.String()+": No such file or directory: /x")

	in, err := os.Open(t.TempDir())
	require.NoError(t, err)
	defer in.Close()
	require.NoError(t, r.Checkout(t.Context(), commit, "relative", &ostree.CheckoutOptions{UserMode: true, Dir: in}))
	require.Equal(t, "two", read(t, in.Name(), "relative/a/c"))
}

func TestCheckoutSkips(t *testing.T) {
	r := newRepo(t, ostree.ModeArchive)
	src := t.TempDir()
	write(t, src, "a/b/f", "one", 0o644)
	write(t, src, "a/c", "two", 0o644)
	write(t, src, "a/d", "three", 0o644)
	commit := commitDir(t, r, src, "main", nil, nil)
	dest := filepath.Join(t.TempDir(), "co")
	skip := map[string]bool{"/b": true, "/c": true}
	require.NoError(t, r.Checkout(t.Context(), commit, dest, &ostree.CheckoutOptions{UserMode: true, Subpath: "/a", Skip: func(p string) bool { return skip[p] }}))
	names, err := filepath.Glob(dest + "/*")
	require.NoError(t, err)
	require.Equal(t, []string{dest + "/d"}, names)
}

func TestUncompressedCache(t *testing.T) {
	r := newRepo(t, ostree.ModeArchive)
	src := t.TempDir()
	write(t, src, "f", "data", 0o4711)
	write(t, src, "empty", "", 0o644)
	require.NoError(t, os.Symlink("f", src+"/l"))
	commit := commitDir(t, r, src, "main", nil, nil)
	cache := filepath.Join(r.Path(), "uncompressed-objects-cache")
	co := func(name string, o ostree.CheckoutOptions) string {
		dest := filepath.Join(filepath.Dir(r.Path()), name)
		o.UserMode = true
		require.NoError(t, r.Checkout(t.Context(), commit, dest, &o))
		return dest
	}
	cached := func() []string {
		names, err := filepath.Glob(cache + "/*/*")
		require.NoError(t, err)
		return names
	}
	co("none", ostree.CheckoutOptions{})
	co("copy", ostree.CheckoutOptions{UncompressedCache: true, ForceCopy: true})
	require.NoDirExists(t, cache)
	a := co("a", ostree.CheckoutOptions{UncompressedCache: true})
	devino := ostree.NewDevinoCache()
	b := co("b", ostree.CheckoutOptions{UncompressedCache: true, Devino: devino})
	require.Len(t, cached(), 1)
	require.Equal(t, stat(t, a, "f").Ino, stat(t, b, "f").Ino)
	require.Equal(t, stat(t, cached()[0]).Ino, stat(t, b, "f").Ino)
	require.EqualValues(t, 0o100711, stat(t, a, "f").Mode)
	require.EqualValues(t, 1, stat(t, a, "empty").Nlink)

	// What no checkout uses goes when something new comes into the same directory of the cache.
	stale := filepath.Join(filepath.Dir(cached()[0]), strings.Repeat("0", 62)+".file")
	require.NoError(t, os.WriteFile(stale, nil, 0o644))
	co("c", ostree.CheckoutOptions{UncompressedCache: true})
	require.FileExists(t, stale)
	require.NoError(t, os.Remove(cached()[0]), "the order of the two names does not matter")
	require.NoError(t, os.WriteFile(stale, nil, 0o644))
	for _, p := range cached() {
		if p != stale {
			require.NoError(t, os.Remove(p))
		}
	}
	co("d", ostree.CheckoutOptions{UncompressedCache: true})
	require.NoFileExists(t, stale)
	require.Len(t, cached(), 1)
}

func TestCheckoutFromParent(t *testing.T) {
	parent := newRepo(t, ostree.ModeBareUser)
	src := t.TempDir()
	write(t, src, "d/f", "data", 0o644)
	commit := commitDir(t, parent, src, "main", nil, nil)
	shadow := filepath.Join(t.TempDir(), "shadow")
	s := initRepo(t, shadow, ostree.ModeBareUser)
	s.Close()
	f, err := os.OpenFile(shadow+"/config", os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	fmt.Fprintf(f, "parent=%s\n", parent.Path())
	require.NoError(t, f.Close())
	s, err = ostree.Open(shadow, nil)
	require.NoError(t, err)
	defer s.Close()
	dest := filepath.Join(t.TempDir(), "co")
	devino := ostree.NewDevinoCache()
	require.NoError(t, s.Checkout(t.Context(), commit, dest, &ostree.CheckoutOptions{UserMode: true, RequireHardlinks: true, Devino: devino}))
	require.EqualValues(t, 2, stat(t, dest, "d/f").Nlink)
	require.Equal(t, commit.String(), commit.String())
	// The cache knows the file again.
	same := commitDir(t, parent, dest, "again", &ostree.Modifier{Devino: devino, DevinoCanonical: true}, nil)
	a, err := parent.Lookup(t.Context(), commit, "/d/f")
	require.NoError(t, err)
	b, err := parent.Lookup(t.Context(), same, "/d/f")
	require.NoError(t, err)
	require.Equal(t, a.Checksum, b.Checksum)
}

func TestCheckoutMissingObject(t *testing.T) {
	for _, mode := range []ostree.Mode{ostree.ModeArchive, ostree.ModeBareUser} {
		r := newRepo(t, mode)
		src := t.TempDir()
		write(t, src, "f", "data", 0o644)
		commit := commitDir(t, r, src, "main", nil, nil)
		e, err := r.Lookup(t.Context(), commit, "f")
		require.NoError(t, err)
		n := object.Name{Checksum: e.Checksum, Type: object.TypeFile}
		require.NoError(t, os.Remove(filepath.Join(r.Path(), "objects", n.LoosePath(mode == ostree.ModeArchive))))
		for _, o := range []ostree.CheckoutOptions{{}, {ForceCopy: true}, {UncompressedCache: true}, {RequireHardlinks: mode == ostree.ModeBareUser}} {
			o.UserMode = true
			err = r.Checkout(t.Context(), commit, filepath.Join(t.TempDir(), "co"), &o)
			require.ErrorIs(t, err, ostree.ErrNotFound)
			require.ErrorContains(t, err, "Couldn't find file object '"+e.Checksum.String()+"'")
		}
	}
}
