// Package boottest boots what the installer installs: its tests make a disk image
// with Debian's tools, sign it, serve it with the metadata of a stream, let
// nestos-installer list, download and install it, and start the disk in QEMU, by its
// own boot loader.
//
// # The image
//
// It has the layout of real ones: partitions BIOS-BOOT, EFI-SYSTEM, boot and root;
// GRUB in the first two places that a BIOS looks at; on the boot file system a
// kernel, an initramfs and two entries of the Boot Loader Specification behind the
// link loader. Debian's GRUB has no command blscfg. In its place grub.cfg sources
// the newest entry with functions called title, options, linux and so on, so that
// what the installer wrote into the entry is what the kernel gets.
//
// # The guest
//
// The initramfs has the /init of package [github.com/nestos-dev/nestos/internal/boottest],
// which mounts the root file system. The program in the folder guest then plays the
// distribution's part of a first boot: it finds the boot file system, hands the config
// of the installer to Ignition, runs its stages, removes the stamp, and sends a
// [Report] to the second serial port. At later boots it only reports.
//
// # The tests
//
// TestEndToEnd installs from a stream and boots twice, installs unattended as a live
// system does and boots, and lets installations fail on a disk that did boot. It needs
// root, loop devices and these Debian packages:
//
//	qemu-system-x86 linux-image-cloud-amd64 grub-pc-bin grub-common gdisk e2fsprogs
//	dosfstools xz-utils gnupg mount util-linux udev
//
// With QEMU's emulator on two idle processors it takes less than half a minute; -args
// -accel=kvm uses another accelerator, which must be able to run a BIOS. The consoles of
// a failed run are in its log.
package boottest
