package ostree_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
)

var (
	tarDir  = func(name string) tar.Header { return tar.Header{Name: name, Typeflag: tar.TypeDir, Mode: 0o755} }
	tarFile = func(name string) tar.Header { return tar.Header{Name: name, Size: 1} }
	tarLink = func(name, to string) tar.Header {
		return tar.Header{Name: name, Linkname: to, Typeflag: tar.TypeLink}
	}
	tarSymlink = func(name, to string) tar.Header {
		return tar.Header{Name: name, Linkname: to, Typeflag: tar.TypeSymlink}
	}
	tarPax = func(key, value string) tar.Header {
		return tar.Header{Name: "f", Size: 1, Format: tar.FormatPAX, PAXRecords: map[string]string{key: value}}
	}
)

// hostileTars are archives that cannot be imported, and what the error says.
func hostileTars(t testing.TB) map[string]struct {
	archive []byte
	want    string
} {
	of := func(h ...tar.Header) []byte { return tarOf(t, append([]tar.Header{tarRoot}, h...)...) }
	plain := of(tarFile("f"))
	compressed := gzipped(plain)
	lie := bytes.Clone(tarOf(t, tarFile("f")))
	copy(lie[124:136], "77777777777\x00") // the size
	fixTarChecksum(lie)
	owner := bytes.Clone(plain)
	owner[512+108] = 0x80 // a binary number
	binary.BigEndian.PutUint64(owner[512+108:], 0x80000001_00000000)
	fixTarChecksum(owner[512:])
	return map[string]struct {
		archive []byte
		want    string
	}{
		"parent":                 {of(tarFile("../f")), "Invalid path uplink filename '..'"},
		"parent in the middle":   {of(tarDir("a"), tarFile("a/../../f")), "Invalid path uplink filename '..'"},
		"absolute parent":        {of(tarFile("/../f")), "Invalid path uplink filename '..'"},
		"only parents":           {of(tarDir("..")), "Invalid path uplink filename '..'"},
		"link to a parent":       {of(tarLink("f", "../../etc/passwd")), "Invalid path uplink filename '..'"},
		"link to nothing":        {of(tarLink("f", "etc/passwd")), `hard link to "etc/passwd", which is not in the archive`},
		"links in a circle":      {of(tarLink("a", "b"), tarLink("b", "a")), `which is not in the archive`},
		"link to a directory":    {of(tarDir("d"), tarLink("a", "d")), `which is not in the archive`},
		"below a symlink":        {of(tarSymlink("l", "/etc"), tarFile("l/passwd")), "Can't replace file with directory: l"},
		"below a symlink up":     {of(tarSymlink("l", ".."), tarDir("l/x"), tarFile("l/x/f")), "Can't replace file with directory: l"},
		"below a file":           {of(tarFile("f"), tarFile("f/g")), "Can't replace file with directory: f"},
		"file over a directory":  {of(tarDir("d"), tarFile("d/f"), tarFile("d")), "Can't replace directory with file: d"},
		"symlink over directory": {of(tarDir("d"), tarFile("d/f"), tarSymlink("d", "/etc")), "Can't replace directory with file: d"},
		"link over a directory":  {of(tarFile("f"), tarDir("d"), tarLink("d", "f")), "Can't replace directory with file: d"},
		"root is a symlink":      {tarOf(t, tarSymlink("./", "/etc"), tarFile("f")), "archive entry for the root is not a directory"},
		"no parent":              {of(tarFile("no/such/f")), "No such file or directory: no"},
		"device":                 {of(tar.Header{Name: "null", Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 3}), `Unsupported file type for path "null"`},
		"fifo":                   {of(tar.Header{Name: "p", Typeflag: tar.TypeFifo}), `Unsupported file type for path "p"`},
		"name of bytes":          {patchName(t, "\xff\xfe"), "Archive entry pathname is not valid UTF-8"},
		"target of bytes":        {patchName(t, "l", "\xff"), "not valid UTF-8"},
		"too deep":               {of(tarFile(strings.Repeat("d/", 3000) + "f")), "directories are nested more than 2000 levels deep"},
		"xattr without a name":   {of(tarPax("SCHILY.xattr.", "v")), "Invalid xattr name (empty or missing NUL) index=0"},
		"xattr of no base64":     {of(tarPax("LIBARCHIVE.xattr.user.k", "%%%")), "bad value of xattr user.k"},
		"owner out of range":     {owner, `owner 4294967296:0 is out of range`},
		"content missing":        {plain[:512+512], "EOF"},
		"size that is a lie":     {lie, ""},
		"damaged header":         {patched(plain, 512, 'X'), "invalid tar header"},
		"not an archive":         {[]byte(strings.Repeat("text ", 500)), "invalid tar header"},
		"compressed and cut":     {compressed[:len(compressed)/2], "EOF"},
		"sparse file":            {sparseTar(t, 1<<52), "requested"},
	}
}

