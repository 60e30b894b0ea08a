package object

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// ErrNotNormal reports a serialized object that is not in GVariant normal form; such bytes could
// be read differently by different readers, so they are refused wherever a checksum is trusted.
var ErrNotNormal = errors.New("Not normal form")

// offsetSize is the width of GVariant framing offsets: the smallest that can address the whole
// container including the offsets themselves.
func offsetSize(body, offsets int) int {
	switch {
	case offsets == 0:
		return 0
	case body+offsets <= 0xff:
		return 1
	case body+2*offsets <= 0xffff:
		return 2
	case uint64(body)+4*uint64(offsets) <= 0xffffffff:
		return 4
	default:
		return 8
	}
}

// containerOffsetSize is the same decision seen by a reader, who only knows the total.
func containerOffsetSize(total int) int {
	switch {
	case total <= 0xff:
		return 1
	case total <= 0xffff:
		return 2
	case uint64(total) <= 0xffffffff:
		return 4
	default:
		return 8
	}
}

func appendOffset(b []byte, v, size int) []byte {
	switch size {
	case 1:
		return append(b, byte(v))
	case 2:
		return binary.LittleEndian.AppendUint16(b, uint16(v))
	case 4:
		return binary.LittleEndian.AppendUint32(b, uint32(v))
	default:
		return binary.LittleEndian.AppendUint64(b, uint64(v))
	}
}

func readOffset(b []byte, size int) (int, bool) {
	var v uint64
	switch size {
	case 1:
		v = uint64(b[0])
	case 2:
		v = uint64(binary.LittleEndian.Uint16(b))
	case 4:
		v = uint64(binary.LittleEndian.Uint32(b))
	default:
		v = binary.LittleEndian.Uint64(b)
	}
	return int(v), v <= 1<<40
}

// arrayElems splits a serialized array of variable-size elements of alignment 1 and calls fn on each.
func arrayElems(b []byte, fn func(elem []byte) error) error {
	if len(b) == 0 {
		return nil
	}
	size := containerOffsetSize(len(b))
	if len(b) < size {
		return ErrNotNormal
	}
	end, ok := readOffset(b[len(b)-size:], size)
	if !ok || end > len(b)-size || (len(b)-end)%size != 0 {
		return ErrNotNormal
	}
	offsets := b[end:]
	start := 0
	for len(offsets) > 0 {
		stop, ok := readOffset(offsets, size)
		if !ok || stop < start || stop > end {
			return ErrNotNormal
		}
		if err := fn(b[start:stop]); err != nil {
			return err
		}
		start = stop
		offsets = offsets[size:]
	}
	return nil
}

// tupleOffsets reads the n framing offsets at the end of a tuple, in member order.
func tupleOffsets(b []byte, n int, out []int) error {
	size := containerOffsetSize(len(b))
	if len(b) < n*size {
		return ErrNotNormal
	}
	body := len(b) - n*size
	prev := 0
	for i := range n {
		v, ok := readOffset(b[len(b)-(i+1)*size:], size)
		if !ok || v < prev || v > body {
			return ErrNotNormal
		}
		out[i] = v
		prev = v
	}
	return nil
}

// cString takes a serialized GVariant string: bytes with exactly one NUL, at the end.
func cString(b []byte) (string, error) {
	if len(b) == 0 || bytes.IndexByte(b, 0) != len(b)-1 {
		return "", ErrNotNormal
	}
	return string(b[:len(b)-1]), nil
}
