package zincati

import (
	"context"
	"fmt"
	"time"

	"github.com/nestos-dev/nestos/zincati/driver"
	"github.com/nestos-dev/nestos/zincati/strategy"
)

// tickFinalize asks for consent, waits for users, and finalizes the staged release, which reboots the machine.
func (a *Agent) tickFinalize(ctx context.Context, s State) {
	// Not while users are waited for: the strategy has consented then, and a lock server may keep others waiting.
	if a.cfg.ReplaceStaged && s.Postponements == MaxPostponements && a.replaced(ctx, s) {
		return
	}
	a.cfg.Meter.Inc("zincati_update_agent_finalization_attempts")
	ok, err := a.cfg.Strategy.CanFinalize(ctx)
	if ctx.Err() != nil {
		return // an answer that comes with the end of the agent leads to nothing
	}
	response := "deny"
	switch {
	case err != nil:
		response = "error"
		a.cfg.Logger.Error(err.Error(), "target", "zincati::strategy")
	case ok:
		response = "allow"
	}
	a.cfg.Meter.Inc("zincati_updates_strategy_can_finalize_responses", response)
	if err != nil || !ok {
		a.pending(s)
		return
	}
	if !a.insist && a.waitForUsers(ctx, s) {
		a.cfg.Meter.Inc("zincati_update_agent_postponed_finalizations_total")
		a.status(fmt.Sprintf("update staged: %s; reboot delayed due to active user sessions", s.Release.Version))
		s.Postponements--
		a.setState(s)
		return
	}
	if ctx.Err() != nil {
		return
	}
	if !a.stillPermitted(ctx) {
		a.pending(s)
		return
	}
	a.log.Info(fmt.Sprintf("staged deployment '%s' available, proceeding to finalize it", s.Release.Version))
	if err := a.drive(func() error { return a.cfg.Driver.Finalize(ctx, s.Release.Payload) }); err != nil {
		if ctx.Err() != nil {
			return // not a failure: the agent does not wait for the outcome
		}
		a.log.Error("failed to finalize deployment: " + err.Error())
		a.finalizeFailed(ctx, s)
		return
	}
	a.cfg.Meter.Inc("zincati_update_agent_finalization_successes")
	text := "update finalized: " + s.Release.Version
	a.log.Info(text)
	a.status(text)
	a.setState(State{Kind: UpdateFinalized, Release: s.Release})
}

// pending keeps the release staged until the strategy consents. Who was promised ten minutes is promised them again.
func (a *Agent) pending(s State) {
	a.status(fmt.Sprintf("update staged: %s; reboot pending due to update strategy", s.Release.Version))
	a.setState(State{Kind: UpdateStaged, Release: s.Release, Postponements: MaxPostponements})
}

// stillPermitted looks again at what the strategy knows without asking anybody: finding out who is logged in may have
// taken minutes, and a window may have closed.
func (a *Agent) stillPermitted(ctx context.Context) bool {
	local, ok := a.cfg.Strategy.(strategy.Local)
	if !ok {
		return true
	}
	yes, err := local.Permits(ctx)
	if yes && err == nil {
		return true
	}
	if err != nil {
		a.cfg.Logger.Error(err.Error(), "target", "zincati::strategy")
	}
	// The strategy gets to know that nothing came of its consent, so that it gives back what it holds for it.
	if _, err := a.cfg.Strategy.CanFinalize(ctx); err != nil && ctx.Err() == nil {
		a.cfg.Logger.Error(err.Error(), "target", "zincati::strategy")
	}
	return false
}

// finalizeFailed looks, after many failures in a row, whether what is to be finalized is still there. If that is not
// certain the agent begins anew: it reports steady state, which gives a slot back, and looks for updates.
func (a *Agent) finalizeFailed(ctx context.Context, s State) {
	if a.unfinalized++; a.unfinalized < MaxStagingAttempts {
		return
	}
	a.unfinalized = 0
	var d *driver.Deployment
	err := a.drive(func() (err error) { d, err = a.cfg.Driver.Staged(ctx); return err })
	if ctx.Err() != nil {
		return
	}
	if err == nil && d != nil && d.Version == s.Release.Version && d.Payload == s.Release.Payload && d.StreamErr == nil && d.Stream == a.cfg.Identity.Stream {
		return
	}
	a.log.Warn(fmt.Sprintf("persistent finalization failure detected, target release '%s' is not certain to be staged", s.Release.Version))
	a.setState(State{Kind: Initialized})
}

// replaced looks for a newer release than the staged one, and goes back to stage it if there is one.
func (a *Agent) replaced(ctx context.Context, s State) bool {
	target := a.check(ctx)
	if target == nil || target.Compare(s.Release) <= 0 {
		return false
	}
	a.log.Info(fmt.Sprintf("staged release '%s' is superseded by '%s'", s.Release.Version, target.Version))
	a.status("found update on remote: " + target.Version)
	a.setState(State{Kind: UpdateAvailable, Release: *target})
	return true
}

// waitForUsers reports whether the reboot has to be put off because somebody works on the machine, and tells them.
func (a *Agent) waitForUsers(ctx context.Context, s State) bool {
	if a.cfg.Users == nil {
		return false
	}
	sessions, err := a.cfg.Users.Interactive(ctx)
	if ctx.Err() != nil {
		return false
	}
	if err != nil {
		a.users.Error("failed to check for interactive sessions: " + err.Error())
		a.users.Warn("assuming no active sessions and proceeding anyway")
		sessions = nil
	}
	a.cfg.Meter.Set("zincati_update_agent_finalization_detected_active_users", float64(len(sessions)))
	a.users.Log(ctx, levelTrace, fmt.Sprintf("handling interactive sessions, total: %d", len(sessions)))
	if len(sessions) == 0 {
		a.users.Debug("no interactive sessions detected")
		return false
	}
	if a.cfg.Users.Overridden() {
		a.users.Debug("interactive sessions are ignored, as the administrator wants it")
		return false
	}
	left := time.Duration(s.Postponements) * PostponementTime
	switch s.Postponements {
	case 0:
		a.users.Warn("reached end of grace period while waiting for interactive sessions")
		return false
	case MaxPostponements:
		a.users.Warn(fmt.Sprintf("interactive sessions detected, entering grace period (maximum %d minutes)", MaxPostponements))
		a.cfg.Users.Broadcast(ctx, sessions, s.Release.Version, left)
	case 1:
		a.users.Warn("last attempt to wait for the end of all interactive sessions")
		a.cfg.Users.Broadcast(ctx, sessions, s.Release.Version, left)
	}
	a.cfg.Meter.Inc("zincati_update_agent_finalization_blocked_count", "active_usersessions")
	return true
}
