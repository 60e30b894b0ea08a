package server

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
)

// metrics are airlock's, and some about waiting.
type metrics struct {
	registry    *prometheus.Registry
	preReboot   prometheus.Counter
	steadyState prometheus.Counter
	groups      map[string]*groupMetrics // complete when made, so no lock is needed
	holders     *prometheus.GaugeVec
	slots       *prometheus.GaugeVec
}

// groupMetrics are looked up once, not for each request. The gauges of the
// database appear when it has been read.
type groupMetrics struct {
	refusals prometheus.Counter
}

func newMetrics(s *Server) *metrics {
	byGroup := []string{"group"}
	gauge := func(name, help string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, byGroup)
	}
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	m := &metrics{
		registry:    prometheus.NewRegistry(),
		preReboot:   counter("airlock_v1_pre_reboot_incoming_requests_total", "Total number of incoming requests to /v1/pre-reboot."),
		steadyState: counter("airlock_v1_steady_state_incoming_requests_total", "Total number of incoming requests to /v1/steady-state."),
		holders:     gauge("airlock_database_semaphore_lock_holders", "Total number of locked slots per group, in the database."),
		slots:       gauge("airlock_database_semaphore_slots", "Total number of slots per group, in the database."),
		groups:      make(map[string]*groupMetrics, len(s.groups)),
	}
	configGroups := prometheus.NewGauge(prometheus.GaugeOpts{Name: "airlock_config_groups", Help: "Total number of configured groups."})
	configSlots := gauge("airlock_config_semaphore_slots", "Total number of configured slots per group.")
	refusals := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "fleetlock_refusals_total", Help: "Total number of lock requests refused because no slot was free.",
	}, byGroup)
	configGroups.Set(float64(len(s.groups)))
	for name, slots := range s.groups {
		configSlots.WithLabelValues(name).Set(float64(slots))
		m.groups[name] = &groupMetrics{refusals: refusals.WithLabelValues(name)}
	}
	m.registry.MustRegister(m.preReboot, m.steadyState, m.holders, m.slots, configGroups, configSlots, refusals,
		newWaiting(s), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// observe sets the gauges of the database.
func (m *metrics) observe(group string, sem semaphore.Semaphore) {
	m.holders.WithLabelValues(group).Set(float64(len(sem.Holders)))
	m.slots.WithLabelValues(group).Set(float64(sem.TotalSlots))
}

func (m *metrics) refused(group string) { m.groups[group].refusals.Inc() }

func (m *metrics) handler() http.Handler {
	return promhttp.InstrumentMetricHandler(m.registry, promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
}

// waiting reads the waiters when it is scraped.
type waiting struct {
	server        *Server
	count, oldest *prometheus.Desc
}

func newWaiting(s *Server) *waiting {
	return &waiting{
		server: s,
		count:  prometheus.NewDesc("fleetlock_waiters", "Number of nodes that were refused and still ask, per group.", []string{"group"}, nil),
		oldest: prometheus.NewDesc("fleetlock_oldest_waiter_seconds", "How long the longest waiting node waits, per group.", []string{"group"}, nil),
	}
}

// Describe implements prometheus.Collector.
func (c *waiting) Describe(ch chan<- *prometheus.Desc) { ch <- c.count; ch <- c.oldest }

// Collect implements prometheus.Collector.
func (c *waiting) Collect(ch chan<- prometheus.Metric) {
	now := c.server.now()
	for _, name := range c.server.groups.Names() {
		n, oldest := c.server.waiters.summary(name, now)
		ch <- prometheus.MustNewConstMetric(c.count, prometheus.GaugeValue, float64(n), name)
		ch <- prometheus.MustNewConstMetric(c.oldest, prometheus.GaugeValue, oldest.Seconds(), name)
	}
}
