// Package bus is the client's side of D-Bus in as little code as it takes: method calls whose arguments are texts, and
// replies as plain Go values.
//
//	conn, err := bus.New(ctx, socket)
//	name, err := conn.Hello(ctx)
//	values, err := conn.Call(ctx, bus.Method{
//		Destination: "org.freedesktop.DBus", Path: "/org/freedesktop/DBus",
//		Interface: "org.freedesktop.DBus", Member: "GetNameOwner",
//	}, "org.freedesktop.NetworkManager")
//
// # Protocol
//
// [New] authenticates by the mechanism EXTERNAL, in which the kernel tells the bus who calls:
//
//	→ NUL AUTH EXTERNAL    ← DATA
//	→ DATA                 ← OK 1234deadbeef…
//	→ BEGIN
//
// Then both sides send messages. They begin with the order of bytes ('l' or 'B'), the type, flags and version 1 in a byte
// each, and the length of the body, the serial and the length of the fields in 32 bits each; then come the fields a(yv),
// padding up to a multiple of 8 bytes, and the body. A reply names the serial of its call.
//
// # Values
//
//	y n q i u x t d   byte int16 uint16 int32 uint32 int64 uint64 float64
//	b s               bool string
//	o g               ObjectPath Signature
//	ay as ao          []byte []string []ObjectPath
//	a… (…)            []any
//	a{s…}             map[string]any
//	a{…}              map[any]any
//	v                 Variant if it is a value of the reply itself, else what is in it
//
// Of entries that have the same key, the last one counts.
//
// # Limits
//
// Nobody is trusted, neither services nor the bus. Messages have up to 1 MiB and 65536 values in them; values are nested up
// to 64 deep, types of arrays and of structures up to 32 each. Texts are UTF-8 without NUL, padding is zero,
// and nothing may be left over. Who breaks a rule is not talked to any more.
//
// Signals and calls of others are passed over; they get no answer. File descriptors are not asked for, and a value
// that is one is an error.
package bus
