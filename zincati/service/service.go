package service

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/zincati"
	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/config"
	"github.com/nestos-dev/nestos/zincati/driver"
	"github.com/nestos-dev/nestos/zincati/fleetlock"
	"github.com/nestos-dev/nestos/zincati/identity"
	"github.com/nestos-dev/nestos/zincati/internal/busapi"
	"github.com/nestos-dev/nestos/zincati/internal/deadend"
	"github.com/nestos-dev/nestos/zincati/internal/notify"
	"github.com/nestos-dev/nestos/zincati/internal/users"
	"github.com/nestos-dev/nestos/zincati/metrics"
	"github.com/nestos-dev/nestos/zincati/strategy"
)

// MetricsSocket is where the metrics are served; with [Options.Root], below that.
const MetricsSocket = "/run/zincati/public/metrics.promsock"

// Options says in which world the agent runs. Nil and the zero value are the running system, silent.
type Options struct {
	// Root is the directory that holds the system's files; empty is "/".
	Root string
	// Version is what the agent calls itself in the log; empty is without one.
	Version string
	// NotifySocket is the value of NOTIFY_SOCKET, WatchdogInterval the time within which the service manager wants
	// signs of life; 0 is never.
	NotifySocket     string
	WatchdogInterval time.Duration
	// BusAddress is the address of the system bus; empty offers nothing on the bus.
	BusAddress string
	// Runner runs rpm-ostree, loginctl and pkexec; nil runs them on this machine. With Driver, IgnoreUsers and
	// Deadend nothing is run, as it has to be where the root is not that of this machine.
	Runner driver.Runner
	// Driver changes the system; nil is the command rpm-ostree.
	Driver driver.Driver
	// IgnoreUsers neither tells nor waits for people who are logged in; without it loginctl knows them.
	IgnoreUsers bool
	// Deadend is called when it becomes known whether the booted release is a dead end, and why; nil has pkexec change
	// the message of the day.
	Deadend func(ctx context.Context, deadend bool, reason string) error
	// Transport carries requests to the graph and lock servers; nil is one for each, with the proxies of Getenv.
	Transport http.RoundTripper
	// Getenv returns variables of the environment, for proxies; nil knows none.
	Getenv func(name string) string
	// Clock is the source of time; nil is the machine's.
	Clock zincati.Clock
	// Random returns a number in 0..n-1; nil is the runtime's generator.
	Random func(n int) int
	// Logger receives the log; nil discards it.
	Logger *slog.Logger
}

