package disk

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/errno"
)

// device is what is known of a block device.
type device struct {
	rdev  uint64
	claim *os.File // holds the device, if not nil

	mapper     bool // made by device-mapper
	kpartxUsed bool // its partitions' devices are ours, to be removed at the end
	noLoop     bool // for tests: as if there were no loop devices
}

const dasdMajor = 94

// SectorSize is the size in bytes of the logical sectors of the block device at path.
func SectorSize(path string) (int, error) {
	// The first thing that coreos-installer does with the path.
	if _, err := filepath.EvalSymlinks(path); err != nil {
		return 0, fmt.Errorf("checking whether %s is an IBM DASD disk: getting absolute path to %s: %w", path, path, errno.Bare(err))
	}
	f, size, err := openForSize(path)
	if err != nil {
		return 0, fmt.Errorf("getting sector size of %s: %w", path, err)
	}
	f.Close()
	return size, nil
}

func openForSize(path string) (*os.File, int, error) {
	// Other things than devices are not even opened: that may wait for ever.
	if st, err := os.Stat(path); err != nil {
		return nil, 0, fmt.Errorf("opening %q: %w", path, errno.Bare(err))
	} else if !isBlock(st) {
		return nil, 0, fmt.Errorf("%q is not a block device", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, fmt.Errorf("opening %q: %w", path, errno.Bare(err))
	}
	size, err := sectorSize(f)
	if err != nil {
		f.Close()
		return nil, 0, fmt.Errorf("getting sector size: %w", errno.Bare(err))
	}
	return f, size, nil
}

func isBlock(st os.FileInfo) bool {
	return st.Mode()&(os.ModeDevice|os.ModeCharDevice) == os.ModeDevice
}

func sectorSize(f *os.File) (int, error) {
	// The kernel writes a C int, whatever the size of Go's is.
	n, err := unix.IoctlGetUint32(int(f.Fd()), unix.BLKSSZGET)
	if err == nil && (n < 512 || n > 1<<16 || n%512 != 0) {
		err = fmt.Errorf("unsupported sector size %d", n)
	}
	return int(n), err
}

func (d *Disk) openDevice() error {
	if _, err := SectorSize(d.path); err != nil {
		return err
	}
	f, err := os.OpenFile(d.path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("opening %s: %w", d.path, errno.Bare(err))
	}
	d.file = f
	if err := d.inspect(); err != nil {
		f.Close()
		return err
	}
	return nil
}

func (d *Disk) inspect() error {
	// What is open may be something else than what was looked at before.
	var st unix.Stat_t
	if err := unix.Fstat(int(d.file.Fd()), &st); err != nil {
		return fmt.Errorf("getting metadata for %s: %w", d.path, err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFBLK {
		return fmt.Errorf("%s is not a block device", d.path)
	}
	d.rdev = uint64(st.Rdev)
	if unix.Major(d.rdev) == dasdMajor {
		return fmt.Errorf("IBM DASD %s: not supported", d.path)
	}
	var err error
	if d.sectorSize, err = sectorSize(d.file); err != nil {
		return fmt.Errorf("getting sector size of %s: %w", d.path, errno.Bare(err))
	}
	if d.size, err = d.file.Seek(0, io.SeekEnd); err == nil {
		_, err = d.file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("getting size of %s: %w", d.path, errno.Bare(err))
	}
	if d.size == 0 {
		return fmt.Errorf("getting size of %s: found block size of zero", d.path)
	}
	if d.canonical, err = filepath.EvalSymlinks(d.path); err != nil {
		return fmt.Errorf("canonicalizing %s: %w", d.path, errno.Bare(err))
	}
	d.mapper = d.opts.host.isMapper(d.rdev)
	return nil
}

// hold claims the disk, as mounting it would.
func (d *Disk) hold() error {
	if d.claim != nil {
		return nil
	}
	// Through the open file, since the path may lead elsewhere by now.
	f, err := os.OpenFile(fmt.Sprintf("/proc/self/fd/%d", d.file.Fd()), os.O_RDONLY|unix.O_EXCL, 0)
	if errors.Is(err, unix.ENOENT) {
		f, err = os.OpenFile(d.canonical, os.O_RDONLY|unix.O_EXCL, 0)
	}
	if err != nil {
		return errno.Bare(err)
	}
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil || uint64(st.Rdev) != d.rdev {
		f.Close()
		return errors.Join(err, fmt.Errorf("%s is another device now", d.canonical))
	}
	d.claim = f
	return nil
}

func (d *Disk) letGo() {
	if d.claim != nil {
		d.claim.Close()
		d.claim = nil
	}
}

// release undoes what the disk's use left on the machine.
func (d *Disk) release() error {
	if d.regular {
		return nil
	}
	d.letGo()
	return d.removeMapped()
}
