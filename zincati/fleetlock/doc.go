// Package fleetlock speaks the FleetLock protocol, by which nodes ask a lock
// server for the permission to reboot, so that never more than a chosen number
// of a group's nodes are down at once.
//
//	c, err := fleetlock.NewClient("https://lock.example/", "default", nodeID, nil)
//	if err != nil { … }
//	if err := c.PreReboot(ctx); err != nil { … no reboot now … }
//
// # Protocol
//
// Two requests below the base URL of a server: POST v1/pre-reboot takes a slot
// of the group's counting semaphore, POST v1/steady-state gives it back. Both
// carry the header "fleet-lock-protocol: true" and the body
//
//	{"client_params":{"id":"…","group":"…"}}
//
// Any 2xx is consent. An error has a 4xx or 5xx status and the body
// {"kind":"…","value":"…"}. Locks are recursive and never expire: after a lost
// reply, or just in doubt, a client asks again; and it gives its lock back
// after each start, until that is acknowledged, before it does anything else.
//
// A server is in the sub-package server, its stores are filestore and
// etcdstore, of which lockstore opens the configured one. The update agent uses a [Client] by way of package
// zincati/strategy; other programs that reboot a fleet use one themselves.
//
// The protocol is that of the document "FleetLock protocol" of Zincati; errors
// and metrics are those of zincati 0.0.32. A Client makes each request once:
// whether and when to ask again is up to the caller. It may be used by several
// goroutines.
package fleetlock
