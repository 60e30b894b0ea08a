// Package bootloader writes the configuration of boot loaders that do not read
// the entries in boot/loader/entries themselves.
//
// [Select] finds out which boot loader a system has, [Backend.Write] writes its
// configuration for a new list of deployments, [Backend.PostSync] runs the tool
// of one that cannot follow a link.
//
// # Where it stands in a transaction
//
//  1. kernels and entries are written to boot/loader.1, while boot/loader
//     leads to loader.0
//  2. [Backend.Write] adds boot/loader.1/grub.cfg, syslinux.cfg or uEnv.txt
//  3. everything is flushed, and boot/loader switched to loader.1
//  4. [Backend.PostSync]
//
// So most boot loaders, whose configuration is a link into boot/loader, switch
// together with the entries; [Backend.Atomic] tells.
//
// # The boot loaders
//
//	syslinux  boot/syslinux/syslinux.cfg exists: boot/loader.N/syslinux.cfg is
//	          the old file with its blocks for deployments renewed
//	grub2     boot/grub/grub.cfg or boot/grub2/grub.cfg exists, or is a link into
//	          boot/loader: a generator writes boot/loader.N/grub.cfg. Or else
//	          boot/efi/EFI/X/grub.cfg exists, which is replaced, not atomically
//	          with the switch. Not if bootupd manages static configurations
//	U-Boot    boot/loader/uEnv.txt exists: boot/loader.N/uEnv.txt, variables
//	zipl      boot/ostree-bootloader-update.stamp, and zipl(8) after the switch
//	aboot     the same with aboot-deploy
//
// With [Auto] the first three are tried in this order, the others must be
// configured. A configured boot loader is used whether it seems present or not;
// grub2 is the one in boot/loader.N then.
//
// # Generators
//
// A generator for GRUB is called as "PROGRAM -o FILE" with the environment
// variables _OSTREE_GRUB2_BOOTVERSION, and _OSTREE_GRUB2_IS_EFI=1 for EFI. One is
// grub2-mkconfig with the hook of OSTree, which asks for the menu entries that
// [WriteGrub2] writes; another one reads the entries beside FILE.
//
// # Limits
//
// The files of the system are reached through its root directory only, links
// resolve inside of it. Programs are another matter: they get paths and are
// trusted. zipl with Secure Execution is not supported. The programs for a
// private root ([Command.Chroot]) run on Linux only.
package bootloader
