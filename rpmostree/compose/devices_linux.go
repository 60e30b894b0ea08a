package compose

import (
	"errors"
	"io/fs"
	"syscall"

	"github.com/nestos-dev/nestos/internal/confine"
	"golang.org/x/sys/unix"
)

// inputHashXattr keeps the hash of what a directory was composed from.
const inputHashXattr = "user.rpmostree.inputhash"

// findDevices lists the device nodes, FIFOs and sockets below a directory.
func findDevices(dir string) ([]deviceFile, error) {
	root, err := confine.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var list []deviceFile
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Type()&(fs.ModeDevice|fs.ModeNamedPipe|fs.ModeSocket) == 0 {
			return err
		}
		info, err := root.Lstat(name)
		if err != nil {
			return err
		}
		st, ok := info.Sys().(*syscall.Stat_t)
		list = append(list, deviceFile{name, ok && d.Type()&fs.ModeCharDevice != 0 && st.Rdev == 0})
		return nil
	})
	return list, err
}

// setInputHash and inputHashOf keep the hash in an attribute of the directory. File systems without attributes
// do without.
func setInputHash(dir, hash string) error {
	if hash == "" {
		return nil
	}
	err := unix.Setxattr(dir, inputHashXattr, []byte(hash), 0)
	if errors.Is(err, unix.ENOTSUP) {
		return nil
	}
	return err
}

func inputHashOf(dir string) (string, error) {
	buf := make([]byte, 256)
	n, err := unix.Getxattr(dir, inputHashXattr, buf)
	if errors.Is(err, unix.ENODATA) || errors.Is(err, unix.ENOTSUP) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return string(buf[:n]), nil
}
