package blockdev

import (
	"fmt"
	"unicode/utf16"
)

// fatBoot are the fields of a FAT boot sector that matter here.
type fatBoot struct {
	sector, reserved, dirEntries int64
	cluster                      int64 // in sectors
	fats, fatLength              int64 // in sectors
	fat32                        bool
	rootCluster                  uint32
	infoSector                   int64
	raw                          []byte
}

func readFAT(p *reader, m magic) (*fatBoot, bool) {
	b := p.at(0, 512)
	if b == nil {
		return nil, false
	}
	if len(m.bytes) <= 2 {
		// Without a name of the file system a boot signature is wanted, and OS/2 writes
		// FAT-like sectors for other file systems.
		name := string(b[0x36:0x3e])
		if b[510] != 0x55 || b[511] != 0xaa || name == "JFS     " || name == "HPFS    " {
			return nil, false
		}
	}
	f := &fatBoot{
		sector: int64(le.Uint16(b[11:])), cluster: int64(b[13]), reserved: int64(le.Uint16(b[14:])),
		fats: int64(b[16]), dirEntries: int64(le.Uint16(b[17:])), fatLength: int64(le.Uint16(b[22:])),
		rootCluster: le.Uint32(b[44:]), infoSector: int64(le.Uint16(b[48:])), raw: b,
	}
	if f.fats == 0 || f.reserved == 0 || b[21] < 0xf8 && b[21] != 0xf0 ||
		!powerOf2(uint64(f.cluster)) || !powerOf2(uint64(f.sector)) || f.sector < 512 || f.sector > 4096 {
		return nil, false
	}
	if f.fatLength == 0 {
		f.fatLength, f.fat32 = int64(le.Uint32(b[36:])), true
	}
	return f, f.clusters() && string(b[3:11]) != "-FVE-FS-"
}

// clusters checks that their number fits the width of FAT entries.
func (f *fatBoot) clusters() bool {
	sectors := int64(le.Uint16(f.raw[19:]))
	if sectors == 0 {
		sectors = int64(le.Uint32(f.raw[32:]))
	}
	dir := (f.dirEntries*32 + f.sector - 1) / f.sector
	// The difference wraps around in 32 bits like everywhere else it is computed.
	n := int64(uint32(sectors-(f.reserved+f.fatLength*f.fats+dir))) / f.cluster
	switch {
	case f.fat32 && f.fatLength != 0:
		return n <= 0x0ffffff6
	case n > 0xff4:
		return n <= 0xfff4
	}
	return true
}

func vfat(p *reader, m magic, s *Signature) bool {
	f, ok := readFAT(p, m)
	if !ok {
		return false
	}
	data := (f.reserved + f.fatLength*f.fats) * f.sector
	serial := f.raw[0x27:]
	switch {
	case !f.fat32:
		s.Label, _ = fatLabel(p, data, f.dirEntries)
	case f.fatLength != 0:
		if !f.info(p) {
			return false
		}
		s.Label = f.label32(p, data)
		serial = f.raw[0x43:]
	}
	s.UUID = fmt.Sprintf("%02X%02X-%02X%02X", serial[3], serial[2], serial[1], serial[0])
	return true
}

// info checks the signatures of FAT32's second sector; some leave it zero.
func (f *fatBoot) info(p *reader) bool {
	if f.infoSector == 0 {
		return true
	}
	b := p.at(f.infoSector*f.sector, 512)
	if b == nil {
		return false
	}
	first, second := string(b[:4]), string(b[484:488])
	return (first == "RRaA" || first == "RRdA" || first == "\x00\x00\x00\x00") &&
		(second == "rrAa" || second == "\x00\x00\x00\x00")
}

// label32 follows the chain of the root directory, which is short.
func (f *fatBoot) label32(p *reader, data int64) string {
	entries := f.fatLength * f.sector / 4
	next := int64(f.rootCluster)
	for i := 0; i < 99 && next >= 2 && next < entries; i++ {
		name, ok := fatLabel(p, data+(next-2)*f.cluster*f.sector, f.cluster*f.sector/32)
		if ok {
			return name
		}
		b := p.at(f.reserved*f.sector+next*4, 4)
		if b == nil {
			return ""
		}
		next = int64(le.Uint32(b) & 0x0fffffff)
	}
	return ""
}

