package fleettest

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/agentlab"
)

// speed is how much shorter the agent's waits are: five minutes become a second.
const speed = 300

// patience is for the slowest of machines.
const patience = 5 * time.Minute

// agent is the update agent on a machine, from one boot to the next.
type agent struct {
	*agentlab.Lab
	t *testing.T
	m *machine
	// calls is held for reading by the rpm-ostree processes. Once the agent has ended there are no new ones.
	calls sync.RWMutex
	ended bool
}

// runAgent starts the agent on a machine. What it does with the servers goes through the lab, which records it.
func runAgent(t *testing.T, m *machine, settings string) *agent {
	t.Helper()
	a := &agent{Lab: agentlab.New(t), t: t, m: m}
	a.Quiet = []string{"rpm-ostree status", "loginctl", "pkexec", "notify"}
	a.Files["/etc/machine-id"] = m.id + "\n"
	a.Files["/etc/zincati/config.d/50-fleet.toml"] = fmt.Sprintf(`
[identity]
group = %q
[cincinnati]
base_url = %q
[updates]
strategy = "fleet_lock"
fleet_lock.base_url = %[2]q
`, group, a.URL()+"/")
	a.Files["/etc/zincati/config.d/60-test.toml"] = settings
	a.RPMOSTree = a.rpmOSTree
	a.Graph = func(r *http.Request, body string) (int, string) { return a.forward(m.site.graph, r, body) }
	a.Lock = a.askLock
	a.Env = []string{fmt.Sprintf("NESTOS_CLOCK_SPEED=%d", speed)}
	a.Wrap = []string{"/bin/sh", "-c", `echo $$ >/run/zincati/pid; exec "$@"`, "sh"}
	a.Start(filepath.Join(m.site.bin, "zincati"))
	return a
}

// forward passes a request on to a real server.
func (a *agent) forward(base string, r *http.Request, body string) (int, string) {
	h := http.Header{}
	for _, name := range []string{"Fleet-Lock-Protocol", "Accept", "Content-Type"} {
		if v := r.Header.Get(name); v != "" {
			h.Set(name, v)
		}
	}
	status, text, err := forward(base, r.Method, r.URL.RequestURI(), body, h)
	if err != nil {
		return 502, err.Error()
	}
	return status, text
}

// askLock passes a request on to the lock server and takes note of the answer.
func (a *agent) askLock(r *http.Request, body string) (int, string) {
	if strings.HasSuffix(r.URL.Path, "/steady-state") {
		a.m.consent(false) // it is free as soon as the server has heard of it
	}
	status, text := a.forward(a.m.site.lock, r, body)
	if strings.HasSuffix(r.URL.Path, "/pre-reboot") {
		if status == 200 {
			a.m.consent(true)
		}
		a.Record("answer %d", status)
	}
	return status, text
}

// rpmOSTree is the real one, on the machine.
func (a *agent) rpmOSTree(c agentlab.Call) agentlab.Reply {
	a.calls.RLock()
	defer a.calls.RUnlock()
	if a.ended {
		return agentlab.Reply{Exit: 1}
	}
	var env []string
	if c.ClientID != "" {
		env = []string{"RPMOSTREE_CLIENT_ID=" + c.ClientID}
	}
	before := a.m.file("/run/systemctl.log")
	r := a.m.run(env, c.Args[0], c.Args[1:]...)
	if r.Exit != 0 {
		a.t.Logf("%v: %d %s", c.Args, r.Exit, r.Stderr)
	}
	if c.Args[1] == "finalize-deployment" && !a.m.hasConsent() {
		a.t.Errorf("%v without consent", c.Args)
	}
	if after := a.m.file("/run/systemctl.log"); strings.Contains(after[len(before):], "reboot\n") {
		a.Record("systemctl reboot")
	}
	return r
}

// kill ends the agent without warning. What it began goes on to its end.
func (a *agent) kill() {
	a.t.Helper()
	pid := 0
	require.Eventually(a.t, func() bool {
		text, err := os.ReadFile(a.Path("/run/zincati/pid"))
		if err == nil {
			pid, err = strconv.Atoi(strings.TrimSpace(string(text)))
		}
		return err == nil
	}, patience, time.Millisecond)
	// It may have ended by itself: without an answer of rpm-ostree at the start it does not know who it is.
	if err := syscall.Kill(pid, syscall.SIGKILL); err != syscall.ESRCH {
		require.NoError(a.t, err)
	}
	if code := a.WaitExit(patience); code != -1 {
		require.Equal(a.t, 1, code, a.Log())
		require.Contains(a.t, a.Log(), "rpm-ostree status failed")
	}
	a.drain()
}

// stop ends the agent as the service manager does.
func (a *agent) stop() {
	a.t.Helper()
	require.Zero(a.t, a.Terminate(), a.Log())
	a.drain()
}

func (a *agent) drain() {
	a.calls.Lock()
	defer a.calls.Unlock()
	a.ended = true
}

// sequence returns the events, each run of equal kinds as one: what the agent did, in order.
func (a *agent) sequence() (list []string) {
	for _, text := range a.Texts() {
		text, _, _ = strings.Cut(text, "?")
		if i := strings.Index(text, " {"); i >= 0 {
			text = text[:i]
		}
		if len(list) == 0 || list[len(list)-1] != text {
			list = append(list, text)
		}
	}
	return list
}

// count returns the number of events that contain a text.
func (a *agent) count(text string) (n int) {
	for _, e := range a.Texts() {
		if strings.Contains(e, text) {
			n++
		}
	}
	return n
}
