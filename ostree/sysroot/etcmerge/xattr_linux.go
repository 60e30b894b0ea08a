package etcmerge

import (
	"errors"
	"os"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/internal/errno"
	"golang.org/x/sys/unix"
)

// copyXattrs sets all attributes of one open file on another.
func copyXattrs(src, dst *os.File) error {
	return copyAttributes(
		func(buf []byte) (int, error) { return unix.Flistxattr(int(src.Fd()), buf) },
		func(name string, buf []byte) (int, error) { return unix.Fgetxattr(int(src.Fd()), name, buf) },
		func(name string, value []byte) error {
			return errno.Wrap("fsetxattr", unix.Fsetxattr(int(dst.Fd()), name, value, 0))
		})
}

// copyLinkXattrs does it for links, for which there are no descriptors that would do.
func copyLinkXattrs(srcDir, dstDir *os.File, srcName, dstName string) error {
	src, dst := procPath(srcDir, srcName), procPath(dstDir, dstName)
	return copyAttributes(
		func(buf []byte) (int, error) { return unix.Llistxattr(src, buf) },
		func(name string, buf []byte) (int, error) { return unix.Lgetxattr(src, name, buf) },
		func(name string, value []byte) error {
			return errno.Wrap("lsetxattr", unix.Lsetxattr(dst, name, value, 0))
		})
}

func procPath(dir *os.File, name string) string {
	return "/proc/self/fd/" + strconv.Itoa(int(dir.Fd())) + "/" + name
}

func copyAttributes(list func([]byte) (int, error), get func(string, []byte) (int, error), set func(string, []byte) error) error {
	names, err := grow(list)
	if errors.Is(err, unix.ENOTSUP) {
		return nil
	}
	if err != nil {
		return errno.Wrap("listxattr", err)
	}
	for name := range strings.SplitSeq(string(names), "\x00") {
		if name == "" {
			continue
		}
		value, err := grow(func(buf []byte) (int, error) { return get(name, buf) })
		if errors.Is(err, unix.ENODATA) {
			continue // removed since
		}
		if err != nil {
			return errno.Wrap("getxattr", err)
		}
		if err := set(name, value); err != nil {
			return err
		}
	}
	return nil
}

// grow calls with larger and larger buffers until one suffices.
func grow(call func([]byte) (int, error)) ([]byte, error) {
	for size := 256; ; size *= 4 {
		buf := make([]byte, size)
		n, err := call(buf)
		if errors.Is(err, unix.ERANGE) && size < 1<<20 {
			continue
		}
		return buf[:max(n, 0)], err
	}
}
