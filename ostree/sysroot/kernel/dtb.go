//go:build unix

package kernel

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/errno"
)

// copyDir copies a directory of device trees. What exists and has another
// content, or type, is replaced; files that are equal already are left alone,
// so that nothing is written on most runs.
func (in *installer) copyDir(source, dest string, depth int) error {
	entries, err := readDir(in.from, source, depth)
	if err != nil {
		return err
	}
	if err := in.makeDir(source, dest); err != nil {
		return err
	}
	for _, e := range entries {
		if err := in.ctx.Err(); err != nil {
			return err
		}
		from, to := path.Join(source, e.Name()), path.Join(dest, e.Name())
		switch e.Type() {
		case fs.ModeDir:
			err = in.copyDir(from, to, depth+1)
		case fs.ModeSymlink:
			err = in.copyLink(from, to)
		case 0:
			err = in.replace(from, to)
		default:
			err = confine.ErrNotRegular
		}
		if err != nil {
			return fmt.Errorf("Copying %s: %w", e.Name(), err)
		}
	}
	return nil
}

func (in *installer) makeDir(source, dest string) error {
	info, err := in.from.Stat(source)
	if err != nil {
		return errno.New("fstatat", source, err)
	}
	if old, err := in.to.Lstat(dest); err == nil && !old.IsDir() {
		if err := in.to.Remove(dest); err != nil {
			return errno.New("unlinkat", dest, err)
		}
	}
	if err := in.to.Mkdir(dest, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return errno.New("mkdirat", dest, err)
	}
	uid, gid := owner(info)
	if err := in.to.Lchown(dest, uid, gid); err != nil {
		return errno.Wrap("fchown", err)
	}
	return errno.Wrap("fchmod", in.to.Chmod(dest, info.Mode()))
}

func (in *installer) copyLink(source, dest string) error {
	target, err := in.from.Readlink(source)
	if err != nil {
		return errno.Wrap("readlinkat", err)
	}
	if old, err := in.to.Readlink(dest); err == nil && old == target {
		return nil
	}
	if _, err := in.vacate(dest); err != nil {
		return err
	}
	return errno.Wrap("symlinkat", in.to.SymlinkAtomic(target, dest, &atomicfile.Options{Sync: atomicfile.SyncNone}))
}

func (in *installer) replace(source, dest string) error {
	src, info, err := openRegular(in.from, source)
	if err != nil {
		return err
	}
	defer src.Close()
	same, err := in.same(src, info, dest)
	if err != nil || same {
		return err
	}
	if _, err := src.Seek(0, io.SeekStart); err != nil {
		return err
	}
	exists, err := in.vacate(dest)
	if err != nil {
		return err
	}
	kind := deviceTree
	if exists {
		kind = otherDeviceTree
	}
	dir, base := path.Split(dest)
	to, err := in.to.Sub("./" + dir)
	if err != nil {
		return err
	}
	defer to.Close()
	return in.copy(src, info, to, base, kind)
}

// vacate removes a directory that stands where something else shall be, and
// tells whether there is anything else, which a rename can replace.
func (in *installer) vacate(dest string) (exists bool, err error) {
	old, err := in.to.Lstat(dest)
	if err != nil {
		return false, nil
	}
	if !old.IsDir() {
		return true, nil
	}
	return false, errno.Wrap("unlinkat", in.to.RemoveAll(dest))
}

// same tells whether dest is a copy of src.
func (in *installer) same(src *os.File, info fs.FileInfo, dest string) (bool, error) {
	old, err := in.to.Lstat(dest)
	if err != nil || !old.Mode().IsRegular() {
		return false, nil
	}
	uid, gid := owner(info)
	oldUID, oldGID := owner(old)
	if old.Size() != info.Size() || old.Mode() != info.Mode() || oldUID != uid || oldGID != gid {
		return false, nil
	}
	f, _, err := openRegular(in.to, dest)
	if err != nil {
		return false, nil
	}
	defer f.Close()
	return equalContent(src, f)
}

func equalContent(a, b io.Reader) (bool, error) {
	x, y := make([]byte, copyBuffer/8), make([]byte, copyBuffer/8)
	for {
		n, err := io.ReadFull(a, x)
		m, err2 := io.ReadFull(b, y)
		if n != m || !bytes.Equal(x[:n], y[:m]) {
			return false, nil
		}
		for _, err := range []error{err, err2} {
			if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
				return false, err
			}
		}
		if err != nil {
			return err2 != nil, nil
		}
	}
}
