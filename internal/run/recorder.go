package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
)

// Reply is what a [Recorder] answers.
type Reply struct {
	// Stdout and Stderr are the program's output.
	Stdout, Stderr string
	// Exit other than 0 becomes an *ExitError.
	Exit int
	// Err, if set, is returned instead.
	Err error
}

// Recorder is a [Runner] for tests: it runs nothing, remembers the commands
// and answers from Replies or Handler. Without either, programs succeed
// silently. It is safe for concurrent use once it is set up.
type Recorder struct {
	// Replies holds answers by [Cmd.String], tried first, then by program name.
	Replies map[string]Reply
	// Handler answers what is not in Replies. It may read c.Stdin.
	Handler func(ctx context.Context, c Cmd) Reply
	// Strict makes commands without an answer an error.
	Strict bool

	mu    sync.Mutex
	calls []Cmd
}

var _ Runner = (*Recorder)(nil)

// ErrUnexpected is returned by a strict [Recorder] without an answer.
var ErrUnexpected = errors.New("unexpected command")

// Run implements [Runner].
func (r *Recorder) Run(ctx context.Context, c Cmd) (Result, error) {
	r.mu.Lock()
	r.calls = append(r.calls, c.clone())
	r.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return Result{Exit: -1}, fmt.Errorf("%s: %w", c.Name, err)
	}
	reply, ok := r.reply(ctx, c)
	if !ok && r.Strict {
		return Result{Exit: -1}, fmt.Errorf("%w: %s", ErrUnexpected, c)
	}
	return reply.result(c)
}

func (r *Recorder) reply(ctx context.Context, c Cmd) (Reply, bool) {
	for _, k := range []string{c.String(), c.Name} {
		if reply, ok := r.Replies[k]; ok {
			return reply, true
		}
	}
	if r.Handler != nil {
		return r.Handler(ctx, c), true
	}
	return Reply{}, false
}

func (p Reply) result(c Cmd) (Result, error) {
	res := Result{Exit: p.Exit}
	deliver := func(w io.Writer, text string, keep *[]byte) error {
		if w == nil {
			*keep = []byte(text)
			return nil
		}
		_, err := io.WriteString(w, text)
		return err
	}
	err := errors.Join(deliver(c.Stdout, p.Stdout, &res.Stdout), deliver(c.Stderr, p.Stderr, &res.Stderr))
	switch {
	case err != nil:
		return res, err
	case p.Err != nil:
		return res, p.Err
	case p.Exit != 0:
		return res, &ExitError{Cmd: c.clone(), Exit: p.Exit, Stderr: []byte(p.Stderr)}
	}
	return res, nil
}

// Calls returns the commands so far, in order.
func (r *Recorder) Calls() []Cmd {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.calls)
}

// Lines returns the command lines so far, as [Cmd.String] shows them.
func (r *Recorder) Lines() []string {
	var lines []string
	for _, c := range r.Calls() {
		lines = append(lines, c.String())
	}
	return lines
}