// fatLabel is the name of the volume entry among the entries of a directory.
func fatLabel(p *reader, off, entries int64) (string, bool) {
	for i := range entries {
		e := p.at(off+i*32, 32)
		if e == nil || e[0] == 0 {
			return "", false
		}
		attr := e[11]
		if e[0] == 0xe5 || le.Uint16(e[20:]) != 0 || le.Uint16(e[26:]) != 0 || attr&0x3f == 0x0f {
			continue
		}
		if attr&0x18 == 0x08 {
			name := append([]byte(nil), e[:11]...)
			if name[0] == 0x05 {
				name[0] = 0xe5
			}
			return label(name), true
		}
	}
	return "", false
}

// exfat finds the label in the root directory.
func exfat(p *reader, _ magic, s *Signature) bool {
	b := p.at(0, 512)
	if b == nil || b[108] < 9 || b[108] > 12 || b[109] > 25-b[108] || b[510] != 0x55 || b[511] != 0xaa {
		return false
	}
	s.UUID = fmt.Sprintf("%02X%02X-%02X%02X", b[103], b[102], b[101], b[100])
	s.Label = exfatLabel(p, b)
	return true
}

func exfatLabel(p *reader, b []byte) string {
	sector, cluster := uint(b[108]), uint(b[108])+uint(b[109])
	fat, heap := int64(le.Uint32(b[80:]))<<sector, int64(le.Uint32(b[88:]))<<sector
	next := le.Uint32(b[96:])
	for range 100 {
		if next < 2 || next > 0xfffffff6 {
			return ""
		}
		start := heap + int64(next-2)<<cluster
		for off := int64(0); off < 1<<cluster && off < 1<<20; off += 32 {
			e := p.at(start+off, 32)
			if e == nil || e[0] == 0 {
				return ""
			}
			if e[0] == 0x83 {
				n := min(int(e[1]), 11)
				return label16(e[2:2+2*n], le)
			}
		}
		f := p.at(fat+int64(next)*4, 4)
		if f == nil {
			return ""
		}
		next = le.Uint32(f)
	}
	return ""
}

// ntfs takes the label from the fourth record of the master file table.
func ntfs(p *reader, _ magic, s *Signature) bool {
	b := p.at(0, 512)
	if b == nil {
		return false
	}
	sector := int64(le.Uint16(b[11:]))
	if sector < 256 || sector > 4096 || !powerOf2(uint64(sector)) || !allZero(b[14:21]) || !allZero(b[22:24]) {
		return false
	}
	clusterSectors := int64(b[13])
	if clusterSectors > 240 {
		clusterSectors = 1 << (256 - clusterSectors)
	}
	record, mft := recordSize(b[64], sector*clusterSectors), le.Uint64(b[48:])
	if clusterSectors == 0 || record < 256 || record > 65536 || mft > uint64(p.size) {
		return false
	}
	s.UUID = fmt.Sprintf("%016X", le.Uint64(b[72:]))
	start := int64(mft) * sector * clusterSectors
	if r := p.at(start, 4); r == nil || string(r) != "FILE" {
		return false
	}
	s.Label = ntfsLabel(p.at(start+3*record, record))
	return true
}

// recordSize is in clusters, or if negative a power of two in bytes.
func recordSize(n byte, cluster int64) int64 {
	if n < 128 {
		return int64(n) * cluster
	}
	return 1 << min(256-int(n), 40)
}

func ntfsLabel(r []byte) string {
	if len(r) < 48 || string(r[:4]) != "FILE" {
		return ""
	}
	for off := int(le.Uint16(r[20:])); off+24 <= len(r); {
		kind, size := le.Uint32(r[off:]), int(le.Uint32(r[off+4:]))
		if kind == 0xffffffff || size < 24 || size > len(r)-off {
			return ""
		}
		if kind == 0x60 {
			n, v := int(le.Uint32(r[off+16:])), off+int(le.Uint16(r[off+20:]))
			if n < 0 || v > len(r) || n > len(r)-v {
				return ""
			}
			return ntfsText(r[v : v+n])
		}
		off += size
	}
	return ""
}

func ntfsText(b []byte) string {
	u := make([]uint16, 0, len(b)/2)
	for ; len(b) >= 2; b = b[2:] {
		u = append(u, le.Uint16(b))
	}
	return label([]byte(string(utf16.Decode(u))))
}
