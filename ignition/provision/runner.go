package provision

import (
	"context"
	"os"

	"github.com/nestos-dev/nestos/ignition/platform"
	"github.com/nestos-dev/nestos/internal/run"
)

// Program is an external program to run.
type Program = platform.Program

// ProgramResult is what a program left.
type ProgramResult = platform.ProgramResult

// Runner runs external programs: for tests, and for tools that only record.
type Runner = platform.Runner

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

func socketExists(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().Type() == os.ModeSocket
}
