package ostree

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sys/unix"
)

// Repo is a handle on a repository. Its methods, but for Close, are safe for concurrent use, with one transaction at a time.
type Repo struct {
	path   string
	opts   Options
	config atomic.Pointer[Config] // replaced as a whole by SetConfig
	parent *Repo

	dirFD, objectsFD, tmpFD int // tmpFD is -1 without write access

	writable  bool
	writeErr  error
	lockState repoLock
	txn       atomic.Pointer[Txn]
	txnBusy   atomic.Bool // a transaction runs, or something that removes objects
	log       *slog.Logger
	closing   sync.Once

	testErrors map[string]bool

	// Files that are read, changed and written back as a whole, each by one goroutine at a time.
	configMu   sync.Mutex // config and the remotes, with their cookies and keys
	detachedMu sync.Mutex // detached metadata of commits
	summaryMu  sync.Mutex // summary and its signatures
}

// Options say how to open a repository; nil and the zero value are fine.
type Options struct {
	// Log receives debug and warning messages; nil discards them.
	Logger *slog.Logger
	// RemotesConfigDir holds further remotes in *.conf files ("/etc/ostree/remotes.d" for the system's
	// repository); empty for none.
	RemotesConfigDir string
	// BootID replaces the running boot's id in the names of staging directories.
	BootID string
	// NoCache keeps tmp/cache from being used (OSTREE_SKIP_CACHE).
	NoCache bool
	// WriteBareSplitXattrs allows writing to repositories of that mode.
	WriteBareSplitXattrs bool
	// TestErrors names failures to inject: "pre-commit", "invalid-cache" (OSTREE_REPO_TEST_ERROR).
	TestErrors []string
	// GPGHomeDirs are directories with the *.gpg keyrings that are trusted for every remote without
	// a keyring of its own; nil means /usr/share/ostree/trusted.gpg.d.
	GPGHomeDirs []string
	// SignKeyDirs are searched for the key files of the sign engines; nil means /etc/ostree and /usr/share/ostree.
	SignKeyDirs []string
	// AllowDummySign permits the sign engine "dummy", which is for tests only.
	AllowDummySign bool
}

// InitOptions say what kind of repository to make.
type InitOptions struct {
	// Mode and CollectionID are those of a new repository; one that is there keeps its own.
	Mode         Mode
	CollectionID string
	Options
}

