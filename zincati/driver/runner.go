package driver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/nestos-dev/nestos/internal/run"
)

// Command is one run of a program.
type Command struct {
	// Name is the program, looked up in PATH; Args are its arguments.
	Name string
	Args []string
	// Env holds NAME=value pairs that are added to the environment of the process.
	Env []string
	// Limit is how many bytes of standard output are kept; 0 means that nobody wants it.
	Limit int
}

// Result is what a program left.
type Result struct {
	// Stdout is the beginning of the standard output, Truncated says that there was more.
	Stdout    []byte
	Truncated bool
	// Stderr is the beginning of the standard error.
	Stderr []byte
	// Exit is the exit status, -1 after a signal.
	Exit int
}

// Runner runs programs.
type Runner interface {
	// Run runs a program to its end. An exit status other than 0 is no error; that the program could not be
	// started, or that the context ended, is.
	Run(ctx context.Context, c Command) (Result, error)
}

// execRunner runs programs on this machine.
type execRunner struct{ exec *run.Exec }

// Run implements [Runner].
func (r execRunner) Run(ctx context.Context, c Command) (Result, error) {
	if c.Limit == 0 {
		return r.unread(ctx, c)
	}
	res, err := r.exec.Run(ctx, run.Cmd{Name: c.Name, Args: c.Args, ExtraEnv: c.Env, Limit: c.Limit})
	return result(res, err)
}

// unread runs a program that writes into files instead of pipes: should this process exit, a pipe would be broken,
// and the program would be killed at its next word, in the middle of its work.
func (r execRunner) unread(ctx context.Context, c Command) (Result, error) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return Result{}, err
	}
	defer null.Close()
	errs, err := memoryFile("stderr of " + c.Name)
	if err != nil {
		return Result{}, err
	}
	defer errs.Close()
	res, err := r.exec.Run(ctx, run.Cmd{Name: c.Name, Args: c.Args, ExtraEnv: c.Env, Stdout: null, Stderr: errs})
	out, err := result(res, err)
	if err != nil {
		return out, err
	}
	out.Stderr, err = io.ReadAll(io.NewSectionReader(errs, 0, maxErrorOutput))
	if err != nil {
		return out, fmt.Errorf("reading the standard error of %s: %w", c.Name, err)
	}
	return out, nil
}

func result(res run.Result, err error) (Result, error) {
	out := Result{Stdout: res.Stdout, Truncated: res.Truncated, Stderr: res.Stderr, Exit: res.Exit}
	var exit *run.ExitError
	if errors.As(err, &exit) {
		return out, nil
	}
	return out, err
}
