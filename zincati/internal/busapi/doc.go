// Package busapi is the agent's interface on the system bus, both ends of it.
//
// [Serve] offers a [Handler] on the bus until its context ends; [Moo], [LastRefreshTime], [CheckUpdate] and [Finalize]
// call an agent.
//
// # What is on the bus
//
// The name is org.coreos.zincati, the object /org/coreos/zincati:
//
//	org.coreos.zincati.Experimental   Moo(b talkative) -> s
//	                                  LastRefreshTime() -> x    Unix time
//	org.coreos.zincati.Control1       CheckUpdate()
//	                                  Finalize()
//
// The first interface is that of zincati 0.0.32, to the argument names; the second is an addition. The objects above,
// from /org/coreos to /, exist for introspection, and all have the standard interfaces Introspectable, Peer and
// Properties (there are no properties).
//
// # The name
//
// It may be replaced and replaces, so that a new instance takes over at once. An instance that lost it gets it back
// when the other one goes.
//
// # The connection
//
// When the bus goes away the agent comes back to it, with growing pauses. An agent without a bus lacks nothing but
// these methods, so that is only logged. File descriptors are not accepted from callers.
package busapi

import "time"

const (
	// Name is the agent's name on the bus.
	Name = "org.coreos.zincati"
	// Path is its object.
	Path = "/org/coreos/zincati"
	// Experimental and Control are the object's interfaces.
	Experimental = "org.coreos.zincati.Experimental"
	Control      = "org.coreos.zincati.Control1"
	// DefaultAddress is that of the system bus where DBUS_SYSTEM_BUS_ADDRESS does not say otherwise.
	DefaultAddress = "unix:path=/var/run/dbus/system_bus_socket"
)

// Handler is the agent behind the object. Its methods must not block.
type Handler interface {
	// LastRefresh returns when the agent last looked at its state; zero if it never did.
	LastRefresh() time.Time
	// CheckNow has the agent look for updates without waiting for the time to come.
	CheckNow()
	// FinalizeNow has the agent finalize what is staged without waiting for users.
	FinalizeNow()
}
