package zincati

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/driver"
	"github.com/stretchr/testify/require"
)

const minute = time.Minute

func TestDelay(t *testing.T) {
	const interval = 17 * time.Second
	for _, c := range []struct {
		from   Kind
		now    State
		d      time.Duration
		jitter bool
	}{
		{StartState, State{Kind: Initialized}, 0, false},
		{StartState, State{Kind: EndState}, 0, false},
		{Initialized, State{Kind: Initialized}, 5 * minute, true},
		{Initialized, State{Kind: ReportedSteady}, 0, false},
		{ReportedSteady, State{Kind: NoNewUpdate}, interval, true},
		{NoNewUpdate, State{Kind: NoNewUpdate}, interval, true},
		{UpdateAvailable, State{Kind: NoNewUpdate}, 0, false},
		{NoNewUpdate, State{Kind: UpdateAvailable}, 0, false},
		{UpdateAvailable, State{Kind: UpdateAvailable, Failures: 3}, 5 * minute, true},
		{UpdateAvailable, State{Kind: UpdateStaged, Postponements: 10}, 0, false},
		{UpdateStaged, State{Kind: UpdateStaged, Postponements: 10}, 5 * minute, true},
		{UpdateStaged, State{Kind: UpdateStaged, Postponements: 9}, minute, false},
		{UpdateStaged, State{Kind: UpdateStaged, Postponements: 0}, minute, false},
		{UpdateStaged, State{Kind: UpdateFinalized}, 0, false},
		{UpdateFinalized, State{Kind: EndState}, 0, false},
		{EndState, State{Kind: EndState}, 3 * time.Hour, true},
	} {
		d, jitter := Delay(c.from, c.now, interval)
		require.Equal(t, c.d, d, "%v to %v", c.from, c.now)
		require.Equal(t, c.jitter, jitter, "%v to %v", c.from, c.now)
	}
}

func TestJitter(t *testing.T) {
	for _, c := range []struct {
		base, step time.Duration
	}{{time.Second, time.Second}, {99 * time.Second, time.Second}, {199 * time.Second, time.Second}, {200 * time.Second, 2 * time.Second}, {300 * time.Second, 3 * time.Second}, {10800 * time.Second, 108 * time.Second}} {
		for k := range 11 {
			got := Jitter(c.base, func(n int) int { require.Equal(t, 11, n); return k })
			require.Equal(t, c.base+time.Duration(k)*c.step, got)
		}
	}
	require.Positive(t, Jitter(1<<63-1, func(int) int { return 10 }))
}

func TestImmediate(t *testing.T) {
	live(t, time.Second, nil, func(t *testing.T, w *world, a *Agent) {
		texts := w.texts()
		checked := slices.IndexFunc(texts, func(s string) bool { return strings.Contains(s, "last checked") })
		require.Regexp(t, `^STATUS periodically polling for updates \(last checked \w{3} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\)$`, texts[checked])
		texts[checked] = "checking"
		require.Equal(t, []string{
			"register", "deployments", "READY", "STATUS initialization complete, auto-updates logic enabled", "steady", "STATUS periodically polling for updates",
			"checking", "graph", "deadend false ", "STATUS found update on remote: 40.2", "stage 40.2 false", "staged", "STATUS update staged: 40.2",
			"consent?", "sessions", "finalize sum of 40.2", "STATUS update finalized: 40.2", "STATUS update applied, waiting for reboot: 40.2",
		}, texts)
		require.Equal(t, EndState, a.State().Kind)
		require.Zero(t, w.times("finalize")[0])
	})
}

func TestDisabled(t *testing.T) {
	live(t, 24*time.Hour, func(w *world, cfg *Config) { cfg.Enabled = false }, func(t *testing.T, w *world, a *Agent) {
		require.Equal(t, []string{"deployments", "READY", "STATUS initialization complete, auto-updates logic disabled by configuration"}, w.texts())
	})
}

func TestRegisterRepeats(t *testing.T) {
	n := 0
	live(t, time.Hour, func(w *world, cfg *Config) {
		w.register = func() error {
			if n++; n <= 11 {
				return errors.New("busy")
			}
			return nil
		}
	}, func(t *testing.T, w *world, a *Agent) {
		var pauses []int
		times := w.times("register")
		for i := 1; i < len(times); i++ {
			pauses = append(pauses, int((times[i] - times[i-1]).Seconds()))
		}
		require.Equal(t, []int{1, 2, 4, 8, 16, 32, 64, 128, 256, 256, 256}, pauses)
		require.Equal(t, times[11], w.times("READY")[0])
	})
}

