//go:build !linux

package bootfile

import (
	"errors"
	"os"

	"github.com/nestos-dev/nestos/internal/confine"
)

// copyXattrs refuses files with extended attributes, which would be lost.
func copyXattrs(_ *os.File, root *confine.Root, name string) error {
	attrs, err := root.ListXattr(name)
	if err == nil && len(attrs) > 0 {
		err = errors.New("extended attributes are not supported here")
	}
	return err
}
