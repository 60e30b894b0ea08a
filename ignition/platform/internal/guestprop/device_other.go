//go:build !linux

package guestprop

import "errors"

// Path is where Linux has the driver.
const Path = "/dev/vboxguest"

// Open fails: the driver is known only on Linux.
func Open(path string) (Device, error) {
	return nil, errors.ErrUnsupported
}
