package blockdev_test

import (
	"encoding/binary"
	"hash/crc32"
	"hash/crc64"
	"os"
	"testing"
	"unicode/utf16"
)

const (
	mib   = 1 << 20
	uuidA = "6c5a3e1f-0000-4000-8000-00000000a1b2"
)

// rawMakers write by hand what no program here can make in an image.
var rawMakers = map[string]func(testing.TB, string){
	"mbr": func(t testing.TB, path string) {
		b := make([]byte, 512)
		copy(b[440:], "\x11\x22\x33\x44")
		copy(b[446:], "\x80\x00\x00\x00\x83\x00\x00\x00\x00\x08\x00\x00\x00\x20\x00\x00")
		b[510], b[511] = 0x55, 0xaa
		put(t, path, 0, b)
	},
	"pmbr": func(t testing.TB, path string) {
		b := make([]byte, 512)
		copy(b[446:], "\x00\x00\x00\x00\xee\x00\x00\x00\x01\x00\x00\x00\xff\xff\xff\xff")
		b[510], b[511] = 0x55, 0xaa
		put(t, path, 0, b)
	},
	"md 0.90":    func(t testing.TB, path string) { put(t, path, 128*mib-65536, md0(binary.LittleEndian)) },
	"md 0.90 be": func(t testing.TB, path string) { put(t, path, 128*mib-65536, md0(binary.BigEndian)) },
	"md 1.0":     func(t testing.TB, path string) { put(t, path, 128*mib-8192, md1(128*mib-8192)) },
	"md 1.1":     func(t testing.TB, path string) { put(t, path, 0, md1(0)) },
	"md 1.2":     func(t testing.TB, path string) { put(t, path, 4096, md1(4096)) },
	"lvm":        func(t testing.TB, path string) { put(t, path, 512, lvmLabel()) },
	"zfs":        craftZFS,
	"bcache":     craftBcache,
	"f2fs": func(t testing.TB, path string) {
		b := make([]byte, 3072)
		copy(b, "\x10\x20\xf5\xf2\x01\x00\x0f\x00")
		for i, v := range []uint32{9, 3, 12, 9} {
			le.PutUint32(b[8+4*i:], v)
		}
		copy(b[108:], someID)
		copy(b[124:], wide("flash"))
		put(t, path, 1024, b)
	},
	"exfat": craftExfat,
	"ntfs":  craftNTFS,
	"udf":   craftUDF,
	"luks2 second header": func(t testing.TB, path string) {
		b := make([]byte, 4096)
		copy(b, "SKUL\xba\xbe\x00\x02")
		copy(b[24:], "second")
		copy(b[168:], uuidA)
		binary.BigEndian.PutUint64(b[256:], 0x8000)
		put(t, path, 0x8000, b)
	},
	"sun": func(t testing.TB, path string) {
		b := make([]byte, 512)
		binary.BigEndian.PutUint16(b[508:], 0xdabe)
		binary.BigEndian.PutUint16(b[510:], 0xdabe)
		put(t, path, 0, b)
	},
	"stratis": craftStratis,
	"reiserfs": func(t testing.TB, path string) {
		b := make([]byte, 512)
		le.PutUint32(b, 32768)
		le.PutUint32(b[12:], 18)
		le.PutUint16(b[44:], 4096)
		copy(b[0x34:], "ReIsEr2Fs")
		copy(b[84:], someID)
		copy(b[100:], "reiser label")
		put(t, path, 65536, b)
	},
	"jfs": func(t testing.TB, path string) {
		b := make([]byte, 512)
		copy(b, "JFS1")
		le.PutUint32(b[16:], 4096)
		le.PutUint16(b[20:], 12)
		le.PutUint32(b[24:], 512)
		le.PutUint16(b[28:], 9)
		le.PutUint16(b[22:], 3)
		copy(b[136:], someID)
		copy(b[152:], "jfs label")
		put(t, path, 32768, b)
	},
	"suspended": func(t testing.TB, path string) {
		b := make([]byte, 4096)
		le.PutUint32(b[1024:], 1)
		le.PutUint32(b[1028:], 1000)
		copy(b[1036:], someID)
		copy(b[4086:], "S1SUSPEND")
		put(t, path, 0, b)
	},
	"gfs2": func(t testing.TB, path string) {
		b := make([]byte, 512)
		copy(b, "\x01\x16\x19\x70")
		binary.BigEndian.PutUint32(b[24:], 1801)
		binary.BigEndian.PutUint32(b[28:], 1900)
		copy(b[160:], "cluster:data")
		copy(b[256:], someID)
		put(t, path, 65536, b)
	},
	"zonefs": func(t testing.TB, path string) {
		b := make([]byte, 4096)
		copy(b, "SFOZ")
		copy(b[8:], "zones")
		copy(b[72:], someID)
		put(t, path, 0, b)
	},
	"apfs": func(t testing.TB, path string) {
		b := make([]byte, 4096)
		copy(b[32:], "NXSB")
		le.PutUint16(b[24:], 1)
		le.PutUint32(b[36:], 4096)
		copy(b[72:], someID)
		put(t, path, 0, b)
	},
}

