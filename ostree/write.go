package ostree

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sys/unix"
)

// inMemoryLimit is the largest payload that is read whole before anything is written: its checksum
// is then known first, and an object that is already there costs no write and no compression.
const inMemoryLimit = 1 << 20

// copyBufferSize is the unit in which larger payloads are read and written.
const copyBufferSize = 256 << 10

var smallBuffers = sync.Pool{New: func() any { b := make([]byte, inMemoryLimit); return &b }}
var copyBuffers = sync.Pool{New: func() any { b := make([]byte, copyBufferSize); return &b }}
var hashes = sync.Pool{New: func() any { return sha256.New() }}

// contentHash is a pooled SHA-256 that has taken in the header of a content object.
func contentHash(h *object.FileHeader) hash.Hash {
	s := hashes.Get().(hash.Hash)
	s.Reset()
	var buf [256]byte
	s.Write(h.AppendContentHeader(buf[:0]))
	return s
}

func finishHash(s hash.Hash) (c object.Checksum) {
	s.Sum(c[:0])
	hashes.Put(s)
	return c
}

// WriteMeta stores a metadata object and returns its checksum. If want is not nil, the data must
// have that checksum ([*ChecksumError] otherwise). The structure is validated. Objects of the types
// commitmeta and tombstone-commit, which are named by something else, need want as their name and
// replace an existing one.
func (t *Txn) WriteMeta(typ object.Type, want *object.Checksum, data []byte) (object.Checksum, error) {
	if err := t.checkRunning(); err != nil {
		return object.Checksum{}, err
	}
	if !typ.IsMeta() {
		return object.Checksum{}, fmt.Errorf("%s is not a type of metadata objects", typ)
	}
	if len(data) > MaxMetadataSize {
		return object.Checksum{}, fmt.Errorf("metadata object of %d bytes exceeds the limit of %d", len(data), MaxMetadataSize)
	}
	named := typ == object.TypeCommitMeta || typ == object.TypeTombstoneCommit
	var c object.Checksum
	if named {
		if want == nil {
			return c, fmt.Errorf("a %s object needs a name", typ)
		}
		c = *want
	} else {
		c = object.Sum(data)
		if want != nil && c != *want {
			return c, &ChecksumError{object.Name{Checksum: *want, Type: typ}, c}
		}
	}
	n := object.Name{Checksum: c, Type: typ}
	if err := object.Validate(typ, data); err != nil {
		return c, fmt.Errorf("%s: %w", n, err)
	}
	t.stats.metaTotal.Add(1)
	if !named {
		if found, err := t.repo.hasOwnObject(n); found || err != nil {
			return c, err
		}
	}
	if err := t.storeMeta(n, data, named); err != nil {
		return c, fmt.Errorf("writing %s: %w", n, err)
	}
	t.stats.metaWritten.Add(1)
	if typ == object.TypeCommit {
		t.repo.dropTombstone(c)
	}
	return c, nil
}

func (t *Txn) storeMeta(n object.Name, data []byte, replace bool) (err error) {
	defer func() { t.noteSpace(err) }()
	if err := t.reserve(int64(len(data))); err != nil {
		return err
	}
	f, err := t.newTmp(0o644)
	if err != nil {
		return err
	}
	defer f.close()
	if _, err := fdFile(f.fd).Write(data); err != nil {
		return err
	}
	return t.place(f, n, replace)
}

// newTmp makes a file for an object that is going to have exactly the given permissions.
func (t *Txn) newTmp(mode uint32) (*tmpFile, error) {
	if err := t.checkRunning(); err != nil {
		return nil, err
	}
	f, err := newTmpFile(t.tmpFD, mode)
	if err != nil {
		return nil, err
	}
	if mode&^t.createMask != mode {
		if err := unix.Fchmod(f.fd, mode); err != nil {
			f.close()
			return nil, errno.Wrap("fchmod", err)
		}
	}
	return f, nil
}

