package ostree

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/klauspost/compress/flate"
	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sys/unix"
)

// MaxMetadataSize bounds a metadata object, in bytes (OSTree repository format, size limits).
const MaxMetadataSize = 128 << 20

// ostreeMetaXattr holds owner, mode and xattrs of a file in bare-user repositories.
const ostreeMetaXattr = "user.ostreemeta"

// ErrNotFound is wrapped by every error that says that an object, ref or remote does not exist.
var ErrNotFound = errors.New("not found")

// NotFoundError reports a missing object. errors.Is(err, ErrNotFound) holds.
type NotFoundError struct{ Name object.Name }

// Error returns the reference implementation's text.
func (e *NotFoundError) Error() string {
	if e.Name.Type == object.TypeFile {
		return fmt.Sprintf("Couldn't find file object '%s'", e.Name.Checksum)
	}
	return "No such metadata object " + e.Name.String()
}

// Is makes the error match [ErrNotFound].
func (e *NotFoundError) Is(target error) bool { return target == ErrNotFound }

// ChecksumError reports an object whose bytes do not have the checksum that names it.
type ChecksumError struct {
	Name object.Name     // what was expected
	Got  object.Checksum // what was found
}

// Error returns the reference implementation's text.
func (e *ChecksumError) Error() string {
	kind := "metadata"
	switch e.Name.Type {
	case object.TypeFile:
		kind = "file"
	case object.TypeCommit:
		kind = "commit"
	}
	return fmt.Sprintf("Corrupted %s object; checksum expected='%s' actual='%s'", kind, e.Name.Checksum, e.Got)
}

// findObject calls look with each directory that may hold an object, and the object's path below it, until one has it:
// objects/, then what the running transaction has staged. For an error of look that is ENOENT the search goes on, and
// ENOENT is the result if no directory is left. The descriptor is good for the time of the call only: the transaction
// may end in another goroutine, and the number then stand for something else.
func (r *Repo) findObject(n object.Name, look func(root int, path string) error) error {
	var buf [96]byte
	path := string(n.AppendLoosePath(buf[:0], r.Mode() == ModeArchive))
	t := r.txn.Load()
	if t == nil || t.staged == nil {
		return look(r.objectsFD, path)
	}
	if n.Type == object.TypeCommitMeta { // the only objects that change: what is staged is newer
		if err := t.staged.look(path, look); !isErrno(err, unix.ENOENT) {
			return err
		}
		return look(r.objectsFD, path)
	}
	if err := look(r.objectsFD, path); !isErrno(err, unix.ENOENT) {
		return err
	}
	err := t.staged.look(path, look)
	if isErrno(err, unix.ENOENT) && t.publishing.Load() {
		return look(r.objectsFD, path) // it may have moved there since
	}
	return err
}

// openObject opens a loose object, without waiting for anything if a fifo lies in its place. The caller
// closes the descriptor.
func (r *Repo) openObject(n object.Name, extra int) (int, error) {
	fd := -1
	err := r.findObject(n, func(root int, path string) (err error) {
		fd, err = openat(root, path, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|extra, 0)
		return err
	})
	return fd, err
}

// statObject is lstat of a loose object; found is false if there is none.
func (r *Repo) statObject(n object.Name, st *unix.Stat_t) (found bool, err error) {
	err = r.findObject(n, func(root int, path string) error {
		err := unix.Fstatat(root, path, st, unix.AT_SYMLINK_NOFOLLOW)
		if err != nil && err != unix.ENOENT {
			return errno.New("fstatat", path, err)
		}
		return err
	})
	if err == unix.ENOENT {
		return false, nil
	}
	return err == nil, err
}

// HasObject tells whether the repository, its running transaction or its parent repository holds the object.
func (r *Repo) HasObject(n object.Name) (bool, error) {
	var st unix.Stat_t
	found, err := r.statObject(n, &st)
	if found || err != nil || r.parent == nil {
		return found, err
	}
	return r.parent.HasObject(n)
}

// hasOwnObject is HasObject without the parent repository.
func (r *Repo) hasOwnObject(n object.Name) (bool, error) {
	var st unix.Stat_t
	found, err := r.statObject(n, &st)
	return found, err
}

