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
	seeds     = flag.String("seeds", "1-60", "seeds of random worlds, FIRST-LAST")
)

const randomSpeed = 300

// live lets a program live in the world of a seed, and reports what it did.
func live(t *testing.T, seed uint64, ref string, change func(w *world, url string)) string {
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
		change(w, url)
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
	launch(t, l, ref)
	settle(l, still)
	return report2(l, url)
}

// launch starts the program at ref, ours if that is empty.
func launch(t *testing.T, l *lab, ref string) {
	t.Helper()
	if ref != "" {
		l.Wrap = []string{"/usr/bin/env", "LD_PRELOAD=/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1", fmt.Sprintf("FAKETIME=+0 x%d", randomSpeed), "FAKETIME_DONT_RESET=1"}
		l.Start(ref)
		return
	}
	program, err := build()
	if err != nil {
		t.Fatal(err)
	}
	l.Env = append(l.Env, fmt.Sprintf("NESTOS_CLOCK_SPEED=%d", randomSpeed))
	l.Start(program)
}

// settle waits until the world stands still, the agent ended, or nothing more is to come.
func settle(l *lab, still <-chan struct{}) {
	limit := time.After(90 * time.Second)
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
		text := strings.Join(l.Texts(), "\n")
		if strings.Contains(text, "waiting for reboot") || strings.Contains(text, "logic disabled") {
			time.Sleep(500 * time.Millisecond)
			return
		}
	}
}

// report2 ends the agent and reports.
func report2(l *lab, url string) string {
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
	var want string
	if *reference != "" {
		want = run(*reference)
	} else {
		b, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		want = string(b)
	}
	if d := diff(alike2(want), alike2(run(""))); d != "" {
		t.Errorf("differs from the reference (-reference +ours):\n%s", d)
	}
}

func alike2(text string) string {
	text = alike(text)
	for _, d := range deliberateRandom {
		text = d.re.ReplaceAllString(text, d.by)
	}
	return text
}