var (
	le     = binary.LittleEndian
	someID = []byte{0x6c, 0x5a, 0x3e, 0x1f, 1, 2, 0x40, 3, 0x80, 4, 5, 6, 7, 8, 9, 0xff}
)

func put(t testing.TB, path string, off int64, b []byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(b, off); err != nil {
		t.Fatal(err)
	}
}

func wide(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = le.AppendUint16(b, u)
	}
	return b
}

func md0(order binary.ByteOrder) []byte {
	b := make([]byte, 4096)
	for i, v := range []uint32{0xa92b4efc, 0, 90, 0, 0, 0x01020304, 0, 1, 65536, 2, 2, 0, 0, 0x11121314, 0x21222324, 0x31323334} {
		order.PutUint32(b[4*i:], v)
	}
	return b
}

func md1(off uint64) []byte {
	b := make([]byte, 4096)
	le.PutUint32(b, 0xa92b4efc)
	le.PutUint32(b[4:], 1)
	copy(b[16:], someID)
	copy(b[32:], "any:data")
	le.PutUint32(b[92:], 2)
	le.PutUint64(b[144:], off/512)
	var sum uint64
	for i := 0; i < 256; i += 4 {
		sum += uint64(le.Uint32(b[i:]))
	}
	le.PutUint32(b[216:], uint32(sum)+uint32(sum>>32))
	return b
}

func lvmLabel() []byte {
	b := make([]byte, 512)
	copy(b, "LABELONE")
	le.PutUint64(b[8:], 1)
	le.PutUint32(b[20:], 32)
	copy(b[24:], "LVM2 001")
	copy(b[32:], "abcdefGHIJklmnOPQRstuvWXYZ012345")
	le.PutUint32(b[16:], ^crc32.Update(^uint32(0xf597a6cf), crc32.IEEETable, b[20:]))
	return b
}

// xdr is a pair of a name and a value.
func xdr(name string, kind uint32, value []byte) []byte {
	be := binary.BigEndian
	pad := func(s string) []byte {
		b := be.AppendUint32(nil, uint32(len(s)))
		b = append(b, s...)
		return append(b, make([]byte, (4-len(s)%4)%4)...)
	}
	body := pad(name)
	body = be.AppendUint32(body, kind)
	body = be.AppendUint32(body, 1)
	body = append(body, value...)
	b := be.AppendUint32(nil, uint32(len(body)+8))
	b = be.AppendUint32(b, uint32(len(body)+8))
	return append(b, body...)
}

func craftZFS(t testing.TB, path string) {
	be := binary.BigEndian
	list := make([]byte, 12)
	list[0] = 1
	list = append(list, xdr("version", 8, be.AppendUint64(nil, 5000))...)
	list = append(list, xdr("name", 9, append(be.AppendUint32(nil, 4), "tank"...))...)
	list = append(list, xdr("pool_guid", 8, be.AppendUint64(nil, 12345678901234567890))...)
	list = append(list, 0, 0, 0, 0, 0, 0, 0, 0)
	ub := make([]byte, 1024)
	le.PutUint64(ub, 0x00bab10c)
	le.PutUint64(ub[8:], 5000)
	le.PutUint64(ub[16:], 77)
	for _, start := range []int64{0, 256 << 10, 128*mib - 512<<10, 128*mib - 256<<10} {
		put(t, path, start+16<<10, list)
		for i := range int64(2) {
			put(t, path, start+128<<10+i*1024, ub)
		}
	}
}

func craftBcache(t testing.TB, path string) {
	b := make([]byte, 4096)
	le.PutUint64(b[8:], 8)
	le.PutUint64(b[16:], 1)
	copy(b[24:], "\xc6\x85\x73\xf6\x4e\x1a\x45\xca\x82\x65\xf5\x7f\x48\xba\x6d\x81")
	copy(b[40:], someID)
	copy(b[72:], "cached")
	le.PutUint64(b, crc64.Checksum(b[8:208], crc64.MakeTable(crc64.ECMA)))
	put(t, path, 4096, b)
}

