// Package server is a FleetLock server that airlock's clients, configuration
// files and database can be used with.
//
//	cfg, err := server.ParseConfig(data)
//	store, err := lockstore.Open(ctx, cfg, nil) // a directory or etcd
//	defer store.Close()
//	s, err := server.New(cfg, store, nil)
//	err = s.Run(ctx) // until ctx ends, then nil
//
// [Server.Run] serves on all addresses of the configuration: the protocol with
// TLS and passwords as configured, the status with /metrics, /livez and /readyz,
// and beside a file store the operators' socket. [Server.Listen] before it tells
// what cannot be had, and [Server.Addr] where it is.
//
// In a program with listeners of its own [Server.Handler], [Server.StatusHandler]
// and [Server.AdminHandler] are these parts. A configuration that asks for
// protection is not served without it there either: the handler demands the
// password and the client certificate itself, bounds the requests, and refuses
// what does not come by TLS when that is configured.
//
// # Requests
//
//	POST /v1/pre-reboot    take a slot
//	POST /v1/steady-state  give it back
//	GET  /v1/slots         the state of all groups as JSON
//	GET  /                 the same as a page, with holders, waiters and ages
//
// Success is 200 with an empty body. Errors are {"kind":"…","value":"…"} with
// airlock's texts, statuses and kinds; "full" is 500 failed_lock, with a
// Retry-After. Paths are exact.
//
// # Configuration
//
// [ParseConfig] reads airlock's TOML, such as
//
//	[service]
//	address = "0.0.0.0"
//	port = 3333
//	tls = false                     # true is the default
//	[status]
//	enabled = true
//	address = "127.0.0.1"
//	port = 2222
//	[lock]
//	default_group_name = "default"
//	default_slots = 1
//	[[lock.groups]]
//	name = "workers"
//	slots = 2
//
// with these keys in addition:
//
//	[service]
//	socket = "/run/fleetlock.sock"  # instead of address and port
//	tls_cert, tls_key, client_ca    # PEM files; tls = true needs the first two
//	auth_file = "…"                 # NAME:BCRYPT lines
//	max_concurrent = 1024           # above it: 503
//	[etcd3]
//	ca_cert_path = "…"
//	[store]
//	kind = "file"                   # default "etcd3"
//	path = "/var/lib/fleetlock"     # a directory, with the state and the operators' socket
//	[lock]
//	reconcile_slots = true          # apply changed slots at start
//	fair = true                     # the longest waiting node goes first
//
// Other keys are ignored and listed in [Config].Unknown, as airlock ignores them.
// Errors are those that ask for protection which nobody would get: misspelled
// ones such as service.authfile, and status.tls = true, which airlock accepts
// and serves in the clear.
//
// # Fairness
//
// The server remembers in memory who was refused. With lock.fair a free slot
// is not given to a node while as many others wait longer as there are free
// slots; somebody who has not asked for ten minutes does not count. Each of
// several servers on one etcd knows only those that it refused itself.
//
// # Operators
//
// [Server.AdminHandler] is for a Unix socket that only operators can reach: it
// releases the lock of a node that will not come back. Nothing else ever does:
// locks do not expire. [AdminClient] is the other side of that socket.
package server
