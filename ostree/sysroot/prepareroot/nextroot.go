package prepareroot

// NextRootOptions adjust [PrepareNextRoot] and [ResetNextRoot].
type NextRootOptions struct {
	Options
	// Sysroot is where the running system has the physical root; empty means
	// /sysroot.
	Sysroot string
	// Deployment is the directory of the deployment to boot into, below Sysroot
	// or relative to it: "ostree/deploy/os/deploy/CHECKSUM.0".
	Deployment string
}

// UsrOverlay describes a writable /usr for [MountUsrOverlay].
type UsrOverlay struct {
	Options
	// Lower is the deployment's usr, Upper holds the changes, Work is an empty
	// directory on the file system of Upper.
	Lower, Upper, Work string
	// ReadOnly mounts it read-only, so that only whoever remounts it, in a mount
	// namespace of their own perhaps, can write.
	ReadOnly bool
}

// StateOverlayOptions adjust [StateOverlay].
type StateOverlayOptions struct {
	Options
	// Name names the directory with the changes, below /var/ostree/state-overlays.
	Name string
	// Target is the directory to make writable.
	Target string
	// Checksum is that of the booted commit. When it is another one than the last
	// time, changes of what the commit has are dropped.
	Checksum string
}