// LoadMeta returns the bytes of a metadata object. They are not verified against the checksum; that
// happened when the object was written. A missing object is a [*NotFoundError].
func (r *Repo) LoadMeta(n object.Name) ([]byte, error) {
	if !n.Type.IsMeta() {
		return nil, fmt.Errorf("%s is not a metadata object", n)
	}
	fd, err := r.openObject(n, 0)
	if err == unix.ENOENT {
		if r.parent != nil {
			return r.parent.LoadMeta(n)
		}
		return nil, &NotFoundError{n}
	}
	if err != nil {
		return nil, errno.New("openat", n.LoosePath(false), err)
	}
	defer unix.Close(fd)
	return readAllFD(fd, n.String(), MaxMetadataSize)
}

func readAllFD(fd int, what string, limit int64) ([]byte, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, errno.New("fstat", what, err)
	}
	if st.Size > limit {
		return nil, fmt.Errorf("%s: size %d exceeds the limit of %d bytes", what, st.Size, limit)
	}
	b := make([]byte, st.Size)
	if _, err := io.ReadFull(fdFile(fd), b); err != nil {
		return nil, fmt.Errorf("reading %s: %w", what, err)
	}
	return b, nil
}

// LoadCommit returns a commit object, parsed and validated.
func (r *Repo) LoadCommit(c object.Checksum) (*object.Commit, error) {
	b, err := r.LoadMeta(object.Name{Checksum: c, Type: object.TypeCommit})
	if err != nil {
		return nil, err
	}
	commit, err := object.ParseCommit(b)
	if err != nil {
		return nil, fmt.Errorf("%s.commit: %w", c, err)
	}
	return commit, nil
}

// LoadDirTree returns a dirtree object, parsed and validated.
func (r *Repo) LoadDirTree(c object.Checksum) (*object.DirTree, error) {
	b, err := r.LoadMeta(object.Name{Checksum: c, Type: object.TypeDirTree})
	if err != nil {
		return nil, err
	}
	t, err := object.ParseDirTree(b)
	if err != nil {
		return nil, fmt.Errorf("%s.dirtree: %w", c, err)
	}
	return t, nil
}

// LoadDirMeta returns a dirmeta object, parsed and validated.
func (r *Repo) LoadDirMeta(c object.Checksum) (*object.DirMeta, error) {
	b, err := r.LoadMeta(object.Name{Checksum: c, Type: object.TypeDirMeta})
	if err != nil {
		return nil, err
	}
	m, err := object.ParseDirMeta(b)
	if err != nil {
		return nil, fmt.Errorf("%s.dirmeta: %w", c, err)
	}
	return m, nil
}

// LoadCommitMeta returns the detached metadata of a commit; it is invalid (IsValid false) if there is none.
func (r *Repo) LoadCommitMeta(c object.Checksum) (object.Variant, error) {
	n := object.Name{Checksum: c, Type: object.TypeCommitMeta}
	b, err := r.LoadMeta(n)
	if errors.Is(err, ErrNotFound) {
		return object.Variant{}, nil
	}
	if err != nil {
		return object.Variant{}, err
	}
	if err := object.Validate(n.Type, b); err != nil {
		return object.Variant{}, fmt.Errorf("%s: %w", n, err)
	}
	return variantOf("a{sv}", b), nil
}

// File is a content object opened for reading: its header, and the payload through Read. Close it.
type File struct {
	Header object.FileHeader
	Size   int64 // of the payload in bytes; 0 for symlinks

	fd      int // of the stored file; -1 for symlinks
	raw     bool
	left    int64
	inflate *inflater
}

// RawFD returns the descriptor of the stored file when that is the payload itself, byte for byte.
func (f *File) RawFD() (fd int, ok bool) { return f.fd, f.raw && f.fd >= 0 }

// Read reads the payload. The size that the object claims must hold exactly.
func (f *File) Read(p []byte) (int, error) {
	if f.fd < 0 {
		return 0, io.EOF
	}
	if f.raw {
		return fdFile(f.fd).Read(p)
	}
	n, err := f.inflate.fl.Read(p)
	f.left -= int64(n)
	switch {
	case f.left < 0:
		return 0, fmt.Errorf("Corrupted archive file; content is larger than the size %d in its header", f.Size)
	case err == io.EOF && f.left > 0:
		return n, fmt.Errorf("Corrupted archive file; content is smaller than the size %d in its header", f.Size)
	case err != nil && err != io.EOF:
		return n, fmt.Errorf("Corrupted archive file; inflating: %w", err)
	}
	return n, err
}

// Close releases the file.
func (f *File) Close() error {
	if f.inflate != nil {
		f.inflate.release()
		f.inflate = nil
	}
	if f.fd >= 0 {
		unix.Close(f.fd)
		f.fd = -1
	}
	return nil
}

