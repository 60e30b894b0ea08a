package systemdbus

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/godbus/dbus/v5"
)

// Version asks the systemd that listens at a socket for its version, as in "252.39-1".
// It is empty if none listens.
func Version(ctx context.Context, socket string) (string, error) {
	conn, err := (&Devices{Socket: socket}).dial(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("asking systemd for its version: %w", err)
	}
	defer conn.Close()
	var version dbus.Variant
	err = conn.Object(service, object).CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, manager, "Version").Store(&version)
	if err != nil {
		return "", fmt.Errorf("asking systemd for its version: %w", err)
	}
	text, _ := version.Value().(string)
	return text, nil
}
