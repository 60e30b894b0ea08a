package ostree

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sys/unix"
)

// CommitFS is a commit as a read-only file system. Directories are loaded when they are looked at,
// and the last ones are kept. It implements [fs.ReadDirFS], [fs.ReadFileFS], [fs.StatFS] and
// [fs.ReadLinkFS] and is safe for concurrent use, as long as the repository is open.
//
// Symlinks are followed inside the commit: its root is "/" for absolute targets, and ".." does not
// lead out of it. FileInfo.Sys returns a *[TreeEntry]; all modification times are the epoch, as in a
// checkout.
type CommitFS struct {
	repo *Repo
	root treeNode

	mu      sync.Mutex
	trees   map[object.Checksum]*object.DirTree
	entries int // in trees
}

// fsCacheEntries bounds the directory entries that a CommitFS keeps, each about a hundred bytes.
const fsCacheEntries = 64 << 10

// maxLinks is how many symlinks a path may lead through.
const maxLinks = 40

// FS returns the file system of the commit that a revision (a ref or a checksum) names.
func (r *Repo) FS(rev string) (*CommitFS, error) {
	c, err := r.ResolveRev(rev)
	if err != nil {
		return nil, err
	}
	return r.CommitFS(c)
}

// CommitFS returns the file system of a commit.
func (r *Repo) CommitFS(c object.Checksum) (*CommitFS, error) {
	commit, err := r.LoadCommit(c)
	if err != nil {
		return nil, err
	}
	return r.TreeFS(commit.Tree, commit.Meta), nil
}

// TreeFS returns the file system of a dirtree and a dirmeta object, which need not belong to a commit yet.
func (r *Repo) TreeFS(tree, meta object.Checksum) *CommitFS {
	root := treeNode{name: ".", dir: true, sum: tree, meta: meta}
	return &CommitFS{repo: r, root: root, trees: map[object.Checksum]*object.DirTree{}}
}

func (f *CommitFS) load(sum object.Checksum) (*object.DirTree, error) {
	f.mu.Lock()
	t := f.trees[sum]
	f.mu.Unlock()
	if t != nil {
		return t, nil
	}
	t, err := f.repo.LoadDirTree(sum)
	if err != nil {
		return nil, err
	}
	n := len(t.Files) + len(t.Dirs) + 1
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.entries+n > fsCacheEntries {
		clear(f.trees)
		f.entries = 0
	}
	if n <= fsCacheEntries && f.trees[sum] == nil {
		f.trees[sum] = t
		f.entries += n
	}
	return t, nil
}

// resolve finds the node at a path. A symlink in the last place is followed if follow is set. The
// path returned is the one without symlinks.
func (f *CommitFS) resolve(name string, follow bool) (*treeNode, string, error) {
	stack := []*treeNode{&f.root}
	todo := splitPath(name)
	for links := 0; len(todo) > 0; {
		part := todo[0]
		todo = todo[1:]
		top := stack[len(stack)-1]
		if !top.dir {
			return nil, "", unix.ENOTDIR
		}
		if part == ".." {
			stack = stack[:max(1, len(stack)-1)]
			continue
		}
		tree, err := f.load(top.sum)
		if err != nil {
			return nil, "", err
		}
		n := findEntry(tree, part)
		if n == nil {
			return nil, "", unix.ENOENT
		}
		if !n.dir && (follow || len(todo) > 0) {
			h, _, err := f.repo.StatFile(n.sum)
			if err != nil {
				return nil, "", err
			}
			if h.IsSymlink() {
				if links++; links > maxLinks {
					return nil, "", unix.ELOOP
				}
				if strings.HasPrefix(h.Symlink, "/") {
					stack = stack[:1]
				}
				todo = append(splitPath(h.Symlink), todo...)
				continue
			}
		}
		stack = append(stack, n)
	}
	path := "/"
	for _, n := range stack[1:] {
		path = joinTree(path, n.name)
	}
	return stack[len(stack)-1], path, nil
}

// splitPath returns the components of a path without empty ones and ".".
func splitPath(p string) []string {
	return slices.DeleteFunc(strings.Split(p, "/"), func(s string) bool { return s == "" || s == "." })
}

func (f *CommitFS) entry(op, name string, follow bool) (*TreeEntry, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	n, path, err := f.resolve(name, follow)
	var e *TreeEntry
	if err == nil {
		e, err = f.repo.describe(n, path, false)
	}
	if err != nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	return e, nil
}

// Stat returns what a path leads to.
func (f *CommitFS) Stat(name string) (fs.FileInfo, error) { return f.info("stat", name, true) }

// Lstat is Stat that does not follow a symlink in the last place.
func (f *CommitFS) Lstat(name string) (fs.FileInfo, error) { return f.info("lstat", name, false) }

func (f *CommitFS) info(op, name string, follow bool) (fs.FileInfo, error) {
	e, err := f.entry(op, name, follow)
	if err != nil {
		return nil, err
	}
	return treeInfo{name[lastSlash(name)+1:], e}, nil
}

