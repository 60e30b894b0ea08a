package iso9660_test

import (
	"encoding/binary"
)

const rootSector = 18

// record is a directory record to be; zero numbers are filled in.
type record struct {
	name       string
	dir        bool
	sector     uint32
	size       uint32
	rockRidge  string
	extra      []byte // more in the system use area
	length     int    // instead of the right one
	nameLength int    // instead of the right one
	count      int    // how often it comes
}

func (r record) bytes() []byte {
	b := make([]byte, 33, 256)
	binary.LittleEndian.PutUint32(b[2:], r.sector)
	binary.LittleEndian.PutUint32(b[10:], r.size)
	if r.dir {
		b[25] = 2
	}
	b[32] = byte(len(r.name))
	b = append(b, r.name...)
	if len(r.name)%2 == 0 {
		b = append(b, 0)
	}
	if r.rockRidge != "" {
		b = append(b, 'N', 'M', byte(5+len(r.rockRidge)), 1, 0)
		b = append(b, r.rockRidge...)
	}
	b = append(b, r.extra...)
	if len(b)%2 == 1 {
		b = append(b, 0)
	}
	b[0] = byte(len(b))
	if r.length != 0 {
		b[0] = byte(r.length)
	}
	if r.nameLength != 0 {
		b[32] = byte(r.nameLength)
	}
	return b
}

// sectorOf returns a directory with records that fit into a sector.
func sectorOf(records ...record) []byte {
	b := append(record{name: "\x00", dir: true}.bytes(), record{name: "\x01", dir: true}.bytes()...)
	for _, r := range records {
		for range max(r.count, 1) {
			b = append(b, r.bytes()...)
		}
	}
	if len(b) < 2048 {
		b = append(b, make([]byte, 2048-len(b))...)
	}
	return b[:2048]
}

// newImage returns the smallest image whose root has these records.
func newImage(records ...record) []byte {
	image := make([]byte, rootSector*2048)
	primary := image[16*2048:]
	copy(primary, "\x01CD001\x01")
	binary.LittleEndian.PutUint32(primary[80:], rootSector+1)
	copy(primary[156:], record{name: "\x00", dir: true, sector: rootSector, size: 2048}.bytes())
	copy(image[17*2048:], "\xffCD001\x01")
	return append(image, sectorOf(records...)...)
}
