package object

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"strings"
	"unicode/utf8"
)

// MaxHeaderSize bounds the header of a content stream: the xattrs of one file and a symlink's target.
const MaxHeaderSize = 16 << 20

// FileHeader is what a content object holds beside the payload. It has three serialized forms: the
// hashed one ([FileHeader.AppendContentHeader]), the one stored in archive repositories
// ([FileHeader.AppendArchiveHeader]) and the user.ostreemeta attribute of bare-user repositories
// ([FileHeader.AppendMeta]).
type FileHeader struct {
	UID, GID uint32
	Mode     uint32 // with the type bits: a regular file or a symlink (always 0120777)
	Symlink  string // target; only of symlinks
	Xattrs   Xattrs
}

// IsSymlink tells whether the object is a symlink; else it is a regular file.
func (h *FileHeader) IsSymlink() bool { return h.Mode&ModeTypeMask == ModeSymlink }

// Validate checks type bits, permission bits, the target and the xattrs.
func (h *FileHeader) Validate() error {
	switch h.Mode & ModeTypeMask {
	case ModeRegular:
		if h.Symlink != "" {
			return errors.New("Invalid content object: regular file with a symlink target")
		}
	case ModeSymlink:
		if h.Symlink == "" {
			return errors.New("Invalid content object: symlink without a target")
		}
		if !utf8.ValidString(h.Symlink) || strings.IndexByte(h.Symlink, 0) >= 0 {
			return fmt.Errorf("Invalid content object: symlink target %q is not valid UTF-8", h.Symlink)
		}
	default:
		return fmt.Errorf("Invalid file metadata mode %d; not a valid file type", h.Mode)
	}
	if h.Mode&^(ModeTypeMask|ModePerm) != 0 {
		return fmt.Errorf("Invalid mode %d; invalid bits in mode", h.Mode)
	}
	return h.Xattrs.Validate()
}

// appendTail appends uid, gid, mode, rdev, target and xattrs; framing is relative to start.
func (h *FileHeader) appendTail(b []byte, start int) []byte {
	b = binary.BigEndian.AppendUint32(b, h.UID)
	b = binary.BigEndian.AppendUint32(b, h.GID)
	b = binary.BigEndian.AppendUint32(b, h.Mode)
	b = binary.BigEndian.AppendUint32(b, 0) // rdev: devices are never stored
	b = append(b, h.Symlink...)
	b = append(b, 0)
	end := len(b) - start
	b = h.Xattrs.Append(b)
	return appendOffset(b, end, offsetSize(len(b)-start, 1))
}

// framed writes the length prefix: u32 big-endian, four zero bytes, then the variant.
func framed(b []byte, variant func([]byte, int) []byte) []byte {
	prefix := len(b)
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 0)
	start := len(b)
	b = variant(b, start)
	binary.BigEndian.PutUint32(b[prefix:], uint32(len(b)-start))
	return b
}

// AppendContentHeader appends the start of the hashed stream: the length-prefixed header
// (uuuusa(ayay)). The payload follows it.
func (h *FileHeader) AppendContentHeader(b []byte) []byte { return framed(b, h.appendTail) }

// AppendArchiveHeader appends the start of a .filez: the length-prefixed header (tuuuusa(ayay)),
// whose first member is the payload's size in bytes (0 for symlinks). Raw deflate data follows.
func (h *FileHeader) AppendArchiveHeader(b []byte, size uint64) []byte {
	return framed(b, func(b []byte, start int) []byte {
		return h.appendTail(binary.BigEndian.AppendUint64(b, size), start)
	})
}

// AppendMeta appends the value of user.ostreemeta, (uuua(ayay)).
func (h *FileHeader) AppendMeta(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, h.UID)
	b = binary.BigEndian.AppendUint32(b, h.GID)
	b = binary.BigEndian.AppendUint32(b, h.Mode)
	return h.Xattrs.Append(b)
}