// fixTarChecksum computes the checksum of a header block.
func fixTarChecksum(block []byte) {
	copy(block[148:156], "        ")
	sum := 0
	for _, c := range block[:512] {
		sum += int(c)
	}
	copy(block[148:156], []byte{'0' + byte(sum>>15&7), '0' + byte(sum>>12&7), '0' + byte(sum>>9&7), '0' + byte(sum>>6&7), '0' + byte(sum>>3&7), '0' + byte(sum&7), 0, ' '})
}

// patchName is an archive with one entry whose name, and target, hold any bytes.
func patchName(t testing.TB, name string, target ...string) []byte {
	h := tarFile("placeholder")
	if len(target) > 0 {
		h = tarSymlink("placeholder", "placeholder")
	}
	b := tarOf(t, h)
	copy(b, append([]byte(name), make([]byte, 20)...))
	if len(target) > 0 {
		copy(b[157:], append([]byte(target[0]), make([]byte, 20)...))
	}
	fixTarChecksum(b)
	return b
}

// sparseTar has a file of holes only.
func sparseTar(t testing.TB, size int64) []byte {
	b := tarOf(t, tarFile("sparse"))[:512]
	copy(b[257:], "ustar  \x00")
	b[156] = 'S'
	for i := range 12 {
		b[124+i] = '0'
	}
	copy(b[386:], make([]byte, 97))
	b[483] = 0x80 // the real size, as a binary number
	binary.BigEndian.PutUint64(b[483+4:], uint64(size))
	copy(b[386:], "00000000000\x0000000000000\x00")
	fixTarChecksum(b)
	return append(b, make([]byte, 1024)...)
}

func importTar(t testing.TB, r *ostree.Repo, archive io.Reader, opts *ostree.TarOptions) error {
	txn, err := r.Begin(t.Context(), nil)
	require.NoError(t, err)
	defer txn.Abort()
	tree := ostree.NewTree()
	if err := txn.AddTar(t.Context(), tree, archive, nil, opts); err != nil {
		return err
	}
	root, meta, err := txn.WriteTree(tree)
	if err != nil {
		return err
	}
	c, err := txn.WriteCommit(t.Context(), root, meta, nil)
	require.NoError(t, err)
	require.NoError(t, txn.SetRef("main", c))
	_, err = txn.Commit(t.Context())
	return err
}

// What an archive says never leads out of the tree, and an archive that is refused leaves nothing behind.
func TestHostileTars(t *testing.T) {
	for name, c := range hostileTars(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRepo(t, ostree.ModeArchive)
			before := snapshot(t, filepath.Dir(r.Path()), "repo/tmp", "repo/.lock")
			err := importTar(t, r, bytes.NewReader(c.archive), nil)
			require.ErrorContains(t, err, c.want)
			require.Less(t, len(err.Error()), 10_000)
			require.Equal(t, before, snapshot(t, filepath.Dir(r.Path()), "repo/tmp", "repo/.lock"))
			wholeRepo(t, r.Path())
		})
	}
}

// Leading slashes and dots go, as they do everywhere.
func TestHarmlessTar(t *testing.T) {
	r := newRepo(t, ostree.ModeArchive)
	archive := tarOf(t, tarDir("."), tarDir("/a"), tarFile("/a/b"), tarFile(".//a/./c"), tarLink("/x", "/a/b"), tarSymlink("up", "../../etc"))
	require.NoError(t, importTar(t, r, bytes.NewReader(archive), nil))
	var paths []string
	for _, e := range walked(t, r, "main", "", nil) {
		paths = append(paths, e.Path)
	}
	require.Equal(t, []string{"/", "/up", "/x", "/a", "/a/b", "/a/c"}, paths)
}

// A small archive that unpacks to much more than the disk may hold costs neither memory nor, in the end, space.
func TestTarBomb(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	w := tar.NewWriter(z)
	require.NoError(t, w.WriteHeader(&tarRoot))
	h := tarFile("zeros")
	h.Size = 200 << 20
	require.NoError(t, w.WriteHeader(&h))
	block := make([]byte, 1<<20)
	for range 200 {
		_, err := w.Write(block)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	require.NoError(t, z.Close())
	r := newRepo(t, ostree.ModeBareUserOnly)
	smallBudget(t, r)
	before := repoState(t, r)
	var a, b runtime.MemStats
	runtime.ReadMemStats(&a)
	err := importTar(t, r, &bomb, nil)
	runtime.ReadMemStats(&b)
	var se *ostree.SpaceError
	require.ErrorAs(t, err, &se)
	require.Less(t, b.TotalAlloc-a.TotalAlloc, uint64(32<<20))
	require.Equal(t, before, repoState(t, r))
	require.Empty(t, objectsOf(t, r.Path()))
	var staged object.Name
	for n, err := range r.Objects(t.Context()) {
		require.NoError(t, err)
		staged = n
	}
	require.Zero(t, staged)
}
