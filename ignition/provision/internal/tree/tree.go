//go:build unix

package tree

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/confine"
)

// maxDirs bounds the directories that stay open.
const maxDirs = 256

// Options adjust a [Tree].
type Options struct {
	// Relabel collects the paths given to [Tree.Note].
	Relabel bool
	// RemoveStale removes temporary files of a killed run from each directory
	// that is used, before its first change.
	RemoveStale bool
}

// Tree is a root directory. Its methods must not be called concurrently.
type Tree struct {
	root *confine.Root
	base string
	opt  Options

	steps   map[string]string // see step
	parents map[string]string // see Resolve
	missing map[string]bool   // resolved names that are not there

	dirs    map[string]*Dir
	cleaned map[inode]bool  // directories that have no stale files
	exists  map[string]bool // directories known to be there
	absent  map[string]bool // directories known to be missing
	labels  map[string]bool
	devices map[uint64]*os.File // one open directory per file system

	// Temporary files of this run have the numbers firstTemp, firstTemp+1 … .
	firstTemp, temps uint64
	protected        map[string]bool // see Protect

	accounts *Accounts
}

// Open opens the directory root, which is resolved in the ordinary way.
func Open(root string, opt Options) (*Tree, error) {
	r, err := confine.OpenRoot(root)
	if err != nil {
		return nil, err
	}
	t := &Tree{
		root: r, base: path.Clean(root), opt: opt,
		dirs: map[string]*Dir{}, cleaned: map[inode]bool{}, exists: map[string]bool{"/": true},
		labels: map[string]bool{}, devices: map[uint64]*os.File{}, firstTemp: rand.Uint64(), protected: map[string]bool{},
	}
	t.accounts = &Accounts{root: r}
	t.Forget()
	if err := t.remember(r.Dir()); err != nil { // programs write to it
		r.Close()
		return nil, err
	}
	return t, nil
}

// Close releases what is open.
func (t *Tree) Close() error {
	for p := range t.dirs {
		t.drop(p)
	}
	for _, f := range t.devices {
		f.Close()
	}
	return t.root.Close()
}

// Root returns the root, which the tree keeps.
func (t *Tree) Root() *confine.Root { return t.root }

// Accounts returns the users and groups of the root.
func (t *Tree) Accounts() *Accounts { return t.accounts }

// Base returns the root directory as it was given.
func (t *Tree) Base() string { return t.base }

// Path returns a name in the root as seen from outside, for messages and programs.
func (t *Tree) Path(name string) string { return path.Join(t.base, "/"+name) }

// Forget drops what is known about the tree, because somebody else changed it.
func (t *Tree) Forget() {
	t.steps, t.parents, t.missing = map[string]string{}, map[string]string{}, map[string]bool{}
	t.absent = map[string]bool{}
	t.changed()
}

// changed drops what is known about directories, because one was removed.
func (t *Tree) changed() {
	t.exists = map[string]bool{"/": true}
	for p := range t.dirs {
		t.drop(p)
	}
}

// losing forgets what is known if the entry that goes away is a link: directories may
// have been opened through it.
func (t *Tree) losing(d *Dir, name string) {
	if st, err := d.stat(name); err == nil && st.Symlink() {
		t.Forget()
	}
}

// Sync forces every file system that was written to onto its device.
func (t *Tree) Sync() error {
	var errs []error
	for _, f := range t.devices {
		errs = append(errs, syncfs(f))
	}
	return errors.Join(errs...)
}

// outside makes the paths in an error those of [Tree.Path].
func (t *Tree) outside(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return &fs.PathError{Op: e.Op, Path: t.Path(e.Path), Err: e.Err}
	}
	return err
}

func (t *Tree) pathError(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: t.Path(name), Err: err}
}

// Missing reports whether an error says that a name, or a directory above it, is not there.
func Missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

func notDirectory(err error) bool { return errors.Is(err, unix.ENOTDIR) }
