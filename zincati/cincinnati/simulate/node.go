package simulate

import (
	"time"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

// node is the state of one agent.
type node struct {
	base     uint64 // of its random numbers
	wariness float64
	at       int64  // second of its next action
	block    uint64 // random bits for the next few jitters
	ticks    uint64 // waits so far
	hops     uint64 // updates so far
	release  int32
	target   int32
	phase    phase
}

type phase uint8

const (
	steady    phase = iota // asks for updates
	staged                 // has deployed one, wants to reboot
	rebooting              // comes back at node.at
)

// retry is how long an agent waits when it may not reboot, and the unit of
// the jitter that is added.
const retry, retryJitter = 300, 3

// wait goes to the next tick: base seconds and 0 to 10 units later.
func (n *node) wait(base, unit int64) {
	lane := n.ticks & 3
	if lane == 0 {
		n.block = draw(n.base, forJitter, n.ticks>>2)
	}
	k := int64(n.block >> (16 * lane) & 0xffff * 11 >> 16)
	n.ticks++
	n.at += base + unit*k
}

// waitUntil goes to the first tick at or after second t: what the ticks
// before it would find out is known without making them.
func (n *node) waitUntil(t, base, unit int64) {
	at, ticks, block := n.at, n.ticks, n.block
	for at < t {
		lane := ticks & 3
		if lane == 0 {
			block = draw(n.base, forJitter, ticks>>2)
		}
		at += base + unit*int64(block>>(16*lane)&0xffff*11>>16)
		ticks++
	}
	n.at, n.ticks, n.block = at, ticks, block
}

// world is what all nodes have in common.
type world struct {
	f          *Fleet
	plan       *plan
	start, end int64 // seconds; the end itself is no longer simulated
	interval   int64
	jitter     int64 // unit of the steady state's
	seed       uint64
	from       []int32   // releases at the start
	upTo       []float64 // their cumulated shares, the last is 1
	calendar   calendar
	column     []int32 // release id to column of the tally
	columns    []int32 // and back
	samples    int
}

// node makes the i-th node of the fleet.
func (w *world) node(i int) node {
	n := node{base: mix(w.seed + uint64(i)*0x9e3779b97f4a7c15)}
	if w.f.UniformWariness {
		n.wariness = max(unit(draw(n.base, forWariness, 0)), 0.000001)
	} else {
		n.wariness = cincinnati.Wariness(nodeID(n.base))
	}
	u := unit(draw(n.base, forRelease, 0))
	k := 0
	for k < len(w.upTo)-1 && u >= w.upTo[k] {
		k++
	}
	n.release = w.from[k]
	n.at = w.start + below(draw(n.base, forPhase, 0), w.interval)
	return n
}

// ask lets a steady node skip the checks that bring nothing and make the
// first that does. It reports whether there is one before the end; the node
// then has its target.
func (w *world) ask(n *node, t *tally) bool {
	before := n.ticks
	defer func() { t.requests += int64(n.ticks - before) }()
	for {
		at, ok := w.plan.next(n.release, n.wariness, n.at)
		if !ok || at >= w.end {
			n.waitUntil(w.end, w.interval, w.jitter)
			return false
		}
		if n.waitUntil(at, w.interval, w.jitter); n.at >= w.end {
			return false
		}
		// Between the second and the tick the offer may have been withdrawn.
		if n.target = w.plan.target(n.release, n.wariness, n.at); n.target >= 0 {
			t.requests++
			return true
		}
		n.wait(w.interval, w.jitter)
	}
}

// stage begins the update that was offered.
func (w *world) stage(n *node, t *tally) {
	t.add(t.updating, n.at, 1)
	n.at += w.f.Stage.seconds(draw(n.base, forStage, n.hops))
	n.phase = staged
	t.add(t.waiting, n.at, 1)
}

// reboot leaves the old release.
func (w *world) reboot(n *node, t *tally) {
	t.add(t.waiting, n.at, -1)
	n.at += w.f.Reboot.seconds(draw(n.base, forReboot, n.hops))
	n.phase = rebooting
}

// arrive runs the new release.
func (w *world) arrive(n *node, t *tally) {
	t.add(t.updating, n.at, -1)
	t.move(w.column[n.release], w.column[n.target], n.at)
	n.release = n.target
	n.hops++
	n.phase = steady
}

// live is the life of a node that depends on no other.
func (w *world) live(n *node, t *tally) {
	t.place(w.column[n.release])
	for n.at < w.end && w.ask(n, t) {
		w.stage(n, t)
		for n.at < w.end && !w.calendar.open(n.at) {
			n.waitUntil(w.calendar.next(n.at), retry, retryJitter)
		}
		if n.at >= w.end {
			return
		}
		w.reboot(n, t)
		if n.at >= w.end {
			return
		}
		w.arrive(n, t)
	}
}

// calendar is the weekly windows as sorted spans of seconds from Monday 00:00
// UTC that do not overlap; nil is always open.
type calendar [][2]int64

// monday is a Monday 00:00 UTC: that of the first week of 1970.
const monday = -3 * 24 * 3600

func newCalendar(windows []Window) calendar {
	if len(windows) == 0 {
		return nil
	}
	minutes := make([]bool, week/60)
	for _, w := range windows {
		// The minute that begins at the end belongs to it, but not beyond a week's end:
		// there a span is split, and its second part goes on from the first minute.
		first, last := int(w.Start/time.Minute), int((w.Start+w.Length)/time.Minute)
		if last == len(minutes) {
			last--
		}
		for m := first; m <= last; m++ {
			minutes[m%len(minutes)] = true
		}
	}
	c := calendar{}
	for m, open := range minutes {
		if !open {
			continue
		}
		if k := len(c) - 1; k >= 0 && c[k][1] == int64(m)*60 {
			c[k][1] += 60
		} else {
			c = append(c, [2]int64{int64(m) * 60, int64(m)*60 + 60})
		}
	}
	return c
}

func weekSecond(t int64) int64 { return ((t-monday)%week + week) % week }

func (c calendar) open(t int64) bool {
	if c == nil {
		return true
	}
	s := weekSecond(t)
	for _, span := range c {
		if s >= span[0] && s < span[1] {
			return true
		}
	}
	return false
}

// next is the first open second at or after t.
func (c calendar) next(t int64) int64 {
	if c.open(t) {
		return t
	}
	s := weekSecond(t)
	for _, span := range c {
		if span[0] > s {
			return t - s + span[0]
		}
	}
	return t - s + week + c[0][0]
}