// inflater is a pooled raw deflate reader with its read buffer.
type inflater struct {
	br *bufio.Reader
	fl io.ReadCloser
}

var inflaters = sync.Pool{New: func() any {
	br := bufio.NewReaderSize(nil, 64<<10)
	return &inflater{br, flate.NewReader(br)}
}}

func newInflater(r io.Reader) *inflater {
	z := inflaters.Get().(*inflater)
	z.br.Reset(r)
	z.fl.(flate.Resetter).Reset(z.br, nil)
	return z
}

func (z *inflater) release() {
	z.br.Reset(nil)
	inflaters.Put(z)
}

// LoadFile opens a content object of the repository, its running transaction or its parent.
// The payload is not verified while it is read, apart from its size.
func (r *Repo) LoadFile(c object.Checksum) (*File, error) {
	f, err := r.loadOwnFile(c, true)
	if errors.Is(err, ErrNotFound) && r.parent != nil {
		return r.parent.LoadFile(c)
	}
	return f, err
}

// StatFile returns the header and the payload's size of a content object.
func (r *Repo) StatFile(c object.Checksum) (*object.FileHeader, int64, error) {
	f, err := r.loadOwnFile(c, false)
	if errors.Is(err, ErrNotFound) && r.parent != nil {
		return r.parent.StatFile(c)
	}
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	return &f.Header, f.Size, nil
}

func (r *Repo) loadOwnFile(c object.Checksum, open bool) (*File, error) {
	n := object.Name{Checksum: c, Type: object.TypeFile}
	fd, err := r.openObject(n, 0)
	switch {
	case err == unix.ENOENT:
		return nil, &NotFoundError{n}
	case err == unix.ELOOP && r.Mode() != ModeArchive && r.Mode() != ModeBareUser:
		return r.loadSymlink(n)
	case err != nil:
		return nil, errno.New("openat", n.LoosePath(r.Mode() == ModeArchive), err)
	}
	f := &File{fd: fd}
	if err := r.readFileHeader(f, c); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", n, err)
	}
	return f, nil
}

// readFileHeader fills the header of an opened loose file as the repository's mode stores it.
func (r *Repo) readFileHeader(f *File, c object.Checksum) error {
	var st unix.Stat_t
	if err := unix.Fstat(f.fd, &st); err != nil {
		return errno.Wrap("fstat", err)
	}
	if uint32(st.Mode)&object.ModeTypeMask != object.ModeRegular {
		return fmt.Errorf("not a regular file")
	}
	f.Size = st.Size
	f.raw = true
	switch r.Mode() {
	case ModeArchive:
		f.raw = false
		return f.readArchiveHeader(st.Size)
	case ModeBareUser:
		return f.readUserMeta()
	case ModeBareUserOnly:
		f.Header.Mode = uint32(st.Mode)
		return nil
	}
	f.Header = object.FileHeader{UID: st.Uid, GID: st.Gid, Mode: uint32(st.Mode)}
	var err error
	f.Header.Xattrs, err = r.storedXattrs(c, func() (object.Xattrs, error) { return fdXattrs(f.fd) })
	return err
}

// storedXattrs reads the xattrs of a file in the two modes that keep them outside of a header.
func (r *Repo) storedXattrs(c object.Checksum, onFile func() (object.Xattrs, error)) (object.Xattrs, error) {
	if r.Mode() == ModeBareSplitXattrs {
		return r.splitXattrs(c)
	}
	if r.Config().DisableXattrs {
		return nil, nil
	}
	return onFile()
}

// splitXattrs reads the file-xattrs-link of a file in a bare-split-xattrs repository.
func (r *Repo) splitXattrs(c object.Checksum) (object.Xattrs, error) {
	n := object.Name{Checksum: c, Type: object.TypeFileXattrsLink}
	fd, err := r.openObject(n, 0)
	if err != nil {
		return nil, errno.New("openat", n.LoosePath(false), err)
	}
	defer unix.Close(fd)
	b, err := readAllFD(fd, n.String(), MaxMetadataSize)
	if err != nil {
		return nil, err
	}
	x, err := object.ParseXattrs(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", n, err)
	}
	return x, nil
}

