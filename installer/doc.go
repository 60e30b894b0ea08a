// Package installer writes a disk image to a block device, verified, and makes the few
// changes to its boot file system that let the machine provision itself at its first boot.
//
//	res, err := installer.Install(ctx, &installer.Options{Config: config.Config{
//		Stream: "stable", IgnitionFile: "worker.ign", DestDevice: "/dev/sda",
//	}})
//
// [Install] does that; [Download] fetches and verifies images without installing them,
// [ListStream] tells what there is. Options, defaults and the texts of errors are those of
// coreos-installer 0.26 and nestos-installer 0.20.
//
// # The way of an image
//
//	file, URL, stream, osmet ─▶ hash for the signature ─▶ decoder ─▶ device, from 1 MiB on
//	                                      │                               │
//	                                      ▼                               ▼
//	                             signature verified ─▶ boot file system changed ─▶ first MiB
//
// The first MiB, with boot code and partition table, is written last: it is the commit
// point. Before it, the disk has a partition table that holds nothing but the partitions
// that are to be kept, so a disk whose installation failed, was killed or lost power does
// not look bootable, and kept partitions are there at every moment. The reference program
// changes the boot file system after it has written the first MiB; here a disk that boots
// has its Ignition config.
//
// Zeros are data: where an image has them the device has them afterwards, whatever was
// there before.
//
// # Formats
//
// Images are raw, or compressed with gzip, xz or zstd, which is told by their first bytes.
// All that the formats have to verify is verified, and an image must end where the
// compressed data end. Images for virtual machines (qcow2, VMDK, VHDX) and ISO images are
// refused. Detached OpenPGP signatures are over the stored bytes.
//
// # The packages below
//
// config has the options as types and as YAML, customize and iso and initrd change live
// media, stream has the metadata of images, osmet the images that live media carry,
// signature the keys, live the units for unattended installations.
//
// # What it needs
//
// Install needs Linux, and root or the right to write to the device and to mount its boot
// file system; it holds the device exclusively, so that a second call for it fails. It
// runs no other programs. Download and ListStream need nothing, and work everywhere.
//
// Images are streamed: none is ever whole in memory, and Install makes no temporary file.
// When the context ends, Install puts the destination in order and returns the context's
// cause; Download leaves what was there before.
//
// Where texts, errors and logs name a URL, it has no password, and nothing in its query that
// gives access.
//
// There is no state between calls, which may be made at the same time.
//
// # Errors
//
// While the destination is as it was, they are plain: those of the options
// ([ErrNoDestination]), the source ([ErrNoSignature]) and the device, [ImageTypeError], and
// [ErrTooLarge] where the size is known in advance. All others are a [FailedError] around
// the cause, to be told apart with errors.Is and errors.As all the same.
//
// # Not done
//
// DASD disks and boot records of IBM Z are not supported: such destinations are refused.
package installer
