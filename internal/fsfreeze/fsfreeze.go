//go:build unix

package fsfreeze

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// ErrTest is the cause of the failure that [Options.TestFreeze] asks for.
var ErrTest = errors.New("aborting due to test-fifreeze")

// ErrInterrupted is the cause if the worker or its watchdog was killed, or the freeze took too long. The other
// of them has thawed the file system then, or will; whether it was flushed is not known.
var ErrInterrupted = errors.New("interrupted, the file system was thawed")

// Options change how [Flush] works. The zero value, and nil, are right outside of tests.
type Options struct {
	// TestFreeze is what libostree's OSTREE_SYSROOT_DEBUG=test-fifreeze asks for: the worker freezes and
	// hangs, the watchdog has to thaw after a second, and Flush fails with [ErrTest].
	TestFreeze bool
	// TestOutput gets the line "fifreeze watchdog was run" when the watchdog of a TestFreeze has thawed;
	// nil drops it.
	TestOutput io.Writer
}

// watchdogTimeout is how long a freeze may take.
const watchdogTimeout = 30 * time.Second

// Flush brings the file system that dir is on to its final place on the disk. dir must be open for reading (a
// descriptor of O_PATH cannot be used).
//
// It cannot be cancelled: a freeze that was begun must be waited for. Concurrent calls, of this and of other
// processes, are fine; calls that meet another's freeze use syncfs, which waits for it.
func Flush(dir *os.File, opts *Options) error {
	if opts == nil {
		opts = &Options{}
	}
	if err := flush(dir, opts); err != nil {
		return fmt.Errorf("During fsfreeze-thaw: %w", err)
	}
	return nil
}
