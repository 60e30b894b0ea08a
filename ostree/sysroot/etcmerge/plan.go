//go:build unix

package etcmerge

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/nestos-dev/nestos/internal/confine"
)

// Op is a kind of step of a merge.
type Op int

const (
	// OpRemove removes a path, with all below it.
	OpRemove Op = iota + 1
	// OpMkdir makes a directory that the new defaults do not have.
	OpMkdir
	// OpAttributes gives a directory the owner, mode and attributes that it has in the old deployment.
	OpAttributes
	// OpCopy copies a file, a link, or a directory with all below it.
	OpCopy
	// OpIgnore does nothing: the change is a FIFO, socket or device, or a removal below a link that leads
	// out of /etc.
	OpIgnore
)

// String returns the operation as a verb.
func (o Op) String() string {
	names := [...]string{OpRemove: "remove", OpMkdir: "mkdir", OpAttributes: "attributes", OpCopy: "copy", OpIgnore: "ignore"}
	if o < OpRemove || int(o) >= len(names) {
		return fmt.Sprintf("Op(%d)", int(o))
	}
	return names[o]
}

// Action is a step of a merge. Path is where target changes; it differs from that of the change below links.
type Action struct {
	Op   Op
	Path string
}

// Outlook is what a merge would do.
type Outlook struct {
	Changes *Changes
	// Actions are the steps in order, without those that conflicts prevent.
	Actions []Action
	// Conflicts are all reasons for a failure.
	Conflicts []Conflict
}

// Plan tells what [Merge] would do, and changes nothing.
func Plan(ctx context.Context, orig, modified, target *os.File, opts *Options) (*Outlook, error) {
	r, err := openRoots(modified, target)
	if err != nil {
		return nil, mergeError(err)
	}
	defer r.close()
	o, err := plan(ctx, orig, modified, r, opts)
	return o, mergeError(err)
}

func plan(ctx context.Context, orig, modified *os.File, r *roots, opts *Options) (*Outlook, error) {
	changes, err := Compare(ctx, orig, modified)
	if err != nil {
		return nil, fmt.Errorf("While computing configuration diff: %w", err)
	}
	if opts != nil && opts.Compared != nil {
		opts.Compared(changes)
	}
	o := &Outlook{Changes: changes}
	t := &model{target: lstatIn(r.target), modified: lstatIn(r.modified)}
	m := &merger{ctx: ctx, from: t.modified, t: t}
	err = m.apply(changes, func(c *conflict) error {
		o.Conflicts = append(o.Conflicts, Conflict(*c))
		return nil
	})
	o.Actions = t.actions
	return o, err
}

// roots confines paths to the directories.
type roots struct{ modified, target *confine.Root }

func openRoots(modified, target *os.File) (*roots, error) {
	m, err := confine.FromFile(modified)
	if err != nil {
		return nil, opError("opendir", modified.Name(), err)
	}
	t, err := confine.FromFile(target)
	if err != nil {
		m.Close()
		return nil, opError("opendir", target.Name(), err)
	}
	return &roots{m, t}, nil
}

func (r *roots) close() {
	r.modified.Close()
	r.target.Close()
}

func lstatIn(root *confine.Root) func(string) (entry, error) {
	return func(p string) (entry, error) {
		info, err := root.Lstat(p)
		if errors.Is(err, fs.ErrNotExist) {
			return entry{}, nil
		}
		if err != nil {
			return entry{}, err
		}
		e := entry{exists: true, mode: info.Mode()}
		if e.mode&fs.ModeSymlink != 0 {
			e.link, err = root.Readlink(p)
		}
		return e, err
	}
}

// mergeError adds libostree's prefix.
func mergeError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("During /etc merge: %w", err)
}
