package dhcp_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/afterburn/internal/dhcp"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// startBus runs a bus where the system has its own.
func (s *system) startBus() {
	s.bus = testutil.StartBus(s.t, nil)
	s.place(s.bus.Socket)
}

// place makes a socket the one of the system bus.
func (s *system) place(socket string) {
	dir := filepath.Join(s.Root, "run/dbus")
	require.NoError(s.t, os.MkdirAll(dir, 0o755))
	require.NoError(s.t, os.Link(socket, filepath.Join(dir, "system_bus_socket")))
}

// Names of NetworkManager.
const (
	nm       = "org.freedesktop.NetworkManager"
	nmActive = nm + ".Connection.Active"
	nmConfig = nm + ".DHCP4Config"
)

// properties are the properties of an object, by interface and name.
type properties map[string]map[string]any

// Get is the method of org.freedesktop.DBus.Properties.
func (p properties) Get(iface, name string) (dbus.Variant, *dbus.Error) {
	value, ok := p[iface][name]
	if !ok {
		return dbus.Variant{}, dbus.NewError("org.freedesktop.DBus.Error.InvalidArgs", []any{"No such property"})
	}
	if hang, ok := value.(chan struct{}); ok {
		<-hang
		value = ""
	}
	return dbus.MakeVariant(value), nil
}

// networkManager plays NetworkManager on the bus of a system.
func (s *system) networkManager(objects map[string]properties) {
	conn, err := dbus.Connect(s.bus.Address())
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = conn.Close() })
	for path, p := range objects {
		require.NoError(s.t, conn.Export(p, dbus.ObjectPath(path), "org.freedesktop.DBus.Properties"))
	}
	reply, err := conn.RequestName(nm, dbus.NameFlagDoNotQueue)
	require.NoError(s.t, err)
	require.Equal(s.t, dbus.RequestNameReplyPrimaryOwner, reply)
}

// connections makes the objects for connections with these DHCP options; nil is one without.
func connections(starting bool, options ...map[string]dbus.Variant) map[string]properties {
	active := []dbus.ObjectPath{"/"}
	objects := map[string]properties{}
	for i, o := range options {
		path := fmt.Sprintf("/org/freedesktop/NetworkManager/ActiveConnection/%d", i)
		lease := dbus.ObjectPath("/")
		if o != nil {
			lease = dbus.ObjectPath(fmt.Sprintf("/org/freedesktop/NetworkManager/DHCP4Config/%d", i))
			objects[string(lease)] = properties{nmConfig: {"Options": o}}
		}
		active = append(active, dbus.ObjectPath(path))
		objects[path] = properties{nmActive: {"Dhcp4Config": lease}}
	}
	objects["/org/freedesktop/NetworkManager"] = properties{nm: {"ActiveConnections": active, "Startup": starting}}
	return objects
}

func options(pairs ...string) map[string]dbus.Variant {
	m := map[string]dbus.Variant{"dhcp_lease_time": dbus.MakeVariant("86400")}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = dbus.MakeVariant(pairs[i+1])
	}
	return m
}

func TestNetworkManager(t *testing.T) {
	s := newSystem(t)
	s.startBus()
	s.networkManager(connections(false, nil, options(), options("dhcp_server_identifier", "192.0.2.1", "private_245", "a8:3f:81:10"),
		options("dhcp_server_identifier", "192.0.2.2")))
	s.lease("2", "SERVER_ADDRESS=192.0.2.3\n") // comes second
	got, err := s.Lookup(t.Context(), dhcp.ServerID)
	require.NoError(t, err)
	require.Equal(t, "192.0.2.1", got)
	got, err = s.Lookup(t.Context(), dhcp.AzureWireServer)
	require.NoError(t, err)
	require.Equal(t, "a8:3f:81:10", got)
	require.Zero(t, s.sleeps)
}

func TestNetworkManagerAppears(t *testing.T) {
	s := newSystem(t)
	s.events[time.Second] = s.startBus
	s.events[5*time.Second] = func() { s.networkManager(connections(true, options("dhcp_server_identifier", "192.0.2.1"))) }
	got, err := s.Lookup(t.Context(), dhcp.ServerID)
	require.NoError(t, err)
	require.Equal(t, "192.0.2.1", got)
}

func TestNetworkManagerWithoutOption(t *testing.T) {
	for name, c := range map[string]struct {
		objects map[string]properties
		sleeps  int
	}{
		"settled":  {connections(false, options()), 2},
		"starting": {connections(true, options()), 60},
		"no lease": {connections(false, nil), 60},
		"no DHCP":  {connections(false, map[string]dbus.Variant{}), 60},
		"control":  {connections(false, options("private_245", "a8\n")), 2},
		"no text":  {connections(false, map[string]dbus.Variant{"private_245": dbus.MakeVariant([]string{"a8"})}), 2},
		"old": {func() map[string]properties {
			objects := connections(false, options())
			delete(objects["/org/freedesktop/NetworkManager"][nm], "Startup")
			return objects
		}(), 60},
		"of wrong type": {map[string]properties{"/org/freedesktop/NetworkManager": {nm: {"ActiveConnections": "/"}}}, 60},
		"gone": {map[string]properties{"/org/freedesktop/NetworkManager": {nm: {
			"ActiveConnections": []dbus.ObjectPath{"/gone"}, "Startup": false}}}, 60},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSystem(t)
			s.startBus()
			s.networkManager(c.objects)
			_, err := s.Lookup(t.Context(), dhcp.AzureWireServer)
			require.ErrorIs(t, err, dhcp.ErrNotOffered)
			require.NotErrorIs(t, err, dhcp.ErrNoSource)
			require.Equal(t, c.sleeps, s.sleeps)
		})
	}
}

// A bus whose NetworkManager is gone leaves the answer to networkd.
func TestBusWithoutNetworkManager(t *testing.T) {
	s := newSystem(t)
	s.startBus()
	s.lease("2", "SERVER_ADDRESS=192.0.2.3\n")
	got, err := s.Lookup(t.Context(), dhcp.ServerID)
	require.NoError(t, err)
	require.Equal(t, "192.0.2.3", got)
	_, err = s.Lookup(t.Context(), dhcp.AzureWireServer)
	require.EqualError(t, err, "failed to acquire DHCP option")
	require.Equal(t, 2, s.sleeps)
}

// Who does not answer does not keep networkd's answer back.
func TestNetworkManagerHangs(t *testing.T) {
	hang := make(chan struct{})
	defer close(hang)
	objects := map[string]properties{"/org/freedesktop/NetworkManager": {nm: {"ActiveConnections": hang}}}
	s := newSystem(t)
	s.startBus()
	s.networkManager(objects)
	s.lease("2", "SERVER_ADDRESS=192.0.2.3\n")
	start := time.Now()
	got, err := s.Lookup(t.Context(), dhcp.ServerID)
	require.NoError(t, err)
	require.Equal(t, "192.0.2.3", got)
	require.Less(t, time.Since(start), 30*time.Second)
}

// A socket whose owner accepts and is silent does not either.
func TestSilentBus(t *testing.T) {
	s := newSystem(t)
	l, err := net.Listen("unix", testutil.SocketPath(t))
	require.NoError(t, err)
	defer l.Close()
	s.place(l.Addr().String())
	s.lease("2", "SERVER_ADDRESS=192.0.2.3\n")
	start := time.Now()
	got, err := s.Lookup(t.Context(), dhcp.ServerID)
	require.NoError(t, err)
	require.Equal(t, "192.0.2.3", got)
	require.Less(t, time.Since(start), 30*time.Second)
}
