package view

import (
	"bytes"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/internal/page"
)

// tableBudget bounds the table in bytes; with the picture, which is bounded
// by its rows, a page stays below two megabytes.
const tableBudget = 900 << 10

// Bounds within the table.
const (
	maxNext    = 4   // targets named per release
	maxMembers = 400 // releases listed per folded run
)

type mark struct{ Text, Class string }

// tableRow is a release in words.
type tableRow struct {
	Version, Index        string
	Marks                 []mark
	Reasons               []string
	Next                  []string
	Short                 bool // the versions fit a line
	MoreNext              int
	Payload, PayloadShort string
}

// marks names the marks; withShare tells the progress of a rollout, too.
func (r *release) marks(withShare bool) []mark {
	var out []mark
	if r.barrier {
		out = append(out, mark{"barrier", "warn"})
	}
	if r.deadend {
		out = append(out, mark{"dead end", "bad"})
	}
	if withShare && r.rolling {
		out = append(out, mark{"rollout " + r.progress.Percent, "info"})
	}
	return out
}

// reasons explains the marks, in their order; which is which need only be said
// when there are several.
func (r *release) reasons() []string {
	var out []string
	add := func(on bool, name, why string) {
		switch {
		case !on || why == "":
		case count(r.barrier)+count(r.deadend)+count(r.rolling) > 1:
			out = append(out, name+": "+why)
		default:
			out = append(out, why)
		}
	}
	add(r.barrier, "barrier", r.barrierWhy)
	add(r.deadend, "dead end", r.deadendWhy)
	add(r.rolling, "rollout", r.progress.words())
	return out
}

func (m *model) row(i int) tableRow {
	node, r := &m.g.Nodes[i], &m.nodes[i]
	row := tableRow{Version: version(node.Version), Marks: r.marks(true)}
	row.Index = page.Visible(node.Metadata[cincinnati.MetaAgeIndex], 20)
	if row.Index == "" {
		row.Index = "–"
	}
	row.Reasons = r.reasons()
	row.Next, row.MoreNext = m.next(i)
	row.Short = !slices.ContainsFunc(append(row.Next, row.Version), func(v string) bool { return utf8.RuneCountInString(v) > 24 })
	row.Payload = page.Visible(node.Payload, maxPayload)
	row.PayloadShort = shortPayload(row.Payload)
	return row
}

// words tells start, duration and state of a rollout.
func (p *progress) words() string {
	text := p.State
	if p.Start != "" {
		text += ", from " + p.Start
	}
	if p.Length != "" {
		text += " for " + p.Length
	}
	return text
}

// next names a release's targets, newest first.
func (m *model) next(i int) (names []string, more int) {
	out := m.out.of(i)
	for k := len(out) - 1; k >= max(0, len(out)-maxNext); k-- {
		names = append(names, version(m.g.Nodes[out[k]].Version))
	}
	return names, max(0, len(out)-maxNext)
}

// shortPayload keeps the beginning of a checksum, and of an image its name.
func shortPayload(s string) string {
	name, digest, image := strings.Cut(s, "@")
	if !image {
		name, digest = "", s
	}
	digest = strings.TrimPrefix(digest, "sha256:")
	if r := []rune(digest); len(r) > 12 {
		digest = string(r[:12]) + "…"
	}
	if image {
		if slash := strings.LastIndexByte(name, '/'); slash >= 0 {
			name = name[slash+1:]
		}
		return page.Visible(name, 24) + "@" + digest
	}
	return digest
}

// table writes the releases, newest first, and says what had no room.
func table(m *model) (html template.HTML, omitted string) {
	var b bytes.Buffer
	b.WriteString(`<div class="scroll" tabindex="0" role="region" aria-label="Table of releases, scrolls">
<table class="stack"><caption>Newest first. Runs of releases that differ in nothing are folded.</caption>
<thead><tr><th scope="col">Release</th><th scope="col" class="num">Index</th><th scope="col">Marks</th><th scope="col">May go to</th><th scope="col">Payload</th></tr></thead>
<tbody>
`)
	runs := m.runs(false)
	left := 0
	for i := len(runs) - 1; i >= 0; i-- {
		if b.Len() > tableBudget {
			left += runs[i].size()
			continue
		}
		if runs[i].size() == 1 {
			execute(&b, "single", m.row(runs[i].first))
		} else {
			m.fold(&b, runs[i])
		}
	}
	b.WriteString("</tbody></table></div>")
	if left > 0 {
		omitted = plural(left, "older release") + " are not listed: the graph is too large for a page."
	}
	return template.HTML(b.String()), omitted
}

// fold writes a run of releases as one row that opens.
func (m *model) fold(b *bytes.Buffer, r run) {
	head := struct {
		Count, First, Last string
		Next               []string
		MoreNext           int
	}{Count: plural(r.size(), "release"), First: version(m.g.Nodes[r.first].Version), Last: version(m.g.Nodes[r.last].Version)}
	head.Next, head.MoreNext = m.next(r.first)
	execute(b, "open", head)
	i := r.last
	for ; i >= r.first && r.last-i < maxMembers && b.Len() < tableBudget; i-- {
		execute(b, "member", m.row(i))
	}
	rest := ""
	if i >= r.first {
		rest = fmt.Sprintf("%s not listed.", plural(i-r.first+1, "older release"))
	}
	execute(b, "close", rest)
}

// execute cannot fail: the buffer takes all, and the types are ours.
func execute(b *bytes.Buffer, name string, data any) {
	if err := rowTemplate.ExecuteTemplate(b, name, data); err != nil {
		panic("view: " + err.Error())
	}
}