func TestSteadyRepeats(t *testing.T) {
	n := 0
	live(t, time.Hour, func(w *world, cfg *Config) {
		w.steady = func() (bool, error) {
			n++
			return n > 5, map[bool]error{true: errors.New("away")}[n%2 == 1 && n < 5]
		}
	}, func(t *testing.T, w *world, a *Agent) {
		times := w.times("steady")
		require.Len(t, times, 6)
		gaps(t, times, 300*time.Second, 330*time.Second, 3*time.Second)
		require.Equal(t, times[5], w.times("graph")[0], "the graph is asked at once then, and not before")
	})
}

func TestPolling(t *testing.T) {
	live(t, 24*time.Hour, func(w *world, cfg *Config) {
		cfg.SteadyInterval = 20 * time.Second
		n := 0
		w.graph = func() (*cincinnati.Graph, error) {
			if n++; n%3 == 0 {
				return nil, &cincinnati.Error{Kind: "generic_http_500", Code: 500}
			}
			return chain("40.1"), nil
		}
	}, func(t *testing.T, w *world, a *Agent) {
		times := w.times("graph")
		require.Greater(t, len(times), 2800)
		gaps(t, times, 20*time.Second, 30*time.Second, time.Second)
	})
}

func TestStagingFailures(t *testing.T) {
	live(t, 80*time.Minute, func(w *world, cfg *Config) {
		w.stage = func(cincinnati.Release) error { return errors.New("no space") }
	}, func(t *testing.T, w *world, a *Agent) {
		stage, graph := w.times("stage 40.2"), w.times("graph")
		require.GreaterOrEqual(t, len(stage), 14)
		gaps(t, stage[:12], 300*time.Second, 330*time.Second, 3*time.Second)
		require.Equal(t, stage[11], graph[1], "the graph is asked at once after the twelfth failure")
		require.Equal(t, stage[11], stage[12], "and the release tried at once again")
		gaps(t, stage[12:], 300*time.Second, 330*time.Second, 3*time.Second)
		require.Empty(t, w.times("finalize"))
	})
}

func TestVerification(t *testing.T) {
	good := driver.Deployment{Version: "40.2", Payload: sumOf("40.2"), Stream: "stable", Staged: true}
	for name, d := range map[string]func(d *driver.Deployment) (*driver.Deployment, error){
		"version": func(d *driver.Deployment) (*driver.Deployment, error) { d.Version = "40.3"; return d, nil },
		"payload": func(d *driver.Deployment) (*driver.Deployment, error) { d.Payload.Text += "x"; return d, nil },
		"scheme": func(d *driver.Deployment) (*driver.Deployment, error) {
			d.Payload.Scheme = cincinnati.OCI
			return d, nil
		},
		"none":  func(d *driver.Deployment) (*driver.Deployment, error) { return nil, nil },
		"error": func(d *driver.Deployment) (*driver.Deployment, error) { return d, errors.New("bus") },
		"stream": func(d *driver.Deployment) (*driver.Deployment, error) {
			d.StreamErr = errors.New("none")
			return d, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			live(t, 55*minute, func(w *world, cfg *Config) {
				w.staged = func() (*driver.Deployment, error) { c := good; return d(&c) }
			}, func(t *testing.T, w *world, a *Agent) {
				require.Empty(t, w.times("finalize"))
				require.Empty(t, w.times("consent?"))
				require.Empty(t, w.times("cleanup"))
				require.Contains(t, w.texts(), "STATUS trying to stage 40.2 (failed attempts: 1)")
				gaps(t, w.times("stage 40.2"), 300*time.Second, 330*time.Second, 3*time.Second)
			})
		})
	}
}

