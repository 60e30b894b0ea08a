// Package bsdiff makes and applies binary patches in the headerless stream form
// of bsdiff that OSTree's static deltas use.
//
// [Diff] writes a patch, [Patch] applies one.
//
// # Format
//
// A patch is a sequence of steps. It does not tell the size of the new file,
// which has to be known: steps follow each other until that many bytes have been
// made.
//
//	8 bytes  x, the number of diff bytes
//	8 bytes  y, the number of extra bytes
//	8 bytes  z, by how much to move in the old file afterwards
//	x bytes  diff: added (modulo 256) to the x bytes at the old position
//	y bytes  extra: appended as they are
//
// The three numbers are little endian with the sign in bit 63 (sign and
// magnitude, not two's complement). The old position begins at 0 and advances by
// x + z in each step; the bytes of the old file before its start and behind its end
// count as 0. Nothing is compressed: a patch is about as long as the new file, but
// mostly zeros, and meant to be compressed by whoever stores it.
//
// # Guarantees
//
// A patch is data from elsewhere: Patch checks every length against the size of
// the new file, detects overflowing positions and steps that lead nowhere, and
// holds a few buffers, never a whole file. Diff needs the two files in memory
// and four bytes more for each byte of the old one; it makes the same patch each
// time. Both are safe for concurrent use.
//
// The algorithm is Colin Percival's, the stream form is Matthew Endsley's.
package bsdiff
