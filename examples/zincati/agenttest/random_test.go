//go:build linux

package agenttest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/agentlab"
)

var (
	reference = flag.String("reference", "", "compare random worlds with this program instead of with their records")
	seeds     = flag.String("seeds", "1-40", "seeds of random worlds, FIRST-LAST")
)

// How much faster the clocks run. The reference's time limits for servers run faster, too, which bounds its speed.
const randomSpeed, replaySpeed = 300, 3000

// live lets a program live in the world of a seed, and reports what it did.
func live(t *testing.T, seed uint64, ref string, change func(w *world)) string {
	l := agentlab.New(t)
	var w *world
	var mu sync.Mutex
	calls := 0
	still, over := make(chan struct{}), make(chan struct{})
	// gate counts a call; the one at which the world stands still is answered when everything is over.
	gate := func() {
		mu.Lock()
		calls++
		n := calls
		mu.Unlock()
		if n == w.calls {
			close(still)
		}
		if n >= w.calls {
			<-over
		}
	}
	serve := &late{}
	url := serve.listen(t)
	t.Cleanup(func() { close(over) })
	w = newWorld(seed, url)
	if change != nil {
		change(w)
	}
	serve.set(w.handler(func(format string, args ...any) {
		l.Record(format, args...)
		gate()
	}))
	for name, text := range w.files {
		l.Files[name] = text
	}
	turn := map[string]int{}
	next := func(kind string, list []reply) reply {
		mu.Lock()
		defer mu.Unlock()
		i := min(turn[kind], len(list)-1)
		turn[kind]++
		return list[i]
	}
	l.RPMOSTree = func(c call) reply { gate(); return w.rpmOSTree(c) }
	// The reference answers nothing while it waits for these two.
	l.Loginctl = func(call) reply { return next("login", w.logins) }
	l.Pkexec = func(call) reply { return next("pkexec", w.pkexecs) }
	l.Verbosity = w.verbosity
	if w.env != nil {
		l.Wrap = append([]string{"/usr/bin/env"}, w.env...)
	}
	speed := replaySpeed
	if ref != "" || w.windows {
		speed = randomSpeed // with windows nothing stands still: the world is looked at between two ticks
	}
	launch(t, l, ref, speed)
	settle(l, still)
	return randomReport(l, url)
}

// launch starts the program at ref, ours if that is empty.
func launch(t *testing.T, l *lab, ref string, speed int) {
	t.Helper()
	if ref != "" {
		l.Wrap = append(l.Wrap, "/usr/bin/env", "LD_PRELOAD=/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1", fmt.Sprintf("FAKETIME=+0 x%d", speed), "FAKETIME_DONT_RESET=1")
		l.Start(ref)
		return
	}
	program, err := build()
	if err != nil {
		t.Fatal(err)
	}
	l.Env = append(l.Env, fmt.Sprintf("NESTOS_CLOCK_SPEED=%d", speed))
	l.Start(program)
}

// settle waits until the world stands still, the agent ended, or nothing more is to come.
func settle(l *lab, still <-chan struct{}) {
	limit := time.After(5 * time.Minute)
	for {
		select {
		case <-still:
			time.Sleep(60 * time.Millisecond)
			return
		case <-l.Exited():
			return
		case <-limit:
			return
		case <-time.After(50 * time.Millisecond):
		}
		text := strings.Join(l.Texts(), "\n") + l.Log()
		if strings.Contains(text, "waiting for reboot") || strings.Contains(text, "logic disabled") {
			time.Sleep(500 * time.Millisecond)
			return
		}
		if strings.Count(text, "reboot pending due to update strategy\\n") >= 2 && !strings.Contains(text, "POST") {
			return // asks the calendar again and again
		}
	}
}

// randomReport ends the agent and reports.
func randomReport(l *lab, url string) string {
	metrics := ""
	exit := 0
	select {
	case <-l.Exited():
		exit = l.WaitExit(time.Second)
	default:
		metrics = l.Metrics()
		exit = l.Terminate()
	}
	return strings.ReplaceAll(report(l, metrics, exit), strings.TrimPrefix(url, "http://"), "HOST")
}

func seedRange(t *testing.T) (from, to uint64) {
	if _, err := fmt.Sscanf(*seeds, "%d-%d", &from, &to); err != nil {
		t.Fatal(err)
	}
	return from, to
}

// TestRandom compares what the agent does in random worlds with what the reference does, or did.
func TestRandom(t *testing.T) {
	from, to := seedRange(t)
	for seed := from; seed <= to; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			compare(t, filepath.Join("testdata", "random", fmt.Sprintf("%d.golden", seed)), func(ref string) string { return live(t, seed, ref, nil) })
		})
	}
}

// compare compares ours with the reference, or with its record.
func compare(t *testing.T, golden string, run func(ref string) string) {
	if *record != "" {
		if err := os.WriteFile(golden, []byte(run(*record)), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	b, err := os.ReadFile(golden)
	if err != nil && *reference == "" {
		t.Fatal(err)
	}
	insist(t, func() string {
		want := string(b)
		if *reference != "" {
			want = run(*reference)
		}
		return diff(randomAlike(want), randomAlike(run("")))
	})
}

func randomAlike(text string) string {
	text = alike(text)
	for _, d := range deliberateRandom {
		text = d.re.ReplaceAllString(text, d.by)
	}
	return text
}