func (f *File) readUserMeta() error {
	b, err := readXattr(ostreeMetaXattr, func(n string, b []byte) (int, error) { return unix.Fgetxattr(f.fd, n, b) })
	if err != nil {
		return errno.New("fgetxattr", ostreeMetaXattr, err)
	}
	h, err := object.ParseMeta(b)
	if err != nil {
		return err
	}
	f.Header = *h
	if !h.IsSymlink() {
		return nil
	}
	if f.Size > 1<<16 {
		return fmt.Errorf("symlink target of %d bytes is too long", f.Size)
	}
	target := make([]byte, f.Size)
	if _, err := io.ReadFull(fdFile(f.fd), target); err != nil {
		return err
	}
	f.Header.Symlink = string(bytes.TrimSuffix(target, []byte{0}))
	unix.Close(f.fd)
	f.fd, f.Size = -1, 0
	return nil
}

func (f *File) readArchiveHeader(stored int64) error {
	f.inflate = newInflater(fdFile(f.fd))
	h, size, err := readArchiveHeader(f.inflate.br, uint64(stored))
	if err != nil {
		return err
	}
	f.Header, f.Size, f.left = *h, int64(size), int64(size)
	if h.IsSymlink() {
		unix.Close(f.fd)
		f.fd, f.Size = -1, 0
	}
	return nil
}

// readArchiveHeader reads the start of a .filez; what follows in r is the deflate stream.
// stored is the size of the whole object, 0 if unknown.
func readArchiveHeader(r io.Reader, stored uint64) (*object.FileHeader, uint64, error) {
	variant, err := readFramed(r, stored)
	if err != nil {
		return nil, 0, err
	}
	return object.ParseArchiveHeader(variant)
}

// readContentHeader reads the start of a hashed content stream; what follows in r is the payload.
func readContentHeader(r io.Reader, size uint64) (*object.FileHeader, int, error) {
	variant, err := readFramed(r, size)
	if err != nil {
		return nil, 0, err
	}
	h, err := object.ParseContentHeader(variant)
	return h, len(variant) + 8, err
}

func readFramed(r io.Reader, size uint64) ([]byte, error) {
	var prefix [8]byte
	if _, err := io.ReadFull(r, prefix[:]); err != nil {
		return nil, fmt.Errorf("Corrupted archive file; reading the header's size: %w", err)
	}
	n, err := object.HeaderLength(prefix[:], size)
	if err != nil {
		return nil, err
	}
	if binary.BigEndian.Uint32(prefix[4:]) != 0 {
		return nil, fmt.Errorf("Corrupted archive file; nonzero padding")
	}
	// Grown as it is read, so that a lying length costs no more memory than there are bytes.
	var b bytes.Buffer
	b.Grow(min(n, 64<<10))
	if _, err := io.CopyN(&b, r, int64(n)); err != nil {
		return nil, fmt.Errorf("Corrupted archive file; reading the header: %w", err)
	}
	return b.Bytes(), nil
}

// loadSymlink reads a symlink object of the modes that store it as a symlink.
func (r *Repo) loadSymlink(n object.Name) (*File, error) {
	f := &File{fd: -1}
	f.Header.Mode = object.ModeSymlink | 0o777
	err := r.findObject(n, func(root int, path string) error {
		var st unix.Stat_t
		if err := unix.Fstatat(root, path, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
			return errno.New("fstatat", path, err)
		}
		var err error
		if f.Header.Symlink, err = readlinkat(root, path); err != nil || r.Mode() == ModeBareUserOnly {
			return err
		}
		f.Header.UID, f.Header.GID = st.Uid, st.Gid
		f.Header.Xattrs, err = r.storedXattrs(n.Checksum, func() (object.Xattrs, error) { return entryXattrs(root, path) })
		return err
	})
	switch {
	case isErrno(err, unix.ENOENT):
		return nil, &NotFoundError{n}
	case err != nil:
		return nil, err
	}
	return f, nil
}

// ContentStream returns the hashed form of the object: header, then payload. Its SHA-256 is the checksum.
func (f *File) ContentStream() io.Reader {
	return io.MultiReader(bytes.NewReader(f.Header.AppendContentHeader(nil)), f)
}

// objectStorage returns how many bytes the object's stored file has.
func (r *Repo) objectStorage(n object.Name) (int64, error) {
	var st unix.Stat_t
	found, err := r.statObject(n, &st)
	if err != nil {
		return 0, err
	}
	if !found {
		if r.parent != nil {
			return r.parent.objectStorage(n)
		}
		return 0, &NotFoundError{n}
	}
	return st.Size, nil
}

// StoredSize returns how many bytes an object takes as a file in the repository, compressed as its mode has it.
func (r *Repo) StoredSize(n object.Name) (int64, error) { return r.objectStorage(n) }

var _ io.ReadCloser = (*File)(nil)
var _ = os.ErrNotExist
