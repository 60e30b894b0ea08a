package drive

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/confine"
)

// device is a block device, or an image in a regular file, open for reading.
type device struct {
	*os.File
	name string // in the root
	size int64
	// source names it for mount(2), which takes no images.
	source string
	image  bool
}

var errNoMedium = errors.New("no medium in the drive")

// openDevice opens a device in a root. Anything else is not opened: that may wait for ever (a FIFO) or do
// something (a watchdog).
func openDevice(root *confine.Root, name string) (*device, error) {
	info, err := root.Stat(name)
	if err == nil {
		err = checkKind(info)
	}
	if err != nil {
		return nil, absent(name, err)
	}
	// What is opened may be something else by now. Optical drives are opened without a
	// medium this way, and say so when they are read.
	f, err := root.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, absent(name, err)
	}
	d := &device{File: f, name: name, source: mountSource(root, name, f)}
	if err := d.measure(); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("opening drive %s: %w", name, err)
	}
	return d, nil
}

func (d *device) measure() error {
	info, err := d.Stat()
	if err == nil {
		err = checkKind(info)
	}
	if err != nil {
		return err
	}
	if d.image = info.Mode().IsRegular(); !d.image && noMedium(d.File) {
		return errNoMedium
	}
	d.size, err = d.Seek(0, io.SeekEnd)
	return err
}

func checkKind(info fs.FileInfo) error {
	if m := info.Mode(); m.IsRegular() || m&fs.ModeDevice != 0 && m&fs.ModeCharDevice == 0 {
		return nil
	}
	return errors.New("neither a block device nor a regular file")
}

// mountSource is the device's own path, unless that is one in another root.
func mountSource(root *confine.Root, name string, f *os.File) string {
	if root.Name() == "/" {
		return name
	}
	return fmt.Sprintf("/proc/self/fd/%d", f.Fd())
}
