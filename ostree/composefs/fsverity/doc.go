// Package fsverity computes, enables and reads fs-verity file digests.
//
// fs-verity is a Linux feature that makes a file read-only and lets the kernel
// check every block of it against a Merkle tree when it is read. The *digest*
// of a file names its content like a checksum does; unlike a plain SHA-256 it
// can be verified block by block. composefs images and OSTree repositories
// record it for each file, so it has to be computable without kernel help.
//
// Most callers need one of:
//
//   - [Sum] for bytes in memory,
//   - [Digest] for a stream,
//   - a [Hasher] (a [hash.Hash]) reused for many files: after its first large
//     file it allocates nothing,
//   - [Enable] and [Measure] for a file on a Linux file system that has the
//     feature.
//
// # The digest
//
// Only the variant that composefs and OSTree use is implemented: SHA-256,
// 4096-byte blocks, no salt, no signature.
//
//	level 0: the file cut into blocks of 4096 bytes, the last one zero padded
//	level n: the 32-byte SHA-256 of each block of level n-1, concatenated,
//	         cut into blocks of 4096 bytes, the last one zero padded
//	root:    SHA-256 of the only block of the highest level
//	         (one block of data: of that block; empty file: 32 zero bytes)
//	digest:  SHA-256 of a 256-byte descriptor: version 1, algorithm 1,
//	         log2(block size) 12, salt size 0, 4 zero bytes, file size as a
//	         little-endian 64-bit number, root hash padded to 64 bytes, zeros
//
// A [Hasher] needs one block per level: 8 levels cover every possible file.
//
// # Guarantees and limits
//
// The digests are those of the kernel and of the fsverity tool of fsverity-utils, whatever the platform. A Hasher is
// used by one goroutine at a time; everything else may be called at the same time. [Enable] and [Measure] need Linux
// and a file system with the feature switched on (ext4, btrfs, f2fs), and give [ErrNotSupported] elsewhere. SHA-512,
// other block sizes and salts are not supported.
package fsverity
