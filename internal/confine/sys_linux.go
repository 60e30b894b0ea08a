package confine

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// The fd functions work on O_PATH descriptors, of links too. What the kernel
// does not offer for those goes through the magic links of /proc/self/fd,
// which lead to the open file whatever became of its name.

func procPath(fd int) string { return "/proc/self/fd/" + strconv.Itoa(fd) }

func fdChmod(fd int, mode uint32) error {
	err := unix.Fchmodat(fd, "", mode, unix.AT_EMPTY_PATH)
	if err == nil {
		return nil
	}
	err2 := unix.Chmod(procPath(fd), mode)
	if errors.Is(err2, unix.ENOENT) {
		return err
	}
	return err2
}

func fdChown(fd, uid, gid int) error {
	return unix.Fchownat(fd, "", uid, gid, unix.AT_EMPTY_PATH)
}

func fdTimes(fd int, atime, mtime time.Time) error {
	ts := make([]unix.Timespec, 2)
	for i, t := range []time.Time{atime, mtime} {
		if t.IsZero() {
			ts[i].Nsec = unix.UTIME_OMIT
			continue
		}
		var err error
		if ts[i], err = unix.TimeToTimespec(t); err != nil {
			return err
		}
	}
	err := unix.UtimesNanoAt(fd, "", ts, unix.AT_EMPTY_PATH)
	if errors.Is(err, unix.EINVAL) { // before Linux 5.8
		return unix.UtimesNanoAt(unix.AT_FDCWD, procPath(fd), ts, 0)
	}
	return err
}

func fdGetXattr(fd int, attr string) ([]byte, error) {
	return grow(func(buf []byte) (int, error) { return unix.Getxattr(procPath(fd), attr, buf) })
}

func fdSetXattr(fd int, attr string, value []byte) error {
	return unix.Setxattr(procPath(fd), attr, value, 0)
}

func fdRemoveXattr(fd int, attr string) error { return unix.Removexattr(procPath(fd), attr) }

func fdListXattr(fd int) ([]string, error) {
	buf, err := grow(func(buf []byte) (int, error) { return unix.Listxattr(procPath(fd), buf) })
	if errors.Is(err, unix.ENOTSUP) {
		return nil, nil
	}
	return splitNames(buf), err
}

// Mknod creates a FIFO, socket, device or empty regular file, by the type bits
// of mode, with exactly its permissions. dev is a number of unix.Mkdev.
func (r *Root) Mknod(name string, mode fs.FileMode, dev uint64) error {
	kind, ok := map[fs.FileMode]uint32{
		0:                                 unix.S_IFREG,
		fs.ModeNamedPipe:                  unix.S_IFIFO,
		fs.ModeSocket:                     unix.S_IFSOCK,
		fs.ModeDevice:                     unix.S_IFBLK,
		fs.ModeDevice | fs.ModeCharDevice: unix.S_IFCHR,
		fs.ModeCharDevice:                 unix.S_IFCHR,
	}[mode.Type()]
	if !ok {
		return pathError("mknod", name, unix.EINVAL)
	}
	a, err := r.entry(name)
	if err == nil {
		defer a.close()
		err = unix.Mknodat(a.dir, a.name, kind|unixMode(mode), int(dev))
	}
	if err == nil {
		err = exactMode(a.dir, a.name, kind, unixMode(mode))
	}
	return pathError("mknod", name, err)
}

// Exchange swaps two entries in one atomic step.
func (r *Root) Exchange(a, b string) error {
	return r.two("exchange", a, b, func(from, to at) error {
		return unix.Renameat2(from.dir, from.name, to.dir, to.name, unix.RENAME_EXCHANGE)
	})
}

func reflink(dst, src *os.File) error {
	err := unix.IoctlFileClone(int(dst.Fd()), int(src.Fd()))
	runtime.KeepAlive(src)
	return err
}

// sameMount returns EBUSY unless two open files belong to the same mount. The
// device numbers do not tell bind mounts apart, the mount ids do.
func sameMount(a, b int) error {
	ma, err := mountID(a)
	if err != nil {
		return err
	}
	mb, err := mountID(b)
	if err != nil {
		return err
	}
	if ma != mb {
		return unix.EBUSY
	}
	return nil
}

func mountID(fd int) (string, error) {
	f, err := os.Open(fmt.Sprintf("/proc/self/fdinfo/%d", fd))
	if err != nil {
		return "", err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if id, ok := strings.CutPrefix(lines.Text(), "mnt_id:"); ok {
			return strings.TrimSpace(id), nil
		}
	}
	return "", errors.Join(errors.New("fdinfo without mnt_id"), lines.Err())
}
