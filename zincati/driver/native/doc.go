// Package native is a [driver.Driver] that works on a sysroot by itself, without the command rpm-ostree and without a
// service: for appliances, for systems that are updated from outside, and for tests.
//
//	d, err := native.Open(ctx, "/", &native.Options{Reboot: reboot})
//	defer d.Close()
//	err = d.Stage(ctx, release, false)
//	err = d.Finalize(ctx, release.Payload)     // and the callback reboots
//
// On the running system a release is staged and locked as rpm-ostree does it; finalizing unlocks it, and the shutdown
// writes the boot entry.
//
// On any other sysroot there is no shutdown to wait for. There the deployment that boots by default counts as the
// booted one; staging downloads everything and changes nothing that boots, and finalizing deploys it at once. What is
// staged in this way is known to the Driver that did it only: after a restart it has to be staged again, which has
// nothing left to download.
//
// Packages that are layered are layered again. Releases that are container images are not supported.
package native
