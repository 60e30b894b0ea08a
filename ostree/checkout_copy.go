package ostree

import (
	"errors"
	"io"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sys/unix"
)

// checkoutBufferSize is also the size up to which a file is copied by one read and one write; larger
// ones are copied inside the kernel.
const checkoutBufferSize = 256 << 10

// copyFile makes a file of its own from the object.
func (w *checkoutWorker) copyFile(d *outDir, e *object.FileEntry, path string) error {
	f, err := w.repo.LoadFile(e.Checksum)
	if err != nil {
		return err
	}
	defer f.Close()
	if f.Header.IsSymlink() {
		return w.symlink(d, e.Name, path, &f.Header)
	}
	if w.mode.user {
		f.Header.Mode = f.Header.Mode&^(unix.S_ISUID|unix.S_ISGID) | unix.S_IRUSR
	}
	if d.fresh && w.mode.overwrite != OverwriteAdd && w.mode.overwrite != OverwriteIdentical {
		return w.createFile(d, e.Name, path, f)
	}
	return w.replaceFile(d, e, path, f)
}

// createFile writes straight to the final name. That saves two operations that all processors
// contend for over an unnamed file, and in a directory that only we can enter nobody sees the difference.
// Modes that keep what a killed run left may find whole files only, and do not come here.
func (w *checkoutWorker) createFile(d *outDir, name, path string, f *File) error {
	fd, err := openat(d.fd, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return errno.New("openat", name, err)
	}
	err = w.writeFile(fd, d, path, f)
	unix.Close(fd)
	if err != nil {
		unix.Unlinkat(d.fd, name, 0)
	}
	return err
}

// replaceFile writes aside and then applies the overwrite mode.
func (w *checkoutWorker) replaceFile(d *outDir, e *object.FileEntry, path string, f *File) error {
	if w.mode.overwrite == OverwriteIdentical {
		same, err := w.isObject(w.repo, d, e)
		if err != nil && !errMissing(err) {
			return err
		}
		if same {
			return nil
		}
	}
	tmp, err := newTmpFile(d.fd, 0o600)
	if err != nil {
		return err
	}
	defer tmp.close()
	if err := w.writeFile(tmp.fd, d, path, f); err != nil {
		return err
	}
	if w.mode.overwrite == OverwriteUnion {
		if w.opts.Whiteouts {
			if err := removeTree(d.fd, e.Name); err != nil {
				return err
			}
		}
		if err := tmp.replaceVia(w.repo.tmpOr(d.fd), d.fd, e.Name); err != nil {
			return errno.New("renameat", e.Name, err)
		}
		return nil
	}
	err = tmp.link(d.fd, e.Name)
	if err == unix.EEXIST && w.mode.overwrite == OverwriteAdd {
		return nil
	}
	if err != nil {
		return errno.Wrap("linkat", err)
	}
	return nil
}

// writeFile fills a new file and gives it its metadata. The owner comes before the xattrs and the
// mode, since a change of owner removes capabilities and set-id bits.
func (w *checkoutWorker) writeFile(fd int, d *outDir, path string, f *File) error {
	if err := w.copyPayload(fd, f); err != nil {
		return err
	}
	h := &f.Header
	if !w.mode.user {
		if !(d.plain && h.UID == w.euid && h.GID == w.egid) {
			if err := unix.Fchown(fd, int(h.UID), int(h.GID)); err != nil {
				return errno.Wrap("fchown", err)
			}
		}
		if err := w.setXattrs(fd, w.xattrsFor(h.Xattrs), path, h.Mode); err != nil {
			return err
		}
	}
	if err := unix.Fchmod(fd, h.Mode&object.ModePerm); err != nil {
		return errno.Wrap("fchmod", err)
	}
	if w.fsync {
		if err := unix.Fsync(fd); err != nil {
			return errno.Wrap("fsync", err)
		}
	}
	return nil
}

func (w *checkoutWorker) copyPayload(dst int, f *File) error {
	if f.Size == 0 {
		return nil
	}
	src, raw := f.RawFD()
	if raw {
		if !w.noClone.Load() {
			ok, err := cloneFile(dst, src)
			if ok || err != nil {
				return errno.Wrap("ioctl(FICLONE)", err)
			}
			w.noClone.Store(true)
		}
		if f.Size > checkoutBufferSize {
			ok, err := copyRange(dst, src, f.Size)
			if ok || err != nil {
				return errno.Wrap("regfile copy", err)
			}
		}
	}
	if w.buf == nil {
		w.buf = make([]byte, checkoutBufferSize)
	}
	return copyExactly(fdFile(dst), f, f.Size, w.buf)
}

