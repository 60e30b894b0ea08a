//go:build !linux

package fsverity

// Enable returns [ErrNotSupported]: fs-verity exists on Linux only.
func Enable(fd int) error { return ErrNotSupported }

// Measure returns [ErrNotSupported]: fs-verity exists on Linux only.
func Measure(fd int) ([Size]byte, error) { return [Size]byte{}, ErrNotSupported }
