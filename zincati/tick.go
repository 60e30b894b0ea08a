package zincati

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/driver"
)

// tick does what is to be done in the present state, and sets the next one.
func (a *Agent) tick(ctx context.Context) {
	now := a.clock.Now()
	a.lastRefresh.Store(now.Unix())
	a.cfg.Meter.Set("zincati_update_agent_last_refresh_timestamp", float64(now.Unix()))
	a.life.ticking()
	s := a.State()
	a.log.Log(ctx, levelTrace, "update agent tick, current state: "+s.String())
	switch s.Kind {
	case StartState:
		a.tickStart(ctx)
	case Initialized:
		a.tickInitialized(ctx)
	case ReportedSteady, NoNewUpdate:
		a.tickCheck(ctx)
	case UpdateAvailable:
		a.tickStage(ctx, s)
	case UpdateStaged:
		a.tickFinalize(ctx, s)
	case UpdateFinalized:
		text := "update applied, waiting for reboot: " + s.Release.Version
		a.log.Info(text)
		a.status(text)
		a.setState(State{Kind: EndState})
	case EndState:
	}
}

// tickStart registers with rpm-ostree, and finds out which releases were on this machine before.
func (a *Agent) tickStart(ctx context.Context) {
	if a.cfg.AllowDowngrade {
		a.log.Warn("client configuration allows (possibly vulnerable) downgrades via auto-updates logic")
	}
	if a.cfg.Enabled && !a.register(ctx) {
		return
	}
	a.findDenied(ctx)
	if ctx.Err() != nil {
		return
	}
	next, text := EndState, "initialization complete, auto-updates logic disabled by configuration"
	if a.cfg.Enabled {
		next, text = Initialized, "initialization complete, auto-updates logic enabled"
	}
	if a.cfg.Enabled {
		a.log.Info(text)
	} else {
		a.log.Warn(text)
	}
	if a.cfg.Enabled {
		a.cfg.Logger.Info("update strategy: "+a.cfg.Strategy.Describe(a.clock.Now()), "target", "zincati::strategy")
	}
	if err := a.cfg.Notifier.Ready(); err != nil {
		a.cfg.Logger.Error(err.Error(), "target", "zincati::utils")
	}
	a.status(text)
	a.setState(State{Kind: next})
}

// register repeats the registration until it succeeds, with pauses that double up to 256 seconds. It returns false when
// ctx ends. The driver counts the failures.
func (a *Agent) register(ctx context.Context) bool {
	a.log.Info("registering as the update driver for rpm-ostree")
	pause := time.Second
	for {
		err := a.drive(func() error { return a.cfg.Driver.Register(ctx) })
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		a.cfg.Logger.Error(fmt.Sprintf("%v\nretrying in %ds", err, int64(pause/time.Second)), "target", "zincati::rpm_ostree::cli_deploy")
		a.life.waiting(pause)
		timer, stop := a.clock.NewTimer(pause)
		select {
		case <-ctx.Done():
			stop()
			return false
		case <-timer:
		}
		if pause < 256*time.Second {
			pause *= 2
		}
	}
}

// drive runs a call of rpm-ostree, which may take any time.
func (a *Agent) drive(f func() error) error {
	a.life.driving()
	defer a.life.ticking()
	return f()
}

// findDenied makes the set of releases that are no targets: all that are deployed, since they were left once, perhaps
// for a reason. A failure leaves the set empty.
func (a *Agent) findDenied(ctx context.Context) {
	var list []driver.Deployment
	err := a.drive(func() (err error) {
		list, err = a.cfg.Driver.Deployments(ctx, true)
		return err
	})
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		a.log.Error("failed to query local deployments: " + err.Error())
		return
	}
	booted := a.cfg.Identity.Booted
	var others []cincinnati.Release
	found := false
	for _, d := range list {
		if d.Staged {
			continue
		}
		a.deny[d.Payload] = true
		if r := (cincinnati.Release{Version: d.Version, Payload: d.Payload}); r.Version == booted.Version && r.Payload == booted.Payload {
			found = true
		} else {
			others = append(others, r)
		}
	}
	if !found {
		a.log.Error("could not find booted deployment in deployments")
		return
	}
	slices.SortFunc(others, cincinnati.Release.Compare)
	others = slices.Compact(others)
	switch len(others) {
	case 0:
		a.log.Debug("no other local finalized deployments found; no update targets will be excluded.")
	case 1:
		a.log.Info("found 1 other finalized deployment")
	default:
		a.log.Info(fmt.Sprintf("found %d other finalized deployments", len(others)))
	}
	for _, r := range others {
		if r.Version == "" {
			r.Version = "(unknown version)"
		}
		a.log.Info(fmt.Sprintf("deployment %s (%s) will be excluded from being a future update target", r.Version, r.Payload))
	}
}

// tickInitialized tells the strategy that the machine is up: for a lock server, that the slot is free again. There are
// no updates before it is acknowledged.
func (a *Agent) tickInitialized(ctx context.Context) {
	ok, err := a.cfg.Strategy.ReportSteady(ctx)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		a.cfg.Logger.Error(err.Error(), "target", "zincati::strategy")
		return
	}
	if !ok {
		return
	}
	a.log.Info("reached steady state, periodically polling for updates")
	a.status("periodically polling for updates")
	a.setState(State{Kind: ReportedSteady})
}
