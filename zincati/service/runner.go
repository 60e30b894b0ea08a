package service

import (
	"context"

	"github.com/nestos-dev/nestos/internal/run"
	"github.com/nestos-dev/nestos/zincati/driver"
)

// runner is what runs loginctl and pkexec.
func (o *Options) runner() run.Runner {
	if o.Runner == nil {
		return &run.Exec{Logger: o.Logger}
	}
	return adapter{o.Runner}
}

// adapter makes a run.Runner of the driver's, to which an exit status is no error.
type adapter struct{ driver.Runner }

func (a adapter) Run(ctx context.Context, c run.Cmd) (run.Result, error) {
	res, err := a.Runner.Run(ctx, driver.Command{Name: c.Name, Args: c.Args, Env: c.ExtraEnv, Limit: c.Limit})
	out := run.Result{Stdout: res.Stdout, Stderr: res.Stderr, Truncated: res.Truncated, Exit: res.Exit}
	if err == nil && res.Exit != 0 {
		err = &run.ExitError{Cmd: c, Exit: res.Exit, Stderr: res.Stderr}
	}
	return out, err
}
