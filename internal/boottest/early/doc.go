// Package early has the steps of an initramfs's /init that every boot takes:
// from a kernel without any file system to the program init of the root that
// ostree-prepare-root has made.
//
//	func main() {
//		early.Main(early.MountBasics, early.LoadModules, early.MountRoot, early.PrepareRoot, early.SwitchRoot)
//	}
//
// Each step finds what the one before it left; there is nothing to configure but
// the kernel command line, and the file /modules.load, which package boottest
// writes.
package early
