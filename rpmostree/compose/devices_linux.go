package compose

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/nestos-dev/nestos/internal/confine"
	"golang.org/x/sys/unix"
)

// inputHashXattr keeps the hash of what a directory was composed from.
const inputHashXattr = "user.rpmostree.inputhash"

// hideDevices removes what cannot be part of a commit from a directory: device nodes, FIFOs and sockets. A whiteout of
// an overlay file system becomes an empty file without permissions whose name says so, from which ostree makes a
// whiteout again. It returns the names of these files, also those that were there before.
func hideDevices(dir string, dropped func(name string)) (whiteouts []string, err error) {
	root, err := confine.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var devices []string
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || d.IsDir():
			return err
		case d.Type()&(fs.ModeDevice|fs.ModeNamedPipe|fs.ModeSocket) != 0:
			devices = append(devices, name)
		case d.Type().IsRegular() && strings.HasPrefix(d.Name(), whiteoutPrefix):
			whiteouts = append(whiteouts, name)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, name := range devices {
		info, err := root.Lstat(name)
		if err != nil {
			return nil, err
		}
		st, ok := info.Sys().(*syscall.Stat_t)
		if !ok || info.Mode()&fs.ModeCharDevice == 0 || st.Rdev != 0 {
			dropped(name)
		} else {
			hidden := path.Join(path.Dir(name), whiteoutPrefix+path.Base(name))
			if err := root.WriteFile(hidden, nil, 0); err != nil {
				return nil, err
			}
			whiteouts = append(whiteouts, hidden)
		}
		if err := root.Remove(name); err != nil {
			return nil, err
		}
	}
	slices.Sort(whiteouts)
	return whiteouts, nil
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