// ReadLink returns the target of a symlink as it is stored.
func (f *CommitFS) ReadLink(name string) (string, error) {
	e, err := f.entry("readlink", name, false)
	if err != nil {
		return "", err
	}
	if !e.Header.IsSymlink() {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	return e.Header.Symlink, nil
}

// ReadDir lists a directory, sorted by name.
func (f *CommitFS) ReadDir(name string) ([]fs.DirEntry, error) {
	e, err := f.entry("readdir", name, true)
	if err != nil {
		return nil, err
	}
	return f.list(name, e)
}

func (f *CommitFS) list(name string, e *TreeEntry) ([]fs.DirEntry, error) {
	if !e.dir {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: unix.ENOTDIR}
	}
	t, err := f.load(e.Checksum)
	if err != nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	out := make([]fs.DirEntry, 0, len(t.Files)+len(t.Dirs))
	for i := range t.Files {
		n := treeNode{name: t.Files[i].Name, sum: t.Files[i].Checksum}
		out = append(out, &treeDirEntry{fs: f, node: n, dir: e.Path})
	}
	for i := range t.Dirs {
		n := treeNode{name: t.Dirs[i].Name, dir: true, sum: t.Dirs[i].Tree, meta: t.Dirs[i].Meta}
		out = append(out, &treeDirEntry{fs: f, node: n, dir: e.Path})
	}
	slices.SortFunc(out, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return out, nil
}

// ReadFile returns the content of a file.
func (f *CommitFS) ReadFile(name string) ([]byte, error) {
	file, err := f.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	t, ok := file.(*treeFile)
	if !ok {
		return nil, &fs.PathError{Op: "read", Path: name, Err: unix.EISDIR}
	}
	// The size in a header is a claim; memory is taken as content arrives.
	var b strings.Builder
	b.Grow(int(min(t.info.entry.Size, 1<<20)))
	if _, err := io.Copy(&b, t); err != nil {
		return nil, err
	}
	return []byte(b.String()), nil
}

// Open opens what a path leads to: a file, or a directory that implements [fs.ReadDirFile].
func (f *CommitFS) Open(name string) (fs.File, error) {
	e, err := f.entry("open", name, true)
	if err != nil {
		return nil, err
	}
	info := treeInfo{name[lastSlash(name)+1:], e}
	if e.dir {
		list, err := f.list(name, e)
		if err != nil {
			return nil, err
		}
		return &treeDir{path: name, info: info, rest: list}, nil
	}
	file, err := f.repo.LoadFile(e.Checksum)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &treeFile{File: file, path: name, info: info}, nil
}

// treeInfo is an entry as fs.FileInfo.
type treeInfo struct {
	name  string
	entry *TreeEntry
}

func (i treeInfo) Name() string       { return i.name }
func (i treeInfo) ModTime() time.Time { return time.Unix(0, 0) }
func (i treeInfo) IsDir() bool        { return i.entry.dir }
func (i treeInfo) Sys() any           { return i.entry }
func (i treeInfo) Mode() fs.FileMode  { return fileMode(i.entry.Header.Mode) }
func (i treeInfo) String() string     { return fs.FormatFileInfo(i) }
func (i treeInfo) Size() int64        { return payloadSize(&i.entry.Header, i.entry.Size) }

// fileMode translates a mode of stat(2).
func fileMode(mode uint32) fs.FileMode {
	m := fs.FileMode(mode & 0o777)
	switch mode & object.ModeTypeMask {
	case object.ModeDir:
		m |= fs.ModeDir
	case object.ModeSymlink:
		m |= fs.ModeSymlink
	}
	for _, bit := range []struct {
		unix uint32
		fs   fs.FileMode
	}{{unix.S_ISUID, fs.ModeSetuid}, {unix.S_ISGID, fs.ModeSetgid}, {unix.S_ISVTX, fs.ModeSticky}} {
		if mode&bit.unix != 0 {
			m |= bit.fs
		}
	}
	return m
}

// treeDirEntry looks at the object only when asked for more than the name.
type treeDirEntry struct {
	fs   *CommitFS
	node treeNode
	dir  string // absolute path of the directory

	once sync.Once
	info fs.FileInfo
	err  error
}

func (d *treeDirEntry) Name() string   { return d.node.name }
func (d *treeDirEntry) IsDir() bool    { return d.node.dir }
func (d *treeDirEntry) String() string { return fs.FormatDirEntry(d) }

// Type is irregular for an object that cannot be read.
func (d *treeDirEntry) Type() fs.FileMode {
	if d.node.dir {
		return fs.ModeDir
	}
	info, err := d.Info()
	if err != nil {
		return fs.ModeIrregular
	}
	return info.Mode().Type()
}

func (d *treeDirEntry) Info() (fs.FileInfo, error) {
	d.once.Do(func() {
		e, err := d.fs.repo.describe(&d.node, joinTree(d.dir, d.node.name), false)
		d.info, d.err = treeInfo{d.node.name, e}, err
	})
	if d.err != nil {
		return nil, d.err
	}
	return d.info, nil
}

// treeFile is an open regular file.
type treeFile struct {
	*File
	path   string
	info   treeInfo
	closed bool
}

func (f *treeFile) Stat() (fs.FileInfo, error) { return f.info, nil }

func (f *treeFile) Read(p []byte) (int, error) {
	if f.closed {
		return 0, &fs.PathError{Op: "read", Path: f.path, Err: fs.ErrClosed}
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, err := f.File.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = &fs.PathError{Op: "read", Path: f.path, Err: err}
	}
	return n, err
}

func (f *treeFile) Close() error {
	if f.closed {
		return &fs.PathError{Op: "close", Path: f.path, Err: fs.ErrClosed}
	}
	f.closed = true
	return f.File.Close()
}

// treeDir is an open directory.
type treeDir struct {
	path string
	info treeInfo
	rest []fs.DirEntry
}

func (d *treeDir) Stat() (fs.FileInfo, error) { return d.info, nil }
func (d *treeDir) Close() error               { return nil }

func (d *treeDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.path, Err: unix.EISDIR}
}

func (d *treeDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		n = len(d.rest)
	} else if len(d.rest) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(d.rest))
	out := d.rest[:n:n]
	d.rest = d.rest[n:]
	return out, nil
}

var _ interface {
	fs.ReadDirFS
	fs.ReadFileFS
	fs.StatFS
	fs.ReadLinkFS
} = (*CommitFS)(nil)
