//go:build unix

package etcmerge

import (
	"context"
	"fmt"
	"log/slog"
	"os"
)

// Options change how a merge works. The zero value, and nil, are right.
type Options struct {
	// NoXattrs leaves extended attributes out of all copies.
	NoXattrs bool
	// Compared is called once the changes are known, before anything is done, even if it turns out that
	// there are conflicts. It is the place to print [Changes.Summary].
	Compared func(*Changes)
	// Log gets what is not carried over; nil drops it.
	Logger *slog.Logger
}

// Result is what a merge did.
type Result struct {
	Changes *Changes
	// Ignored are the FIFOs, sockets and devices that were not copied, in the order in which they were met,
	// as libostree names them: those in a directory that is copied as a whole by their base name, and, if
	// they are listed as added too, once more by their path. See [IgnoredMessage].
	Ignored []string
}

// IgnoredMessage is what libostree writes to the journal for an element of [Result.Ignored].
func IgnoredMessage(name string) string {
	return fmt.Sprintf("Ignoring non-regular/non-symlink file found during /etc merge: %s", name)
}

// Merge applies the differences of modified from orig to target. If they do not fit, the error is a
// [*ConflictError] and target is unchanged; after other errors target is incomplete.
//
// Error texts are libostree's. Nothing is synced to the disk.
func Merge(ctx context.Context, orig, modified, target *os.File, opts *Options) (*Result, error) {
	if opts == nil {
		opts = &Options{}
	}
	res, err := merge(ctx, orig, modified, target, opts)
	if err != nil {
		return nil, mergeError(err)
	}
	return res, nil
}

func merge(ctx context.Context, orig, modified, target *os.File, opts *Options) (*Result, error) {
	r, err := openRoots(modified, target)
	if err != nil {
		return nil, err
	}
	defer r.close()
	o, err := plan(ctx, orig, modified, r, opts)
	if err != nil {
		return nil, err
	}
	if len(o.Conflicts) > 0 {
		return nil, &ConflictError{o.Conflicts}
	}
	d := &disk{roots: r, xattrs: !opts.NoXattrs, log: opts.Logger}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	m := &merger{ctx: ctx, from: lstatIn(r.modified), t: d}
	// A conflict that was not foreseen comes from a target that changes meanwhile.
	err = m.apply(o.Changes, func(c *conflict) error { return &ConflictError{[]Conflict{Conflict(*c)}} })
	if err != nil {
		return nil, err
	}
	return &Result{Changes: o.Changes, Ignored: d.ignored}, nil
}
