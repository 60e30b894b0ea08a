package zincati

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/driver"
	"github.com/nestos-dev/nestos/zincati/identity"
)

// world is everything that an agent meets, under the virtual time of synctest. Its functions are the test's.
type world struct {
	mu     sync.Mutex
	start  time.Time
	events []event

	graph       func() (*cincinnati.Graph, error)
	stage       func(cincinnati.Release) error
	staged      func() (*driver.Deployment, error)
	finalize    func() error
	register    func() error
	deployments func() ([]driver.Deployment, error)
	steady      func() (bool, error)
	consent     func() (bool, error)
	window      func(time.Time) (time.Time, bool)
	sessions    func() ([]Session, error)
	override    bool
	deadend     func(bool, string) error

	last cincinnati.Release // what was staged last
}

type event struct {
	text string
	at   time.Duration
}

func (w *world) record(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, event{fmt.Sprintf(format, args...), time.Since(w.start)})
}

// times returns when events that begin with prefix happened.
func (w *world) times(prefix string) []time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []time.Duration
	for _, e := range w.events {
		if strings.HasPrefix(e.text, prefix) {
			list = append(list, e.at)
		}
	}
	return list
}

func (w *world) texts() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []string
	for _, e := range w.events {
		list = append(list, e.text)
	}
	return list
}

// newWorld is a world where 40.2 follows 40.1, which runs, and nothing fails.
func newWorld() *world {
	w := &world{start: time.Now()}
	w.graph = func() (*cincinnati.Graph, error) { return chain("40.1", "40.2"), nil }
	w.stage = func(cincinnati.Release) error { return nil }
	w.staged = func() (*driver.Deployment, error) {
		return &driver.Deployment{Version: w.last.Version, Payload: w.last.Payload, Stream: "stable", Staged: true}, nil
	}
	w.finalize = func() error { return nil }
	w.register = func() error { return nil }
	w.deployments = func() ([]driver.Deployment, error) { return []driver.Deployment{booted()}, nil }
	w.steady = func() (bool, error) { return true, nil }
	w.consent = func() (bool, error) { return true, nil }
	w.window = func(time.Time) (time.Time, bool) { return time.Time{}, false }
	w.sessions = func() ([]Session, error) { return nil, nil }
	w.deadend = func(bool, string) error { return nil }
	return w
}

// sumOf is the payload of a version.
func sumOf(version string) cincinnati.Payload {
	return cincinnati.Payload{Scheme: cincinnati.Checksum, Text: "sum of " + version}
}

func booted() driver.Deployment {
	return driver.Deployment{Version: "40.1", Payload: sumOf("40.1"), Stream: "stable", Booted: true}
}

// chain is a graph where each version leads to all later ones.
func chain(versions ...string) *cincinnati.Graph {
	g := &cincinnati.Graph{}
	for i, v := range versions {
		g.Nodes = append(g.Nodes, cincinnati.Node{Version: v, Payload: sumOf(v).Text, Metadata: map[string]string{
			cincinnati.MetaScheme: "checksum", cincinnati.MetaAgeIndex: fmt.Sprint(i),
		}})
		for j := range i {
			g.Edges = append(g.Edges, cincinnati.Edge{uint64(j), uint64(i)})
		}
	}
	return g
}

// The parts of the agent's configuration.

func (w *world) Graph(context.Context, cincinnati.Params) (*cincinnati.Graph, error) {
	w.record("graph")
	return w.graph()
}

func (w *world) Booted(context.Context) (driver.Deployment, error) { return booted(), nil }
func (w *world) Deployments(context.Context, bool) ([]driver.Deployment, error) {
	w.record("deployments")
	return w.deployments()
}
func (w *world) Register(context.Context) error { w.record("register"); return w.register() }
func (w *world) Stage(_ context.Context, r cincinnati.Release, allow bool) error {
	w.record("stage %s %v", r.Version, allow)
	w.last = r
	return w.stage(r)
}
func (w *world) Staged(context.Context) (*driver.Deployment, error) {
	w.record("staged")
	return w.staged()
}
func (w *world) Finalize(_ context.Context, p cincinnati.Payload) error {
	w.record("finalize %s", p)
	return w.finalize()
}
func (w *world) Cleanup(context.Context) error { w.record("cleanup"); return nil }

func (w *world) Name() string                               { return "test" }
func (w *world) Describe(time.Time) string                  { return "test" }
func (w *world) ReportSteady(context.Context) (bool, error) { w.record("steady"); return w.steady() }
func (w *world) CanFinalize(context.Context) (bool, error)  { w.record("consent?"); return w.consent() }
func (w *world) NextWindow(t time.Time) (time.Time, bool)   { return w.window(t) }
func (w *world) Interactive(context.Context) ([]Session, error) {
	w.record("sessions")
	return w.sessions()
}
func (w *world) Overridden() bool         { return w.override }
func (w *world) Ready() error             { w.record("READY"); return nil }
func (w *world) Status(text string) error { w.record("STATUS %s", text); return nil }
func (w *world) Watchdog() error          { w.record("WATCHDOG"); return nil }
func (w *world) Broadcast(_ context.Context, to []Session, v string, left time.Duration) {
	w.record("broadcast %v %s %v", to, v, left)
}

// agent makes an agent in w.
func (w *world) agent(t *testing.T, change func(*Config)) *Agent {
	t.Helper()
	seed := rand.New(rand.NewPCG(1, 2))
	cfg := Config{
		Identity: &identity.Identity{Basearch: "x86_64", Group: "default", NodeUUID: strings.Repeat("a", 32), Platform: "qemu", Stream: "stable", Booted: booted()},
		Strategy: w, Driver: w, Graph: w, Notifier: w, Users: w, Enabled: true, BaseURL: "http://localhost/",
		Deadend: func(_ context.Context, dead bool, reason string) error {
			w.record("deadend %v %s", dead, reason)
			return w.deadend(dead, reason)
		},
		Random: seed.IntN,
	}
	if change != nil {
		change(&cfg)
	}
	a, err := New(&cfg)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// live runs a test in virtual time: set prepares the world and the agent, which then lives for d.
func live(t *testing.T, d time.Duration, set func(w *world, cfg *Config), check func(t *testing.T, w *world, a *Agent)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		a := w.agent(t, func(cfg *Config) {
			if set != nil {
				set(w, cfg)
			}
		})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- a.Run(ctx) }()
		time.Sleep(d)
		synctest.Wait()
		check(t, w, a)
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run returned %v", err)
		}
	})
}

// gaps checks that the times are apart by at least low and at most high, in steps from low.
func gaps(t *testing.T, times []time.Duration, low, high, step time.Duration) {
	t.Helper()
	for i := 1; i < len(times); i++ {
		d := times[i] - times[i-1]
		if d < low || d > high || (d-low)%step != 0 {
			t.Errorf("pause %d is %v, not %v to %v in steps of %v", i, d, low, high, step)
		}
	}
}
