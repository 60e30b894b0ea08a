package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
)

// Env is the world of a program: tests replace it.
type Env struct {
	// Program is the name shown in help texts, with those of the commands
	// above: "ostree remote".
	Program string
	// Stdin, Stdout and Stderr are the standard streams.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Getenv returns an environment variable, "" if unset; nil knows none.
	Getenv func(name string) string

	rawStdout, rawStderr io.Writer // below BufferStdout; nil without it
}

// ChildStreams returns standard output and standard error for a program to be started, after passing on what was
// written so far: the streams of this process themselves, so that the child may outlive it.
func (e *Env) ChildStreams() (stdout, stderr io.Writer) {
	b, ok := e.Stdout.(*bufferedOutput)
	if !ok {
		return e.Stdout, e.Stderr
	}
	_ = b.flush() // reported at the end
	return e.rawStdout, e.rawStderr
}

// OSEnv returns the real world of this process.
func OSEnv(program string) *Env {
	return &Env{Program: program, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv}
}

// BufferStdout collects what is written to standard output and passes it on in large pieces, unless it is a
// terminal. What is written to standard error comes after what was written to standard output before it. flush
// writes the rest and reports the first error; without it output is lost.
//
// Besides the cost of many small writes this is about pipelines such as "PROGRAM | grep -q WORD": the reader ends at
// the first match, and a program that goes on writing would fail for a line that nobody wanted.
func (e *Env) BufferStdout() (flush func() error) {
	if IsTerminal(e.Stdout) {
		return func() error { return nil }
	}
	b := &bufferedOutput{w: bufio.NewWriterSize(e.Stdout, 64<<10)}
	e.rawStdout, e.rawStderr = e.Stdout, e.Stderr
	e.Stdout, e.Stderr = b, flushFirst{b, e.Stderr}
	return b.flush
}

// bufferedOutput is a bufio.Writer for several goroutines.
type bufferedOutput struct {
	mu sync.Mutex
	w  *bufio.Writer
}

func (b *bufferedOutput) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.w.Write(p)
}

func (b *bufferedOutput) flush() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.w.Flush()
}

// flushFirst is a stream that keeps its place behind another.
type flushFirst struct {
	before *bufferedOutput
	io.Writer
}

func (f flushFirst) Write(p []byte) (int, error) {
	_ = f.before.flush() // reported at the end
	return f.Writer.Write(p)
}

// Lookup returns an environment variable.
func (e *Env) Lookup(name string) string {
	if e.Getenv == nil {
		return ""
	}
	return e.Getenv(name)
}

// Command is one command of an [App].
type Command struct {
	// Name is what the user types.
	Name string
	// Help is the line in the list of commands.
	Help string
	// Hidden leaves the command out of the list.
	Hidden bool
	// Run does the work. args are the command line without the command's
	// name; env.Program includes it.
	Run func(ctx context.Context, env *Env, args []string) error
}

// App is a program, or a command, that consists of commands. The command's
// name is the first argument that does not begin with "-", wherever it
// stands; the options before it go to the command too.
type App struct {
	// Name is the name of a command whose commands these are ("remote");
	// empty for the program itself.
	Name string
	// Params describes the arguments in the help text; empty is "COMMAND".
	Params string
	// Summary is the text before the list of commands.
	Summary string
	// Commands are the commands, in the order of the list.
	Commands []Command
	// Options are the options that work without a command.
	Options []Option
	// Column is where the list's descriptions begin after two spaces; 0 is 18.
	Column int
	// Unknown runs a command that is not in Commands, such as a program of
	// that name; it returns false if there is none.
	Unknown func(ctx context.Context, env *Env, name string, args []string) (bool, error)
	// NoCommand runs when Options were given and no command; nil is the error
	// "No command specified".
	NoCommand func(ctx context.Context, env *Env, args []string) error
}

// Run finds the command in args and runs it. Help goes to env.Stdout and is no
// error; errors are for [PrintError], those about the command with the help text.
func (a *App) Run(ctx context.Context, env *Env, args []string) error {
	name, rest, found := SplitCommand(args)
	for _, c := range a.Commands {
		if found && c.Name == name {
			sub := *env
			sub.Program += " " + name
			return c.Run(ctx, &sub, rest)
		}
	}
	if found && a.Unknown != nil {
		if ok, err := a.Unknown(ctx, env, name, rest); ok {
			return err
		}
	}
	p := a.parser(env)
	others, err := p.Parse(rest)
	switch {
	case errors.Is(err, ErrHelp):
		_, err = io.WriteString(env.Stdout, p.Help())
		return err
	case errors.Is(err, ErrDone):
		return nil
	case err == nil && !found && a.NoCommand != nil:
		return a.NoCommand(ctx, env, others)
	case err == nil:
		err = a.missing(name, found)
	}
	return &HelpError{Help: p.Help(), Err: err}
}

func (a *App) missing(name string, found bool) error {
	switch {
	case !found && a.Name == "":
		return errors.New("No command specified") //nolint:staticcheck // ostree's text
	case !found:
		return fmt.Errorf("No %q subcommand specified", a.Name) //nolint:staticcheck // ostree's text
	case a.Name == "":
		return fmt.Errorf("Unknown command '%s'", name) //nolint:staticcheck // ostree's text
	}
	return fmt.Errorf("Unknown %q subcommand '%s'", a.Name, name) //nolint:staticcheck // ostree's text
}

func (a *App) parser(env *Env) *Parser {
	p := &Parser{Program: env.Program, Params: a.Params, Options: a.Options, Summary: a.CommandList()}
	if p.Params == "" {
		p.Params = "COMMAND"
	}
	if a.Summary != "" {
		p.Summary = a.Summary + "\n\n" + p.Summary
	}
	return p
}

// CommandList returns the list of commands as the help text shows it, without
// a newline at its end.
func (a *App) CommandList() string {
	column := a.Column
	if column == 0 {
		column = 18
	}
	var b strings.Builder
	b.WriteString("Builtin ")
	if a.Name != "" {
		fmt.Fprintf(&b, "%q ", a.Name)
	}
	b.WriteString("Commands:")
	for _, c := range a.Commands {
		if !c.Hidden {
			fmt.Fprintf(&b, "\n  %-*s%s", column, c.Name, c.Help)
		}
	}
	return b.String()
}

// SplitCommand takes the first argument that does not begin with "-", which
// may be empty, out of args.
func SplitCommand(args []string) (name string, rest []string, found bool) {
	for i, arg := range args {
		if arg == "" || arg[0] != '-' {
			return arg, slices.Concat(args[:i], args[i+1:]), true
		}
	}
	return "", args, false
}
