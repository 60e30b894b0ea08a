package blockdev

// tableType names the partition table, in libblkid's order.
func tableType(p *reader) string {
	b := p.at(0, 512)
	if b == nil {
		return ""
	}
	switch {
	case be.Uint32(b) == 0x0be5a941 && sum32(b) == 0:
		return "sgi"
	case be.Uint16(b[508:]) == 0xdabe && xor16(b) == 0:
		return "sun"
	case isDOS(p, b):
		return "dos"
	}
	if protective(b) {
		if _, err := readGPT(p); err == nil {
			return "gpt"
		}
		return "PMBR"
	}
	if m := p.at(int64(max(int(be.Uint16(b[2:])), 512)), 2); string(b[:2]) == "ER" && m != nil && (string(m) == "PM" || string(m) == "TS") {
		return "mac"
	}
	for _, off := range []int64{512, 64, 128} {
		if d := p.at(off, 136); d != nil && le.Uint32(d) == 0x82564557 && le.Uint32(d[132:]) == 0x82564557 {
			return "bsd"
		}
	}
	return ""
}

func sum32(b []byte) (sum uint32) {
	for i := 0; i < 512; i += 4 {
		sum += be.Uint32(b[i:])
	}
	return sum
}

func xor16(b []byte) (sum uint16) {
	for i := 0; i < 512; i += 2 {
		sum ^= be.Uint16(b[i:])
	}
	return sum
}

// isDOS tells an MBR from the boot sectors that look like one.
func isDOS(p *reader, b []byte) bool {
	if b[510] != 0x55 || b[511] != 0xaa {
		return false
	}
	for i := 446; i < 510; i += 16 {
		if b[i] != 0 && b[i] != 0x80 || b[i+4] == 0xee {
			return false
		}
	}
	for _, name := range []string{"vfat", "ntfs"} {
		for i := range formats {
			if formats[i].name == name {
				if formats[i].begins(p) {
					return false
				}
			}
		}
	}
	return true
}

// begins tells whether the boot sector is that of a FAT or NTFS. What the rest of the device
// has does not matter.
func (f *format) begins(p *reader) bool {
	if f.name != "vfat" {
		_, ok := f.find(p)
		return ok
	}
	m, ok := f.magic(p)
	if ok {
		_, ok = readFAT(p, m)
	}
	return ok
}

// hasPartitions tells whether an MBR has entries.
func hasPartitions(b []byte) bool {
	for i := 446; i < 510; i += 16 {
		if le.Uint32(b[i+12:]) != 0 {
			return true
		}
	}
	return false
}

// protective tells whether an MBR says that a GPT follows.
func protective(b []byte) bool {
	if b[510] != 0x55 || b[511] != 0xaa {
		return false
	}
	for i := 446; i < 510; i += 16 {
		if b[i+4] == 0xee {
			return true
		}
	}
	return false
}