func TestWrongStream(t *testing.T) {
	live(t, time.Hour, func(w *world, cfg *Config) {
		w.staged = func() (*driver.Deployment, error) {
			return &driver.Deployment{Version: "40.2", Payload: sumOf("40.2"), Stream: "next", Staged: true}, nil
		}
	}, func(t *testing.T, w *world, a *Agent) {
		require.Len(t, w.times("stage 40.2"), 1, "blocked afterwards")
		require.Len(t, w.times("cleanup"), 1)
		graph := w.times("graph")
		require.Equal(t, graph[0], graph[1], "polled at once")
		gaps(t, graph[1:], 300*time.Second, 330*time.Second, 3*time.Second)
	})
}

func TestConsentRepeats(t *testing.T) {
	n := 0
	live(t, time.Hour, func(w *world, cfg *Config) {
		w.consent = func() (bool, error) {
			if n++; n == 2 {
				return true, errors.New("an answer with an error is no answer")
			}
			return n > 4, nil
		}
	}, func(t *testing.T, w *world, a *Agent) {
		times := w.times("consent?")
		require.Len(t, times, 5)
		gaps(t, times, 300*time.Second, 330*time.Second, 3*time.Second)
		require.Equal(t, times[4:], w.times("finalize"))
		require.Len(t, w.times("STATUS update staged: 40.2; reboot pending due to update strategy"), 4)
	})
}

func TestFinalizeRepeats(t *testing.T) {
	n := 0
	live(t, time.Hour, func(w *world, cfg *Config) {
		w.finalize = func() error {
			if n++; n < 4 {
				return errors.New("later")
			}
			return nil
		}
	}, func(t *testing.T, w *world, a *Agent) {
		times := w.times("finalize")
		require.Len(t, times, 4)
		gaps(t, times, 300*time.Second, 330*time.Second, 3*time.Second)
		require.Equal(t, times, w.times("consent?"), "consent is asked for each time")
	})
}

func TestUsersStay(t *testing.T) {
	live(t, time.Hour, func(w *world, cfg *Config) {
		w.sessions = func() ([]Session, error) { return []Session{{"core", "pts/0"}}, nil }
	}, func(t *testing.T, w *world, a *Agent) {
		times := w.times("sessions")
		require.Len(t, times, 11)
		gaps(t, times, minute, minute, minute)
		require.Equal(t, times[10:], w.times("finalize"))
		require.Equal(t, []time.Duration{times[0], times[9]}, w.times("broadcast"))
		texts := w.texts()
		require.Contains(t, texts, "broadcast [{core pts/0}] 40.2 10m0s")
		require.Contains(t, texts, "broadcast [{core pts/0}] 40.2 1m0s")
		require.Len(t, w.times("consent?"), 11)
	})
}

func TestUsersAndStrategy(t *testing.T) {
	n := 0
	live(t, 2*time.Hour, func(w *world, cfg *Config) {
		w.sessions = func() ([]Session, error) { return []Session{{"core", "pts/0"}}, nil }
		w.consent = func() (bool, error) { n++; return n != 5, nil }
	}, func(t *testing.T, w *world, a *Agent) {
		// Four minutes of waiting, a no, and the count begins again.
		require.Len(t, w.times("broadcast"), 3)
		require.Len(t, w.times("sessions"), 4+11)
		require.Len(t, w.times("finalize"), 1)
	})
}

func TestUsersUnknownOrIgnored(t *testing.T) {
	live(t, time.Second, func(w *world, cfg *Config) {
		w.sessions = func() ([]Session, error) { return []Session{{"core", "pts/0"}}, errors.New("no bus") }
	}, func(t *testing.T, w *world, a *Agent) { require.Len(t, w.times("finalize"), 1) })
	live(t, time.Second, func(w *world, cfg *Config) {
		w.override = true
		w.sessions = func() ([]Session, error) { return []Session{{"core", "pts/0"}}, nil }
	}, func(t *testing.T, w *world, a *Agent) { require.Len(t, w.times("finalize"), 1) })
}

func TestDenied(t *testing.T) {
	live(t, time.Hour, func(w *world, cfg *Config) {
		w.deployments = func() ([]driver.Deployment, error) {
			return []driver.Deployment{booted(), {Version: "whatever", Payload: sumOf("40.2")}, {Version: "40.3", Payload: sumOf("40.3"), Staged: true}}, nil
		}
		w.graph = func() (*cincinnati.Graph, error) { return chain("40.1", "40.3", "40.2"), nil }
	}, func(t *testing.T, w *world, a *Agent) {
		require.Len(t, w.times("stage 40.3"), 1, "a staged release is eligible")
		require.Empty(t, w.times("stage 40.2"), "a deployed one is not")
	})
}

