//go:build unix && !linux

package passwd

import (
	"errors"
	"fmt"
	"os"
)

// asUser calls f if it would have the user's identity anyway.
func asUser(uid, _ int, f func() error) error {
	if uid == os.Geteuid() {
		return f()
	}
	return fmt.Errorf("acting as user %d: %w", uid, errors.ErrUnsupported)
}
