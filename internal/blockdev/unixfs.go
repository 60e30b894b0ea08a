package blockdev

var extMagic = []magic{{1024 + 56, "\x53\xef"}}

// Features of ext superblocks.
const (
	extHasJournal = 0x4 // compatible

	extFiletype   = 0x2 // incompatible
	extRecover    = 0x4
	extJournalDev = 0x8
	extMetaBG     = 0x10

	extOldReadOnly = 0x1 | 0x2 | 0x4 // read-only compatible: sparse, large file, btree dir
	extTestFlag    = 0x4
)

// extKind is the name that a superblock's features give it.
func extKind(want string) func(*reader, magic, *Signature) bool {
	return func(p *reader, _ magic, s *Signature) bool {
		b := p.at(1024, 1024)
		if b == nil || extName(b) != want {
			return false
		}
		s.UUID, s.Label = uuid(b[104:]), label(b[120:136])
		return true
	}
}

func extName(b []byte) string {
	compat, incompat, readOnly := le.Uint32(b[0x5c:]), le.Uint32(b[0x60:]), le.Uint32(b[0x64:])
	journal := compat&extHasJournal != 0
	switch {
	case incompat&extJournalDev != 0:
		return "jbd"
	case le.Uint32(b[0x160:])&extTestFlag != 0 && extBeyond3(incompat, readOnly):
		return "ext4dev"
	case extBeyond3(incompat, readOnly):
		return "ext4"
	case journal:
		return "ext3"
	case incompat&^(extFiletype|extMetaBG) == 0:
		return "ext2"
	}
	return ""
}

func extBeyond3(incompat, readOnly uint32) bool {
	return incompat&^(extFiletype|extRecover|extMetaBG) != 0 || readOnly&^extOldReadOnly != 0
}

// xfs checks the geometry loosely.
func xfs(p *reader, _ magic, s *Signature) bool {
	b := p.at(0, 512)
	if b == nil {
		return false
	}
	block, sector, blocklog, sectlog := be.Uint32(b[4:]), be.Uint16(b[102:]), b[120], b[121]
	if be.Uint32(b[88:]) == 0 || be.Uint64(b[8:]) == 0 || sector < 512 || sector > 32768 || block < 512 || block > 65536 ||
		sectlog > 15 || blocklog > 16 || uint32(sector) != 1<<sectlog || block != 1<<blocklog || b[127] > 100 {
		return false
	}
	s.UUID, s.Label = uuid(b[32:]), label(b[108:120])
	return true
}

// xfsLog looks for a record of a log in the first 256 sectors; an XFS file system
// itself is no log.
func xfsLog(p *reader, _ magic, s *Signature) bool {
	b := p.at(0, 256*512)
	if b == nil || string(b[:4]) == "XFSB" {
		return false
	}
	for i := 0; i < len(b); i += 512 {
		h := b[i:]
		if be.Uint32(h) != 0xfeedbabe || len(h) < 512 {
			continue
		}
		version, size, format := be.Uint32(h[8:]), be.Uint32(h[12:]), be.Uint32(h[300:])
		if version == 0 || version&^3 != 0 || size == 0 || size > 1<<31-1 || format < 1 || format > 3 {
			continue
		}
		s.UUID = uuid(h[304:])
		return true
	}
	return false
}

func btrfs(p *reader, _ magic, s *Signature) bool {
	b := p.at(65536, 4096)
	if b == nil {
		return false
	}
	s.UUID, s.Label = uuid(b[32:]), label(b[0x12b:0x22b])
	return true
}

// swap has its description behind the first KiB. Old swap has none.
func swap(p *reader, m magic, s *Signature) bool {
	if m.bytes == "SWAP-SPACE" {
		return true
	}
	b := p.at(1024, 512)
	if b == nil || le.Uint32(b) != 1 && be.Uint32(b) != 1 || le.Uint32(b[4:]) == 0 {
		return false
	}
	swapNames(b, s)
	return true
}