func TestDeadend(t *testing.T) {
	n := 0
	live(t, time.Hour, func(w *world, cfg *Config) {
		w.graph = func() (*cincinnati.Graph, error) {
			g := chain("40.1")
			if n++; n != 4 {
				g.Nodes[0].Metadata[cincinnati.MetaDeadend] = "true"
			}
			return g, nil
		}
		w.deadend = func(bool, string) error {
			if n == 1 {
				return errors.New("no pkexec")
			}
			return nil
		}
	}, func(t *testing.T, w *world, a *Agent) {
		var list []string
		for _, s := range w.texts() {
			if strings.HasPrefix(s, "deadend") {
				list = append(list, s)
			}
		}
		require.Equal(t, []string{"deadend true (unknown reason)", "deadend true (unknown reason)", "deadend false ", "deadend true (unknown reason)"}, list)
	})
}

func TestReplaceStaged(t *testing.T) {
	set := func(replace bool) func(w *world, cfg *Config) {
		return func(w *world, cfg *Config) {
			cfg.ReplaceStaged = replace
			w.consent = func() (bool, error) { return time.Since(w.start) > 2*time.Hour, nil }
			w.graph = func() (*cincinnati.Graph, error) {
				switch d := time.Since(w.start); {
				case d < 30*minute:
					return chain("40.1", "40.2"), nil
				case d < 50*minute:
					return nil, errors.New("away")
				case d < 55*minute:
					return chain("40.1"), nil // withdrawn: what is staged stays
				}
				return chain("40.1", "40.2", "40.3"), nil
			}
		}
	}
	live(t, 3*time.Hour, set(false), func(t *testing.T, w *world, a *Agent) {
		require.Contains(t, w.texts(), "finalize sum of 40.2")
		require.Len(t, w.times("graph"), 1)
	})
	live(t, 3*time.Hour, set(true), func(t *testing.T, w *world, a *Agent) {
		require.Len(t, w.times("stage 40.2"), 1)
		require.Len(t, w.times("stage 40.3"), 1)
		require.Len(t, w.times("finalize"), 1)
		require.Contains(t, w.texts(), "finalize sum of 40.3")
	})
}

func TestNewWithoutConfig(t *testing.T) {
	_, err := New(nil)
	require.EqualError(t, err, "an update agent needs an identity")
}

// TestRequestsInBursts asks a hundred times a second for a minute.
func TestRequestsInBursts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.graph = func() (*cincinnati.Graph, error) { return chain("40.1"), nil }
		a := w.agent(t, nil)
		go a.Run(t.Context())
		for range 6000 {
			time.Sleep(10 * time.Millisecond)
			a.CheckNow()
		}
		synctest.Wait()
		require.LessOrEqual(t, len(w.times("graph")), 8)
		require.GreaterOrEqual(t, len(w.times("graph")), 6)
	})
}

// local is a strategy with conditions of its own.
type local struct {
	*world
	permits func() (bool, error)
}

func (l local) Permits(context.Context) (bool, error) { return l.permits() }

// TestConsentEnds has looking for users take so long that the consent is over afterwards.
func TestConsentEnds(t *testing.T) {
	live(t, 20*time.Minute, func(w *world, cfg *Config) {
		open := func() bool { d := time.Since(w.start); return d < 2*time.Minute || d > 10*time.Minute }
		w.consent = func() (bool, error) { return open(), nil }
		w.sessions = func() ([]Session, error) {
			if time.Since(w.start) < 9*time.Minute {
				time.Sleep(3 * time.Minute)
			}
			return nil, nil
		}
		cfg.Strategy = local{w, func() (bool, error) { return open(), nil }}
	}, func(t *testing.T, w *world, a *Agent) {
		require.Len(t, w.times("finalize"), 1)
		require.Greater(t, w.times("finalize")[0], 10*time.Minute)
		require.Equal(t, w.times("consent?")[1], 3*time.Minute, "the strategy gets to know")
	})
}

