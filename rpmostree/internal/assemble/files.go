package assemble

import (
	"cmp"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"syscall"

	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
	"github.com/nestos-dev/nestos/rpmostree/pkgcache"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
)

// preferredColor is that of 64-bit programs: of two files of one name that differ in word size, theirs
// is taken.
const preferredColor = 2

// place is where a file of a package is in the tree; ok is false for what is not part of commits.
func place(t *rootfs.Tree, pkg string, f *rpm.File) (name string, ok bool, err error) {
	p, where, err := pkgcache.Translate(pkg, f.Path)
	if err != nil || where != pkgcache.Kept {
		return "", false, err
	}
	name, err = t.Resolve(p)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return p, true, nil
	}
	return name, err == nil, err
}

// owned collects where the files of installed packages are in the tree.
func owned(t *rootfs.Tree, headers []*rpm.Header) (map[string]bool, error) {
	names := map[string]bool{}
	for _, h := range headers {
		files, err := h.Files()
		if err != nil {
			return nil, err
		}
		pkg := h.String(rpm.TagName)
		for i := range files {
			name, ok, err := place(t, pkg, &files[i])
			var unsupported *pkgcache.UnsupportedPathError
			if errors.As(err, &unsupported) {
				continue
			}
			if err != nil {
				return nil, err
			}
			if ok {
				names[name] = true
			}
		}
	}
	return names, nil
}

// removeFiles deletes the files of packages that go, below usr, unless a package that stays owns them
// too; then directories that are empty.
func removeFiles(t *rootfs.Tree, gone []*rpm.Header, kept map[string]bool) error {
	var dirs []string
	for _, h := range gone {
		files, err := h.Files()
		if err != nil {
			return err
		}
		pkg := h.String(rpm.TagName)
		for i := range files {
			name, ok, err := place(t, pkg, &files[i])
			var unsupported *pkgcache.UnsupportedPathError
			if errors.As(err, &unsupported) {
				continue
			}
			if err != nil {
				return err
			}
			if !ok || kept[name] || !strings.HasPrefix(name, "usr/") {
				continue
			}
			if files[i].IsDir() {
				dirs = append(dirs, name)
				continue
			}
			if err := removeFile(t, name); err != nil {
				return err
			}
		}
		if err := t.RemoveAll(pkgcache.TmpfilesDir + "/" + pkg + ".conf"); err != nil {
			return err
		}
		if err := t.RemoveAll(tmpfilesDir + "/pkg-" + pkg + ".conf"); err != nil {
			return err
		}
	}
	return removeEmpty(t, dirs)
}

// removeFile deletes a file or link; something else of that name is not the package's any more.
func removeFile(t *rootfs.Tree, name string) error {
	i, err := t.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || err == nil && i.IsDir() {
		return nil
	}
	if err != nil {
		return err
	}
	return t.Remove(name)
}

func removeEmpty(t *rootfs.Tree, dirs []string) error {
	slices.SortFunc(dirs, func(a, b string) int {
		if c := cmp.Compare(len(b), len(a)); c != 0 {
			return c
		}
		return strings.Compare(a, b)
	})
	for _, name := range slices.Compact(dirs) {
		i, err := t.Lstat(name)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || err == nil && !i.IsDir() {
			continue
		}
		if err != nil {
			return err
		}
		if err := t.Remove(name); err != nil && !errors.Is(err, syscall.ENOTEMPTY) {
			return err
		}
	}
	return nil
}
