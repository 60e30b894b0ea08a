package simulate

import (
	"encoding/csv"
	"io"
	"strconv"
	"time"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/internal/page"
)

// Curves is the outcome: how many nodes run which release when.
type Curves struct {
	Nodes    int
	Start    time.Time
	Step     time.Duration // between two samples; the first is at Start
	Series   []Series      // the releases that nodes run at any time, oldest first
	Updating []int         // per sample: nodes between an offer and running it
	Waiting  []int         // of these: those that are ready to reboot and may not yet

	// Schedule is the share that the newest of the rollouts in the graph has at each
	// sample; nil when there is none.
	Schedule        []float64
	ScheduleVersion string

	Requests int64 // checks for updates that the graph server answered
	Updates  int64 // completed
	Refusals int64 // by the lock server
}

// Series is one release's curve. A node counts for the release it runs; while
// it updates and reboots, for the old one.
type Series struct {
	Version string
	Counts  []int // per sample
}

// curves adds up what the workers saw.
func (w *world) curves(g *cincinnati.Graph, tallies []*tally) *Curves {
	c := &Curves{Nodes: w.f.Nodes, Start: w.f.Start, Step: w.f.Step}
	for column, release := range w.columns {
		s := Series{w.plan.versions[release], make([]int, w.samples)}
		any := false
		n := 0
		for i := range s.Counts {
			for _, t := range tallies {
				n += int(t.deltas[column*w.samples+i])
			}
			s.Counts[i] = n
			any = any || n > 0
		}
		if any {
			c.Series = append(c.Series, s)
		}
	}
	c.Updating, c.Waiting = make([]int, w.samples), make([]int, w.samples)
	var updating, waiting int
	for i := range w.samples {
		for _, t := range tallies {
			updating += int(t.updating[i])
			waiting += int(t.waiting[i])
		}
		c.Updating[i], c.Waiting[i] = updating, waiting
	}
	for _, t := range tallies {
		c.Requests += t.requests
		c.Updates += t.updates
		c.Refusals += t.refusals
	}
	c.schedule(g)
	return c
}

func (c *Curves) schedule(g *cincinnati.Graph) {
	for i := len(g.Nodes) - 1; i >= 0; i-- {
		r, ok := g.Nodes[i].Rollout()
		if !ok || r.Minutes == 0 {
			continue
		}
		c.ScheduleVersion = g.Nodes[i].Version
		for k := range c.Updating {
			c.Schedule = append(c.Schedule, r.Throttle(c.At(k).Unix()))
		}
		return
	}
}

// At is the time of sample i.
func (c *Curves) At(i int) time.Time { return c.Start.Add(time.Duration(i) * c.Step) }

// Samples is how many there are.
func (c *Curves) Samples() int { return len(c.Updating) }

// WriteCSV writes a table with a line per sample: time (RFC 3339), hours since
// the start, a column of node counts per release, then "updating" and
// "waiting".
func (c *Curves) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	line := []string{"time", "hours"}
	for _, s := range c.Series {
		line = append(line, page.Visible(s.Version, 0))
	}
	out.Write(append(line, "updating", "waiting"))
	for i := range c.Samples() {
		line = append(line[:0], c.At(i).UTC().Format(time.RFC3339),
			strconv.FormatFloat((time.Duration(i)*c.Step).Hours(), 'f', 3, 64))
		for _, s := range c.Series {
			line = append(line, strconv.Itoa(s.Counts[i]))
		}
		out.Write(append(line, strconv.Itoa(c.Updating[i]), strconv.Itoa(c.Waiting[i])))
	}
	out.Flush()
	return out.Error()
}
