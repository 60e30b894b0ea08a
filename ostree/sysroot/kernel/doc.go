// Package kernel finds the kernel of a deployment and installs it, with what
// belongs to it, where a boot loader can read it.
//
// [Find] looks for the kernel in the tree and computes the boot checksum, which
// tells whether two trees boot the same; [Install] puts the files into a
// directory below /boot. [Layout.Size] says how much room they will take.
//
// # In the tree
//
// A kernel is found in one of two layouts. The first is the usual one:
//
//	usr/lib/modules/6.1.0/vmlinuz          vmlinuz-6.1.0          hashed 1st
//	usr/lib/modules/6.1.0/initramfs.img    initramfs-6.1.0.img    hashed 2nd; or "initramfs"
//	usr/lib/modules/6.1.0/devicetree       devicetree-6.1.0       hashed 3rd
//	usr/lib/modules/6.1.0/dtb/…            dtb/…                  hashed 3rd, without a devicetree
//	usr/lib/modules/6.1.0/.vmlinuz.hmac    .vmlinuz-6.1.0.hmac
//	usr/lib/modules/6.1.0/aboot.img        aboot-6.1.0.img
//
// On the right is the name in the directory ostree/STATEROOT-CHECKSUM of /boot.
// Only the kernel must exist. The boot checksum is the SHA-256 of the contents
// one after the other. The older layout has the checksum in the names, where it
// is believed:
//
//	usr/lib/ostree-boot/vmlinuz-6.1.0-CHECKSUM          vmlinuz-6.1.0
//	usr/lib/ostree-boot/initramfs-6.1.0.img-CHECKSUM    initramfs-6.1.0.img
//	usr/lib/ostree-boot/devicetree-6.1.0-CHECKSUM       devicetree-6.1.0
//
// The directory is boot if there is no usr/lib/ostree-boot. A tree with both
// layouts boots the first, unless only the second has an initramfs.
//
// # Several kernels
//
// A tree should have one. Of several libostree takes the one that the file
// system happens to list first; here it is the highest version, so that every
// copy of a tree boots the same. [Layout.Others] names the rest, which is worth
// a warning.
//
// # In /boot
//
// Files are hard links to those of the tree where /boot is on the same file
// system, which costs no room, and copies elsewhere. A name appears with its
// whole content or not at all, and one that exists is left alone, so that a
// run that was killed is completed by the next. A copy is written to a file
// without a name (O_TMPFILE); where the file system has no such files it has a
// temporary name, which [Install] and [RemoveStale] clean up.
//
// # Safety
//
// Trees and /boot are foreign: links are resolved inside them, and nothing but
// regular files is read. The functions need not run as root, except
// where files of another owner are copied. It works on Linux; on other Unix
// systems everything is copied by way of temporary names.
package kernel
