package ostree

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sys/unix"
)

// ChecksumOptions say what of a file on disk counts for its checksum; nil means everything that a
// commit stores.
type ChecksumOptions struct {
	// NoXattrs leaves out extended attributes.
	NoXattrs bool
	// CanonicalPermissions takes the owner as 0:0 and the permissions masked with 0755, like a commit to a
	// bare-user-only repository.
	CanonicalPermissions bool
	// UID and GID replace the owner.
	UID, GID *uint32
}

// ChecksumPath returns the checksum that a file on disk has as a content object, or the dirmeta
// checksum of a directory (its content does not count). Symlinks are not followed.
func ChecksumPath(ctx context.Context, path string, opts *ChecksumOptions) (object.Checksum, error) {
	if opts == nil {
		opts = &ChecksumOptions{}
	}
	var st unix.Stat_t
	if err := unix.Fstatat(unix.AT_FDCWD, path, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return object.Checksum{}, queryInfoError(path, err)
	}
	return checksumStat(ctx, unix.AT_FDCWD, path, &st, opts)
}

// queryInfoError has the reference implementation's text for a path that cannot be looked at.
func queryInfoError(path string, err error) error {
	if abs, e := filepath.Abs(path); e == nil {
		path = abs
	}
	return errno.Wrap(fmt.Sprintf("Error when getting information for file “%s”", path), err)
}

func checksumEntry(dirfd int, name string, opts *ChecksumOptions) (object.Checksum, error) {
	var st unix.Stat_t
	if err := unix.Fstatat(dirfd, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return object.Checksum{}, errno.New("fstatat", name, err)
	}
	return checksumStat(context.Background(), dirfd, name, &st, opts)
}

func checksumStat(ctx context.Context, dirfd int, name string, st *unix.Stat_t, opts *ChecksumOptions) (sum object.Checksum, err error) {
	h := &object.FileHeader{UID: st.Uid, GID: st.Gid, Mode: statMode(st)}
	typ := h.Mode & object.ModeTypeMask
	opts.applyTo(h, typ)
	if typ == object.ModeSymlink {
		if h.Symlink, err = readlinkat(dirfd, name); err != nil {
			return sum, err
		}
		if !opts.NoXattrs {
			if h.Xattrs, err = entryXattrs(dirfd, name); err != nil {
				return sum, err
			}
		}
		return finishHash(contentHash(h)), nil
	}
	if typ != object.ModeRegular && typ != object.ModeDir {
		return sum, fmt.Errorf("Not a regular file or symlink: %s", name)
	}
	fd, err := openat(dirfd, name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return sum, errno.New("openat", name, err)
	}
	defer unix.Close(fd)
	if !opts.NoXattrs {
		if h.Xattrs, err = fdXattrs(fd); err != nil {
			return sum, err
		}
	}
	if typ == object.ModeDir {
		m := object.DirMeta{UID: h.UID, GID: h.GID, Mode: h.Mode, Xattrs: h.Xattrs}
		return m.Checksum(), nil
	}
	hash := contentHash(h)
	if err := copyContext(ctx, hash, fdFile(fd), st.Size); err != nil {
		return sum, fmt.Errorf("reading %s: %w", name, err)
	}
	return finishHash(hash), nil
}

// applyTo replaces owner and mode as the options demand. Symlinks have one mode only.
func (o *ChecksumOptions) applyTo(h *object.FileHeader, typ uint32) {
	if o.CanonicalPermissions {
		h.UID, h.GID = 0, 0
		h.Mode = typ | h.Mode&0o755
	}
	if o.UID != nil {
		h.UID = *o.UID
	}
	if o.GID != nil {
		h.GID = *o.GID
	}
	if typ == object.ModeSymlink {
		h.Mode = object.ModeSymlink | 0o777
	}
}
