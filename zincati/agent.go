package zincati

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/driver"
	"github.com/nestos-dev/nestos/zincati/identity"
	"github.com/nestos-dev/nestos/zincati/strategy"
)

// GraphSource answers which updates there are; a [cincinnati.Client] does.
type GraphSource interface {
	// Graph returns the update graph for a node. An error means that nothing is known, so no update.
	Graph(ctx context.Context, p cincinnati.Params) (*cincinnati.Graph, error)
}

// Notifier tells the service manager what the agent is doing. Errors are logged.
type Notifier interface {
	// Ready tells that the start is over.
	Ready() error
	// Status shows a line of text to who asks for the service.
	Status(text string) error
	// Watchdog is a sign of life.
	Watchdog() error
}

// Session is a login with a terminal.
type Session struct {
	// User is the login name.
	User string
	// TTY is the terminal's name below /dev.
	TTY string
}

// Users knows who works on the machine.
type Users interface {
	// Interactive returns the logins with a terminal. After an error the agent assumes that nobody is there, as
	// the reference does: a machine whose login service is broken has to get its updates too.
	Interactive(ctx context.Context) ([]Session, error)
	// Overridden reports whether the administrator does not want the agent to wait for users.
	Overridden() bool
	// Broadcast tells the sessions that the machine will reboot after the time left.
	Broadcast(ctx context.Context, to []Session, version string, left time.Duration)
}

// Meter receives the agent's metrics by name, with label values in the order of their names in the documentation.
// Package metrics has one.
type Meter interface {
	// Inc adds one to a counter.
	Inc(name string, labels ...string)
	// Set sets a gauge.
	Set(name string, value float64, labels ...string)
}

// Config says what an agent works with. Identity, Strategy and Driver are required, Graph too where the agent is Enabled.
type Config struct {
	// Identity is who this machine is, with the release that it runs.
	Identity *identity.Identity
	// Strategy decides when the machine may reboot.
	Strategy strategy.Strategy
	// Driver stages and finalizes releases.
	Driver driver.Driver
	// Graph is where update graphs come from, BaseURL the base URL it is asked with.
	Graph   GraphSource
	BaseURL string

	// Enabled says whether the agent looks for updates at all; it goes to EndState otherwise.
	Enabled bool
	// AllowDowngrade accepts an edge to an older release.
	AllowDowngrade bool
	// SteadyInterval is the time between checks; 0 is [DefaultSteadyInterval].
	SteadyInterval time.Duration
	// ReplaceStaged keeps looking for newer releases while a staged one waits for the strategy's consent, and stages
	// them instead. The reference never does.
	ReplaceStaged bool
	// Spread keeps the machines of a fleet apart: the first check comes at a random moment of the first interval,
	// and after failures of the server the time between checks doubles up to eight intervals, with full jitter.
	Spread bool
	// ClientWariness asks for the graph in a way that caches can answer for many machines: the wariness is computed
	// here, and nothing else tells the machines apart.
	ClientWariness bool

	// Deadend is called when it becomes known whether the booted release is a dead end, and why; nil ignores it.
	// It is called again at the next check after an error.
	Deadend func(ctx context.Context, deadend bool, reason string) error
	// Notifier, Users and Meter are optional. Without Users nobody is waited for.
	Notifier Notifier
	Users    Users
	Meter    Meter
	// WatchdogInterval is how often the service manager wants a sign of life; 0 is never.
	WatchdogInterval time.Duration
	// Clock is the source of time; nil is the machine's.
	Clock Clock
	// Random returns a number in 0..n-1; nil is the runtime's generator.
	Random func(n int) int
	// Logger receives the log; nil discards it. The attribute "target" of a record names the module that speaks,
	// as in the reference's log.
	Logger *slog.Logger
}

