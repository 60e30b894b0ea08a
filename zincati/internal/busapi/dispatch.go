package busapi

import (
	"github.com/godbus/dbus/v5"
)

// The library answers the interface Peer by itself, with the identity of the bus in place of the machine's, and has
// fixed texts for objects, interfaces and methods that do not exist. So the calls to Peer reach us under a name that
// no caller can use, and each lookup finds something, down to a method that fails with the right error.

// peerAlias has a blank, which is not allowed in names on the bus.
const peerAlias = peer + " "

// ownPeer changes incoming calls to Peer.
func ownPeer(msg *dbus.Message) {
	if msg.Type != dbus.TypeMethodCall {
		return
	}
	if name, _ := msg.Headers[dbus.FieldInterface].Value().(string); name == peer {
		msg.Headers[dbus.FieldInterface] = dbus.MakeVariant(peerAlias)
	}
}

// dispatcher implements dbus.Handler.
type dispatcher struct{ root *object }

func (d dispatcher) LookupObject(path dbus.ObjectPath) (dbus.ServerObject, bool) {
	o := d.root.find(string(path))
	if o == nil {
		return failing{failure("UnknownObject", "Unknown object '%s'", path)}, true
	}
	return target{o}, true
}

// target implements dbus.ServerObject.
type target struct{ *object }

func (t target) LookupInterface(name string) (dbus.Interface, bool) {
	if name == peerAlias {
		name = peer
	}
	if name == "" { // the caller leaves it open
		return methodsOf{t.object, t.interfaces}, true
	}
	for i := range t.interfaces {
		if t.interfaces[i].name == name {
			return methodsOf{t.object, t.interfaces[i : i+1]}, true
		}
	}
	return failing{failure("UnknownInterface", "Unknown interface '%s'", name)}, true
}

// methodsOf implements dbus.Interface.
type methodsOf struct {
	object     *object
	interfaces []iface
}

func (m methodsOf) LookupMethod(name string) (dbus.Method, bool) {
	for _, i := range m.interfaces {
		for j := range i.methods {
			if i.methods[j].name == name {
				return bound{m.object, &i.methods[j]}, true
			}
		}
	}
	return failing{failure("UnknownMethod", "Unknown method '%s'", name)}, true
}

// bound is a method of an object; it implements dbus.Method and dbus.ArgumentDecoder.
type bound struct {
	object *object
	method *method
}

// DecodeArguments takes only arguments of the very signature. The library would convert some.
func (b bound) DecodeArguments(_ *dbus.Conn, _ string, msg *dbus.Message, args []any) ([]any, error) {
	got := ""
	if s, ok := msg.Headers[dbus.FieldSignature].Value().(dbus.Signature); ok {
		got = s.String()
	}
	if want := b.method.signature(); got != want || len(args) != len(b.method.in) {
		return nil, failure("InvalidArgs", "Signature mismatch: got `%s`, expected `%s`", got, want)
	}
	return args, nil
}

func (b bound) Call(args ...any) ([]any, error) { return b.method.call(b.object, args) }
func (b bound) NumArguments() int               { return len(b.method.in) }
func (b bound) NumReturns() int                 { return len(b.method.out) }
func (b bound) ArgumentValue(int) any           { return nil }
func (b bound) ReturnValue(int) any             { return nil }

// failing is everything that does not exist.
type failing struct{ err error }

func (f failing) LookupInterface(string) (dbus.Interface, bool) { return f, true }
func (f failing) LookupMethod(string) (dbus.Method, bool)       { return f, true }
func (f failing) DecodeArguments(*dbus.Conn, string, *dbus.Message, []any) ([]any, error) {
	return nil, f.err
}
func (f failing) Call(...any) ([]any, error) { return nil, f.err }
func (f failing) NumArguments() int          { return 0 }
func (f failing) NumReturns() int            { return 0 }
func (f failing) ArgumentValue(int) any      { return nil }
func (f failing) ReturnValue(int) any        { return nil }
