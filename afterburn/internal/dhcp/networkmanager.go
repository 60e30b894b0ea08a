package dhcp

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/nestos-dev/nestos/afterburn/internal/bus"
	"github.com/nestos-dev/nestos/internal/confine"
)

// Names on the bus.
const (
	nmService  = "org.freedesktop.NetworkManager"
	nmPath     = bus.ObjectPath("/org/freedesktop/NetworkManager")
	nmActive   = nmService + ".Connection.Active"
	nmLease    = nmService + ".DHCP4Config"
	properties = "org.freedesktop.DBus.Properties"
	noObject   = bus.ObjectPath("/")
)

const (
	// maxConnections bounds the connections that are looked at in a round.
	maxConnections = 256
	// callTime bounds one call, roundTime all of a round.
	callTime = time.Second
)

// askNetworkManager looks at the leases of NetworkManager.
func (l *lookup) askNetworkManager(ctx context.Context) view {
	ctx, cancel := context.WithTimeout(ctx, roundTime)
	defer cancel()
	v, err := l.nm.ask(ctx, l.keys.networkManager, l.log.Debug)
	switch {
	case err == nil:
		return v
	case errors.Is(err, fs.ErrNotExist):
		l.log.Debug("no system bus", "error", err)
		return view{}
	case nobodyThere(err):
		// Who is not there is not working either; it may be networkd who does it.
		l.log.Debug("NetworkManager is not on the bus")
		return view{exists: true}
	}
	l.nm.close()
	l.log.Debug("asking NetworkManager", "error", err)
	return view{exists: true, busy: true}
}

// nobodyThere tells whether the bus says that a name has no owner.
func nobodyThere(err error) bool {
	reply, ok := errors.AsType[*bus.Error](err)
	return ok && (reply.Name == "org.freedesktop.DBus.Error.ServiceUnknown" ||
		reply.Name == "org.freedesktop.DBus.Error.NameHasNoOwner")
}

// gone tells whether the object or property that was asked for does not exist (any more):
// connections come and go while they are looked at.
func gone(err error) bool {
	reply, ok := errors.AsType[*bus.Error](err)
	if !ok {
		return false
	}
	switch reply.Name {
	case "org.freedesktop.DBus.Error.UnknownObject", "org.freedesktop.DBus.Error.UnknownMethod",
		"org.freedesktop.DBus.Error.UnknownInterface", "org.freedesktop.DBus.Error.UnknownProperty",
		"org.freedesktop.DBus.Error.InvalidArgs":
		return true
	}
	return false
}

// networkManager is a connection to the bus, made when it is needed.
type networkManager struct {
	root *confine.Root // where the bus is
	conn *bus.Conn
}

func (m *networkManager) close() {
	if m.conn != nil {
		_ = m.conn.Close()
		m.conn = nil
	}
}

// ask looks for the value of key in the leases of all active connections.
func (m *networkManager) ask(ctx context.Context, key string, debug func(string, ...any)) (view, error) {
	if m.conn == nil {
		var err error
		if m.conn, err = connect(ctx, m.root); err != nil {
			return view{}, err
		}
	}
	active, err := property[[]bus.ObjectPath](ctx, m, nmPath, nmService, "ActiveConnections")
	if err != nil {
		return view{}, err
	}
	v := view{exists: true}
	for _, path := range active[:min(len(active), maxConnections)] {
		options, err := m.options(ctx, path)
		if gone(err) {
			v.busy = true
			continue
		} else if err != nil {
			return view{}, err
		}
		v.lease = v.lease || len(options) > 0
		value, found := options[key]
		if text, ok := value.(string); ok && acceptable(text) {
			v.value, v.ok = text, true
			return v, nil
		} else if found {
			debug("unusable DHCP option of NetworkManager", "connection", path, "key", key)
		}
	}
	starting, err := property[bool](ctx, m, nmPath, nmService, "Startup")
	if err != nil && !gone(err) {
		return view{}, err
	}
	// Who does not tell may be working.
	v.busy = v.busy || starting || err != nil
	return v, nil
}

// options returns the DHCP options of a connection; none if it has no lease.
func (m *networkManager) options(ctx context.Context, connection bus.ObjectPath) (map[string]any, error) {
	if connection == noObject {
		return nil, nil
	}
	lease, err := property[bus.ObjectPath](ctx, m, connection, nmActive, "Dhcp4Config")
	if err != nil || lease == noObject {
		return nil, err
	}
	return property[map[string]any](ctx, m, lease, nmLease, "Options")
}

// property reads a property of NetworkManager, which is not started for that.
func property[T any](ctx context.Context, m *networkManager, path bus.ObjectPath, iface, name string) (T, error) {
	var zero T
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	get := bus.Method{Destination: nmService, Path: path, Interface: properties, Member: "Get"}
	values, err := m.conn.Call(ctx, get, iface, name)
	if err != nil {
		return zero, fmt.Errorf("property %s of %s: %w", name, iface, err)
	}
	if len(values) != 1 {
		return zero, fmt.Errorf("property %s of %s: %d values", name, iface, len(values))
	}
	answer, _ := values[0].(bus.Variant)
	value, ok := answer.Value.(T)
	if !ok {
		return zero, fmt.Errorf("property %s of %s has the type %s", name, iface, answer.Signature)
	}
	return value, nil
}
