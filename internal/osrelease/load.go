//go:build unix

package osrelease

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/errno"
)

// Load reads usr/lib/os-release, or else etc/os-release, of the system tree in
// an open directory. Links stay inside the tree. Errors begin with
// "Reading /usr/lib/os-release: " or "Reading /etc/os-release: ".
func Load(tree *os.File) (Release, error) {
	root, err := confine.FromFile(tree)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	for _, name := range paths {
		rel, err := loadFile(root, name)
		if err == nil {
			return rel, nil
		}
		if !errors.Is(err, fs.ErrNotExist) || name == paths[len(paths)-1] {
			return nil, fmt.Errorf("Reading /%s: %w", name, err)
		}
	}
	return nil, ErrNoName
}

func loadFile(root *confine.Root, name string) (Release, error) {
	// A FIFO must not stop us.
	f, err := root.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, errno.New("openat", name, err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, errno.Wrap("read", unix.EISDIR)
	case !info.Mode().IsRegular():
		return nil, confine.ErrNotRegular
	}
	return read(f)
}
