// Package dracut has what starts Ignition at boot: a dracut module with the
// systemd units of the stages, the generator that decides whether they run, and
// the units of the real root.
//
//	err := dracut.WriteFiles(tree, nil)                                            // when an image is built
//	err := dracut.Generate(&dracut.GenerateOptions{UnitDir: os.Args[1]})           // as ignition-generator
//	err := dracut.CompleteFirstBoot(ctx, nil)                                      // as ignition-firstboot-complete
//
// # Anatomy of a first boot
//
//	boot loader   finds ignition.firstboot on the boot file system, sources it,
//	              appends "ignition.firstboot" and network arguments      05_ignition.cfg
//	initramfs     ignition-generator reads the kernel command line        Generate
//	              initrd.target
//	              └ ignition-complete.target
//	                ├ ignition-fetch-offline.service    config without network, else /run/ignition/neednet
//	                ├ ignition-fetch.service            only with that file and without a config
//	                ├ ignition-kargs.service            may reboot
//	                ├ ignition-disks.service            before the root file system is looked for
//	                ├ sysroot.mount, initrd-root-fs.target
//	                ├ ignition-mount.service            its stop unmounts
//	                ├ ignition-files.service            before initrd-parse-etc.service
//	                └ ignition-diskful.target           not on live systems
//	                  └ ignition-remount-sysroot.service
//	real root     ignition-delete-config.service        platforms whose config can be deleted
//	              ignition-firstboot-complete.service   removes the stamp   CompleteFirstBoot
//
// Later boots require ignition-subsequent.target instead, for distributions that
// hook on it. A stage that fails isolates emergency.target: the root is never
// switched to, the stamp file stays, and standard error of the stage is on the
// console. This holds in an initramfs without an emergency shell too.
//
// # Left to the distribution
//
// Bringing up the network, which it does between ignition-fetch-offline.service
// and ignition-fetch.service if /run/ignition/neednet exists; the program that
// changes kernel arguments, see [KargsHelperName]; copying a config that an
// installer left to /etc/ignition/user.ign before the first stage; more options
// for the stages, by setting IGNITION_ARGS in a drop-in.
//
// # Compatibility
//
// Names of units, targets, links and files, their order and conditions are those
// of Ignition 2.26. These things differ. Its generator is a shell script; this one
// is the program itself under another name, so nothing in the initramfs depends on
// a shell but clevis and the module's refusing kargs helper. Programs that only
// some configs need may be missing when the initramfs is built. The generator
// makes initrd-parse-etc.service require ignition-complete.target. The stamp file
// is removed only if Ignition ran. Standard error of a stage is on the console.
package dracut
