package server

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"reflect"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nestos-dev/nestos/internal/fetch"
	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

// maxMetadata bounds release indexes, updates metadata and upstream graphs in bytes. Real ones have below 1 MB.
const maxMetadata = 32 << 20

// scraper keeps the graphs of one stream up to date.
type scraper struct {
	stream   string
	releases source[cincinnati.ReleaseIndex]
	updates  source[cincinnati.Updates]
	scopes   []*scope // architectures × schemes
	throttle bool
	timeout  time.Duration
	client   *fetch.Client
	encoder  *encoder
	metrics  *metrics
	now      func() time.Time
	log      *slog.Logger

	built bool   // the graphs are those of the sources' present values
	last  string // the text of the last failure, to log each only once
}

// run repeats rounds until ctx ends.
func (s *scraper) run(ctx context.Context, pause time.Duration) {
	for {
		s.round(ctx) // logs its failure itself
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// round fetches the metadata and, when they have changed, replaces all graphs of the stream. An error changes none.
func (s *scraper) round(ctx context.Context) error {
	s.metrics.scrapes.WithLabelValues(s.stream).Inc()
	err := s.refresh(ctx)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		s.metrics.failures.WithLabelValues(s.stream).Inc()
		level := slog.LevelWarn
		if err.Error() == s.last {
			level = slog.LevelDebug
		}
		s.last = err.Error()
		s.log.Log(ctx, level, "refreshing a stream failed", "stream", s.stream, "error", err)
		return fmt.Errorf("stream %s: %w", s.stream, err)
	}
	if s.last != "" {
		s.log.Info("refreshing a stream works again", "stream", s.stream)
		s.last = ""
	}
	return nil
}

func (s *scraper) refresh(ctx context.Context) error {
	var news [2]bool
	group, inner := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		news[0], err = s.releases.refresh(inner, s.client, s.timeout, cincinnati.ParseReleaseIndex)
		return err
	})
	group.Go(func() (err error) {
		news[1], err = s.updates.refresh(inner, s.client, s.timeout, cincinnati.ParseUpdates)
		return err
	})
	err := group.Wait()
	if news[0] || news[1] {
		s.built = false
	}
	if err != nil {
		return err
	}
	return s.build()
}

// build makes all graphs before it publishes the first.
func (s *scraper) build() error {
	snaps := make([]*snapshot, len(s.scopes))
	for i, sc := range s.scopes {
		if s.built {
			continue
		}
		g := cincinnati.Build(s.releases.value, s.updates.value, sc.key.basearch, sc.key.scheme())
		if sc.ready() && reflect.DeepEqual(g, sc.snapshot.Load().graph) {
			continue
		}
		snap, err := newSnapshot(g, s.throttle, s.encoder)
		if err != nil {
			return err
		}
		// The answers of this moment are made here rather than by the first client.
		if _, err := snap.answer(1, s.now().Unix()); err != nil {
			return err
		}
		snaps[i] = snap
	}
	s.built = true
	now := s.now()
	for i, sc := range s.scopes {
		sc.publish(snaps[i], now)
		if snaps[i] != nil {
			s.log.Info("new graph", "stream", s.stream, "basearch", sc.key.basearch, "type", string(sc.key.scheme()),
				"releases", len(snaps[i].graph.Nodes), "edges", len(snaps[i].graph.Edges))
		}
	}
	return nil
}

// source is a document that is fetched again and again, and its last good value.
type source[T any] struct {
	url   string
	value *T
	sum   [sha256.Size]byte

	etag     string
	modified time.Time
}

// refresh fetches the document, conditionally when it can, and reports whether its value is a new one. An error
// leaves the value as it was.
func (s *source[T]) refresh(ctx context.Context, c *fetch.Client, timeout time.Duration, parse func([]byte) (*T, error)) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req := fetch.Request{
		URL: s.url, MaxSize: maxMetadata, NoRetry: true, AcceptGzip: true,
		IfNoneMatch: s.etag, IfModifiedSince: s.modified,
	}
	start := time.Now()
	data, resp, err := c.GetBytes(ctx, req)
	if err != nil {
		return false, explain(err, timeout)
	}
	if resp.NotModified && s.value != nil {
		return false, nil
	}
	sum := sha256.Sum256(data)
	if s.value == nil || sum != s.sum {
		v, err := parse(data)
		if err != nil {
			return false, fmt.Errorf("parsing %s: %w", fetch.RedactURL(s.url), err)
		}
		s.value, s.sum = v, sum
		s.remember(resp, start)
		return true, nil
	}
	s.remember(resp, start)
	return false, nil
}

// remember keeps what makes the next request conditional. Times have a resolution of a second: a document that was
// changed only just now may change once more under the same time.
func (s *source[T]) remember(resp *fetch.Response, start time.Time) {
	s.etag, s.modified = resp.ETag, time.Time{}
	u, err := url.Parse(s.url)
	if err == nil && u.Scheme != "file" && s.etag == "" && start.Sub(resp.LastModified) > time.Minute {
		s.modified = resp.LastModified
	}
}

// explain puts words to a deadline.
func explain(err error, timeout time.Duration) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("no reply within %s: %w", timeout, err)
	}
	return err
}
