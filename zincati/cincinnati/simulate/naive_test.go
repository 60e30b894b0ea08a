package simulate

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

// naive simulates second by second and node by node: every check is made, on
// the filtered graph, with the rule that the agent chooses by.
type naive struct {
	w       *world
	graphs  []*cincinnati.Graph
	from    []int64
	counts  map[string][]int
	curves  Curves
	version []string
	target  []string
	free    []int
	ready   []int64 // when the download ends
}

func runNaive(t *testing.T, g *cincinnati.Graph, f Fleet) (*Curves, map[string][]int) {
	t.Helper()
	f, err := f.filled(g)
	if err != nil {
		t.Fatal(err)
	}
	w, err := newWorld(g, &f)
	if err != nil {
		t.Fatal(err)
	}
	s := &naive{w: w, graphs: []*cincinnati.Graph{g}, from: []int64{0}, counts: map[string][]int{}}
	for _, c := range f.Changes {
		s.graphs, s.from = append(s.graphs, c.Graph), append(s.from, w.start+int64(c.After.Seconds()))
	}
	var nodes []node
	for i := range f.Nodes {
		n := w.node(i)
		nodes = append(nodes, n)
		s.version = append(s.version, w.plan.versions[n.release])
	}
	s.target, s.ready = make([]string, f.Nodes), make([]int64, f.Nodes)
	for range max(f.LockGroups, 1) {
		s.free = append(s.free, f.Slots)
	}
	s.curves.Updating, s.curves.Waiting = make([]int, w.samples), make([]int, w.samples)
	for now := w.start; now < w.end; now++ {
		for i := range nodes {
			for n := &nodes[i]; n.at == now; {
				s.act(t, i, n)
			}
		}
		s.sample(nodes, now)
	}
	s.sample(nodes, w.end)
	return &s.curves, s.counts
}

func (s *naive) group(i int) int {
	k := 0
	for s.w.f.LockGroups > 0 && s.w.share(k+1) <= i {
		k++
	}
	return k
}

func (s *naive) act(t *testing.T, i int, n *node) {
	switch n.phase {
	case steady:
		s.curves.Requests++
		if s.target[i] = s.offered(t, s.version[i], n); s.target[i] == "" {
			n.wait(s.w.interval, s.w.jitter)
			return
		}
		n.at += s.w.f.Stage.seconds(draw(n.base, forStage, n.hops))
		n.phase, s.ready[i] = staged, n.at
	case staged:
		free := &s.free[s.group(i)]
		if !s.inWindow(n.at) {
			n.wait(retry, retryJitter)
			return
		}
		if s.w.f.LockGroups > 0 {
			if *free == 0 {
				s.curves.Refusals++
				n.wait(retry, retryJitter)
				return
			}
			*free--
		}
		n.at += s.w.f.Reboot.seconds(draw(n.base, forReboot, n.hops))
		n.phase = rebooting
	case rebooting:
		s.free[s.group(i)]++
		s.version[i] = s.target[i]
		s.curves.Updates++
		n.hops++
		n.phase = steady
	}
}

func (s *naive) inWindow(second int64) bool {
	if len(s.w.f.Windows) == 0 {
		return true
	}
	t := time.Unix(second, 0).UTC()
	day := (int(t.Weekday()) + 6) % 7
	minute := (day*24+t.Hour())*60 + t.Minute()
	for _, w := range s.w.f.Windows {
		first, length := int(w.Start.Minutes()), int(w.Length.Minutes())
		if end := first + length; minute >= first && minute <= end || end > 10080 && minute <= end-10080 {
			return true
		}
	}
	return false
}

func (s *naive) offered(t *testing.T, version string, n *node) string {
	k := len(s.from) - 1
	for s.from[k] > n.at && k > 0 {
		k--
	}
	g := cincinnati.Filter(s.graphs[k], n.wariness, n.at)
	for i := range g.Nodes {
		if g.Nodes[i].Version != version {
			continue
		}
		r, err := g.Nodes[i].Release()
		if err != nil {
			t.Fatal(err)
		}
		choice, err := cincinnati.Select(g, r.Payload, nil, false)
		if err != nil {
			t.Fatal(err)
		}
		if choice.Target != nil {
			return choice.Target.Version
		}
	}
	return ""
}

// sample counts what is when the second now is over; a sample at a second sees
// all that has happened up to and in it.
func (s *naive) sample(nodes []node, now int64) {
	step := int64(s.w.f.Step / time.Second)
	if (now-s.w.start)%step != 0 {
		return
	}
	k := int((now - s.w.start) / step)
	for i := range nodes {
		v := s.version[i]
		if s.counts[v] == nil {
			s.counts[v] = make([]int, s.w.samples)
		}
		s.counts[v][k]++
		if nodes[i].phase != steady {
			s.curves.Updating[k]++
		}
		if nodes[i].phase == staged && s.ready[i] <= now {
			s.curves.Waiting[k]++
		}
	}
}

