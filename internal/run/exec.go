package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"time"
)

// Exec runs programs on this machine. The zero value, and nil, are ready.
type Exec struct {
	// Logger receives a debug line per program; nil discards it.
	Logger *slog.Logger
	// Grace is the time between TERM and KILL when the context ends, and that
	// inherited output pipes may stay open after the program; 0 is 5 seconds.
	Grace time.Duration
}

var _ Runner = (*Exec)(nil)

// Run implements [Runner].
func (x *Exec) Run(ctx context.Context, c Cmd) (Result, error) {
	if err := ctx.Err(); err != nil {
		return Result{Exit: -1}, fmt.Errorf("%s: %w", c.Name, err)
	}
	limit := c.Limit
	if limit <= 0 {
		limit = DefaultLimit
	}
	stdout, stderr := &capture{limit: limit}, &capture{limit: limit}
	cmd, after := x.command(ctx, c, stdout, stderr)
	start := time.Now()
	err := cmd.Run()
	after()
	res := Result{
		Stdout: stdout.buf, Stderr: stderr.buf, Truncated: stdout.cut || stderr.cut,
		Exit: -1, Duration: time.Since(start),
	}
	if cmd.ProcessState != nil {
		res.Exit = cmd.ProcessState.ExitCode()
	}
	err = outcome(ctx, c, cmd.ProcessState, res, err)
	x.log(ctx, c, res, err)
	return res, err
}

func (x *Exec) command(ctx context.Context, c Cmd, stdout, stderr *capture) (cmd *exec.Cmd, after func()) {
	cmd = exec.CommandContext(ctx, c.Name, c.Args...)
	cmd.Dir, cmd.Env, cmd.Stdin = c.Dir, c.Env, c.Stdin
	if len(c.ExtraEnv) > 0 {
		if c.Env == nil {
			cmd.Env = os.Environ()
		}
		cmd.Env = append(cmd.Env[:len(cmd.Env):len(cmd.Env)], c.ExtraEnv...)
	}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	if c.Stdout != nil {
		cmd.Stdout = c.Stdout
	}
	if c.Stderr != nil {
		cmd.Stderr = c.Stderr
	}
	cmd.WaitDelay = 5 * time.Second
	if x != nil && x.Grace > 0 {
		cmd.WaitDelay = x.Grace
	}
	if c.Foreground {
		return cmd, func() {}
	}
	return cmd, ownGroup(cmd, cmd.WaitDelay)
}

// outcome words the error of a run.
func outcome(ctx context.Context, c Cmd, state *os.ProcessState, res Result, err error) error {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", c.Name, context.Cause(ctx))
	case errors.As(err, &exit):
		return &ExitError{Cmd: c.clone(), Exit: res.Exit, Signal: signalName(state), Stderr: res.Stderr}
	case errors.Is(err, exec.ErrWaitDelay) && state.Success():
		return nil // a daemon it left behind holds the pipes: not its failure
	default:
		return fmt.Errorf("running %s: %w", c.Name, err)
	}
}

func (x *Exec) log(ctx context.Context, c Cmd, res Result, err error) {
	if x == nil || x.Logger == nil {
		return
	}
	attrs := []slog.Attr{
		slog.String("program", c.Name), slog.Any("args", c.Args),
		slog.Int("exit", res.Exit), slog.Duration("duration", res.Duration),
	}
	if err != nil {
		attrs = append(attrs, slog.Any("error", err))
	}
	x.Logger.LogAttrs(ctx, slog.LevelDebug, "program ended", attrs...)
}

// capture keeps the beginning of a stream.
type capture struct {
	buf   []byte
	limit int
	cut   bool
}

func (b *capture) Write(p []byte) (int, error) {
	keep := min(len(p), b.limit-len(b.buf))
	b.buf = append(b.buf, p[:keep]...)
	b.cut = b.cut || keep < len(p)
	return len(p), nil
}
