package ostree

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/composefs"
	"github.com/nestos-dev/nestos/ostree/composefs/fsverity"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"
)

// ComposefsOptions adjust composefs images of commits.
type ComposefsOptions struct {
	// NoVerity leaves out the fs-verity digests of the files. The image then differs from the one
	// whose digest a commit records.
	NoVerity bool
	// MeasuredOnly puts in only the digests of files that have fs-verity switched on, which the kernel
	// knows; others are not computed. Nor is the image then compared with a digest that the commit records.
	MeasuredOnly bool
	// NoFsync leaves it to the caller to make the image durable.
	NoFsync bool
}

func (o *ComposefsOptions) digests() composefsDigests {
	switch {
	case o.NoVerity:
		return digestsNone
	case o.MeasuredOnly:
		return digestsMeasured
	}
	return digestsAll
}

// composefsDigests says which files get a digest.
type composefsDigests uint8

const (
	digestsAll composefsDigests = iota
	digestsMeasured
	digestsNone
)

// ComposefsTree returns the description of a commit's composefs image. The fs-verity digests of all
// files are computed, by several workers, unless the kernel knows them.
func (r *Repo) ComposefsTree(ctx context.Context, tree, meta object.Checksum, opts *ComposefsOptions) (*composefs.Node, error) {
	if opts == nil {
		opts = &ComposefsOptions{}
	}
	want := opts.digests()
	g, ctx := errgroup.WithContext(ctx)
	jobs := make(chan composefsFile, 256)
	for range max(2, runtime.GOMAXPROCS(0)) {
		g.Go(func() error {
			for j := range jobs {
				if ctx.Err() != nil {
					continue
				}
				if err := r.fillComposefsFile(j, want); err != nil {
					return err
				}
			}
			return nil
		})
	}
	var root *composefs.Node
	g.Go(func() (err error) {
		defer close(jobs)
		b := &composefsBuilder{repo: r, ctx: ctx, jobs: jobs}
		root, err = b.dir("", tree, meta, 0)
		return err
	})
	err := g.Wait()
	if err != nil {
		return nil, err
	}
	composefs.EnsureTopLevel(root)
	return root, nil
}

type composefsFile struct {
	node *composefs.Node
	sum  object.Checksum
}

// maxComposefsNodes bounds the entries of an image, which are all in memory: a few directories that hold
// each other several times can unfold into any number.
const maxComposefsNodes = 1 << 22

// composefsBuilder lays out the tree of an image and hands files to those that describe them.
type composefsBuilder struct {
	repo  *Repo
	ctx   context.Context
	jobs  chan<- composefsFile
	nodes int
}

func (b *composefsBuilder) dir(name string, tree, meta object.Checksum, depth int) (*composefs.Node, error) {
	if depth > maxTreeDepth {
		return nil, errTooDeep
	}
	dm, err := b.repo.LoadDirMeta(meta)
	if err != nil {
		return nil, err
	}
	dt, err := b.repo.LoadDirTree(tree)
	if err != nil {
		return nil, err
	}
	if b.nodes += 1 + len(dt.Files); b.nodes > maxComposefsNodes {
		return nil, fmt.Errorf("a composefs image of more than %d entries is not supported", maxComposefsNodes)
	}
	n := &composefs.Node{Name: name, Mode: dm.Mode, UID: dm.UID, GID: dm.GID, Xattrs: composefsXattrs(dm.Xattrs)}
	n.Children = make([]*composefs.Node, 0, len(dt.Files)+len(dt.Dirs))
	for _, f := range dt.Files {
		child := &composefs.Node{Name: f.Name}
		n.Children = append(n.Children, child)
		select {
		case b.jobs <- composefsFile{child, f.Checksum}:
		case <-b.ctx.Done():
			return nil, b.ctx.Err()
		}
	}
	for _, d := range dt.Dirs {
		child, err := b.dir(d.Name, d.Tree, d.Meta, depth+1)
		if err != nil {
			return nil, err
		}
		n.Children = append(n.Children, child)
	}
	return n, nil
}

