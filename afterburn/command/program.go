package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/afterburn"
	"github.com/nestos-dev/nestos/internal/clap"
)

// DefaultVersion is the version of Afterburn with which this program is compatible.
const DefaultVersion = "5.11.0"

// Program is the world in which a command line runs. Stdout and Stderr are required.
type Program struct {
	// Name is the name or path of the program, for usage lines; empty is "afterburn".
	Name string
	// Version is what --version prints; empty is [DefaultVersion].
	Version string
	// Stdout and Stderr are the standard streams. The log is coloured if Stderr is a terminal.
	Stdout, Stderr io.Writer
	// Getenv returns an environment variable; nil knows none. TERM is asked for, to know about colours.
	Getenv func(name string) string
	// Options say where metadata are looked for; nil is this machine. Their Logger is not used.
	Options *afterburn.Options
}

// grace is how long the work may take to end once it has to. What hangs then is a call of the system: a log that nobody
// reads, a file server that is away.
const grace = 500 * time.Millisecond

// Run executes one command line, args without the program's name, and returns the exit status: 0, or 1 for errors of
// any kind. The end of ctx ends what is being done, with an error. Work that does not end within half a second then is
// left behind: the caller is expected to end the process.
func (p *Program) Run(ctx context.Context, args []string) int {
	args = translate(args)
	if slices.ContainsFunc(args, func(arg string) bool { return !utf8.ValidString(arg) }) {
		return p.usage("error: invalid UTF-8 was detected in one or more arguments\n\nFor more information, try '--help'.\n")
	}
	expired := make(chan struct{})
	done := make(chan int, 1)
	go func() { done <- p.run(ctx, args, sync.OnceFunc(func() { close(expired) })) }()
	select {
	case code := <-done:
		return code
	case <-ctx.Done():
	case <-expired:
	}
	select {
	case code := <-done:
		return code
	case <-time.After(grace):
		return 1
	}
}

func (p *Program) run(ctx context.Context, args []string, expired func()) int {
	name := p.Name
	if name == "" {
		name = "afterburn"
	}
	root := p.commands()
	if path, words, ok := helpRequest(root, args); ok {
		text, err := help(root, name, path, words)
		if err != nil {
			return p.usage(err.Error())
		}
		return p.print(text)
	}
	m, err := root.Parse(&clap.Line{Program: name, Args: args, Width: columns})
	if e, ok := errors.AsType[*clap.Error](err); ok {
		switch e.Kind {
		case clap.DisplayHelp:
			return p.print(e.Text())
		case clap.DisplayVersion:
			return p.print(versionText(root, args))
		}
		return p.usage(e.Text())
	}
	leaf := m.Leaf()
	c := &call{Matches: leaf, p: p, out: p.log(), expired: expired}
	text, code := "", 0
	if err := leaf.Command().Do.(action)(ctx, c); err != nil {
		var b strings.Builder
		clap.WriteError(&b, fmt.Errorf("failed to run: %w", err))
		text, code = cleanLines(b.String()), 1
	}
	c.out.end(text)
	return code
}

// print is for what was asked for: nobody cares if nobody reads it.
func (p *Program) print(text string) int {
	_, _ = io.WriteString(p.Stdout, text)
	return 0
}

// usage reports wrong usage, as an error without causes.
func (p *Program) usage(text string) int {
	_, _ = io.WriteString(p.Stderr, "Error: "+text+"\n")
	return 1
}

// call is one call of a command.
type call struct {
	*clap.Matches
	p       *Program
	out     *output
	expired func() // to be called when the time is over
}

// options are those of the library.
func (c *call) options() *afterburn.Options {
	o := afterburn.Options{}
	if c.p.Options != nil {
		o = *c.p.Options
	}
	o.Logger = c.out.logger()
	return &o
}

func (p *Program) log() *output {
	termName := ""
	if p.Getenv != nil {
		termName = p.Getenv("TERM")
	}
	return &output{w: p.Stderr, color: colored(p.Stderr, termName)}
}
