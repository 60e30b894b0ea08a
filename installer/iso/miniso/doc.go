// Package miniso reads and writes miniso.dat, the file in a live ISO from which a minimal
// ISO is made that fetches its root file system over the network.
//
// [Pack] compares a full ISO with the minimal one, [Data.Unpack] makes the minimal ISO out
// of the full one, [Read] and [Data.Encode] are the file:
//
//	data, err := miniso.Read(file)
//	if err != nil {
//		return err
//	}
//	err = data.Unpack(ctx, full, output)
//
// # The format
//
// Integers and lengths are those of bincode: one byte below 251, else a marker and 2, 4 or
// 8 bytes.
//
//	"MINISO\0\0"
//	version, 1
//	version of the program that wrote it, a string
//	table, a vector of: sector in the minimal ISO, sector in the full ISO, length in bytes
//	SHA-256 of the minimal ISO, 32 bytes
//	packed data, a vector of bytes
//
// The table has the files that both have, by their place in the minimal ISO. The packed
// data are the minimal ISO without the content of these files, as an .xz file. Anything
// may follow, as the file is reserved before its content is known.
//
// Lengths are limited, and what Unpack writes is no ISO until it has returned nil: the
// digest is verified at the end. A Data may be used by several goroutines at a time.
package miniso
