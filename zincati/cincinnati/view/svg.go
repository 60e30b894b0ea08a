package view

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/internal/page"
)

// Measures of the picture, in pixels.
const (
	margin    = 12
	laneWidth = 15
	textWidth = 254 // right of the releases: with three lanes the picture fits a phone
	gap       = 16  // from a release's middle to its text
	corner    = 7   // radius of the lanes' corners
	meet      = 5   // above and below the middle, where a release is left and entered
)

// SVG draws the graph as a self-contained SVG document: a row per release,
// the newest at the top, runs of old releases that differ in nothing folded
// into one. What exceeds the options' limits is left out and said so; the
// picture stays below 1 MB whatever the graph.
func SVG(w io.Writer, g *cincinnati.Graph, o *Options) error {
	opts := o.filled()
	_, err := w.Write(drawing(newModel(g, opts.At.Unix()), &opts))
	return err
}

// canvas is a picture in the making.
type canvas struct {
	bytes.Buffer
	l    *layout
	o    *Options
	x    float64   // middle of the releases
	mid  []float64 // per row and for the row of what is left out
	y    float64   // where the next line goes
	busy []uint8   // see traffic
}

func drawing(m *model, o *Options) []byte {
	c := &canvas{l: newLayout(m, o), o: o}
	c.x = margin + float64(c.l.lanes)*laneWidth + 14
	rows, height := c.rows()
	total := c.x + gap + textWidth
	c.header(total, height)
	c.lanes()
	c.Write(rows)
	c.WriteString("</svg>\n")
	return c.Bytes()
}

func (c *canvas) f(format string, args ...any) { fmt.Fprintf(c, format, args...) }

