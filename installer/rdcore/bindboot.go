package rdcore

// BindBootOptions name the file systems that belong together from now on.
type BindBootOptions struct {
	// Root is the directory whose sysroot is the mount of the root file system.
	Root string
	// Boot is the directory where the boot file system is mounted.
	Boot string
	// System is the machine.
	System *System
}
