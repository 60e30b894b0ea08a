// Package rpmostree layers RPM packages on an image-based system: each change of the set of packages is a
// transaction that makes a new bootable commit beside the old one, or nothing.
//
// It is for what changes a machine's packages: an agent, "rpm-ostree", the build of an image from a vendor's base.
// A base itself is composed by package [github.com/nestos-dev/nestos/rpmostree/compose]; without packages on top
// [github.com/nestos-dev/nestos/ostree/sysroot] is enough.
//
// [Open] a sysroot, the running system or any other, which gives a [System], and apply a [Change] to it, which has
// an [Outcome]:
//
//	func main() {
//		rpmostree.Main() // first thing: scripts of packages run in a sandbox that this program provides
//		…
//		sys, err := rpmostree.Open(ctx, "/", nil)
//		defer sys.Close()
//		out, err := sys.Apply(ctx, &rpmostree.Change{Install: []string{"htop", "pkgconfig(zlib)"}})
//		err = out.Diff().WriteBlock(os.Stdout)
//	}
//
// A Change brings upgrades, other bases, overrides of packages in the base and changes of the initramfs too; they
// can be combined, and are one transaction then. [System.Rollback], [System.SetKargs] and [System.Cleanup] change
// the list of deployments, [System.Status] and [System.Deployments] describe it. [System.CheckUpdate] and
// [System.AutomaticUpdate] look for updates, [System.Search] for packages.
//
// # How a deployment is made
//
//	origin   the requests: what the administrator typed, kept in the deployment's origin file
//	  │ edit
//	base     the commit of the vendor: pulled, or the present one; every operation starts from it again
//	  │ resolve     package goal: the base's packages are locked, repositories offer the rest
//	packages downloaded, verified and imported as commits, see package pkgcache
//	  │ assemble    in memory over the repository's objects; scripts run in a sandbox on an overlay
//	commit   child of the base; its metadata tell which requests are active, which packages were replaced, …
//	  │ deploy      package sysroot: staged on the running system, at once elsewhere
//	cleanup  refs of bases, package cache, objects
//
// Requests that the base fulfils stay in the origin, inactive, and come back to life when a later base drops
// what they ask for. If the result is what is deployed already, nothing is made: [Outcome.Changed] is false.
//
// # What is guaranteed
//
// An operation that fails, or is killed at any instruction before the list of deployments is written, leaves
// deployments, origins and boot entries as they were; packages that were imported stay in the cache. The next
// operation removes what a killed one left.
//
// Objects of the repository never change, whatever scripts do: scripts see hard links to objects only as the lower
// layer of an overlay. They have no network, and see nothing of the host.
//
// The same base, requests and packages give the same commit, with [Options.Epoch] set.
//
// A repository of mode bare needs root; one of mode bare-user does not, owners are kept in the objects. Scripts need
// Linux with user namespaces, or root. A System is used by one goroutine at a time; several processes take turns by
// the lock of the sysroot.
//
// Of the running system there is one change at a time, whoever makes it: a second one is a [*BusyError] at once, as in
// rpm-ostree. [Active] tells who is at work, and [ActiveTransaction.Cancel] ends it. Operations see to this themselves;
// [System.Begin] holds the right for longer than one.
//
// Files (origins, refs, metadata of commits, the history), messages and JSON are those of rpm-ostree 2026.2; it can
// take over a system at any time, and be replaced.
//
// # Not done
//
// Scriptlets in Lua, but for those of Fedora that are known, and triggers on other packages (%triggerin,
// %triggerprein) are refused, with rpm-ostree's messages; live changes of the running system, countme, cliwrap and
// the D-Bus service are not supported. Package databases are written in the sqlite form.
package rpmostree
