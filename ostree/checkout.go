package ostree

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"sync"
	"sync/atomic"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sys/unix"
)

// Overwrite says what a checkout does where the destination has something already.
type Overwrite uint8

// The overwrite modes. In all but the first, existing directories are merged into and keep their
// own owner, mode and times.
const (
	OverwriteNone      Overwrite = iota // an existing file or directory is an error
	OverwriteUnion                      // existing files are replaced atomically
	OverwriteAdd                        // existing files are kept
	OverwriteIdentical                  // existing files must be the same object; needs RequireHardlinks
)

// CheckoutOptions say how a commit becomes files; nil and the zero value make a new directory with
// owners, modes and xattrs restored, which needs root unless everything belongs to the caller.
type CheckoutOptions struct {
	// UserMode leaves out owners, xattrs and set-id bits, and makes files readable for their owner.
	// Repositories of mode bare-user-only always work so.
	UserMode bool
	// Overwrite tells what to do with files that exist.
	Overwrite Overwrite
	// RequireHardlinks makes it an error if a regular file cannot be a hard link to its object.
	// Empty files, files that their owner cannot read (in user mode), and symlinks of bare-user and
	// bare-user-only repositories are copied all the same.
	RequireHardlinks bool
	// ForceCopy makes every file a copy (sharing its blocks where the file system can do that), and
	// keeps the present time on directories.
	ForceCopy bool
	// UncompressedCache keeps unpacked objects of archive repositories in uncompressed-objects-cache/
	// and links to them, in user mode without ForceCopy and RequireHardlinks, unless the
	// repository's configuration forbids it (core.enable-uncompressed-cache).
	UncompressedCache bool
	// Whiteouts makes files named ".wh.NAME" delete NAME in the destination, and ".wh..wh..opq"
	// empty the directory it lies in; with OverwriteUnion, files and directories replace each other.
	Whiteouts bool
	// PassthroughWhiteouts turns files named ".ostree-wh.NAME" into character devices 0:0 called NAME.
	PassthroughWhiteouts bool
	// BareUserOnlyDirs masks the modes of directories with 0775, as is always done for
	// repositories of mode bare-user-only.
	BareUserOnlyDirs bool
	// Subpath is the directory or file of the commit to check out; empty means all. A directory
	// becomes the destination, a file is put into it.
	Subpath string
	// AllowMissing makes a Subpath that does not exist mean that there is nothing to do.
	AllowMissing bool
	// Skip leaves out the file or directory at a path below the checked out directory, which is
	// "/" itself. It may be called by several goroutines.
	Skip func(path string) bool
	// SELinux labels everything anew by a policy; needs ForceCopy. In user mode it has no effect.
	SELinux *SELinuxPolicy
	// SELinuxPrefix is the path that the checked out directory has for the policy; empty means Subpath.
	SELinuxPrefix string
	// Fsync makes each file and directory durable.
	Fsync bool
	// Devino is filled with the files that became hard links, for a later [Txn.AddDirectory].
	Devino *DevinoCache
	// Dir is the directory that a relative destination is looked up in; nil means the working directory.
	Dir *os.File
}

// Checkout writes the tree of a commit to the directory dest. The parent of dest must exist, dest
// itself must not, unless the overwrite mode allows it. Files are made by several workers; the
// result does not depend on their scheduling. After an error what was made until then remains.
//
// Nothing is ever written outside of dest, whatever the objects hold: symlinks below dest are not followed.
func (r *Repo) Checkout(ctx context.Context, commit object.Checksum, dest string, opts *CheckoutOptions) error {
	c, err := r.newCheckout(opts)
	if err != nil {
		return err
	}
	root, err := r.lookupCommit(commit, c.opts.Subpath)
	return c.runFrom(ctx, root, err, dest)
}

// CheckoutTree is [Repo.Checkout] for the tree of a dirtree and a dirmeta object, which need not belong to a commit.
// Objects of the running transaction count; their files are copied.
func (r *Repo) CheckoutTree(ctx context.Context, tree, meta object.Checksum, dest string, opts *CheckoutOptions) error {
	c, err := r.newCheckout(opts)
	if err != nil {
		return err
	}
	root, err := r.lookupTree(&treeNode{name: "/", dir: true, sum: tree, meta: meta}, c.opts.Subpath)
	return c.runFrom(ctx, root, err, dest)
}

// runFrom goes on with the outcome of a lookup.
func (c *checkout) runFrom(ctx context.Context, root *treeNode, lookup error, dest string) error {
	if lookup != nil {
		if c.opts.AllowMissing && errors.Is(lookup, fs.ErrNotExist) {
			return nil
		}
		return lookup
	}
	return c.run(ctx, root, dest)
}

// CheckoutSource names a part of a commit.
type CheckoutSource struct {
	Commit  object.Checksum
	Subpath string // empty for the whole commit
}

