package blockdev

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
)

const mdMagic = 0xa92b4efc

// linuxRAID looks where the versions of the metadata lie: 0.90 and 1.0 at the end,
// 1.1 at the start, 1.2 behind 4 KiB.
func linuxRAID(p *reader, _ magic, s *Signature) bool {
	if p.size > 65536 {
		if md0(p, p.size&^65535-65536, s) || md1(p, p.size&^4095-8192, s) {
			return true
		}
	}
	return md1(p, 0, s) || md1(p, 4096, s)
}

func md0(p *reader, off int64, s *Signature) bool {
	b := p.at(off, 64)
	if b == nil {
		return false
	}
	id := slices.Concat(b[20:24], b[52:64])
	switch {
	case be.Uint32(b) == mdMagic:
		if be.Uint32(b[4:]) != 0 {
			return false
		}
		if be.Uint32(b[8:]) < 90 {
			clear(id[4:])
		}
	case le.Uint32(b) == mdMagic:
		if le.Uint32(b[4:]) != 0 {
			return false
		}
		if le.Uint32(b[8:]) < 90 {
			clear(id[4:])
		}
		for i := 0; i < 16; i += 4 {
			be.PutUint32(id[i:], le.Uint32(id[i:]))
		}
	default:
		return false
	}
	s.UUID = uuid(id)
	return true
}

func md1(p *reader, off int64, s *Signature) bool {
	b := p.at(off, 256)
	if b == nil || le.Uint32(b) != mdMagic || le.Uint32(b[4:]) != 1 || le.Uint64(b[144:]) != uint64(off)>>9 {
		return false
	}
	s.UUID, s.Label = uuid(b[16:]), label(b[32:64])
	return true
}

// ddf has its anchor in the last sector, or, made by some firmware, 256 sectors
// before it.
func ddf(p *reader, _ magic, s *Signature) bool {
	for _, back := range []int64{1, 257} {
		off := (p.size/512 - back) * 512
		b := p.at(off, 512)
		if b == nil {
			continue
		}
		for _, m := range []string{"\xde\x11\xde\x11", "\x11\xde\x11\xde"} {
			if string(b[:4]) == m {
				s.UUID = strings.TrimRight(string(b[8:32]), "\x00")
				if !printable(s.UUID) {
					s.UUID = hex.EncodeToString(b[8:32])
				}
				return true
			}
		}
	}
	return false
}

func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

func intelRAID(p *reader, _ magic, _ *Signature) bool {
	b := p.at((p.size/int64(p.sector)-2)*int64(p.sector), 48)
	return b != nil && bytes.HasPrefix(b, []byte("Intel Raid ISM Cfg Sig. "))
}

// bcache does not check the checksum: a backing device with a damaged header still
// holds data.
func bcache(p *reader, _ magic, s *Signature) bool {
	b := p.at(4096, 256)
	if b == nil || le.Uint64(b[8:]) != 8 || le.Uint64(b[16:]) > 6 && le.Uint64(b[16:]) >= 1024 {
		return false
	}
	s.UUID = uuid(b[40:])
	return true
}

// stratis has two headers, of which one may be damaged.
func stratis(p *reader, m magic, s *Signature) bool {
	b := p.at(m.at-4, 512)
	if b == nil {
		return false
	}
	if id := string(b[64:96]); printable(id) {
		s.UUID = dashed(id)
	}
	return true
}

func bcachefs(p *reader, m magic, s *Signature) bool {
	b := p.at(4096, 128)
	if b == nil || le.Uint64(b[8+8:]) == 0 && m.bytes[4] == 0x4e {
		return false
	}
	// The older magic is shared with bcache, whose superblock has its sector at 8.
	if le.Uint64(b[8:]) == 8 && m.bytes[4] == 0x4e {
		return false
	}
	s.UUID, s.Label = uuid(b[56:]), label(b[72:104])
	return true
}