func craftExfat(t testing.TB, path string) {
	b := make([]byte, 512)
	copy(b, "\xeb\x76\x90EXFAT   ")
	le.PutUint64(b[72:], 128*mib/512)
	le.PutUint32(b[80:], 2048)  // FAT
	le.PutUint32(b[84:], 256)   // its length
	le.PutUint32(b[88:], 4096)  // heap
	le.PutUint32(b[92:], 20000) // clusters
	le.PutUint32(b[96:], 5)     // root
	le.PutUint32(b[100:], 0xa1b2c3d4)
	le.PutUint16(b[104:], 0x100)
	b[108], b[109], b[110], b[111] = 9, 3, 1, 0x80
	b[510], b[511] = 0x55, 0xaa
	put(t, path, 0, b)
	var sum uint32
	sectors := make([]byte, 11*512)
	copy(sectors, b)
	for i, c := range sectors {
		if i == 106 || i == 107 || i == 112 {
			continue
		}
		sum = sum>>1 | sum<<31
		sum += uint32(c)
	}
	table := make([]byte, 512)
	for i := 0; i < 512; i += 4 {
		le.PutUint32(table[i:], sum)
	}
	put(t, path, 11*512, table)
	e := make([]byte, 32)
	e[0], e[1] = 0x83, 6
	copy(e[2:], wide("Stick1"))
	put(t, path, 4096*512+3*4096+32, e)
	put(t, path, 4096*512+3*4096, append([]byte{0x81}, make([]byte, 31)...))
}

func craftNTFS(t testing.TB, path string) {
	b := make([]byte, 512)
	copy(b, "\xeb\x52\x90NTFS    ")
	le.PutUint16(b[11:], 512)
	b[13], b[21] = 8, 0xf8
	le.PutUint64(b[40:], 128*mib/512-1)
	le.PutUint64(b[48:], 4)
	le.PutUint64(b[56:], 8000)
	b[64], b[68] = 0xf6, 1
	le.PutUint64(b[72:], 0x1122334455667788)
	b[510], b[511] = 0x55, 0xaa
	put(t, path, 0, b)
	r := make([]byte, 1024)
	copy(r, "FILE")
	put(t, path, 4*4096, r)
	le.PutUint16(r[20:], 56)
	name := wide("Data Disk")
	le.PutUint32(r[24:], 1024)
	le.PutUint32(r[28:], 1024)
	a := r[56:]
	le.PutUint32(a, 0x60)
	le.PutUint32(a[4:], uint32(24+len(name)+7)&^7)
	le.PutUint32(a[16:], uint32(len(name)))
	le.PutUint16(a[20:], 24)
	copy(a[24:], name)
	le.PutUint32(r[56+(24+len(name)+7)&^7:], 0xffffffff)
	put(t, path, 4*4096+3*1024, r)
}

func dstring(n int, s string) []byte {
	b := make([]byte, n)
	b[0] = 8
	copy(b[1:], s)
	b[n-1] = byte(len(s) + 1)
	return b
}

func craftUDF(t testing.TB, path string) {
	for i, id := range []string{"BEA01", "NSR03", "TEA01"} {
		b := make([]byte, 2048)
		copy(b[1:], id)
		b[6] = 1
		put(t, path, 32768+int64(i)*2048, b)
	}
	tag := func(kind uint16, at uint32) []byte {
		b := make([]byte, 2048)
		le.PutUint16(b, kind)
		le.PutUint16(b[2:], 2)
		le.PutUint32(b[12:], at)
		return b
	}
	seal := func(b []byte) []byte {
		for i := range 16 {
			if i != 4 {
				b[4] += b[i]
			}
		}
		return b
	}
	anchor := tag(2, 256)
	le.PutUint32(anchor[16:], 16*2048)
	le.PutUint32(anchor[20:], 32)
	put(t, path, 256*2048, seal(anchor))
	pvd := tag(1, 32)
	copy(pvd[24:], dstring(32, "primary"))
	copy(pvd[72:], dstring(128, "6C5A3E1F01020304LinuxUDF"))
	put(t, path, 32*2048, seal(pvd))
	lvd := tag(6, 33)
	le.PutUint32(lvd[212:], 2048)
	copy(lvd[84:], dstring(128, "udf label"))
	put(t, path, 33*2048, seal(lvd))
	put(t, path, 34*2048, seal(tag(8, 34)))
}

func craftStratis(t testing.TB, path string) {
	b := make([]byte, 512)
	copy(b[4:], "!Stra0tis\x86\xff\x02^\x41rh")
	le.PutUint64(b[20:], 128*mib/512)
	b[28] = 1
	copy(b[32:], "0123456789abcdef0123456789abcdef")
	copy(b[64:], "fedcba9876543210fedcba9876543210")
	le.PutUint32(b, crc32.Checksum(b[4:], crc32.MakeTable(crc32.Castagnoli)))
	put(t, path, 512, b)
}
