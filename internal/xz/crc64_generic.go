//go:build !amd64

package xz

import "hash/crc64"

func updateCRC64(crc uint64, p []byte) uint64 { return crc64.Update(crc, crc64Table, p) }
