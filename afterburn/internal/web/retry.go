package web

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Retry says how often something is tried, and how long the pauses are.
type Retry struct {
	// First is the first pause; each is twice as long as the one before, up to Max.
	First, Max time.Duration
	// Retries is the number of attempts after the first one.
	Retries int
}

// Requests is how HTTP requests are tried: at 0, 1, 3, 7, 12, 17, 22, 27, 32, 37 and 42 seconds.
var Requests = Retry{First: time.Second, Max: 5 * time.Second, Retries: 10}

// Permanent marks an error that another attempt would not cure.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

type permanentError struct{ err error }

func (e *permanentError) Error() string { return e.err.Error() }
func (e *permanentError) Unwrap() error { return e.err }

// Do calls f, with the number of the attempt from 0, until it returns nil or an error that is marked by [Permanent],
// or ctx ends. The last error is wrapped in "maximum number of retries (…) reached".
func (r Retry) Do(ctx context.Context, sleep func(context.Context, time.Duration) error, f func(attempt int) error) error {
	pause := r.First
	var last error // of the attempts before
	for attempt := 0; ; attempt++ {
		err := f(attempt)
		if err == nil {
			return nil
		}
		if p := (*permanentError)(nil); errors.As(err, &p) {
			return p.err
		}
		if ctx.Err() != nil {
			if last != nil && errors.Is(err, context.Cause(ctx)) {
				err = last // says more than that there was no time
			}
			return ended(ctx, err)
		}
		if attempt == r.Retries {
			return fmt.Errorf("maximum number of retries (%d) reached: %w", r.Retries, err)
		}
		if sleep(ctx, pause) != nil {
			return ended(ctx, err)
		}
		pause, last = min(2*pause, r.Max), err
	}
}

// ended words an error after which there was no time for another attempt.
func ended(ctx context.Context, err error) error {
	cause := context.Cause(ctx)
	if errors.Is(err, cause) {
		return err
	}
	return fmt.Errorf("%w after: %w", cause, err)
}

// Sleep waits, or returns the cause of ctx's end.
func Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
