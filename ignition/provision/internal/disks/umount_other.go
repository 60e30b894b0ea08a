//go:build !linux

package disks

import (
	"errors"
	"fmt"
)

func unmount(string) error { return fmt.Errorf("unmounting: %w", errors.ErrUnsupported) }
