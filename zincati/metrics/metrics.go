package metrics

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// ErrMisuse is the error of [Metrics.Err]: a name, a type or a number of labels that the agent's metrics do not have.
var ErrMisuse = errors.New("no such metric")

// Metrics is a set of metrics. Make it with [New].
type Metrics struct {
	registry *prometheus.Registry
	counters map[string]*prometheus.CounterVec
	gauges   map[string]*prometheus.GaugeVec

	mu   sync.Mutex
	err  error
	seen map[string]map[string]bool // counter → its series so far, for those with labels
}

// maxSeries bounds the series of one counter: kinds of errors come from servers, which could make up new ones for ever.
const maxSeries = 500

// otherSeries is the value of all labels of what is counted beyond that.
const otherSeries = "(other)"

// New returns a set in which all metrics are known and none has been touched.
func New() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		counters: map[string]*prometheus.CounterVec{},
		gauges:   map[string]*prometheus.GaugeVec{},
		seen:     map[string]map[string]bool{},
	}
	// Metrics without labels are vectors too: a vector without children is left out of the text.
	for _, f := range families {
		switch f.kind {
		case counter:
			v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: f.name, Help: f.help}, f.labels)
			m.registry.MustRegister(v)
			m.counters[f.name] = v
		case gauge:
			v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: f.name, Help: f.help}, f.labels)
			m.registry.MustRegister(v)
			m.gauges[f.name] = v
		}
	}
	return m
}

// Inc adds one to a counter. The values of the labels are given in the order in which the documentation of zincati
// lists the labels: "api", then "kind". A counter that does not exist is left to [Metrics.Err].
func (m *Metrics) Inc(name string, labels ...string) {
	v, ok := m.counters[name]
	if !ok {
		m.misuse(name, "counter")
		return
	}
	c, err := v.GetMetricWithLabelValues(m.bounded(name, valid(labels))...)
	if err != nil {
		m.misuse(name, fmt.Sprintf("counter with %d labels", len(labels)))
		return
	}
	c.Inc()
}

// Set gives a gauge its value. The values of the labels are given in the order in which the documentation of zincati
// lists the labels: "os_version", "basearch", "stream", "platform". A gauge that does not exist is left to
// [Metrics.Err].
func (m *Metrics) Set(name string, value float64, labels ...string) {
	v, ok := m.gauges[name]
	if !ok {
		m.misuse(name, "gauge")
		return
	}
	g, err := v.GetMetricWithLabelValues(valid(labels)...)
	if err != nil {
		m.misuse(name, fmt.Sprintf("gauge with %d labels", len(labels)))
		return
	}
	g.Set(value)
}

// bounded returns the labels, or others if the counter has too many series to begin another.
func (m *Metrics) bounded(name string, labels []string) []string {
	if len(labels) == 0 {
		return nil
	}
	key := strings.Join(labels, "\xff") // a byte that valid labels do not hold
	m.mu.Lock()
	defer m.mu.Unlock()
	series := m.seen[name]
	switch {
	case series == nil:
		m.seen[name] = map[string]bool{key: true}
	case series[key]:
	case len(series) < maxSeries:
		series[key] = true
	default:
		return slices.Repeat([]string{otherSeries}, len(labels))
	}
	return labels
}

// valid makes values from the network fit for labels, which must be UTF-8 and should be short.
func valid(labels []string) []string {
	const longest = 256
	for i, l := range labels {
		if len(l) > longest || strings.ToValidUTF8(l, "") != l {
			fixed := append([]string(nil), labels...)
			for j := i; j < len(fixed); j++ {
				fixed[j] = strings.ToValidUTF8(fixed[j][:min(len(fixed[j]), longest)], "\uFFFD")
			}
			return fixed
		}
	}
	return labels
}

// Err returns the first misuse of Inc or Set, which wraps [ErrMisuse], or nil. Counting is not worth ending an agent
// for; tests look here.
func (m *Metrics) Err() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.err
}

func (m *Metrics) misuse(name, what string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err == nil {
		m.err = fmt.Errorf("%w: %s %q", ErrMisuse, what, name)
	}
}

// WriteText writes all series that have been touched in the Prometheus text format 0.0.4: metrics in the order of
// their names, series in that of their labels' values.
func (m *Metrics) WriteText(w io.Writer) error {
	text, err := m.text()
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

func (m *Metrics) text() ([]byte, error) {
	gathered, err := m.registry.Gather()
	if err != nil {
		return nil, fmt.Errorf("gathering metrics: %w", err)
	}
	var b bytes.Buffer
	for _, f := range gathered {
		writeFamily(&b, f)
	}
	return b.Bytes(), nil
}

// writeFamily is the part of the format that counters and gauges need. The encoder of Prometheus itself writes large
// integers with an exponent.
func writeFamily(b *bytes.Buffer, f *dto.MetricFamily) {
	name := f.GetName()
	typ := strings.ToLower(f.GetType().String())
	fmt.Fprintf(b, "# HELP %s %s\n# TYPE %s %s\n", name, helpEscaper.Replace(f.GetHelp()), name, typ)
	for _, series := range f.GetMetric() {
		b.WriteString(name)
		writeLabels(b, series.GetLabel())
		value := series.GetGauge().GetValue()
		if c := series.GetCounter(); c != nil {
			value = c.GetValue()
		}
		b.WriteByte(' ')
		b.WriteString(number(value))
		b.WriteByte('\n')
	}
}

var (
	helpEscaper  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	labelEscaper = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
)

func writeLabels(b *bytes.Buffer, labels []*dto.LabelPair) {
	if len(labels) == 0 {
		return
	}
	sep := byte('{')
	for _, l := range labels {
		b.WriteByte(sep)
		b.WriteString(l.GetName())
		b.WriteString(`="`)
		b.WriteString(labelEscaper.Replace(l.GetValue()))
		b.WriteByte('"')
		sep = ','
	}
	b.WriteByte('}')
}

// number writes a value without an exponent, however large it is.
func number(v float64) string {
	switch {
	case math.IsInf(v, 1):
		return "+Inf"
	case math.IsInf(v, -1):
		return "-Inf"
	case math.IsNaN(v):
		return "NaN"
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}
