//go:build linux

package agenttest

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/agentlab"
)

// TestTerm sends TERM while the agent waits for each of the things that it asks on the way to a reboot: it says goodbye
// and is gone at once, does nothing more, and what went wrong by that is not called an error.
func TestTerm(t *testing.T) {
	for _, at := range []string{"rpm-ostree status --booted", "rpm-ostree deploy \"\"", "rpm-ostree status --json", "POST /v1/steady-state", "GET /v1/graph", "pkexec",
		"rpm-ostree deploy --lock-finalization", "rpm-ostree status --json#2", "POST /v1/pre-reboot", "loginctl", "rpm-ostree finalize-deployment", "notify \"STATUS=update applied"} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			l := agentlab.New(t)
			over := make(chan struct{})
			t.Cleanup(func() { close(over) })
			text, nth := at, 1
			if i := strings.Index(at, "#"); i >= 0 {
				text, nth = at[:i], 2
			}
			// hold keeps the agent waiting if its last call is the one. What it tells the service manager is no call, and
			// may be seen late.
			hold := func() {
				n, last := 0, ""
				for _, e := range l.Texts() {
					if strings.HasPrefix(e, text) {
						n++
					}
					if !strings.HasPrefix(e, "notify ") {
						last = e
					}
				}
				if n == nth && strings.HasPrefix(last, text) {
					<-over
				}
			}
			m := agentlab.Host("40.1", sum(1))
			m.Known[sum(2)] = "40.2"
			l.RPMOSTree = func(c call) reply { hold(); return m.Answer(c) }
			l.Loginctl = func(call) reply { hold(); return reply{Stdout: "[]"} }
			l.Pkexec = func(call) reply { hold(); return reply{} }
			l.Graph = func(*http.Request, string) (int, string) { hold(); return 200, two() }
			l.Lock = func(*http.Request, string) (int, string) { hold(); return 200, "" }
			l.Files["/etc/zincati/config.d/50.toml"] = fmt.Sprintf("cincinnati.base_url = %[1]q\nupdates = { strategy = \"fleet_lock\", fleet_lock.base_url = %[1]q }\n", l.URL())
			start(t, l, 1)
			l.Wait(text, nth, 5*time.Minute)
			time.Sleep(50 * time.Millisecond)
			before := l.Texts()
			begin := time.Now()
			if exit := l.Terminate(); exit != 0 {
				t.Errorf("exit status %d", exit)
			}
			if d := time.Since(begin); d > 30*time.Second {
				t.Errorf("it took %v", d)
			}
			after := strings.Join(l.Texts()[len(before):], "\n")
			if after != "notify \"STATUS=\\n\"\nnotify \"STOPPING=1\\n\"" {
				t.Errorf("after TERM:\n%s", after)
			}
			for line := range strings.Lines(l.Log()) {
				if !strings.HasPrefix(line, "[INFO ") && !strings.HasPrefix(line, "[ERROR zincati::dbus]") {
					t.Errorf("the log has %q", line)
				}
			}
		})
	}
}

// jumpingClock is an agent's clock whose time of day jumps by days at each look; what is waited for is not changed.
const jumpingClock = `package zincati

import (
	"sync/atomic"
	"time"
)

type Clock interface {
	Now() time.Time
	NewTimer(d time.Duration) (<-chan time.Time, func())
}

func SystemClock() Clock { return &jumpingClock{start: time.Now()} }

type jumpingClock struct {
	start time.Time
	looks atomic.Int64
}

const speed = 300

func (c *jumpingClock) Now() time.Time {
	n := c.looks.Add(1)
	return c.start.Add(time.Since(c.start) * speed).AddDate(0, 0, []int{0, 40, -40, 3, -20000, 36500}[n%6]).Round(0)
}

func (c *jumpingClock) NewTimer(d time.Duration) (<-chan time.Time, func()) {
	t := time.NewTimer(d / speed)
	return t.C, func() { t.Stop() }
}
`

