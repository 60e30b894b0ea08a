package dhcp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/nestos-dev/nestos/afterburn/internal/bus"
	"github.com/nestos-dev/nestos/internal/confine"
)

// systemBus is the socket of the system bus in a root.
const systemBus = "run/dbus/system_bus_socket"

// place is where the system bus is: at an address, or if there is none in a root.
type place struct {
	address string
	root    *confine.Root
}

// connect makes a connection that is ready for use. That there is no bus is an
// fs.ErrNotExist.
func (p *place) connect(ctx context.Context) (*bus.Conn, error) {
	socket, err := p.dial(ctx)
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

func (p *place) dial(ctx context.Context) (net.Conn, error) {
	if p.address == "" {
		return dialIn(ctx, p.root, systemBus)
	}
	err := errors.New("no address of a bus")
	for address := range strings.SplitSeq(p.address, ";") {
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
		value, err := url.PathUnescape(value)
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