// Agent is an update agent. [Agent.Run] runs it, the other methods may be called meanwhile from anywhere.
type Agent struct {
	cfg   Config
	clock Clock
	log   *slog.Logger // the state machine's
	graph *slog.Logger // the checks'
	users *slog.Logger

	deny map[cincinnati.Payload]bool
	// deadend is what was last told about the booted release; nil is nothing.
	deadend *bool
	// failures is the number of failed checks in a row, retryAfter what the server asked for at the last one.
	// unfinalized is the number of failed finalizations of the staged release since it was last looked at.
	unfinalized int
	failures    int
	retryAfter  time.Duration
	obeyed      bool
	spreadDone  bool
	// insist says that the ticks since the last wait are because of FinalizeNow.
	insist bool

	ran         atomic.Bool
	wake        chan struct{}
	finalizeNow atomic.Bool  // goes with wake
	requested   time.Time    // when a tick was last asked for
	lastRefresh atomic.Int64 // Unix seconds
	life        lifeSign

	mu    sync.Mutex
	state State
}

// New makes an agent in its first state. Later changes of c are not seen.
func New(c *Config) (*Agent, error) {
	var cfg Config
	if c != nil {
		cfg = *c
	}
	switch {
	case cfg.Identity == nil:
		return nil, errors.New("an update agent needs an identity")
	case cfg.Strategy == nil:
		return nil, errors.New("an update agent needs a strategy")
	case cfg.Driver == nil:
		return nil, errors.New("an update agent needs a driver")
	case cfg.Graph == nil && cfg.Enabled:
		return nil, errors.New("an update agent needs a source of update graphs")
	case cfg.SteadyInterval < 0:
		return nil, errors.New("negative interval between checks")
	}
	if cfg.SteadyInterval == 0 {
		cfg.SteadyInterval = DefaultSteadyInterval
	}
	if cfg.Clock == nil {
		cfg.Clock = SystemClock()
	}
	if cfg.Random == nil {
		cfg.Random = rand.IntN
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Meter == nil {
		cfg.Meter = noMeter{}
	}
	if cfg.Notifier == nil {
		cfg.Notifier = noNotifier{}
	}
	return &Agent{
		cfg:   cfg,
		clock: cfg.Clock,
		log:   cfg.Logger.With("target", "zincati::update_agent::actor"),
		graph: cfg.Logger.With("target", "zincati::cincinnati"),
		users: cfg.Logger.With("target", "zincati::update_agent"),
		deny:  make(map[cincinnati.Payload]bool),
		wake:  make(chan struct{}, 1),
	}, nil
}

// State returns the present state.
func (a *Agent) State() State {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.state
}

func (a *Agent) setState(s State) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.state = s
}

// LastRefresh returns the time of the last tick; the zero time before the first one.
func (a *Agent) LastRefresh() time.Time {
	if s := a.lastRefresh.Load(); s != 0 {
		return time.Unix(s, 0)
	}
	return time.Time{}
}

// CheckNow ends the present wait, so that the agent does now what it would do later: look at the graph, ask the
// strategy again, try again to stage a release. The minutes that users were promised before a reboot stay as they are.
func (a *Agent) CheckNow() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// FinalizeNow is CheckNow, and does not wait for interactive users this time. The strategy has to consent all the same.
// It is about what the agent does at once: a release that is found later waits for users as always.
func (a *Agent) FinalizeNow() {
	a.finalizeNow.Store(true)
	a.CheckNow()
}

// ErrRan is returned by [Agent.Run] when it is called again.
var ErrRan = errors.New("the update agent was run before")

// Run runs the agent until ctx ends, and returns nil then, however it ended. It is called once; the next call is an
// ErrRan. After the end of ctx it still waits for the call of the Driver or of Users that is under way, if that does not
// heed ctx; nothing follows from its result.
func (a *Agent) Run(ctx context.Context) error {
	if a.ran.Swap(true) {
		return ErrRan
	}
	a.cfg.Meter.Set("zincati_update_agent_latest_state_change_timestamp", float64(a.clock.Now().Unix()))
	if a.cfg.WatchdogInterval > 0 {
		stop := a.startWatchdog()
		defer stop()
	}
	for ctx.Err() == nil {
		d := a.step(ctx)
		if ctx.Err() != nil {
			break
		}
		if d <= 0 {
			continue
		}
		a.log.Log(ctx, levelTrace, "scheduling next agent refresh in "+seconds(d))
		a.wait(ctx, d)
	}
	return nil
}

