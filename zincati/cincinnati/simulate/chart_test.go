package simulate_test

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/zincati/cincinnati/simulate"
	"github.com/nestos-dev/nestos/zincati/internal/page"
	"github.com/nestos-dev/nestos/zincati/internal/page/pagetest"
)

// fleet is one that shows everything: old nodes behind a barrier, slow
// downloads, a night window for reboots.
func fleet(t testing.TB, nodes int) *simulate.Curves {
	t.Helper()
	c, err := simulate.Run(t.Context(), graph(48), simulate.Fleet{Nodes: nodes, Start: begin.Add(-2 * time.Hour), Length: 72 * time.Hour, Seed: 7,
		From: []simulate.Share{{Version: "42.20250914.3.0", Weight: 0.08}, {Version: "42.20251012.3.0", Weight: 0.05},
			{Version: "44.20260412.3.0", Weight: 0.17}, {Version: "44.20260623.3.1", Weight: 0.7}},
		Stage:  simulate.Delay{Min: 2 * time.Minute, Max: 40 * time.Minute, LongTail: true},
		Reboot: simulate.Delay{Min: time.Minute, Max: 4 * time.Minute}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestChart(t *testing.T) {
	c := fleet(t, 20_000)
	var b bytes.Buffer
	if err := c.WriteSVG(&b); err != nil {
		t.Fatal(err)
	}
	count := pagetest.Elements(t, b.Bytes())
	if count["polygon"] != len(c.Series) || count["polyline"] != 1 {
		t.Errorf("%d areas of %d releases, %d lines", count["polygon"], len(c.Series), count["polyline"])
	}
	for _, want := range []string{"20\u202f000 nodes from 2026-07-22 04:00 UTC", ">44.20260707.3.1</text>", "schedule of 44.20260707.3.1", "hours since the start",
		">72</text>", ">100 %</text>", "44.20260707.3.1 100.0 %"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("lacks %q", want)
		}
	}
}

func TestChartOfHostileCurves(t *testing.T) {
	c := &simulate.Curves{Nodes: 30, Start: begin, Step: time.Minute, Updating: make([]int, 100_000), Waiting: make([]int, 100_000)}
	for i := range 30 {
		s := simulate.Series{Version: fmt.Sprintf("%d<script>&\"\x00\u202e%s", i, strings.Repeat("x", 1000)), Counts: make([]int, 100_000)}
		for k := range s.Counts {
			s.Counts[k] = 1
		}
		c.Series = append(c.Series, s)
	}
	var b bytes.Buffer
	if err := c.WriteSVG(&b); err != nil {
		t.Fatal(err)
	}
	if count := pagetest.Elements(t, b.Bytes()); count["script"] > 0 || count["polygon"] != 8 {
		t.Error(count)
	}
	if b.Len() > 200_000 || !strings.Contains(b.String(), "23 other releases") {
		t.Errorf("%d bytes", b.Len())
	}
	one := &simulate.Curves{Nodes: 1, Start: begin, Step: time.Minute, Series: []simulate.Series{{Version: "1", Counts: []int{1}}}, Updating: []int{0}, Waiting: []int{0}}
	b.Reset()
	if err := one.WriteSVG(&b); err != nil {
		t.Fatal(err)
	}
	pagetest.Elements(t, b.Bytes())
	if strings.Contains(b.String(), "NaN") || strings.Contains(b.String(), "Inf") {
		t.Error("a curve of one sample has no place")
	}
}

func TestChartInBrowser(t *testing.T) {
	c := fleet(t, 100_000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var b bytes.Buffer
		c.WriteSVG(&b)
		svg := b.String()
		svg = svg[strings.Index(svg, "<svg"):]
		start, end := strings.Index(svg, "<style>"), strings.Index(svg, "</style>")+len("</style>")
		page.SetHeaders(w.Header())
		page.Write(w, &page.Page{Title: "Chart", Body: template.HTML(`<section class="card"><h2>Chart</h2>` + svg[:start] + svg[end:] + `</section>`)})
	}))
	t.Cleanup(server.Close)
	pagetest.Check(t, "chart", server.URL+"/")
}

func BenchmarkRun(b *testing.B) {
	for _, groups := range []int{0, 1000} {
		b.Run(fmt.Sprintf("groups=%d", groups), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := simulate.Run(b.Context(), graph(48), simulate.Fleet{Nodes: 100_000, LockGroups: groups}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
