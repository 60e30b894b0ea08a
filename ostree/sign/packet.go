package sign

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Packet tags of RFC 4880 and RFC 9580 that appear in keys and signatures.
const (
	tagSignature    = 2
	tagSecretKey    = 5
	tagPublicKey    = 6
	tagSecretSubkey = 7
	tagMarker       = 10
	tagTrust        = 12
	tagUserID       = 13
	tagPublicSubkey = 14
	tagAttribute    = 17
)

// errTruncated reports OpenPGP data that ends inside a packet.
var errTruncated = errors.New("truncated OpenPGP packet")

// rawPacket is one OpenPGP packet without its header. The body aliases the input.
type rawPacket struct {
	tag  byte
	body []byte
}

// nextPacket splits the first packet off data. Both header formats are read; partial and
// indeterminate lengths, which only data packets may use, are errors.
func nextPacket(data []byte) (rawPacket, []byte, error) {
	if len(data) < 2 {
		return rawPacket{}, nil, errTruncated
	}
	if data[0]&0x80 == 0 {
		return rawPacket{}, nil, fmt.Errorf("byte 0x%02x does not start an OpenPGP packet", data[0])
	}
	if data[0]&0x40 != 0 {
		length, rest, err := newLength(data[1:])
		return cut(data[0]&0x3f, length, rest, err)
	}
	length, rest, err := oldLength(data[0]&3, data[1:])
	return cut(data[0]>>2&0xf, length, rest, err)
}

func cut(tag byte, length uint32, rest []byte, err error) (rawPacket, []byte, error) {
	if err != nil {
		return rawPacket{}, nil, err
	}
	if uint64(length) > uint64(len(rest)) {
		return rawPacket{}, nil, errTruncated
	}
	return rawPacket{tag, rest[:length]}, rest[length:], nil
}

func oldLength(kind byte, data []byte) (uint32, []byte, error) {
	if kind == 3 {
		return 0, nil, errors.New("packet of indeterminate length")
	}
	size := 1 << kind
	if len(data) < size {
		return 0, nil, errTruncated
	}
	var length uint32
	for _, b := range data[:size] {
		length = length<<8 | uint32(b)
	}
	return length, data[size:], nil
}

// newLength reads the length of new-format packets and of signature subpackets alike,
// which differ only in the partial lengths that the latter do not have.
func newLength(data []byte) (uint32, []byte, error) {
	if len(data) > 0 && data[0] >= 224 && data[0] < 255 {
		return 0, nil, errors.New("packet of partial length")
	}
	return subpacketLength(data)
}

func subpacketLength(data []byte) (uint32, []byte, error) {
	switch {
	case len(data) >= 1 && data[0] < 192:
		return uint32(data[0]), data[1:], nil
	case len(data) >= 2 && data[0] < 255:
		return uint32(data[0]-192)<<8 + uint32(data[1]) + 192, data[2:], nil
	case len(data) >= 5 && data[0] == 255:
		return binary.BigEndian.Uint32(data[1:]), data[5:], nil
	}
	return 0, nil, errTruncated
}

// appendPacket writes a packet as GnuPG does: old format where the tag allows it, with
// the shortest length of at least the given width.
func appendPacket(dst []byte, p rawPacket) []byte {
	n := len(p.body)
	if p.tag > 15 {
		dst = append(dst, 0xc0|p.tag)
		dst = appendNewLength(dst, n)
		return append(dst, p.body...)
	}
	head := 0x80 | p.tag<<2
	switch {
	case n < 1<<8:
		dst = append(dst, head, byte(n))
	case n < 1<<16:
		dst = append(dst, head|1, byte(n>>8), byte(n))
	default:
		dst = binary.BigEndian.AppendUint32(append(dst, head|2), uint32(n))
	}
	return append(dst, p.body...)
}

func appendNewLength(dst []byte, n int) []byte {
	switch {
	case n < 192:
		return append(dst, byte(n))
	case n < 8384:
		return append(dst, byte((n-192)>>8+192), byte(n-192))
	}
	return binary.BigEndian.AppendUint32(append(dst, 255), uint32(n))
}

// readMPI splits a multi-precision integer (two bytes of bit count, then the bytes) off data.
func readMPI(data []byte) (value, rest []byte, err error) {
	if len(data) < 2 {
		return nil, nil, errTruncated
	}
	size := (int(binary.BigEndian.Uint16(data)) + 7) / 8
	if len(data)-2 < size {
		return nil, nil, errTruncated
	}
	return data[2 : 2+size], data[2+size:], nil
}

// appendMPI writes value without its leading zero bytes.
func appendMPI(dst, value []byte) []byte {
	value = trimZeros(value)
	bits := len(value) * 8
	if bits > 0 {
		for b := value[0]; b&0x80 == 0; b <<= 1 {
			bits--
		}
	}
	return append(binary.BigEndian.AppendUint16(dst, uint16(bits)), value...)
}

func trimZeros(value []byte) []byte {
	for len(value) > 0 && value[0] == 0 {
		value = value[1:]
	}
	return value
}
