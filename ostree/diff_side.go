package ostree

import (
	"context"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sys/unix"
)

// diffDir is a directory of one side: of a commit, or on disk and open.
type diffDir struct {
	prefix string // of the paths of entries: "/a/" in a commit, "a/" on disk
	node   treeNode
	fd     *sharedFD // nil in a commit
}

// diffEntry is a child of a directory.
type diffEntry struct {
	node treeNode
	st   unix.Stat_t // on disk
}

func (n *diffDir) onDisk() bool { return n.fd != nil }

func (n *diffDir) path(name string) string { return n.prefix + name }

func (n *diffDir) retain() {
	if n.fd != nil {
		n.fd.retain()
	}
}

func (n *diffDir) close() {
	if n.fd != nil {
		n.fd.release()
	}
}

func (d *differ) open(s DiffSide) (*diffDir, error) {
	if s.Dir == "" {
		c, err := d.repo.LoadCommit(s.Commit)
		if err != nil {
			return nil, err
		}
		return &diffDir{prefix: "/", node: treeNode{dir: true, sum: c.Tree, meta: c.Meta}}, nil
	}
	fd, err := openat(unix.AT_FDCWD, s.Dir, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err == unix.ENOENT {
		return nil, queryInfoError(s.Dir, err)
	}
	if err != nil {
		return nil, errno.New("opendir", s.Dir, err)
	}
	return &diffDir{node: treeNode{dir: true}, fd: newSharedFD(fd)}, nil
}

func (n *diffDir) enter(e *diffEntry) (*diffDir, error) {
	sub := &diffDir{prefix: n.prefix + e.node.name + "/", node: e.node}
	if n.onDisk() {
		fd, err := openDirAt(n.fd.fd, e.node.name)
		if err != nil {
			return nil, errno.New("opendir", n.path(e.node.name), err)
		}
		sub.fd = newSharedFD(fd)
	}
	return sub, nil
}

// list returns the children: files, then directories, each sorted by name.
func (n *diffDir) list(d *differ) ([]diffEntry, error) {
	if n.onDisk() {
		return n.listDisk()
	}
	t, err := d.repo.LoadDirTree(n.node.sum)
	if err != nil {
		return nil, err
	}
	out := make([]diffEntry, 0, len(t.Files)+len(t.Dirs))
	for i := range t.Files {
		out = append(out, diffEntry{node: treeNode{name: t.Files[i].Name, sum: t.Files[i].Checksum}})
	}
	for i := range t.Dirs {
		out = append(out, diffEntry{node: treeNode{name: t.Dirs[i].Name, dir: true, sum: t.Dirs[i].Tree, meta: t.Dirs[i].Meta}})
	}
	return out, nil
}

func (n *diffDir) listDisk() ([]diffEntry, error) {
	names, err := readDirNames(n.fd.fd)
	if err != nil {
		return nil, err
	}
	out := make([]diffEntry, 0, len(names))
	for _, name := range names {
		e := diffEntry{node: treeNode{name: name}}
		err := unix.Fstatat(n.fd.fd, name, &e.st, unix.AT_SYMLINK_NOFOLLOW)
		if err == unix.ENOENT {
			continue // deleted since it was listed
		}
		if err != nil {
			return nil, errno.New("fstatat", n.path(name), err)
		}
		e.node.dir = statMode(&e.st)&object.ModeTypeMask == object.ModeDir
		out = append(out, e)
	}
	slices.SortStableFunc(out, func(a, b diffEntry) int {
		if a.node.dir != b.node.dir {
			if b.node.dir {
				return -1
			}
			return 1
		}
		return strings.Compare(a.node.name, b.node.name)
	})
	return out, nil
}

// metaSum is the checksum of the directory's dirmeta.
func (n *diffDir) metaSum(d *differ, owner *DiffOptions) (object.Checksum, error) {
	if !n.onDisk() {
		return n.node.meta, nil
	}
	return checksumEntry(n.fd.fd, ".", d.checksumOptions(owner))
}

// DiffStats counts the objects of two commits, without their history.
type DiffStats struct {
	A, B, Common int
	CommonSize   int64 // bytes that the common objects take in the repository
}

// DiffStats compares the sets of objects that two commits consist of.
func (r *Repo) DiffStats(ctx context.Context, a, b object.Checksum) (*DiffStats, error) {
	inA, err := r.Traverse(ctx, []object.Checksum{a}, nil)
	if err != nil {
		return nil, err
	}
	inB, err := r.Traverse(ctx, []object.Checksum{b}, nil)
	if err != nil {
		return nil, err
	}
	s := &DiffStats{A: inA.Len(), B: inB.Len()}
	for n := range inA.All() {
		if !inB.Has(n) {
			continue
		}
		size, err := r.StoredSize(n)
		if err != nil {
			return nil, err
		}
		s.Common++
		s.CommonSize += size
	}
	return s, nil
}
