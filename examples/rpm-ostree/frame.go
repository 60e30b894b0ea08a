//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"

	"github.com/nestos-dev/nestos/internal/cli"
)

// version is the release of rpm-ostree whose command line and texts this program has.
const version = "2026.2"

func printVersion(env *cli.Env) error {
	_, err := fmt.Fprintf(env.Stdout, "rpm-ostree:\n Version: '%s'\n Features:\n  - compose\n  - container\n", version)
	return err
}

func versionOption(env *cli.Env) cli.Option {
	return cli.Option{Long: "version", Help: "Print version information and exit", Value: cli.Func(func(string) error {
		if err := printVersion(env); err != nil {
			return err
		}
		return cli.ErrDone
	})}
}

func quietOption(p *bool) cli.Option {
	return cli.Option{Long: "quiet", Short: 'q', Help: "Avoid printing most informational messages", Value: cli.Bool(p)}
}

// absent is a command that this program does not have: it has a help text that says so.
func absent(what string) func(context.Context, *cli.Env, []string) error {
	return func(_ context.Context, env *cli.Env, args []string) error {
		if slices.Contains(args, "--help") || slices.Contains(args, "-h") {
			p := cli.Parser{Program: env.Program, Summary: "Not supported: " + what}
			_, err := io.WriteString(env.Stdout, p.Help())
			return err
		}
		return fmt.Errorf("%s is not supported", what)
	}
}

// tuneMemory keeps the collector lazy while the heap is small, and strict before it is large.
func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(300)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(512 << 20)
	}
}

// command is the frame that all commands share.
type command struct {
	*program
	ctx    context.Context
	env    *cli.Env
	parser cli.Parser

	sysroot, stateroot string
	peer, quiet        bool

	// install and uninstall are options of many commands.
	installs, uninstalls []string

	render *renderer // of progress; made when it is first needed
	tmp    string    // directory with packages that were fetched
}

// command declares a command that needs no system.
func (p *program) command(ctx context.Context, env *cli.Env, params, summary string, options ...cli.Option) *command {
	c := &command{program: p, ctx: ctx, env: env}
	c.parser = cli.Parser{Program: env.Program, Params: params, Summary: summary, Options: options}
	return c
}

// systemCommand declares a command that works on a system.
func (p *program) systemCommand(ctx context.Context, env *cli.Env, params, summary string, options ...cli.Option) *command {
	c := p.command(ctx, env, params, summary)
	c.add(c.stateroots()...)
	c.add(options...)
	c.add(
		cli.Option{Long: "sysroot", Arg: "SYSROOT", Help: "Use system root SYSROOT (default: /)", Value: cli.Filename(&c.sysroot)},
		cli.Option{Long: "peer", Help: "Force a peer-to-peer connection instead of using the system message bus", Value: cli.Bool(&c.peer)})
	return c
}

func (c *command) add(options ...cli.Option) { c.parser.Options = append(c.parser.Options, options...) }

func (c *command) stateroots() []cli.Option {
	return []cli.Option{
		{Long: "os", Arg: "OSNAME", Help: "Operate on provided OSNAME", Hidden: true, Value: cli.String(&c.stateroot)},
		{Long: "stateroot", Arg: "STATEROOT", Help: "Operate on provided STATEROOT", Value: cli.String(&c.stateroot)},
	}
}

// withPackages adds --install and --uninstall.
func (c *command) withPackages() *command {
	c.add(
		cli.Option{Long: "install", Arg: "PKG", Help: "Overlay additional package", Value: cli.Strings(&c.installs)},
		cli.Option{Long: "uninstall", Arg: "PKG", Help: "Remove overlayed additional package", Value: cli.Strings(&c.uninstalls)})
	return c
}

// parse reads the command line and returns the arguments; done tells that there is nothing left to do.
func (c *command) parse(args []string) (rest []string, done bool, err error) {
	c.add(versionOption(c.env), quietOption(&c.quiet))
	rest, err = c.parser.Parse(args)
	switch {
	case errors.Is(err, cli.ErrHelp):
		_, err = io.WriteString(c.env.Stdout, c.parser.Help())
		return nil, true, err
	case errors.Is(err, cli.ErrDone):
		return nil, true, nil
	}
	return rest, false, err
}

// parseNone is parse for commands without arguments.
func (c *command) parseNone(args []string) (done bool, err error) {
	rest, done, err := c.parse(args)
	if err == nil && !done && len(rest) > 0 {
		err = c.usage("Too few or too many arguments")
	}
	return done, err
}

// usage is the error for wrong arguments: help, then the message.
func (c *command) usage(format string, args ...any) error {
	return c.parser.UsageError(format, args...)
}

func (c *command) printf(format string, args ...any) { fmt.Fprintf(c.env.Stdout, format, args...) }

// flag declares an option without value.
func flag(long string, short byte, p *bool, help string) cli.Option {
	return cli.Option{Long: long, Short: short, Help: help, Value: cli.Bool(p)}
}

// hiddenFlag is flag for an option that the help text does not show.
func hiddenFlag(long string, p *bool, help string) cli.Option {
	o := flag(long, 0, p, help)
	o.Hidden = true
	return o
}

// unchanged is the end of a command that changed nothing, if the exit status is to tell so.
func unchanged(tell bool) error {
	if tell {
		return &cli.ExitError{Code: exitUnchanged}
	}
	return nil
}
