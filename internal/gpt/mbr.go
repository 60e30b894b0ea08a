package gpt

import "bytes"

const (
	// MBROffset is where [ProtectiveMBR] goes in the first sector. The boot code
	// is before it.
	MBROffset = 446
	// MBRSize is the size of [ProtectiveMBR].
	MBRSize = 66
)

// ProtectiveMBR is the MBR that keeps programs which do not know GPT away from a
// disk of size bytes, without boot code: bytes 446 to 511 of the first sector.
func ProtectiveMBR(size int64, sectorSize int) []byte {
	b := make([]byte, MBRSize)
	copy(b, []byte{0, 0, 2, 0, 0xee, 0xff, 0xff, 0xff, 1, 0, 0, 0})
	sectors := min(max(size/int64(sectorSize)-1, 0), 0xffffffff)
	le.PutUint32(b[12:], uint32(sectors))
	b[64], b[65] = 0x55, 0xaa
	return b
}

// HasMBR tells whether the first sector, or more, of a disk has the signature of an
// MBR, which boot sectors of file systems have too.
func HasMBR(start []byte) bool {
	return len(start) >= 512 && start[510] == 0x55 && start[511] == 0xaa
}

// DetectSectorSize tells from the first bytes of a disk for which sector size its
// table was made: 512 or 4096, or 0 if there is no sign of a table. At least 4104
// bytes are needed to find a table for 4096.
func DetectSectorSize(start []byte) int {
	for _, size := range []int{512, 4096} {
		if len(start) >= size+len(signature) && bytes.HasPrefix(start[size:], signature) {
			return size
		}
	}
	return 0
}
