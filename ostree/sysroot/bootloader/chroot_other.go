//go:build unix && !linux

package bootloader

import (
	"context"
	"fmt"
)

func runChroot(_ context.Context, c Command) error {
	return fmt.Errorf("%s in the root %s: %w", c.Name, c.Chroot, ErrNotSupported)
}
