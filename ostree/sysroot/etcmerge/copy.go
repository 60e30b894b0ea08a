//go:build unix

package etcmerge

import (
	"context"
	"os"
	"slices"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/errno"
	"golang.org/x/sys/unix"
)

// dirAttributes gives an open directory the attributes, owner and mode of another. Attributes that only it has
// stay.
func (d *disk) dirAttributes(src, dst *os.File) error {
	if d.xattrs {
		if err := copyXattrs(src, dst); err != nil {
			return err
		}
	}
	var st unix.Stat_t
	if err := retry(func() error { return unix.Fstat(int(src.Fd()), &st) }); err != nil {
		return errno.Wrap("fstat", err)
	}
	return setOwnerMode(dst, &st)
}

// setOwnerMode sets the owner first, as that clears set-user-id bits.
func setOwnerMode(f *os.File, st *unix.Stat_t) error {
	if err := retry(func() error { return unix.Fchown(int(f.Fd()), int(st.Uid), int(st.Gid)) }); err != nil {
		return errno.Wrap("fchown", err)
	}
	if err := retry(func() error { return unix.Fchmod(int(f.Fd()), uint32(st.Mode)&0o7777) }); err != nil {
		return errno.Wrap("fchmod", err)
	}
	return nil
}

func (d *disk) copyFile(ctx context.Context, srcDir, dstDir *os.File, srcName, dstName string, st *unix.Stat_t) error {
	src, err := openFileAt(srcDir, srcName)
	if err != nil {
		return errno.New("openat", srcName, err)
	}
	defer src.Close()
	dst, err := openAt(dstDir, dstName, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL, 0o600)
	if err != nil {
		return errno.New("openat", dstName, err)
	}
	defer dst.Close()
	if err := confine.CopyData(ctx, dst, src); err != nil {
		return opError("copy", srcName, err)
	}
	// Setting the owner drops file capabilities, which are an attribute; the mode comes last, as libglnx does
	// it, since attributes of a file that is not writable could not be set.
	if err := retry(func() error { return unix.Fchown(int(dst.Fd()), int(st.Uid), int(st.Gid)) }); err != nil {
		return errno.Wrap("fchown", err)
	}
	if d.xattrs {
		if err := copyXattrs(src, dst); err != nil {
			return err
		}
	}
	if err := retry(func() error { return unix.Fchmod(int(dst.Fd()), uint32(st.Mode)&0o7777) }); err != nil {
		return errno.Wrap("fchmod", err)
	}
	// Closing the file may still set its times on network file systems.
	if err := dst.Close(); err != nil {
		return errno.Wrap("close", err)
	}
	err = retry(func() error {
		return unix.UtimesNanoAt(int(dstDir.Fd()), dstName, []unix.Timespec{st.Atim, st.Mtim}, unix.AT_SYMLINK_NOFOLLOW)
	})
	return errno.Wrap("futimens", err)
}

func (d *disk) copyLink(srcDir, dstDir *os.File, srcName, dstName string, st *unix.Stat_t) error {
	target, err := readlinkAt(srcDir, srcName)
	if err != nil {
		return errno.Wrap("readlinkat", err)
	}
	if err := retry(func() error { return unix.Symlinkat(target, int(dstDir.Fd()), dstName) }); err != nil {
		return errno.Wrap("symlinkat", err)
	}
	if d.xattrs {
		if err := copyLinkXattrs(srcDir, dstDir, srcName, dstName); err != nil {
			return err
		}
	}
	err = retry(func() error {
		return unix.Fchownat(int(dstDir.Fd()), dstName, int(st.Uid), int(st.Gid), unix.AT_SYMLINK_NOFOLLOW)
	})
	return errno.Wrap("fchownat", err)
}

func sortedNames(dir *os.File) ([]string, error) {
	names, err := dir.Readdirnames(-1)
	slices.Sort(names)
	return names, err
}
