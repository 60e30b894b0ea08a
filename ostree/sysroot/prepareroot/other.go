//go:build !linux

package prepareroot

import "context"

// Prepare mounts the root of a deployment, which needs Linux.
func Prepare(context.Context, *PrepareOptions) (*Booted, error) { return nil, ErrNotSupported }

// PrepareInit mounts the root of a deployment without an initramfs, which needs Linux.
func PrepareInit(context.Context, *Options) error { return ErrNotSupported }

// PrepareNextRoot mounts the root of a soft reboot, which needs Linux.
func PrepareNextRoot(context.Context, *NextRootOptions) (*Booted, error) {
	return nil, ErrNotSupported
}

// ResetNextRoot undoes PrepareNextRoot, which needs Linux.
func ResetNextRoot(context.Context, *NextRootOptions) error { return ErrNotSupported }

// Remount makes mounts of the booted system writable, which needs Linux.
func Remount(context.Context, *RemountOptions) error { return ErrNotSupported }

// MountUsrOverlay makes /usr writable, which needs Linux.
func MountUsrOverlay(context.Context, *UsrOverlay) error { return ErrNotSupported }

// StateOverlay makes a directory of the deployment writable, which needs Linux.
func StateOverlay(context.Context, *StateOverlayOptions) error { return ErrNotSupported }
