package ostree

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sys/unix"
)

// file puts one file of the tree into a directory. path is only set when something needs it.
func (w *checkoutWorker) file(d *outDir, e *object.FileEntry, path string) error {
	// The parser of dirtrees has checked the name; writing outside would be too bad to rely on that alone.
	if err := object.ValidateFilename(e.Name); err != nil {
		return err
	}
	if w.opts.Skip != nil && w.opts.Skip(path) {
		return nil
	}
	if strings.HasPrefix(e.Name, ".") {
		if done, err := w.whiteout(d, e); done || err != nil {
			return err
		}
	}
	if !w.opts.ForceCopy {
		if done, err := w.linkFromAny(d, e); done || err != nil {
			return err
		}
	}
	if err := w.copyFile(d, e, path); errors.Is(err, ErrNotFound) {
		return fmt.Errorf("Opening content object %s: %w", e.Checksum, err)
	} else if err != nil {
		return fmt.Errorf("Copy checkout of %s to %s: %w", e.Checksum, e.Name, err)
	}
	return nil
}

// whiteout handles the entries that stand for the absence of others.
func (w *checkoutWorker) whiteout(d *outDir, e *object.FileEntry) (done bool, err error) {
	var name, kind string
	switch {
	case w.opts.Whiteouts && strings.HasPrefix(e.Name, whiteoutPrefix):
		name, kind = e.Name[len(whiteoutPrefix):], "whiteout"
	case w.opts.PassthroughWhiteouts && strings.HasPrefix(e.Name, passthroughPrefix):
		name, kind = e.Name[len(passthroughPrefix):], "overlayfs whiteout"
	default:
		return false, nil
	}
	f, err := w.repo.LoadFile(e.Checksum)
	if err != nil {
		return false, err
	}
	defer f.Close()
	if f.Header.IsSymlink() {
		return false, nil
	}
	if name == "" {
		return false, fmt.Errorf("Invalid empty %s '%s'", kind, e.Name)
	}
	if err := object.ValidateFilename(name); err != nil {
		return false, fmt.Errorf("Invalid %s '%s': %w", kind, e.Name, err)
	}
	if kind == "whiteout" {
		return true, removeTree(d.fd, name)
	}
	return true, w.device(d, name, &f.Header)
}

// linkFromAny tries to hard link the object from the repository or one of its parents; done is
// false if the file must be copied.
func (w *checkoutWorker) linkFromAny(d *outDir, e *object.FileEntry) (done bool, err error) {
	for r := w.repo; r != nil; r = r.parent {
		linkable := r.Mode() == ModeBare && !w.mode.user || (r.Mode() == ModeBareUser || r.Mode() == ModeBareUserOnly) && w.mode.user
		var res linkResult
		switch {
		case linkable:
			res, err = w.linkObject(r, d, e)
		case w.cache != nil && r == w.repo && r.Mode() == ModeArchive:
			res, err = w.linkCached(d, e)
		case w.opts.RequireHardlinks:
			res, err = w.explainNoLink(r, e)
		}
		if err != nil || res != linkAbsent {
			return res == linkDone, err
		}
	}
	return false, nil
}

type linkResult uint8

const (
	linkAbsent linkResult = iota // not in this repository, or not to be linked from it
	linkCopy                     // must be copied
	linkDone
)

// explainNoLink decides whether a file that cannot be a link from this kind of repository may be a copy.
func (w *checkoutWorker) explainNoLink(r *Repo, e *object.FileEntry) (linkResult, error) {
	userRepo := r.Mode() == ModeBareUser || r.Mode() == ModeBareUserOnly
	h, size, err := w.repo.StatFile(e.Checksum)
	switch {
	case err != nil:
		return linkAbsent, err
	case !h.IsSymlink() && (size == 0 || w.unreadable(h.Mode)), h.IsSymlink() && userRepo:
		return linkCopy, nil
	case userRepo:
		return linkAbsent, errors.New("User repository mode requires user checkout mode to hardlink")
	}
	return linkAbsent, errors.New("Bare repository mode cannot hardlink in user checkout mode")
}

// unreadable tells of files that a user-mode checkout gives more permissions than their object has.
func (w *checkoutWorker) unreadable(mode uint32) bool { return w.mode.user && mode&unix.S_IRUSR == 0 }