// requestPause is the least time between two ticks that are asked for: who may ask must not be able to have the servers
// flooded, or all attempts used up at once.
const requestPause = 10 * time.Second

// wait waits for d or until CheckNow; it returns false when ctx ends.
func (a *Agent) wait(ctx context.Context, d time.Duration) bool {
	a.life.waiting(d)
	defer a.life.ticking()
	timer, stop := a.clock.NewTimer(d)
	defer stop()
	a.insist = false
	for {
		select {
		case <-ctx.Done():
			return false
		case <-timer:
			return true
		case <-a.wake:
			a.insist = a.finalizeNow.Swap(false)
			// Each tick takes one of the minutes that users have left.
			if s := a.State(); !a.insist && s.Kind == UpdateStaged && s.Postponements != MaxPostponements {
				continue
			}
			now := a.clock.Now()
			rest := requestPause - now.Sub(a.requested)
			if a.requested.IsZero() || rest <= 0 || rest > requestPause { // the last one: the clock went back
				a.requested = now
				return true
			}
			// Later requests are part of this one.
			a.requested = now.Add(rest)
			later, stopLater := a.clock.NewTimer(rest)
			defer stopLater()
			select {
			case <-ctx.Done():
				return false
			case <-timer:
			case <-later:
			}
			return true
		}
	}
}

// step does one tick and returns the time until the next one.
func (a *Agent) step(ctx context.Context) time.Duration {
	from := a.State()
	a.tick(ctx)
	now := a.State()
	if now.Kind != from.Kind {
		a.cfg.Meter.Set("zincati_update_agent_latest_state_change_timestamp", float64(a.clock.Now().Unix()))
	}
	return a.delay(from, now)
}

// delay is the time until the next tick, with jitter and the deviations from the plain rule.
func (a *Agent) delay(from, now State) time.Duration {
	d, jitter := Delay(from.Kind, now, a.cfg.SteadyInterval)
	if d > 0 && a.cfg.Spread && now.Kind == NoNewUpdate {
		if spread, ok := a.backOff(); ok {
			return spread
		}
	}
	if jitter {
		d = Jitter(d, a.cfg.Random)
	}
	// A window that opens earlier ends the wait, so that short windows are not slept through.
	if d > 0 && now.Kind == UpdateStaged && now.Postponements == MaxPostponements {
		t := a.clock.Now()
		if next, ok := a.cfg.Strategy.NextWindow(t); ok && next.After(t) && next.Sub(t) < d {
			// Whole seconds up: a timer that fires a moment early would find the window closed.
			return next.Sub(t).Truncate(time.Second) + time.Second
		}
	}
	return d
}

// backOff is the time after a failed check with Config.Spread; false if the check did not fail.
func (a *Agent) backOff() (time.Duration, bool) {
	if a.failures == 0 {
		return 0, false
	}
	interval := a.cfg.SteadyInterval
	if a.retryAfter > 0 && !a.obeyed {
		// Once, and bounded: a server must not be able to silence the agent.
		a.obeyed = true
		return min(Jitter(a.retryAfter, a.cfg.Random), interval), true
	}
	a.obeyed = false
	limit := interval
	for i := 0; i < min(a.failures, 3) && limit < 1<<62; i++ {
		limit *= 2
	}
	return max(a.fraction(limit), time.Second), true
}

// fraction returns a random part of d, in thousandths.
func (a *Agent) fraction(d time.Duration) time.Duration {
	return d / 1000 * time.Duration(a.cfg.Random(1001))
}
