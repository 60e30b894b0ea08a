// Package service runs an update agent as a system's service does: it reads the configuration fragments, finds out who
// the machine is, and connects package zincati's state machine with the graph server, rpm-ostree, the service manager,
// the metrics socket, the system bus, and the people who are logged in.
//
//	err := service.Run(ctx, service.Options{Logger: logger, NotifySocket: os.Getenv("NOTIFY_SOCKET")})
//
// Run returns when its context ends; an error means that the agent could not start, and is a chain of causes in the
// words of zincati 0.0.32.
//
// Who wants the state machine with other parts uses package zincati itself.
package service
