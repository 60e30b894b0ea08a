package server

import (
	"math"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// metrics are those of both services; each server registers its own.
type metrics struct {
	registry *prometheus.Registry

	// Graph builder, by basearch, stream and type.
	requests                  *prometheus.CounterVec
	edges, releases, lastTime *prometheus.GaugeVec
	scrapes                   *prometheus.CounterVec // by stream
	failures                  *prometheus.CounterVec // by stream

	// Policy engine.
	incoming, unique, upstreamFailures prometheus.Counter
	wariness                           prometheus.Histogram
	nodes                              *bloom
}

func newMetrics(mode Mode) *metrics {
	m := &metrics{registry: prometheus.NewRegistry()}
	m.registry.MustRegister(
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collectors.NewGoCollector())
	if mode != PolicyEngine {
		m.builder()
	}
	if mode != GraphBuilder {
		m.engine()
	}
	return m
}

func (m *metrics) builder() {
	const prefix = "fcos_cincinnati_gb_"
	scope := []string{"basearch", "stream", "type"}
	m.requests = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: prefix + "cache_graph_requests_total", Help: "Graphs asked for."}, scope)
	m.edges = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: prefix + "scraper_graph_final_edges", Help: "Edges of the graph."}, scope)
	m.releases = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: prefix + "scraper_graph_final_releases", Help: "Releases in the graph."}, scope)
	m.lastTime = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: prefix + "scraper_graph_last_refresh_timestamp",
		Help: "Unix time at which the graph was last found up to date."}, scope)
	m.scrapes = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: prefix + "scraper_upstream_scrapes_total", Help: "Rounds of fetching the metadata of a stream."},
		[]string{"stream"})
	m.failures = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: prefix + "scraper_upstream_failures_total", Help: "Rounds of fetching that failed."},
		[]string{"stream"})
	m.registry.MustRegister(m.requests, m.edges, m.releases, m.lastTime, m.scrapes, m.failures)
}

func (m *metrics) engine() {
	const prefix = "fcos_cincinnati_pe_v1_graph_"
	m.nodes = newBloom()
	m.incoming = prometheus.NewCounter(prometheus.CounterOpts{
		Name: prefix + "incoming_requests_total", Help: "Requests for graphs."})
	m.unique = prometheus.NewCounter(prometheus.CounterOpts{
		Name: prefix + "unique_uuids_total", Help: "Different nodes seen since the start, estimated."})
	m.upstreamFailures = prometheus.NewCounter(prometheus.CounterOpts{
		Name: prefix + "upstream_failures_total", Help: "Failed requests for the graph of the upstream."})
	m.wariness = prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: prefix + "rollout_wariness", Help: "Wariness of the nodes that ask.",
		Buckets: []float64{0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1}})
	m.registry.MustRegister(m.incoming, m.unique, m.upstreamFailures, m.wariness)
}

// node counts a node that asks a policy engine.
func (m *metrics) node(uuid string, wariness float64) {
	if uuid != "" && m.nodes.add(uuid) {
		m.unique.Inc()
	}
	if !math.IsNaN(wariness) { // it would spoil the sum for good
		m.wariness.Observe(wariness)
	}
}
