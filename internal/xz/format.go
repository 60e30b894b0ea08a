package xz

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math/bits"
)

const (
	headerMagic = "\xfd7zXZ\x00"
	footerMagic = "YZ"
	headerSize  = 12 // of the stream header and the stream footer

	flagFilters    = 0x03 // number of filters less one
	flagReserved   = 0x3c
	flagPacked     = 0x40
	flagUnpacked   = 0x80
	maxVLI         = 1<<63 - 1
	filterLZMA2    = 0x21
	indexIndicator = 0
	maxDictCode    = 40
	maxUnpadded    = maxVLI &^ 3
)

// ErrFormat is reported (wrapped) for data that is not in the .xz format or
// is damaged: bad magic bytes, impossible header fields, compressed data that
// cannot be decoded, an index that disagrees with the blocks.
var ErrFormat = errors.New("xz: invalid data")

// ErrNotSupported is reported (wrapped) for valid files that use a filter or a check this
// package does not know.
var ErrNotSupported = errors.New("xz: not supported")

// ErrChecksum is reported (wrapped) when the data of a block does not have
// the checksum the file promises.
var ErrChecksum = errors.New("xz: checksum mismatch")

func formatError(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrFormat}, args...)...)
}

// appendVLI appends a number in the variable length encoding: seven bits a
// byte, the lowest first, the high bit set in all bytes but the last.
func appendVLI(b []byte, v uint64) []byte { return binary.AppendUvarint(b, v) }

func appendCRC32(b []byte, from int) []byte {
	return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b[from:]))
}

func padded(b []byte, from int) []byte {
	for (len(b)-from)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func appendStreamHeader(b []byte, check checkID) []byte {
	b = append(b, headerMagic...)
	n := len(b)
	b = append(b, 0, byte(check))
	return appendCRC32(b, n)
}

// parseStreamHeader returns the check of a stream, from its first 12 bytes.
func parseStreamHeader(b []byte) (checkID, error) {
	if !bytes.Equal(b[:6], []byte(headerMagic)) {
		return 0, formatError("no .xz signature")
	}
	if crc32.ChecksumIEEE(b[6:8]) != binary.LittleEndian.Uint32(b[8:]) {
		return 0, formatError("checksum of the stream header")
	}
	return parseStreamFlags(b[6:8])
}

func parseStreamFlags(b []byte) (checkID, error) {
	if b[0] != 0 || b[1]&0xf0 != 0 {
		return 0, fmt.Errorf("%w: stream flags %#x", ErrNotSupported, b)
	}
	return checkID(b[1]), nil
}

func appendStreamFooter(b []byte, check checkID, indexSize int) []byte {
	var tail [6]byte
	binary.LittleEndian.PutUint32(tail[:], uint32(indexSize/4-1))
	tail[5] = byte(check)
	b = binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(tail[:]))
	return append(append(b, tail[:]...), footerMagic...)
}

// parseStreamFooter checks the last 12 bytes of a stream and returns the size
// of the index before it.
func parseStreamFooter(b []byte, check checkID) (int64, error) {
	if string(b[10:12]) != footerMagic {
		return 0, formatError("no signature at the end of the stream")
	}
	if crc32.ChecksumIEEE(b[4:10]) != binary.LittleEndian.Uint32(b) {
		return 0, formatError("checksum of the stream footer")
	}
	got, err := parseStreamFlags(b[8:10])
	if err != nil {
		return 0, err
	}
	if got != check {
		return 0, formatError("stream header and footer disagree about the check")
	}
	return (int64(binary.LittleEndian.Uint32(b[4:])) + 1) * 4, nil
}

// record is what the index tells of a block.
type record struct {
	unpadded uint64 // header, compressed data and check
	size     uint64 // of the data
}

func appendIndex(b []byte, records []record) []byte {
	n := len(b)
	b = append(b, indexIndicator)
	b = appendVLI(b, uint64(len(records)))
	for _, r := range records {
		b = appendVLI(b, r.unpadded)
		b = appendVLI(b, r.size)
	}
	return appendCRC32(padded(b, n), n)
}

// dictCode returns the code of the smallest dictionary size, of the form 2^n
// or 3·2^n, that is at least size.
func dictCode(size int) byte {
	if size <= minDict {
		return 0
	}
	n := bits.Len(uint(size - 1)) // size ≤ 2^n
	if size <= 3<<(n-2) {
		return byte(2*(n-13) + 1)
	}
	return byte(2 * (n - 12))
}

// dictSizeOf is the size for a code.
func dictSizeOf(code byte) (uint32, error) {
	switch {
	case code < maxDictCode:
		return (2 | uint32(code)&1) << (code/2 + 11), nil
	case code == maxDictCode:
		return maxDict, nil
	}
	return 0, fmt.Errorf("%w: dictionary size code %d", ErrNotSupported, code)
}

// appendBlockHeader appends the header of an LZMA2 block; the sizes are left
// out when packed is 0.
func appendBlockHeader(b []byte, dict byte, packed, size uint64) []byte {
	n := len(b)
	b = append(b, 0, 0)
	if packed != 0 {
		b[n+1] = flagPacked | flagUnpacked
		b = appendVLI(appendVLI(b, packed), size)
	}
	b = padded(append(b, filterLZMA2, 1, dict), n)
	b[n] = byte((len(b) - n) / 4)
	return appendCRC32(b, n)
}
