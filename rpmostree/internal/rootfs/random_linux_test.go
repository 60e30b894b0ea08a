package rootfs_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// model is a real directory that every operation is done on as well, as a program in chroot(2) would do it.
type model struct {
	*confine.Root
}

// canonical returns the path of a name in the root, without links on the way.
func (m model) canonical(t *testing.T, name string) (string, error) {
	slash := strings.LastIndexByte(name, '/') // path.Dir would take ".." away
	f, err := m.OpenFile(name[:slash+1]+".", unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		return "", err
	}
	defer f.Close()
	dir, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", f.Fd()))
	require.NoError(t, err)
	base, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", m.Dir().Fd()))
	require.NoError(t, err)
	return strings.TrimPrefix(dir, base) + "/" + name[slash+1:], nil
}

// vacate removes a file or link that something else is to take the place of. The name must be canonical: it may have been
// part of another form of itself.
func (m model) vacate(name string) error {
	i, err := m.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case i.IsDir():
		return syscall.EISDIR
	}
	return m.Remove(name)
}

func (m model) write(t *testing.T, name, text string, mode fs.FileMode) error {
	name, err := m.canonical(t, name)
	if err != nil {
		return err
	}
	if err := m.vacate(name); err != nil {
		return err
	}
	f, err := m.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Chmod(mode), f.Close())
}

func (m model) symlink(t *testing.T, target, name string) error {
	name, err := m.canonical(t, name)
	if err != nil {
		return err
	}
	if err := m.vacate(name); err != nil {
		return err
	}
	return m.Symlink(target, name)
}

func (m model) mkdir(name string, mode fs.FileMode) error {
	if err := m.Mkdir(name, 0o700); err != nil {
		return err
	}
	return m.Chmod(name, mode)
}

func (m model) rename(t *testing.T, from, to string) error {
	a, err := m.canonical(t, from)
	if err != nil {
		return err
	}
	b, err := m.canonical(t, to)
	if err != nil {
		return err
	}
	if _, err := m.Lstat(a); err != nil {
		return err
	}
	if strings.HasPrefix(b+"/", a+"/") {
		return syscall.EINVAL
	}
	if err := m.vacate(b); err != nil {
		return err
	}
	return m.Rename(a, b)
}

func (m model) link(t *testing.T, from, to string) error {
	a, err := m.canonical(t, from)
	if err != nil {
		return err
	}
	i, err := m.Lstat(a)
	if err != nil {
		return err
	}
	if i.IsDir() {
		return syscall.EPERM
	}
	b, err := m.canonical(t, to)
	if err != nil {
		return err
	}
	if i, err := m.Lstat(b); err == nil && i.IsDir() {
		return syscall.EISDIR
	}
	if a == b {
		return nil
	}
	if err := m.vacate(b); err != nil {
		return err
	}
	return m.Link(a, b)
}

// chmod changes the mode of one name only: a tree of objects has no hard links that share it.
func (m model) chmod(t *testing.T, name string, mode fs.FileMode) error {
	i, err := m.Lstat(name)
	switch {
	case err != nil:
		return err
	case i.Mode()&fs.ModeSymlink != 0:
		return nil
	case i.IsDir():
		return m.Chmod(name, mode)
	}
	text, err := m.ReadFile(name)
	require.NoError(t, err)
	return m.write(t, name, string(text), mode)
}

var randomNames = []string{"a", "b", "c", "d", "ü", "two words", "new\nline", `q"u'o\te`, "-", ".hidden", "%s", strings.Repeat("x", 255), "\u202e", "\x01"}

type random struct {
	*rand.Rand
}

func (r random) name() string {
	// Short names meet more often.
	if r.IntN(3) > 0 {
		return randomNames[r.IntN(3)]
	}
	return randomNames[r.IntN(len(randomNames))]
}

func (r random) path() string {
	var parts []string
	for range r.IntN(4) {
		part := r.name()
		switch r.IntN(20) {
		case 0:
			part = ".."
		case 1:
			part = "."
		}
		parts = append(parts, part)
	}
	return path.Join("/", strings.Join(parts, "/")) + "/" + r.name()
}

// raw is a path that is not cleaned, so that ".." goes through links.
func (r random) raw() string {
	p := ""
	for range r.IntN(4) {
		p += []string{"/..", "/.", "//" + r.name(), "/" + r.name()}[min(r.IntN(8), 3)]
	}
	return p + "/" + r.name()
}

func (r random) mode(dir bool) uint32 {
	m := []uint32{0o644, 0o755, 0o700, 0o600, 0o775}[r.IntN(5)]
	if dir {
		m |= 0o700
		if r.IntN(5) == 0 {
			m |= 0o1000
		}
	}
	return m
}

func fileMode(m uint32) fs.FileMode {
	mode := fs.FileMode(m & 0o777)
	if m&0o1000 != 0 {
		mode |= fs.ModeSticky
	}
	return mode
}

