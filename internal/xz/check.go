package xz

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"hash/crc32"
	"hash/crc64"
)

// Check is the kind of checksum that protects the data of a block.
type Check uint8

// The checks a [Writer] can write; a [Reader] knows them all.
const (
	CRC64     Check = iota // CRC-64 (ECMA-182), 8 bytes; the usual one
	CRC32                  // CRC-32 (IEEE 802.3), 4 bytes
	SHA256                 // SHA-256, 32 bytes
	CheckNone              // no checksum
)

// checkID is the number of a check in the stream flags.
type checkID uint8

const (
	idNone   checkID = 0
	idCRC32  checkID = 1
	idCRC64  checkID = 4
	idSHA256 checkID = 10
)

var checkIDs = [...]checkID{CRC64: idCRC64, CRC32: idCRC32, SHA256: idSHA256, CheckNone: idNone}

// size of the checksum in bytes, known for all 16 numbers of the format.
func (id checkID) size() int {
	return [16]int{0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64}[id&15]
}

// known tells whether the checksum can be computed.
func (id checkID) known() bool {
	return id == idNone || id == idCRC32 || id == idCRC64 || id == idSHA256
}

var crc64Table = crc64.MakeTable(crc64.ECMA)

// checksum computes the check of a block.
type checksum struct {
	id    checkID
	crc   uint64
	hash  hash.Hash
	bytes int64
}

func (c *checksum) reset(id checkID) {
	*c = checksum{id: id, hash: c.hash}
	if id == idSHA256 {
		if c.hash == nil {
			c.hash = sha256.New()
		}
		c.hash.Reset()
	}
}

func (c *checksum) write(p []byte) {
	c.bytes += int64(len(p))
	switch c.id {
	case idCRC32:
		c.crc = uint64(crc32.Update(uint32(c.crc), crc32.IEEETable, p))
	case idCRC64:
		c.crc = updateCRC64(c.crc, p)
	case idSHA256:
		c.hash.Write(p)
	}
}

func (c *checksum) append(b []byte) []byte {
	switch c.id {
	case idCRC32:
		return binary.LittleEndian.AppendUint32(b, uint32(c.crc))
	case idCRC64:
		return binary.LittleEndian.AppendUint64(b, c.crc)
	case idSHA256:
		return c.hash.Sum(b)
	}
	return b
}
