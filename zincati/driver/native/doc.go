// Package native is a [driver.Driver] that works on a sysroot by itself, without the command rpm-ostree and without a
// service: for appliances, for systems that are updated from outside, and for tests.
//
//	func main() {
//		rpmostree.Main() // first thing: packages that are layered run their scripts in a sandbox that is this program
//		…
//		d, err := native.Open(ctx, "/", &native.Options{Reboot: reboot})
//		defer d.Close()
//		err = d.Stage(ctx, release, false)
//		err = d.Finalize(ctx, release.Payload)     // and the callback reboots
//	}
//
// [Open] refuses to work in a program without that call, with [rpmostree.ErrNoMain], also where nothing is layered yet.
//
// On the running system a release is staged and locked as rpm-ostree does it; finalizing unlocks it, and the shutdown
// writes the boot entry.
//
// On any other sysroot there is no shutdown to wait for. There the deployment that boots by default counts as the
// booted one; staging downloads everything and changes nothing that boots, and finalizing deploys it at once. What is
// staged in this way is known to the Driver that did it only: after a restart it has to be staged again, which has
// nothing left to download.
//
// As root, deployments are made immutable (chattr +i), as on every system of libostree: os.RemoveAll does not remove a
// plain directory with such a sysroot. Where that is in the way, as in tests, Options.System has it left out:
//
//	&native.Options{System: &rpmostree.Options{Sysroot: sysroot.Options{MutableDeployments: true}}}
//
// Packages that are layered are layered again. Releases that are container images are not supported.
package native
