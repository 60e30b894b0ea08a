package zincati

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/stretchr/testify/require"
)

func TestCheckNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.graph = func() (*cincinnati.Graph, error) { return chain("40.1"), nil }
		a := w.agent(t, nil)
		go a.Run(t.Context())
		time.Sleep(7 * time.Second)
		a.CheckNow()
		synctest.Wait()
		require.Equal(t, []time.Duration{0, 7 * time.Second}, w.times("graph"))
		require.Equal(t, time.Now().Unix(), a.LastRefresh().Unix())
	})
}

func TestFinalizeNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		ok := false
		w.consent = func() (bool, error) { return ok, nil }
		w.sessions = func() ([]Session, error) { return []Session{{"core", "pts/0"}}, nil }
		a := w.agent(t, nil)
		go a.Run(t.Context())
		time.Sleep(7 * time.Second)
		a.FinalizeNow()
		synctest.Wait()
		require.Empty(t, w.times("finalize"), "the strategy has to consent")
		ok = true
		a.FinalizeNow()
		synctest.Wait()
		require.Empty(t, w.times("finalize"), "not twice within ten seconds")
		time.Sleep(time.Minute)
		require.Equal(t, []time.Duration{17 * time.Second}, w.times("finalize"))
		require.Empty(t, w.times("sessions"))
	})
}

// TestFinalizeNowIsOver makes the request while there is nothing to finalize: the release that comes an hour later waits
// for users.
func TestFinalizeNowIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.graph = func() (*cincinnati.Graph, error) {
			if time.Since(w.start) < time.Hour {
				return chain("40.1"), nil
			}
			return chain("40.1", "40.2"), nil
		}
		w.sessions = func() ([]Session, error) { return []Session{{"core", "pts/0"}}, nil }
		a := w.agent(t, nil)
		go a.Run(t.Context())
		time.Sleep(7 * time.Second)
		a.FinalizeNow()
		synctest.Wait()
		require.Len(t, w.times("graph"), 2, "it checks at once")
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		require.Len(t, w.times("sessions"), 11)
		require.Equal(t, w.times("sessions")[10:], w.times("finalize"))
	})
}

// TestFinalizeNowStages makes the request while a release can be found: it is staged and finalized at once.
func TestFinalizeNowStages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.graph = func() (*cincinnati.Graph, error) {
			if time.Since(w.start) < 7*time.Second {
				return chain("40.1"), nil
			}
			return chain("40.1", "40.2"), nil
		}
		w.sessions = func() ([]Session, error) { return []Session{{"core", "pts/0"}}, nil }
		a := w.agent(t, nil)
		go a.Run(t.Context())
		time.Sleep(7 * time.Second)
		a.FinalizeNow()
		synctest.Wait()
		require.Equal(t, []time.Duration{7 * time.Second}, w.times("finalize"))
	})
}

// TestCheckNowLeavesUsersTheirTime asks once a second while users are waited for: they get their ten minutes all the
// same. A request to finalize ends them.
func TestCheckNowLeavesUsersTheirTime(t *testing.T) {
	for _, insist := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld()
			w.sessions = func() ([]Session, error) { return []Session{{"core", "pts/0"}}, nil }
			a := w.agent(t, nil)
			go a.Run(t.Context())
			for range 90 {
				time.Sleep(time.Second)
				a.CheckNow()
			}
			want := 10 * time.Minute
			if insist {
				want = 90 * time.Second
				a.FinalizeNow()
			}
			time.Sleep(time.Hour)
			synctest.Wait()
			require.Equal(t, []time.Duration{want}, w.times("finalize"))
		})
	}
}

// TestReplaceStagedBeforeConsent offers a newer release while users are waited for: the strategy has consented, to a lock
// that others may wait for, so what is staged is finalized.
func TestReplaceStagedBeforeConsent(t *testing.T) {
	live(t, time.Hour, func(w *world, cfg *Config) {
		cfg.ReplaceStaged = true
		w.sessions = func() ([]Session, error) { return []Session{{"core", "pts/0"}}, nil }
		w.graph = func() (*cincinnati.Graph, error) {
			if time.Since(w.start) < time.Minute {
				return chain("40.1", "40.2"), nil
			}
			return chain("40.1", "40.2", "40.3"), nil
		}
	}, func(t *testing.T, w *world, a *Agent) {
		require.Empty(t, w.times("stage 40.3"))
		require.Len(t, w.times("finalize"), 1)
	})
}

// TestIntervalsNearTheEndOfTheRange fails all checks, with intervals that double to more than durations hold.
func TestIntervalsNearTheEndOfTheRange(t *testing.T) {
	for _, interval := range []time.Duration{1<<63 - 1, 1 << 62, 1<<62 - 1, 1 << 61, 1 << 60} {
		for _, k := range []int{0, 1, 1000} {
			w := newWorld()
			a := w.agent(t, func(cfg *Config) {
				cfg.Spread, cfg.SteadyInterval = true, interval
				cfg.Random = func(n int) int { return min(k, n-1) }
			})
			for a.failures = range 20 {
				require.GreaterOrEqual(t, a.delay(State{Kind: NoNewUpdate}, State{Kind: NoNewUpdate}), time.Second, "%v %d %d", interval, k, a.failures)
			}
		}
	}
}
