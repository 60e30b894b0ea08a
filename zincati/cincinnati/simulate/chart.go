package simulate

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/nestos-dev/nestos/zincati/internal/page"
)

// Measures of the chart, in pixels. It is narrow with large letters, so that
// it can be read on a phone and scaled up elsewhere.
const (
	chartWidth  = 480
	plotLeft    = 52
	plotRight   = 464
	plotTop     = 62
	plotHeight  = 260
	plotBottom  = plotTop + plotHeight
	lineHeight  = 22
	maxAreas    = 7   // releases with an area of their own; the rest is put together
	maxVertices = 400 // points of a curve
)

// area is one stripe of the chart.
type area struct {
	name   string
	counts []int
	class  string
}

// WriteSVG draws the shares of the releases over time as stacked areas, the
// newest release at the bottom, with hours or days along the axis, the
// schedule of the newest rollout as a dashed line and a legend. The document
// is self-contained and follows the reader's choice of light or dark.
func (c *Curves) WriteSVG(w io.Writer) error {
	areas := c.areas()
	var b bytes.Buffer
	height := plotBottom + 60 + lineHeight*(len(areas)+1)
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" class="d" role="img" aria-label="%s" width="%d" height="%d" viewBox="0 0 %[2]d %[3]d">
<style>%s</style>
<rect class="d-bg" width="%[2]d" height="%[3]d"/>
`, esc(c.describe(areas)), chartWidth, height, page.DrawingStyle)
	text(&b, 12, 24, "d-title", "Releases over time")
	text(&b, 12, 44, "d-soft", fmt.Sprintf("%s nodes from %s", grouped(c.Nodes), page.Time(c.Start)))
	c.axes(&b)
	c.stack(&b, areas)
	c.planned(&b)
	c.legend(&b, areas)
	b.WriteString("</svg>\n")
	_, err := w.Write(b.Bytes())
	return err
}

func esc(s string) string { return template.HTMLEscapeString(s) }

func text(b *bytes.Buffer, x, y float64, class, s string) {
	fmt.Fprintf(b, `<text x="%s" y="%s" class="%s">%s</text>`+"\n", num(x), num(y), class, esc(s))
}

// num writes a coordinate with a tenth of a pixel.
func num(v float64) string {
	s := strconv.FormatFloat(v, 'f', 1, 64)
	if s[len(s)-2:] == ".0" {
		return s[:len(s)-2]
	}
	return s
}

func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}

// areas chooses the releases that get an area: those with the highest peaks.
// Newest first; what is left over comes last.
func (c *Curves) areas() []area {
	order := make([]int, len(c.Series))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return slices.Max(c.Series[b].Counts) - slices.Max(c.Series[a].Counts) })
	chosen := order[:min(len(order), maxAreas)]
	slices.SortFunc(chosen, func(a, b int) int { return b - a })
	var out []area
	for k, i := range chosen {
		out = append(out, area{page.Visible(c.Series[i].Version, 40), c.Series[i].Counts, "d-s" + strconv.Itoa(k+1)})
	}
	if rest := order[len(chosen):]; len(rest) > 0 {
		sum := make([]int, c.Samples())
		for _, i := range rest {
			for k, n := range c.Series[i].Counts {
				sum[k] += n
			}
		}
		out = append(out, area{strconv.Itoa(len(rest)) + " other releases", sum, "d-s0"})
	}
	return out
}

// describe is the outcome in a sentence.
func (c *Curves) describe(areas []area) string {
	last := c.Samples() - 1
	s := fmt.Sprintf("Shares of releases among %d nodes from %s to %s. At the end:", c.Nodes, page.Time(c.Start), page.Time(c.At(last)))
	for i, a := range areas {
		if i > 0 {
			s += ","
		}
		s += " " + a.name + " " + c.share(a.counts[last])
	}
	return s
}

func (c *Curves) share(n int) string {
	return strconv.FormatFloat(100*float64(n)/float64(c.Nodes), 'f', 1, 64) + " %"
}

func (c *Curves) x(sample float64) float64 {
	return plotLeft + (plotRight-plotLeft)*sample/float64(max(c.Samples()-1, 1))
}

func y(share float64) float64 { return plotBottom - plotHeight*min(max(share, 0), 1) }

// vertices are the samples that are drawn.
func (c *Curves) vertices() []int {
	step := (c.Samples() + maxVertices - 1) / maxVertices
	var out []int
	for i := 0; i < c.Samples(); i += step {
		out = append(out, i)
	}
	if last := c.Samples() - 1; out[len(out)-1] != last {
		out = append(out, last)
	}
	return out
}

// stack draws the areas, each on top of the sum of those before it.
func (c *Curves) stack(b *bytes.Buffer, areas []area) {
	points := c.vertices()
	below := make([]int, c.Samples())
	level := func(i int) string {
		return num(c.x(float64(i))) + "," + num(y(float64(below[i])/float64(c.Nodes)))
	}
	for _, a := range areas {
		fmt.Fprintf(b, `<polygon class="d-area %s" points="`, a.class)
		for k := len(points) - 1; k >= 0; k-- {
			b.WriteString(level(points[k]) + " ")
		}
		for i, n := range a.counts {
			below[i] += n
		}
		for _, i := range points {
			b.WriteString(level(i) + " ")
		}
		fmt.Fprintf(b, `"><title>%s</title></polygon>`+"\n", esc(a.name))
	}
}

