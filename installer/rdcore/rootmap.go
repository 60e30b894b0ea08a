package rdcore

// RootmapOptions say which root file system is to be found by the next boot.
type RootmapOptions struct {
	// Root is the directory where the root of the system is mounted. Its sysroot must be a
	// mount too, that of the file system in question; etc/crypttab is the system's.
	Root string
	// Boot is the boot file system whose newest entry for the boot loader gets the arguments.
	// Without it they are only returned.
	Boot Boot
	// System is the machine.
	System *System
}
