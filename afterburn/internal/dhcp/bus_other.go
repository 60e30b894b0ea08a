//go:build !linux

package dhcp

import (
	"context"
	"net"
	"path/filepath"

	"github.com/nestos-dev/nestos/internal/confine"
)

// dialIn connects to a socket in a root.
func dialIn(ctx context.Context, root *confine.Root, name string) (net.Conn, error) {
	if _, err := root.Stat(name); err != nil {
		return nil, err
	}
	return (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(root.Name(), name))
}
