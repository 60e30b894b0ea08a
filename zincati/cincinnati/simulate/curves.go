package simulate

import (
	"bytes"
	"encoding/csv"
	"fmt"
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

// WriteText writes for people how many nodes ran which release at the start
// and run it at the end, and what it took.
func (c *Curves) WriteText(w io.Writer) error {
	var b bytes.Buffer
	last := c.Samples() - 1
	fmt.Fprintf(&b, "%d nodes from %s to %s\n", c.Nodes, c.At(0).UTC().Format(time.RFC3339), c.At(last).UTC().Format(time.RFC3339))
	share := func(n int) float64 { return 100 * float64(n) / float64(c.Nodes) }
	for _, s := range c.Series {
		first, end := s.Counts[0], s.Counts[last]
		fmt.Fprintf(&b, "  %-24s %9d (%5.1f %%) -> %9d (%5.1f %%)\n", page.Visible(s.Version, 64), first, share(first), end, share(end))
	}
	fmt.Fprintf(&b, "checks for updates %d, updates completed %d, locks refused %d\n", c.Requests, c.Updates, c.Refusals)
	_, err := w.Write(b.Bytes())
	return err
}
