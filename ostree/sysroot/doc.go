// Package sysroot manages deployments: commits that are checked out to be booted, side by side, and the
// list of those that the boot loader offers.
//
// It is for what updates a machine (an agent, "ostree admin") and for what builds a machine's disk. The commits
// come from package [github.com/nestos-dev/nestos/ostree]; package rpmostree does the same with packages on top.
//
// [Open] a physical root, which gives a [Sysroot], [Sysroot.Lock] it to change something, and [Sysroot.Load] it;
// [Sysroot.Deployments] is the list. [Sysroot.DeployTree] makes a new [Deployment] of a commit,
// [Sysroot.SimpleWriteDeployment] puts it into the list; an [Upgrader] does both for the newest commit of a
// branch. [InitFS] and [Sysroot.InitStateroot] make a physical root where there is none.
//
//	s, err := sysroot.Open("/", nil)
//	defer s.Close()
//	err = s.Lock(ctx)
//	err = s.Load(ctx)
//	u, err := s.NewUpgrader("", nil)
//	changed, err := u.Pull(ctx, nil)
//	if changed {
//		err = u.Deploy(ctx)
//	}
//
// A stateroot is a group of deployments that share one /var, mostly one operating system. The merge deployment
// is the one whose /etc and kernel arguments a new one inherits. A deployment's origin is the key file beside it
// that says which branch it follows.
//
// # Anatomy of a physical root
//
//	boot/loader -> loader.1                        the switch
//	boot/loader.1/entries/ostree-2.conf            boot entries, see package bls
//	boot/ostree/OS-BOOTCHECKSUM/vmlinuz-6.1.0      kernels, see package kernel
//	ostree/repo/                                   the repository
//	ostree/boot.1 -> boot.1.0                      the second switch
//	ostree/boot.1.0/OS/BOOTCHECKSUM/0 -> …         what "ostree=" names: links to deployments
//	ostree/deploy/OS/var/                          /var of the stateroot OS
//	ostree/deploy/OS/deploy/CHECKSUM.0/            a deployment: hard links to objects, and its own etc
//	ostree/deploy/OS/deploy/CHECKSUM.0.origin      where it came from
//	ostree/deploy/OS/backing/CHECKSUM.0/           room for overlays
//	ostree/lock                                    taken by whoever changes something
//
// The boot entries are the only list of deployments there is. A directory that no entry leads to is
// garbage, which the next cleanup deletes.
//
// # What is guaranteed
//
// Atomicity: a change of the list happens wholly or not at all, see [Sysroot.WriteDeployments] for the order of
// steps. Killed at any instruction, or without power, the machine boots the old or the new list, each
// complete, also with a boot loader that does not replay the journal of a file system. Running the operation again
// completes it, and one [Sysroot.Cleanup] removes all leavings. While /boot is frozen to bring it to its place a
// helper process stands by that thaws it if this one dies.
//
// Confinement: the sysroot may be that of the running system, a mounted image, or a plain directory; nothing is
// assumed about the machine unless [Sysroot.IsBootedRoot]. Names are confined to it: no link in it leads out.
//
// Privileges: root is only needed where files of other owners are made, and for what mounts or loads kernels: to
// unlock a deployment, for a soft reboot or kexec, and on a running system whose /sysroot or /boot is read-only
// ([EnterNamespace]).
//
// Concurrency: the methods of a Sysroot must not be called at the same time; several processes take turns
// by the lock.
//
// Compatibility: what libostree wrote is read, and what is written libostree reads; texts for people are those
// of "ostree admin" of release 2026.4. Kernels in several releases of it differ in details that both sides
// accept.
//
// # Staged deployments
//
// [Sysroot.StageTree] checks out at once, and leaves /etc and the boot entries to the shutdown, so that changes of
// /etc until then are not lost: [Sysroot.FinalizeStaged]. A finalization that failed tells its reason to the
// next boot, see [Sysroot.FinalizeFailure].
//
// # What is not done
//
// A vfat /boot is refused, as it has no links. Files for secure execution on s390x and Android boot images are
// written, but tools of those platforms do the rest. The package needs Linux.
package sysroot
