//go:build unix

package units

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/coreos/go-systemd/v22/dbus"
)

// runningVersion asks the running systemd for its version; nothing if none runs.
func runningVersion(ctx context.Context) (string, error) {
	conn, err := dbus.NewSystemdConnectionContext(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("asking systemd for its version: %w", err)
	}
	defer conn.Close()
	version, err := conn.GetManagerProperty("Version")
	if err != nil {
		return "", fmt.Errorf("asking systemd for its version: %w", err)
	}
	return strings.Trim(version, `"`), nil
}
