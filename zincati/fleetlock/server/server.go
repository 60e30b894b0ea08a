package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

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
}

// Server answers FleetLock requests from a store.
type Server struct {
	groups    Groups
	reconcile bool
	fair      bool
	timeout   time.Duration
	store     Store
	waiters   *waiters
	metrics   *metrics
	health    health
	views     chan struct{} // see show
	logger    *slog.Logger
	now       func() time.Time
}

// New makes a server for the groups and timeouts of cfg. The store stays the
// caller's, to be closed after the server's last request.
func New(cfg *Config, store Store, o *Options) (*Server, error) {
	if o == nil {
		o = &Options{}
	}
	if len(cfg.Lock.Groups) == 0 {
		return nil, errors.New("no lock-groups configured")
	}
	s := &Server{
		groups: cfg.Lock.Groups, reconcile: cfg.Lock.ReconcileSlots, fair: cfg.Lock.Fair,
		timeout: cfg.Etcd3.TransactionTimeout, store: store, waiters: newWaiters(cfg.Lock.Groups),
		views:  make(chan struct{}, maxViews),
		logger: o.Logger, now: o.Now,
	}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.metrics = newMetrics(s)
	s.health.set(errNotChecked)
	return s, nil
}

// Handler serves the protocol and the page for people.
func (s *Server) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
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
	})
}

// answer runs one of the protocol's two requests.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, api string, do func(context.Context, fleetlock.ClientParams) (Semaphore, error)) {
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
func (s *Server) preReboot(ctx context.Context, who fleetlock.ClientParams) (Semaphore, error) {
	if s.fair {
		if err := s.giveWay(ctx, who); err != nil {
			return Semaphore{}, err
		}
	}
	sem, err := s.store.Lock(ctx, who.Group, who.ID)
	switch {
	case err == nil:
		s.waiters.gone(who.Group, who.ID)
	case errors.Is(err, ErrFull):
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
func (s *Server) steadyState(ctx context.Context, who fleetlock.ClientParams) (Semaphore, error) {
	sem, err := s.store.Unlock(ctx, who.Group, who.ID)
	if err == nil {
		s.waiters.gone(who.Group, who.ID)
	}
	return sem, err
}

// granted returns the times of grants, if the store keeps them.
func granted(store Store, group string) map[string]time.Time {
	if g, ok := store.(semaphore.GrantTimer); ok {
		return g.Granted(group)
	}
	return nil
}
