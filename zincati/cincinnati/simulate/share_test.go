package simulate_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/cincinnati/simulate"
)

var begin = time.Date(2026, 7, 22, 6, 0, 0, 0, time.UTC)

// graph is what a stream looks like when a release begins to roll out over
// the given hours: old releases, a barrier, the current release, the new one.
func graph(hours uint64) *cincinnati.Graph {
	index, updates := &cincinnati.ReleaseIndex{}, &cincinnati.Updates{}
	for i, v := range []string{"42.20250914.3.0", "42.20251012.3.0", "43.20260120.3.1", "44.20260412.3.0", "44.20260623.3.1", "44.20260707.3.1"} {
		index.Releases = append(index.Releases, cincinnati.IndexRelease{Version: v, Metadata: "x",
			Commits: []cincinnati.IndexCommit{{Architecture: "x86_64", Checksum: fmt.Sprintf("%064x", i+1)}}})
	}
	start, zero, one, minutes := begin.Unix(), 0.0, 1.0, 60*hours
	updates.Releases = []cincinnati.Update{
		{Version: "43.20260120.3.1", Barrier: &cincinnati.Reason{Reason: "new keys"}},
		{Version: "44.20260623.3.1", Rollout: &cincinnati.UpdateRollout{StartPercentage: &one}},
		{Version: "44.20260707.3.1", Rollout: &cincinnati.UpdateRollout{StartEpoch: &start, StartPercentage: &zero, DurationMinutes: &minutes}},
	}
	return cincinnati.Build(index, updates, "x86_64", cincinnati.Checksum)
}

// The share of nodes that run the new release is the schedule, later by what
// polling takes: at most 330 s.
func TestShareFollowsSchedule(t *testing.T) {
	for _, uniform := range []bool{false, true} {
		c, err := simulate.Run(t.Context(), graph(48), simulate.Fleet{Nodes: 100_000, Start: begin.Add(-time.Hour),
			Length: 51 * time.Hour, Step: 5 * time.Minute, Seed: 1, UniformWariness: uniform})
		if err != nil {
			t.Fatal(err)
		}
		newest := c.Series[len(c.Series)-1]
		if newest.Version != "44.20260707.3.1" || len(c.Series) != 2 {
			t.Fatalf("%d series, the last is %s", len(c.Series), newest.Version)
		}
		worst := 0.0
		for i, n := range newest.Counts {
			share := float64(n) / 100_000
			late, now := 0.0, c.Schedule[i]
			if i >= 2 {
				late = c.Schedule[i-2] // 10 minutes before
			}
			worst = max(worst, late-share, share-now)
		}
		t.Logf("uniform %v: at most %.2f %% beside the schedule", uniform, 100*worst)
		if worst > 0.01 {
			t.Error("the share does not follow the schedule")
		}
		if last := newest.Counts[len(newest.Counts)-1]; last != 100_000 {
			t.Errorf("%d nodes arrived", last)
		}
	}
}

func TestSumsAndOrder(t *testing.T) {
	f := simulate.Fleet{Nodes: 20_000, Start: begin, Length: 60 * time.Hour, Seed: 3,
		From:  []simulate.Share{{Version: "42.20250914.3.0", Weight: 1}, {Version: "44.20260412.3.0", Weight: 3}},
		Stage: simulate.Delay{Min: 2 * time.Minute, Max: 20 * time.Minute, LongTail: true}, Reboot: simulate.Delay{Min: time.Minute, Max: 4 * time.Minute}}
	var first *simulate.Curves
	for _, workers := range []int{1, 2, 7} {
		f.Workers = workers
		c, err := simulate.Run(t.Context(), graph(48), f)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = c
		} else if !reflect.DeepEqual(first, c) {
			t.Errorf("%d workers: another outcome", workers)
		}
	}
	for i := range first.Samples() {
		sum := 0
		for _, s := range first.Series {
			sum += s.Counts[i]
		}
		if sum != f.Nodes || first.Waiting[i] > first.Updating[i] || first.Updating[i] > f.Nodes {
			t.Fatalf("sample %d: %d nodes, %d updating, %d waiting", i, sum, first.Updating[i], first.Waiting[i])
		}
	}
	// A quarter comes through the barrier.
	if share := float64(first.Series[0].Counts[0]) / float64(f.Nodes); math.Abs(share-0.25) > 0.02 {
		t.Errorf("%.3f start before the barrier", share)
	}
	barrier := 0
	for _, s := range first.Series {
		if s.Version == "43.20260120.3.1" {
			for _, n := range s.Counts {
				barrier = max(barrier, n)
			}
		}
	}
	if barrier == 0 {
		t.Error("nobody was seen at the barrier")
	}
}