// step does one operation on both sides and compares whether it succeeded.
func step(t *testing.T, r random, tree *rootfs.Tree, m model) {
	t.Helper()
	ctx := t.Context()
	p, q, text := r.path(), r.path(), fmt.Sprint(r.IntN(50))
	if r.IntN(4) == 0 {
		p = r.raw()
	}
	var op string
	var got, want error
	switch r.IntN(11) {
	case 0, 1:
		mode := r.mode(false)
		op, got, want = "write", tree.WriteFile(ctx, p, rootfs.Attr{Mode: mode}, []byte(text)), m.write(t, p, text, fileMode(mode))
	case 2, 3:
		mode := r.mode(true)
		op, got, want = "mkdir", tree.Mkdir(p, rootfs.Attr{Mode: mode}), m.mkdir(p, fileMode(mode))
	case 4:
		op, got, want = "mkdirall", tree.MkdirAll(p, rootfs.Attr{Mode: 0o755}), m.MkdirAll(p, 0o755)
	case 5:
		target := []string{q, strings.TrimPrefix(q, "/"), "../" + r.name(), r.name()}[r.IntN(4)]
		op, got, want = "symlink "+target, tree.Symlink(ctx, p, target, rootfs.Attr{}), m.symlink(t, target, p)
	case 6:
		op, got, want = "link to "+q, tree.Link(p, q), m.link(t, p, q)
	case 7:
		op, got, want = "rename to "+q, tree.Rename(p, q), m.rename(t, p, q)
	case 8:
		op, got, want = "remove", tree.Remove(p), m.Remove(p)
	case 9:
		op, got, want = "removeall", tree.RemoveAll(p), m.RemoveAll(p)
		if errors.Is(want, syscall.ENOTDIR) {
			want = nil // it does not exist
		}
	case 10:
		mode := r.mode(true) &^ 0o1000
		op, got = "chmod", tree.Modify(ctx, p, func(a *rootfs.Attr) { a.Mode = mode })
		want = m.chmod(t, p, fileMode(mode))
	}
	require.Equal(t, want == nil, got == nil, "%s %q: %v, the kernel says %v", op, p, got, want)
	for _, name := range []string{p, q} {
		a, err := tree.Stat(name)
		b, err2 := m.Stat(name)
		require.Equal(t, err2 == nil, err == nil, "stat %q after %s %q: %v, the kernel says %v", name, op, p, err, err2)
		if err == nil {
			require.Equal(t, b.IsDir(), a.IsDir(), name)
		}
	}
}

// onto unites the directory src with m as an overlay does, and tells whether that is possible.
func (m model) onto(t *testing.T, src string, at string, c rootfs.Collision) error {
	list, err := os.ReadDir(src)
	require.NoError(t, err)
	for _, e := range list {
		from, to := filepath.Join(src, e.Name()), at+"/"+e.Name()
		old, err := m.Lstat(to)
		exists := err == nil
		if e.IsDir() {
			i, err := e.Info()
			require.NoError(t, err)
			if !exists {
				require.NoError(t, m.mkdir(to, i.Mode()))
			} else if i, err := m.Stat(to); err != nil || !i.IsDir() {
				return syscall.ENOTDIR
			}
			if err := m.onto(t, from, to, c); err != nil {
				return err
			}
			continue
		}
		if exists && old.IsDir() {
			return syscall.EISDIR
		}
		same := exists && same(t, from, m, to)
		switch {
		case same, exists && c == rootfs.KeepOld:
			continue
		case exists && c == rootfs.Identical:
			return syscall.EEXIST
		}
		require.NoError(t, m.vacate(to))
		copyInto(t, from, m, to)
	}
	return nil
}

func same(t *testing.T, from string, m model, to string) bool {
	a, err := os.Lstat(from)
	require.NoError(t, err)
	b, err := m.Lstat(to)
	require.NoError(t, err)
	if a.Mode() != b.Mode() {
		return false
	}
	if a.Mode()&fs.ModeSymlink != 0 {
		x, err := os.Readlink(from)
		require.NoError(t, err)
		y, err := m.Readlink(to)
		require.NoError(t, err)
		return x == y
	}
	x, err := os.ReadFile(from)
	require.NoError(t, err)
	y, err := m.ReadFile(to)
	require.NoError(t, err)
	return string(x) == string(y)
}

func copyInto(t *testing.T, from string, m model, to string) {
	i, err := os.Lstat(from)
	require.NoError(t, err)
	if i.Mode()&fs.ModeSymlink != 0 {
		target, err := os.Readlink(from)
		require.NoError(t, err)
		require.NoError(t, m.Symlink(target, to))
		return
	}
	text, err := os.ReadFile(from)
	require.NoError(t, err)
	require.NoError(t, m.write(t, to, string(text), i.Mode()))
}

func newModel(t *testing.T) model {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "model")
	require.NoError(t, os.Mkdir(dir, 0o755))
	root, err := confine.OpenRoot(dir)
	require.NoError(t, err)
	t.Cleanup(func() { root.Close() })
	return model{root}
}

