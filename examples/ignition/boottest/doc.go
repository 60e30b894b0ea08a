// Package boottest boots virtual machines for the first time: its tests put
// Ignition into the initramfs of an OSTree deployment, with the files of package
// ignition/dracut and dracut itself, and let systemd and udev run the stages on
// disks that a Debian kernel drives.
//
// TestFirstBoot needs root, loop devices and these Debian packages:
//
//	qemu-system-x86 linux-image-cloud-amd64 dracut-core dracut-network ostree-boot
//	systemd systemd-sysv udev kmod dbus curl iproute2 mount e2fsprogs dosfstools
//	xfsprogs gdisk mdadm cryptsetup-bin dmsetup passwd clevis clevis-luks tang
//
// With QEMU's emulator on two idle processors it takes three to four minutes. The
// consoles of a failed run are kept in /tmp/ignition-consoles-*.
//
// With -args -subject=/path/to/ignition it boots with that program instead of this
// module's, for comparison.
package boottest
