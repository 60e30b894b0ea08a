package boottest

// Report is what the guest has seen, as one line of JSON.
type Report struct {
	// Cmdline is the text of /proc/cmdline.
	Cmdline string
	// BootDevice has the file system labelled "boot".
	BootDevice string
	// Boot are files of that file system, by their paths in it: those that an installer
	// writes, as they were found.
	Boot map[string]File
	// FirstBoot tells that the kernel command line asked for Ignition, which then ran.
	FirstBoot bool
	// Ignition is what its stages printed.
	Ignition string
	// Root are files of the root file system at the end that Ignition may have made.
	Root map[string]File
	// Error tells why the guest could not do its work; empty if it could.
	Error string
}

// File is a regular file.
type File struct {
	Mode string // as ls shows it: "-rw-------"
	Data string
}