// compare checks the tree out and compares it with the directory.
func compare(t *testing.T, tree *rootfs.Tree, m model) {
	t.Helper()
	dt, dm, err := tree.Store()
	require.NoError(t, err)
	dest := filepath.Join(t.TempDir(), "checkout")
	require.NoError(t, tree.Repo().CheckoutTree(t.Context(), dt, dm, dest, &ostree.CheckoutOptions{UserMode: true}))
	testutil.SameTree(t, m.Name(), dest, &testutil.SameOptions{IgnoreOwners: true, IgnoreXattrs: true})
	var names []string
	require.NoError(t, tree.Walk("", func(name string, _ *rootfs.Info) error {
		names = append(names, name)
		return nil
	}))
	real := []string{}
	require.NoError(t, filepath.WalkDir(m.Name(), func(p string, _ fs.DirEntry, err error) error {
		real = append(real, strings.TrimPrefix(strings.TrimPrefix(p, m.Name()), "/"))
		return err
	}))
	require.ElementsMatch(t, real, names)
	require.True(t, slices.IsSortedFunc(names, func(a, b string) int { return slices.Compare(strings.Split(a, "/"), strings.Split(b, "/")) }))
	again := rootfs.FromObjects(tree.Repo(), dt, dm)
	at, am, err := again.Store()
	require.NoError(t, err)
	require.Equal(t, []object.Checksum{dt, dm}, []object.Checksum{at, am})
}

// Random operations give the tree that they give on a real file system.
func TestLikeAFileSystem(t *testing.T) {
	r := random{rand.New(rand.NewPCG(2, testutil.Seed(t)))}
	for range 12 {
		tree, _ := fixture(t)
		m := newModel(t)
		for range 4 {
			for range 150 {
				step(t, r, tree, m)
			}
			compare(t, tree, m)
		}
		// Loaded from objects, it goes on as well.
		dt, dm, err := tree.Store()
		require.NoError(t, err)
		clone := tree.Clone()
		for range 100 {
			step(t, r, tree, m)
		}
		compare(t, tree, m)
		ct, cm, err := clone.Store()
		require.NoError(t, err)
		require.Equal(t, []object.Checksum{dt, dm}, []object.Checksum{ct, cm}, "a clone is independent")
	}
}

func TestOverlaysLikeAFileSystem(t *testing.T) {
	r := random{rand.New(rand.NewPCG(3, testutil.Seed(t)))}
	united := 0
	for range 60 {
		base, txn := fixture(t)
		onto := newModel(t)
		for range 30 {
			step(t, r, base, onto)
		}
		src := rootfs.New(base.Repo())
		src.Begin(txn)
		from := newModel(t)
		for range 12 {
			step(t, r, src, from)
		}
		dt, dm, err := src.Store()
		require.NoError(t, err)
		c := []rootfs.Collision{rootfs.Identical, rootfs.KeepOld, rootfs.Replace}[r.IntN(3)]
		opts := rootfs.OverlayOptions{Collision: c}
		added := 0
		if r.IntN(2) == 0 {
			opts.Added = func(string) { added++ }
			opts.Skip = func(string) bool { return false }
		}
		got, want := base.Overlay(dt, dm, opts), onto.onto(t, from.Name(), "", c)
		require.Equal(t, want == nil, got == nil, "overlay: %v, not %v", got, want)
		if got == nil {
			united++
			compare(t, base, onto)
		}
	}
	require.Positive(t, united)
}

func TestOddNames(t *testing.T) {
	ctx := t.Context()
	tree, _ := fixture(t)
	require.NoError(t, tree.Mkdir("dir", rootfs.Attr{Mode: 0o755}))
	write(t, tree, "file", "x")
	before := tree.Clone()
	for _, name := range []string{"\xff", "a\xc3", "nul\x00", "dir/\xff"} {
		require.Error(t, tree.WriteFile(ctx, name, rootfs.Attr{}, nil), "%q", name)
		require.Error(t, tree.Symlink(ctx, name, "x", rootfs.Attr{}), "%q", name)
		require.Error(t, tree.Mkdir(name, rootfs.Attr{}), "%q", name)
		require.Error(t, tree.MkdirAll(name, rootfs.Attr{}), "%q", name)
		require.Error(t, tree.MkdirAll(name+"/below", rootfs.Attr{}), "%q", name)
		require.Error(t, tree.Link("file", name), "%q", name)
		require.Error(t, tree.Rename("file", name), "%q", name)
		ok, err := tree.Exists(name)
		require.NoError(t, err)
		require.False(t, ok)
	}
	for _, name := range []string{"", "/", ".", "dir/..", "../.."} {
		require.ErrorIs(t, tree.WriteFile(ctx, name, rootfs.Attr{}, nil), syscall.EISDIR, "%q", name)
		require.ErrorIs(t, tree.RemoveAll(name), syscall.EBUSY, "%q", name)
		require.Error(t, tree.Rename(name, "x"), "%q", name)
	}
	at, am, err := tree.Store()
	require.NoError(t, err)
	bt, bm, err := before.Store()
	require.NoError(t, err)
	require.Equal(t, []object.Checksum{bt, bm}, []object.Checksum{at, am}, "what failed changed nothing")
}
