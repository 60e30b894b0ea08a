package busapi

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/godbus/dbus/v5"
)

// arg is an argument of a method or a signal.
type arg struct{ name, signature string }

// method is one method of an interface. call gets arguments of the signature that in makes.
type method struct {
	name    string
	in, out []arg
	call    func(o *object, in []any) ([]any, error)
}

func (m *method) signature() string {
	var s strings.Builder
	for _, a := range m.in {
		s.WriteString(a.signature)
	}
	return s.String()
}

type signal struct {
	name string
	args []arg
}

type iface struct {
	name    string
	methods []method
	signals []signal
}

// object is a node of the tree of objects.
type object struct {
	path       string
	interfaces []iface
	child      *object // there is one at most
	name       string  // the last component of the path
}

// tree makes the objects from "/" to the agent's.
func tree(h Handler) *object {
	o := &object{path: Path, name: "zincati", interfaces: append([]iface{experimental(h), control(h)}, standard()...)}
	for _, parent := range []struct{ path, name string }{{"/org/coreos", "coreos"}, {"/org", "org"}, {"/", ""}} {
		o = &object{path: parent.path, name: parent.name, interfaces: standard(), child: o}
	}
	return o
}

func (o *object) find(path string) *object {
	for ; o != nil; o = o.child {
		if o.path == path {
			return o
		}
	}
	return nil
}

func experimental(h Handler) iface {
	return iface{name: Experimental, methods: []method{
		{name: "Moo", in: []arg{{"talkative", "b"}}, out: []arg{{"", "s"}}, call: func(_ *object, in []any) ([]any, error) {
			if in[0].(bool) {
				return []any{"Moooo mooo moooo!"}, nil
			}
			return []any{"moo."}, nil
		}},
		{name: "LastRefreshTime", out: []arg{{"", "x"}}, call: func(*object, []any) ([]any, error) {
			t := h.LastRefresh()
			if t.IsZero() {
				return []any{int64(0)}, nil
			}
			return []any{t.Unix()}, nil
		}},
	}}
}

func control(h Handler) iface {
	return iface{name: Control, methods: []method{
		{name: "CheckUpdate", call: func(*object, []any) ([]any, error) { h.CheckNow(); return nil, nil }},
		{name: "Finalize", call: func(*object, []any) ([]any, error) { h.FinalizeNow(); return nil, nil }},
	}}
}

const (
	introspectable = "org.freedesktop.DBus.Introspectable"
	peer           = "org.freedesktop.DBus.Peer"
	properties     = "org.freedesktop.DBus.Properties"
	errorPrefix    = "org.freedesktop.DBus.Error."
)

// standard are the interfaces that every object has.
func standard() []iface {
	return []iface{
		{name: introspectable, methods: []method{{name: "Introspect", out: []arg{{"", "s"}}, call: func(o *object, _ []any) ([]any, error) {
			return []any{introspect(o)}, nil
		}}}},
		{name: peer, methods: []method{
			{name: "Ping", call: func(*object, []any) ([]any, error) { return nil, nil }},
			{name: "GetMachineId", out: []arg{{"", "s"}}, call: func(*object, []any) ([]any, error) { return machineID() }},
		}},
		{
			name: properties,
			methods: []method{
				{name: "Get", in: []arg{{"interface_name", "s"}, {"property_name", "s"}}, out: []arg{{"", "v"}}, call: noProperty},
				{name: "Set", in: []arg{{"interface_name", "s"}, {"property_name", "s"}, {"value", "v"}}, call: noProperty},
				{name: "GetAll", in: []arg{{"interface_name", "s"}}, out: []arg{{"", "a{sv}"}}, call: allProperties},
			},
			signals: []signal{{name: "PropertiesChanged", args: []arg{
				{"interface_name", "s"}, {"changed_properties", "a{sv}"}, {"invalidated_properties", "as"},
			}}},
		},
	}
}

// machineID is what D-Bus means by it, wherever it is kept.
func machineID() ([]any, error) {
	var failed error
	for _, path := range []string{"/var/lib/dbus/machine-id", "/etc/machine-id"} {
		text, err := os.ReadFile(path)
		if err == nil {
			return []any{strings.TrimSpace(string(text))}, nil
		}
		failed = err
	}
	return nil, failure("Failed", "reading the machine id: %v", failed)
}

func (o *object) hasInterface(name string) bool {
	return slices.ContainsFunc(o.interfaces, func(i iface) bool { return i.name == name })
}

func noProperty(o *object, in []any) ([]any, error) {
	if name := in[0].(string); !o.hasInterface(name) {
		return nil, failure("UnknownInterface", "Unknown interface '%s'", name)
	}
	return nil, failure("UnknownProperty", "Unknown property '%s'", in[1])
}

func allProperties(o *object, in []any) ([]any, error) {
	if name := in[0].(string); !o.hasInterface(name) {
		return nil, failure("UnknownInterface", "Unknown interface '%s'", name)
	}
	return []any{map[string]dbus.Variant{}}, nil
}

// failure is one of D-Bus's own errors.
func failure(name, format string, args ...any) error {
	return dbus.Error{Name: errorPrefix + name, Body: []any{fmt.Sprintf(format, args...)}}
}
