package fleettest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestUpdate follows one machine through an update: no rollout, a rollout, another machine's turn, a reboot too early,
// its own turn, and a new steady state.
func TestUpdate(t *testing.T) {
	s := newSite(t)
	s.commit("40.1", stream)
	m := newMachine(s, 1)
	m.wantRunning("40.1")
	next := s.commit("40.2", stream)
	const register = `rpm-ostree deploy "" --register-driver=Zincati`
	stage := "rpm-ostree deploy --lock-finalization --skip-branch-check revision=" + next.checksum + " --disallow-downgrade"

	// The rollout begins in an hour: nothing is offered.
	s.rollOut(time.Now().Add(time.Hour).Unix())
	s.offered(false)
	require.Equal(t, 200, s.post("/v1/pre-reboot", "another machine"))
	a := runAgent(t, m, "")
	a.Wait("GET", 3, patience)
	require.Equal(t, []string{register, "POST /v1/steady-state", "GET /v1/graph"}, a.sequence())
	m.wantDeployments("40.1 booted")

	// It begins: the release is staged. The only slot is taken.
	s.rollOut(time.Now().Add(-time.Hour).Unix())
	a.Wait("answer", 3, patience)
	require.Equal(t, []string{register, "POST /v1/steady-state", "GET /v1/graph", stage,
		"POST /v1/pre-reboot", "answer 500"}, a.sequence()[:6])
	require.Zero(t, a.count("answer 200"))
	require.Zero(t, a.count("finalize-deployment"))
	m.wantDeployments("40.2 staged locked", "40.1 booted")
	require.Contains(t, s.holders(), "another machine")

	// Somebody reboots the machine now: what is staged is not finalized.
	a.stop()
	t.Logf("shutdown: %s", m.reboot())
	m.wantRunning("40.1")
	m.wantDeployments("40.1 booted")
	a = runAgent(t, m, "")
	a.Wait("answer 500", 1, patience)
	m.wantDeployments("40.2 staged locked", "40.1 booted")
	require.Contains(t, s.holders(), "another machine", "the report of a steady state frees only one's own slot")

	// The other machine is done.
	require.Equal(t, 200, s.post("/v1/steady-state", "another machine"))
	a.Wait("systemctl reboot", 1, patience)
	list := a.sequence()
	require.Equal(t, []string{"POST /v1/pre-reboot", "answer 200", "rpm-ostree finalize-deployment " + next.checksum, "systemctl reboot"}, list[len(list)-4:])
	m.wantDeployments("40.2 staged", "40.1 booted")
	require.NotContains(t, s.holders(), "another machine")
	require.Contains(t, s.holders(), " - ")
	a.stop()
	require.Contains(t, m.reboot(), "Bootloader updated")

	// The slot is held until the new release reports that it is up.
	m.wantRunning("40.2")
	m.wantDeployments("40.2 booted", "40.1")
	require.Contains(t, s.holders(), " - ")
	a = runAgent(t, m, "")
	a.Wait("GET", 3, patience)
	require.Equal(t, []string{register, "POST /v1/steady-state", "GET /v1/graph"}, a.sequence())
	require.GreaterOrEqual(t, a.count("os_checksum="+next.checksum), 3)
	require.NotContains(t, s.holders(), " - ")
	require.Contains(t, a.Metrics(), "zincati_cincinnati_ignored_update_targets 0\n")
	m.wantDeployments("40.2 booted", "40.1")
	a.stop()
}

// TestWithdrawn withdraws a release while a machine has it staged and waits for its turn. Rebooted, the machine has the
// old release, and stays with it.
func TestWithdrawn(t *testing.T) {
	s := newSite(t)
	s.commit("40.1", stream)
	m := newMachine(s, 1)
	s.commit("40.2", stream)
	s.rollOut(1)
	require.Equal(t, 200, s.post("/v1/pre-reboot", "another machine"))
	a := runAgent(t, m, "")
	a.Wait("answer 500", 1, patience)
	m.wantDeployments("40.2 staged locked", "40.1 booted")

	s.releases = s.releases[:1]
	s.publish()
	s.offered(false)
	a.stop()
	m.reboot()
	m.wantRunning("40.1")
	m.wantDeployments("40.1 booted")
	require.Equal(t, 200, s.post("/v1/steady-state", "another machine"))
	a = runAgent(t, m, "")
	a.Wait("GET", 4, patience)
	require.Equal(t, []string{`rpm-ostree deploy "" --register-driver=Zincati`, "POST /v1/steady-state", "GET /v1/graph"}, a.sequence())
	require.NotContains(t, s.holders(), " - ")
	a.stop()
	m.reboot()
	m.wantRunning("40.1")
}

// TestWrongStream offers a commit of another stream: it is removed, and no lock is asked for. A later release of the
// right stream is taken.
func TestWrongStream(t *testing.T) {
	s := newSite(t)
	s.commit("40.1", stream)
	m := newMachine(s, 1)
	wrong := s.commit("40.2", "next")
	s.rollOut(1)
	a := runAgent(t, m, "")
	a.Wait("rpm-ostree cleanup -p", 1, patience)
	n := a.count("GET")
	a.Wait("GET", n+2, patience)
	require.Equal(t, 1, a.count("revision="+wrong.checksum))
	require.Zero(t, a.count("pre-reboot"))
	require.Zero(t, a.count("finalize-deployment"))
	m.wantDeployments("40.1 booted")
	require.Contains(t, a.Log(), "abandoned and blocked deployment '40.2'")

	right := s.commit("40.3", stream)
	s.rollOut(1)
	a.Wait("systemctl reboot", 1, patience)
	require.Zero(t, a.count("finalize-deployment "+wrong.checksum))
	require.Equal(t, 1, a.count("finalize-deployment "+right.checksum))
	a.stop()
	m.reboot()
	m.wantRunning("40.3")
}

// TestFleet has three machines update themselves, with one slot for them.
func TestFleet(t *testing.T) {
	s := newSite(t)
	s.commit("40.1", stream)
	var fleet []*machine
	for i := range 3 {
		fleet = append(fleet, newMachine(s, i+1))
	}
	next := s.commit("40.2", stream)
	s.rollOut(1)
	s.offered(true)
	t.Run("machines", func(t *testing.T) {
		for i, m := range fleet {
			t.Run(fmt.Sprint(i+1), func(t *testing.T) {
				t.Parallel()
				m.t = t
				a := runAgent(t, m, "")
				a.Wait("systemctl reboot", 1, patience)
				m.wantDeployments("40.2 staged", "40.1 booted")
				a.stop()
				require.True(t, m.hasConsent())
				require.Contains(t, m.reboot(), "Bootloader updated")
				m.wantRunning("40.2")
				require.True(t, m.hasConsent(), "until the new release says that it is up")
				a = runAgent(t, m, "")
				a.Wait("os_checksum="+next.checksum, 2, patience)
				require.False(t, m.hasConsent())
				require.Zero(t, a.count("revision="))
				m.wantDeployments("40.2 booted", "40.1")
				a.stop()
			})
		}
	})
	for _, m := range fleet {
		m.t = t
	}
	require.NotContains(t, s.holders(), " - ")
	require.Zero(t, s.holding.Load())
}
