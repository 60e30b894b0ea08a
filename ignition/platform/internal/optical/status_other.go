//go:build !linux

package optical

import "errors"

// DriveStatus fails: the request is known only on Linux.
func DriveStatus(path string) (int, error) { return 0, errors.ErrUnsupported }
