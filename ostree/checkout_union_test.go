package ostree_test

import (
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

// unionCase is a destination, and what happens to it when a tree with the file d/f ("new") and the
// symlink d/l is checked out over it.
type unionCase struct {
	name    string
	prepare func(t *testing.T, dest string)
}

var unionCases = []unionCase{
	{"absent", func(t *testing.T, dest string) {}},
	{"other-files", func(t *testing.T, dest string) { write(t, dest, "d/other", "keep", 0o600) }},
	{"same-name", func(t *testing.T, dest string) { write(t, dest, "d/f", "old", 0o644) }},
	{"equal-file", func(t *testing.T, dest string) { write(t, dest, "d/f", "new", 0o644) }},
	{"other-mode", func(t *testing.T, dest string) { write(t, dest, "d/f", "new", 0o600) }},
	{"equal-link", func(t *testing.T, dest string) {
		write(t, dest, "d/x", "", 0o644)
		require.NoError(t, os.Symlink("f", dest+"/d/l"))
	}},
	{"other-link", func(t *testing.T, dest string) {
		write(t, dest, "d/x", "", 0o644)
		require.NoError(t, os.Symlink("elsewhere", dest+"/d/l"))
	}},
	{"file-for-link", func(t *testing.T, dest string) { write(t, dest, "d/l", "old", 0o644) }},
	{"link-for-file", func(t *testing.T, dest string) {
		write(t, dest, "d/x", "", 0o644)
		require.NoError(t, os.Symlink("x", dest+"/d/f"))
	}},
	{"dir-for-file", func(t *testing.T, dest string) { write(t, dest, "d/f/x", "old", 0o644) }},
	{"dir-for-link", func(t *testing.T, dest string) { write(t, dest, "d/l/x", "old", 0o644) }},
	{"file-for-dir", func(t *testing.T, dest string) { write(t, dest, "d", "old", 0o644) }},
	{"empty-differs", func(t *testing.T, dest string) { write(t, dest, "d/e", "old", 0o644) }},
}

// Overwriting gives the same trees and the same errors as the real program.
func TestCheckoutUnionInterop(t *testing.T) {
	t.Parallel()
	real := testutil.Tool(t, "ostree")
	src := t.TempDir()
	write(t, src, "d/f", "new", 0o644)
	write(t, src, "d/e", "", 0o644)
	require.NoError(t, os.Symlink("f", src+"/d/l"))
	modes := map[string]struct {
		arg  string
		mode ostree.Overwrite
	}{"union": {"--union", ostree.OverwriteUnion}, "add": {"--union-add", ostree.OverwriteAdd}, "identical": {"--union-identical", ostree.OverwriteIdentical}}
	kinds := map[string]struct {
		args []string
		opts ostree.CheckoutOptions
	}{
		"links": {[]string{"-H"}, ostree.CheckoutOptions{RequireHardlinks: true}},
		"copy":  {[]string{"-C"}, ostree.CheckoutOptions{ForceCopy: true}},
		"cache": {nil, ostree.CheckoutOptions{UncompressedCache: true}},
	}
	for _, repoMode := range []ostree.Mode{ostree.ModeBareUser, ostree.ModeBareUserOnly, ostree.ModeArchive} {
		r := newRepo(t, repoMode)
		commit := commitDir(t, r, src, "main", nil, nil)
		for how, m := range modes {
			for kind, k := range kinds {
				if (m.mode == ostree.OverwriteIdentical) != (kind == "links") && (kind != "links" || repoMode == ostree.ModeArchive) || kind == "links" && repoMode == ostree.ModeArchive {
					continue
				}
				for _, c := range unionCases {
					t.Run(strings.Join([]string{repoMode.String(), how, kind, c.name}, "/"), func(t *testing.T) {
						base := filepath.Dir(r.Path())
						id := strings.ReplaceAll(t.Name(), "/", "-")
						ours, theirs := filepath.Join(base, id+"-ours"), filepath.Join(base, id+"-theirs")
						c.prepare(t, ours)
						c.prepare(t, theirs)
						args := append([]string{"--repo=" + r.Path(), "checkout", "-U", m.arg, "main", theirs}, k.args...)
						res := testutil.Run(t, nil, real, args...)
						o := k.opts
						o.UserMode, o.Overwrite = true, m.mode
						err := r.Checkout(t.Context(), commit, ours, &o)
						if res.Exit != 0 {
							require.Error(t, err, res)
							require.Equal(t, withoutTemp(strings.TrimSpace(res.Stderr)), withoutTemp("error: "+err.Error()))
							return
						}
						require.NoError(t, err)
						testutil.SameTree(t, theirs, ours, nil)
					})
				}
			}
		}
	}
}

// withoutTemp removes names of temporary files and operations, which the two programs choose differently.
func withoutTemp(s string) string {
	for _, sep := range []string{"renameat(", "linkat"} {
		if i := strings.Index(s, sep); i >= 0 {
			s = s[:i] + "…" + s[strings.LastIndex(s, ":"):]
		}
	}
	return s
}

// layers checks out several trees over each other with whiteouts.
func layers(t *testing.T, o ostree.CheckoutOptions, layers ...func(dir string)) string {
	t.Helper()
	r := newRepo(t, ostree.ModeBareUser)
	dest := filepath.Join(filepath.Dir(r.Path()), "co")
	o.UserMode, o.Overwrite = true, ostree.OverwriteUnion
	for i, fill := range layers {
		src := filepath.Join(t.TempDir(), "src")
		require.NoError(t, os.Mkdir(src, 0o755))
		fill(src)
		commit := commitDir(t, r, src, "layer"+itoa(i), nil, nil)
		require.NoError(t, r.Checkout(t.Context(), commit, dest, &o))
	}
	return dest
}

func base(t *testing.T) func(string) {
	return func(dir string) {
		for _, f := range []string{"baz/cow", "baz/another/y", "baz/deeper/x", "deeper/f", "keep"} {
			write(t, dir, f, f, 0o644)
		}
	}
}

func TestWhiteouts(t *testing.T) {
	overlay := func(dir string) {
		write(t, dir, "baz/.wh.cow", "", 0o644)
		write(t, dir, ".wh.deeper", "", 0o644)
		write(t, dir, "baz/another/.wh..wh..opq", "", 0o644)
		write(t, dir, "baz/another/new", "", 0o644)
		write(t, dir, "!x", "", 0o644)
		write(t, dir, ".wh.!x", "", 0o644)
		write(t, dir, "anew", "", 0o644)
		write(t, dir, ".wh.anew", "", 0o644)
	}
	co := layers(t, ostree.CheckoutOptions{Whiteouts: true}, base(t), overlay)
	for _, gone := range []string{"baz/cow", "baz/.wh.cow", "deeper", ".wh.deeper", "baz/another/y", "baz/another/.wh..wh..opq", "!x"} {
		_, err := os.Lstat(filepath.Join(co, gone))
		require.ErrorIs(t, err, os.ErrNotExist, gone)
	}
	for _, there := range []string{"keep", "baz/deeper/x", "baz/another/new", "anew"} {
		require.FileExists(t, filepath.Join(co, there))
	}
	co = layers(t, ostree.CheckoutOptions{}, base(t), overlay)
	for _, there := range []string{"baz/cow", "baz/.wh.cow", "deeper/f", ".wh.deeper", "baz/another/y", "baz/another/.wh..wh..opq"} {
		require.FileExists(t, filepath.Join(co, there))
	}
}

func TestWhiteoutTypeConflicts(t *testing.T) {
	for _, o := range []ostree.CheckoutOptions{{Whiteouts: true}, {Whiteouts: true, ForceCopy: true}} {
		co := layers(t, o, base(t), func(dir string) {
			write(t, dir, "baz", "a file now", 0o644)
			require.NoError(t, os.Symlink("keep", dir+"/deeper"))
		}, func(dir string) {
			write(t, dir, "baz/again", "a directory", 0o644)
			write(t, dir, "deeper/f", "too", 0o644)
		})
		require.Equal(t, "a directory", read(t, co, "baz/again"))
		require.Equal(t, "too", read(t, co, "deeper/f"))
		require.Equal(t, "keep", read(t, co, "keep"))
		names, err := os.ReadDir(co + "/baz")
		require.NoError(t, err)
		require.Len(t, names, 1)
	}
}

func TestHostileWhiteouts(t *testing.T) {
	for _, name := range []string{".wh.", ".wh...", ".wh.."} {
		r := newRepo(t, ostree.ModeArchive)
		src := t.TempDir()
		write(t, src, "d/"+name, "", 0o644)
		commit := commitDir(t, r, src, "main", nil, nil)
		parent := t.TempDir()
		write(t, parent, "precious", "x", 0o644)
		write(t, parent, "co/precious", "x", 0o644)
		err := r.Checkout(t.Context(), commit, parent+"/co", &ostree.CheckoutOptions{UserMode: true, Whiteouts: true, Overwrite: ostree.OverwriteUnion})
		require.ErrorContains(t, err, "whiteout '"+name+"'")
		require.FileExists(t, parent+"/precious")
		require.FileExists(t, parent+"/co/precious")
	}
}

func TestPassthroughWhiteouts(t *testing.T) {
	testutil.Root(t)
	r := newRepo(t, ostree.ModeBare)
	src := t.TempDir()
	write(t, src, "d/.ostree-wh.gone", "", 0o640)
	write(t, src, "d/f", "x", 0o644)
	require.NoError(t, os.Chown(src+"/d/.ostree-wh.gone", 5, 6))
	commit := commitDir(t, r, src, "main", nil, nil)
	dest := filepath.Join(filepath.Dir(r.Path()), "co")
	o := ostree.CheckoutOptions{PassthroughWhiteouts: true, RequireHardlinks: true}
	co := func(w ostree.Overwrite) error {
		o.Overwrite = w
		return r.Checkout(t.Context(), commit, dest, &o)
	}
	require.NoError(t, co(ostree.OverwriteNone))
	isDevice := func() {
		st := stat(t, dest, "d/gone")
		require.EqualValues(t, unix.S_IFCHR|0o640, st.Mode)
		require.Zero(t, st.Rdev)
		require.EqualValues(t, 5, st.Uid)
		require.EqualValues(t, 6, st.Gid)
	}
	isDevice()
	require.NoFileExists(t, dest+"/d/.ostree-wh.gone")
	for _, w := range []ostree.Overwrite{ostree.OverwriteUnion, ostree.OverwriteAdd, ostree.OverwriteIdentical} {
		require.NoError(t, co(w))
		isDevice()
	}
	require.NoError(t, os.Chown(dest+"/d/gone", 9, 6))
	require.EqualError(t, co(ostree.OverwriteIdentical), "existing destination file gone does not match uid 5")
	require.NoError(t, os.Remove(dest+"/d/gone"))
	require.NoError(t, os.WriteFile(dest+"/d/gone", []byte("x"), 0o644))
	require.ErrorContains(t, co(ostree.OverwriteIdentical), "Creating whiteout char device: File exists")
	require.NoError(t, co(ostree.OverwriteAdd))
	require.Equal(t, "x", read(t, dest, "d/gone"))
	require.NoError(t, co(ostree.OverwriteUnion))
	isDevice()

	o.PassthroughWhiteouts = false
	dest += "-plain"
	require.NoError(t, co(ostree.OverwriteNone))
	require.FileExists(t, dest+"/d/.ostree-wh.gone")
}

// Symlinks in the destination or in the tree never lead a checkout elsewhere.
func TestCheckoutStaysInside(t *testing.T) {
	r := newRepo(t, ostree.ModeArchive)
	src, outside := t.TempDir(), t.TempDir()
	write(t, src, "d/f", "evil", 0o644)
	commit := commitDir(t, r, src, "main", nil, nil)
	for _, w := range []ostree.Overwrite{ostree.OverwriteUnion, ostree.OverwriteAdd} {
		for _, whiteouts := range []bool{false, true} {
			dest := t.TempDir()
			require.NoError(t, os.Symlink(outside, dest+"/d"))
			err := r.Checkout(t.Context(), commit, dest, &ostree.CheckoutOptions{UserMode: true, Overwrite: w, Whiteouts: whiteouts})
			if w == ostree.OverwriteUnion && whiteouts {
				require.NoError(t, err)
				require.Equal(t, "evil", read(t, dest, "d/f"))
			} else {
				require.EqualError(t, err, "opendir(d): Not a directory")
			}
			names, err := os.ReadDir(outside)
			require.NoError(t, err)
			require.Empty(t, names)
		}
	}
	// A tree with a symlink and a directory of the same name, which no correct program writes.
	link := object.ContentChecksum(&object.FileHeader{Mode: object.ModeSymlink | 0o777, Symlink: outside}, nil)
	txn, err := r.Begin(t.Context(), nil)
	require.NoError(t, err)
	defer txn.Abort()
	_, err = txn.WriteFile(t.Context(), nil, &object.FileHeader{Mode: object.ModeSymlink | 0o777, Symlink: outside}, 0, nil)
	require.NoError(t, err)
	sub, err := r.LoadCommit(commit)
	require.NoError(t, err)
	inner, err := r.LoadDirTree(sub.Tree)
	require.NoError(t, err)
	evil := &object.DirTree{Files: []object.FileEntry{{Name: "d", Checksum: link}}, Dirs: inner.Dirs}
	tree, err := txn.WriteMeta(object.TypeDirTree, nil, evil.Marshal())
	if err != nil {
		return // refused when written
	}
	c, err := txn.WriteCommit(t.Context(), tree, sub.Meta, &ostree.CommitOptions{})
	require.NoError(t, err)
	_, err = txn.Commit(t.Context())
	require.NoError(t, err)
	for _, w := range []ostree.Overwrite{ostree.OverwriteNone, ostree.OverwriteUnion, ostree.OverwriteAdd} {
		for range 10 {
			require.Error(t, r.Checkout(t.Context(), c, filepath.Join(t.TempDir(), "co"), &ostree.CheckoutOptions{UserMode: true, Overwrite: w}))
			names, err := os.ReadDir(outside)
			require.NoError(t, err)
			require.Empty(t, names)
		}
	}
}

type fixedPolicy map[string]string

func (p fixedPolicy) Lookup(path string, mode uint32) (string, bool, error) {
	l, ok := p[path]
	return l, ok, nil
}

func TestCheckoutRelabels(t *testing.T) {
	testutil.Root(t)
	r := newRepo(t, ostree.ModeArchive)
	src := t.TempDir()
	write(t, src, "usr/bin/sh", "x", 0o755)
	write(t, src, "usr/none", "x", 0o755)
	require.NoError(t, os.Symlink("sh", src+"/usr/bin/l"))
	commit := commitDir(t, r, src, "main", nil, nil)
	policy := &ostree.SELinuxPolicy{Policy: fixedPolicy{"/": "root", "/usr": "usr", "/usr/bin": "bin", "/usr/bin/sh": "shell", "/usr/bin/l": "link"}}
	label := func(elems ...string) string {
		b := make([]byte, 64)
		n, err := unix.Lgetxattr(filepath.Join(elems...), "security.selinux", b)
		if err != nil {
			return ""
		}
		return strings.TrimSuffix(string(b[:n]), "\x00")
	}
	dest := filepath.Join(t.TempDir(), "co")
	require.ErrorContains(t, r.Checkout(t.Context(), commit, dest, &ostree.CheckoutOptions{SELinux: policy}), "must be a copy")
	require.NoError(t, r.Checkout(t.Context(), commit, dest, &ostree.CheckoutOptions{SELinux: policy, ForceCopy: true}))
	for path, want := range map[string]string{"": "root", "usr": "usr", "usr/bin": "bin", "usr/bin/sh": "shell", "usr/bin/l": "link", "usr/none": ""} {
		require.Equal(t, want, label(dest, path), path)
	}
	sub := filepath.Join(t.TempDir(), "sub")
	require.NoError(t, r.Checkout(t.Context(), commit, sub, &ostree.CheckoutOptions{SELinux: policy, ForceCopy: true, Subpath: "/usr/bin"}))
	require.Equal(t, "shell", label(sub, "sh"))
	require.Equal(t, "bin", label(sub))
	one := filepath.Join(t.TempDir(), "one")
	require.NoError(t, r.Checkout(t.Context(), commit, one, &ostree.CheckoutOptions{SELinux: policy, ForceCopy: true, Subpath: "/usr/bin/sh"}))
	require.Equal(t, "shell", label(one, "sh"))
	pre := filepath.Join(t.TempDir(), "pre")
	require.NoError(t, r.Checkout(t.Context(), commit, pre, &ostree.CheckoutOptions{SELinux: policy, ForceCopy: true, Subpath: "/usr", SELinuxPrefix: "/"}))
	require.Equal(t, "", label(pre, "bin/sh"))
	require.Equal(t, "root", label(pre))
}

func TestHardlinksAcrossDevices(t *testing.T) {
	other := testutil.Tmpfs(t, "")
	r := newRepo(t, ostree.ModeBareUser)
	src := t.TempDir()
	write(t, src, "f", "x", 0o644)
	commit := commitDir(t, r, src, "main", nil, nil)
	err := r.Checkout(t.Context(), commit, other+"/a", &ostree.CheckoutOptions{UserMode: true, RequireHardlinks: true})
	require.ErrorContains(t, err, "Unable to do hardlink checkout across devices (src=")
	require.NoError(t, r.Checkout(t.Context(), commit, other+"/b", &ostree.CheckoutOptions{UserMode: true}))
	require.Equal(t, "x", read(t, other, "b/f"))
}