// randomGraph has marks everywhere and rollouts around second base.
func randomGraph(r *rand.Rand, base int64) *cincinnati.Graph {
	index, updates := &cincinnati.ReleaseIndex{}, &cincinnati.Updates{}
	n := 3 + r.IntN(7)
	for i := range n {
		v := fmt.Sprintf("1.%d", i)
		index.Releases = append(index.Releases, cincinnati.IndexRelease{Version: v, Metadata: "x",
			Commits: []cincinnati.IndexCommit{{Architecture: "x86_64", Checksum: fmt.Sprintf("%064x", i)}}})
		u := cincinnati.Update{Version: v}
		if r.IntN(4) == 0 {
			u.Barrier = &cincinnati.Reason{}
		}
		if r.IntN(8) == 0 {
			u.Deadend = &cincinnati.Reason{}
		}
		if r.IntN(3) == 0 || i == n-1 {
			start, value, minutes := base+r.Int64N(40000)-10000, []float64{0, 0, 0.25, 1, 1.5, -0.3}[r.IntN(6)], r.Uint64N(700)
			u.Rollout = &cincinnati.UpdateRollout{StartEpoch: &start, StartPercentage: &value, DurationMinutes: &minutes}
			if r.IntN(5) == 0 {
				u.Rollout.DurationMinutes = nil
			}
		}
		updates.Releases = append(updates.Releases, u)
	}
	return cincinnati.Build(index, updates, "x86_64", cincinnati.Checksum)
}

func randomDelay(r *rand.Rand) Delay {
	if r.IntN(3) == 0 {
		return Delay{}
	}
	low := time.Duration(r.IntN(600)) * time.Second
	return Delay{low, low + time.Duration(r.IntN(1200))*time.Second, r.IntN(2) == 0}
}

func TestEqualsNaiveSimulation(t *testing.T) {
	seed := testutil.Seed(t)
	start := time.Date(2026, 7, 22, 6, 0, 0, 0, time.UTC)
	rounds := 150
	if testing.Short() {
		rounds = 20
	}
	var updates, refusals int64
	// Few rounds may happen to have no refusal; then there are more.
	for round := 0; round < rounds || refusals == 0 && round < 1000; round++ {
		r := rand.New(rand.NewPCG(seed, uint64(round)))
		g := randomGraph(r, start.Unix())
		f := Fleet{Nodes: 1 + r.IntN(40), Start: start, Length: time.Duration(1+r.IntN(40000)) * time.Second,
			Step: time.Duration(1+r.IntN(5000)) * time.Second, Seed: r.Uint64(), Interval: time.Duration(r.IntN(2)*(1+r.IntN(900))) * time.Second,
			UniformWariness: r.IntN(2) == 0, Stage: randomDelay(r), Reboot: randomDelay(r), Workers: 1 + r.IntN(3)}
		for i := range g.Nodes {
			if r.IntN(2) == 0 || i == 0 {
				f.From = append(f.From, Share{g.Nodes[i].Version, 1 + r.Float64()})
			}
		}
		if r.IntN(2) == 0 {
			for range 1 + r.IntN(3) {
				f.Windows = append(f.Windows, Window{time.Duration(r.IntN(10080)) * time.Minute, time.Duration(1+r.IntN(3000)) * time.Minute})
			}
		}
		if r.IntN(2) == 0 {
			f.LockGroups, f.Slots = 1+r.IntN(f.Nodes), 1+r.IntN(3)
		}
		for after := 0; r.IntN(3) == 0; {
			after += 1 + r.IntN(15000)
			changed := randomGraph(r, start.Unix())
			for len(changed.Nodes) < len(g.Nodes) {
				changed = randomGraph(r, start.Unix())
			}
			f.Changes = append(f.Changes, Change{time.Duration(after) * time.Second, changed})
		}
		got, err := Run(t.Context(), g, f)
		if err != nil {
			t.Fatal(err)
		}
		want, wantCounts := runNaive(t, g, f)
		counts := map[string][]int{}
		for _, s := range got.Series {
			counts[s.Version] = s.Counts
		}
		if !reflect.DeepEqual(counts, wantCounts) {
			t.Fatalf("round %d: %+v\ngot  %v\nwant %v", round, f, counts, wantCounts)
		}
		if got.Requests != want.Requests || got.Updates != want.Updates || got.Refusals != want.Refusals {
			t.Fatalf("round %d: requests, updates, refusals: %d %d %d, want %d %d %d", round,
				got.Requests, got.Updates, got.Refusals, want.Requests, want.Updates, want.Refusals)
		}
		if !reflect.DeepEqual(got.Updating, want.Updating) || !reflect.DeepEqual(got.Waiting, want.Waiting) {
			t.Fatalf("round %d: updating, waiting\n%v, want\n%v\n%v, want\n%v", round, got.Updating, want.Updating, got.Waiting, want.Waiting)
		}
		updates += got.Updates
		refusals += got.Refusals
	}
	t.Logf("%d updates, %d refused locks", updates, refusals)
	if updates == 0 || refusals == 0 {
		t.Error("nothing happened")
	}
}
