package zincati

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

// timeFormat is how times of day are shown to people.
const timeFormat = "Mon 2006-01-02 15:04:05 MST"

// tickCheck looks for an update.
func (a *Agent) tickCheck(ctx context.Context) {
	if a.cfg.Spread && !a.spreadDone {
		a.spreadDone = true
		if d := a.fraction(a.cfg.SteadyInterval); d > 0 && !a.wait(ctx, d) {
			return
		}
	}
	a.status(fmt.Sprintf("periodically polling for updates (last checked %s)", a.clock.Now().UTC().Format(timeFormat)))
	target := a.check(ctx)
	if ctx.Err() != nil {
		return
	}
	if target == nil {
		a.setState(State{Kind: NoNewUpdate})
		return
	}
	a.status("found update on remote: " + target.Version)
	a.setState(State{Kind: UpdateAvailable, Release: *target})
}

// check asks for the graph and selects a target; nil is none. All failures are logged and mean none.
func (a *Agent) check(ctx context.Context) *cincinnati.Release {
	a.cfg.Meter.Inc("zincati_cincinnati_update_checks_total")
	a.graph.Log(ctx, levelTrace, "checking upstream Cincinnati server for updates")
	target, err := a.findTarget(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		kind := "client_failed_request"
		var e *cincinnati.Error
		a.failures++
		a.retryAfter = 0
		if errors.As(err, &e) {
			kind = e.Kind
			a.retryAfter = e.RetryAfter
			if e.Code != 0 && e.Code < 500 && e.Code != http.StatusTooManyRequests {
				a.failures = 0 // it is there, and means it
			}
		}
		a.cfg.Meter.Inc("zincati_cincinnati_update_checks_errors_total", kind)
		a.graph.Error("failed to check Cincinnati for updates: " + err.Error())
		return nil
	}
	a.failures, a.retryAfter, a.obeyed = 0, 0, false
	return target
}

func (a *Agent) findTarget(ctx context.Context) (*cincinnati.Release, error) {
	params := a.cfg.Identity.Params(a.cfg.BaseURL)
	params.ClientWariness = a.cfg.ClientWariness
	g, err := a.cfg.Graph.Graph(ctx, params)
	if err != nil {
		return nil, err
	}
	a.cfg.Meter.Set("zincati_cincinnati_graph_nodes_count", float64(len(g.Nodes)))
	a.cfg.Meter.Set("zincati_cincinnati_graph_edges_count", float64(len(g.Edges)))
	a.graph.Log(ctx, levelTrace, fmt.Sprintf("got an update graph with %d nodes and %d edges", len(g.Nodes), len(g.Edges)))
	booted := a.cfg.Identity.Booted.Payload
	deny := make([]cincinnati.Payload, 0, len(a.deny))
	for p := range a.deny {
		deny = append(deny, p)
	}
	sel, err := cincinnati.Select(g, booted, deny, a.cfg.AllowDowngrade)
	if sel != nil && sel.Booted >= 0 {
		// Also when the targets are unusable: that the release is a dead end is known by then.
		a.tellDeadend(ctx, sel)
	}
	if err != nil {
		return nil, err
	}
	if sel.Booted < 0 {
		a.graph.Warn(fmt.Sprintf("booted deployment %s not found in the update graph", booted))
		return nil, nil
	}
	a.cfg.Meter.Set("zincati_cincinnati_ignored_update_targets", float64(sel.Ignored))
	if sel.Downgrade != nil {
		a.graph.Warn(fmt.Sprintf("downgrade hint towards target release '%s'", sel.Downgrade.Version))
		if !a.cfg.AllowDowngrade {
			a.graph.Warn("update hint rejected, downgrades are not allowed by configuration")
		}
	}
	return sel.Target, nil
}

// tellDeadend tells people about a dead end, or its end, when that changed.
func (a *Agent) tellDeadend(ctx context.Context, sel *cincinnati.Selection) {
	value := 0.0
	if sel.Deadend {
		value = 1
	}
	a.cfg.Meter.Set("zincati_cincinnati_booted_release_is_deadend", value)
	if a.deadend != nil && *a.deadend == sel.Deadend {
		return
	}
	if sel.Deadend {
		a.graph.Warn("current release detected as dead-end, reason: " + sel.DeadendReason)
	} else {
		a.graph.Info("current release detected as not a dead-end")
	}
	if a.cfg.Deadend != nil {
		if err := a.cfg.Deadend(ctx, sel.Deadend, sel.DeadendReason); err != nil {
			if ctx.Err() == nil { // the agent's own end is no failure
				a.graph.Error("failed to update dead-end MOTD: " + err.Error())
			}
			return
		}
	}
	known := sel.Deadend
	a.deadend = &known
}
