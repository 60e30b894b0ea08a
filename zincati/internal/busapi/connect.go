package busapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
)

// helloTime is how long the bus may take to let us in.
const helloTime = 30 * time.Second

// connect makes a connection that is ready for use, and ends with ctx.
func connect(ctx context.Context, address string, handler dbus.Handler) (*dbus.Conn, error) {
	socket, err := dial(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("Failed to connect to address `%s`: %w", address, err)
	}
	opts := []dbus.ConnOption{dbus.WithContext(ctx), dbus.WithSignalHandler(noSignals{})}
	if handler != nil {
		opts = append(opts, dbus.WithHandler(handler), dbus.WithIncomingInterceptor(ownPeer))
	}
	// A connection of a plain stream does not negotiate the passing of file descriptors.
	conn, err := dbus.NewConn(socket, opts...)
	if err != nil {
		_ = socket.Close()
		return nil, err
	}
	slow := time.AfterFunc(helloTime, func() { _ = conn.Close() })
	defer slow.Stop()
	if err := conn.Auth(nil); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("authenticating to the bus: %w", err)
	}
	if err := conn.Hello(); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("greeting the bus: %w", worded(err))
	}
	return conn, nil
}

// dial tries the addresses of a list, which semicolons separate, in turn.
func dial(ctx context.Context, addresses string) (net.Conn, error) {
	err := errors.New("no address")
	for address := range strings.SplitSeq(addresses, ";") {
		if address == "" {
			continue
		}
		var path string
		if path, err = socketPath(address); err != nil {
			continue
		}
		var conn net.Conn
		if conn, err = (&net.Dialer{Timeout: helloTime}).DialContext(ctx, "unix", path); err == nil {
			return conn, nil
		}
		if sys, ok := errors.AsType[*os.SyscallError](err); ok {
			err = sys.Err
		}
	}
	return nil, err
}

// socketPath takes an address such as "unix:path=/run/dbus/system_bus_socket,guid=…" apart.
func socketPath(address string) (string, error) {
	transport, rest, ok := strings.Cut(address, ":")
	if !ok || transport != "unix" {
		return "", fmt.Errorf("transport of address %q: not supported", address)
	}
	for pair := range strings.SplitSeq(rest, ",") {
		key, value, _ := strings.Cut(pair, "=")
		if key != "path" && key != "abstract" {
			continue
		}
		value, err := dbus.UnescapeBusAddressValue(value)
		if err != nil || value == "" {
			return "", fmt.Errorf("invalid address %q", address)
		}
		if key == "abstract" {
			value = "@" + value
		}
		return value, nil
	}
	return "", fmt.Errorf("address %q: not supported", address)
}

// noSignals drops signals: none is of interest, and nothing is to be collected for a reader who does not exist.
type noSignals struct{}

func (noSignals) DeliverSignal(string, string, *dbus.Signal) {}

// Error is an error reply.
type Error struct {
	// Name is the error's, such as org.freedesktop.DBus.Error.ServiceUnknown.
	Name string
	// Text describes it.
	Text string
}

// Error shows both.
func (e *Error) Error() string {
	if e.Text == "" {
		return e.Name
	}
	return e.Name + ": " + e.Text
}

// worded turns the error of a call into an *Error, if the bus or the peer sent it.
func worded(err error) error {
	reply, ok := errors.AsType[dbus.Error](err)
	if !ok {
		return err
	}
	e := &Error{Name: reply.Name}
	if len(reply.Body) > 0 {
		e.Text, _ = reply.Body[0].(string)
	}
	return e
}
