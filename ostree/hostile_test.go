package ostree_test

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// forger fills an archive repository with objects that no program would write, under their right checksums.
type forger struct {
	t    testing.TB
	path string
}

func newForger(t testing.TB) *forger {
	t.Helper()
	r := newRepo(t, ostree.ModeArchive)
	return &forger{t, r.Path()}
}

func (f *forger) put(n object.Name, data []byte) object.Checksum {
	f.t.Helper()
	p := filepath.Join(f.path, "objects", n.LoosePath(true))
	require.NoError(f.t, os.MkdirAll(filepath.Dir(p), 0o755))
	require.NoError(f.t, os.WriteFile(p, data, 0o644))
	return n.Checksum
}

func (f *forger) meta(typ object.Type, data []byte) object.Checksum {
	return f.put(object.Name{Checksum: object.Sum(data), Type: typ}, data)
}

// file stores a header that says size, followed by a deflate stream of payload and by tail.
func (f *forger) file(h *object.FileHeader, size uint64, payload, tail string) object.Checksum {
	b := bytes.NewBuffer(h.AppendArchiveHeader(nil, size))
	if !h.IsSymlink() {
		w, err := flate.NewWriter(b, 6)
		require.NoError(f.t, err)
		io.WriteString(w, payload)
		w.Close()
	}
	b.WriteString(tail)
	return f.put(object.Name{Checksum: object.ContentChecksum(h, []byte(payload)), Type: object.TypeFile}, b.Bytes())
}

func (f *forger) regular(payload string) object.Checksum {
	return f.file(&object.FileHeader{Mode: 0o100644}, uint64(len(payload)), payload, "")
}

func (f *forger) dirMeta() object.Checksum {
	return f.meta(object.TypeDirMeta, (&object.DirMeta{Mode: 0o40755}).Marshal())
}

func (f *forger) tree(t *object.DirTree) object.Checksum {
	return f.meta(object.TypeDirTree, t.Marshal())
}

// commit makes main a commit of the tree and returns it.
func (f *forger) commit(tree, meta object.Checksum) object.Checksum {
	c := &object.Commit{Subject: "forged", Timestamp: 1700000000, Tree: tree, Meta: meta}
	return f.rawCommit(c.Marshal())
}

func (f *forger) rawCommit(b []byte) object.Checksum {
	sum := f.meta(object.TypeCommit, b)
	require.NoError(f.t, os.WriteFile(filepath.Join(f.path, "refs/heads/main"), []byte(sum.String()+"\n"), 0o644))
	return sum
}

// withFile makes a commit of a root with one file.
func (f *forger) withFile(sum object.Checksum) object.Checksum {
	return f.commit(f.tree(&object.DirTree{Files: []object.FileEntry{{Name: "file", Checksum: sum}}}), f.dirMeta())
}

// notNormal adds a byte to a variant that no reader needs.
func notNormal(b []byte) []byte { return append(bytes.Clone(b), 0) }

func filez(h *object.FileHeader) []byte { return h.AppendArchiveHeader(nil, 0) }

// patched is b with other bytes from an offset on.
func patched(b []byte, at int, with ...byte) []byte {
	b = bytes.Clone(b)
	copy(b[at:], with)
	return b
}