// linkObject makes a hard link to a loose object. Empty files are never linked: there are so many
// equal ones that file systems run out of links. Symlinks are only linked from repositories that keep
// them with their owner.
func (w *checkoutWorker) linkObject(r *Repo, d *outDir, e *object.FileEntry) (res linkResult, err error) {
	err = r.findObject(object.Name{Checksum: e.Checksum, Type: object.TypeFile}, func(root int, path string) (err error) {
		res, err = w.linkFrom(r, root, path, d, e)
		return err
	})
	if isErrno(err, unix.ENOENT) {
		return linkAbsent, nil
	}
	return res, err
}

// linkFrom is linkObject for an object in a given directory; an error that is ENOENT means that it is not there.
func (w *checkoutWorker) linkFrom(r *Repo, root int, path string, d *outDir, e *object.FileEntry) (linkResult, error) {
	var st unix.Stat_t
	if err := unix.Fstatat(root, path, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return linkAbsent, errno.New("fstatat", path, err)
	}
	var err error
	mode := statMode(&st)
	regular := mode&object.ModeTypeMask == object.ModeRegular
	if regular && st.Size == 0 {
		return linkCopy, nil
	}
	if r.Mode() == ModeBareUser {
		if mode, err = userMetaMode(root, path); err != nil {
			return linkAbsent, fmt.Errorf("%s.file: %w", e.Checksum, err)
		}
	}
	if r.Mode() != ModeBare && mode&object.ModeTypeMask == object.ModeSymlink {
		return linkCopy, nil
	}
	if regular && w.unreadable(mode) {
		return linkCopy, nil
	}
	return w.link(r, root, path, &st, d, e)
}

// userMetaMode reads the mode in an object's user.ostreemeta, without its xattrs.
func userMetaMode(root int, path string) (uint32, error) {
	var buf [256]byte
	n, err := getxattrat(root, path, ostreeMetaXattr, buf[:])
	if err == unix.ERANGE {
		big, err := readXattr(ostreeMetaXattr, func(a string, b []byte) (int, error) { return getxattrat(root, path, a, b) })
		if err != nil {
			return 0, errno.New("getxattr", ostreeMetaXattr, err)
		}
		n = copy(buf[:12], big)
	} else if err != nil {
		return 0, errno.New("getxattr", ostreeMetaXattr, err)
	}
	if n < 12 {
		return 0, fmt.Errorf("%s is too short", ostreeMetaXattr)
	}
	return binary.BigEndian.Uint32(buf[8:12]), nil
}

// link makes a hard link to root/path, whose status is st.
func (w *checkoutWorker) link(r *Repo, root int, path string, st *unix.Stat_t, d *outDir, e *object.FileEntry) (linkResult, error) {
	err := unix.Linkat(root, path, d.fd, e.Name, 0)
	switch err {
	case nil:
	case unix.EMLINK, unix.EXDEV, unix.EPERM:
		if w.opts.RequireHardlinks {
			return linkAbsent, hardlinkError(path, e, err)
		}
		return linkCopy, nil
	case unix.EEXIST:
		res, linked, err := w.linkOver(r, root, path, st, d, e)
		if err != nil || !linked {
			return res, err
		}
	default:
		return linkAbsent, hardlinkError(path, e, err)
	}
	if w.opts.Devino != nil {
		w.opts.Devino.Add(uint64(st.Dev), st.Ino, e.Checksum)
	}
	return linkDone, nil
}

func hardlinkError(path string, e *object.FileEntry, err error) error {
	return errno.Wrap("Hardlinking "+path+" to "+e.Name, err)
}

// linkOver applies the overwrite mode to a name that exists.
func (w *checkoutWorker) linkOver(r *Repo, root int, path string, src *unix.Stat_t, d *outDir, e *object.FileEntry) (res linkResult, linked bool, err error) {
	switch w.mode.overwrite {
	case OverwriteNone:
		return linkAbsent, false, hardlinkError(path, e, unix.EEXIST)
	case OverwriteAdd:
		return linkDone, false, nil
	}
	var dst unix.Stat_t
	if err := unix.Fstatat(d.fd, e.Name, &dst, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return linkAbsent, false, errno.New("fstatat", e.Name, err)
	}
	same := src.Dev == dst.Dev && src.Ino == dst.Ino
	if !same && likelySame(src, &dst) {
		if same, err = w.isObject(r, d, e); err != nil {
			return linkAbsent, false, err
		}
	}
	switch {
	case same:
		return linkDone, false, nil
	case w.mode.overwrite == OverwriteIdentical:
		return linkAbsent, false, hardlinkError(path, e, unix.EEXIST)
	}
	return w.linkReplace(r, root, path, d, e)
}

