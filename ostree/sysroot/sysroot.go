//go:build linux

package sysroot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/filelock"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/sysroot/bootloader"
	"github.com/nestos-dev/nestos/ostree/sysroot/prepareroot"
	"golang.org/x/sys/unix"
)

// Options say how a sysroot is worked on. Nil and the zero value are right for almost everybody.
type Options struct {
	// Log receives debug and warning messages; nil discards them.
	Logger *slog.Logger
	// Repo says how the system's repository is opened.
	Repo ostree.Options
	// Message receives the texts that "ostree admin" prints while it works, such as "Copying /etc
	// changes: …" and "Transaction complete; …"; nil discards them.
	Message func(text string)
	// OnLockWait is called when another process holds the lock, and every 3 seconds until it is free.
	OnLockWait func()
	// Progress receives events of the tasks "deploy" and "pull".
	Progress ostree.Progress

	// MutableDeployments leaves the immutable flag of deployments off.
	MutableDeployments bool
	// NoXattrs keeps the /etc merge from copying extended attributes.
	NoXattrs bool
	// TestFreeze makes the watchdog of the /boot freeze bite, to test it.
	TestFreeze bool
	// TestOutput receives what the watchdog then says; nil discards it.
	TestOutput io.Writer
	// NoDTB ignores device trees of kernels.
	NoDTB bool

	// SkipSync leaves out the syncfs before a switch; for throw-away images only.
	SkipSync bool
	// NoEarlyPrune never makes room in a full /boot before a deployment is written.
	NoEarlyPrune bool
	// OldEntryNames names boot entries as before release 2024.5, ostree-2-STATEROOT.conf.
	OldEntryNames bool

	// Loader holds the settings of boot loader backends that come from the environment.
	Loader LoaderOptions

	// NoFinalizeUnit stages without starting the unit that finalizes at shutdown: for callers that call
	// [Sysroot.FinalizeStaged] themselves.
	NoFinalizeUnit bool
	// KeepNextRoot leaves the mounts of a soft reboot that could not be prepared, to look at them.
	KeepNextRoot bool

	// RunDir is where the state of the running system is; empty means /run.
	RunDir string
	// Journal is the socket for journal messages; empty means the system's when the sysroot is that
	// of the running system, else none.
	Journal string
}

// LoaderOptions adjust how boot loaders are configured.
type LoaderOptions struct {
	// Grub2Exec is the program that generates grub.cfg; empty is grub2-mkconfig or grub-mkconfig.
	Grub2Exec string
	// Grub2Verbose shows what it says, which is discarded otherwise.
	Grub2Verbose bool
	// Stdout and Stderr receive the output of programs; nil discards it.
	Stdout, Stderr io.Writer
	// Runner runs the programs; nil does it for real.
	Runner bootloader.Runner
}

// ParseDebug sets the options that the words of OSTREE_SYSROOT_DEBUG name: mutable-deployments, no-xattrs,
// test-fifreeze and no-dtb, separated by blanks, tabs, ':', ';' or ','. With "all" it sets those that are not
// named. Unknown words are ignored.
func (o *Options) ParseDebug(words string) {
	setNamed(words, []namedOption{{"mutable-deployments", &o.MutableDeployments}, {"no-xattrs", &o.NoXattrs},
		{"test-fifreeze", &o.TestFreeze}, {"no-dtb", &o.NoDTB}})
}

// ParseOpts sets the options that the words of OSTREE_SYSROOT_OPTS name: skip-sync, no-early-prune and
// bootloader-naming-1, in the manner of [Options.ParseDebug].
func (o *Options) ParseOpts(words string) {
	setNamed(words, []namedOption{{"skip-sync", &o.SkipSync}, {"no-early-prune", &o.NoEarlyPrune}, {"bootloader-naming-1", &o.OldEntryNames}})
}

// namedOption is an option that a word in an environment variable sets.
type namedOption struct {
	name string
	set  *bool
}

// setNamed follows GLib's rules for such variables: case does not matter, '_' is '-', and "all" inverts.
func setNamed(words string, options []namedOption) {
	named := map[string]bool{}
	for _, w := range strings.FieldsFunc(words, isSeparator) {
		named[strings.ReplaceAll(strings.ToLower(w), "_", "-")] = true
	}
	for _, o := range options {
		if named[o.name] != named["all"] {
			*o.set = true
		}
	}
}

func isSeparator(r rune) bool { return strings.ContainsRune(":;, \t", r) }

