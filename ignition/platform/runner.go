package platform

import (
	"context"
	"io"

	"github.com/nestos-dev/nestos/internal/run"
)

// Program is an external program to run.
type Program struct {
	// Name is looked up in PATH unless it has a slash.
	Name string
	// Args are the arguments without the name.
	Args []string
	// Stdin is the standard input; nil is empty.
	Stdin io.Reader
	// Dir is the working directory; empty is the process's.
	Dir string
}

// ProgramResult is what a program left.
type ProgramResult struct {
	// Stdout and Stderr are the output.
	Stdout, Stderr []byte
	// Exit is the exit status.
	Exit int
}

// Runner runs external programs: for tests, and for tools that only record. Package provision
// takes the same ones.
type Runner interface {
	// RunProgram runs a program to its end. An error means that it did not run; an
	// exit status other than 0 is none.
	RunProgram(ctx context.Context, p Program) (ProgramResult, error)
}

// runner lets a Runner be used where the log runs programs.
func runner(r Runner) run.Runner {
	if r == nil {
		return &run.Exec{}
	}
	return adapter{r}
}

type adapter struct{ r Runner }

// Run implements run.Runner.
func (a adapter) Run(ctx context.Context, c run.Cmd) (run.Result, error) {
	res, err := a.r.RunProgram(ctx, Program{Name: c.Name, Args: c.Args, Stdin: c.Stdin, Dir: c.Dir})
	out := run.Result{Stdout: res.Stdout, Stderr: res.Stderr, Exit: res.Exit}
	if err == nil && res.Exit != 0 {
		err = &run.ExitError{Cmd: c, Exit: res.Exit, Stderr: res.Stderr}
	}
	return out, err
}
