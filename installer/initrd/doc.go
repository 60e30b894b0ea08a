// Package initrd reads and makes initial RAM disks: the cpio archives that Linux unpacks as its first root file system.
//
// [Read] takes all archives of an image and keeps the files that are asked for; [Archive.Encode] makes a segment that
// can be appended to an image, or stored in the area that a live ISO reserves for one:
//
//	a, err := initrd.Read(image, func(path string) bool { return path == "config.ign" })
//
//	a := initrd.New()
//	a.Add("config.ign", config)
//	segment, err := a.Encode()
//
// [Walk] passes contents by without holding them, [List] and [Extract] are the tools for looking into an image, and
// [WrapIgnition], [UnwrapIgnition], [WrapNetwork] and [UnwrapNetwork] are what a live system booted over the network is
// customized with.
//
// # The format
//
// An image is any number of archives, one after the other, with NULs before, between and behind them:
//
//	archive  cpio in the formats 070701 and 070702, plain or compressed with gzip, xz or zstd
//	member   header, name, content; parents come before what is in them
//	trailer  a member named TRAILER!!!; only NULs may follow it in the compressed data
//
// Later members replace earlier ones of the same name, in the same archive or another. Names end at their first NUL.
// Of several hard links to a file only the last one has the content; [Read] and [Extract] give it to all of them.
//
// What [Archive.Encode] writes is the same for the same files: sorted by path, missing directories before the first file
// in them, no owners, no times; xz with CRC-32, the only check besides none that the decoder of the kernel knows.
//
// # Untrusted bytes
//
// Names are what the archive says. [Extract] refuses those that lead out of its directory, and follows no symbolic link
// out of it. Memory is bounded: see [MaxSize].
package initrd
