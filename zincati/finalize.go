package zincati

import (
	"context"
	"fmt"
	"time"
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
		a.status(fmt.Sprintf("update staged: %s; reboot pending due to update strategy", s.Release.Version))
		a.setState(State{Kind: UpdateStaged, Release: s.Release, Postponements: MaxPostponements})
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
	a.log.Info(fmt.Sprintf("staged deployment '%s' available, proceeding to finalize it", s.Release.Version))
	if err := a.drive(func() error { return a.cfg.Driver.Finalize(ctx, s.Release.Payload) }); err != nil {
		if ctx.Err() != nil {
			return // not a failure: the agent does not wait for the outcome
		}
		a.log.Error("failed to finalize deployment: " + err.Error())
		return
	}
	a.cfg.Meter.Inc("zincati_update_agent_finalization_successes")
	text := "update finalized: " + s.Release.Version
	a.log.Info(text)
	a.status(text)
	a.setState(State{Kind: UpdateFinalized, Release: s.Release})
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
