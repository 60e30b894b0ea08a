package simulate

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"time"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

// Fleet describes the nodes and how they behave. The zero value of every field
// but Nodes is usable.
type Fleet struct {
	Nodes  int           // how many
	Start  time.Time     // of the simulation; zero: an hour before the first rollout of the graph starts
	Length time.Duration // 0: 48 h; at most 90 days
	Step   time.Duration // between two samples of the curves, whole seconds; 0: 10 min
	Seed   uint64        // equal seeds give equal fleets, on any number of cores

	// From tells which releases the nodes run at the start; empty: all run the newest
	// one that is offered to everybody by then.
	From []Share

	// Interval is what the nodes wait between two checks, to which 0 to 10 hundredths are
	// added at random, in whole hundredths (at least seconds), as the agent does. 0: 300 s.
	Interval time.Duration

	// UniformWariness draws the wariness directly instead of hashing a node id. It is
	// faster and, over many nodes, the same.
	UniformWariness bool

	Stage  Delay // from being offered a release to having it deployed
	Reboot Delay // from the reboot to running the new release

	Windows []Window // when nodes may reboot; empty: always

	// LockGroups is how many reboot lock groups the nodes are divided into, evenly; 0: no
	// locks. In each at most Slots nodes (0: 1) reboot at a time.
	LockGroups, Slots int

	// Changes replace the graph in the course of the simulation, in ascending order.
	Changes []Change

	Workers int // 0: as many as there are cores
}

// Share is a part of the fleet.
type Share struct {
	Version string
	Weight  float64 // relative to the sum of all weights
}

// Window is a part of every week.
type Window struct {
	Start  time.Duration // from Monday 00:00 UTC, whole minutes
	Length time.Duration // whole minutes; the minute that begins at the end still belongs to it, as for the agent
}

// Change is a new graph: a rollout that begins, pauses or is withdrawn.
type Change struct {
	After time.Duration     // since the start
	Graph *cincinnati.Graph // unthrottled
}

// ErrNoStart is returned for a graph without a rollout that starts at some time
// if Fleet.Start does not tell when the simulation starts.
var ErrNoStart = errors.New("the graph has no rollout to begin with, so Fleet.Start must be set")

const (
	maxLength = 90 * 24 * time.Hour
	maxNodes  = 100_000_000
	maxCells  = 4 << 20 // releases × samples, per worker
	week      = 7 * 24 * 3600
)

// filled checks the description and returns it with its defaults.
func (f Fleet) filled(g *cincinnati.Graph) (Fleet, error) {
	if f.Length == 0 {
		f.Length = 48 * time.Hour
	}
	if f.Step == 0 {
		f.Step = 10 * time.Minute
	}
	if f.Interval == 0 {
		f.Interval = 300 * time.Second
	}
	if f.Workers <= 0 {
		f.Workers = runtime.GOMAXPROCS(0)
	}
	if f.Slots == 0 {
		f.Slots = 1
	}
	switch {
	case f.Nodes < 1 || f.Nodes > maxNodes:
		return f, fmt.Errorf("number of nodes is not within 1..%d: %d", maxNodes, f.Nodes)
	case f.Length < time.Second || f.Length > maxLength:
		return f, fmt.Errorf("length is not within 1 s..90 days: %v", f.Length)
	case f.Step < time.Second || f.Step%time.Second != 0:
		return f, fmt.Errorf("step is not a number of whole seconds: %v", f.Step)
	case f.Interval < time.Second || f.Interval > maxLength:
		return f, fmt.Errorf("interval is not within 1 s..90 days: %v", f.Interval)
	case f.LockGroups < 0 || f.LockGroups > f.Nodes:
		return f, fmt.Errorf("number of lock groups is not within 0..%d: %d", f.Nodes, f.LockGroups)
	case f.Slots < 0:
		return f, fmt.Errorf("negative number of slots: %d", f.Slots)
	}
	if err := errors.Join(f.Stage.check("stage"), f.Reboot.check("reboot")); err != nil {
		return f, err
	}
	for i, w := range f.Windows {
		if w.Start < 0 || w.Start >= week*time.Second || w.Length < time.Minute || w.Length > week*time.Second ||
			w.Start%time.Minute != 0 || w.Length%time.Minute != 0 {
			return f, fmt.Errorf("window %d: not whole minutes within a week: %v + %v", i, w.Start, w.Length)
		}
	}
	for i, c := range f.Changes {
		if c.Graph == nil || c.After < 0 || i > 0 && c.After <= f.Changes[i-1].After {
			return f, fmt.Errorf("change %d: no graph, or not after the one before", i)
		}
	}
	if f.Start.IsZero() {
		var err error
		if f.Start, err = firstRollout(g); err != nil {
			return f, err
		}
		f.Start = f.Start.Add(-time.Hour)
	}
	f.Start = f.Start.UTC().Truncate(time.Second)
	return f, nil
}

// firstRollout is when the first rollout with a slope starts.
func firstRollout(g *cincinnati.Graph) (time.Time, error) {
	first := int64(math.MaxInt64)
	for i := range g.Nodes {
		if r, ok := g.Nodes[i].Rollout(); ok && r.Minutes > 0 && r.Start > 0 {
			first = min(first, r.Start)
		}
	}
	if first == math.MaxInt64 {
		return time.Time{}, ErrNoStart
	}
	return time.Unix(first, 0), nil
}
