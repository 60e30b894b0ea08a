// Package inflate decodes gzip data fast.
//
// [NewFileReader] decodes a gzip file, [NewReader] one member of it, and leaves its source exactly
// behind that. [Decoder] is for programs that want the data in buffers of their
// own, and the checksum in another goroutine.
//
// # The format
//
//	header   1f 8b 08, flags, time (4), extra flags, system;
//	         by the flags: extra field, name, comment, CRC-16 of the header
//	blocks   bits, from the low end of each byte on: last, type (2);
//	         stored:  padding to a byte, length (16), its complement, bytes
//	         fixed:   symbols
//	         dynamic: code lengths, themselves coded; symbols
//	trailer  CRC-32 of the data, their length modulo 2^32
//
// A symbol is a literal byte, the end of the block, or a length (3 to 258) that a
// distance (1 to 32768) follows; both have extra bits. Codes are prefix codes of up to 15 bits.
//
// # The decoder
//
// A register holds up to 63 bits of input and is refilled by one load. The
// next bits, as many as most codes have, are an index into a table whose entries tell
// all that is to be done: how many bits the code and its extra bits have, and
// the base to which the latter are added. Longer codes go through a second
// table. Damaged and hostile data give errors, never panics; memory is constant.
//
// Values of this package may be used by one goroutine at a time.
package inflate
