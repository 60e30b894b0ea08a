// Package blockdev looks at block devices and images of disks: which file
// system, array member or encrypted volume they hold, how they are partitioned,
// who uses them. It only reads.
//
//	res, err := blockdev.Probe(f, size, 512)     // res.Type "ext4", res.UUID, res.Label
//	gpt, err := blockdev.ReadGPT(f, size, 512)   // gpt.Partitions
//
// # Signatures
//
// The answers are meant to be those of libblkid, since they decide whether data
// is overwritten: the same names of types, the same text of UUIDs and labels, the
// same order in which signatures are tried. What libblkid calls safe probing is
// [Result.Ambivalent]: more than one signature was found, and not all of them are
// of the kinds that may be found together (ISO 9660 with UDF, for instance). A
// member of an array or an encrypted volume ends the search, because what
// lies beyond it is the content.
//
// Known are ext2, ext3, ext4 and their external journals, XFS, Btrfs, FAT, exFAT,
// NTFS, ReFS, F2FS, SquashFS, EROFS, ISO 9660, UDF, HFS, HFS+, APFS, ReiserFS, JFS,
// GFS2, OCFS2, bcachefs, cramfs, romfs, zonefs, swap and suspended swap, LUKS,
// BitLocker, Linux RAID (all versions of the metadata), DDF and Intel RAID, LVM,
// ZFS, bcache, device-mapper targets with a header (verity, integrity, snapshot),
// VDO, Stratis and Ceph BlueStore; of partition tables GPT, MBR, BSD, Sun, SGI and
// Apple. Less common ones of libblkid's list (fake RAID of
// mainboards, Minix, UFS, …) are not.
//
// Where libblkid verifies a checksum that no mkfs leaves wrong, this package may
// not: then a damaged file system is still found, which errs on the side of
// keeping data.
//
// # Untrusted bytes
//
// All readers are bounded: a probe reads a few MiB at most, whatever the device
// says, and a partition table has at most [MaxEntries] entries.
package blockdev
