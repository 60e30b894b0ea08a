// Package boottest boots virtual machines with Afterburn in their initramfs: its test takes the units and the dracut
// module of package afterburn/systemd, has dracut and ostree make a machine with them, and lets systemd run them on
// first boots.
//
//	Proxmox VE   a config drive: static network in the initramfs, hostname, attributes, SSH keys
//	Scaleway     HTTP, by package afterburn/fakecloud: hostname, attributes, SSH keys, check-in
//
// and the emergency target in place of a system where the platform is unknown, or its service broken.
//
// TestBoot needs root, loop devices, network namespaces and these Debian packages:
//
//	qemu-system-x86 linux-image-cloud-amd64 dracut-core dracut-network genisoimage
//	systemd systemd-sysv udev kmod dbus curl iproute2 mount util-linux e2fsprogs passwd
//
// The service is in a network namespace that QEMU runs in too; nothing else hears of its address. The consoles of a
// failed run are kept in /tmp/afterburn-consoles-*. With QEMU's emulator on two processors it takes one to two minutes.
package boottest
