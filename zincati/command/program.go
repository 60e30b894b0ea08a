package command

import (
	"context"
	"errors"
	"io"
	"os"
	"os/user"
	"strconv"

	"github.com/nestos-dev/nestos/internal/clap"
	"github.com/nestos-dev/nestos/zincati/internal/busapi"
	"github.com/nestos-dev/nestos/zincati/internal/deadend"
	"github.com/nestos-dev/nestos/zincati/internal/logfmt"
)

// DefaultVersion is the version of zincati with which this program is compatible.
const DefaultVersion = "0.0.32"

// Program is the world in which a command line runs. Stdout and Stderr are required.
type Program struct {
	// Name is the name or path of the program, for usage lines; empty is "zincati".
	Name string
	// Version is what the log and --version say; empty is [DefaultVersion].
	Version string
	// Stdout and Stderr are the standard streams.
	Stdout, Stderr io.Writer
	// Getenv returns an environment variable; nil knows none.
	Getenv func(name string) string
	// User returns the name of the user who runs the program; nil looks up the real user id in /etc/passwd.
	User func() (string, error)
	// Guard is called before the agent starts: the context that it returns ends with the signal that ends the
	// process, the function is called after the agent. Nil is fine.
	Guard func(context.Context) (context.Context, func())
	// MotdDir is where the notice of a dead end is; empty is /run/motd.d.
	MotdDir string
}

// action carries a command out.
type action func(ctx context.Context, p *Program, m *clap.Matches) error

// Run executes one command line, args without the program's name, and returns the exit status: 0, 1 for errors, 2 for
// wrong usage.
func (p *Program) Run(ctx context.Context, args []string) int {
	name := p.Name
	if name == "" {
		name = "zincati"
	}
	root := commands(args)
	if path, words, ok := helpRequest(root, args); ok {
		return p.help(root, name, path, words)
	}
	if len(args) == 1 && (args[0] == "--version" || args[0] == "-V") {
		return p.printVersion()
	}
	m, err := root.Parse(&clap.Line{Program: name, Args: args})
	if e, ok := errors.AsType[*clap.Error](err); ok && e.Kind == clap.DisplayHelp {
		_, _ = io.WriteString(p.Stdout, e.Text()+moreHelp(root, name, e.Text()))
		return 0
	}
	if err != nil {
		return clap.Exit(p.Stdout, p.Stderr, err)
	}
	leaf := m.Leaf()
	if err := leaf.Command().Do.(action)(ctx, p, leaf); err != nil {
		logfmt.WriteFatal(p.Stderr, err)
		return 1
	}
	return 0
}

// printVersion answers --version, which the original does not have.
func (p *Program) printVersion() int {
	version := p.Version
	if version == "" {
		version = DefaultVersion
	}
	_, _ = io.WriteString(p.Stdout, "zincati "+version+"\n")
	return 0
}

// runsAs reports whether the user who runs the program has a certain name. The name counts, not the number.
func (p *Program) runsAs(name string) bool {
	ask := p.User
	if ask == nil {
		ask = userName
	}
	got, err := ask()
	return err == nil && got == name
}

func userName() (string, error) {
	u, err := user.LookupId(strconv.Itoa(os.Getuid()))
	if err != nil {
		return "", err
	}
	return u.Username, nil
}

func (p *Program) getenv(name string) string {
	if p.Getenv == nil {
		return ""
	}
	return p.Getenv(name)
}

func (p *Program) motdDir() string {
	if p.MotdDir == "" {
		return deadend.Dir
	}
	return p.MotdDir
}

// bus is the address of the system bus.
func (p *Program) bus() string {
	if address := p.getenv("DBUS_SYSTEM_BUS_ADDRESS"); address != "" {
		return address
	}
	return busapi.DefaultAddress
}