// n writes a coordinate.
func n(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func (c *canvas) header(width, height float64) {
	if !c.o.inline {
		c.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	}
	c.f(`<svg xmlns="http://www.w3.org/2000/svg" class="d d-fixed" role="img" aria-label="%s" width="%s" height="%s" viewBox="0 0 %[2]s %[3]s">`+"\n",
		esc(c.describe()), n(width), n(height))
	if !c.o.inline {
		c.f("<style>%s</style>\n", page.DrawingStyle)
	}
	c.f(`<rect class="d-bg" width="%s" height="%s"/>`+"\n", n(width), n(height))
}

// describe is the picture in a sentence, for those who do not see it.
func (c *canvas) describe() string {
	m := c.l.m
	var barriers, deadends, rollouts int
	for i := range m.nodes {
		r := &m.nodes[i]
		barriers += count(r.barrier)
		deadends += count(r.deadend)
		rollouts += count(r.rolling)
	}
	text := fmt.Sprintf("Update graph of %s and %s: %s, %s, %s", plural(len(m.nodes), "release"), plural(m.edges, "edge"),
		plural(barriers, "barrier"), plural(deadends, "dead end"), plural(rollouts, "rollout"))
	if c.o.Title != "" {
		text = page.Visible(c.o.Title, maxVersion) + ". " + text
	}
	return text + ". At " + page.Time(c.o.At)
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// rows draws symbols and texts and notes where each row is; the lanes, which
// lie below them, are drawn afterwards.
func (c *canvas) rows() (drawn []byte, height float64) {
	c.y = margin
	if c.o.Title != "" {
		c.text(margin, 16, "d-title", fit(page.Visible(c.o.Title, 0), c.x+gap+textWidth-2*margin, 16, false))
		c.y += 22
		c.text(margin, 12, "d-small d-soft", page.Time(c.o.At))
		c.y += 24
	}
	for _, r := range c.l.rows {
		c.mid = append(c.mid, c.y+13)
		if r.size() > 1 {
			c.folded(r)
		} else {
			c.single(r.first)
		}
	}
	c.mid = append(c.mid, c.y+13)
	if c.l.older > 0 {
		c.text(c.x+gap, 17, "d-soft", plural(c.l.older, "older release")+" not drawn")
		c.y += 28
	}
	if len(c.l.rows) == 0 {
		c.text(margin, 17, "d-soft", "The graph has no releases.")
		c.y += 28
	}
	if left := len(c.l.left); left > 0 {
		c.text(margin, 17, "d-soft d-small", "Edges into "+plural(left, "release")+" not drawn: too many at once.")
		c.y += 24
	}
	if !c.o.inline {
		c.legend()
	}
	drawn = bytes.Clone(c.Bytes())
	c.Reset()
	return drawn, c.y + margin
}

// text puts a line; baseline is relative to the present row.
func (c *canvas) text(x, baseline float64, class, s string) {
	c.f(`<text x="%s" y="%s" class="%s">%s</text>`+"\n", n(x), n(c.y+baseline), class, esc(s))
}

func (c *canvas) single(i int) {
	r, mid := &c.l.m.nodes[i], c.y+13
	name := version(c.l.m.g.Nodes[i].Version)
	c.f(`<g><title>%s</title>`+"\n", esc(c.tip(i)))
	c.symbol(r, mid)
	class := "d-mono"
	if !r.plain() {
		class += " d-strong"
	}
	x := c.x + gap
	name = fit(name, textWidth-4, 13, true)
	c.text(x, 17.5, class, name)
	x += width(name, 13, true) + 10
	c.y += 26
	for _, mark := range []struct {
		on          bool
		word, class string
	}{{r.barrier, "barrier", "barrier"}, {r.deadend, "dead end", "dead"}, {r.rolling, "rollout", "roll"}} {
		if !mark.on {
			continue
		}
		w := width(mark.word, 12, false) + 14
		if x+w > c.x+gap+textWidth-2 { // long versions push the marks to the next line
			x = c.x + gap
			c.y += 20
		}
		c.pill(x, c.y-26+4.5, w, mark.word, mark.class)
		x += w + 6
	}
	if r.barrier {
		c.reason(r.barrierWhy, "d-tbarrier")
	}
	if r.deadend {
		c.reason(r.deadendWhy, "d-tdead")
	}
	if r.rolling {
		c.progress(&r.progress)
	}
	c.y += 2
	c.WriteString("</g>\n")
}

func (c *canvas) pill(x, y, w float64, word, class string) {
	c.f(`<rect x="%s" y="%s" width="%s" height="17" rx="8.5" class="d-pill d-%s"/><text x="%s" y="%s" class="d-small d-strong d-mid d-t%s">%s</text>`+"\n",
		n(x), n(y), n(w), class, n(x+w/2), n(y+12.5), class, esc(word))
}

func (c *canvas) reason(why, class string) {
	for _, line := range wrap(why, textWidth-8, 12, 2) {
		c.text(c.x+gap, 11, "d-small "+class, line)
		c.y += 16
	}
	c.y += 2
}

func (c *canvas) progress(p *progress) {
	x, y, full := c.x+gap, c.y+4, float64(textWidth-80)
	c.f(`<rect x="%s" y="%s" width="%s" height="9" rx="4.5" class="d-track"/>`, n(x), n(y), n(full))
	if p.Share > 0 {
		c.f(`<rect x="%s" y="%s" width="%s" height="9" rx="4.5" class="d-bar"/>`, n(x), n(y), strconv.FormatFloat(max(full*p.Share, 5), 'f', 1, 64))
	}
	c.text(x+full+8, 13, "d-small d-strong", p.Percent)
	c.y += 19
	c.text(x, 11, "d-small d-troll", fit(p.State, textWidth, 12, false))
	c.y += 16
	when := ""
	switch {
	case p.Start != "" && p.End != "":
		when = shortTime(p.start) + " – " + shortTime(p.end) + " UTC"
	case p.Start != "":
		when = "since " + p.Start
	}
	if when != "" {
		c.text(x, 11, "d-small d-soft", fit(when, textWidth, 12, false))
		c.y += 16
	}
	c.y += 2
}

// shortTime leaves out year and zone: the picture is narrow, and the times of
// a rollout are near.
func shortTime(second int64) string {
	if second < 0 || second > lastSecond {
		return secondText(second)
	}
	return time.Unix(second, 0).UTC().Format("2 Jan 15:04")
}

// folded draws a run of equal releases.
func (c *canvas) folded(r run) {
	mid := c.y + 13
	c.WriteString("<g>")
	for _, d := range []float64{-5, 0, 5} {
		c.f(`<circle cx="%s" cy="%s" r="4.5" class="d-node"/>`, n(c.x), n(mid-d))
	}
	c.WriteByte('\n')
	c.text(c.x+gap, 17.5, "", plural(r.size(), "release"))
	c.y += 24
	span := version(c.l.m.g.Nodes[r.first].Version) + " – " + version(c.l.m.g.Nodes[r.last].Version)
	c.text(c.x+gap, 10, "d-small d-soft", fit(span, textWidth-4, 12, false))
	c.y += 20
	c.WriteString("</g>\n")
}

// tip is the text that a pointer resting on a release shows.
func (c *canvas) tip(i int) string {
	m := c.l.m
	text := version(m.g.Nodes[i].Version) + "\n" + plural(len(m.in.of(i)), "edge") + " in, " + plural(len(m.out.of(i)), "edge") + " out"
	if m.nodes[i].barrier {
		text += "\nbarrier: " + m.nodes[i].barrierWhy
	}
	if m.nodes[i].deadend {
		text += "\ndead end: " + m.nodes[i].deadendWhy
	}
	return text
}
