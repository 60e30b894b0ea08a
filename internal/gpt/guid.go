package gpt

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
)

// GUID is a globally unique identifier as it is on the disk.
type GUID [16]byte

// String shows the GUID as 8-4-4-4-12 digits in upper case.
func (g GUID) String() string {
	return fmt.Sprintf("%08X-%04X-%04X-%04X-%X", binary.LittleEndian.Uint32(g[:]),
		binary.LittleEndian.Uint16(g[4:]), binary.LittleEndian.Uint16(g[6:]), g[8:10], g[10:])
}

// ParseGUID reads the text of [GUID.String]; lower case is fine.
func ParseGUID(s string) (GUID, error) {
	var g GUID
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return g, fmt.Errorf("malformed GUID %.40q", s)
	}
	b, err := hex.DecodeString(s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:])
	if err != nil {
		return g, fmt.Errorf("malformed GUID %.40q", s)
	}
	copy(g[:], b)
	g[0], g[1], g[2], g[3] = g[3], g[2], g[1], g[0]
	g[4], g[5], g[6], g[7] = g[5], g[4], g[7], g[6]
	return g, nil
}

// NewGUID makes a random GUID (version 4) of 16 bytes from random, or of the
// system's generator if that is nil.
func NewGUID(random io.Reader) (GUID, error) {
	if random == nil {
		random = rand.Reader
	}
	var g GUID
	if _, err := io.ReadFull(random, g[:]); err != nil {
		return g, fmt.Errorf("making a random GUID: %w", err)
	}
	// The version is in the high byte of the third field, which is little-endian.
	g[7] = g[7]&0x0f | 0x40
	g[8] = g[8]&0x3f | 0x80
	return g, nil
}
