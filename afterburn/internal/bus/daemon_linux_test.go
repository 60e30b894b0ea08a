package bus_test

import (
	"net"
	"os"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/afterburn/internal/bus"
	"github.com/nestos-dev/nestos/internal/testutil"
)

func TestDaemon(t *testing.T) {
	socket := testutil.StartBus(t, nil).Socket
	raw, err := net.Dial("unix", socket)
	require.NoError(t, err)
	conn, err := bus.New(t.Context(), raw)
	require.NoError(t, err)
	defer conn.Close()
	name, err := conn.Hello(t.Context())
	require.NoError(t, err)
	require.Regexp(t, `^:1\.\d+$`, name)

	driver := func(member string) bus.Method {
		return bus.Method{Destination: "org.freedesktop.DBus", Path: "/org/freedesktop/DBus", Interface: "org.freedesktop.DBus", Member: member}
	}
	id, err := conn.Call(t.Context(), driver("GetId"))
	require.NoError(t, err)
	require.Len(t, id, 1)
	require.Regexp(t, `^[0-9a-f]{32}$`, id[0])
	names, err := conn.Call(t.Context(), driver("ListNames"))
	require.NoError(t, err)
	require.Len(t, names, 1)
	require.ElementsMatch(t, []string{"org.freedesktop.DBus", name}, names[0])
	credentials, err := conn.Call(t.Context(), driver("GetConnectionCredentials"), name)
	require.NoError(t, err)
	require.Len(t, credentials, 1)
	of, _ := credentials[0].(map[string]any)
	require.Equal(t, uint32(os.Getpid()), of["ProcessID"])
	require.Equal(t, uint32(os.Getuid()), of["UnixUserID"])

	_, err = conn.Call(t.Context(), driver("GetNameOwner"), "a.B")
	var answer *bus.Error
	require.ErrorAs(t, err, &answer)
	require.Equal(t, "org.freedesktop.DBus.Error.NameHasNoOwner", answer.Name)
	require.NotEmpty(t, answer.Text)
	_, err = conn.Call(t.Context(), bus.Method{Destination: "a.B", Path: "/", Interface: "c.D", Member: "E"})
	require.ErrorAs(t, err, &answer)
	require.Contains(t, []string{"org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner"}, answer.Name)
	// A second greeting is not what the bus wants.
	_, err = conn.Hello(t.Context())
	require.ErrorAs(t, err, &answer)

	// Another client owns a name and answers.
	other, err := dbus.Connect("unix:path=" + socket)
	require.NoError(t, err)
	defer other.Close()
	require.NoError(t, other.Export(echo{}, "/echo", "c.D"))
	_, err = other.RequestName("a.B", dbus.NameFlagDoNotQueue)
	require.NoError(t, err)
	got, err := conn.Call(t.Context(), bus.Method{Destination: "a.B", Path: "/echo", Interface: "c.D", Member: "Echo"}, "x", "€")
	require.NoError(t, err)
	require.Equal(t, []any{"€", map[string]any{"x": []any{int64(1), "€"}}}, got)
}

type echo struct{}

// Echo returns what it gets, in another form.
func (echo) Echo(a, b string) (string, map[string]dbus.Variant, *dbus.Error) {
	return b, map[string]dbus.Variant{a: dbus.MakeVariant(struct {
		N int64
		S string
	}{1, b})}, nil
}
