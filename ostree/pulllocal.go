package ostree

import (
	"context"
	"fmt"
	"io"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sys/unix"
)

// linkability tells which objects of a source repository can become hard links in ours.
type linkability struct {
	ok    bool // metadata, which all modes store alike
	files bool // regular files and whatever else the mode stores as such
	// converts: from bare-user to bare-user-only, where only regular files with canonical modes are stored alike.
	converts bool
}

// linkabilityOf compares device, owner and mode of two repositories.
func (p *puller) linkabilityOf(src *Repo) linkability {
	var a, b unix.Stat_t
	if unix.Fstat(src.objectsFD, &a) != nil || unix.Fstat(p.repo.objectsFD, &b) != nil {
		return linkability{}
	}
	l := linkability{ok: a.Dev == b.Dev && a.Uid == b.Uid && p.txn.verity.off.Load()}
	if !l.ok || p.repo.Mode() == ModeBareSplitXattrs {
		return l
	}
	l.files = src.Mode() == p.repo.Mode()
	l.converts = src.Mode() == ModeBareUser && p.repo.Mode() == ModeBareUserOnly
	return l
}

// linkObject makes a hard link of a source's object; ok is false where that is not possible.
func (p *puller) linkObject(src *Repo, n object.Name) (ok bool, err error) {
	t := p.txn
	if err := t.ensureDir(n.Checksum[0]); err != nil {
		return false, err
	}
	var buf [96]byte
	path := string(n.AppendLoosePath(buf[:0], src.Mode() == ModeArchive))
	switch err := unix.Linkat(src.objectsFD, path, t.stageFD, path, 0); err {
	case nil, unix.EEXIST:
		return true, nil
	case unix.EMLINK, unix.EXDEV, unix.EPERM, unix.EACCES:
		return false, nil
	case unix.ENOENT:
		if src.parent != nil {
			return p.linkObject(src.parent, n)
		}
		return false, &NotFoundError{n}
	default:
		return false, errno.New("linkat", path, err)
	}
}

// linkVerified is linkObject for files, which looks at the content first unless the source is trusted.
func (p *puller) linkVerified(ctx context.Context, src *Repo, n object.Name) (ok bool, err error) {
	if p.opts.Untrusted {
		if err := src.verifyStored(ctx, n); err != nil {
			return false, err
		}
	}
	return p.linkObject(src, n)
}

// verifyStored is [Repo.VerifyObject] for a file that is going to be linked: nothing may follow the content in
// a .filez either.
func (r *Repo) verifyStored(ctx context.Context, n object.Name) error {
	if r.Mode() != ModeArchive {
		return r.VerifyObject(ctx, n)
	}
	fd, err := r.openObject(n, 0)
	switch {
	case err == unix.ENOENT && r.parent != nil:
		return r.parent.verifyStored(ctx, n)
	case err == unix.ENOENT:
		return &NotFoundError{n}
	case err != nil:
		return errno.New("openat", n.LoosePath(true), err)
	}
	defer unix.Close(fd)
	if _, err := verifyArchived(ctx, n.Checksum, fdFile(fd)); err != nil {
		return fmt.Errorf("%s: %w", n, err)
	}
	return nil
}

// importMeta stores a metadata object of a local repository and returns its bytes.
func (p *puller) importMeta(src *Repo, n object.Name) ([]byte, error) {
	data, err := src.LoadMeta(n)
	if err != nil {
		return nil, err
	}
	p.imported(n, int64(len(data)))
	if p.opts.Untrusted {
		want := n.Checksum
		_, err := p.txn.WriteMeta(n.Type, &want, data)
		return data, err
	}
	if p.local == src && p.links.ok {
		if ok, err := p.linkObject(src, n); ok || err != nil {
			return data, err
		}
	}
	return data, p.storeTrustedMeta(n, data)
}

