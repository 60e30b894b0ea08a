// Package xz reads and writes .xz files, the container of LZMA2 compressed
// data.
//
// [Encode] packs data that are in memory, [NewWriter] a stream, [NewReader]
// decodes:
//
//	packed, err := xz.Encode(nil, part, nil)
//
//	r, err := xz.NewReader(file, &xz.ReaderOptions{Concurrency: 4})
//	_, err = io.Copy(disk, r)
//
// # The format
//
// A file has one or more streams, with zeros as padding between them. A stream is:
//
//	header  fd "7zXZ" 00, the kind of check, CRC-32
//	block   header (its length, sizes if known, filters, CRC-32),
//	        LZMA2 chunks, padding to 4 bytes, check of the data
//	...
//	index   00, number of blocks, sizes of each, padding, CRC-32
//	footer  CRC-32, length of the index, the kind of check again, "YZ"
//
// An LZMA2 chunk has up to 2 MiB of data in up to 64 KiB of LZMA symbols, or
// up to 64 KiB as they are. LZMA symbols are literals, matches (a length of
// 2 to 273, a distance in the dictionary) and matches at one of the last four
// distances, whose bits are coded by a binary arithmetic coder with a
// probability for each kind of bit in each context.
//
// # The encoder
//
// A binary tree finds the nearest match of every length at every position;
// dynamic programming over the prices of the symbols, as the probabilities
// predict them, picks the cheapest way. The zero options stand for what the
// xz program does at preset 8 (dictionary of 32 MiB, CRC-64, one block), with
// output of about the same size: smaller in nearly all cases, by 0.1 to 0.3 % for
// large inputs and 1 % for those of a few kilobytes, for which several model
// parameters are tried. The output depends on the data and on the options
// except Concurrency and SizeHint.
//
// # The decoder
//
// All filters and checks of xz 5.4 are known. Blocks with sizes in their headers
// are decoded in parallel if asked for. Everything the format allows to
// verify is verified. Damaged and hostile files give errors, never panics;
// memory grows with the data that are really there, up to
// ReaderOptions.MemoryLimit. [Copy] is for large files: it decodes several blocks at the
// same time without holding them in memory, and writes each to its place.
// On amd64 the inner loop is in assembly; decodeGo does the same everywhere, and
// tests compare the two. The .lzma format, which came before .xz, is not supported, nor
// are random access and the filter for RISC-V code.
//
// Values of this package may be used by one goroutine at a time.
package xz