func (c *Curves) planned(b *bytes.Buffer) {
	if c.Schedule == nil {
		return
	}
	b.WriteString(`<polyline class="d-plan" points="`)
	for _, i := range c.vertices() {
		b.WriteString(num(c.x(float64(i))) + "," + num(y(c.Schedule[i])) + " ")
	}
	b.WriteString("\"/>\n")
}

// axes draws the grid and its labels: per cent upwards, time to the right.
func (c *Curves) axes(b *bytes.Buffer) {
	for percent := 0; percent <= 100; percent += 25 {
		at := y(float64(percent) / 100)
		fmt.Fprintf(b, `<path class="d-grid" d="M%d %sH%d"/>`+"\n", plotLeft, num(at), plotRight)
		text(b, plotLeft-6, at+5, "d-soft d-end", strconv.Itoa(percent)+" %")
	}
	total := time.Duration(c.Samples()-1) * c.Step
	unit, name := tick(total)
	for at := time.Duration(0); at <= total && total > 0; at += unit {
		x := c.x(float64(at) / float64(c.Step))
		fmt.Fprintf(b, `<path class="d-axis" d="M%s %dv6"/>`+"\n", num(x), plotBottom)
		text(b, x, plotBottom+22, "d-soft d-mid", strconv.FormatFloat(float64(at)/float64(name.size), 'f', -1, 64))
	}
	fmt.Fprintf(b, `<path class="d-axis" d="M%d %dV%dH%d"/>`+"\n", plotLeft, plotTop, plotBottom, plotRight)
	text(b, (plotLeft+plotRight)/2, plotBottom+42, "d-soft d-mid", name.text+" since the start")
}

type unitName struct {
	text string
	size time.Duration
}

// tick chooses what the axis is labelled with: at most eight steps.
func tick(total time.Duration) (unit time.Duration, name unitName) {
	const day = 24 * time.Hour
	for _, unit := range []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour,
		3 * time.Hour, 6 * time.Hour, 12 * time.Hour, day, 2 * day, 7 * day, 14 * day} {
		if total/unit > 8 {
			continue
		}
		switch {
		case unit < time.Hour:
			return unit, unitName{"minutes", time.Minute}
		case unit < day:
			return unit, unitName{"hours", time.Hour}
		}
		return unit, unitName{"days", day}
	}
	return 14 * day, unitName{"days", day}
}

// legend lists the areas as they lie above each other, with their final
// share, so that they can be told apart without colours.
func (c *Curves) legend(b *bytes.Buffer, areas []area) {
	at := float64(plotBottom + 66)
	text(b, plotRight, at, "d-end d-soft", "at the end")
	if c.Schedule != nil {
		fmt.Fprintf(b, `<path class="d-plan" d="M12 %sh18"/>`+"\n", num(at-5))
		text(b, 40, at, "", "schedule of "+page.Visible(c.ScheduleVersion, 40))
	}
	at += lineHeight
	last := c.Samples() - 1
	for k := len(areas) - 1; k >= 0; k-- {
		a := areas[k]
		fmt.Fprintf(b, `<rect class="d-area %s" x="12" y="%s" width="18" height="12" rx="2"/>`+"\n", a.class, num(at-11))
		text(b, 40, at, "", a.name)
		text(b, plotRight, at, "d-end d-strong", c.share(a.counts[last]))
		at += lineHeight
	}
}