func TestLocksLimitConcurrency(t *testing.T) {
	c, err := simulate.Run(t.Context(), graph(1), simulate.Fleet{Nodes: 3000, Start: begin, Length: 72 * time.Hour, Step: time.Minute,
		Reboot: simulate.Delay{Min: 5 * time.Minute}, LockGroups: 10, Slots: 2})
	if err != nil {
		t.Fatal(err)
	}
	for i := range c.Samples() {
		if rebooting := c.Updating[i] - c.Waiting[i]; rebooting > 20 {
			t.Fatalf("sample %d: %d nodes reboot at once", i, rebooting)
		}
	}
	if c.Refusals == 0 || c.Updates != 3000 {
		t.Errorf("%d refusals, %d updates", c.Refusals, c.Updates)
	}
}

func TestWindows(t *testing.T) {
	// The rollout is short; nodes may only reboot on Thursday 02:00 to 04:00.
	c, err := simulate.Run(t.Context(), graph(1), simulate.Fleet{Nodes: 1000, Start: begin, Length: 48 * time.Hour, Step: time.Minute,
		Windows: []simulate.Window{{Start: 3*24*time.Hour + 2*time.Hour, Length: 2 * time.Hour}}})
	if err != nil {
		t.Fatal(err)
	}
	newest := c.Series[len(c.Series)-1]
	for i, n := range newest.Counts {
		at := c.At(i)
		if at.Before(time.Date(2026, 7, 23, 2, 0, 0, 0, time.UTC)) && n > 0 {
			t.Fatalf("%v: %d have rebooted", at, n)
		}
		if at.After(time.Date(2026, 7, 23, 2, 6, 0, 0, time.UTC)) && n != 1000 {
			t.Fatalf("%v: only %d have rebooted", at, n)
		}
	}
}

func TestPausedRollout(t *testing.T) {
	paused := graph(48)
	for i := range paused.Nodes {
		m := paused.Nodes[i].Metadata
		if m[cincinnati.MetaStartEpoch] != "" {
			delete(m, cincinnati.MetaDurationMinutes) // held at the start value, which is 0
		}
	}
	c, err := simulate.Run(t.Context(), graph(48), simulate.Fleet{Nodes: 10_000, Start: begin, Length: 48 * time.Hour,
		Changes: []simulate.Change{{After: 12 * time.Hour, Graph: paused}}})
	if err != nil {
		t.Fatal(err)
	}
	newest := c.Series[len(c.Series)-1].Counts
	if last := newest[len(newest)-1]; last < 2300 || last > 2600 {
		t.Errorf("%d nodes have the release that was stopped at a quarter", last)
	}
}

