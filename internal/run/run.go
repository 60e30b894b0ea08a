package run

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// DefaultLimit is the number of bytes kept of each output stream.
const DefaultLimit = 1 << 20

// Cmd says what to run.
type Cmd struct {
	// Name is the program: a path, or a name looked up in PATH.
	Name string
	// Args are the arguments, without the program's name.
	Args []string
	// Dir is the working directory; empty is the process's.
	Dir string
	// Env is the complete environment, NAME=value; nil is the process's.
	Env []string
	// ExtraEnv is added to Env.
	ExtraEnv []string
	// Stdin is the standard input; nil is empty.
	Stdin io.Reader
	// Stdout and Stderr receive the output instead of the Result.
	Stdout, Stderr io.Writer
	// Limit is the number of bytes kept of each stream; 0 is [DefaultLimit].
	Limit int
	// Foreground leaves the program in this process's group, so that it can
	// talk with the terminal (an editor).
	Foreground bool
}

// Command returns a Cmd for a program and its arguments.
func Command(name string, args ...string) Cmd { return Cmd{Name: name, Args: args} }

// String shows the command line with the quotes that a shell would need.
func (c Cmd) String() string {
	words := make([]string, 0, len(c.Args)+1)
	for _, w := range append([]string{c.Name}, c.Args...) {
		words = append(words, quote(w))
	}
	return strings.Join(words, " ")
}

func quote(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./=:,+@%", r)
	}
	if word != "" && !strings.ContainsFunc(word, func(r rune) bool { return !plain(r) }) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// Result is what a program left.
type Result struct {
	// Stdout and Stderr are the output that the command had no writers for.
	Stdout, Stderr []byte
	// Truncated is set when output beyond the limit was dropped.
	Truncated bool
	// Exit is the exit status, -1 if there is none: not started, or killed.
	Exit int
	// Duration is the time from start to end.
	Duration time.Duration
}

// Runner runs programs.
type Runner interface {
	// Run runs a program to its end. The result is valid, as far as it goes,
	// with an error too. An exit status other than 0 is an *ExitError.
	Run(ctx context.Context, c Cmd) (Result, error)
}

// ExitError reports a program that ended with a status other than 0, or by a signal.
type ExitError struct {
	// Cmd is what ran.
	Cmd Cmd
	// Exit is the status, -1 after a signal.
	Exit int
	// Signal is the name of the signal, if one ended the program.
	Signal string
	// Stderr is what is known of the standard error.
	Stderr []byte
}

// Error shows the command, the status and the last line of standard error.
func (e *ExitError) Error() string {
	how := "exit status " + strconv.Itoa(e.Exit)
	if e.Signal != "" {
		how = "signal: " + e.Signal
	}
	if line := lastLine(e.Stderr); line != "" {
		return fmt.Sprintf("%s: %s: %s", e.Cmd.Name, how, line)
	}
	return fmt.Sprintf("%s: %s", e.Cmd.Name, how)
}

func lastLine(text []byte) string {
	const limit = 400
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	line := strings.TrimSpace(lines[len(lines)-1])
	if len(line) > limit {
		line = line[:limit] + "…"
	}
	return strings.ToValidUTF8(line, "\uFFFD")
}

// Output runs a program and returns its standard output. Output beyond
// [DefaultLimit] is an error.
func Output(ctx context.Context, r Runner, name string, args ...string) ([]byte, error) {
	res, err := r.Run(ctx, Command(name, args...))
	if err == nil && res.Truncated {
		err = fmt.Errorf("%s: more than %d bytes of output", name, DefaultLimit)
	}
	return res.Stdout, err
}

// clone keeps a command for later, apart from the caller's slices.
func (c Cmd) clone() Cmd {
	c.Args = slices.Clone(c.Args)
	c.Env = slices.Clone(c.Env)
	c.ExtraEnv = slices.Clone(c.ExtraEnv)
	return c
}
