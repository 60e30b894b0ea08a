// Package disk is the destination of an installation: is it unused, which of its
// partitions are kept, how its partition table changes, where the installed boot file
// system is.
//
//	d, err := disk.Open(ctx, "/dev/sda", &disk.Options{Message: show})
//	err = d.CheckExclusive()
//	saved, err := disk.ReadSaved(d, filter, false)  // with a dry run
//	err = saved.DryMerge(first)                     // first: the image's first MiB
//	err = saved.Overwrite(d.File())                 // nothing but the saved partitions
//	… the image from its second MiB on, not beyond saved.Limit() …
//	err = saved.Merge(first, d)                     // now it can be booted
//	err = d.Reread(ctx)
//	err = d.WithBoot(ctx, "boot", false, func(root string) error { … })
//
// # What holds at every moment
//
// From before Overwrite until after Merge, whatever is interrupted by a kill or a loss
// of power: a reader of the disk finds a valid partition table with the saved partitions,
// and it finds the image's partitions only when the whole image is on the disk. The
// table changes by the write of one sector; see [gpt.Table.Replace]. Merge writes what is
// left of the first MiB, then the boot code, then the table.
//
// # No udev, no programs
//
// Partitions are found by reading the table and the superblocks. A file system is mounted
// through a loop device at its offset, so that it does not matter whether the kernel
// knows the partition table, whether somebody made device nodes, and whether they
// are those of the old table. Where there are no loop devices the kernel's partition is
// used, and added (BLKPG) if there is none. If udev runs it is waited for, if kpartx is
// there it keeps the partitions of device-mapper devices in step, for the benefit of others.
//
// # Exclusive use
//
// After CheckExclusive the disk is held with O_EXCL, so that nobody can mount it or one of
// its partitions while the image is written. The loop device does not need the claim; it
// is only given up for a moment where there are no loop devices. Device-mapper devices
// are not held, because their partitions are other devices which hold them.
package disk
