// Package livetest boots live media that nestos-installer has customized, and lets
// them install.
//
// # The medium
//
// It has the layout of real ones: a kernel, an initramfs and a root file system in
// images/pxeboot, 256 KiB of zeros in images/ignition.img, which boot loaders load as a
// second initramfs, the tables in NESTOS, and kernel arguments with padding in the configs
// of ISOLINUX and GRUB. The kernel is Debian's for virtual machines. What is tested is
// that everything that the installer writes arrives there: boot loaders must be able to
// read their configs, and the kernel must unpack the archives.
//
// The initramfs consists of the program in the folder guest, which reports what it finds
// and turns the machine off.
//
// # The rehearsals
//
// A live system that installs by itself needs systemd and more memory than an emulator
// should have. Its user space runs on this machine: this machine's own files with those of
// the medium over them, in a mount namespace with a kernel command line of its own. The
// disks are loop devices.
//
// # How to run it
//
//	go test ./examples/nestos-installer/livetest
//
// with -args -accel=kvm for another accelerator of QEMU. The tests need root, loop devices, overlayfs,
// the go command, and these Debian packages:
//
//	qemu-system-x86 linux-image-cloud-amd64 isolinux syslinux-common grub-pc-bin
//	grub-common genisoimage gdisk e2fsprogs xz-utils util-linux systemd udev
//
// With QEMU's emulator on two processors all of it takes a minute; -short leaves the virtual
// machines out.
package livetest
