// Package boottest composes an operating system from RPM packages, boots it in
// QEMU, layers packages in the guest, boots the result, and rolls back:
//
//	go test -v -timeout 40m ./examples/rpm-ostree/boottest
//
// The packages are Debian's, some two hundred, which apt-get downloads and package
// debrpm turns into RPMs; so nothing is needed but a mirror of Debian. testdata/os.yaml
// is the treefile. The deployment has this module's rpm-ostree, ostree and
// ostree-prepare-root; its kernel, systemd, shell and rpm are Debian's.
//
// TestBoot needs root, loop devices, apt-get with current package lists, and the
// packages qemu-system-x86, e2fsprogs, kmod, rpm, ostree and dnf. With QEMU's emulator it
// takes about 140 seconds of processor time; -args -accel= chooses another accelerator.
// Downloads are kept in the user's cache directory, or in that of -debs. The initramfs
// is the small one of this module's boot tests, with our ostree-prepare-root. The
// consoles of a failed run are kept in /tmp/rpm-ostree-consoles-*.
package boottest
