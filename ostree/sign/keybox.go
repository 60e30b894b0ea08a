package sign

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// The keybox is GnuPG's container for public keys since version 2.1: blobs that begin
// with their own length (4 bytes, big-endian), a type and a version byte. The first blob
// is a header with the magic at offset 8; an OpenPGP blob holds the offset and length of
// an ordinary keyblock at 8 and 12.
const (
	keyboxOpenPGP = 2
	keyboxHeader  = 32
)

var (
	keyboxMagic = []byte("KBXf")
	errKeybox   = errors.New("malformed keybox")
)

func isKeybox(data []byte) bool {
	return len(data) >= keyboxHeader && data[4] == 1 && bytes.Equal(data[8:12], keyboxMagic)
}

// keyboxBlocks concatenates the keyblocks of all OpenPGP blobs.
func keyboxBlocks(data []byte) ([]byte, error) {
	var out []byte
	for len(data) > 0 {
		if len(data) < 5 {
			return nil, errKeybox
		}
		size := uint64(binary.BigEndian.Uint32(data))
		if size < 5 || size > uint64(len(data)) {
			return nil, errKeybox
		}
		block, err := keyboxBlock(data[:size])
		if err != nil {
			return nil, err
		}
		out = append(out, block...)
		data = data[size:]
	}
	return out, nil
}

func keyboxBlock(blob []byte) ([]byte, error) {
	if blob[4] != keyboxOpenPGP {
		return nil, nil
	}
	if len(blob) < 16 {
		return nil, errKeybox
	}
	offset := uint64(binary.BigEndian.Uint32(blob[8:]))
	length := uint64(binary.BigEndian.Uint32(blob[12:]))
	if offset+length > uint64(len(blob)) {
		return nil, errKeybox
	}
	return blob[offset : offset+length], nil
}
