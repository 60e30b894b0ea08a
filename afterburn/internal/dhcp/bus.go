package dhcp

import (
	"context"
	"fmt"

	"github.com/nestos-dev/nestos/afterburn/internal/bus"
	"github.com/nestos-dev/nestos/internal/confine"
)

// systemBus is the socket of the system bus in a root.
const systemBus = "run/dbus/system_bus_socket"

// connect makes a connection to the system bus in a root that is ready for use. That there
// is no bus is an fs.ErrNotExist.
func connect(ctx context.Context, root *confine.Root) (*bus.Conn, error) {
	socket, err := dialIn(ctx, root, systemBus)
	if err != nil {
		return nil, err
	}
	conn, err := bus.New(ctx, socket)
	if err != nil {
		return nil, fmt.Errorf("authenticating to the system bus: %w", err)
	}
	if _, err := conn.Hello(ctx); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("greeting the system bus: %w", err)
	}
	return conn, nil
}