// Run runs the agent until ctx ends, and returns nil then. It does not wait for a command of rpm-ostree that is under
// way. An error means that the agent could not start.
func Run(ctx context.Context, opts *Options) error {
	o := &Options{}
	if opts != nil {
		*o = *opts
	}
	s, err := assemble(ctx, o)
	if err != nil {
		if ctx.Err() != nil {
			o.stopping()
			return nil
		}
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	listener, err := s.metrics.Listen(filepath.Join(o.Root, MetricsSocket), o.Logger)
	if err != nil {
		return err
	}
	go func() {
		if err := listener.Serve(ctx); err != nil {
			o.Logger.Error(err.Error(), "target", "zincati::metrics")
		}
	}()
	if o.BusAddress != "" {
		go busapi.Serve(ctx, o.BusAddress, s.agent, o.Logger)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.agent.Run(ctx) }()
	select {
	case <-ctx.Done():
	case err = <-ended:
	}
	if ctx.Err() != nil {
		// Not waiting for the agent: rpm-ostree may take its time, and goes on without us.
		o.stopping()
		return nil
	}
	return err
}

// stopping tells the service manager that the end was wanted.
func (o *Options) stopping() {
	n := notify.New(o.NotifySocket)
	for _, err := range []error{n.Status(""), n.Stopping()} {
		if err != nil {
			o.Logger.Error(err.Error(), "target", "zincati::utils")
		}
	}
}

// parts is an agent with what has to be served beside it.
type parts struct {
	agent   *zincati.Agent
	metrics *metrics.Metrics
}

// complete fills in what was left out.
func (o *Options) complete() {
	if o.Root == "" {
		o.Root = "/"
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = zincati.SystemClock()
	}
	if o.Getenv == nil {
		o.Getenv = func(string) string { return "" }
	}
}

// notifier is silent where there cannot be a service manager. Zincati 0.0.32, which is always the running system's,
// logs an error for each message then.
func (o *Options) notifier() zincati.Notifier {
	if o.NotifySocket == "" && o.Root != "/" {
		return nil
	}
	return notify.New(o.NotifySocket)
}

// assemble makes the agent from the configuration.
func assemble(ctx context.Context, o *Options) (*parts, error) {
	o.complete()
	proxy := cincinnati.ProxyFromEnvironment(o.Getenv)
	locks := o.Transport
	if locks == nil {
		t := fleetlock.NewTransport(0)
		t.Proxy = proxy
		// Nothing is asked twice within a minute, and a server may hang up by then: a request that meets this fails.
		t.IdleConnTimeout = 20 * time.Second
		locks = t
	}
	log := o.Logger.With("target", "zincati::cli::agent")
	log.Info("starting update agent (" + strings.TrimSpace("zincati "+o.Version) + ")")
	m := metrics.New()
	m.Set("process_start_time_seconds", float64(o.Clock.Now().Unix()))

	in, err := config.Read(o.Root, o.Logger)
	if err != nil {
		return nil, settingsError(err)
	}
	d := o.Driver
	if d == nil {
		d = driver.NewCLI(&driver.Options{Runner: o.Runner, Root: o.Root, Meter: m, Logger: o.Logger})
	}
	id, err := identity.New(ctx, d, &identity.Options{
		Root: o.Root, Group: in.Group, NodeUUID: in.NodeUUID, Wariness: in.Wariness, Meter: m, Logger: o.Logger,
	})
	if err != nil {
		return nil, settingsError(err)
	}
	set, err := in.StrategySettings(id.URLVars())
	if err != nil {
		return nil, settingsError(err)
	}
	strat, err := strategy.New(set, id.Group, id.NodeUUID, &strategy.Options{Now: o.Clock.Now, Transport: locks, Meter: m, Logger: o.Logger})
	if err != nil {
		return nil, settingsError(err)
	}
	base, err := in.CincinnatiURL(id.URLVars()) // one that is no URL is an error of each check
	if err != nil {
		return nil, settingsError(err)
	}
	address := base
	if usual, err := strategy.ParseBaseURL(base); err == nil {
		address = usual // without blanks around it, and the like
	}
	shown := base
	if u, err := url.Parse(base); err == nil && u.User != nil {
		shown = u.Redacted() // for those who may read the journal
	}
	o.Logger.Info("Cincinnati service: "+shown, "target", "zincati::cincinnati")
	log.Info(fmt.Sprintf("agent running on node '%s', in update group '%s'", id.NodeUUID, id.Group))
	m.Set("zincati_update_agent_updates_enabled", flag(in.Enabled))
	m.Set("zincati_update_agent_updates_allow_downgrade", flag(in.AllowDowngrade))
	m.Set("zincati_updates_strategy_mode", 1, strat.Name())

	agent, err := zincati.New(&zincati.Config{
		Identity: id, Strategy: strat, Driver: d,
		Graph: cincinnati.NewClient(&cincinnati.ClientOptions{Transport: o.Transport, Proxy: proxy, Now: o.Clock.Now, Logger: o.Logger}), BaseURL: address,
		Enabled: in.Enabled, AllowDowngrade: in.AllowDowngrade, SteadyInterval: in.SteadyInterval,
		ReplaceStaged: in.ReplaceStaged, Spread: in.Spread, ClientWariness: in.ClientWariness,
		Deadend: o.deadend(), Users: o.users(),
		Notifier: o.notifier(), WatchdogInterval: o.WatchdogInterval,
		Meter: m, Clock: o.Clock, Random: o.Random, Logger: o.Logger,
	})
	if err != nil {
		return nil, err
	}
	return &parts{agent: agent, metrics: m}, nil
}

// flag is the value of a gauge that answers a question.
func flag(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func settingsError(err error) error {
	return fmt.Errorf("failed to assemble configuration settings: %w", err)
}

// deadend is what tells people about a dead end.
func (o *Options) deadend() func(ctx context.Context, dead bool, reason string) error {
	if o.Deadend != nil {
		return o.Deadend
	}
	runner := o.runner()
	return func(ctx context.Context, dead bool, reason string) error {
		return deadend.Refresh(ctx, runner, dead, reason)
	}
}

// users knows who is logged in; nil knows nobody.
func (o *Options) users() zincati.Users {
	if o.IgnoreUsers {
		return nil
	}
	return &sessions{users.Checker{Runner: o.runner(), Root: o.Root, Now: o.Clock.Now, Logger: o.Logger}}
}

// sessions is what package users knows, for the agent.
type sessions struct{ users.Checker }

func (s *sessions) Interactive(ctx context.Context) ([]zincati.Session, error) {
	list, err := s.Sessions(ctx)
	out := make([]zincati.Session, len(list))
	for i, u := range list {
		out[i] = zincati.Session(u)
	}
	return out, err
}

func (s *sessions) Broadcast(ctx context.Context, to []zincati.Session, version string, left time.Duration) {
	list := make([]users.Session, len(to))
	for i, u := range to {
		list[i] = users.Session(u)
	}
	s.Checker.Broadcast(ctx, list, version, left)
}
