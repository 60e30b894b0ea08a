// Package optical recognizes the file systems of optical discs.
//
// Both write their descriptors from byte 32768 on, in sectors of 2048 bytes
// (ISO 9660 and ECMA-167): ISO 9660 a list of volume descriptors with the
// identifier CD001, UDF a list that begins with BEA01, holds NSR02 or NSR03 and
// ends with TEA01. A bridge disc has the two lists, that of UDF after the other.
package optical

import "io"

// Names of the file systems, as the kernel and blkid(8) call them.
const (
	UDF     = "udf"
	ISO9660 = "iso9660"
)

const (
	start      = 32768
	sector     = 2048
	maxSectors = 64 // descriptors that are looked at
)

// Detect returns UDF, ISO9660 or nothing. A disc that is both is UDF.
func Detect(r io.ReaderAt) string {
	found := ""
	extended := false
	var id [6]byte // type, then the identifier
	for n := range int64(maxSectors) {
		if _, err := r.ReadAt(id[:], start+n*sector); err != nil {
			break
		}
		switch string(id[1:]) {
		case "CD001":
			found = ISO9660
		case "BEA01":
			extended = true
		case "NSR02", "NSR03":
			if extended {
				return UDF
			}
		case "BOOT2", "CDW02":
		default: // TEA01, and what is no descriptor
			return found
		}
	}
	return found
}
