// Package rdcore is what an image needs in its initramfs when it boots for the first time:
// kernel arguments that lead to the root file system, the tie between boot and root file
// system, and the check of a root file system that comes from the network.
//
//	res, err := rdcore.Kargs(ctx, &rdcore.KargsOptions{
//		Boot: rdcore.Boot{Mount: "/sysroot/boot"},
//		Edit: kargs.Edit{Append: []string{"quiet"}},
//	})
//	args, err := rdcore.Rootmap(ctx, &rdcore.RootmapOptions{Root: "/sysroot"})
//	err = rdcore.BindBoot(ctx, &rdcore.BindBootOptions{Root: "/sysroot", Boot: "/sysroot/boot"})
//	err = rdcore.StreamHash(ctx, hashes, download, unpack)
//
// The functions are the commands of rdcore, which belongs to coreos-installer; the program of
// that name in examples is a drop-in for it.
//
// # From the mount to kernel arguments
//
// [Rootmap] starts with the device that is mounted at ROOT/sysroot and goes down to what it
// is made of. Every device that the initramfs must set up before gives arguments, the lowest
// device first:
//
//	RAID                 rd.md.uuid=b8432151:fd82f4bf:10694075:55f2cd00
//	LUKS                 rd.luks.name=<UUID of the header>=<name in /dev/mapper>
//	 … on the network    rd.neednet=1 rd.luks.options=_netdev
//	multipath            mpath.wwid=<WWID>, once for each
//	file system          root=UUID=… rw, on a partition of a multipath device
//	                     root=/dev/disk/by-uuid/dm-mpath-… rw
//	its mount options    rootflags=…, as the image's own program says
//
// Partitions, disks and the integrity layer of an encrypted volume give none; any other
// device (LVM, loop devices) is an error, since nobody would set it up.
//
// # No programs, no udev
//
// Devices are found in /sys, identifiers are read from the superblocks on them. lsblk, blkid,
// mdadm, cryptsetup, dmsetup and multipathd are not needed; mdadm is only asked for the UUID
// of an array whose metadata are those of a mainboard. Only the image's program for mount
// options is run, see [System].
//
// # Untrusted trees
//
// What is read or written in a root or boot file system is confined to it: links are
// followed inside only. Files are replaced atomically and durably, so that a boot that is cut
// short leaves the old state or the new one. /proc/self/mountinfo is searched for the
// mount that is visible, the last one at a path.
//
// The package works on Linux. Elsewhere [StreamHash] and [Kargs] on a given text work, and the
// rest is not supported.
package rdcore
