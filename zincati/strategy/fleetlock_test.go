package strategy_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/zincati/strategy"
)

// lockServer records the paths that it is asked for, and answers with the statuses that were set.
type lockServer struct {
	mu     sync.Mutex
	asked  []string
	status map[string]int // 0 = 200, -1 = cut the connection
	during func()
}

func (l *lockServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	name := strings.TrimPrefix(r.URL.Path, "/v1/")
	body, _ := io.ReadAll(r.Body)
	if r.Method != http.MethodPost || r.Header.Get("fleet-lock-protocol") != "true" || !strings.Contains(string(body), `"id": "node"`) {
		name += "(bad)"
	}
	l.asked = append(l.asked, name)
	if l.during != nil {
		l.during()
	}
	switch status := l.status[name]; status {
	case 0:
	case -1:
		panic(http.ErrAbortHandler)
	default:
		w.WriteHeader(status)
	}
}

func (l *lockServer) answer(name string, status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.status[name] = status
}

// requests returns what was asked since the last time.
func (l *lockServer) requests() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	asked := strings.Join(l.asked, " ")
	l.asked = nil
	return asked
}

const (
	preReboot   = "pre-reboot"
	steadyState = "steady-state"
)

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = at
}

func lockStrategy(t *testing.T, windows ...strategy.Window) (strategy.Strategy, *lockServer, *clock) {
	t.Helper()
	server := &lockServer{status: map[string]int{}}
	ts := httptest.NewServer(server)
	t.Cleanup(ts.Close)
	c := &clock{now: instant(t, "2026-11-23 12:00:00")}
	s, err := strategy.New(strategy.Settings{Name: strategy.FleetLock, FleetLockURL: ts.URL, FleetLockWindows: windows,
		FleetLockZone: "UTC", Root: t.TempDir()}, "default", "node", &strategy.Options{Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	return s, server, c
}

func TestFleetLock(t *testing.T) {
	s, server, _ := lockStrategy(t)
	if got := s.Describe(time.Now()); got != "fleet_lock" {
		t.Errorf("description %q", got)
	}
	if _, ok := s.NextWindow(time.Now()); ok {
		t.Error("a next window without any")
	}
	for _, status := range []int{0, 201, 204, 299} {
		server.answer(preReboot, status)
		server.answer(steadyState, status)
		ask(t, s, true, "")
		if steady, err := s.ReportSteady(t.Context()); !steady || err != nil {
			t.Errorf("status %d: %t, %v", status, steady, err)
		}
		if got := server.requests(); got != "pre-reboot steady-state" {
			t.Errorf("asked %q", got)
		}
	}
	for _, status := range []int{300, 304, 400, 404, 409, 500, -1} {
		server.answer(preReboot, status)
		server.answer(steadyState, status)
		ask(t, s, false, "lock-manager pre-reboot failure: ")
		steady, err := s.ReportSteady(t.Context())
		if steady || err == nil || !strings.HasPrefix(err.Error(), "lock-manager steady-state failure: ") {
			t.Errorf("status %d: %t, %v", status, steady, err)
		}
	}
}

// Windows and lock must both consent, and a slot is not kept outside of the windows.
func TestFleetLockWithWindows(t *testing.T) {
	s, server, c := lockStrategy(t, window("mon", "14:00", 60))
	asked := func(want string) {
		t.Helper()
		if got := server.requests(); got != want {
			t.Errorf("asked %q, want %q", got, want)
		}
	}
	now := c.Now()
	if got, want := s.Describe(now), "fleet_lock, only in windows: total schedule length 60 minutes; next window at 14:00 on Mon (UTC), subject to time zone caveats."; got != want {
		t.Errorf("got %q", got)
	}
	if at, ok := s.NextWindow(now); !ok || !at.Equal(instant(t, "2026-11-23 14:00:00")) {
		t.Errorf("next window %v", at)
	}

	if steady, err := s.ReportSteady(t.Context()); !steady || err != nil {
		t.Errorf("%t %v", steady, err)
	}
	asked(steadyState) // at any time

	ask(t, s, false, "") // closed: the server is not asked
	asked("")
	c.set(instant(t, "2026-11-23 14:00:00"))
	server.answer(preReboot, 409)
	ask(t, s, false, "pre-reboot failure")
	asked(preReboot)
	c.set(instant(t, "2026-11-23 15:01:00"))
	ask(t, s, false, "") // closed; nothing to give back after a refusal
	asked("")

	server.answer(preReboot, 0)
	c.set(instant(t, "2026-11-30 14:00:00"))
	ask(t, s, true, "")
	ask(t, s, true, "") // while users are waited for
	asked("pre-reboot pre-reboot")
	server.answer(preReboot, 409)
	ask(t, s, false, "pre-reboot failure") // a refusal to a holder does not take the slot away
	asked(preReboot)
	c.set(instant(t, "2026-11-30 15:01:00"))
	server.answer(steadyState, 500)
	ask(t, s, false, "steady-state failure")
	server.answer(steadyState, 0)
	ask(t, s, false, "") // given back at the second attempt
	ask(t, s, false, "")
	asked("steady-state steady-state")
	c.set(instant(t, "2026-11-30 14:30:00")) // the clock was put back: as if the window were open again
	server.answer(preReboot, 0)
	ask(t, s, true, "")
	asked(preReboot)
}

func TestFleetLockUnclearAnswer(t *testing.T) {
	for _, status := range []int{-1, 408, 500, 502, 302} {
		s, server, c := lockStrategy(t, window("mon", "14:00", 60))
		c.set(instant(t, "2026-11-23 14:00:00"))
		server.answer(preReboot, status)
		ask(t, s, false, "pre-reboot failure")
		c.set(instant(t, "2026-11-23 16:00:00"))
		server.requests()
		ask(t, s, false, "")
		if got := server.requests(); got != steadyState {
			t.Errorf("status %d: asked %q: the server may have given a slot", status, got)
		}
	}
}

// The window closes while the server thinks.
func TestFleetLockWindowClosesMeanwhile(t *testing.T) {
	for _, status := range []int{0, 503} {
		s, server, c := lockStrategy(t, window("mon", "14:00", 60))
		c.set(instant(t, "2026-11-23 15:00:59"))
		server.answer(preReboot, status)
		server.during = func() { c.set(instant(t, "2026-11-23 15:01:00")) }
		wantError := ""
		if status != 0 {
			wantError = "pre-reboot failure"
		}
		ask(t, s, false, wantError)
		if got := server.requests(); got != "pre-reboot steady-state" {
			t.Errorf("status %d: asked %q", status, got)
		}
	}
}

func TestFleetLockCancelled(t *testing.T) {
	s, server, c := lockStrategy(t, window("mon", "14:00", 60))
	c.set(instant(t, "2026-11-23 14:00:00"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if ok, err := s.CanFinalize(ctx); ok || !errors.Is(err, context.Canceled) {
		t.Errorf("%t, %v", ok, err)
	}
	c.set(instant(t, "2026-11-23 16:00:00"))
	server.requests()
	ask(t, s, false, "")
	if got := server.requests(); got != steadyState {
		t.Errorf("asked %q", got)
	}
}

func TestFleetLockConcurrent(t *testing.T) {
	s, server, c := lockStrategy(t, window("mon", "14:00", 60))
	c.set(instant(t, "2026-11-23 14:00:00"))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				if ok, err := s.CanFinalize(t.Context()); !ok || err != nil {
					t.Errorf("%t, %v", ok, err)
				}
			}
		})
	}
	wg.Wait()
	if got := strings.Fields(server.requests()); len(got) != 40 || slices.Contains(got, steadyState) {
		t.Errorf("asked %q", got)
	}
}
