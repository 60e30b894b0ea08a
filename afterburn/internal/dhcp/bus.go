package dhcp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/godbus/dbus/v5"

	"github.com/nestos-dev/nestos/internal/confine"
)

// systemBus is the socket of the system bus in a root.
const systemBus = "run/dbus/system_bus_socket"

// bus is where the system bus is: at an address, or if there is none in a root.
type bus struct {
	address string
	root    *confine.Root
}

// connect makes a connection that is ready for use. That there is no bus is an
// fs.ErrNotExist.
func (b *bus) connect(ctx context.Context) (*dbus.Conn, error) {
	socket, err := b.dial(ctx)
	if err != nil {
		return nil, err
	}
	conn, err := dbus.NewConn(socket, dbus.WithSignalHandler(deaf{}), dbus.WithHandler(mute{}))
	if err != nil {
		_ = socket.Close()
		return nil, err
	}
	// The greeting knows no context.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if err := conn.Auth(nil); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("authenticating to the system bus: %w", err)
	}
	if err := conn.Hello(); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("greeting the system bus: %w", err)
	}
	return conn, nil
}

func (b *bus) dial(ctx context.Context) (net.Conn, error) {
	if b.address == "" {
		return dialIn(ctx, b.root, systemBus)
	}
	err := errors.New("no address of a bus")
	for address := range strings.SplitSeq(b.address, ";") {
		if address == "" {
			continue
		}
		var path string
		if path, err = socketPath(address); err != nil {
			continue
		}
		var conn net.Conn
		if conn, err = (&net.Dialer{}).DialContext(ctx, "unix", path); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// socketPath takes an address such as "unix:path=/run/bus,guid=…" apart.
func socketPath(address string) (string, error) {
	rest, ok := strings.CutPrefix(address, "unix:")
	if !ok {
		return "", fmt.Errorf("address of bus %q: not supported", address)
	}
	for pair := range strings.SplitSeq(rest, ",") {
		key, value, _ := strings.Cut(pair, "=")
		if key != "path" && key != "abstract" {
			continue
		}
		value, err := dbus.UnescapeBusAddressValue(value)
		if err != nil || value == "" {
			return "", fmt.Errorf("invalid address of bus %q", address)
		}
		if key == "abstract" {
			value = "@" + value
		}
		return value, nil
	}
	return "", fmt.Errorf("address of bus %q: not supported", address)
}

// deaf drops signals, which nobody reads.
type deaf struct{}

func (deaf) DeliverSignal(string, string, *dbus.Signal) {}

// mute offers no objects.
type mute struct{}

func (mute) LookupObject(dbus.ObjectPath) (dbus.ServerObject, bool) { return nil, false }
