package server

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

// key names a graph.
type key struct {
	stream, basearch string
	oci              bool
}

func (k key) scheme() cincinnati.Scheme {
	if k.oci {
		return cincinnati.OCI
	}
	return cincinnati.Checksum
}

// scope is a graph that is built here, and its metrics.
type scope struct {
	key      key
	snapshot atomic.Pointer[snapshot]
	// refreshed is when the graph was last found up to date, Unix nanoseconds; 0 means never.
	refreshed atomic.Int64

	requests                  prometheus.Counter
	edges, releases, lastTime prometheus.Gauge
}

// newScope makes a scope whose graph is empty until the first round succeeds.
func newScope(k key, empty *snapshot, m *metrics) *scope {
	labels := []string{k.basearch, k.stream, string(k.scheme())}
	s := &scope{
		key:      k,
		requests: m.requests.WithLabelValues(labels...),
		edges:    m.edges.WithLabelValues(labels...),
		releases: m.releases.WithLabelValues(labels...),
		lastTime: m.lastTime.WithLabelValues(labels...),
	}
	s.snapshot.Store(empty)
	return s
}

// ready reports whether a round has succeeded.
func (s *scope) ready() bool { return s.refreshed.Load() != 0 }

// publish makes a new graph visible; nil confirms the present one.
func (s *scope) publish(snap *snapshot, now time.Time) {
	if snap != nil {
		s.snapshot.Store(snap)
		s.edges.Set(float64(len(snap.graph.Edges)))
		s.releases.Set(float64(len(snap.graph.Nodes)))
	}
	s.refreshed.Store(now.UnixNano())
	s.lastTime.Set(float64(now.Unix()))
}
