// Package command is the command line of the update agent: what the program zincati does, for embedding it into other
// programs (a single binary for several tools, tests in process).
//
//	p := &command.Program{Name: os.Args[0], Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv}
//	os.Exit(p.Run(ctx, os.Args[1:]))
//
// The command line, its messages and exit codes are those of zincati 0.0.32:
//
//	zincati [-v...] agent                           keeps the system up to date; runs as the user zincati
//	zincati deadend-motd set --reason TEXT | unset  the notice for those who log in; runs as root
//	zincati ex moo | last-refresh-time              asks the running agent over D-Bus; runs as root
//
// with these additions:
//
//	zincati ex check-update | finalize              has the running agent act now; runs as root
//	zincati packaging DIR                           writes the files that an installation needs, and prints their paths
//	zincati --version                               prints the version of zincati with which this is compatible
//
// Exit codes are 0, 1 for failures and 2 for wrong usage. Failures are written to standard error as a chain of causes,
// in the form of the log.
package command