func composefsXattrs(x object.Xattrs) []composefs.Xattr {
	out := make([]composefs.Xattr, len(x))
	for i, a := range x {
		out[i] = composefs.Xattr{Name: a.Name, Value: a.Value}
	}
	return out
}

func (r *Repo) fillComposefsFile(j composefsFile, want composefsDigests) error {
	f, err := r.LoadFile(j.sum)
	if err != nil {
		return err
	}
	defer f.Close()
	n, h := j.node, &f.Header
	n.Mode, n.UID, n.GID, n.Xattrs = h.Mode, h.UID, h.GID, composefsXattrs(h.Xattrs)
	if h.IsSymlink() {
		n.Target = h.Symlink
		return nil
	}
	n.Size = uint64(f.Size)
	if f.Size == 0 {
		return nil
	}
	n.Payload = object.Name{Checksum: j.sum, Type: object.TypeFile}.LoosePath(false)
	switch want {
	case digestsNone:
		return nil
	case digestsMeasured:
		if fd, ok := f.RawFD(); ok {
			if d, err := fsverity.Measure(fd); err == nil {
				n.Digest = &d
			}
		}
		return nil
	}
	digest, err := fileVerity(f)
	if err != nil {
		return fmt.Errorf("fs-verity digest of %s: %w", j.sum, err)
	}
	n.Digest = &digest
	return nil
}

func fileVerity(f *File) ([32]byte, error) {
	if fd, ok := f.RawFD(); ok {
		if d, err := fsverity.Measure(fd); err == nil {
			return d, nil
		}
	}
	return fsverity.Digest(f)
}

func (r *Repo) composefsDigest(ctx context.Context, tree, meta object.Checksum) ([32]byte, error) {
	root, err := r.ComposefsTree(ctx, tree, meta, nil)
	if err != nil {
		return [32]byte{}, err
	}
	return composefs.Digest(root, nil)
}

// CheckoutComposefs writes the composefs image of a commit to path (mode 0644), replacing what was
// there in one step. If the commit records a digest and digests are in the image, they must be equal.
func (r *Repo) CheckoutComposefs(ctx context.Context, c object.Checksum, path string, opts *ComposefsOptions) error {
	commit, err := r.LoadCommit(c)
	if err != nil {
		return err
	}
	want, recorded := commit.Metadata.LookupType(object.KeyComposefsDigest, "ay")
	if recorded && len(want.ByteArray()) != fsverity.Size {
		return errors.New("Expected composefs fs-verity in metadata has the wrong size")
	}
	root, err := r.ComposefsTree(ctx, commit.Tree, commit.Meta, opts)
	if err != nil {
		return err
	}
	dir, base := ".", path
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		dir, base = path[:i+1], path[i+1:]
	}
	fd, err := openat(unix.AT_FDCWD, dir, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return errno.New("openat", dir, err)
	}
	defer unix.Close(fd)
	tmp, err := newTmpFile(fd, 0o644)
	if err != nil {
		return err
	}
	defer tmp.close()
	digest, err := composefs.Write(io.Writer(fdFile(tmp.fd)), root, nil)
	if err != nil {
		return err
	}
	if recorded && (opts == nil || opts.digests() == digestsAll) && string(digest[:]) != string(want.ByteArray()) {
		return fmt.Errorf("Generated composefs image digest (%x) doesn't match expected digest (%x)", digest, want.ByteArray())
	}
	if err := unix.Fchmod(tmp.fd, 0o644); err != nil {
		return errno.Wrap("fchmod", err)
	}
	if r.Config().Fsync && (opts == nil || !opts.NoFsync) {
		if err := unix.Fsync(tmp.fd); err != nil {
			return errno.Wrap("fsync", err)
		}
	}
	t := &Txn{repo: r}
	t.verity.init(r.Config())
	if err := t.enableVerity(tmp); err != nil {
		return err
	}
	if err := tmp.replaceVia(r.tmpOr(fd), fd, base); err != nil {
		return errno.New("renameat", base, err)
	}
	return nil
}
