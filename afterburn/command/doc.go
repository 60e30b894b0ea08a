// Package command is the command line of Afterburn: what the program afterburn does, for embedding it into other
// programs (a single binary for several tools, tests in process).
//
//	p := &command.Program{Name: os.Args[0], Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv}
//	os.Exit(p.Run(ctx, os.Args[1:]))
//
// The command line, its messages and exit codes are those of Afterburn 5.11:
//
//	afterburn multi --cmdline | --provider NAME   writes what the options ask for
//	afterburn exp rd-network-kargs …              writes network arguments for dracut
//	afterburn render-ignition …                   writes Ignition configs
//	afterburn --provider=NAME …                   is "multi", which also takes -provider=NAME
//
// with these additions:
//
//	afterburn multi --json                        prints all that the provider knows
//	afterburn multi --timeout SECONDS             limits the whole run
//	afterburn exp systemd-units DIR               writes the units and the dracut module, and prints their paths
//
// The exit code is 0, or 1 for failures of any kind, wrong usage included. Failures are written to standard error as a
// chain of causes, behind a log, which is coloured on a terminal. Standard output is for help,
// versions, --json and paths.
package command
