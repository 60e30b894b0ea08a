package prepareroot

import (
	"errors"
	"path/filepath"
)

// The places that are agreed upon with the running system.
const (
	// BootedPath describes the running root, see [Booted].
	BootedPath = "/run/ostree-booted"
	// NextRootPath is where the root of a soft reboot is mounted.
	NextRootPath = "/run/nextroot"
	// NextRootBootedPath describes that root, see [Booted].
	NextRootBootedPath = "/run/ostree/nextroot-booted"
	// MountVarPath is a file whose presence wants /var mounted by the initramfs
	// instead of by the unit that [Generate] makes.
	MountVarPath = "/run/ostree/initramfs-mount-var"

	// HotfixUpper and HotfixWork are the directories in a deployment with the
	// changes of a persistent hotfix of /usr.
	HotfixUpper = ".usr-ovl-upper"
	HotfixWork  = ".usr-ovl-work"

	runPath         = "/run/ostree"
	privatePath     = "/run/ostree/.private"
	scratchPath     = "/sysroot.tmp"
	imageName       = ".ostree.cfs"
	readonlyStamp   = "/run/ostree-sysroot-ro.stamp"
	volatileRoot    = "/run/systemd/volatile-root"
	deploymentMsgID = "7170336a73ba4601bad31af888aa0df7"
)

// ErrNotSupported is returned by the functions that mount on systems other than
// Linux.
var ErrNotSupported = errors.New("not supported")

// Options are common to the functions that mount. The zero value works on the
// running system.
type Options struct {
	// Root is where /run, /etc, /proc/cmdline and the other places lie; empty
	// means "/".
	Root string
	// Cmdline is the kernel command line; empty means /proc/cmdline.
	Cmdline string
	// LegacyMounts uses mount(2) only, which otherwise happens where the kernel
	// has nothing better.
	LegacyMounts bool
	// Print is given the lines that the program says on its way; nil is silent.
	Print func(line string)
}

func (o *Options) path(name string) string {
	if o.Root == "" {
		return name
	}
	return filepath.Join(o.Root, name)
}

func (o *Options) root() string { return o.path("/") }

func (o *Options) print(line string) {
	if o.Print != nil {
		o.Print(line)
	}
}

// PrepareOptions adjust [Prepare]. The zero value, and nil, are for the initramfs
// of a system with systemd.
type PrepareOptions struct {
	Options
	// Sysroot is where the physical root is mounted and the root of the
	// deployment will be; empty means /sysroot.
	Sysroot string
	// MountVar mounts /var too, for systems where no unit will do it.
	MountVar bool
}