// Sysroot is a handle on a physical root: the directory that holds ostree/ and boot/. Its methods must
// not be called concurrently.
type Sysroot struct {
	path string
	opts Options
	log  *slog.Logger
	root *confine.Root
	run  string

	bootedRoot bool                // the running system booted from here
	bootedInfo *prepareroot.Booted // content of /run/ostree-booted, nil if not bootedRoot
	physical   bool                // bootedRoot, but opened as /sysroot
	running    *devIno             // the deployment that the running system says it booted, wherever it lies
	repo       *ostree.Repo
	repoDir    *os.File // set if the repository is reached through a descriptor
	lock       *filelock.Held
	writable   bool // read-only mounts were dealt with
	noFlags    bool // the immutable flag cannot be set here

	state *state
}

// state is what one load found.
type state struct {
	bootVersion, subVersion int
	list                    []*Deployment // the staged one first
	booted, staged          *Deployment
	stagedErr               error     // the state file of a staged deployment cannot be read
	changed                 time.Time // mtime of ostree/deploy
	nextRoot                *devIno
}

// devIno identifies a directory.
type devIno struct{ dev, ino uint64 }

// Open opens the sysroot at path, "/" for the running system. Nothing is read yet but what tells whether
// the running system was booted from here; see [Sysroot.Load].
func Open(path string, opts *Options) (*Sysroot, error) {
	s := &Sysroot{path: path}
	if opts != nil {
		s.opts = *opts
	}
	if s.log = s.opts.Logger; s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.run = s.opts.RunDir; s.run == "" {
		s.run = "/run"
	}
	if abs, err := filepath.Abs(path); err == nil {
		s.path = abs
	}
	root, err := confine.OpenRoot(path)
	if err != nil {
		return nil, errno.New("opendir", path, err)
	}
	s.root = root
	if err := s.detectBooted(); err != nil {
		s.root.Close()
		return nil, err
	}
	return s, nil
}

// Close releases the lock and everything else. The sysroot cannot be used any more.
func (s *Sysroot) Close() error {
	err := s.Unlock()
	if s.repo != nil {
		s.repo.Close()
	}
	if s.repoDir != nil {
		s.repoDir.Close()
	}
	return errors.Join(err, s.root.Close())
}

// Path returns the absolute path of the sysroot.
func (s *Sysroot) Path() string { return s.path }

// Repo returns the system's repository. It is nil before [Sysroot.Load].
func (s *Sysroot) Repo() *ostree.Repo { return s.repo }

// IsBootedRoot tells whether the running system was booted from this sysroot.
func (s *Sysroot) IsBootedRoot() bool { return s.bootedRoot }

// detectBooted compares the sysroot with "/", if the running system is one of OSTree's.
func (s *Sysroot) detectBooted() error {
	b, err := readHostFile(s.runPath("ostree-booted"), maxBooted)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if errors.Is(err, fs.ErrPermission) {
		b, err = nil, nil // ostree-remount makes it with mode 0640: there, and no more is known
	}
	if err != nil {
		return err
	}
	info, err := prepareroot.ParseBooted(b)
	if err != nil {
		return fmt.Errorf("parsing %s/ostree-booted: %w", s.run, err)
	}
	if info.Inode != 0 {
		s.running = &devIno{info.Device, info.Inode}
	}
	here, err := s.root.Stat(".")
	if err != nil {
		return errno.Wrap("fstat", err)
	}
	host, err := os.Stat("/")
	if err != nil {
		return errno.New("stat", "/", err)
	}
	if os.SameFile(here, host) {
		s.bootedRoot, s.bootedInfo = true, info
		return nil
	}
	// The same root by another way: what is booted, and what is staged, must be seen there too.
	if physical, err := os.Stat("/sysroot"); err == nil && os.SameFile(here, physical) {
		s.bootedRoot, s.bootedInfo, s.physical = true, info, true
	}
	return nil
}

// maxBooted bounds what is read of /run/ostree-booted.
const maxBooted = 1 << 20

// readHostFile reads a file outside of the sysroot, a regular one of at most limit bytes: a FIFO would be waited for.
func readHostFile(path string, limit int64) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, errno.New("openat", path, err)
	}
	defer f.Close()
	b, err := confine.ReadRegular(f, limit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}

// message hands a text to the caller.
func (s *Sysroot) message(format string, args ...any) {
	if s.opts.Message != nil {
		s.opts.Message(fmt.Sprintf(format, args...))
	}
}

