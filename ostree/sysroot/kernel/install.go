//go:build unix

package kernel

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/errno"
)

// InstallOptions adjusts how files are installed. The zero value, and nil,
// copy without labels and fs-verity.
type InstallOptions struct {
	// Label returns the SELinux label for a copy, by its path in the running
	// system, /boot/NAME, and its type and permissions as in st_mode. Without
	// ok the kernel chooses it. Hard links keep the label of the tree's file.
	Label func(path string, mode uint32) (label string, ok bool, err error)
	// Verity seals a copy that is complete, but has no name yet where the file
	// system allows that. The file is open for reading only. It decides itself
	// whether a file system without fs-verity is an error.
	Verity func(f *os.File) error
	// NoLinks copies even where hard links are possible.
	NoLinks bool
	// Log gets a line for each file that is installed, at debug level; nil
	// discards it.
	Logger *slog.Logger

	// named uses temporary names even where files without a name are possible.
	named bool
}

// Install makes a directory below the open directory boot, if it does not exist,
// and puts the files of a layout into it. The name is that of the directory
// relative to boot, such as "ostree/demo-cf7c…".
//
// Files that exist with the size that they should have are left alone, others are
// replaced: a damaged /boot must not become the next boot. New ones become hard
// links to the tree's, or copies with the owner and mode of the original where
// the file systems differ or the file has its limit of links. A file appears
// with its whole content; copies are on the disk then, names need a flush of the
// file system. A directory of device trees is always copied, without extended
// attributes, and replaces files of other contents.
//
// The caller must hold the lock of the sysroot: leavings of a killed run are
// removed.
func Install(ctx context.Context, tree *os.File, l *Layout, boot *os.File, dir string, opts *InstallOptions) error {
	in, err := newInstaller(ctx, tree, boot, opts)
	if err != nil {
		return err
	}
	defer in.close()
	if err := in.to.MkdirAll(dir, 0o755); err != nil {
		return errno.New("mkdirat", dir, err)
	}
	if err := removeStale(in.to, dir, 0); err != nil {
		return err
	}
	for _, f := range l.Files() {
		if err := in.file(f.Source, path.Join(dir, f.Name)); err != nil {
			return err
		}
	}
	if d := l.DevicetreeDir; d != nil {
		return in.copyDir(d.Source, path.Join(dir, d.Name), 0)
	}
	return nil
}

// InstallFile installs a single file like [Install], an initramfs overlay for
// instance: source is below the open directory from, dest below to, in a
// directory that exists.
func InstallFile(ctx context.Context, from *os.File, source string, to *os.File, dest string, opts *InstallOptions) error {
	in, err := newInstaller(ctx, from, to, opts)
	if err != nil {
		return err
	}
	defer in.close()
	return in.file(source, dest)
}

