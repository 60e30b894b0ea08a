//go:build unix

package bootloader

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os/exec"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/run"
)

// Command is a program to run.
type Command struct {
	// Name is a path, or a name to look for.
	Name string
	// Args are the arguments, without the program's name.
	Args []string
	// Dir is the working directory; empty is the process's.
	Dir string
	// Env holds NAME=value pairs that are added to the process's environment.
	Env []string
	// Chroot, if not empty, is the directory that the program has as its root,
	// in a mount namespace of its own. Name is looked for in it, and Dir is "/".
	Chroot string
	// Stdout and Stderr receive the output; nil discards it.
	Stdout, Stderr io.Writer
}

// Runner runs programs. A program that could not be started is an error that
// is fs.ErrNotExist if there is none, one that failed is an *[ExitError].
type Runner interface {
	Run(ctx context.Context, c Command) error
}

// ExitError reports a program that failed.
type ExitError struct {
	// Code is the exit status.
	Code int
	// Signal ended the program, if it is not 0.
	Signal int
}

// Error has the text of GLib.
func (e *ExitError) Error() string {
	if e.Signal != 0 {
		return fmt.Sprintf("Child process killed by signal %d", e.Signal)
	}
	return fmt.Sprintf("Child process exited with code %d", e.Code)
}

// Exec runs programs on this machine. The zero value, and nil, are ready.
type Exec struct {
	// Log gets a line per program, at debug level; nil discards it.
	Logger *slog.Logger
}

// Run implements [Runner].
func (x *Exec) Run(ctx context.Context, c Command) error {
	if c.Stdout == nil {
		c.Stdout = io.Discard
	}
	if c.Stderr == nil {
		c.Stderr = io.Discard
	}
	if c.Chroot != "" {
		return outcome(ctx, c.Name, runChroot(ctx, c))
	}
	var log *slog.Logger
	if x != nil {
		log = x.Logger
	}
	_, err := (&run.Exec{Logger: log}).Run(ctx, run.Cmd{
		Name: c.Name, Args: c.Args, Dir: c.Dir, ExtraEnv: c.Env, Stdout: c.Stdout, Stderr: c.Stderr,
	})
	return outcome(ctx, c.Name, err)
}

// outcome words the error of a run as GLib does.
func outcome(ctx context.Context, name string, err error) error {
	var exit *run.ExitError
	var status *ExitError
	switch {
	case err == nil || ctx.Err() != nil:
		return err
	case errors.As(err, &status):
		return status
	case errors.As(err, &exit):
		return &ExitError{Code: exit.Exit, Signal: signalNumber(exit.Signal)}
	case errors.Is(err, exec.ErrNotFound):
		return &startError{name, fs.ErrNotExist}
	}
	return &startError{name, err}
}

func signalNumber(name string) int { return int(unix.SignalNum(name)) }

type startError struct {
	name string
	err  error
}

func (e *startError) Error() string {
	text := errno.Text(e.err)
	if e.err == fs.ErrNotExist {
		text = "No such file or directory"
	}
	return fmt.Sprintf("Failed to execute child process “%s” (%s)", e.name, text)
}

func (e *startError) Unwrap() error { return e.err }
