package blockdev

// formats are in libblkid's order, which decides what the first signature is:
// array members, then encrypted and stacked volumes, then file systems.
var formats = []format{
	{name: "linux_raid_member", usage: RAID, check: linuxRAID},
	{name: "ddf_raid_member", usage: RAID, check: ddf},
	{name: "isw_raid_member", usage: RAID, check: intelRAID},
	{name: "bcache", usage: Other, minSize: 8192, magics: []magic{{4096 + 24, "\xc6\x85\x73\xf6\x4e\x1a\x45\xca\x82\x65\xf5\x7f\x48\xba\x6d\x81"}}, check: bcache},
	{name: "ceph_bluestore", usage: Other, magics: []magic{{0, "bluestore block device"}}},
	{name: "LVM2_member", usage: RAID, magics: []magic{
		{0x218, "LVM2 001"}, {0x018, "LVM2 001"}, {0x418, "LVM2 001"}, {0x618, "LVM2 001"},
	}, check: lvm2},
	{name: "LVM1_member", usage: RAID, magics: []magic{{0, "HM"}}, check: lvm1},
	{name: "DM_snapshot_cow", usage: Other, magics: []magic{{0, "SnAp"}}},
	{name: "DM_verity_hash", usage: Crypto, magics: []magic{{0, "verity\x00\x00"}}, check: verity},
	{name: "DM_integrity", usage: Crypto, magics: []magic{{0, "integrt\x00"}}, check: integrity},
	{name: "crypto_LUKS", usage: Crypto, check: luks},
	{name: "VMFS_volume_member", usage: RAID, magics: []magic{{1 << 20, "\x0d\xd0\x01\xc0"}}},
	{name: "ubi", usage: RAID, magics: []magic{{0, "UBI#"}}},
	{name: "vdo", usage: Other, magics: []magic{{0, "dmvdo001"}}},
	{name: "stratis", usage: RAID, magics: []magic{{512 + 4, "!Stra0tis\x86\xff\x02^\x41rh"}, {9*512 + 4, "!Stra0tis\x86\xff\x02^\x41rh"}}, check: stratis},
	{name: "BitLocker", usage: Crypto, magics: []magic{{3, "-FVE-FS-"}}},

	{name: "vfat", usage: Filesystem, magics: []magic{
		{0x52, "MSWIN"}, {0x52, "FAT32   "}, {0x36, "MSDOS"}, {0x36, "FAT16   "},
		{0x36, "FAT12   "}, {0x36, "FAT     "}, {0, "\xeb"}, {0, "\xe9"}, {0x1fe, "\x55\xaa"},
	}, check: vfat},
	{name: "swsuspend", usage: Other, magics: swapMagics("S1SUSPEND", "S2SUSPEND", "ULSUSPEND", "LINHIB0001"), check: suspended},
	{name: "swap", usage: Other, minSize: 10 * 4096, magics: swapMagics("SWAP-SPACE", "SWAPSPACE2"), check: swap},
	{name: "xfs", usage: Filesystem, magics: []magic{{0, "XFSB"}}, check: xfs},
	{name: "xfs_external_log", usage: Other, check: xfsLog},
	{name: "ext4dev", usage: Filesystem, magics: extMagic, check: extKind("ext4dev")},
	{name: "ext4", usage: Filesystem, magics: extMagic, check: extKind("ext4")},
	{name: "ext3", usage: Filesystem, magics: extMagic, check: extKind("ext3")},
	{name: "ext2", usage: Filesystem, magics: extMagic, check: extKind("ext2")},
	{name: "jbd", usage: Other, magics: extMagic, check: extKind("jbd")},
	{name: "reiserfs", usage: Filesystem, magics: []magic{
		{8192 + 0x34, "ReIsErFs"}, {65536 + 0x34, "ReIsErFs"}, {65536 + 0x34, "ReIsEr2Fs"}, {65536 + 0x34, "ReIsEr3Fs"},
	}, check: reiser},
	{name: "jfs", usage: Filesystem, minSize: 16 << 20, magics: []magic{{32768, "JFS1"}}, check: jfs},
	{name: "udf", usage: Filesystem, tolerant: true, magics: []magic{
		{32769, "BEA01"}, {32769, "BOOT2"}, {32769, "CD001"}, {32769, "CDW02"}, {32769, "NSR02"}, {32769, "NSR03"}, {32769, "TEA01"},
	}, check: udf},
	{name: "iso9660", usage: Filesystem, tolerant: true, magics: []magic{{32769, "CD001"}, {32777, "CDROM"}}, check: iso9660},
	{name: "zfs_member", usage: Filesystem, minSize: 64 << 20, check: zfs},
	{name: "hfsplus", usage: Filesystem, magics: []magic{{1024, "BD"}, {1024, "H+"}, {1024, "HX"}}, check: hfsPlus},
	{name: "hfs", usage: Filesystem, tolerant: true, magics: []magic{{1024, "BD"}}, check: hfs},
	{name: "ntfs", usage: Filesystem, magics: []magic{{3, "NTFS    "}}, check: ntfs},
	{name: "ReFS", usage: Filesystem, magics: []magic{{0, "\x00\x00\x00ReFS\x00"}}},
	{name: "cramfs", usage: Filesystem, magics: []magic{{0, "\x45\x3d\xcd\x28"}, {0, "\x28\xcd\x3d\x45"}}, check: cramfs},
	{name: "romfs", usage: Filesystem, magics: []magic{{0, "-rom1fs-"}}, check: romfs},
	{name: "gfs2", usage: Filesystem, minSize: 32 << 20, magics: []magic{{65536, "\x01\x16\x19\x70"}}, check: gfs2},
	{name: "ocfs2", usage: Filesystem, minSize: 14 << 20, magics: []magic{{1024, "OCFSV2"}, {2048, "OCFSV2"}, {4096, "OCFSV2"}, {8192, "OCFSV2"}}, check: ocfs2},
	{name: "squashfs", usage: Filesystem, magics: []magic{{0, "hsqs"}}, check: squashfs},
	{name: "squashfs3", usage: Filesystem, magics: []magic{{0, "sqsh"}, {0, "hsqs"}}, check: squashfs3},
	{name: "btrfs", usage: Filesystem, minSize: 1 << 20, magics: []magic{{65536 + 0x40, "_BHRfS_M"}}, check: btrfs},
	{name: "exfat", usage: Filesystem, magics: []magic{{3, "EXFAT   "}}, check: exfat},
	{name: "f2fs", usage: Filesystem, magics: []magic{{1024, "\x10\x20\xf5\xf2"}}, check: f2fs},
	{name: "apfs", usage: Filesystem, magics: []magic{{32, "NXSB"}}, check: apfs},
	{name: "zonefs", usage: Filesystem, magics: []magic{{0, "SFOZ"}}, check: zonefs},
	{name: "erofs", usage: Filesystem, magics: []magic{{1024, "\xe2\xe1\xf5\xe0"}}, check: erofs},
	{name: "bcachefs", usage: Filesystem, magics: []magic{{4096 + 24, "\xc6\x85\x73\xf6\x66\xce\x90\xa9\xd9\x6a\x60\xcf\x80\x3d\xf7\xef"}, {4096 + 24, "\xc6\x85\x73\xf6\x4e\x1a\x45\xca\x82\x65\xf5\x7f\x48\xba\x6d\x81"}}, check: bcachefs},
}

// swapMagics are texts at the end of a first page of any size.
func swapMagics(texts ...string) []magic {
	var out []magic
	for _, end := range []int64{0xff6, 0x1ff6, 0x3ff6, 0x7ff6, 0xfff6} {
		for _, t := range texts {
			out = append(out, magic{end, t})
		}
	}
	return out
}
