package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/internal/httpserve"
	"github.com/nestos-dev/nestos/zincati/fleetlock"
	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
)

// Options tune a server. The zero value is right.
type Options struct {
	// Logger gets refused and failed requests, and what the database check
	// finds; nil is silent.
	Logger *slog.Logger
	// Now is the clock for waiters and ages; nil is time.Now.
	Now func() time.Time
	// ListenEnv looks up LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES, as os.Getenv
	// does, for sockets that systemd passed to this process; they are used
	// instead of the configured addresses. One of FileDescriptorName=status is
	// for the status, others are for the protocol. Nil: no such sockets.
	ListenEnv func(name string) string
}

// Server answers FleetLock requests from a store.
type Server struct {
	cfg       Config
	groups    semaphore.Groups
	timeout   time.Duration
	store     semaphore.Store
	handler   http.Handler
	addresses httpserve.Group
	waiters   *waiters
	metrics   *metrics
	health    health
	checking  sync.Mutex
	unapplied semaphore.Groups // whose slots are still to be reconciled; needs checking
	views     chan struct{}    // see show
	logger    *slog.Logger
	now       func() time.Time
	listenEnv func(string) string
}

// New makes a server of a configuration and a store, which package lockstore
// opens as configured; sections [store] and [etcd3] of cfg say no more than where
// that is. It reads the files of passwords and authorities, and does not listen
// yet. The store stays the caller's, to be closed after the server's last request.
func New(cfg *Config, store semaphore.Store, o *Options) (*Server, error) {
	if o == nil {
		o = &Options{}
	}
	if err := errors.Join(cfg.checkGroups(), cfg.checkTLS()); err != nil {
		return nil, err
	}
	s := &Server{
		cfg: *cfg, groups: maps.Clone(cfg.Lock.Groups), timeout: cfg.Lock.Timeout,
		store: store, waiters: newWaiters(cfg.Lock.Groups), unapplied: semaphore.Groups{},
		views:  make(chan struct{}, maxViews),
		logger: o.Logger, now: o.Now, listenEnv: o.ListenEnv,
	}
	if s.timeout <= 0 {
		s.timeout = DefaultTimeout
	}
	if cfg.Lock.ReconcileSlots {
		s.unapplied = maps.Clone(s.groups)
	}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.metrics = newMetrics(s)
	s.health.set(errNotChecked)
	var err error
	s.handler, err = httpserve.Protect(s.mainAddress(), http.HandlerFunc(s.route), s.logger)
	if err != nil {
		return nil, fmt.Errorf("service: %w", err)
	}
	return s, nil
}

// Handler serves the protocol and the page for people, for programs with a
// listener of their own in place of [Server.Run]. What the section [service]
// demands of a request holds here as well: a password, no more than MaxConcurrent
// at a time, and with TLS a connection by TLS with a certificate of ClientCA; a
// request that comes without is refused with 403. The certificate of the server,
// asking for those of clients (tls.RequestClientCert), and bounds on time are the
// listener's. [Server.Check] is to be called now and then.
func (s *Server) Handler() http.Handler { return s.handler }

func (s *Server) route(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/" + fleetlock.PathPreReboot:
		s.metrics.preReboot.Inc()
		s.answer(w, r, "pre-reboot", s.preReboot)
	case "/" + fleetlock.PathSteadyState:
		s.metrics.steadyState.Inc()
		s.answer(w, r, "steady-state", s.steadyState)
	case "/v1/slots":
		s.show(w, r, s.serveSlots)
	case "/":
		s.show(w, r, s.servePage)
	default:
		http.NotFound(w, r)
	}
}