// TestClockJumps lets the time of day jump all the time: users still have their ten minutes, polls and retries their
// pauses, and the update gets done.
func TestClockJumps(t *testing.T) {
	l := agentlab.New(t)
	m := agentlab.Host("40.1", sum(1))
	m.Known[sum(2)] = "40.2"
	fails(m, "deploy --lock", 2, "error: no space\n")
	l.RPMOSTree = m.Answer
	l.Graph = answers("500", two())
	l.Loginctl = func(call) reply { return reply{Stdout: `[{"user":"root","tty":"nestos-nothing"}]`} }
	l.Files["/etc/zincati/config.d/50.toml"] = fmt.Sprintf("cincinnati.base_url = %q\n", l.URL())
	dir, err := os.MkdirTemp("", "agenttest") // the agent's user may not go to t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	program, err := buildWith(dir, jumpingClock)
	if err != nil {
		t.Fatal(err)
	}
	l.Start(program)
	l.Wait(reboot, 1, 5*time.Minute)
	metrics := l.Metrics()
	if exit := l.Terminate(); exit != 0 {
		t.Errorf("exit status %d", exit)
	}
	var times []time.Duration
	for _, e := range l.Events() {
		if strings.HasPrefix(e.Text, "loginctl") {
			times = append(times, e.At)
		}
	}
	if len(times) != 11 {
		t.Fatalf("users were looked for %d times", len(times))
	}
	if grace := (times[10] - times[0]) * 300; grace < 590*time.Second {
		t.Errorf("users had %v", grace)
	}
	for _, want := range []string{"zincati_cincinnati_update_checks_total 2\n", "zincati_rpm_ostree_deploy_attempts_total 3\n", "zincati_update_agent_postponed_finalizations_total 10\n"} {
		if !strings.Contains(metrics, want) {
			t.Errorf("no %q in\n%s", want, metrics)
		}
	}
}

// TestAway has parts of the system that are not there. Without rpm-ostree the agent does not start, and says why; the
// rest is done without.
func TestAway(t *testing.T) {
	update := func(t *testing.T) *lab {
		l := agentlab.New(t)
		m := agentlab.Host("40.1", sum(1))
		m.Known[sum(2)] = "40.2"
		l.RPMOSTree = m.Answer
		l.Graph = graphOf(two())
		l.Files["/etc/zincati/config.d/50.toml"] = fmt.Sprintf("cincinnati.base_url = %q\n", l.URL())
		return l
	}
	program, err := build()
	if err != nil {
		t.Fatal(err)
	}
	t.Run("programs", func(t *testing.T) {
		l := update(t)
		l.Wrap = []string{"/usr/bin/env", "PATH=/nowhere"}
		l.Start(program)
		if exit := l.WaitExit(2 * time.Minute); exit != 1 {
			t.Errorf("exit status %d", exit)
		}
		if !strings.Contains(l.Log(), "failed to run 'rpm-ostree' binary") {
			t.Errorf("the log:\n%s", l.Log())
		}
	})
	for name, socket := range map[string][]string{"no service manager": {"-u", "NOTIFY_SOCKET"}, "service manager gone": {"NOTIFY_SOCKET=/nowhere/notify"}, "odd socket": {"NOTIFY_SOCKET=relative"}} {
		t.Run(name, func(t *testing.T) {
			l := update(t)
			l.Wrap = append([]string{"/usr/bin/env"}, socket...)
			l.Env = append(l.Env, "NESTOS_CLOCK_SPEED=300")
			l.Start(program)
			l.Wait("rpm-ostree finalize-deployment", 1, 5*time.Minute)
			if exit := l.Terminate(); exit != 0 {
				t.Errorf("exit status %d", exit)
			}
			if !strings.Contains(l.Log(), "[ERROR zincati::utils] ") {
				t.Errorf("the log:\n%s", l.Log())
			}
		})
	}
	t.Run("pipe", func(t *testing.T) {
		l := update(t)
		l.Graph = func(*http.Request, string) (int, string) {
			_ = l.Signal(syscall.SIGPIPE)
			return 200, two()
		}
		l.Start(program)
		l.Wait(reboot, 1, 5*time.Minute)
		_ = l.Signal(syscall.SIGHUP)
		if exit := l.WaitExit(2 * time.Minute); exit != -1 {
			t.Errorf("exit status %d after HUP", exit)
		}
	})
}
