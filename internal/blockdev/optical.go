package blockdev

import (
	"bytes"
	"fmt"
	"strings"
)

// iso9660 prefers the label in Unicode (Joliet) where it says more.
func iso9660(p *reader, m magic, s *Signature) bool {
	if m.bytes == "CDROM" {
		b := p.at(32768, 2048)
		if b == nil {
			return false
		}
		s.Label = label(b[48:80])
		return true
	}
	plain, joliet := isoVolumes(p)
	if plain == nil {
		return false
	}
	s.UUID = isoDate(plain[830:847])
	if s.UUID == "" {
		s.UUID = isoDate(plain[813:830])
	}
	s.Label = label(plain[40:72])
	if joliet != nil {
		if long := label16(joliet[40:72], be); long != "" {
			s.Label = mergeLabels(long, s.Label)
		}
	}
	return true
}

// isoVolumes returns the primary descriptor and the one with Joliet's escapes.
func isoVolumes(p *reader) (plain, joliet []byte) {
	for i := int64(0); i < 32; i++ {
		b := p.at(32768+i*2048, 2048)
		if b == nil || string(b[1:6]) != "CD001" || b[0] == 255 {
			break
		}
		switch {
		case b[0] == 1 && plain == nil:
			plain = b
		case b[0] == 2 && joliet == nil && (bytes.Equal(b[88:91], []byte("%/@")) || bytes.Equal(b[88:91], []byte("%/C")) || bytes.Equal(b[88:91], []byte("%/E"))):
			joliet = b
		}
	}
	return plain, joliet
}

// mergeLabels: Joliet's 16 characters may be the beginning of the plain 32.
func mergeLabels(long, plain string) string {
	l, a := []rune(long), []rune(plain)
	if len(a) <= len(l) {
		return long
	}
	for i, r := range l {
		if a[i] != r && (a[i] != '_' || i >= 32) && !strings.EqualFold(string(a[i]), string(r)) {
			return long
		}
	}
	return strings.Trim(string(l)+string(a[len(l):]), space)
}

// isoDate is 16 digits and an offset that does not count.
func isoDate(b []byte) string {
	if allZero(b) || bytes.Equal(b[:16], []byte("0000000000000000")) {
		return ""
	}
	d := string(b[:16])
	return fmt.Sprintf("%s-%s-%s-%s-%s-%s-%s", d[:4], d[4:6], d[6:8], d[8:10], d[10:12], d[12:14], d[14:16])
}

// udf looks for the anchor with each block size, and for the recognition sequence.
func udf(p *reader, _ magic, s *Signature) bool {
	for _, bs := range []int64{512, 1024, 2048, 4096, 8192} {
		for _, at := range []int64{256, p.size/bs - 257, p.size/bs - 1, 512} {
			b := p.at(at*bs, 512)
			if b == nil || le.Uint16(b) != 2 || le.Uint32(b[12:]) != uint32(at) {
				continue
			}
			if !udfRecognized(p, bs) {
				continue
			}
			udfNames(p, bs, int64(le.Uint32(b[20:])), int64(le.Uint32(b[16:]))/bs, s)
			return true
		}
	}
	return false
}

func udfRecognized(p *reader, bs int64) bool {
	step := max(bs, 2048)
	for i := int64(0); i < 64; i++ {
		b := p.at(32768+i*step, 2048)
		if b == nil || b[1] == 0 {
			return false
		}
		if id := string(b[1:6]); id == "NSR02" || id == "NSR03" {
			return true
		}
	}
	return false
}

// udfNames reads the descriptors of the volume.
func udfNames(p *reader, bs, start, count int64, s *Signature) {
	for i := int64(0); i < min(count, 64); i++ {
		b := p.at((start+i)*bs, 512)
		if b == nil || le.Uint16(b) == 8 || le.Uint16(b) == 0 {
			return
		}
		switch le.Uint16(b) {
		case 1: // primary volume: the set's name begins with an id
			s.UUID = udfID(b[72:200])
		case 6: // logical volume
			s.Label = udfText(b[84:212])
		}
	}
}

// udfText is a string with its width in front and its length at the end.
func udfText(b []byte) string {
	n := min(int(b[len(b)-1]), len(b)-1)
	if n < 1 {
		return ""
	}
	if b[0] == 16 {
		return label16(b[1:n], be)
	}
	r := make([]rune, 0, n)
	for _, c := range b[1:n] {
		r = append(r, rune(c))
	}
	return label([]byte(string(r)))
}

// udfID is the first 16 hexadecimal digits of the name in lower case; characters
// that are none are written as their own code, as libblkid does.
func udfID(b []byte) string {
	t := []byte(udfText(b))
	if len(t) < 8 {
		return ""
	}
	hexDigits := 0
	for hexDigits < len(t) && hexDigits < 16 && strings.IndexByte("0123456789abcdefABCDEF", t[hexDigits]) >= 0 {
		hexDigits++
	}
	switch {
	case hexDigits == 16:
		return strings.ToLower(string(t[:16]))
	case hexDigits >= 8 && len(t) >= 12:
		return strings.ToLower(string(t[:8])) + fmt.Sprintf("%02x%02x%02x%02x", t[8], t[9], t[10], t[11])
	}
	return fmt.Sprintf("%02x", t[:8])
}

func hfsPlus(p *reader, m magic, s *Signature) bool {
	off := int64(1024)
	b := p.at(off, 512)
	if b == nil {
		return false
	}
	if m.bytes == "BD" { // wrapped in an HFS volume
		if id := string(b[0x7c:0x7e]); id != "H+" && id != "HX" {
			return false
		}
		off = int64(be.Uint16(b[0x1c:]))*512 + int64(be.Uint16(b[0x7e:]))*int64(be.Uint32(b[0x14:])) + 1024
		if b = p.at(off, 512); b == nil {
			return false
		}
	}
	id, block := string(b[:2]), be.Uint32(b[40:])
	if id != "H+" && id != "HX" || !powerOf2(uint64(block)) || block < 512 {
		return false
	}
	return true
}

func hfs(p *reader, _ magic, s *Signature) bool {
	b := p.at(1024, 512)
	if b == nil || string(b[0x7c:0x7e]) == "H+" || string(b[0x7c:0x7e]) == "HX" {
		return false
	}
	size := be.Uint32(b[0x14:])
	if size == 0 || size%512 != 0 || b[36] > 27 {
		return false
	}
	s.Label = label(b[37 : 37+int(b[36])])
	return true
}
