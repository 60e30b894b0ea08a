package ostree_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
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

func exported(t testing.TB, r *ostree.Repo, c object.Checksum, o *ostree.ExportOptions) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, r.Export(t.Context(), &b, c, o))
	require.Zero(t, b.Len()%10240)
	return b.Bytes()
}

// listing is what tar shows of an archive, in its order.
func listing(t testing.TB, archive []byte) string {
	p := filepath.Join(t.TempDir(), "a.tar")
	require.NoError(t, os.WriteFile(p, archive, 0o600))
	res := testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, "tar"), "-tvf", p, "-P", "--numeric-owner", "--full-time", "--quoting-style=c")
	return res.Stdout
}

// Without repeated files and xattrs the archive lists like the real program's.
func TestExportInterop(t *testing.T) {
	t.Parallel()
	real := testutil.Tool(t, "ostree")
	src := t.TempDir()
	testutil.RandomTree(t, src, testutil.Seed(t), &testutil.TreeOptions{SpecialModes: true})
	removeNonUTF8(t, src)
	removeNames(t, src, "\u0301") // libarchive composes what is decomposed
	long := strings.Repeat("long name ", 20)
	write(t, src, long+"/"+long+"/f", "deep", 0o644)
	write(t, src, "sub/dir/f", strings.Repeat("payload", 50000), 0o640)
	require.NoError(t, os.Symlink(strings.Repeat("t", 200), src+"/longlink"))
	r := newRepo(t, ostree.ModeArchive)
	c := commitDir(t, r, src, "main", nil, nil)
	for _, o := range []ostree.ExportOptions{{}, {Prefix: "pre/"}, {Prefix: "pre"}, {Prefix: "/abs/x/"}, {Subpath: "sub"}, {Subpath: "/sub/dir", Prefix: "q/"}} {
		args := []string{"--repo=" + r.Path(), "export", "main"}
		if o.Prefix != "" {
			args = append(args, "--prefix="+o.Prefix)
		}
		if o.Subpath != "" {
			args = append(args, "--subpath="+o.Subpath)
		}
		theirs := testutil.Run(t, &testutil.RunOptions{Must: true}, real, args...).Stdout
		want, got := listing(t, []byte(theirs)), listing(t, exported(t, r, c, &o))
		require.Equal(t, want, unlinked(got, want))
	}
}

// unlinked shows hard links as the files that an archive without links has in their place.
func unlinked(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range a {
		if strings.HasPrefix(a[i], "h") && i < len(b) && strings.HasSuffix(b[i], a[i][strings.IndexByte(a[i], '"'):strings.Index(a[i], " link to ")]) {
			a[i] = b[i]
		}
	}
	return strings.Join(a, "\n")
}

func TestExportExtracts(t *testing.T) {
	t.Parallel()
	testutil.Root(t)
	src := richTree(t)
	dropEmptyXattrs(t, src) // which tar programs cannot represent
	for _, mode := range []ostree.Mode{ostree.ModeArchive, ostree.ModeBare} {
		r := newRepo(t, mode)
		c := commitDir(t, r, src, "main", nil, nil)
		p, out := filepath.Join(t.TempDir(), "a.tar"), t.TempDir()
		require.NoError(t, os.WriteFile(p, exported(t, r, c, nil), 0o600))
		testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, "tar"), "-xpf", p, "-C", out, "--numeric-owner", "--xattrs", "--xattrs-include=*")
		testutil.SameTree(t, src, out, nil)

		// And it comes back as the same tree.
		f, err := os.Open(p)
		require.NoError(t, err)
		defer f.Close()
		txn, err := r.Begin(t.Context(), nil)
		require.NoError(t, err)
		defer txn.Abort()
		tree := ostree.NewTree()
		require.NoError(t, txn.AddTar(t.Context(), tree, f, nil, nil))
		root, meta, err := txn.WriteTree(tree)
		require.NoError(t, err)
		commit, err := r.LoadCommit(c)
		require.NoError(t, err)
		require.Equal(t, [2]object.Checksum{commit.Tree, commit.Meta}, [2]object.Checksum{root, meta})
	}
}

func dropEmptyXattrs(t testing.TB, dir string) {
	require.NoError(t, filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		b := make([]byte, 1024)
		n, _ := unix.Llistxattr(p, b)
		for _, name := range strings.Split(strings.TrimSuffix(string(b[:max(n, 0)]), "\x00"), "\x00") {
			if size, e := unix.Lgetxattr(p, name, nil); e == nil && size == 0 {
				require.NoError(t, unix.Lremovexattr(p, name))
			}
		}
		return err
	}))
}

// removeNames deletes everything whose name holds a text.
func removeNames(t testing.TB, dir, part string) {
	require.NoError(t, filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err == nil && strings.Contains(d.Name(), part) {
			err = os.RemoveAll(p)
			if err == nil && d.IsDir() {
				err = filepath.SkipDir
			}
		}
		return err
	}))
}

func TestExportLinksRepeatedFiles(t *testing.T) {
	src := t.TempDir()
	write(t, src, "baz/sub1/duplicate_a", "same", 0o644)
	write(t, src, "baz/sub1/duplicate_b", "same", 0o644)
	write(t, src, "other/mode", "same", 0o600)
	write(t, src, "other/x", "same", 0o644)
	require.NoError(t, os.Symlink("t", src+"/l1"))
	require.NoError(t, os.Symlink("t", src+"/l2"))
	r := newRepo(t, ostree.ModeArchive)
	c := commitDir(t, r, src, "main", nil, nil)
	var names []string
	for tr := tar.NewReader(bytes.NewReader(exported(t, r, c, &ostree.ExportOptions{Prefix: "p/"}))); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		require.EqualValues(t, 1700000000, h.ModTime.Unix())
		require.Empty(t, h.Uname)
		s := string(h.Typeflag) + h.Name
		if h.Linkname != "" {
			s += ">" + h.Linkname
		}
		names = append(names, s)
	}
	require.Equal(t, []string{"5p/", "2p/l1>t", "2p/l2>t", "5p/baz/", "5p/baz/sub1/", "0p/baz/sub1/duplicate_a",
		"1p/baz/sub1/duplicate_b>p/baz/sub1/duplicate_a", "5p/other/", "0p/other/mode", "1p/other/x>p/baz/sub1/duplicate_a"}, names)
	require.EqualError(t, r.Export(t.Context(), io.Discard, c, &ostree.ExportOptions{Subpath: "/nope"}), "No such file or directory: /nope")
	require.EqualError(t, r.Export(t.Context(), io.Discard, c, &ostree.ExportOptions{Subpath: "/l1"}), "Not a directory")
	require.Error(t, r.Export(t.Context(), failingWriter{}, c, nil))
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errors.New("no more room") }
