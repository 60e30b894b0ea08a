package xz

import "encoding/binary"

// The branch filters turn relative addresses of jumps and calls into absolute
// ones, so that calls of the same function look the same. Here they are undone.

// wordFilter decodes instructions of four aligned bytes; pc is the address of
// the instruction.
type wordFilter func(b []byte, pc uint32)

func (f wordFilter) decode(b []byte, pos uint32) int {
	i := 0
	for ; i+4 <= len(b); i += 4 {
		f(b[i:i+4:i+4], pos+uint32(i))
	}
	return i
}

// decodePPC: big endian "bl" with AA=0, LK=1.
func decodePPC(b []byte, pc uint32) {
	v := binary.BigEndian.Uint32(b)
	if v&0xfc000003 == 0x48000001 {
		binary.BigEndian.PutUint32(b, 0x48000001|(v-pc)&0x03fffffc)
	}
}

// decodeARM: "bl", always executed; addresses count words from pc+8.
func decodeARM(b []byte, pc uint32) {
	if b[3] == 0xeb {
		v := binary.LittleEndian.Uint32(b)
		v = (v&0x00ffffff<<2 - pc - 8) >> 2
		binary.LittleEndian.PutUint32(b, v&0x00ffffff|0xeb000000)
	}
}

// decodeSPARC: "call" with a displacement of 23 bits.
func decodeSPARC(b []byte, pc uint32) {
	v := binary.BigEndian.Uint32(b)
	if top := v >> 22; top != 0x100 && top != 0x1ff {
		return
	}
	v = (v<<2 - pc) >> 2
	v = (-(v >> 22 & 1))<<22&0x3fffffff | v&0x3fffff | 0x40000000
	binary.BigEndian.PutUint32(b, v)
}

// decodeARM64: "bl" with any, "adrp" with a small displacement.
func decodeARM64(b []byte, pc uint32) {
	v := binary.LittleEndian.Uint32(b)
	switch {
	case v>>26 == 0x25:
		v = 0x94000000 | (v-pc>>2)&0x03ffffff
	case v&0x9f000000 == 0x90000000:
		addr := v>>29&3 | v>>3&0x1ffffc
		if (addr+0x20000)&0x1c0000 != 0 {
			return
		}
		dest := addr - pc>>12
		v = v&0x9000001f | dest&3<<29 | dest&0x3fffc<<3 | -(dest&0x20000)&0xe00000
	default:
		return
	}
	binary.LittleEndian.PutUint32(b, v)
}

// thumbFilter decodes "bl" of ARM Thumb, two half words.
type thumbFilter struct{}

func (thumbFilter) decode(b []byte, pos uint32) int {
	i := 0
	for ; i+4 <= len(b); i += 2 {
		if b[i+1]&0xf8 != 0xf0 || b[i+3]&0xf8 != 0xf8 {
			continue
		}
		v := uint32(b[i+1]&7)<<19 | uint32(b[i])<<11 | uint32(b[i+3]&7)<<8 | uint32(b[i+2])
		v = (v<<1 - (pos + uint32(i) + 4)) >> 1
		b[i+1] = 0xf0 | byte(v>>19&7)
		b[i] = byte(v >> 11)
		b[i+3] = 0xf8 | byte(v>>8&7)
		b[i+2] = byte(v)
		i += 2
	}
	return i
}

// ia64Filter decodes "br.call" in bundles of 16 bytes.
type ia64Filter struct{}

// ia64Slots tells for each template which of the three slots can hold a branch.
var ia64Slots = [32]uint8{
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	4, 4, 6, 6, 0, 0, 7, 7, 4, 4, 0, 0, 4, 4, 0, 0,
}

func (ia64Filter) decode(b []byte, pos uint32) int {
	i := 0
	for ; i+16 <= len(b); i += 16 {
		slots := ia64Slots[b[i]&31]
		for slot := range 3 {
			if slots>>slot&1 != 0 {
				bit := 5 + slot*41
				decodeIA64(b[i+bit/8:], bit%8, pos+uint32(i))
			}
		}
	}
	return i
}

// decodeIA64 decodes the instruction that begins at a bit of b[0].
func decodeIA64(b []byte, shift int, pc uint32) {
	var raw uint64
	for k := range 6 {
		raw |= uint64(b[k]) << (8 * k)
	}
	ins := raw >> shift
	if ins>>37&0xf != 5 || ins>>9&7 != 0 {
		return
	}
	addr := uint32(ins>>13&0xfffff) | uint32(ins>>36&1)<<20
	addr = (addr<<4 - pc) >> 4
	ins &^= 0x8fffff << 13
	ins |= uint64(addr&0xfffff)<<13 | uint64(addr&0x100000)<<(36-20)
	raw = raw&(1<<shift-1) | ins<<shift
	for k := range 6 {
		b[k] = byte(raw >> (8 * k))
	}
}

// x86Filter decodes the displacements of "call" (e8) and "jmp" (e9) whose
// highest byte is 00 or ff. It keeps an eye on opcode bytes shortly before,
// since these may be part of a displacement themselves.
type x86Filter struct {
	mask uint32 // bits 0-3: where opcodes were; bits 4-7: and their displacement was short
	prev uint32 // position of the last opcode
	init bool
}

func highByte(b byte) bool { return b == 0 || b == 0xff }

func (f *x86Filter) decode(b []byte, pos uint32) int {
	if len(b) < 5 {
		return 0
	}
	if !f.init || pos-f.prev > 5 {
		f.init = true
		f.prev = pos - 5
	}
	i := 0
	for i <= len(b)-5 {
		if b[i]&0xfe != 0xe8 {
			i++
			continue
		}
		at := pos + uint32(i)
		f.history(at)
		short := highByte(b[i+4])
		if k := f.mask >> 1; short && k <= 4 && k != 3 {
			f.branch(b[i+1:i+5], at+5)
			f.mask = 0
			i += 5
			continue
		}
		i++
		f.mask |= 1
		if short {
			f.mask |= 0x10
		}
	}
	return i
}

// history moves the opcodes seen before to their distance from at.
func (f *x86Filter) history(at uint32) {
	off := at - f.prev
	f.prev = at
	if off > 5 {
		f.mask = 0
		return
	}
	for range off {
		f.mask = f.mask & 0x77 << 1
	}
}

// branch decodes a displacement relative to pc.
func (f *x86Filter) branch(b []byte, pc uint32) {
	dest := binary.LittleEndian.Uint32(b) - pc
	if f.mask != 0 {
		bits := 8 * [5]uint{0, 1, 2, 2, 3}[f.mask>>1]
		for highByte(byte(dest >> (24 - bits))) {
			dest = dest ^ (1<<(32-bits) - 1)
			dest -= pc
		}
	}
	dest &= 0x01ffffff
	if dest&0x01000000 != 0 {
		dest |= 0xff000000
	}
	binary.LittleEndian.PutUint32(b, dest)
}
