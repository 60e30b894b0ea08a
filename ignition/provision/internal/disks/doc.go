// Package disks makes partitions, arrays, encrypted volumes and file systems, and
// mounts and unmounts the latter: the stages disks, mount and umount.
//
// [Disks], [Mount] and [Umount] do it; [PlanDisks], [PlanMount] and [PlanUmount]
// tell what they would do; [PlanImage] tells it for a disk that is a file.
//
// # Plan, then apply
//
// Each part of the stage (partitions of one disk, one encrypted volume, all file
// systems) is planned by looking and then applied. A part whose plan has a failure
// is not begun. What a later part sees depends on what an earlier one
// did, so in a dry run later parts look at predictions: the device of a partition
// to be made is a piece of the disk, whose bytes are probed where they lie now,
// since making partitions does not erase them.
//
// # Device names
//
// Before a part the device manager is asked for its devices, and for each a link
// below the alias folder is made that points to the device node. Programs get the
// alias: a by-label link that vanishes and returns while its file system is remade
// cannot misguide them.
package disks