func suspended(p *reader, _ magic, s *Signature) bool {
	b := p.at(1024, 512)
	if b == nil {
		return false
	}
	if (le.Uint32(b) == 1 || be.Uint32(b) == 1) && le.Uint32(b[4:]) != 0 {
		swapNames(b, s)
	}
	return true
}

func swapNames(b []byte, s *Signature) {
	if allZero(b[44+32*4 : 44+34*4]) {
		s.UUID, s.Label = uuid(b[12:]), label(b[28:44])
	}
}

func f2fs(p *reader, _ magic, s *Signature) bool {
	b := p.at(1024, 2048)
	if b == nil {
		return false
	}
	if le.Uint16(b[4:]) == 1 && le.Uint16(b[6:]) == 0 {
		return true // 1.0 had other places for what follows
	}
	s.UUID, s.Label = uuid(b[108:]), label16(b[124:124+1024], le)
	return true
}

func erofs(p *reader, _ magic, s *Signature) bool {
	b := p.at(1024, 128)
	if b == nil {
		return false
	}
	s.UUID, s.Label = uuid(b[48:]), label(b[64:80])
	return true
}

func squashfs(p *reader, _ magic, _ *Signature) bool {
	b := p.at(0, 96)
	return b != nil && le.Uint16(b[28:]) >= 4
}

func squashfs3(p *reader, m magic, _ *Signature) bool {
	b := p.at(0, 96)
	if b == nil {
		return false
	}
	major := le.Uint16(b[28:])
	if m.bytes == "sqsh" {
		major = be.Uint16(b[28:])
	}
	return major <= 3
}

func reiser(p *reader, m magic, s *Signature) bool {
	b := p.at(m.at-0x34, 204)
	if b == nil {
		return false
	}
	// A superblock behind the beginning of the journal is a copy in the journal.
	if bs := int64(le.Uint16(b[44:])); bs < 512 || (m.at-0x34)/bs > int64(le.Uint32(b[12:])) {
		return false
	}
	if m.bytes != "ReIsErFs" {
		s.UUID, s.Label = uuid(b[84:]), label(b[100:116])
	}
	return true
}

func jfs(p *reader, _ magic, s *Signature) bool {
	b := p.at(32768, 184)
	if b == nil || le.Uint32(b[16:]) != 1<<le.Uint16(b[20:]) {
		return false
	}
	s.UUID, s.Label = uuid(b[136:]), label(b[152:168])
	return true
}

func cramfs(p *reader, _ magic, s *Signature) bool {
	b := p.at(0, 64)
	if b == nil || string(b[16:32]) != "Compressed ROMFS" {
		return false
	}
	s.Label = label(b[48:64])
	return true
}

func romfs(p *reader, _ magic, s *Signature) bool {
	b := p.at(0, 32)
	if b == nil {
		return false
	}
	s.Label = label(b[16:32])
	return true
}

func gfs2(p *reader, _ magic, s *Signature) bool {
	b := p.at(65536, 512)
	if b == nil || be.Uint32(b[24:]) < 1801 || be.Uint32(b[24:]) > 1899 {
		return false
	}
	s.Label, s.UUID = label(b[160:224]), uuid(b[256:])
	return true
}

func ocfs2(p *reader, m magic, s *Signature) bool {
	b := p.at(m.at, 512)
	if b == nil {
		return false
	}
	s.Label, s.UUID = label(b[0x110:0x150]), uuid(b[0x150:])
	return true
}

func apfs(p *reader, _ magic, s *Signature) bool {
	b := p.at(0, 128)
	if b == nil || le.Uint16(b[24:]) != 1 || le.Uint16(b[28:]) != 0 {
		return false
	}
	s.UUID = uuid(b[72:])
	return true
}

func zonefs(p *reader, _ magic, s *Signature) bool {
	b := p.at(0, 128)
	if b == nil {
		return false
	}
	s.Label = label(b[8:72])
	return true
}