// forgeries are repositories whose branch main cannot be pulled: how to make them, and what the error says.
var forgeries = []struct {
	name  string
	forge func(f *forger)
	want  string
}{
	{"dirtree with '..'", forgeName(".."), ".dirtree: Invalid path uplink filename '..'"},
	{"dirtree with '.'", forgeName("."), ".dirtree: Invalid self-referential filename '.'"},
	{"dirtree with a path", forgeName("../../escaped"), ".dirtree: Invalid / in filename ../../escaped"},
	{"dirtree with an absolute path", forgeName("/escaped"), ".dirtree: Invalid / in filename /escaped"},
	{"dirtree with an empty name", forgeName(""), ".dirtree: Invalid NULL filename"},
	{"dirtree with a NUL in a name", forgeName("a\x00b"), ".dirtree: Not normal form"},
	{"dirtree with bytes in a name", forgeName("\xff\xfe"), ".dirtree: Invalid UTF-8 in filename \uFFFD"},
	{"directory called '..'", func(f *forger) {
		inner := f.tree(&object.DirTree{Files: []object.FileEntry{{Name: "escaped", Checksum: f.regular("x")}}})
		f.commit(f.tree(&object.DirTree{Dirs: []object.DirEntry{{Name: "..", Tree: inner, Meta: f.dirMeta()}}}), f.dirMeta())
	}, ".dirtree: Invalid path uplink filename '..'"},
	{"dirtree not normal", func(f *forger) {
		f.commit(f.meta(object.TypeDirTree, notNormal((&object.DirTree{}).Marshal())), f.dirMeta())
	}, ".dirtree: Not normal form"},
	{"dirtree truncated", func(f *forger) {
		b := (&object.DirTree{Files: []object.FileEntry{{Name: "f", Checksum: f.regular("x")}}}).Marshal()
		f.commit(f.meta(object.TypeDirTree, b[:len(b)-1]), f.dirMeta())
	}, ".dirtree: Not normal form"},
	{"dirmeta not normal", func(f *forger) {
		f.commit(f.tree(&object.DirTree{}), f.meta(object.TypeDirMeta, notNormal((&object.DirMeta{Mode: 0o40755}).Marshal())))
	}, ".dirmeta: Not normal form"},
	{"dirmeta of a file", func(f *forger) {
		f.commit(f.tree(&object.DirTree{}), f.meta(object.TypeDirMeta, (&object.DirMeta{Mode: 0o100644}).Marshal()))
	}, ".dirmeta: Invalid directory metadata mode 33188; not a directory"},
	{"dirmeta with unsorted xattrs", func(f *forger) {
		m := object.DirMeta{Mode: 0o40755, Xattrs: object.Xattrs{{Name: "user.b"}, {Name: "user.a"}}}
		f.commit(f.tree(&object.DirTree{}), f.meta(object.TypeDirMeta, m.Marshal()))
	}, ".dirmeta: Incorrectly sorted xattr name (prev=user.b, cur=user.a), index=1"},
	{"commit not normal", func(f *forger) { f.rawCommit(notNormal((&object.Commit{}).Marshal())) }, ".commit: Not normal form"},
	{"commit of text", func(f *forger) { f.rawCommit([]byte("<html>not found</html>")) }, ".commit: Not normal form"},
	{"empty commit", func(f *forger) { f.rawCommit(nil) }, ".commit: Not normal form"},
	{"commit with an empty key", func(f *forger) {
		var d object.Dict
		d.Set("", object.NewString("x"))
		f.rawCommit((&object.Commit{Metadata: d.Value()}).Marshal())
	}, ".commit: Empty metadata key"},
	{"commit with half a parent", func(f *forger) {
		sum := make([]byte, 32)
		f.rawCommit(gvariant.NewTuple(gvariant.NewArray("{sv}"), gvariant.NewByteArray(sum[:16]), gvariant.NewArray("(say)"), gvariant.NewString(""),
			gvariant.NewString(""), gvariant.NewUint64BE(0), gvariant.NewByteArray(sum), gvariant.NewByteArray(sum)).Bytes())
	}, ".commit: Invalid commit parent: Invalid checksum of length 16 expected 32"},
	{"file with data after its end", func(f *forger) { f.withFile(f.file(&object.FileHeader{Mode: 0o100644}, 6, "hello\n", "tail")) }, "data after the end of the content"},
	{"file larger than it says", func(f *forger) { f.withFile(f.file(&object.FileHeader{Mode: 0o100644}, 3, "hello\n", "")) }, "content is larger than the size 3 in its header"},
	{"file smaller than it says", func(f *forger) { f.withFile(f.file(&object.FileHeader{Mode: 0o100644}, 9, "hello\n", "")) }, "content is smaller than the size 9 in its header"},
	{"small bomb", func(f *forger) {
		f.withFile(f.file(&object.FileHeader{Mode: 0o100644}, 3, strings.Repeat("\x00", 32<<20), ""))
	}, "content is larger than the size 3 in its header"},
	{"large bomb", func(f *forger) { f.withFile(f.file(&object.FileHeader{Mode: 0o100644}, 1<<50, "hello\n", "")) }, "at least 1.1\u00a0PB requested"},
	{"file of an impossible size", func(f *forger) { f.withFile(f.file(&object.FileHeader{Mode: 0o100644}, 1<<63, "hello\n", "")) }, "invalid size 9223372036854775808"},
	{"symlink with a payload", func(f *forger) { f.withFile(f.file(&object.FileHeader{Mode: 0o120777, Symlink: "x"}, 0, "", "tail")) }, "data after the end of the content"},
	{"file that is a fifo", forgeFilez(filez(&object.FileHeader{Mode: 0o10644})), "Invalid file metadata mode 4516; not a valid file type"},
	{"file with a device number", forgeFilez(patched(filez(&object.FileHeader{Mode: 0o100644}), 31, 7)), "Corrupted archive file; invalid rdev 7"},
	{"file with a header of nothing", forgeFilez(make([]byte, 40)), "File header size is zero"},
	{"file with a huge header", forgeFilez(binary.BigEndian.AppendUint64(nil, 0xfffffff0_00000000)), "File header size 4294967280 exceeds size"},
	{"file with half a header", forgeFilez(filez(&object.FileHeader{Mode: 0o100644})[:20]), "reading the header"},
	{"file with a header that is not normal", forgeFilez(patched(filez(&object.FileHeader{Mode: 0o100644}), 33, 0x10)), "Not normal form"},
	{"empty file", forgeFilez(nil), "reading the header's size"},
	{"file that is no deflate stream", forgeFilez(append((&object.FileHeader{Mode: 0o100644}).AppendArchiveHeader(nil, 9), "\xff\xff\xff\xff"...)), "corrupt input"},
}