// lvm2 finds the label in one of the first four sectors.
func lvm2(p *reader, m magic, s *Signature) bool {
	sector := m.at / 512
	b := p.at(sector*512, 512)
	if b == nil || string(b[:8]) != "LABELONE" || le.Uint64(b[8:]) != uint64(sector) {
		return false
	}
	if ^crc32.Update(^uint32(0xf597a6cf), crc32.IEEETable, b[20:]) != le.Uint32(b[16:]) {
		return false
	}
	if off := le.Uint32(b[20:]); off >= 32 && off <= 512-32 {
		id := string(b[off : off+32])
		parts := []string{id[:6], id[6:10], id[10:14], id[14:18], id[18:22], id[22:26], id[26:]}
		s.UUID = strings.Join(parts, "-")
	}
	return true
}

func lvm1(p *reader, _ magic, _ *Signature) bool {
	b := p.at(0, 44)
	if b == nil {
		return false
	}
	v := le.Uint16(b[2:])
	return v == 1 || v == 2
}

func verity(p *reader, _ magic, s *Signature) bool {
	b := p.at(0, 512)
	if b == nil || le.Uint32(b[8:]) != 1 {
		return false
	}
	s.UUID = uuid(b[16:])
	return true
}

func integrity(p *reader, _ magic, _ *Signature) bool {
	b := p.at(0, 512)
	return b != nil && b[8] != 0
}

const (
	luksMagic       = "LUKS\xba\xbe"
	luksSecondMagic = "SKUL\xba\xbe"

	luksSecondFirst, luksSecondLast = 0x4000, 0x400000
)

// luks knows the first header and the places of LUKS2's second one.
func luks(p *reader, _ magic, s *Signature) bool {
	if luksHeader(p, luksMagic, 0, s) {
		return true
	}
	for off := int64(luksSecondFirst); off <= luksSecondLast; off *= 2 {
		if luksHeader(p, luksSecondMagic, off, s) {
			return true
		}
	}
	return false
}

func luksHeader(p *reader, magic string, off int64, s *Signature) bool {
	b := p.at(off, 512)
	if b == nil || string(b[:6]) != magic {
		return false
	}
	switch be.Uint16(b[6:]) {
	case 1:
		s.UUID = label(b[168:208])
	case 2:
		if be.Uint64(b[256:]) != uint64(off) {
			return false
		}
		s.UUID, s.Label = label(b[168:208]), label(b[24:72])
	default:
		return off == 0 // a version to come is LUKS all the same
	}
	return true
}

const uberblockMagic = 0x00bab10c

// zfs wants four uberblocks in the four labels, two at each end of the device.
func zfs(p *reader, _ magic, s *Signature) bool {
	const labelSize, uberblocks = 256 << 10, 128 << 10
	end := p.size &^ (labelSize - 1)
	found := 0
	for _, start := range []int64{0, labelSize, end - 2*labelSize, end - labelSize} {
		b := p.at(start+uberblocks, 128<<10)
		if b == nil {
			return false
		}
		here := 0
		for i := 0; i < len(b); i += 1024 {
			if le.Uint64(b[i:]) == uberblockMagic || be.Uint64(b[i:]) == uberblockMagic {
				here++
			}
		}
		if found += here; found >= 4 {
			zfsNames(p.at(start+16<<10, 4096), s)
			return true
		}
	}
	return false
}

// zfsNames reads the pool's name and id from the label's list of pairs (XDR).
func zfsNames(b []byte, s *Signature) {
	if len(b) < 12 {
		return
	}
	b = b[12:] // encoding, endianness, reserved, version, flags: 4 + 8 bytes
	for len(b) >= 12 {
		size, nameLen := int(be.Uint32(b)), int(be.Uint32(b[8:]))
		if size < 12 || size > len(b) || nameLen < 0 || nameLen > size-12 {
			return
		}
		pair := b[12:size]
		b = b[size:]
		padded := (nameLen + 3) &^ 3
		if padded+8 > len(pair) {
			continue
		}
		name, value := string(pair[:nameLen]), pair[padded:]
		kind := be.Uint32(value)
		value = value[8:]
		switch {
		case name == "name" && kind == 9 && len(value) >= 4:
			if n := int(be.Uint32(value)); n >= 0 && n <= len(value)-4 {
				s.Label = label(value[4 : 4+n])
			}
		case name == "pool_guid" && kind == 8 && len(value) >= 8:
			s.UUID = fmt.Sprint(be.Uint64(value))
		}
	}
}
