package view

import (
	"bytes"
	"html/template"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/internal/page"
)

// Link is an entry of the page's navigation: it has the fields Text, Href, and Current (the
// page being shown).
type Link = page.Link

// ContentSecurityPolicy is the header that the page is made for: no script,
// no request to anywhere.
const ContentSecurityPolicy = page.ContentSecurityPolicy

// PageData is all that the page shows.
type PageData struct {
	Title       string            // empty: "Update graph"
	Scopes      []Scope           // to choose from
	Current     Scope             // the one shown
	Graph       *cincinnati.Graph // unthrottled; nil when there is none
	At          time.Time         // the moment shown; zero: now
	Now         time.Time         // zero: time.Now
	LastRefresh time.Time         // of the graph from its sources; zero: never
	Problem     string            // what is wrong, in a sentence; empty: nothing
	Expand      bool              // every release in the picture
	Refresh     time.Duration     // reload the page after that time; only while it shows now
	Nav         []Link            // the server's other pages
	Footer      string            // a line at the end, such as the program's version
}

// Page writes the HTML page of an update graph: a form to choose scope and
// moment, the rollouts with their progress, the picture, a table of the
// releases. It needs no script and makes no request; it is to be sent with
// [ContentSecurityPolicy]. Its size is bounded (about 2 MB), what is left out
// is said.
func Page(w io.Writer, p *PageData) error {
	d := newContent(p)
	var body bytes.Buffer
	if err := pageTemplate.Execute(&body, d); err != nil {
		return err
	}
	out := &page.Page{
		Title:   page.Visible(p.Current.String(), maxReason) + " – " + d.Title,
		Heading: d.Title,
		Lead:    "Which release may be followed by which, and how far each rollout has come.",
		Nav:     p.Nav,
		Footer:  p.Footer,
		Body:    template.HTML(body.String()),
	}
	if p.At.IsZero() {
		out.Refresh = p.Refresh
	}
	return page.Write(w, out)
}

// content is what the template shows.
type content struct {
	*PageData
	Request
	Problem                     string
	Streams, Basearchs, Schemes []choice
	Input, Shown, Refreshed     string
	Quick                       []Link
	Releases, Edges             string
	Odd                         int
	Rollouts                    []rolloutRow
	MoreRollouts                int
	Picture, Table              template.HTML
	Legend                      []legendEntry
	Toggle                      string
	Omitted                     string
	HasGraph                    bool
}

type choice struct {
	Value, Text string
	Selected    bool
}

type rolloutRow struct {
	Version string
	Marks   []mark
	progress
}

type legendEntry struct {
	Symbol template.HTML
	Text   string
}

func newContent(p *PageData) *content {
	now := p.Now
	if now.IsZero() {
		now = time.Now()
	}
	at := p.At
	if at.IsZero() {
		at = now
	}
	data := *p
	if data.Title == "" {
		data.Title = "Update graph"
	}
	data.Current.Stream = page.Visible(p.Current.Stream, maxScope)
	data.Current.Basearch = page.Visible(p.Current.Basearch, maxScope)
	d := &content{PageData: &data, Request: Request{Scope: data.Current, At: p.At, Expand: p.Expand}, HasGraph: p.Graph != nil}
	d.Problem = page.Visible(p.Problem, 1000)
	d.choices()
	d.Shown = page.Time(at)
	if p.At.IsZero() {
		d.Shown += " (now)"
	} else {
		d.Input = at.UTC().Format("2006-01-02T15:04")
	}
	d.Refreshed = page.Time(p.LastRefresh)
	if !p.LastRefresh.IsZero() {
		d.Refreshed += ", " + page.Age(now.Sub(p.LastRefresh)) + " ago"
	}
	if p.Graph == nil {
		d.quick(now, nil)
		return d
	}
	d.graph(newModel(p.Graph, at.Unix()), at, now)
	return d
}

// maxRollouts is how many rollouts are listed: streams have one or two.
const maxRollouts = 50

func (d *content) graph(m *model, at, now time.Time) {
	d.Releases, d.Edges, d.Odd = plural(len(m.nodes), "release"), plural(m.edges, "edge"), m.odd
	for i := len(m.nodes) - 1; i >= 0; i-- {
		r := &m.nodes[i]
		switch {
		case !r.rolling:
		case len(d.Rollouts) == maxRollouts:
			d.MoreRollouts++
		default:
			d.Rollouts = append(d.Rollouts, rolloutRow{version(m.g.Nodes[i].Version), r.marks(false), r.progress})
		}
	}
	d.quick(now, d.Rollouts)
	o := (&Options{At: at, Expand: d.Request.Expand, inline: true}).filled()
	d.Picture = template.HTML(drawing(m, &o))
	d.Legend = legendEntries()
	toggled := d.Request
	toggled.Expand = !toggled.Expand
	d.Toggle = "?" + toggled.values().Encode()
	d.Table, d.Omitted = table(m)
}

// choices fills the three lists with what the scopes have, in their order.
func (d *content) choices() {
	add := func(list []choice, value, text string, selected bool) []choice {
		if slices.ContainsFunc(list, func(c choice) bool { return c.Value == page.Visible(value, maxScope) }) {
			return list
		}
		return append(list, choice{page.Visible(value, maxScope), page.Visible(text, maxVersion), selected})
	}
	// A scope that the server does not have still shows as what was asked for.
	for _, s := range append(slices.Clone(d.Scopes), d.Current) {
		d.Streams = add(d.Streams, s.Stream, s.Stream, s.Stream == d.Current.Stream)
		d.Basearchs = add(d.Basearchs, s.Basearch, s.Basearch, s.Basearch == d.Current.Basearch)
		d.Schemes = add(d.Schemes, strconv.FormatBool(s.OCI), scheme(s.OCI), s.OCI == d.Current.OCI)
	}
}

// quick offers the moments that are worth a look.
func (d *content) quick(now time.Time, rollouts []rolloutRow) {
	link := func(text string, at time.Time) {
		r := d.Request
		r.At = at
		d.Quick = append(d.Quick, Link{Text: text, Href: "?" + r.values().Encode(), Current: d.Request.At.Equal(at)})
	}
	link("now", time.Time{})
	link("in 6 h", now.Add(6*time.Hour).Truncate(time.Minute))
	link("in 24 h", now.Add(24*time.Hour).Truncate(time.Minute))
	for _, r := range rollouts[:min(len(rollouts), 3)] {
		if r.end <= 0 || r.end > lastSecond || r.start <= 0 || r.start > lastSecond {
			continue
		}
		name := page.Visible(r.Version, 24)
		link(name+" starts", time.Unix(r.start, 0))
		link("half-way", time.Unix(r.start+(r.end-r.start)/2, 0))
		link("complete", time.Unix(r.end, 0))
	}
}

func legendEntries() []legendEntry {
	var out []legendEntry
	for _, e := range legends {
		c := &canvas{x: 13}
		c.f(`<svg class="d" aria-hidden="true" width="26" height="26" viewBox="0 0 26 26">`)
		c.symbol(&e.r, 13)
		c.WriteString("</svg>")
		out = append(out, legendEntry{template.HTML(c.String()), e.text})
	}
	return out
}