// ParseMeta reads user.ostreemeta. A symlink's target is the file's content and has to be set by the caller.
func ParseMeta(b []byte) (*FileHeader, error) {
	m, err := parseOwnerModeXattrs(b)
	if err != nil {
		return nil, err
	}
	switch m.Mode & ModeTypeMask {
	case ModeRegular, ModeSymlink:
	default:
		return nil, fmt.Errorf("Invalid file metadata mode %d; not a valid file type", m.Mode)
	}
	return &FileHeader{UID: m.UID, GID: m.GID, Mode: m.Mode, Xattrs: m.Xattrs}, nil
}

// HeaderLength reads the length prefix (8 bytes) of a content stream or .filez and checks it
// against the size of the whole object, or against [MaxHeaderSize] when that is not known (0).
func HeaderLength(prefix []byte, objectSize uint64) (int, error) {
	if len(prefix) < 8 {
		return 0, fmt.Errorf("Corrupted archive file; only %d bytes", len(prefix))
	}
	n := binary.BigEndian.Uint32(prefix)
	if n == 0 {
		return 0, errors.New("File header size is zero")
	}
	if objectSize != 0 && uint64(n) > objectSize {
		return 0, fmt.Errorf("File header size %d exceeds size %d", n, objectSize)
	}
	if n > MaxHeaderSize {
		return 0, fmt.Errorf("File header size %d exceeds size %d", n, MaxHeaderSize)
	}
	return int(n), nil
}

// ParseContentHeader reads the variant of a hashed stream (without the length prefix).
func ParseContentHeader(b []byte) (*FileHeader, error) {
	h, err := parseHeaderTail(b, b)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(h.appendTail(nil, 0), b) {
		return nil, ErrNotNormal
	}
	return h, h.Validate()
}

// ParseArchiveHeader reads the variant of a .filez (without the length prefix) and returns the payload's size.
func ParseArchiveHeader(b []byte) (h *FileHeader, size uint64, err error) {
	if len(b) < 8 {
		return nil, 0, ErrNotNormal
	}
	size = binary.BigEndian.Uint64(b)
	if h, err = parseHeaderTail(b, b[8:]); err != nil {
		return nil, 0, err
	}
	if !bytes.Equal(h.appendTail(append(make([]byte, 0, len(b)), b[:8]...), 0), b) {
		return nil, 0, ErrNotNormal
	}
	if size > 1<<62 {
		return nil, 0, fmt.Errorf("Corrupted archive file; invalid size %d", size)
	}
	return h, size, h.Validate()
}

func parseHeaderTail(whole, tail []byte) (*FileHeader, error) {
	var end [1]int
	if len(tail) < 17 {
		return nil, ErrNotNormal
	}
	if err := tupleOffsets(whole, 1, end[:]); err != nil {
		return nil, err
	}
	skip := len(whole) - len(tail)
	if end[0] < skip+17 {
		return nil, ErrNotNormal
	}
	h := &FileHeader{
		UID:  binary.BigEndian.Uint32(tail),
		GID:  binary.BigEndian.Uint32(tail[4:]),
		Mode: binary.BigEndian.Uint32(tail[8:]),
	}
	if rdev := binary.BigEndian.Uint32(tail[12:]); rdev != 0 {
		return nil, fmt.Errorf("Corrupted archive file; invalid rdev %d", rdev)
	}
	var err error
	if h.Symlink, err = cString(tail[16 : end[0]-skip]); err != nil {
		return nil, err
	}
	if !utf8.ValidString(h.Symlink) {
		return nil, ErrNotNormal
	}
	h.Xattrs, err = ParseXattrs(tail[end[0]-skip : len(tail)-containerOffsetSize(len(whole))])
	return h, err
}

// NewContentHash starts the hash that names a content object; write the payload to it (nothing for symlinks).
func NewContentHash(h *FileHeader) hash.Hash {
	s := sha256.New()
	var buf [256]byte
	s.Write(h.AppendContentHeader(buf[:0]))
	return s
}

// ContentChecksum returns the name of the content object with this header and payload.
func ContentChecksum(h *FileHeader, payload []byte) Checksum {
	s := NewContentHash(h)
	s.Write(payload)
	var c Checksum
	s.Sum(c[:0])
	return c
}