// storeTrustedMeta writes a metadata object without comparing its checksum. Its structure is checked:
// a checkout relies on it.
func (p *puller) storeTrustedMeta(n object.Name, data []byte) error {
	if err := object.Validate(n.Type, data); err != nil {
		return fmt.Errorf("%s: %w", n, err)
	}
	if err := p.txn.storeMeta(n, data, false); err != nil {
		return fmt.Errorf("writing %s: %w", n, err)
	}
	p.txn.stats.metaTotal.Add(1)
	p.txn.stats.metaWritten.Add(1)
	return nil
}

// importFile stores a file object of a local repository.
func (p *puller) importFile(ctx context.Context, src *Repo, links *linkability, c object.Checksum) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	n := object.Name{Checksum: c, Type: object.TypeFile}
	p.imported(n, 0)
	if !p.opts.BareUserOnlyFiles && links.files {
		ok, err := p.linkVerified(ctx, src, n)
		if ok || err != nil {
			return err
		}
	}
	f, err := src.LoadFile(c)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := p.checkImportedMode(c, f); err != nil {
		return err
	}
	if p.opts.Untrusted {
		_, err := p.txn.WriteFile(ctx, &c, &f.Header, f.Size, payloadOf(f))
		return err
	}
	if links.files || links.converts && storedAlike(&f.Header) {
		ok, err := p.linkObject(src, n)
		if ok || err != nil {
			return err
		}
	}
	return p.txn.writeTrustedFile(ctx, c, f)
}

// checkImportedMode refuses what a bare-user-only repository cannot hold, where that is our mode or was asked for.
func (p *puller) checkImportedMode(c object.Checksum, f *File) error {
	if f.Header.IsSymlink() || p.repo.Mode() != ModeBareUserOnly && !p.opts.BareUserOnlyFiles {
		return nil
	}
	return checkCanonicalBits(c, &f.Header)
}

// storedAlike tells whether bare-user and bare-user-only store a file with the same permissions.
func storedAlike(h *object.FileHeader) bool {
	return !h.IsSymlink() && h.Mode&object.ModePerm == h.Mode&0o775|0o400
}

// payloadOf is what is read of a file object; a descriptor where that is the payload itself.
func payloadOf(f *File) io.Reader {
	if fd, ok := f.RawFD(); ok {
		return fdFile(fd)
	}
	if f.Header.IsSymlink() {
		return nil
	}
	return f
}

// writeTrustedFile stores a file object under a name that is not compared with its content.
func (t *Txn) writeTrustedFile(ctx context.Context, c object.Checksum, f *File) error {
	n := object.Name{Checksum: c, Type: object.TypeFile}
	t.stats.contentTotal.Add(1)
	if err := t.reserve(f.Size); err != nil {
		return err
	}
	err := t.store(n, &f.Header, f.Size, func(dst io.Writer) error { return copyPayload(ctx, dst, f) })
	if err != nil {
		t.noteSpace(err)
		return fmt.Errorf("writing content object %s: %w", c, err)
	}
	t.countContent(f.Size)
	return nil
}

// copyPayload copies inside the kernel where source and destination are both plain files.
func copyPayload(ctx context.Context, dst io.Writer, f *File) error {
	w, plain := dst.(*fileWriter)
	if fd, ok := f.RawFD(); ok && plain && w.raw && f.Size > copyBufferSize {
		if cloned, err := cloneFile(w.tmp.fd, fd); cloned || err != nil {
			return errno.Wrap("ioctl(FICLONE)", err)
		}
		if done, err := copyRange(w.tmp.fd, fd, f.Size); done || err != nil {
			return errno.Wrap("copy_file_range", err)
		}
	}
	if f.Size <= inMemoryLimit {
		buf := smallBuffers.Get().(*[]byte)
		defer smallBuffers.Put(buf)
		b := (*buf)[:f.Size]
		if err := readExactly(payloadOf(f), b); err != nil || len(b) == 0 {
			return err
		}
		_, err := dst.Write(b)
		return err
	}
	return copyContext(ctx, dst, payloadOf(f), f.Size)
}
