package rdcore

// UniqueLabelOptions say how the machine's file systems are found.
type UniqueLabelOptions struct {
	// Label is that of the file system.
	Label string
	// Reread lets the kernel read the partition tables of all disks first, as far as they are
	// not in use, and waits for udev where it runs.
	Reread bool
	// System is the machine; its Root is not used.
	System *System
}
