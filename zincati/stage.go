package zincati

import (
	"context"
	"errors"
	"fmt"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/driver"
)

// errWrongStream says that what was staged belongs to another stream than this machine.
var errWrongStream = errors.New("wrong stream")

// tickStage stages the chosen release, and looks at what was staged.
func (a *Agent) tickStage(ctx context.Context, s State) {
	r := s.Release
	a.log.Info(fmt.Sprintf("target release '%s' selected, proceeding to stage it", r.Version))
	err := a.drive(func() error { return a.cfg.Driver.Stage(ctx, r, a.cfg.AllowDowngrade) })
	if err == nil {
		err = a.verify(ctx, r)
	}
	switch {
	case err == nil:
		text := "update staged: " + r.Version
		a.status(text)
		a.log.Info(text)
		a.unfinalized = 0
		a.setState(State{Kind: UpdateStaged, Release: r, Postponements: MaxPostponements})
	case ctx.Err() != nil: // the agent ends; nothing was learnt about the release
	case errors.Is(err, errWrongStream):
		a.setState(State{Kind: NoNewUpdate})
	default:
		a.log.Error("failed to stage deployment: " + err.Error())
		n := s.Failures + 1
		a.status(fmt.Sprintf("trying to stage %s (failed attempts: %d)", r.Version, n))
		if n >= MaxStagingAttempts {
			a.log.Warn(fmt.Sprintf("persistent deploy failure detected, target release '%s' abandoned", r.Version))
			a.setState(State{Kind: NoNewUpdate})
			return
		}
		a.setState(State{Kind: UpdateAvailable, Release: r, Failures: n})
	}
}

// verify makes sure that the staged deployment is the wanted release, and of this machine's stream. One of another
// stream is removed, and never tried again.
func (a *Agent) verify(ctx context.Context, r cincinnati.Release) error {
	var d *driver.Deployment
	err := a.drive(func() (err error) { d, err = a.cfg.Driver.Staged(ctx); return err })
	if err != nil {
		return fmt.Errorf("failed to confirm stream: %w", err)
	}
	if d == nil {
		return errors.New("failed to confirm stream: no pending deployment found")
	}
	if d.Version != r.Version || d.Payload != r.Payload {
		return fmt.Errorf("failed to confirm stream: expected pending deployment %s (%s), but found %s (%s) instead", r.Version, r.Payload, d.Version, d.Payload)
	}
	if d.StreamErr != nil {
		return fmt.Errorf("failed to confirm stream: %w", d.StreamErr)
	}
	want := a.cfg.Identity.Stream
	if d.Stream == want {
		a.log.Log(ctx, levelTrace, fmt.Sprintf("validated stream '%s' for pending deployment %s", d.Stream, d.Version))
		return nil
	}
	a.log.Error(fmt.Sprintf("pending deployment %s expected to be on stream '%s', but found '%s' instead", d.Version, want, d.Stream))
	if err := a.drive(func() error { return a.cfg.Driver.Cleanup(ctx) }); err != nil {
		if ctx.Err() != nil {
			return err
		}
		a.log.Error("failed to cleanup pending deployment: " + err.Error())
	}
	a.deny[r.Payload] = true
	a.log.Error(fmt.Sprintf("abandoned and blocked deployment '%s'", r.Version))
	return errWrongStream
}
