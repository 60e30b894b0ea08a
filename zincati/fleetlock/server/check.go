package server

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"sync"
	"time"
)

// checkInterval is the pause between two checks of the database.
const checkInterval = time.Minute

// health is what the last check of the database found.
type health struct {
	mu  sync.Mutex
	err error
}

var errNotChecked = errors.New("the database has not been read yet")

func (h *health) set(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.err = err
}

func (h *health) get() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.err
}

// Run checks the database at once and then every minute until ctx ends: it
// creates missing semaphores, sets the metrics, and warns when the database
// and the configuration differ. If the configuration says so, it first applies
// the configured slots, once for each group.
func (s *Server) Run(ctx context.Context) {
	todo := Groups{}
	if s.reconcile {
		todo = maps.Clone(s.groups)
	}
	ticker := time.NewTicker(checkInterval)
	defer ticker.Stop()
	for {
		s.check(ctx, todo)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// check looks at each group; those of todo are reconciled, and removed from it
// when that is done.
func (s *Server) check(ctx context.Context, todo Groups) {
	var problems []error
	for _, name := range s.groups.Names() {
		if err := s.checkGroup(ctx, name, todo); err != nil && ctx.Err() == nil {
			s.logger.Warn("consistency check, semaphore fetch failed", "group", name, "reason", err.Error())
			problems = append(problems, err)
		}
	}
	if ctx.Err() == nil {
		s.health.set(errors.Join(problems...))
	}
}

func (s *Server) checkGroup(ctx context.Context, name string, todo Groups) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	sem, err := s.store.Get(ctx, name)
	if slots, wanted := todo[name]; err == nil && wanted {
		if sem.TotalSlots != slots {
			s.logger.Warn("applying the configured slots", "group", name, "database", sem.TotalSlots, "config", slots)
			sem, err = s.store.Reconcile(ctx, name, slots)
		}
		if err == nil {
			delete(todo, name)
		}
	}
	if err != nil {
		return err
	}
	s.metrics.observe(name, sem)
	if config := s.groups[name]; sem.TotalSlots != config {
		s.logger.Warn("semaphore max slots consistency check failed", "group", name, "config", config, "database", sem.TotalSlots)
	}
	if sem.TotalSlots < uint64(len(sem.Holders)) {
		s.logger.Warn("semaphore locks consistency check failed", "group", name, "holder", len(sem.Holders), "slots", sem.TotalSlots)
	}
	return nil
}

// healthReporter is a Store that knows of trouble before somebody asks.
type healthReporter interface {
	Health() error
}

// problem is why the server is not ready; nil if it is.
func (s *Server) problem() error {
	if h, ok := s.store.(healthReporter); ok {
		if err := h.Health(); err != nil {
			return err
		}
	}
	return s.health.get()
}

// StatusHandler serves /metrics for Prometheus, /livez, which is 200 as long as
// requests are answered at all, and /readyz, which is 503 with the reason while
// locks cannot be granted.
func (s *Server) StatusHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.metrics.handler())
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if err := s.problem(); err != nil {
			plain(w, http.StatusServiceUnavailable, err.Error())
			return
		}
		plain(w, http.StatusOK, "ok")
	})
	return mux
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n")) // the client is gone
}
