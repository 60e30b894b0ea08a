// Command nestos-installer installs NestOS or Fedora CoreOS to a disk and customizes their live images. It is
// a drop-in for nestos-installer 0.20 and, under the name coreos-installer, for coreos-installer 0.26: the
// name decides on names, defaults and texts; images are recognized whatever the name is.
//
// The program parses options, calls the packages below installer and prints. Each file has one group of
// commands.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/nestos-dev/nestos/installer/flavour"
	"github.com/nestos-dev/nestos/internal/clap"
	"github.com/nestos-dev/nestos/internal/cli"
)

// version is what --version prints, under both names: the release of coreos-installer whose behaviour this program has.
// nestos-installer 0.20 is that of coreos-installer 0.20 with other names and defaults. Distributions set it when linking.
var version = "0.26.0"

func main() {
	p := &program{
		Name: os.Args[0], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Getenv: os.Getenv, Width: terminalWidth(), Root: "/", Guard: guard,
	}
	os.Exit(p.run(context.Background(), os.Args[1:]))
}

// program is the world in which a command line runs.
type program struct {
	// Name is the name or path of the program, which decides on its flavour.
	Name           string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(name string) string
	// Width is that of help texts in columns, 0 for the default.
	Width int
	// Root is where the live system's files are; tests have another.
	Root string
	// Guard is called before commands that should not be killed halfway, its second result after them. Nil is
	// fine.
	Guard func(context.Context) (context.Context, func())
	// Now is the clock; nil means the time of day.
	Now func() time.Time

	flavour *flavour.Flavour
	lines   sync.Mutex // of JSON, which notes and progress write

	unprinted error // of the first line that could not be printed
	inputs    int64 // bytes read of files to embed
}

// action carries a command out.
type action func(ctx context.Context, p *program, m *clap.Matches) error

// report is an action that only prints: signals kill it, silently when nobody reads.
type report action

// run executes one command line and returns the exit status: 0, 1 for errors, 2 for wrong usage.
func (p *program) run(ctx context.Context, args []string) int {
	p.flavour, p.inputs = flavour.Default(p.Name), 0
	m, err := p.parse(args)
	if err != nil {
		code := clap.Exit(p.Stdout, p.Stderr, err)
		if e, ok := errors.AsType[*clap.Error](err); ok && e.Kind == clap.DisplayHelp {
			_, _ = io.WriteString(p.Stdout, p.moreHelp(e.Text()))
		}
		return code
	}
	leaf := m.Leaf()
	if a := leaf.Blank(); a != nil && a.Long != "firstboot-args" {
		return p.exit(blank(a), leaf)
	}
	switch do := leaf.Command().Do.(type) {
	case report:
		err = do(ctx, p, leaf)
	case action:
		if p.Guard != nil {
			guarded, done := p.Guard(ctx)
			defer done()
			ctx = guarded
		}
		err = do(ctx, p, leaf)
	}
	if err == nil {
		err = p.unprinted
	}
	return p.exit(err, leaf)
}

// blank refuses an empty value. To the packages empty means that something was not asked for, which is not what
// somebody meant who typed -o "$FILE" and had no FILE.
func blank(a *clap.Arg) error {
	if a.Long == "" {
		return fmt.Errorf("%s is empty", a.Value)
	}
	return fmt.Errorf("value of --%s is empty", a.Long)
}

func (p *program) parse(args []string) (*clap.Matches, error) {
	return p.commands().Parse(&clap.Line{Program: p.Name, Args: args, Width: p.Width})
}

// moreHelp is what follows a help text. If that is the program's own, it leads to the commands that coreos-installer
// hides, and to ours among them.
func (p *program) moreHelp(text string) string {
	_, err := p.parse([]string{"--help"})
	if e, ok := errors.AsType[*clap.Error](err); !ok || e.Text() != text {
		return ""
	}
	return fmt.Sprintf("\nCommands for builders of images: see %[1]s pack --help\nand %[1]s dev --help\n", p.flavour.Program)
}

// exit prints the error of a command.
func (p *program) exit(err error, m *clap.Matches) int {
	err = worded(err)
	var exit *exitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.code
	case m.Has("json"):
		p.jsonError(err)
	default:
		clap.WriteError(p.Stderr, err)
	}
	return 1
}

// exitError ends the program with a code; all has been said already.
type exitError struct{ code int }

func (e *exitError) Error() string { return "exit status " + strconv.Itoa(e.code) }

// note prints a line, or several, on standard error.
func (p *program) note(text string) { _, _ = io.WriteString(p.Stderr, text+"\n") }

// line prints a line on standard output. That it cannot be printed stops no work, but it is an error at the end,
// unless nobody reads any more.
func (p *program) line(text string) {
	_, err := io.WriteString(p.Stdout, text+"\n")
	if err != nil && !errors.Is(err, syscall.EPIPE) && p.unprinted == nil {
		p.unprinted = fmt.Errorf("writing output: %w", err)
	}
}

// print writes data to standard output.
func (p *program) print(data []byte) error {
	if _, err := p.Stdout.Write(data); err != nil {
		return fmt.Errorf("writing output: %w", err)
	}
	return nil
}

// binary refuses to write binary data to a terminal.
func (p *program) binary() error {
	if cli.IsTerminal(p.Stdout) {
		return errors.New("Refusing to write binary data to terminal")
	}
	return nil
}

// open opens a file, or standard input if there is no path.
func (p *program) open(path string) (io.ReadCloser, error) {
	if path == "" {
		return io.NopCloser(p.Stdin), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	return f, nil
}

// write writes binary data to a file, which is replaced, or to standard output if there is no path.
func (p *program) write(path string, data []byte) error {
	if path == "" {
		return p.print(data)
	}
	if err := os.WriteFile(path, data, 0o666); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

// terminalWidth returns the columns of the terminal, or those that the environment tells, or 0.
func terminalWidth() int {
	for _, f := range []*os.File{os.Stdout, os.Stderr, os.Stdin} {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil && columns > 0 {
			return min(columns, maxWidth)
		}
	}
	columns, err := strconv.Atoi(os.Getenv("COLUMNS"))
	if err != nil {
		return 0
	}
	return min(columns, maxWidth)
}

// maxWidth keeps help texts readable on wide terminals.
const maxWidth = 100