// place gives a finished file its object name in the staging directory, or in objects/ when nothing
// is staged. An object of that name that came in between is as good.
func (t *Txn) place(f *tmpFile, n object.Name, replace bool) error {
	if t.perObjectFsync {
		if err := unix.Fsync(f.fd); err != nil {
			return errno.Wrap("fsync", err)
		}
	}
	if err := t.enableVerity(f); err != nil {
		return err
	}
	if err := t.ensureDir(n.Checksum[0]); err != nil {
		return err
	}
	var buf [96]byte
	path := string(n.AppendLoosePath(buf[:0], t.repo.Mode() == ModeArchive))
	if replace {
		if err := f.replace(t.stageFD, path); err != nil {
			return errno.New("renameat", path, err)
		}
		return nil
	}
	if err := f.link(t.stageFD, path); err != nil && err != unix.EEXIST {
		return errno.New("linkat", path, err)
	}
	return nil
}

// ensureDir makes the two-digit directory of a checksum's first byte.
func (t *Txn) ensureDir(first byte) error {
	if t.dirs[first].Load() {
		return nil
	}
	const digits = "0123456789abcdef"
	name := string([]byte{digits[first>>4], digits[first&15]})
	if err := unix.Mkdirat(t.stageFD, name, 0o777); err != nil && err != unix.EEXIST {
		return errno.New("mkdirat", name, err)
	}
	t.dirs[first].Store(true)
	return nil
}

// checkModeAllowed refuses what a bare-user-only repository cannot represent.
func (r *Repo) checkModeAllowed(c object.Checksum, h *object.FileHeader) error {
	if r.Mode() != ModeBareUserOnly || h.IsSymlink() {
		return nil
	}
	return checkCanonicalBits(c, h)
}

func checkCanonicalBits(c object.Checksum, h *object.FileHeader) error {
	if extra := h.Mode & object.ModePerm &^ 0o775; extra != 0 {
		return fmt.Errorf("Content object %s: invalid mode 0%04o with bits 0%04o", c, h.Mode, extra)
	}
	return nil
}

// WriteFile stores a content object whose payload of size bytes is read from src, and returns its
// checksum. For symlinks size is 0 and src may be nil. If want is not nil, the object must have that
// checksum; nothing becomes visible otherwise. Several goroutines may write at the same time.
func (t *Txn) WriteFile(ctx context.Context, want *object.Checksum, h *object.FileHeader, size int64, src io.Reader) (object.Checksum, error) {
	c, err := t.writeFile(ctx, want, h, size, src)
	if err != nil && want != nil {
		var ce *ChecksumError
		if !errors.As(err, &ce) {
			err = fmt.Errorf("writing content object %s: %w", *want, err)
		}
	}
	return c, err
}

func (t *Txn) writeFile(ctx context.Context, want *object.Checksum, h *object.FileHeader, size int64, src io.Reader) (c object.Checksum, err error) {
	defer func() { t.noteSpace(err) }()
	if err := t.checkRunning(); err != nil {
		return object.Checksum{}, err
	}
	if err := h.Validate(); err != nil {
		return object.Checksum{}, err
	}
	if err := ctx.Err(); err != nil {
		return object.Checksum{}, err
	}
	t.stats.contentTotal.Add(1)
	switch {
	case h.IsSymlink():
		return t.writeKnown(want, h, nil)
	case size > inMemoryLimit:
		return t.writeLarge(ctx, want, h, size, src)
	}
	buf := smallBuffers.Get().(*[]byte)
	defer smallBuffers.Put(buf)
	b := (*buf)[:size]
	if err := readExactly(src, b); err != nil {
		return object.Checksum{}, err
	}
	return t.writeKnown(want, h, b)
}

// readExactly fills b and demands that the source ends there.
func readExactly(src io.Reader, b []byte) error {
	if len(b) > 0 {
		if _, err := io.ReadFull(src, b); err != nil {
			if err == io.EOF || err == io.ErrUnexpectedEOF {
				return errShortSource
			}
			return err
		}
	}
	if src == nil {
		return nil
	}
	var one [1]byte
	switch n, err := io.ReadFull(src, one[:]); {
	case n > 0:
		return errLongSource
	case err != io.EOF:
		return err
	}
	return nil
}

var errLongSource = errors.New("file grew while it was read")

