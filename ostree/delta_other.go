//go:build !linux

package ostree

import "golang.org/x/sys/unix"

// exchange is not available.
func exchange(int, string, int, string) error { return unix.ENOSYS }
