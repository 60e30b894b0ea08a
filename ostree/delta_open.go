package ostree

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/delta"
	"golang.org/x/sys/unix"
)

// maxInlineDelta bounds the file of a delta that was named by its path, in bytes.
const maxInlineDelta = 64 << 30

// openedDelta is a delta on disk. Its superblock must not be used after close.
type openedDelta struct {
	*delta.Superblock
	label string // for messages
	data  *mapping
	dir   int // of the parts
}

func (d *openedDelta) close() {
	if d.data != nil {
		d.data.close()
	}
	unix.Close(d.dir)
}

// openDelta opens a delta by its name in the repository or, if there is a slash in it, by the path of its
// superblock.
func (r *Repo) openDelta(ref string) (*openedDelta, error) {
	if strings.Contains(ref, "/") {
		return openDeltaFile(ref, filepath.Dir(ref), filepath.Base(ref), ref)
	}
	n, err := delta.ParseName(ref)
	if err != nil {
		return nil, err
	}
	path := n.SuperblockPath()
	dir, err := openat(r.dirFD, filepath.Dir(path), unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, errno.New("openat", path, err)
	}
	d, err := readDelta(dir, superblockName, path, ref)
	if err != nil {
		return nil, err
	}
	if d.Name != n {
		d.close()
		return nil, fmt.Errorf("%s: holds static delta %s", path, d.Name)
	}
	return d, nil
}

// openDeltaPath opens a delta by the path of its directory or of its superblock.
func openDeltaPath(path string) (*openedDelta, error) {
	dir, err := openat(atCWD, path, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	switch err {
	case nil:
		return readDelta(dir, superblockName, filepath.Join(path, superblockName), path)
	case unix.ENOTDIR:
		return openDeltaFile(path, filepath.Dir(path), filepath.Base(path), path)
	}
	return nil, errno.Wrap("openat(O_DIRECTORY)", err)
}

func openDeltaFile(path, dir, base, label string) (*openedDelta, error) {
	fd, err := openat(atCWD, dir, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, errno.New("openat", path, err)
	}
	return readDelta(fd, base, path, label)
}

// readDelta reads the superblock; dir is closed if that fails.
func readDelta(dir int, base, path, label string) (*openedDelta, error) {
	d := &openedDelta{label: label, dir: dir}
	var err error
	if d.data, err = mapFileAt(dir, base, path, maxInlineDelta); err == nil {
		if d.Superblock, err = delta.ParseSuperblock(d.data.data); err != nil {
			err = fmt.Errorf("%s: %w", path, err)
		}
	}
	if err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

// openPart opens the file of a part, or the part in the superblock.
func (d *openedDelta) openPart(i int) (io.ReadCloser, error) {
	if b, ok := d.InlinePart(i); ok {
		return io.NopCloser(bytes.NewReader(b)), nil
	}
	fd, err := openat(d.dir, strconv.Itoa(i), unix.O_RDONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("Opening deltapart '%d': %w", i, errno.Wrap("openat", err))
	}
	return fdFile(fd), nil
}

// partError says which part of which delta is wrong.
func (d *openedDelta) partError(i int, err error) error {
	return fmt.Errorf("static delta %s, part %d: %w", d.Name, i, err)
}