func forgeName(name string) func(f *forger) {
	return func(f *forger) {
		f.commit(f.tree(&object.DirTree{Files: []object.FileEntry{{Name: name, Checksum: f.regular("x")}}}), f.dirMeta())
	}
}

func forgeFilez(b []byte) func(f *forger) {
	return func(f *forger) {
		f.withFile(f.put(object.Name{Checksum: object.Checksum{0xab}, Type: object.TypeFile}, b))
	}
}

// unchanged compares a repository with what it was, apart from what transactions keep in tmp/ and the marks
// of commits that are not complete.
func unchanged(t testing.TB, before map[string]string, r *ostree.Repo) {
	t.Helper()
	require.Equal(t, before, repoState(t, r))
	commits, err := r.Commits(t.Context())
	require.NoError(t, err)
	require.Empty(t, commits, "no commit becomes visible")
	_, err = r.Fsck(t.Context(), nil)
	require.NoError(t, err)
}

func repoState(t testing.TB, r *ostree.Repo) map[string]string {
	return snapshot(t, r.Path(), "tmp", "state", ".lock")
}

// None of the forgeries can be pulled, over HTTP or from a local repository that is not trusted, into any
// mode. The error says what is wrong with what, nothing becomes visible, and nothing lies outside.
func TestForgeriesAreRefused(t *testing.T) {
	testutil.Root(t)
	for _, c := range forgeries {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newForger(t)
			c.forge(f)
			s := serve(t, f.path)
			src, err := ostree.Open(f.path, nil)
			require.NoError(t, err)
			defer src.Close()
			for _, mode := range modes {
				r := newRepo(t, mode)
				addRemote(t, r, "o", s.URL)
				before := repoState(t, r)
				_, err := r.Pull(t.Context(), "o", &ostree.PullOptions{Refs: []string{"main"}})
				if mode != ostree.ModeArchive && strings.Contains(c.want, "after the end") {
					require.NoError(t, err) // only an archive would keep what follows the content
					wholeRepo(t, r.Path())
					continue
				}
				wrongObject(t, mode, c.want, err)
				unchanged(t, before, r)
				_, err = r.PullLocal(t.Context(), src, &ostree.PullLocalOptions{Untrusted: true})
				require.Error(t, err)
				unchanged(t, before, r)
			}
		})
	}
}

// wrongObject checks an error: in an archive repository a lie about a huge size only comes out at the end.
func wrongObject(t testing.TB, mode ostree.Mode, want string, err error) {
	t.Helper()
	if mode == ostree.ModeArchive && strings.Contains(want, "requested") {
		want = "content is smaller than the size"
	}
	require.ErrorContains(t, err, want)
	require.Regexp(t, "[0-9a-f]{64}", err.Error(), "the object is named")
}

