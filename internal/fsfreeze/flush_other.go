//go:build unix && !linux

package fsfreeze

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// flush is all that portable interfaces offer.
func flush(_ *os.File, opts *Options) error {
	if opts.TestFreeze {
		return errors.ErrUnsupported
	}
	unix.Sync()
	return nil
}