func TestRefused(t *testing.T) {
	ok := simulate.Fleet{Nodes: 1, Start: begin}
	twice := graph(1)
	twice.Nodes[1].Version = twice.Nodes[0].Version
	unusable := graph(1)
	unusable.Nodes[2].Payload = ""
	outside := graph(1)
	outside.Edges = append(outside.Edges, cincinnati.Edge{0, 99})
	for name, c := range map[string]struct {
		g    *cincinnati.Graph
		f    func(*simulate.Fleet)
		want string
	}{
		"no nodes":      {graph(1), func(f *simulate.Fleet) { f.Nodes = 0 }, "number of nodes"},
		"too long":      {graph(1), func(f *simulate.Fleet) { f.Length = 2400 * time.Hour }, "length"},
		"step":          {graph(1), func(f *simulate.Fleet) { f.Step = time.Millisecond }, "step"},
		"interval":      {graph(1), func(f *simulate.Fleet) { f.Interval = -1 }, "interval"},
		"groups":        {graph(1), func(f *simulate.Fleet) { f.LockGroups = 2 }, "lock groups"},
		"window":        {graph(1), func(f *simulate.Fleet) { f.Windows = []simulate.Window{{Start: -1}} }, "window 0"},
		"delay":         {graph(1), func(f *simulate.Fleet) { f.Stage.Min = -1 }, "stage delay"},
		"change":        {graph(1), func(f *simulate.Fleet) { f.Changes = make([]simulate.Change, 1) }, "change 0"},
		"version":       {graph(1), func(f *simulate.Fleet) { f.From = []simulate.Share{{Version: "x", Weight: 1}} }, `"x" is not in the graph`},
		"weight":        {graph(1), func(f *simulate.Fleet) { f.From = []simulate.Share{{Version: "44.20260707.3.1", Weight: math.NaN()}} }, "positive"},
		"twice":         {twice, func(*simulate.Fleet) {}, "twice"},
		"unusable":      {unusable, func(*simulate.Fleet) {}, "payload"},
		"outside":       {outside, func(*simulate.Fleet) {}, "edge from 0 to 99"},
		"empty":         {&cincinnati.Graph{}, func(*simulate.Fleet) {}, "offered to everybody"},
		"no start":      {&cincinnati.Graph{}, func(f *simulate.Fleet) { f.Start = time.Time{} }, "Fleet.Start must be set"},
		"many samples":  {graph(1), func(f *simulate.Fleet) { f.Length, f.Step = 2160*time.Hour, time.Second }, "not supported"},
		"late in order": {graph(1), func(f *simulate.Fleet) { f.Changes = []simulate.Change{{2, graph(1)}, {1, graph(1)}} }, "change 1"},
	} {
		f := ok
		c.f(&f)
		if _, err := simulate.Run(t.Context(), c.g, f); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCSV(t *testing.T) {
	c, err := simulate.Run(t.Context(), graph(2), simulate.Fleet{Nodes: 500, Length: 4 * time.Hour, Step: 30 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := c.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(rows[0], " "); got != "time hours 44.20260623.3.1 44.20260707.3.1 updating waiting" {
		t.Error(got)
	}
	if len(rows) != 10 || rows[1][0] != "2026-07-22T05:00:00Z" || rows[3][1] != "1.000" {
		t.Errorf("%d rows: %v", len(rows), rows)
	}
	for _, row := range rows[1:] {
		old, _ := strconv.Atoi(row[2])
		new, _ := strconv.Atoi(row[3])
		if old+new != 500 {
			t.Error(row)
		}
	}
}

func TestDelay(t *testing.T) {
	for in, want := range map[string]simulate.Delay{
		"90s":      {Min: 90 * time.Second, Max: 90 * time.Second},
		"2m..10m":  {Min: 2 * time.Minute, Max: 10 * time.Minute},
		"2m..10m~": {Min: 2 * time.Minute, Max: 10 * time.Minute, LongTail: true},
	} {
		got, err := simulate.ParseDelay(in)
		if err != nil || got != want {
			t.Errorf("%s: %v %v", in, got, err)
		}
		if again, err := simulate.ParseDelay(got.String()); err != nil || again != got {
			t.Errorf("%s: %v %v", got, again, err)
		}
	}
	for _, in := range []string{"", "x", "10m..2m", "2m~", "-1s", "1s..", "..1s", "3000h"} {
		if d, err := simulate.ParseDelay(in); err == nil {
			t.Errorf("%s: %v", in, d)
		}
	}
}

// A million nodes through a rollout of 48 hours.
func TestMillion(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began := time.Now()
	c, err := simulate.Run(t.Context(), graph(48), simulate.Fleet{Nodes: 1_000_000, Start: begin.Add(-time.Hour), Length: 50 * time.Hour, Seed: 7,
		From:  []simulate.Share{{Version: "42.20250914.3.0", Weight: 0.1}, {Version: "44.20260623.3.1", Weight: 0.9}},
		Stage: simulate.Delay{Min: 2 * time.Minute, Max: 20 * time.Minute, LongTail: true}, Reboot: simulate.Delay{Min: time.Minute, Max: 4 * time.Minute}})
	took := time.Since(began)
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%v, %d MiB from the system, %d requests, %d updates", took, after.Sys>>20, c.Requests, c.Updates)
	if took > time.Minute || after.Sys > 1<<30 {
		t.Error("takes too long or too much")
	}
	newest := c.Series[len(c.Series)-1].Counts
	if newest[len(newest)-1] < 990_000 {
		t.Errorf("%d nodes arrived", newest[len(newest)-1])
	}
}

func FuzzParseDelay(f *testing.F) {
	for _, s := range []string{"90s", "2m..10m", "2m..10m~", "", "..", "~", "1h..1h~", "-1s", "1.5s..2.5s"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := simulate.ParseDelay(s)
		if err != nil {
			return
		}
		again, err := simulate.ParseDelay(d.String())
		if err != nil || again.Min != d.Min || max(again.Max, again.Min) != max(d.Max, d.Min) {
			t.Fatalf("%q: %v, again %v %v", s, d, again, err)
		}
		if d.Min < 0 || d.Max < d.Min {
			t.Fatalf("%q: %v", s, d)
		}
	})
}