// A commit of bad objects that lies in the repository itself is neither checked out nor shown, and no
// operation on it leaves its destination.
func TestForgeriesStayInside(t *testing.T) {
	testutil.Root(t)
	for _, c := range forgeries {
		if strings.Contains(c.name, "bomb") || strings.Contains(c.name, "symlink") || strings.Contains(c.name, "after its end") {
			continue // only verification, which a checkout does not do, or the disk's size, would find these
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newForger(t)
			c.forge(f)
			r, err := ostree.Open(f.path, nil)
			require.NoError(t, err)
			defer r.Close()
			commit := resolve(t, r, "main")
			box := t.TempDir()
			write(t, box, "witness", "untouched", 0o644)
			for i, o := range []ostree.CheckoutOptions{{}, {UserMode: true}, {ForceCopy: true, Overwrite: ostree.OverwriteUnion}, {UserMode: true, UncompressedCache: true, Overwrite: ostree.OverwriteAdd}} {
				require.Error(t, r.Checkout(t.Context(), commit, filepath.Join(box, fmt.Sprintf("in%d", i), ""), &o))
			}
			require.Error(t, r.Export(t.Context(), io.Discard, commit, nil))
			require.Error(t, r.CheckoutComposefs(t.Context(), commit, filepath.Join(box, "image"), nil))
			for p := range snapshot(t, box) {
				require.True(t, p == "witness" || strings.HasPrefix(p, "in"), p)
			}
			require.Equal(t, "untouched", read(t, box, "witness"))
			_, err = r.Fsck(t.Context(), nil)
			require.Error(t, err)
		})
	}
}