// writeKnown stores an object whose payload is in memory.
func (t *Txn) writeKnown(want *object.Checksum, h *object.FileHeader, payload []byte) (object.Checksum, error) {
	s := contentHash(h)
	s.Write(payload)
	c := finishHash(s)
	n := object.Name{Checksum: c, Type: object.TypeFile}
	if want != nil && c != *want {
		return c, &ChecksumError{object.Name{Checksum: *want, Type: object.TypeFile}, c}
	}
	if err := t.repo.checkModeAllowed(c, h); err != nil {
		return c, err
	}
	if found, err := t.repo.hasOwnObject(n); found || err != nil {
		return c, err
	}
	if err := t.reserve(int64(len(payload))); err != nil {
		return c, err
	}
	err := t.store(n, h, int64(len(payload)), func(dst io.Writer) error {
		if len(payload) == 0 {
			return nil
		}
		_, err := dst.Write(payload)
		return err
	})
	if err == nil {
		t.countContent(int64(len(payload)))
	}
	return c, err
}

func (t *Txn) countContent(size int64) {
	t.stats.contentWritten.Add(1)
	t.stats.contentBytes.Add(size)
}

// writeLarge stores an object whose payload does not fit in memory. A payload that is a file is
// hashed first, so that an existing object is not written again, and hashed again while it is
// written: a file that changes in between must not become an object with a wrong name.
func (t *Txn) writeLarge(ctx context.Context, want *object.Checksum, h *object.FileHeader, size int64, src io.Reader) (object.Checksum, error) {
	fd, isFile := src.(fdFile)
	if isFile && want == nil {
		s := contentHash(h)
		if err := copyContext(ctx, s, src, size); err != nil {
			return object.Checksum{}, err
		}
		c := finishHash(s)
		found, err := t.repo.hasOwnObject(object.Name{Checksum: c, Type: object.TypeFile})
		if found || err != nil {
			return c, err
		}
		want = &c
		if _, err := unix.Seek(int(fd), 0, io.SeekStart); err != nil {
			return c, errno.Wrap("lseek", err)
		}
	}
	if err := t.reserve(size); err != nil {
		return object.Checksum{}, err
	}
	s := contentHash(h)
	f, err := t.startFile(h, uint64(size))
	if err != nil {
		return object.Checksum{}, err
	}
	defer f.close()
	if isFile && f.raw {
		// A clone shares blocks and is a snapshot: what is hashed below is what was cloned.
		if ok, err := cloneFile(f.tmp.fd, int(fd)); err != nil {
			return object.Checksum{}, errno.Wrap("ioctl(FICLONE)", err)
		} else if ok {
			return t.finishClone(ctx, want, h, size, f, s)
		}
	}
	if err := copyContext(ctx, io.MultiWriter(s, f), src, size); err != nil {
		return object.Checksum{}, err
	}
	return t.finishLarge(want, h, size, f, finishHash(s))
}

func (t *Txn) finishClone(ctx context.Context, want *object.Checksum, h *object.FileHeader, size int64, f *fileWriter, s hash.Hash) (object.Checksum, error) {
	if _, err := unix.Seek(f.tmp.fd, 0, io.SeekStart); err != nil {
		return object.Checksum{}, errno.Wrap("lseek", err)
	}
	if err := copyContext(ctx, s, fdFile(f.tmp.fd), size); err != nil {
		return object.Checksum{}, err
	}
	return t.finishLarge(want, h, size, f, finishHash(s))
}

func (t *Txn) finishLarge(want *object.Checksum, h *object.FileHeader, size int64, f *fileWriter, c object.Checksum) (object.Checksum, error) {
	n := object.Name{Checksum: c, Type: object.TypeFile}
	if want != nil && c != *want {
		return c, &ChecksumError{object.Name{Checksum: *want, Type: object.TypeFile}, c}
	}
	if err := t.repo.checkModeAllowed(c, h); err != nil {
		return c, err
	}
	if err := f.finish(h); err != nil {
		return c, err
	}
	found, err := t.repo.hasOwnObject(n)
	if found || err != nil {
		return c, err
	}
	if err := t.placeFile(f.tmp, n, h); err != nil {
		return c, err
	}
	t.countContent(size)
	return c, nil
}

// copyContext copies exactly size bytes, looking at the context between the pieces.
func copyContext(ctx context.Context, dst io.Writer, src io.Reader, size int64) error {
	buf := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(buf)
	for left := size; left > 0; {
		if err := ctx.Err(); err != nil {
			return err
		}
		b := (*buf)[:min(left, copyBufferSize)]
		n, err := io.ReadFull(src, b)
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return errShortSource
		}
		if err != nil {
			return err
		}
		if _, err := dst.Write(b[:n]); err != nil {
			return err
		}
		left -= int64(n)
	}
	return readExactly(src, nil)
}