// TestStagedVanishes removes what is staged, after which finalizing fails for ever.
func TestStagedVanishes(t *testing.T) {
	live(t, 5*time.Hour, func(w *world, cfg *Config) {
		w.finalize = func() error { return errors.New("nothing is staged") }
		w.staged = func() (*driver.Deployment, error) {
			if len(w.times("finalize")) == 0 {
				return &driver.Deployment{Version: w.last.Version, Payload: w.last.Payload, Stream: "stable", Staged: true}, nil
			}
			return nil, nil
		}
		n := 0
		w.graph = func() (*cincinnati.Graph, error) {
			if n++; n > 1 {
				return chain("40.1"), nil
			}
			return chain("40.1", "40.2"), nil
		}
	}, func(t *testing.T, w *world, a *Agent) {
		require.Len(t, w.times("finalize"), 12)
		require.Len(t, w.times("steady"), 2, "a slot is given back")
		require.Greater(t, len(w.times("graph")), 10)
	})
}

func TestWindowEndsWait(t *testing.T) {
	live(t, time.Hour, func(w *world, cfg *Config) {
		opens := w.start.Add(1234*time.Second + 500*time.Millisecond)
		w.window = func(now time.Time) (time.Time, bool) { return opens, now.Before(opens) }
		w.consent = func() (bool, error) { return !time.Now().Before(opens) && time.Since(opens) < 2*time.Second, nil }
	}, func(t *testing.T, w *world, a *Agent) {
		require.Equal(t, []time.Duration{1235 * time.Second}, w.times("finalize"), "a window of two seconds is met")
	})
}

func TestSpread(t *testing.T) {
	live(t, 48*time.Hour, func(w *world, cfg *Config) {
		cfg.Spread = true
		w.graph = func() (*cincinnati.Graph, error) {
			if time.Since(w.start) < 24*time.Hour {
				return nil, &cincinnati.Error{Kind: "client_failed_request"}
			}
			return chain("40.1"), nil
		}
	}, func(t *testing.T, w *world, a *Agent) {
		times := w.times("graph")
		require.LessOrEqual(t, times[0], 5*minute)
		require.NotZero(t, times[0])
		failing, sum := 0, time.Duration(0)
		for i := 1; i < len(times); i++ {
			if d := times[i] - times[i-1]; times[i-1] < 24*time.Hour {
				require.LessOrEqual(t, d, 40*minute+time.Second)
				failing, sum = failing+1, sum+d
			} else {
				require.GreaterOrEqual(t, d, 300*time.Second)
				require.LessOrEqual(t, d, 330*time.Second)
			}
		}
		require.InDelta(t, 20*60, (sum / time.Duration(failing)).Seconds(), 400, "half of eight intervals on average")
	})
}

func TestRetryAfter(t *testing.T) {
	for _, code := range []int{503, 429} {
		live(t, 2*time.Minute, func(w *world, cfg *Config) {
			cfg.Spread = true
			cfg.Random = func(int) int { return 0 }
			w.graph = func() (*cincinnati.Graph, error) {
				if time.Since(w.start) < time.Second {
					return nil, &cincinnati.Error{Kind: "overloaded", Code: code, RetryAfter: 60 * time.Second}
				}
				return chain("40.1"), nil
			}
		}, func(t *testing.T, w *world, a *Agent) {
			require.Equal(t, []time.Duration{0, 60 * time.Second}, w.times("graph"), "%d", code)
		})
	}
}

func TestWatchdog(t *testing.T) {
	live(t, 20*time.Hour, func(w *world, cfg *Config) {
		cfg.WatchdogInterval = time.Hour
		w.stage = func(cincinnati.Release) error { time.Sleep(10 * time.Hour); return nil } // rpm-ostree may take any time
		w.consent = func() (bool, error) { time.Sleep(30 * time.Hour); return false, nil }  // a strategy may not
	}, func(t *testing.T, w *world, a *Agent) {
		times := w.times("WATCHDOG")
		require.NotEmpty(t, times)
		require.Equal(t, 10*time.Hour, times[len(times)-1])
	})
}

// TestEnd ends the agent inside of each call, which returns what it has, or fails by that: nothing may follow from it,
// and the end is no error in the log.
func TestEnd(t *testing.T) {
	for _, at := range []string{"register", "deployments", "steady", "graph", "deadend", "stage", "staged", "consent", "sessions"} {
		for _, fails := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s,fails=%v", at, fails), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { endAt(t, at, fails) })
			})
		}
	}
}

