package filestore

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"hash/crc32"
)

const (
	fileMagic   = "fleetlock-log 1\n"
	fileHeader  = len(fileMagic) + saltSize
	saltSize    = 16
	frameHeader = 32
	frameMagic  = 0x016b4c46 // "FLk\x01"

	// maxChanges bounds the payload of a frame of changes: with it the place
	// where a torn frame can have left anything is bounded too.
	maxChanges = 256 << 10
	// maxFile bounds what is read into memory.
	maxFile = 512 << 20
	// maxScan bounds the work spent on looking for good frames behind a
	// damaged one.
	maxScan = 16 << 20
)

type frameKind uint32

const (
	kindSnapshot frameKind = 1 // all groups; the first frame of a file
	kindChanges  frameKind = 2 // what one fdatasync made durable
	kindFinal    frameKind = 3 // a snapshot of a store closed in good order; the only frame
)

// salt begins every checksum of a file. Its first half is random, so that a
// client cannot choose an id that looks like a frame when it is found in a torn
// one; the second half is the size that the file was made with.
type salt [saltSize]byte

func newSalt() (s salt) {
	_, _ = rand.Read(s[:8]) // never fails
	return s
}

func (s *salt) setSize(size int64) { binary.LittleEndian.PutUint64(s[8:], uint64(size)) }
func (s *salt) size() uint64       { return binary.LittleEndian.Uint64(s[8:]) }

// frame is one decoded frame; payload points into the file's bytes.
type frame struct {
	kind    frameKind
	seq     uint64
	payload []byte
	size    int // with header and padding
}

func padded(n int) int { return (n + 7) &^ 7 }

// beginFrame makes room for a header in an empty buffer.
func beginFrame(buf []byte) []byte {
	return append(buf[:0], make([]byte, frameHeader)...)
}

// finishFrame fills in the header of a buffer that beginFrame began and pads
// it.
func (s salt) finishFrame(buf []byte, kind frameKind, seq uint64) []byte {
	length := len(buf) - frameHeader
	binary.LittleEndian.PutUint32(buf[0:], frameMagic)
	binary.LittleEndian.PutUint32(buf[4:], uint32(kind))
	binary.LittleEndian.PutUint64(buf[8:], seq)
	binary.LittleEndian.PutUint32(buf[16:], uint32(length))
	binary.LittleEndian.PutUint32(buf[20:], s.checksum(buf[4:20], buf[frameHeader:]))
	binary.LittleEndian.PutUint32(buf[24:], s.checksum(buf[:24], nil))
	return append(buf, make([]byte, padded(len(buf))-len(buf))...)
}

func (s salt) checksum(header, payload []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	return crc32.Update(crc32.Update(crc32.Update(0, table, s[:]), table, header), table, payload)
}

// readFrame decodes the frame at the start of data; problem says what is wrong
// with it.
func (s salt) readFrame(data []byte) (f frame, problem string) {
	if len(data) < frameHeader {
		return frame{}, "the file ends inside the header of a frame"
	}
	if binary.LittleEndian.Uint32(data) != frameMagic {
		return frame{}, "no frame begins here"
	}
	if !s.goodHeader(data) {
		return frame{}, "wrong checksum of a frame's header"
	}
	length := int64(binary.LittleEndian.Uint32(data[16:]))
	if length > int64(len(data)-frameHeader) {
		return frame{}, "the frame is longer than the file"
	}
	f = frame{
		kind:    frameKind(binary.LittleEndian.Uint32(data[4:])),
		seq:     binary.LittleEndian.Uint64(data[8:]),
		payload: data[frameHeader : frameHeader+length],
	}
	if s.checksum(data[4:20], f.payload) != binary.LittleEndian.Uint32(data[20:]) {
		return frame{}, "wrong checksum"
	}
	// The padding may be cut off by the end of the file, which loses nothing.
	f.size = min(padded(frameHeader+int(length)), len(data))
	if !allZero(data[frameHeader+length : f.size]) {
		return frame{}, "the padding is not zero"
	}
	return f, ""
}

// goodHeader checks the header's own checksum, which tells a damaged length from a frame that was not written to its
// end.
func (s salt) goodHeader(data []byte) bool {
	return s.checksum(data[:24], nil) == binary.LittleEndian.Uint32(data[24:]) && allZero(data[28:frameHeader])
}

var zeros [4096]byte

func allZero(b []byte) bool {
	for len(b) > len(zeros) {
		if !bytes.Equal(b[:len(zeros)], zeros[:]) {
			return false
		}
		b = b[len(zeros):]
	}
	return bytes.Equal(b, zeros[:len(b)])
}

// sector is the least unit that a disk writes whole. The room of a file was
// zeros before, so each sector of an interrupted write is as it should be, or
// still zero.
const sector = 512

// tail judges what follows the last good frame, at the offset off of the file:
// nothing but zeros is the ordinary end, something that one interrupted write
// can have left is torn, all else is damage at the returned distance.
func (s salt) tail(data []byte, off int) (torn bool, damage string, at int) {
	if allZero(data) {
		return false, "", 0
	}
	const reach = frameHeader + maxChanges + 8
	if len(data) > reach && !allZero(data[reach:]) {
		return false, "data where no interrupted write can have put any", reach
	}
	if s.nothingMissing(data, off) {
		return false, "a frame that is complete, but damaged", 0
	}
	scanned := 0
	for at := 0; at+frameHeader <= min(len(data), reach); at += 8 {
		rest := data[at:]
		if binary.LittleEndian.Uint32(rest) != frameMagic {
			continue
		}
		if scanned > maxScan {
			return false, "too many beginnings of frames", at
		}
		scanned += int(min(binary.LittleEndian.Uint32(rest[16:]), uint32(len(rest))))
		if _, problem := s.readFrame(rest); problem == "" {
			return false, "a good frame follows a damaged one", 0
		}
	}
	return true, "", 0
}

// nothingMissing says whether the damaged frame at the start of data cannot be
// the part of an interrupted write that reached the disk: because its header is
// there, but is none, or because none of its sectors is zero and it ends as a
// frame does.
func (s salt) nothingMissing(data []byte, off int) bool {
	if len(data) < frameHeader {
		return false
	}
	if sectorMissing(data[:frameHeader], off) {
		return false
	}
	if binary.LittleEndian.Uint32(data) != frameMagic || !s.goodHeader(data) {
		// It can be the beginning of a header, if nothing comes after it.
		var magic [4]byte
		binary.LittleEndian.PutUint32(magic[:], frameMagic)
		written := bytes.TrimRight(data[:4], "\x00")
		return len(written) == 0 || !bytes.HasPrefix(magic[:], written) || !allZero(data[frameHeader:])
	}
	length := binary.LittleEndian.Uint32(data[16:])
	if length == 0 || length > maxChanges {
		return true
	}
	end := frameHeader + int(length)
	if end > len(data) || data[end-1] == 0 {
		return false
	}
	return !sectorMissing(data[:end], off)
}

// sectorMissing says whether a part of data, which begins at the offset off of
// the file, that lies in one sector is zeros.
func sectorMissing(data []byte, off int) bool {
	for from := 0; from < len(data); {
		to := min(len(data), from+sector-(off+from)%sector)
		if allZero(data[from:to]) {
			return true
		}
		from = to
	}
	return false
}