// fileWriter writes the stored form of a regular file or bare-user symlink.
type fileWriter struct {
	t   *Txn
	tmp *tmpFile
	raw bool
	z   *deflater
}

func (t *Txn) startFile(h *object.FileHeader, size uint64) (*fileWriter, error) {
	tmp, err := t.newTmp(t.repo.storedPerm(h))
	if err != nil {
		return nil, err
	}
	f := &fileWriter{t: t, tmp: tmp, raw: t.repo.Mode() != ModeArchive}
	if f.raw {
		return f, nil
	}
	f.z = t.repo.newDeflater(fdFile(tmp.fd))
	if err := f.z.start(h, size); err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

// storedPerm returns the permissions of the file that stores an object.
func (r *Repo) storedPerm(h *object.FileHeader) uint32 {
	switch {
	case r.Mode() == ModeArchive:
		return 0o644
	case r.Mode() == ModeBareUser && h.IsSymlink():
		return 0o644
	case r.Mode() == ModeBareUser:
		return h.Mode&0o775 | 0o400
	case r.Mode() == ModeBareUserOnly:
		return h.Mode & object.ModePerm
	default:
		return 0o600 // owner, then mode, then xattrs are set once the content is complete
	}
}

func (f *fileWriter) Write(p []byte) (int, error) {
	if f.z != nil {
		return f.z.Write(p)
	}
	return fdFile(f.tmp.fd).Write(p)
}

func (f *fileWriter) close() {
	if f.z != nil {
		f.z.release()
		f.z = nil
	}
	f.tmp.close()
}

// finish completes the content and sets owner, permissions, xattrs and times as the mode stores them.
func (f *fileWriter) finish(h *object.FileHeader) error {
	if f.z != nil {
		return f.z.finish()
	}
	fd := f.tmp.fd
	switch f.t.repo.Mode() {
	case ModeBareUser:
		if err := setUserMetadata(fd, h); err != nil {
			return err
		}
	case ModeBare, ModeBareSplitXattrs:
		if err := f.t.setRealMetadata(fd, h); err != nil {
			return err
		}
	}
	if err := setZeroTimes(fd); err != nil {
		return errno.Wrap("futimens", err)
	}
	return nil
}

// setUserMetadata sets the attribute with owner, mode and attributes. The kernel wants a file that its owner may write
// to for that, also from who has it open for writing.
func setUserMetadata(fd int, h *object.FileHeader) error {
	var buf [256]byte
	value := h.AppendMeta(buf[:0])
	err := unix.Fsetxattr(fd, ostreeMetaXattr, value, 0)
	if err == unix.EACCES {
		var st unix.Stat_t
		if err := unix.Fstat(fd, &st); err != nil {
			return errno.Wrap("fstat", err)
		}
		if err := unix.Fchmod(fd, 0o600); err != nil {
			return errno.Wrap("fchmod", err)
		}
		err = unix.Fsetxattr(fd, ostreeMetaXattr, value, 0)
		if err := unix.Fchmod(fd, uint32(st.Mode)&object.ModePerm); err != nil {
			return errno.Wrap("fchmod", err)
		}
	}
	if err != nil {
		return errno.New("fsetxattr", ostreeMetaXattr, err)
	}
	return nil
}

// setRealMetadata sets owner, then mode (chown clears suid), then xattrs.
func (t *Txn) setRealMetadata(fd int, h *object.FileHeader) error {
	if err := unix.Fchown(fd, int(h.UID), int(h.GID)); err != nil {
		return errno.Wrap("fchown", err)
	}
	if err := unix.Fchmod(fd, h.Mode&object.ModePerm); err != nil {
		return errno.Wrap("fchmod", err)
	}
	if t.repo.Mode() != ModeBare || t.repo.Config().DisableXattrs {
		return nil
	}
	for _, x := range h.Xattrs {
		if err := unix.Fsetxattr(fd, x.Name, x.Value, 0); err != nil {
			return errno.New("fsetxattr", x.Name, err)
		}
	}
	return nil
}

// store writes the stored form of an object whose name is known.
func (t *Txn) store(n object.Name, h *object.FileHeader, size int64, payload func(io.Writer) error) error {
	if h.IsSymlink() && t.repo.Mode() != ModeArchive && t.repo.Mode() != ModeBareUser {
		return t.storeSymlink(n, h)
	}
	f, err := t.startFile(h, uint64(size))
	if err != nil {
		return err
	}
	defer f.close()
	if h.IsSymlink() {
		if f.raw {
			_, err = f.Write(append([]byte(h.Symlink), 0))
		}
	} else {
		err = payload(f)
	}
	if err != nil {
		return err
	}
	if err := f.finish(h); err != nil {
		return err
	}
	return t.placeFile(f.tmp, n, h)
}

// placeFile is place for content, which in bare-split-xattrs needs its xattrs beside it first.
func (t *Txn) placeFile(f *tmpFile, n object.Name, h *object.FileHeader) error {
	if err := t.placeSplitXattrs(n, h); err != nil {
		return err
	}
	return t.place(f, n, false)
}

func (t *Txn) placeSplitXattrs(n object.Name, h *object.FileHeader) error {
	if t.repo.Mode() != ModeBareSplitXattrs {
		return nil
	}
	data := h.Xattrs.Append(nil)
	x := object.Name{Checksum: object.Sum(data), Type: object.TypeFileXattrs}
	if err := t.storeMeta(x, data, false); err != nil {
		return err
	}
	link := object.Name{Checksum: n.Checksum, Type: object.TypeFileXattrsLink}
	if err := t.ensureDir(n.Checksum[0]); err != nil {
		return err
	}
	err := unix.Linkat(t.stageFD, x.LoosePath(false), t.stageFD, link.LoosePath(false), 0)
	if err != nil && err != unix.EEXIST {
		return errno.New("linkat", link.LoosePath(false), err)
	}
	return nil
}

// storeSymlink makes a real symlink, aside and then renamed where owner or xattrs have to be set first.
func (t *Txn) storeSymlink(n object.Name, h *object.FileHeader) error {
	if err := t.ensureDir(n.Checksum[0]); err != nil {
		return err
	}
	if err := t.placeSplitXattrs(n, h); err != nil {
		return err
	}
	path := n.LoosePath(false)
	if t.repo.Mode() == ModeBareUserOnly {
		if err := unix.Symlinkat(h.Symlink, t.stageFD, path); err != nil && err != unix.EEXIST {
			return errno.New("symlinkat", path, err)
		}
		return nil
	}
	dir, err := t.linkDir()
	if err != nil {
		return err
	}
	tmp := tmpPrefix + randomSuffix()
	if err := unix.Symlinkat(h.Symlink, dir, tmp); err != nil {
		return errno.New("symlinkat", tmp, err)
	}
	defer unix.Unlinkat(dir, tmp, 0)
	if err := unix.Fchownat(dir, tmp, int(h.UID), int(h.GID), unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return errno.Wrap("fchownat", err)
	}
	if t.repo.Mode() == ModeBare && !t.repo.Config().DisableXattrs {
		for _, x := range h.Xattrs {
			if err := unix.Lsetxattr(linkXattrPath(dir, tmp), x.Name, x.Value, 0); err != nil {
				return errno.New("lsetxattr", x.Name, err)
			}
		}
	}
	if err := renameNoReplace(dir, tmp, t.stageFD, path); err != nil && err != unix.EEXIST {
		return errno.New("renameat", path, err)
	}
	return nil
}

// linkDir returns the directory in which symlinks are built: the staging directory, or one that is made
// when the first symlink is written directly. Symlinks cannot be locked, directories can.
func (t *Txn) linkDir() (int, error) {
	if t.stage != "" {
		return t.tmpFD, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.links == "" {
		name, fd, err := t.repo.newTmpDir()
		if err != nil {
			return -1, err
		}
		t.links, t.linksFD = name, fd
	}
	return t.linksFD, nil
}

// WriteContentStream stores a content object from its hashed form: length-prefixed header, then the
// payload. size is the length of the whole stream in bytes.
func (t *Txn) WriteContentStream(ctx context.Context, want *object.Checksum, stream io.Reader, size int64) (object.Checksum, error) {
	h, n, err := readContentHeader(stream, uint64(size))
	if err != nil {
		return object.Checksum{}, err
	}
	payload := size - int64(n)
	if payload < 0 || h.IsSymlink() && payload != 0 {
		return object.Checksum{}, fmt.Errorf("Corrupted content stream; payload of %d bytes", payload)
	}
	return t.WriteFile(ctx, want, h, payload, stream)
}
