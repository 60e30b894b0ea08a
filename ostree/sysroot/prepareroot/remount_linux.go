package prepareroot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/mountapi"
)

// Remount makes the mounts of a booted system writable that are to be, after the
// kernel or the initramfs mounted them read-only: /sysroot unless it is configured
// to stay read-only, /etc, /var. It gives the files of a transient /etc their labels,
// which the initramfs could not, and makes sure that [BootedPath] exists.
func Remount(ctx context.Context, opts *RemountOptions) error {
	if opts == nil {
		opts = &RemountOptions{}
	}
	booted, err := readOrTouchBooted(opts.path(BootedPath))
	if err != nil {
		return err
	}
	if booted.TransientEtc != "" && opts.Labels != nil {
		upper := filepath.Join(opts.path(booted.TransientEtc), "upper")
		if err := relabelEtc(ctx, opts, upper); err != nil {
			return err
		}
	}
	readonly, err := mountapi.IsReadOnly(opts.root())
	if err != nil {
		return err
	}
	// Somebody wanted a root that is read-only, and the rest with it.
	if readonly && !booted.Composefs {
		return nil
	}
	var targets []string
	if !booted.SysrootReadonly {
		targets = append(targets, "/sysroot")
	} else if booted.TransientEtc == "" {
		targets = append(targets, "/etc") // a mount of its own then
	}
	for _, target := range append(targets, "/var") {
		if err := remountWritable(&opts.Options, target); err != nil {
			return err
		}
	}
	return nil
}

// readOrTouchBooted reads what the initramfs left. A system that booted without
// one has no such file; it is made, since it is what everybody looks for.
func readOrTouchBooted(path string) (*Booted, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		f, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
		if err != nil {
			return nil, errno.Wrap("failed to create "+path, err)
		}
		return &Booted{}, f.Close()
	}
	if err != nil {
		return nil, errno.Wrap("failed to open "+path, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxBooted+1))
	if err != nil {
		return nil, errno.Wrap("failed to read "+path, err)
	}
	b, err := ParseBooted(data)
	if err != nil {
		return nil, errno.Wrap(fmt.Sprintf("failed to read %s", path), err)
	}
	return b, nil
}

// remountWritable makes the file system at target writable if it is mounted there
// read-only. A link leads to where that is done anyway.
func remountWritable(o *Options, target string) error {
	path := o.path(target)
	info, err := os.Lstat(path)
	if err != nil || info.Mode()&os.ModeSymlink != 0 {
		return nil
	}
	if readonly, err := mountapi.IsReadOnly(path); err != nil || !readonly {
		return nil
	}
	err = mountapi.Remount(path, false)
	if errors.Is(err, unix.EINVAL) {
		return nil // not a mount point: it is as the root is
	}
	if err != nil {
		return errno.Wrap(fmt.Sprintf("failed to remount(rw) %s", target), err)
	}
	o.print("Remounted rw: " + target)
	return nil
}

// relabelEtc labels what the upper layer of /etc holds: that was made before the
// policy was loaded. systemd mounts a file of its own on machine-id early on; in a
// namespace of our own the file below it can be reached.
func relabelEtc(ctx context.Context, opts *RemountOptions, upper string) error {
	etc := opts.path("/etc")
	return mountapi.InPrivate(func() error {
		_ = mountapi.Detach(filepath.Join(etc, "machine-id"))
		return filepath.WalkDir(upper, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			rel, err := filepath.Rel(upper, path)
			if err != nil {
				return err
			}
			return relabel(opts.Labels, filepath.Join("/etc", rel), filepath.Join(etc, rel))
		})
	})
}

// relabel gives the file at path, which the policy knows as name, its label if that
// is of another type; files that hide others (whiteouts) are not there.
func relabel(labels Labeler, name, path string) error {
	var s unix.Stat_t
	if err := unix.Lstat(path, &s); err != nil {
		if errors.Is(err, unix.ENOENT) {
			return nil
		}
		return errno.Wrap("Failed to relabel "+path, err)
	}
	label, ok, err := labels.Lookup(name, s.Mode)
	if err != nil || !ok {
		return err
	}
	if labelType(label) == labelType(currentLabel(path)) {
		return nil
	}
	if err := unix.Lsetxattr(path, "security.selinux", append([]byte(label), 0), 0); err != nil {
		return errno.Wrap("Failed to relabel "+path, err)
	}
	return nil
}

func currentLabel(path string) string {
	buf := make([]byte, 4096)
	n, err := unix.Lgetxattr(path, "security.selinux", buf)
	if err != nil {
		return ""
	}
	return unix.ByteSliceToString(buf[:n])
}

// labelType is the third field of user:role:type:range.
func labelType(label string) string {
	if f := strings.SplitN(label, ":", 4); len(f) >= 3 {
		return f[2]
	}
	return ""
}
