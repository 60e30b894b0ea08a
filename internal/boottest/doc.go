// Package boottest builds a disk with an OSTree deployment from the packages
// installed on a Debian machine, and boots it in QEMU.
//
// Nothing is downloaded and no boot loader is used. The test that owns a disk
// plays the boot loader's part itself:
//
//	tree, err := boottest.NewTree(ctx, dir, boottest.Packages) // systemd, udev, … copied from this machine
//	cpio, err := (&boottest.Initramfs{…}).Pack()               // our own /init, modules, ostree-prepare-root
//	err = tree.Kernel(release, vmlinuz, cpio)                  // where ostree looks for them
//	disk, err := boottest.NewDisk(ctx, path, 1<<30)            // ext4, with fs-verity
//	err = disk.Mounted(ctx, func(root string) error { … })     // ostree commit, ostree admin deploy …
//	entry, err := disk.BootEntry(ctx, dir)                     // what a boot loader would choose
//	vm, err := boottest.Start(ctx, &boottest.VMOptions{…})     // qemu with that kernel, initramfs, arguments
//	reply, err := vm.Call(boottest.Request{Run: []string{"ostree", "admin", "status"}})
//	err = vm.Wait(time.Minute)
//
// # The guest
//
// A tree has neither shell nor coreutils: the program in the folder agent,
// started by systemd after multi-user.target, executes [Request] values that
// arrive on the second serial port, one JSON document a line, and answers with
// [Reply] values. The first port is the console. The program in the folder
// init is the initramfs's /init: it loads modules, mounts the root named by
// root=UUID=…, runs ostree-prepare-root and becomes systemd. The program in the
// folder firstbootinit does the same, and on a first boot runs Ignition and
// Afterburn on the way, see Initramfs.Programs. Both consist of steps in package
// early.
//
// A guest whose initramfs was made otherwise, for instance by dracut, may start
// the agent there too, when its boot stops.
//
// # The boot loader
//
// Entries are read from boot/loader/entries by a parser of this package's own,
// from a mount that ignores the file system's journal, as firmware and GRUB
// do: a change that reached only the journal is not seen.
//
// # The test
//
// TestBoot needs root, loop devices and the packages qemu-system-x86,
// linux-image-cloud-amd64, e2fsprogs, ostree-boot and those of [Packages]. With
// -args -subject=debian it boots with Debian's own programs, with
// -subject=mixed with our boot programs under Debian's ostree. The consoles of
// a failed run are kept in /tmp/boottest-consoles-*.
package boottest