// answer runs one of the protocol's two requests.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, api string, do func(context.Context, fleetlock.ClientParams) (semaphore.Semaphore, error)) {
	who, refusal := s.known(w, r)
	if refusal != nil {
		s.logger.Error("refused a request", "api", api, "kind", refusal.kind, "reason", refusal.value)
		refusal.write(w)
		return
	}
	// Ends too when the client hangs up: what has not been tried by then must
	// not take effect after the client got an answer from another server.
	ctx, cancel := context.WithTimeout(r.Context(), s.timeout)
	defer cancel()
	sem, err := do(ctx, who)
	if err != nil {
		s.failed(w, api, who, err)
		return
	}
	s.metrics.observe(who.Group, sem)
	s.logger.Debug("granted a request", "api", api, "group", who.Group, "id", clip(who.ID))
	w.WriteHeader(http.StatusOK)
}

// known identifies the client and checks its group.
func (s *Server) known(w http.ResponseWriter, r *http.Request) (fleetlock.ClientParams, *reply) {
	who, refusal := identify(w, r)
	if refusal != nil {
		return who, refusal
	}
	if _, ok := s.groups[who.Group]; !ok {
		return who, &reply{status: http.StatusBadRequest, kind: KindUnknownGroup, value: fmt.Sprintf("unknown group %q", clip(who.Group))}
	}
	// What is not UTF-8 is decoded to this; two nodes would be one holder.
	if strings.ContainsRune(who.ID, utf8.RuneError) {
		return who, invalid("client ID is not UTF-8")
	}
	return who, nil
}

func (s *Server) failed(w http.ResponseWriter, api string, who fleetlock.ClientParams, err error) {
	e := storeError(err)
	if errors.Is(err, errWaiting) {
		e.retryAfter = retrySeconds
	}
	level := slog.LevelError
	if e.retryAfter > 0 || errors.Is(err, context.Canceled) { // everyday life
		level = slog.LevelInfo
	}
	s.logger.Log(context.Background(), level, "could not satisfy a request",
		"api", api, "group", who.Group, "id", clip(who.ID), "kind", e.kind, "reason", e.value)
	e.write(w)
}

// errWaiting refuses a newcomer when the free slots are for those who wait.
var errWaiting = errors.New("all free semaphore slots are awaited by earlier clients")

// preReboot takes a slot.
func (s *Server) preReboot(ctx context.Context, who fleetlock.ClientParams) (semaphore.Semaphore, error) {
	if s.cfg.Lock.Fair {
		if err := s.giveWay(ctx, who); err != nil {
			return semaphore.Semaphore{}, err
		}
	}
	sem, err := s.store.Lock(ctx, who.Group, who.ID)
	switch {
	case err == nil:
		s.waiters.gone(who.Group, who.ID)
	case errors.Is(err, semaphore.ErrFull):
		s.metrics.refused(who.Group)
		s.waiters.refused(who.Group, who.ID, s.now())
	}
	return sem, err
}

// giveWay refuses who is not a holder while the free slots do not suffice for
// those who wait longer.
func (s *Server) giveWay(ctx context.Context, who fleetlock.ClientParams) error {
	sem, err := s.store.Get(ctx, who.Group)
	if err != nil {
		return err
	}
	taken := uint64(len(sem.Holders))
	if taken >= sem.TotalSlots || sem.Holds(who.ID) {
		return nil // the store has the word
	}
	free := sem.TotalSlots - taken
	if s.waiters.ahead(who.Group, who.ID, free, s.now()) < free {
		return nil
	}
	s.metrics.refused(who.Group)
	s.waiters.refused(who.Group, who.ID, s.now())
	return errWaiting
}

// steadyState gives a slot back. Who reports a steady state waits no more.
func (s *Server) steadyState(ctx context.Context, who fleetlock.ClientParams) (semaphore.Semaphore, error) {
	sem, err := s.store.Unlock(ctx, who.Group, who.ID)
	if err == nil {
		s.waiters.gone(who.Group, who.ID)
	}
	return sem, err
}

// granted returns the times of grants, if the store keeps them.
func granted(store semaphore.Store, group string) map[string]time.Time {
	if g, ok := store.(semaphore.GrantTimer); ok {
		return g.Granted(group)
	}
	return nil
}
