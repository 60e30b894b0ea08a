// Package service runs an update agent as a system's service does: it reads the configuration fragments, finds out who
// the machine is, and connects package zincati's state machine with the graph server, rpm-ostree, the service manager,
// the metrics socket, the system bus, and the people who are logged in.
//
//	err := service.Run(ctx, &service.Options{Logger: logger, NotifySocket: os.Getenv("NOTIFY_SOCKET")})
//
// [Run] is all there is; it is the program zincati without its command line (which is package command). Who wants the
// state machine with other parts uses package zincati itself.
//
// # What is connected
//
//	etc, run, usr/lib: zincati/config.d   settings                      package config
//	etc/machine-id, proc/cmdline          node id and platform          package identity
//	rpm-ostree                            Options.Driver, .Runner       packages driver, driver/native
//	graph and lock servers                Options.Transport             packages cincinnati, fleetlock, strategy
//	loginctl, the terminals of users      Options.IgnoreUsers
//	pkexec, the message of the day        Options.Deadend
//	run/zincati/public/metrics.promsock   [MetricsSocket]               package metrics
//	the bus name org.coreos.zincati       Options.BusAddress
//	the service manager's socket          Options.NotifySocket
//
// Paths are below Options.Root. With a Root other than "/" the Driver, IgnoreUsers and Deadend have to be set, too, so
// that nothing is asked of, or done to, the machine at hand. The metrics socket is the one thing that Run makes below
// the root: its directory must exist.
//
// # Ends and errors
//
// Run returns nil when its context ends, at once: a command of rpm-ostree that is under way goes on without the agent,
// as after the end of the reference program. An error means that the agent could not start, and is a chain of causes in
// the words of zincati 0.0.32. After the start nothing ends it but the context: servers that do not answer, a bus that is
// gone and failed updates are logged, counted, and tried again.
//
// # Privileges
//
// The agent needs none of its own. The units of package systemd run it as the user zincati, for whom polkit allows what
// rpm-ostree and pkexec have to do as root. Package driver/native in place of rpm-ostree needs root.
//
// The environment is not looked at, but by Options.Getenv for proxies. One Run at a time belongs to a root, since
// there is one metrics socket.
package service
