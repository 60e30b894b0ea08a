// Package prepareroot boots deployments: it turns the physical root that the
// kernel or the initramfs mounted into the root of the deployment that the kernel
// command line names.
//
// [Prepare] does it in an initramfs, [PrepareInit] without one, [PrepareNextRoot]
// for a soft reboot. [Generate] and [Remount] do the rest in the booted system;
// [Units] has the systemd units that call the programs. [LoadConfig] and [ParseBooted]
// are for everybody who must know how a deployment boots or has booted.
//
// # What happens
//
//	before                    after Prepare
//	/sysroot  physical root   /sysroot           the deployment
//	                          /sysroot/etc       the deployment's etc, writable   (1)
//	                          /sysroot/usr       read-only, or a hotfix           (2)
//	                          /sysroot/sysroot   physical root, perhaps read-only
//	                          …/deploy/OS/var    writable                         (3)
//	                          /run/ostree-booted how it was done, see Booted
//
// (1) where the root is read-only; a transient one is an overlay of usr/etc that the
// next boot forgets. (2) a composefs root has no mount there without a hotfix.
// (3) where /sysroot is read-only. systemd then moves /sysroot to / and the units
// of [Generate] mount /boot and /var. What was done is read back as a [Booted].
//
// The deployment's root is a bind mount of its directory, or an overlay of its
// composefs image (an EROFS file system of names and attributes) on the objects of
// the repository. Of the latter the kernel can verify every byte: fs-verity for
// the image, whose digest a signed commit names, and for each object.
//
// # prepare-root.conf
//
//	[sysroot]
//	readonly=true             mount the physical root read-only
//	[etc]
//	transient=false           forget changes of /etc
//	[root]
//	transient=false           forget changes of everything else
//	transient-ro=false        the same, read-only until it is remounted
//	[composefs]
//	enabled=signed            no, yes, maybe, verity, signed
//	keypath=/etc/ostree/initramfs-root-binding.key
//
// See [Config]. The kernel argument ostree.prepare-root.composefs overrides enabled.
//
// # Guarantees
//
// Nothing in the physical root is trusted: links are followed inside of it only, and
// before a commit's signature is verified no more is read of it than the boot link,
// the commit and its detached metadata. Messages and the order of mounts are those of
// libostree 2026.4. The mount calls of Linux 5.2 to 6.12 are used where there are
// any, mount(2) elsewhere.
//
// The functions act on the whole process or its mount namespace; they are not meant
// to run concurrently. On systems other than Linux those that mount return
// [ErrNotSupported].
package prepareroot
