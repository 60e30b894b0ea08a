package simulate

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/internal/page"
)

// chunk is how many nodes a worker takes at a time.
const chunk = 2048

// Run simulates the fleet on the unthrottled graph, whose rollouts are in the
// metadata of its releases. Its result depends on g and f alone, not on the
// number of workers. Graphs with releases that a node could not use, or with
// one version twice, are refused.
func Run(ctx context.Context, g *cincinnati.Graph, f Fleet) (*Curves, error) {
	f, err := f.filled(g)
	if err != nil {
		return nil, fmt.Errorf("fleet: %w", err)
	}
	w, err := newWorld(g, &f)
	if err != nil {
		return nil, err
	}
	tallies, err := w.run(ctx)
	if err != nil {
		return nil, err
	}
	return w.curves(g, tallies), nil
}

func newWorld(g *cincinnati.Graph, f *Fleet) (*world, error) {
	w := &world{f: f, start: f.Start.Unix(), interval: int64(f.Interval / time.Second), seed: mix(f.Seed)}
	w.end = w.start + int64(f.Length/time.Second)
	w.jitter = max(w.interval/100, 1)
	w.calendar = newCalendar(f.Windows)
	w.samples = int(f.Length/f.Step) + 1
	var err error
	if w.plan, err = newPlan(g, f, w.start); err != nil {
		return nil, err
	}
	if err := w.shares(g); err != nil {
		return nil, err
	}
	w.columns = w.plan.reach(w.from)
	if cells := len(w.columns) * w.samples; cells > maxCells {
		return nil, fmt.Errorf("curves of %d releases and %d samples are not supported: more than %d values", len(w.columns), w.samples, maxCells)
	}
	w.column = make([]int32, len(w.plan.versions))
	for c, r := range w.columns {
		w.column[r] = int32(c)
	}
	return w, nil
}

// shares finds out what the nodes run at the start.
func (w *world) shares(g *cincinnati.Graph) error {
	from := w.f.From
	if len(from) == 0 {
		v, ok := everybodys(g, w.start)
		if !ok {
			return fmt.Errorf("no release is offered to everybody at the start, so it must be said what the nodes run")
		}
		from = []Share{{v, 1}}
	}
	ids := make(map[string]int32, len(w.plan.versions))
	for i, v := range w.plan.versions {
		ids[v] = int32(i)
	}
	var sum float64
	for _, s := range from {
		id, ok := ids[s.Version]
		if !ok {
			return fmt.Errorf("release %q is not in the graph", page.Visible(s.Version, 64))
		}
		if !(s.Weight > 0 && s.Weight < 1e300) {
			return fmt.Errorf("release %q: share is no positive number: %v", s.Version, s.Weight)
		}
		sum += s.Weight
		w.from = append(w.from, id)
		w.upTo = append(w.upTo, sum)
	}
	for i := range w.upTo {
		w.upTo[i] /= sum
	}
	return nil
}

// everybodys is the newest release that is not being rolled out at second t,
// or completely. A dead end is not it: a fleet that ran one would stay there.
func everybodys(g *cincinnati.Graph, t int64) (version string, ok bool) {
	for i := len(g.Nodes) - 1; i >= 0; i-- {
		r, rolling := g.Nodes[i].Rollout()
		if _, dead := g.Nodes[i].Deadend(); !dead && (!rolling || r.Throttle(t) >= 1) {
			return g.Nodes[i].Version, true
		}
	}
	return "", false
}

// run lets the workers take turns at the nodes (or lock groups) until all
// have been simulated.
func (w *world) run(ctx context.Context) ([]*tally, error) {
	var next atomic.Int64
	var wg sync.WaitGroup
	tallies := make([]*tally, w.f.Workers)
	for k := range tallies {
		t := newTally(w)
		tallies[k] = t
		g := &group{w: w, t: t}
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1) - 1)
				if !w.part(i, t, g) {
					return
				}
			}
		})
	}
	wg.Wait()
	return tallies, ctx.Err()
}

// part simulates the i-th part of the fleet; false: there is none.
func (w *world) part(i int, t *tally, g *group) bool {
	if w.f.LockGroups > 0 {
		if i >= w.f.LockGroups {
			return false
		}
		g.run(w.share(i), w.share(i+1))
		return true
	}
	first := i * chunk
	if first >= w.f.Nodes {
		return false
	}
	for k := first; k < min(first+chunk, w.f.Nodes); k++ {
		n := w.node(k)
		w.live(&n, t)
	}
	return true
}

// share is the first node of the i-th lock group.
func (w *world) share(i int) int {
	return int(int64(i) * int64(w.f.Nodes) / int64(w.f.LockGroups))
}

// tally counts what one worker sees: changes per sample, summed up at the
// end. Sums do not depend on the order, hence not on the workers.
type tally struct {
	start, step int64
	samples     int
	deltas      []int32 // per column and sample
	updating    []int32
	waiting     []int32
	requests    int64
	refusals    int64
	updates     int64
}

func newTally(w *world) *tally {
	return &tally{start: w.start, step: int64(w.f.Step / time.Second), samples: w.samples,
		deltas: make([]int32, len(w.columns)*w.samples), updating: make([]int32, w.samples), waiting: make([]int32, w.samples)}
}

// sample is the first that sees what happens at second t.
func (t *tally) sample(at int64) int { return int((at - t.start + t.step - 1) / t.step) }

func (t *tally) add(series []int32, at int64, by int32) {
	if s := t.sample(at); s < t.samples {
		series[s] += by
	}
}

func (t *tally) place(column int32) { t.deltas[int(column)*t.samples]++ }

func (t *tally) move(from, to int32, at int64) {
	t.updates++
	if s := t.sample(at); s < t.samples {
		t.deltas[int(from)*t.samples+s]--
		t.deltas[int(to)*t.samples+s]++
	}
}
