package prepareroot

import (
	"fmt"
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/unix"
)

// linkVolatileRoot tells systemd with a link which block device the root is on,
// which it cannot find out from an overlay: its generators look for the other
// partitions of that disk. Without a device there is no link, and a link that is
// there already stays.
func linkVolatileRoot(o *Options, sysroot string) {
	dev, ok := backingDevice(o.path("/dev/gpt-auto-root"), sysroot)
	if !ok {
		return
	}
	link := o.path(volatileRoot)
	_ = os.MkdirAll(filepath.Dir(link), 0o755)
	_ = os.Symlink(fmt.Sprintf("/dev/block/%d:%d", unix.Major(dev), unix.Minor(dev)), link)
}

func backingDevice(node, sysroot string) (uint64, bool) {
	var s unix.Stat_t
	if unix.Stat(node, &s) == nil && s.Mode&unix.S_IFMT == unix.S_IFBLK {
		return s.Rdev, true
	}
	if unix.Stat(sysroot, &s) != nil {
		return 0, false
	}
	if unix.Major(s.Dev) != 0 {
		return s.Dev, true
	}
	return btrfsDevice(sysroot)
}

// The arguments of the btrfs ioctls, of which only a few fields matter.
type (
	btrfsInfo struct {
		MaxID, NumDevices uint64
		_                 [1008]byte
	}
	btrfsDevInfo struct {
		DevID uint64
		_     [3064]byte
		Path  [1024]byte
	}
)

const (
	btrfsGetFsInfo  = 0x8400941f
	btrfsGetDevInfo = 0xd000941e
)

// btrfsDevice returns the device of a btrfs, whose st_dev is not that of a device,
// if it has just one.
func btrfsDevice(path string) (uint64, bool) {
	var fsinfo unix.Statfs_t
	if unix.Statfs(path, &fsinfo) != nil || uint32(fsinfo.Type) != unix.BTRFS_SUPER_MAGIC {
		return 0, false
	}
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, false
	}
	defer unix.Close(fd)
	var info btrfsInfo
	if ioctl(fd, btrfsGetFsInfo, unsafe.Pointer(&info)) != nil || info.NumDevices != 1 {
		return 0, false
	}
	for id := uint64(1); id <= min(info.MaxID, 1024); id++ {
		dev := btrfsDevInfo{DevID: id}
		if ioctl(fd, btrfsGetDevInfo, unsafe.Pointer(&dev)) != nil {
			continue
		}
		var s unix.Stat_t
		if unix.Stat(unix.ByteSliceToString(dev.Path[:]), &s) == nil && s.Mode&unix.S_IFMT == unix.S_IFBLK {
			return s.Rdev, true
		}
		return 0, false
	}
	return 0, false
}

func ioctl(fd int, request uintptr, arg unsafe.Pointer) error {
	if _, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(arg)); e != 0 {
		return e
	}
	return nil
}