func endAt(t *testing.T, at string, fails bool) {
	var log bytes.Buffer
	w := newWorld()
	a := w.agent(t, func(cfg *Config) {
		cfg.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelError}))
	})
	ctx, cancel := context.WithCancel(t.Context())
	end := func(name string) error {
		if name != at {
			return nil
		}
		cancel()
		if fails {
			return errors.New("killed")
		}
		return nil
	}
	graph, stage, staged, consent, sessions := w.graph, w.stage, w.staged, w.consent, w.sessions
	w.register = func() error { return end("register") }
	deployments := w.deployments
	w.deployments = func() ([]driver.Deployment, error) { return after(end("deployments"), deployments) }
	w.steady = func() (bool, error) { return true, end("steady") }
	w.deadend = func(bool, string) error { return end("deadend") }
	w.graph = func() (*cincinnati.Graph, error) { return after(end("graph"), graph) }
	w.stage = func(r cincinnati.Release) error {
		if err := end("stage"); err != nil {
			return err
		}
		return stage(r)
	}
	w.staged = func() (*driver.Deployment, error) { return after(end("staged"), staged) }
	w.consent = func() (bool, error) { return after(end("consent"), consent) }
	w.sessions = func() ([]Session, error) { return after(end("sessions"), sessions) }
	require.NoError(t, a.Run(ctx), "the end of the context is a graceful one")
	require.ErrorIs(t, a.Run(ctx), ErrRan)
	require.Empty(t, w.times("finalize"))
	require.Empty(t, log.String())
}

// after is what f returns, unless there is an error.
func after[T any](err error, f func() (T, error)) (T, error) {
	if err != nil {
		var none T
		return none, err
	}
	return f()
}

// TestNeverOnDoubt lets everything answer at random, for a long time, and looks at each reboot: the strategy must have
// consented right before, and the last look at the staged deployment must have shown the very release, of this stream.
func TestNeverOnDoubt(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 7))
		var last *driver.Deployment
		var lastErr error
		consented, reboots := false, 0
		var w *world
		live(t, 7*24*time.Hour, func(world *world, cfg *Config) {
			w = world
			cfg.ReplaceStaged = seed%2 == 0
			cfg.Spread = seed%3 == 0
			maybe := func() error {
				if r.IntN(4) == 0 {
					return errors.New("fails")
				}
				return nil
			}
			w.graph = func() (*cincinnati.Graph, error) {
				all := []string{"40.1", "40.2", "40.3", "40.4"}
				return chain(all[:1+r.IntN(4)]...), maybe()
			}
			w.stage = func(cincinnati.Release) error { consented = false; return maybe() }
			w.staged = func() (*driver.Deployment, error) {
				d := &driver.Deployment{Version: w.last.Version, Payload: w.last.Payload, Stream: "stable", Staged: true}
				switch r.IntN(8) {
				case 0:
					d.Version = "40.2"
				case 1:
					d.Payload = sumOf("40.3")
				case 2:
					d.StreamErr = errors.New("unknown")
				case 3:
					d = nil
				case 4:
					if r.IntN(50) == 0 {
						d.Stream = "next"
					}
				}
				last, lastErr = d, maybe()
				return d, lastErr
			}
			w.steady = func() (bool, error) { return r.IntN(2) == 0, maybe() }
			w.consent = func() (bool, error) {
				yes, err := r.IntN(3) == 0, maybe()
				consented = yes && err == nil
				return yes, err
			}
			w.sessions = func() ([]Session, error) { return make([]Session, r.IntN(2)), maybe() }
			w.finalize = func() error {
				reboots++
				require.True(t, consented)
				require.NoError(t, lastErr)
				require.NotNil(t, last)
				require.NoError(t, last.StreamErr)
				require.Equal(t, "stable", last.Stream)
				require.Equal(t, w.last, cincinnati.Release{Version: last.Version, Payload: last.Payload, AgeIndex: w.last.AgeIndex})
				consented = false
				return errors.New("go on")
			}
		}, func(t *testing.T, w *world, a *Agent) {})
		require.NotZero(t, reboots, "seed %d", seed)
	}
}
