package server

import (
	"context"
	"errors"
	"fmt"
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

// Check looks at the database once, as [Server.Run] does at its start and then
// every minute: it creates missing semaphores, sets the metrics, and warns when
// the database and the configuration differ. If the configuration says so, it
// first applies the configured slots, once for each group. What is wrong is the
// error, and what /readyz tells until the next check.
func (s *Server) Check(ctx context.Context) error {
	s.checking.Lock()
	defer s.checking.Unlock()
	var problems []error
	for _, name := range s.groups.Names() {
		if err := s.checkGroup(ctx, name); err != nil && ctx.Err() == nil {
			s.logger.Warn("consistency check, semaphore fetch failed", "group", name, "reason", err.Error())
			problems = append(problems, fmt.Errorf("group %s: %w", name, err))
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	err := errors.Join(problems...)
	s.health.set(err)
	return err
}

// watch checks until ctx ends.
func (s *Server) watch(ctx context.Context) {
	ticker := time.NewTicker(checkInterval)
	defer ticker.Stop()
	for {
		_ = s.Check(ctx) // logged, and told by /readyz
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (s *Server) checkGroup(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	sem, err := s.store.Get(ctx, name)
	if slots, wanted := s.unapplied[name]; err == nil && wanted {
		if sem.TotalSlots != slots {
			s.logger.Warn("applying the configured slots", "group", name, "database", sem.TotalSlots, "config", slots)
			sem, err = s.store.Reconcile(ctx, name, slots)
		}
		if err == nil {
			delete(s.unapplied, name)
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

// healthReporter is a store that knows of trouble before somebody asks.
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
