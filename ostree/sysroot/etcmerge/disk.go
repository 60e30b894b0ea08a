//go:build unix

package etcmerge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/errno"
	"golang.org/x/sys/unix"
)

// disk is target itself.
type disk struct {
	roots   *roots
	xattrs  bool
	log     *slog.Logger
	ignored []string
}

func (d *disk) lstat(p string) (entry, error) { return lstatIn(d.roots.target)(p) }

func (d *disk) removeAll(p string) error { return opError("unlinkat", p, d.roots.target.RemoveAll(p)) }

func (d *disk) unlink(p string) error { return opError("unlinkat", p, d.roots.target.Remove(p)) }

func (d *disk) mkdir(p string) error {
	// Nobody but the owner looks in before it has its final mode.
	return errno.Wrap("mkdirat", d.roots.target.Mkdir(p, 0o700))
}

func (d *disk) ignore(name string) {
	d.ignored = append(d.ignored, name)
	d.log.Info("Ignoring non-regular/non-symlink file found during /etc merge", "name", name)
}

func (d *disk) removeOutside(p string) {
	d.log.Info("Ignoring removal below a link out of /etc", "path", p)
}

func (d *disk) stamp(p, from string) error {
	src, err := openDir(d.roots.modified, from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := openDir(d.roots.target, p)
	if err != nil {
		return err
	}
	defer dst.Close()
	return d.dirAttributes(src, dst)
}

func (d *disk) copy(ctx context.Context, p, from string) error {
	srcDir, srcName := parentOf(from)
	dstDir, dstName := parentOf(p)
	src, err := openDir(d.roots.modified, srcDir)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := openDir(d.roots.target, dstDir)
	if err != nil {
		return err
	}
	defer dst.Close()
	st, err := lstatAt(src, srcName)
	if err != nil {
		return errno.New("fstatat", from, err)
	}
	if kind(st) == unix.S_IFDIR {
		return d.copyDir(ctx, src, dst, srcName, dstName)
	}
	return d.copyNonDir(ctx, src, dst, srcName, dstName, from, st)
}

// openDir opens a directory below a root; "" is the root itself.
func openDir(root *confine.Root, p string) (*os.File, error) {
	name := p
	if name == "" {
		name = "."
	}
	f, err := root.OpenFile(name, os.O_RDONLY|unix.O_DIRECTORY, 0)
	return f, opError("opendir", p, err)
}

// copyDir copies a directory to a new one.
func (d *disk) copyDir(ctx context.Context, srcParent, dstParent *os.File, srcName, dstName string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	src, err := openDirAt(srcParent, srcName)
	if err != nil {
		return errno.New("opendir", srcName, err)
	}
	defer src.Close()
	err = retry(func() error { return unix.Mkdirat(int(dstParent.Fd()), dstName, 0o700) })
	if err != nil && !errors.Is(err, unix.EEXIST) {
		return errno.New("mkdirat", dstName, err)
	}
	dst, err := openDirAt(dstParent, dstName)
	if err != nil {
		return errno.New("opendir", dstName, err)
	}
	defer dst.Close()
	if err := d.dirAttributes(src, dst); err != nil {
		return fmt.Errorf("Copying attributes of %s: %w", srcName, err)
	}
	names, err := sortedNames(src)
	if err != nil {
		return readdirError(srcName, err)
	}
	for _, name := range names {
		st, err := lstatAt(src, name)
		if err != nil {
			return errno.New("fstatat", name, err)
		}
		if kind(st) == unix.S_IFDIR {
			err = d.copyDir(ctx, src, dst, name, name)
		} else {
			err = d.copyNonDir(ctx, src, dst, name, name, name, st)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// copyNonDir copies a file or link; shown is its name in messages.
func (d *disk) copyNonDir(ctx context.Context, src, dst *os.File, srcName, dstName, shown string, st *unix.Stat_t) error {
	var err error
	switch kind(st) {
	case unix.S_IFREG:
		err = d.copyFile(ctx, src, dst, srcName, dstName, st)
	case unix.S_IFLNK:
		err = d.copyLink(src, dst, srcName, dstName, st)
	default:
		d.ignore(shown)
	}
	if err != nil {
		return fmt.Errorf("Copying %s: %w", shown, err)
	}
	return nil
}