// runPath is a path below /run.
func (s *Sysroot) runPath(name string) string { return filepath.Join(s.run, name) }

// isPhysical tells whether this is a root that nobody runs from and that is not the /sysroot view of one.
func (s *Sysroot) isPhysical() bool {
	if s.bootedRoot && !s.physical {
		return false
	}
	_, err := s.root.Lstat("sysroot")
	return errors.Is(err, fs.ErrNotExist)
}

// openRepo opens ostree/repo, which may not lie outside of the sysroot.
func (s *Sysroot) openRepo() error {
	if s.repo != nil {
		return nil
	}
	dir, err := s.root.Open("ostree/repo")
	if err != nil {
		return errno.New("opendir", "ostree/repo", err)
	}
	path := filepath.Join(s.path, "ostree/repo")
	inside, err := dir.Stat()
	if err != nil {
		dir.Close()
		return err
	}
	if plain, err := os.Stat(path); err != nil || !os.SameFile(inside, plain) {
		// An absolute link on the way: the kernel's ordinary resolution would leave the sysroot.
		path = fmt.Sprintf("/proc/self/fd/%d", dir.Fd())
		s.repoDir = dir
	} else {
		dir.Close()
	}
	opts := s.opts.Repo
	if !s.isPhysical() {
		if opts.RemotesConfigDir, err = s.remotesDir(); err != nil {
			return err
		}
	}
	if opts.Logger == nil {
		opts.Logger = s.opts.Logger
	}
	s.repo, err = ostree.Open(path, &opts)
	return err
}

// remotesDir is where remotes are configured in a system that runs, or could. It need not exist.
func (s *Sysroot) remotesDir() (string, error) {
	name := "etc/ostree/remotes.d"
	for dir := name; dir != "."; dir = path.Dir(dir) {
		real, err := s.realPath(dir)
		if err == nil {
			return filepath.Join(real, strings.TrimPrefix(name, dir)), nil
		}
		if _, e := s.root.Lstat(dir); e == nil || !errors.Is(err, fs.ErrNotExist) {
			return "", err // a link that leads nowhere in here leads out of it
		}
	}
	return filepath.Join(s.path, name), nil
}

// checkDevices sees that objects can be linked into deployments.
func (s *Sysroot) checkDevices() error {
	a, err := s.root.Stat("ostree")
	if err != nil {
		return errno.New("fstatat", "ostree", err)
	}
	b, err := s.root.Stat("ostree/repo")
	if err != nil {
		return errno.New("fstatat", "ostree/repo", err)
	}
	if x, y := idOf(a), idOf(b); x.dev != y.dev {
		return fmt.Errorf("Unexpected state: ostree/ on device %d but ostree/repo on device %d", x.dev, y.dev)
	}
	return nil
}

// Lock takes the sysroot's lock, which changes of the list of deployments need. It waits until
// another process releases it or ctx ends.
func (s *Sysroot) Lock(ctx context.Context) error {
	if s.lock != nil {
		return nil
	}
	if err := s.ensureWritable(); err != nil {
		return err
	}
	dir, err := s.openDir("ostree")
	if err != nil {
		return err
	}
	defer dir.Close()
	s.lock, err = filelock.Lock(ctx, dir, "lock", s.opts.OnLockWait)
	return lockError(err)
}

// lockError says of which file a system error is. That the context ended is told as it is.
func lockError(err error) error {
	if no := unix.Errno(0); errors.As(err, &no) {
		return errno.New("openat", "ostree/lock", err)
	}
	return err
}

// TryLock is [Sysroot.Lock] without waiting; ok is false if another process holds the lock.
func (s *Sysroot) TryLock() (ok bool, err error) {
	if s.lock != nil {
		return true, nil
	}
	if err := s.ensureWritable(); err != nil {
		return false, err
	}
	dir, err := s.openDir("ostree")
	if err != nil {
		return false, err
	}
	defer dir.Close()
	lock, ok, err := filelock.TryLock(dir, "lock")
	if ok {
		s.lock = lock
	}
	return ok, lockError(err)
}

// Unlock releases the lock.
func (s *Sysroot) Unlock() error {
	if s.lock == nil {
		return nil
	}
	err := s.lock.Unlock()
	s.lock = nil
	return err
}

// openDir opens a directory of the sysroot.
func (s *Sysroot) openDir(name string) (*os.File, error) {
	f, err := s.root.OpenFile(name, oDirectory, 0)
	if err != nil {
		return nil, errno.New("opendir", name, err)
	}
	return f, nil
}
