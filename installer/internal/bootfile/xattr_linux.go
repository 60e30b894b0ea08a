package bootfile

import (
	"bytes"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/confine"
)

// copyXattrs gives f the extended attributes of a file, its SELinux label among them. An
// attribute that f was born with is not set again, which saves a privilege.
func copyXattrs(f *os.File, root *confine.Root, name string) error {
	attrs, err := root.ListXattr(name)
	if err != nil {
		return err
	}
	for _, attr := range attrs {
		value, err := root.GetXattr(name, attr)
		if err != nil {
			return err
		}
		have := make([]byte, len(value)+1)
		if n, err := unix.Fgetxattr(int(f.Fd()), attr, have); err == nil && bytes.Equal(have[:n], value) {
			continue
		}
		if err := unix.Fsetxattr(int(f.Fd()), attr, value, 0); err != nil {
			return fmt.Errorf("setting attribute %s: %w", attr, err)
		}
	}
	return nil
}