// Init makes a repository at path, or opens the one that is already there. As in libostree, the mode of that one may be
// another than opts says, and stays as it is: who depends on it looks at [Repo.Mode].
func Init(path string, opts *InitOptions) (*Repo, error) {
	if opts == nil {
		opts = &InitOptions{}
	}
	if opts.CollectionID != "" {
		if err := ValidateCollectionID(opts.CollectionID); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(path, 0o775); err != nil {
		return nil, errno.New("mkdirat", path, err)
	}
	fd, err := openat(unix.AT_FDCWD, path, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, errno.New("openat", path, err)
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	switch err := unix.Fstatat(fd, "objects", &st, 0); err {
	case nil:
	case unix.ENOENT:
		if err := initLayout(fd, opts); err != nil {
			return nil, err
		}
	default:
		return nil, errno.New("fstatat", "objects", err)
	}
	return Open(path, &opts.Options)
}

// initLayout makes objects/, which marks a repository, last.
func initLayout(fd int, opts *InitOptions) error {
	if opts.Mode == ModeBareUser {
		if err := checkUserXattrs(fd); err != nil {
			return err
		}
	}
	for _, d := range []string{"tmp", "extensions", "state", "refs", "refs/heads", "refs/mirrors", "refs/remotes"} {
		if err := unix.Mkdirat(fd, d, 0o775); err != nil && err != unix.EEXIST {
			return errno.New("mkdirat", d, err)
		}
	}
	if err := initConfig(fd, opts); err != nil {
		return err
	}
	if err := unix.Mkdirat(fd, "objects", 0o775); err != nil && err != unix.EEXIST {
		return errno.New("mkdirat", "objects", err)
	}
	return nil
}

func initConfig(fd int, opts *InitOptions) error {
	var st unix.Stat_t
	if err := unix.Fstatat(fd, "config", &st, 0); err != unix.ENOENT {
		return errno.New("fstatat", "config", err)
	}
	text := fmt.Sprintf("[core]\nrepo_version=1\nmode=%s\n", opts.Mode)
	if opts.CollectionID != "" {
		text += "collection-id=" + opts.CollectionID + "\n"
	}
	tmp, err := openDirAt(fd, "tmp")
	if err != nil {
		return errno.New("openat", "tmp", err)
	}
	defer unix.Close(tmp)
	return replaceFileVia(tmp, fd, "config", []byte(text), 0o644, true)
}

// checkUserXattrs sees that files here can carry user.ostreemeta, without which bare-user cannot work.
func checkUserXattrs(fd int) error {
	f, err := newTmpFile(fd, 0o600)
	if err != nil {
		return err
	}
	defer f.close()
	if err := unix.Fsetxattr(f.fd, ostreeMetaXattr, make([]byte, 12), 0); err != nil {
		return errno.New("fsetxattr", ostreeMetaXattr, err)
	}
	return nil
}

// maxParents bounds the chain of parent repositories, which could be a circle.
const maxParents = 16

// Open opens an existing repository. Without write access to it, everything that only reads works.
func Open(path string, opts *Options) (*Repo, error) { return openNested(path, opts, 0) }

// openNested opens a repository that has depth others above it.
func openNested(path string, opts *Options, depth int) (*Repo, error) {
	if opts == nil {
		opts = &Options{}
	}
	if depth > maxParents {
		return nil, fmt.Errorf("opening repo: more than %d parent repositories", maxParents)
	}
	r := &Repo{path: path, opts: *opts, dirFD: -1, objectsFD: -1, tmpFD: -1, log: opts.Logger}
	r.lockState.fd = -1
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	r.testErrors = map[string]bool{}
	for _, e := range opts.TestErrors {
		r.testErrors[e] = true
	}
	if err := r.open(depth); err != nil {
		r.Close()
		return nil, fmt.Errorf("opening repo: %w", err)
	}
	return r, nil
}

func (r *Repo) open(depth int) error {
	var err error
	if r.dirFD, err = openat(unix.AT_FDCWD, r.path, unix.O_RDONLY|unix.O_DIRECTORY, 0); err != nil {
		return errno.New("opendir", r.path, err)
	}
	if r.objectsFD, err = openat(r.dirFD, "objects", unix.O_RDONLY|unix.O_DIRECTORY, 0); err != nil {
		return errno.New("opendir", "objects", err)
	}
	if err := r.loadConfig(); err != nil {
		return err
	}
	if err := unix.Faccessat(r.objectsFD, ".", unix.W_OK, 0); err != nil {
		r.writeErr = errno.New("faccessat", "objects", err)
	} else if r.tmpFD, err = r.openTmp(); err != nil {
		r.writeErr = errno.New("opendir", "tmp", err)
	} else {
		r.writable = true
	}
	if r.writable && !r.opts.NoCache {
		if err := unix.Mkdirat(r.tmpFD, "cache", 0o775); err != nil && err != unix.EEXIST {
			r.log.Debug("no cache directory", "error", err)
		}
	}
	if r.Config().Parent != "" {
		parent := r.Config().Parent
		if !filepath.IsAbs(parent) {
			parent = filepath.Join(r.path, parent)
		}
		if r.parent, err = openNested(parent, &r.opts, depth+1); err != nil {
			return fmt.Errorf("opening parent repository '%s': %w", parent, err)
		}
	}
	return nil
}

// openTmp opens tmp/, which is made anew if somebody removed it to gain space.
func (r *Repo) openTmp() (int, error) {
	fd, err := openat(r.dirFD, "tmp", unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != unix.ENOENT {
		return fd, err
	}
	if err := unix.Mkdirat(r.dirFD, "tmp", 0o775); err != nil && err != unix.EEXIST {
		return -1, err
	}
	return openat(r.dirFD, "tmp", unix.O_RDONLY|unix.O_DIRECTORY, 0)
}

func (r *Repo) loadConfig() error {
	b, err := readFileAt(r.dirFD, "config", 16<<20)
	if err != nil {
		return err
	}
	c, err := ParseConfig(b)
	if err != nil {
		return err
	}
	r.config.Store(c)
	return nil
}

// Close releases the handle; a running transaction is aborted. No other method of the handle, of its transaction or
// of anything that reads through it may run at the same time or be called afterwards, except Close itself, which then
// does nothing.
func (r *Repo) Close() error {
	var err error
	r.closing.Do(func() { err = r.close() })
	return err
}

func (r *Repo) close() error {
	if t := r.txn.Load(); t != nil {
		t.Abort()
	}
	r.lockState.close()
	for _, fd := range []*int{&r.dirFD, &r.objectsFD, &r.tmpFD} {
		if *fd >= 0 {
			unix.Close(*fd)
			*fd = -1 // a late call then fails, instead of using what the number stands for by then
		}
	}
	if r.parent != nil {
		return r.parent.Close()
	}
	return nil
}

// Path returns the path that the repository was opened with.
func (r *Repo) Path() string { return r.path }

// Mode returns how the repository stores content.
func (r *Repo) Mode() Mode { return r.Config().Mode }

// Config returns the repository's configuration as it was when it was read last. Do not change it;
// use [Repo.SetConfig].
func (r *Repo) Config() *Config { return r.config.Load() }

// CollectionID returns the repository's own collection, "" if it has none.
func (r *Repo) CollectionID() string { return r.Config().CollectionID }

// Parent returns the parent repository, or nil.
func (r *Repo) Parent() *Repo { return r.parent }

// Writable tells whether objects can be added.
func (r *Repo) Writable() bool { return r.writable }

// ErrReadOnly is wrapped by the errors of operations that would have to write.
var ErrReadOnly = errors.New("Not allowed due to repo mode")

func (r *Repo) checkWritable() error {
	if r.Mode() == ModeBareSplitXattrs && !r.opts.WriteBareSplitXattrs {
		return ErrReadOnly
	}
	return r.writeErr
}

func (r *Repo) bootID() (string, error) {
	if r.opts.BootID != "" {
		return r.opts.BootID, nil
	}
	return bootID()
}

func variantOf(typ string, b []byte) object.Variant { return gvariant.FromBytes(gvariant.Type(typ), b) }

var _ io.Closer = (*Repo)(nil)