// Names that collide would let a link redirect what comes after it.
func TestCollidingNames(t *testing.T) {
	f := newForger(t)
	link := f.file(&object.FileHeader{Mode: 0o120777, Symlink: "../outside"}, 0, "", "")
	inner := f.tree(&object.DirTree{Files: []object.FileEntry{{Name: "f", Checksum: f.regular("x")}}})
	for name, tree := range map[string]*object.DirTree{
		"link and directory": {Files: []object.FileEntry{{Name: "a", Checksum: link}}, Dirs: []object.DirEntry{{Name: "a", Tree: inner, Meta: f.dirMeta()}}},
		"two files":          {Files: []object.FileEntry{{Name: "a", Checksum: link}, {Name: "a", Checksum: f.regular("x")}}},
		"two directories":    {Dirs: []object.DirEntry{{Name: "a", Tree: inner, Meta: f.dirMeta()}, {Name: "a", Tree: inner, Meta: f.dirMeta()}}},
		"unsorted":           {Files: []object.FileEntry{{Name: "b", Checksum: link}, {Name: "a", Checksum: link}, {Name: "b", Checksum: f.regular("x")}}},
	} {
		t.Run(name, func(t *testing.T) {
			f.commit(f.tree(tree), f.dirMeta())
			r, err := ostree.Open(f.path, nil)
			require.NoError(t, err)
			defer r.Close()
			box := t.TempDir()
			require.NoError(t, os.Mkdir(filepath.Join(box, "outside"), 0o755))
			for _, o := range []ostree.CheckoutOptions{{UserMode: true}, {UserMode: true, Overwrite: ostree.OverwriteUnion}} {
				err := r.Checkout(t.Context(), resolve(t, r, "main"), filepath.Join(box, "in"), &o)
				require.ErrorContains(t, err, "Duplicate filename")
			}
			left, err := os.ReadDir(filepath.Join(box, "outside"))
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}

// deepTree nests n directories.
func (f *forger) deepTree(n int) object.Checksum {
	meta := f.dirMeta()
	tree := f.tree(&object.DirTree{Files: []object.FileEntry{{Name: "f", Checksum: f.regular("x")}}})
	for range n {
		tree = f.tree(&object.DirTree{Dirs: []object.DirEntry{{Name: "d", Tree: tree, Meta: meta}}})
	}
	return f.commit(tree, meta)
}

// A tree that is nested deeper than any file system holds can be stored, moved and verified, but everything
// that would descend into it says so.
func TestDeepTree(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	commit := f.deepTree(2500)
	r := newRepo(t, ostree.ModeArchive)
	addRemote(t, r, "o", serve(t, f.path).URL)
	_, err := r.Pull(t.Context(), "o", &ostree.PullOptions{Refs: []string{"main"}, NoFsync: true})
	require.NoError(t, err)
	_, err = r.Fsck(t.Context(), nil)
	require.NoError(t, err)
	set, err := r.Traverse(t.Context(), []object.Checksum{commit}, nil)
	require.NoError(t, err)
	require.Equal(t, 2504, set.Len())
	_, err = r.Prune(t.Context(), nil)
	require.NoError(t, err)

	const want = "directories are nested more than 2000 levels deep"
	dest := filepath.Join(t.TempDir(), "out")
	require.ErrorContains(t, r.Checkout(t.Context(), commit, dest, &ostree.CheckoutOptions{UserMode: true}), want)
	require.ErrorContains(t, r.Export(t.Context(), io.Discard, commit, nil), want)
	require.ErrorContains(t, r.CheckoutComposefs(t.Context(), commit, dest+".img", nil), want)
	for _, err = range r.Walk(t.Context(), commit, "", nil) {
		if err != nil {
			break
		}
	}
	require.ErrorContains(t, err, want)
	empty := f.commit(f.tree(&object.DirTree{}), f.dirMeta())
	src, err := ostree.Open(f.path, nil)
	require.NoError(t, err)
	defer src.Close()
	_, err = src.Diff(t.Context(), ostree.DiffSide{Commit: empty}, ostree.DiffSide{Commit: commit}, nil)
	require.ErrorContains(t, err, want)
	txn, err := r.Begin(t.Context(), &ostree.TxnOptions{NoFsync: true})
	require.NoError(t, err)
	defer txn.Abort()
	require.ErrorContains(t, txn.AddCommit(t.Context(), ostree.NewTree(), commit, &ostree.Modifier{NoXattrs: true, Filter: func(*ostree.Entry) bool { return true }}), want)
	removeDeep(t, dest)
}

// removeDeep removes a chain of directories that is too long for a path.
func removeDeep(t testing.TB, dir string) {
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err == unix.ENOENT {
		return
	}
	require.NoError(t, err)
	fds := []int{fd}
	for {
		require.NoError(t, unix.Fchmod(fds[len(fds)-1], 0o700))
		next, err := unix.Openat(fds[len(fds)-1], "d", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != nil {
			break
		}
		fds = append(fds, next)
	}
	for i := len(fds) - 1; i >= 0; i-- {
		unix.Unlinkat(fds[i], "f", 0)
		unix.Unlinkat(fds[i], "d", unix.AT_REMOVEDIR)
		unix.Close(fds[i])
	}
}

// Forty directories that each hold the next one twice unfold into 2^40, but are only forty objects.
func TestUnfoldingTree(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	meta := f.dirMeta()
	tree := f.tree(&object.DirTree{})
	for range 40 {
		tree = f.tree(&object.DirTree{Dirs: []object.DirEntry{{Name: "a", Tree: tree, Meta: meta}, {Name: "b", Tree: tree, Meta: meta}}})
	}
	commit := f.commit(tree, meta)
	r := newRepo(t, ostree.ModeBareUser)
	addRemote(t, r, "o", serve(t, f.path).URL)
	stats, err := r.Pull(t.Context(), "o", &ostree.PullOptions{Refs: []string{"main"}})
	require.NoError(t, err)
	require.Equal(t, 43, stats.MetadataFetched)
	report, err := r.Fsck(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, 43, report.Objects)
	_, err = r.Prune(t.Context(), nil)
	require.NoError(t, err)
	owners, err := r.CommitsContaining(t.Context(), []object.Checksum{commit}, []object.Name{{Checksum: meta, Type: object.TypeDirMeta}})
	require.NoError(t, err)
	require.Len(t, owners, 1)
	d, err := r.Diff(t.Context(), ostree.DiffSide{Commit: commit}, ostree.DiffSide{Commit: commit}, nil)
	require.NoError(t, err)
	require.Empty(t, d.Modified)
}
