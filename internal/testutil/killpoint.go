package testutil

import "testing"

// TraceOptions says how [TraceChanges] runs and kills a program. The zero
// value, and nil, run it as [Run] does and count all changes.
type TraceOptions struct {
	RunOptions
	// KillAt is the number, from 1, of the change before which the program is
	// killed; 0 only counts.
	KillAt int
	// Only holds the names of the calls that count, such as "renameat2" or
	// "FIFREEZE"; nil means all.
	Only []string
	// Helpers follows the processes that the program starts, and theirs, until
	// all are gone, and kills only the one that is about to make the change.
	// Without it they are neither followed nor killed, only the program is.
	Helpers bool
	// Path is the program's file; empty means that its name is looked up.
	Path string
	// Chroot is the program's root directory; Path, which must be given, and
	// Dir lie in it.
	Chroot string
	// CleanEnv makes Env the whole environment.
	CleanEnv bool
}

// Trace is what a traced program did.
type Trace struct {
	// Result has both streams in Stdout, in their order. Exit is -1 if the
	// program was killed.
	Result
	// Changes are the names of the calls that were begun, the one before which
	// the program was killed included. An ioctl has its request's name, without
	// the prefix FS_IOC_.
	Changes []string
}

// KillAt runs a program and kills it right before its n-th change of a file
// system, as [TraceChanges] does. It returns the number of changes that were
// begun. With n = 0 it only counts.
func KillAt(t testing.TB, opts *RunOptions, n int, name string, args ...string) (*Result, int) {
	t.Helper()
	o := &TraceOptions{KillAt: n}
	if opts != nil {
		o.RunOptions = *opts
	}
	r := TraceChanges(t, o, name, args...)
	return &r.Result, len(r.Changes)
}

// TraceChanges runs a program under ptrace, to its end or until SIGKILL stops
// it right before one of its system calls that change a file system, counted
// over all of its threads. Freezing and thawing are such calls too.
//
// Between two of them nothing changes on disk, so the kills before each are
// every state that a kill can leave behind. Data written to files without a
// name is not counted, nor are calls that only make things durable. Changes
// through shared memory maps, io_uring and mounts are not seen.
//
// It skips the test where there is no Linux.
func TraceChanges(t testing.TB, opts *TraceOptions, name string, args ...string) *Trace {
	t.Helper()
	if opts == nil {
		opts = &TraceOptions{}
	}
	return traceChanges(t, opts, name, args)
}