func likelySame(a, b *unix.Stat_t) bool {
	return a.Mode == b.Mode && a.Uid == b.Uid && a.Gid == b.Gid &&
		(statMode(a)&object.ModeTypeMask != object.ModeRegular || a.Size == b.Size)
}

// isObject tells whether an existing file has the content and metadata of the object.
func (w *checkoutWorker) isObject(r *Repo, d *outDir, e *object.FileEntry) (bool, error) {
	only := r.Mode() == ModeBareUserOnly
	sum, err := checksumEntry(d.fd, e.Name, &ChecksumOptions{NoXattrs: only || r.Config().DisableXattrs, CanonicalPermissions: only})
	return sum == e.Checksum, err
}

// linkReplace makes the link aside and renames it over what is there.
func (w *checkoutWorker) linkReplace(r *Repo, root int, path string, d *outDir, e *object.FileEntry) (res linkResult, linked bool, err error) {
	tmpdir := d.fd
	if r.tmpFD >= 0 {
		tmpdir = r.tmpFD
	}
	var tmp string
	for range 100 {
		tmp = "checkout-union-" + randomSuffix()
		if err = unix.Linkat(root, path, tmpdir, tmp, 0); err != unix.EEXIST {
			break
		}
	}
	if err == nil && w.opts.Whiteouts {
		if err := removeTree(d.fd, e.Name); err != nil {
			unix.Unlinkat(tmpdir, tmp, 0)
			return linkAbsent, false, err
		}
	}
	op := "linkat"
	if err == nil {
		op = "renameat(" + tmp + ", " + e.Name + ")"
		if err = unix.Renameat(tmpdir, tmp, d.fd, e.Name); err != nil {
			unix.Unlinkat(tmpdir, tmp, 0)
		}
	}
	switch {
	case err == nil:
		return linkDone, true, nil
	case !w.opts.RequireHardlinks && (err == unix.EMLINK || err == unix.EXDEV || err == unix.EPERM):
		return linkCopy, false, nil
	}
	return linkAbsent, false, errno.Wrap(op, err)
}

// device makes the character device of a passed-through whiteout.
func (w *checkoutWorker) device(d *outDir, name string, h *object.FileHeader) error {
	err := makeWhiteoutDevice(d.fd, name, h.Mode&object.ModePerm)
	if err == unix.EEXIST {
		switch w.mode.overwrite {
		case OverwriteAdd:
			return nil
		case OverwriteIdentical:
			return w.sameDevice(d, name, h)
		case OverwriteUnion:
			if err := unix.Unlinkat(d.fd, name, 0); err != nil && err != unix.ENOENT {
				return errno.New("unlinkat", name, err)
			}
			err = makeWhiteoutDevice(d.fd, name, h.Mode&object.ModePerm)
		}
	}
	if err != nil {
		return errno.Wrap("Creating whiteout char device", err)
	}
	if w.mode.user {
		return nil
	}
	if err := setEntryXattrs(d.fd, name, w.repoXattrs(h.Xattrs)); err != nil {
		return err
	}
	if err := unix.Fchownat(d.fd, name, int(h.UID), int(h.GID), unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return errno.Wrap("fchownat", err)
	}
	if err := chmodEntry(d.fd, name, h.Mode&object.ModePerm); err != nil {
		return errno.Wrap("fchmodat", err)
	}
	return nil
}

func (w *checkoutWorker) sameDevice(d *outDir, name string, h *object.FileHeader) error {
	var st unix.Stat_t
	if err := unix.Fstatat(d.fd, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return errno.New("fstatat", name, err)
	}
	if statMode(&st)&object.ModeTypeMask != unix.S_IFCHR || st.Rdev != 0 {
		return errno.Wrap("Creating whiteout char device", unix.EEXIST)
	}
	if !w.repo.Config().DisableXattrs && w.repo.Mode() != ModeBareUserOnly {
		x, err := entryXattrs(d.fd, name)
		if err != nil {
			return err
		}
		if !w.mode.user && !x.Equal(h.Xattrs) {
			return fmt.Errorf("existing destination file %s xattrs don't match", name)
		}
	}
	switch {
	case w.mode.user:
	case st.Gid != h.GID:
		return fmt.Errorf("existing destination file %s does not match gid %d", name, h.GID)
	case st.Uid != h.UID:
		return fmt.Errorf("existing destination file %s does not match uid %d", name, h.UID)
	case statMode(&st)&object.ModePerm != h.Mode&object.ModePerm:
		return fmt.Errorf("existing destination file %s does not match mode %o", name, h.Mode)
	}
	return nil
}
