package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nestos-dev/nestos/internal/fetch"
	"github.com/nestos-dev/nestos/internal/httpserve"
	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

// Options is what a server takes from its surroundings. The zero value, or nil, is right for a program without
// proxy and log.
type Options struct {
	// Now is the clock by which rollouts advance; nil means time.Now.
	Now func() time.Time
	// Logger is told what happens; nil means silence.
	Logger *slog.Logger
	// ProxyEnv looks up http_proxy and its kin for upstream requests, as os.Getenv does; nil means no proxy.
	ProxyEnv func(name string) string
}

// Server is a graph builder, a policy engine, or both.
type Server struct {
	cfg     Config
	log     *slog.Logger
	clock   func() time.Time
	latest  atomic.Int64 // the greatest time seen, Unix nanoseconds
	client  *fetch.Client
	encoder encoder
	metrics *metrics

	scopes   map[key]*scope // never changes; nil for a policy engine
	order    []*scope       // the same as configured
	scrapers []*scraper
	remotes  *remotes // of a policy engine

	pages chan struct{} // bounds the pages drawn at once

	handler, statusHandler http.Handler
	addresses              httpserve.Group
}

// New makes a server from a configuration, which is checked. It reads the files of passwords and authorities; it does
// not listen and fetches nothing yet.
func New(cfg *Config, opts *Options) (*Server, error) {
	if err := cfg.Check(); err != nil {
		return nil, fmt.Errorf("invalid configuration: %w", err)
	}
	if opts == nil {
		opts = &Options{}
	}
	s := &Server{cfg: *cfg, log: opts.Logger, clock: opts.Now, metrics: newMetrics(cfg.Mode), pages: make(chan struct{}, 2)}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	var err error
	s.client, err = fetch.New(&fetch.Options{ProxyEnv: opts.ProxyEnv, ConnectTimeout: 10 * time.Second})
	if err != nil {
		return nil, fmt.Errorf("preparing upstream requests: %w", err)
	}
	if err := s.prepareHandlers(); err != nil {
		return nil, err
	}
	prepare := s.prepareScrapers
	if cfg.Mode == PolicyEngine {
		prepare = s.prepareRemotes
	}
	if err := prepare(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Server) prepareRemotes() error {
	base, err := url.Parse(s.cfg.Upstream.URL)
	if err != nil {
		return fmt.Errorf("upstream.url: %w", err)
	}
	r := newRemotes(base)
	r.timeout, r.fresh, r.client, r.encoder = s.cfg.Upstream.Timeout, s.cfg.Upstream.Cache, s.client, &s.encoder
	r.failures, r.now, r.log = s.metrics.upstreamFailures.Inc, s.now, s.log
	s.remotes = r
	return nil
}

func (s *Server) prepareScrapers() error {
	empty, err := newSnapshot(&cincinnati.Graph{}, false, &s.encoder)
	if err != nil {
		return err
	}
	s.scopes = map[key]*scope{}
	for _, st := range s.cfg.Streams {
		sc := &scraper{
			stream: st.Name, throttle: s.cfg.Mode == Combined, timeout: s.cfg.Upstream.Timeout,
			client: s.client, encoder: &s.encoder, metrics: s.metrics, now: s.now, log: s.log,
		}
		sc.releases.url = expand(s.cfg.Upstream.ReleasesURL, st.Name)
		sc.updates.url = expand(s.cfg.Upstream.UpdatesURL, st.Name)
		for _, arch := range st.Basearches {
			for _, oci := range []bool{false, true} {
				k := key{st.Name, arch, oci}
				if s.scopes[k] != nil {
					continue
				}
				s.scopes[k] = newScope(k, empty, s.metrics)
				s.order = append(s.order, s.scopes[k])
				sc.scopes = append(sc.scopes, s.scopes[k])
			}
		}
		s.scrapers = append(s.scrapers, sc)
	}
	return nil
}

// maxStepBack is how far the clock is held when it steps back. A larger step means that the later time was wrong, and
// to hold on to that would keep releases open to the whole fleet before their time.
const maxStepBack = 10 * time.Minute

// now is the clock, held when it steps back a little: a rollout that has advanced must not retreat.
func (s *Server) now() time.Time {
	n := s.clock().UnixNano()
	for {
		last := s.latest.Load()
		if last-n > int64(maxStepBack) {
			if s.latest.CompareAndSwap(last, n) {
				s.log.Warn("the clock went back, and rollouts with it", "by", time.Duration(last-n).Round(time.Second))
				return time.Unix(0, n)
			}
			continue
		}
		if n <= last {
			return time.Unix(0, last)
		}
		// Writing once in a millisecond is enough, since answers change by the second; else all requests
		// would fight for one cache line.
		if n-last < int64(time.Millisecond) && n/int64(time.Second) == last/int64(time.Second) ||
			s.latest.CompareAndSwap(last, n) {
			return time.Unix(0, n)
		}
	}
}

// Refresh fetches the metadata of all streams once, as Run does again and again. The error joins those of the
// streams that failed; the others are up to date. A policy engine, which asks when it is asked, has nothing to do.
// Refresh must not be called while Run runs.
func (s *Server) Refresh(ctx context.Context) error {
	errs := make([]error, len(s.scrapers))
	var group errgroup.Group
	for i, sc := range s.scrapers {
		group.Go(func() error {
			errs[i] = sc.round(ctx)
			return nil
		})
	}
	group.Wait()
	return errors.Join(errs...)
}
