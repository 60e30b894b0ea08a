package fleettest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// guard watches what is staged all the time. What would be finalized at shutdown without the lock server's consent is
// an error.
func (m *machine) guard(t *testing.T) (stop func()) {
	name := fmt.Sprintf("/proc/%d/root/run/ostree/staged-deployment", m.boot.cmd.Process.Pid)
	done := make(chan struct{})
	var seen, locked int
	var ended sync.WaitGroup
	ended.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(time.Millisecond):
			}
			data, err := os.ReadFile(name)
			if err != nil {
				continue
			}
			seen++
			if bytes.Contains(data, []byte("locked")) {
				locked++
			} else if !m.hasConsent() {
				t.Errorf("a staged deployment is not locked: %q", data)
				return
			}
		}
	})
	return func() {
		close(done)
		ended.Wait()
		t.Logf("%d looks at a staged deployment, locked in %d", seen, locked)
	}
}

// dice returns a function that gives random numbers below n, from anywhere.
func dice(t *testing.T) func(n int) int {
	r := rand.New(rand.NewPCG(testutil.Seed(t), 0))
	var mu sync.Mutex
	return func(n int) int {
		mu.Lock()
		defer mu.Unlock()
		return r.IntN(n)
	}
}

// TestKill kills the agent, and rpm-ostree below it, at random moments while another machine has the slot.
func TestKill(t *testing.T) {
	rounds := 14
	if testing.Short() {
		rounds = 4
	}
	random := dice(t)
	s := newSite(t)
	s.commit("40.1", stream)
	m := newMachine(s, 1)
	next := s.commit("40.2", stream)
	s.rollOut(1)
	s.offered(true)
	require.Equal(t, 200, s.post("/v1/pre-reboot", "another machine"))
	staged := 0
	for i := range rounds {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			m.t = t
			m.killing = func(string) time.Duration {
				if random(3) > 0 {
					return 0
				}
				return time.Duration(1+random(250)) * time.Millisecond
			}
			stop := m.guard(t)
			a := runAgent(t, m, "")
			time.Sleep(time.Duration(random(1000)) * time.Millisecond)
			a.kill()
			m.killing = nil
			stop()
			for _, d := range parse(t, m.status()) {
				if d.Staged {
					staged++
					require.True(t, d.Locked, "%v", d)
				}
			}
			require.Zero(t, a.count("finalize-deployment"))
			if random(2) == 0 {
				m.reboot()
				m.wantRunning("40.1")
				m.wantDeployments("40.1 booted")
			}
		})
		if t.Failed() {
			return
		}
	}
	m.t = t
	t.Logf("after %d of %d kills a deployment was staged", staged, rounds)

	// In the end nothing is broken.
	require.Equal(t, 200, s.post("/v1/steady-state", "another machine"))
	stop := m.guard(t)
	a := runAgent(t, m, "")
	a.Wait("systemctl reboot", 1, patience)
	stop()
	require.Equal(t, 1, a.count("finalize-deployment "+next.checksum))
	a.stop()
	m.reboot()
	m.wantRunning("40.2")
	m.wantDeployments("40.2 booted", "40.1")
	s.ostree("fsck", "--repo="+m.root()+"/ostree/repo")
}

// TestKillFinalizing kills the agent, and rpm-ostree with it, while what is staged is finalized. The agent comes back,
// and gives back a slot that it may not know of. It has to begin again: nothing is finalized that has no slot.
func TestKillFinalizing(t *testing.T) {
	random := dice(t)
	s := newSite(t)
	s.commit("40.1", stream)
	m := newMachine(s, 1)
	s.commit("40.2", stream)
	s.rollOut(1)
	s.offered(true)
	const rounds = 8
	for i := range rounds {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			m.t = t
			after := time.Duration(1+random(40)) * time.Millisecond
			m.killing = func(command string) time.Duration {
				if command == "finalize-deployment" {
					return after
				}
				return 0
			}
			a := runAgent(t, m, "")
			a.Wait("finalize-deployment", 1, patience)
			a.kill()
			m.killing = nil
			t.Logf("killed after %v: %v, reboot %v", after, names(t, m.status()), a.count("systemctl reboot") > 0)
			require.True(t, m.hasConsent())
			list := a.sequence()
			require.Subset(t, list, []string{"POST /v1/steady-state", "POST /v1/pre-reboot", "answer 200"})
		})
		if t.Failed() {
			return
		}
	}
	m.t = t
	a := runAgent(t, m, "")
	a.Wait("systemctl reboot", 1, patience)
	require.Equal(t, 1, a.count("revision="))
	require.True(t, m.hasConsent())
	a.stop()
	m.reboot()
	m.wantRunning("40.2")
	a = runAgent(t, m, "")
	a.Wait("GET", 2, patience)
	require.NotContains(t, s.holders(), " - ")
	a.stop()
}
