package ostree_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// tarOf makes an archive of the given headers; those of regular files have a content of their size.
func tarOf(t testing.TB, headers ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		if h.Mode == 0 {
			h.Mode = 0o644
		}
		require.NoError(t, w.WriteHeader(&h))
		_, err := w.Write(bytes.Repeat([]byte("x"), int(h.Size)))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

var tarRoot = tar.Header{Name: "./", Typeflag: tar.TypeDir, Mode: 0o755}

// smallBudget leaves a repository 64 MiB to grow, whatever an archive unpacks to.
func smallBudget(t testing.TB, r *ostree.Repo) {
	var st unix.Statfs_t
	require.NoError(t, unix.Statfs(r.Path(), &st))
	c, err := r.EditConfig()
	require.NoError(t, err)
	require.NoError(t, c.Set("core", "min-free-space-size", fmt.Sprintf("%dMB", max(1, int64(st.Bfree)*int64(st.Bsize)>>20-64))))
	require.NoError(t, r.SetConfig(c))
}

// FuzzTar imports any archive: nothing panics, memory stays bounded, and what comes of it is a tree that can be
// committed, whose names stay inside.
func FuzzTar(f *testing.F) {
	f.Add(tarOf(f, tarRoot, tar.Header{Name: "d", Typeflag: tar.TypeDir, Mode: 0o755}, tar.Header{Name: "d/f", Size: 3},
		tar.Header{Name: "d/h", Linkname: "d/f", Typeflag: tar.TypeLink}, tar.Header{Name: "l", Linkname: "/etc", Typeflag: tar.TypeSymlink}), true)
	f.Add(tarOf(f, tar.Header{Name: "a/b/c", Size: 1, PAXRecords: map[string]string{"SCHILY.xattr.user.k": "v"}, Format: tar.FormatPAX}), true)
	f.Add(tarOf(f, tarRoot, tar.Header{Name: "../../etc/passwd", Size: 1}), false)
	f.Add(tarOf(f, tarRoot, tar.Header{Name: "l", Linkname: "..", Typeflag: tar.TypeSymlink}, tar.Header{Name: "l/f", Size: 1}), true)
	f.Add(tarOf(f, tarRoot, tar.Header{Name: "a", Linkname: "b", Typeflag: tar.TypeLink}, tar.Header{Name: "b", Linkname: "a", Typeflag: tar.TypeLink}), false)
	f.Add([]byte("070701"+strings.Repeat("0", 104)+"TRAILER!!!\x00"), true)
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, _ = w.Write(tarOf(f, tarRoot, tar.Header{Name: "zip", Size: 100_000}))
	w.Close()
	f.Add(z.Bytes(), false)
	r := newRepo(f, ostree.ModeBareUserOnly)
	smallBudget(f, r)
	f.Fuzz(func(t *testing.T, archive []byte, autocreate bool) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		txn, err := r.Begin(t.Context(), &ostree.TxnOptions{NoFsync: true})
		require.NoError(t, err)
		defer txn.Abort()
		tree := ostree.NewTree()
		err = txn.AddTar(t.Context(), tree, bytes.NewReader(archive), nil, &ostree.TarOptions{AutocreateParents: autocreate})
		runtime.ReadMemStats(&after)
		require.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(256<<20))
		if err != nil {
			return
		}
		root, _, err := txn.WriteTree(tree)
		if err != nil {
			return // parents or the root may be missing
		}
		checkTreeIsInside(t, r, root)
	})
}

func checkTreeIsInside(t *testing.T, r *ostree.Repo, sum object.Checksum) {
	tree, err := r.LoadDirTree(sum)
	require.NoError(t, err)
	for _, e := range tree.Files {
		require.NoError(t, object.ValidateFilename(e.Name))
		_, _, err := r.StatFile(e.Checksum)
		require.NoError(t, err)
	}
	for _, e := range tree.Dirs {
		require.NoError(t, object.ValidateFilename(e.Name))
		checkTreeIsInside(t, r, e.Tree)
	}
}

// FuzzStoredObject puts any bytes in the place of a content object of a bare-user repository, content and
// user.ostreemeta: what can be read of it is what its checksum is computed of.
func FuzzStoredObject(f *testing.F) {
	file := object.FileHeader{Mode: 0o100644, Xattrs: object.Xattrs{{Name: "user.k", Value: []byte("v")}}}
	link := object.FileHeader{Mode: 0o120777}
	f.Add(file.AppendMeta(nil), []byte("hello"))
	f.Add(link.AppendMeta(nil), []byte("target\x00"))
	f.Add(link.AppendMeta(nil), []byte("a\x00b\x00"))
	f.Add(link.AppendMeta(nil), []byte{})
	f.Add([]byte("short"), []byte("hello"))
	testutil.UserXattrs(f, f.TempDir())
	r := newRepo(f, ostree.ModeBareUser)
	name := object.Name{Checksum: object.Checksum{1}, Type: object.TypeFile}
	path := filepath.Join(r.Path(), "objects", name.LoosePath(false))
	write(f, filepath.Dir(path), filepath.Base(path), "", 0o644)
	f.Fuzz(func(t *testing.T, meta, content []byte) {
		if len(meta) == 0 || len(meta) > 2000 {
			return // file systems do not hold more
		}
		write(t, filepath.Dir(path), filepath.Base(path), string(content), 0o644)
		require.NoError(t, unix.Setxattr(path, "user.ostreemeta", meta, 0))
		h, size, err := r.StatFile(name.Checksum)
		verr := r.VerifyObject(t.Context(), name)
		require.Error(t, verr)
		var ce *ostree.ChecksumError
		if err != nil || h.Validate() != nil {
			return
		}
		require.ErrorAs(t, verr, &ce)
		if h.IsSymlink() {
			content = nil
		} else {
			require.EqualValues(t, len(content), size)
		}
		require.Equal(t, object.ContentChecksum(h, content), ce.Got)
	})
}