// CheckoutAll checks out several trees into one destination, one after the other; opts.Subpath is
// not used.
func (r *Repo) CheckoutAll(ctx context.Context, sources []CheckoutSource, dest string, opts *CheckoutOptions) error {
	var o CheckoutOptions
	if opts != nil {
		o = *opts
	}
	for _, s := range sources {
		o.Subpath = s.Subpath
		if err := r.Checkout(ctx, s.Commit, dest, &o); err != nil {
			return fmt.Errorf("Processing tree %s: %w", s.Commit, err)
		}
	}
	return nil
}

// checkout is the state of one call.
type checkout struct {
	repo *Repo
	opts CheckoutOptions
	mode checkoutModes

	fsync    bool
	needPath bool
	label    bool   // SELinux labels are set
	prefix   string // of paths for the policy
	euid     uint32
	egid     uint32
	noClone  atomic.Bool // the file system cannot share blocks
	dev      uint64      // of the repository; only with RequireHardlinks

	metas metaCache
	cache *objectCache // uncompressed objects, or nil
}

// checkoutModes is what the options and the repository's mode amount to.
type checkoutModes struct {
	user      bool
	dirMask   uint32
	overwrite Overwrite
}

func (r *Repo) newCheckout(opts *CheckoutOptions) (*checkout, error) {
	c := &checkout{repo: r, euid: uint32(os.Geteuid()), egid: uint32(os.Getegid())}
	if opts != nil {
		c.opts = *opts
	}
	o := &c.opts
	switch {
	case o.RequireHardlinks && o.ForceCopy:
		return nil, errors.New("Cannot specify both --require-hardlinks and --force-copy")
	case o.Overwrite == OverwriteIdentical && !o.RequireHardlinks:
		return nil, errors.New("--union-identical requires --require-hardlinks")
	case o.SELinux != nil && !o.ForceCopy:
		return nil, errors.New("a checkout with new SELinux labels must be a copy")
	}
	c.mode = checkoutModes{user: o.UserMode || r.Mode() == ModeBareUserOnly, dirMask: object.ModePerm, overwrite: o.Overwrite}
	if o.BareUserOnlyDirs || r.Mode() == ModeBareUserOnly {
		c.mode.dirMask = 0o775
	}
	c.fsync = o.Fsync
	c.label = o.SELinux != nil && !c.mode.user && !r.Config().DisableXattrs
	c.needPath = o.Skip != nil || c.label
	if c.prefix = o.SELinuxPrefix; c.prefix == "" {
		c.prefix = path.Join("/", o.Subpath)
	}
	c.metas.m = map[object.Checksum]*object.DirMeta{}
	if o.RequireHardlinks {
		var st unix.Stat_t
		if err := unix.Fstat(r.dirFD, &st); err != nil {
			return nil, errno.Wrap("fstat", err)
		}
		c.dev = uint64(st.Dev)
	}
	if o.UncompressedCache && c.mode.user && !o.ForceCopy && !o.RequireHardlinks {
		c.cache = r.openObjectCache(c.fsync)
	}
	return c, nil
}

func (c *checkout) run(ctx context.Context, root *treeNode, dest string) (err error) {
	if c.cache != nil {
		defer func() {
			if e := c.cache.close(); err == nil {
				err = e
			}
		}()
	}
	dir := unix.AT_FDCWD
	if c.opts.Dir != nil {
		dir = int(c.opts.Dir.Fd())
	}
	if !root.dir {
		return c.single(root, dir, dest)
	}
	q := newTaskQueue(c)
	// The parent is not ours: it is neither finished nor closed.
	parent := &outDir{fd: dir, foreign: true}
	q.push(checkoutTask{parent: parent, name: dest, path: "/", tree: root.sum, meta: root.meta, top: true})
	return q.run(ctx)
}

// single checks out one file into the directory dest, which is made if need be.
func (c *checkout) single(n *treeNode, dirfd int, dest string) error {
	d := &outDir{fd: dirfd, foreign: true}
	if dest != "." {
		if err := unix.Mkdirat(dirfd, dest, 0o700); err != nil && err != unix.EEXIST {
			return errno.Wrap("mkdirat", err)
		}
		fd, err := openat(dirfd, dest, unix.O_RDONLY|unix.O_DIRECTORY, 0)
		if err != nil {
			return errno.New("opendir", dest, err)
		}
		defer unix.Close(fd)
		d.fd = fd
	}
	c.opts.Skip, c.needPath = nil, c.label
	if c.opts.SELinuxPrefix == "" {
		c.prefix = path.Dir(c.prefix)
	}
	w := &checkoutWorker{checkout: c}
	return w.file(d, &object.FileEntry{Name: n.name, Checksum: n.sum}, "/"+n.name)
}

// metaCache keeps parsed dirmeta objects: a whole system has few different ones.
type metaCache struct {
	mu sync.Mutex
	m  map[object.Checksum]*object.DirMeta
}

const metaCacheSize = 1024

func (m *metaCache) load(r *Repo, sum object.Checksum) (*object.DirMeta, error) {
	m.mu.Lock()
	meta := m.m[sum]
	m.mu.Unlock()
	if meta != nil {
		return meta, nil
	}
	meta, err := r.LoadDirMeta(sum)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	if len(m.m) >= metaCacheSize {
		clear(m.m)
	}
	m.m[sum] = meta
	m.mu.Unlock()
	return meta, nil
}