// RemoveStale removes temporary files that killed runs left in a directory
// below the open directory boot and in its subdirectories. No other run may
// install files there at the same time. A directory that does not exist has none.
func RemoveStale(boot *os.File, dir string) error {
	root, err := confine.FromFile(boot)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := removeStale(root, dir, 0); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func removeStale(root *confine.Root, dir string, depth int) error {
	entries, err := readDir(root, dir, depth)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		switch {
		case e.IsDir():
			err = removeStale(root, name, depth+1)
		case strings.HasPrefix(e.Name(), atomicfile.TempPrefix):
			err = root.Remove(name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

type installer struct {
	ctx      context.Context
	from, to *confine.Root
	opts     InstallOptions
}

func newInstaller(ctx context.Context, from, to *os.File, opts *InstallOptions) (*installer, error) {
	in := &installer{ctx: ctx}
	if opts != nil {
		in.opts = *opts
	}
	if in.opts.Logger == nil {
		in.opts.Logger = slog.New(slog.DiscardHandler)
	}
	var err error
	if in.from, err = confine.FromFile(from); err != nil {
		return nil, err
	}
	if in.to, err = confine.FromFile(to); err != nil {
		in.from.Close()
		return nil, err
	}
	return in, nil
}

func (in *installer) close() {
	in.from.Close()
	in.to.Close()
}

// file installs a file unless it is there.
func (in *installer) file(source, dest string) error {
	if err := in.ctx.Err(); err != nil {
		return err
	}
	old, err := in.to.Lstat(dest)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errno.New("fstatat", dest, err)
	}
	src, info, err := openRegular(in.from, source)
	if err != nil {
		return err
	}
	defer src.Close()
	if old != nil && old.Mode().IsRegular() && old.Size() == info.Size() {
		return nil
	}
	dir, base := path.Split(dest)
	to, err := in.to.Sub("./" + dir)
	if err != nil {
		return errno.New("openat", dir, err)
	}
	defer to.Close()
	if old != nil {
		in.opts.Logger.WarnContext(in.ctx, "replacing a file of another size", "file", dest)
		if err := in.copy(src, info, to, base, otherBootFile); err != nil {
			return fmt.Errorf("copying %s: %w", source, err)
		}
		return nil
	}
	if !in.opts.NoLinks {
		err := in.link(source, src, to, base)
		if err == nil {
			in.opts.Logger.DebugContext(in.ctx, "linked", "source", source, "file", dest)
			return nil
		}
		if !mustCopy(err) {
			return errno.New("linkat", base, err)
		}
	}
	in.opts.Logger.DebugContext(in.ctx, "copying", "source", source, "file", dest, "bytes", info.Size())
	if err := in.copy(src, info, to, base, bootFile); err != nil {
		return fmt.Errorf("copying %s: %w", source, err)
	}
	return nil
}

// mustCopy tells whether a link is impossible rather than failed. EPERM comes
// from file systems without hard links, and for files of others.
func mustCopy(err error) bool {
	for _, e := range []error{unix.EXDEV, unix.EMLINK, unix.EPERM, unix.EOPNOTSUPP, unix.ENOSYS} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// link makes a hard link to the open file src. Through its directory that needs
// nothing but the file's name, unless the name is a symbolic link.
func (in *installer) link(source string, src *os.File, to *confine.Root, base string) error {
	dir, name := path.Split(source)
	from, err := in.from.Sub("./" + dir)
	if err != nil {
		return err
	}
	defer from.Close()
	info, err := from.Lstat(name)
	if err != nil {
		return err
	}
	if info.Mode().IsRegular() {
		return unix.Linkat(int(from.Dir().Fd()), name, int(to.Dir().Fd()), base, 0)
	}
	return linkOpen(src, to, base)
}

// copyKind tells files with labels and seals from those of a directory of
// device trees, which have the times of the originals and may be replaced.
type copyKind int

const (
	bootFile copyKind = iota
	otherBootFile
	deviceTree
	otherDeviceTree
)

// copy makes a file with the content, owner and mode of src.
func (in *installer) copy(src *os.File, info fs.FileInfo, to *confine.Root, base string, kind copyKind) error {
	tmp, err := newTemp(to, base, in.opts.named, kind == otherDeviceTree || kind == otherBootFile)
	if err != nil {
		return err
	}
	defer tmp.abort()
	if kind == bootFile || kind == otherBootFile {
		if err := in.label(tmp.file, base, info); err != nil {
			return err
		}
	}
	if err := copyBytes(in.ctx, tmp.file, src, make([]byte, copyBuffer)); err != nil {
		return err
	}
	if err := tmp.attributes(info, kind == deviceTree || kind == otherDeviceTree); err != nil {
		return err
	}
	var seal func(*os.File) error
	if kind == bootFile || kind == otherBootFile {
		seal = in.opts.Verity
	}
	return tmp.commit(seal)
}

func (in *installer) label(f *os.File, base string, info fs.FileInfo) error {
	if in.opts.Label == nil {
		return nil
	}
	name := "/boot/" + base
	label, ok, err := in.opts.Label(name, unix.S_IFREG|uint32(info.Mode().Perm()))
	if err != nil {
		return fmt.Errorf("label of %s: %w", name, err)
	}
	if !ok {
		return nil
	}
	return errno.Wrap("fsetxattr(security.selinux)", setXattr(f, "security.selinux", append([]byte(label), 0)))
}

func owner(info fs.FileInfo) (uid, gid int) {
	st := info.Sys().(*syscall.Stat_t)
	return int(st.Uid), int(st.Gid)
}