// copyExactly copies size bytes and sees that there are no more. It reads the end of the source only
// where that verifies something.
func copyExactly(dst io.Writer, f *File, size int64, buf []byte) error {
	var src io.Reader = f
	for left := size; left > 0; {
		n := 0
		var err error
		for n < len(buf) && int64(n) < left && err == nil {
			var k int
			k, err = src.Read(buf[n:min(int64(len(buf)), left)])
			n += k
		}
		if n > 0 {
			if _, werr := dst.Write(buf[:n]); werr != nil {
				return werr
			}
			left -= int64(n)
		}
		if left > 0 && errors.Is(err, io.EOF) {
			return errShortSource
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
	}
	return f.checkEnd()
}

// checkEnd verifies that a compressed payload ends where its header says.
func (f *File) checkEnd() error {
	if f.inflate == nil {
		return nil
	}
	var b [1]byte
	_, err := f.Read(b[:])
	if err == io.EOF {
		return nil
	}
	return err
}

// symlink makes a symlink; there is no way to do that aside, so overwriting is not atomic.
func (w *checkoutWorker) symlink(d *outDir, name, path string, h *object.FileHeader) error {
	err := unix.Symlinkat(h.Symlink, d.fd, name)
	if err == unix.EEXIST {
		switch w.mode.overwrite {
		case OverwriteAdd:
			return nil
		case OverwriteIdentical:
			if target, e := readlinkat(d.fd, name); e == nil && target == h.Symlink {
				return nil
			}
		case OverwriteUnion:
			if err := w.unlinkForSymlink(d, name, h); err != nil {
				return err
			}
			err = unix.Symlinkat(h.Symlink, d.fd, name)
		}
	}
	if err != nil {
		return errno.Wrap("symlinkat", err)
	}
	if w.mode.user {
		return nil
	}
	if !(d.plain && h.UID == w.euid && h.GID == w.egid) {
		if err := unix.Fchownat(d.fd, name, int(h.UID), int(h.GID), unix.AT_SYMLINK_NOFOLLOW); err != nil {
			return errno.Wrap("fchownat", err)
		}
	}
	x, err := w.labelled(w.xattrsFor(h.Xattrs), path, h.Mode)
	if err != nil {
		return err
	}
	return setEntryXattrs(d.fd, name, x)
}

func (w *checkoutWorker) unlinkForSymlink(d *outDir, name string, h *object.FileHeader) error {
	if w.opts.Whiteouts {
		return removeTree(d.fd, name)
	}
	if err := unix.Unlinkat(d.fd, name, 0); err != nil && err != unix.ENOENT {
		return errno.New("unlinkat", name, err)
	}
	return nil
}

// repoXattrs gives the xattrs that this repository lets through.
func (c *checkout) repoXattrs(x object.Xattrs) object.Xattrs {
	if c.repo.Config().DisableXattrs {
		return nil
	}
	return x
}

// xattrsFor is repoXattrs without the label that is going to be replaced.
func (c *checkout) xattrsFor(x object.Xattrs) object.Xattrs {
	if x = c.repoXattrs(x); c.label {
		x = x.Without(selinuxXattr)
	}
	return x
}

// labelled adds the policy's label for a path of the checkout.
func (c *checkout) labelled(x object.Xattrs, path string, mode uint32) (object.Xattrs, error) {
	if !c.label {
		return x, nil
	}
	label, err := c.opts.SELinux.Label(c.policyPath(path), mode)
	if err != nil || label == nil {
		return x, err
	}
	return x.With(selinuxXattr, label), nil
}

func (c *checkout) policyPath(path string) string {
	switch {
	case path == "/" || path == "":
		return c.prefix
	case c.prefix == "/":
		return path
	}
	return c.prefix + path
}

func (c *checkout) setXattrs(fd int, x object.Xattrs, path string, mode uint32) error {
	x, err := c.labelled(x, path, mode)
	if err != nil {
		return err
	}
	for i := range x {
		if err := unix.Fsetxattr(fd, x[i].Name, x[i].Value, 0); err != nil {
			return errno.New("fsetxattr", x[i].Name, err)
		}
	}
	return nil
}

func setEntryXattrs(dirfd int, name string, x object.Xattrs) error {
	if len(x) == 0 {
		return nil
	}
	path := linkXattrPath(dirfd, name)
	for i := range x {
		if err := unix.Lsetxattr(path, x[i].Name, x[i].Value, 0); err != nil {
			return errno.New("lsetxattr", x[i].Name, err)
		}
	}
	return nil
}
