package oplog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/internal/run"
)

// Redacted stands for a secret in logs, summaries and dumps.
const Redacted = "<redacted>"

// CmdError is a program that failed, in Ignition's words. Secrets are redacted.
type CmdError struct {
	Line           string // the command line, quoted
	Stdout, Stderr string
	Err            error // *run.ExitError, or why the program could not run
}

// Error has the form: exit status 1: Cmd: "mkfs.ext4" "-F" Stdout: "" Stderr: "…"
func (e *CmdError) Error() string {
	cause := e.Err.Error()
	if exit, ok := errors.AsType[*run.ExitError](e.Err); ok {
		cause = "exit status " + strconv.Itoa(exit.Exit)
		if exit.Signal != "" {
			cause = "signal: " + exit.Signal
		}
	}
	return fmt.Sprintf("%s: Cmd: %s Stdout: %q Stderr: %q", cause, e.Line, e.Stdout, e.Stderr)
}

// Unwrap returns Err.
func (e *CmdError) Unwrap() error { return e.Err }

// Exit returns the exit status that err carries, -1 if it carries none.
func Exit(err error) int {
	if exit, ok := errors.AsType[*run.ExitError](err); ok {
		return exit.Exit
	}
	return -1
}

// Cmd runs a program as an operation named text and returns its standard output.
// The command line is logged at level debug; each argument equal to one of
// secrets, and each occurrence of one in output, is shown as [Redacted]. A
// failure is a *CmdError. Programs whose failure is an answer use [Logger.Try].
func (l *Logger) Cmd(ctx context.Context, r run.Runner, text string, c run.Cmd, secrets ...string) ([]byte, error) {
	var out []byte
	err := l.Op(text, func(l *Logger) error {
		var err error
		out, err = l.Try(ctx, r, c, secrets...)
		return err
	})
	return out, err
}

// Try is Cmd without the operation: only the command line is logged.
func (l *Logger) Try(ctx context.Context, r run.Runner, c run.Cmd, secrets ...string) ([]byte, error) {
	line := Line(c, secrets...)
	l.Debug("executing: %s", line)
	res, err := r.Run(ctx, c)
	if err != nil {
		if res.Truncated && len(secrets) > 0 { // half a secret would not be recognized
			res.Stdout, res.Stderr = []byte(Redacted), []byte(Redacted)
		}
		return res.Stdout, &CmdError{
			Line: line, Err: err,
			Stdout: redact(string(res.Stdout), secrets),
			Stderr: redact(string(res.Stderr), secrets),
		}
	}
	return res.Stdout, nil
}

// Line shows a command line with each word quoted as Go does, secrets redacted.
func Line(c run.Cmd, secrets ...string) string {
	words := []string{strconv.Quote(c.Name)}
	for _, a := range c.Args {
		if a != "" && slices.Contains(secrets, a) {
			a = Redacted
		}
		words = append(words, strconv.Quote(a))
	}
	return strings.Join(words, " ")
}

func redact(s string, secrets []string) string {
	for _, secret := range secrets {
		if secret != "" {
			s = strings.ReplaceAll(s, secret, Redacted)
		}
	}
	return s
}
