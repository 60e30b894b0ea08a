package server

import (
	"bytes"
	"errors"
	"html/template"
	"net/http"
	"time"

	"github.com/nestos-dev/nestos/zincati/internal/page"
)

// maxRows bounds a table of the page.
const maxRows = 500

// pageRefresh is how often the page reloads itself.
const pageRefresh = 30 * time.Second

// pageData is what the template shows.
type pageData struct {
	Problem string
	Groups  []pageGroup
}

type pageGroup struct {
	Name             string
	Taken, Slots     uint64
	Free             uint64
	Configured       uint64 // differs from Slots if the database has another
	Holders, Waiters []pageRow
	MoreHolders      int
	MoreWaiters      int
}

// Over says that there are more holders than slots, after the slots were
// reduced.
func (g *pageGroup) Over() bool { return g.Taken > g.Slots }

// Bar is a full bar for the progress element; a group without slots is full.
func (g *pageGroup) Bar() uint64 { return max(g.Slots, 1) }

// Filled is the filled part of Bar.
func (g *pageGroup) Filled() uint64 {
	if g.Slots == 0 {
		return 1
	}
	return min(g.Taken, g.Slots)
}

type pageRow struct{ ID, Since, Age, LastSeen string }

var pageTemplate = template.Must(template.New("locks").Parse(`
{{- with .Problem}}<p class="notice bad" role="alert">The lock store has a problem: {{.}}</p>{{end}}
{{- range .Groups}}
<section class="card">
<h2>{{.Name}}</h2>
<p>{{if .Over}}<span class="badge bad">over</span>{{else if .Free}}<span class="badge ok">{{.Free}} free</span>{{else}}<span class="badge warn">full</span>{{end}}
{{.Taken}} of {{.Slots}} slots taken <progress max="{{.Bar}}" value="{{.Filled}}" aria-label="slots taken in {{.Name}}"></progress></p>
{{- if ne .Slots .Configured}}<p class="notice" role="status">The configuration says {{.Configured}} slots; the database has {{.Slots}}, which counts.</p>{{end}}
{{- if .Holders}}
<table class="stack"><caption>Holders</caption><thead><tr><th scope="col">Node</th><th scope="col">Since</th><th scope="col" class="num">Age</th></tr></thead><tbody>
{{- range .Holders}}<tr><td class="mono" data-label="Node">{{.ID}}</td><td data-label="Since">{{.Since}}</td><td class="num" data-label="Age">{{.Age}}</td></tr>
{{end}}</tbody></table>
{{- with .MoreHolders}}<p class="muted">and {{.}} more</p>{{end}}
{{- end}}
{{- if .Waiters}}
<table class="stack"><caption>Waiters, the longest waiting first</caption><thead><tr><th scope="col">Node</th><th scope="col">First refused</th><th scope="col" class="num">Waiting</th><th scope="col" class="num">Last asked</th></tr></thead><tbody>
{{- range .Waiters}}<tr><td class="mono" data-label="Node">{{.ID}}</td><td data-label="First refused">{{.Since}}</td><td class="num" data-label="Waiting">{{.Age}}</td><td class="num" data-label="Last asked">{{.LastSeen}} ago</td></tr>
{{end}}</tbody></table>
{{- with .MoreWaiters}}<p class="muted">and {{.}} more</p>{{end}}
{{- end}}
{{- if not (or .Holders .Waiters)}}<p class="muted">Nobody holds a lock, nobody waits.</p>{{end}}
</section>
{{- end}}`))

// servePage shows groups, slots, holders and waiters.
func (s *Server) servePage(w http.ResponseWriter, r *http.Request) {
	if !readOnly(w, r) {
		return
	}
	slots, err := s.Slots(r.Context())
	now := s.now()
	data := pageData{}
	problem := s.problem()
	if err != nil || errors.Is(problem, errNotChecked) { // it has just been read
		problem = err
	}
	if problem != nil {
		data.Problem = page.Visible(problem.Error(), 300)
	}
	if err == nil {
		for _, g := range slots.Groups {
			data.Groups = append(data.Groups, s.pageGroup(&g, now))
		}
	}
	var out bytes.Buffer
	if err := writePage(&out, &data, now); err != nil {
		s.logger.Error("the page failed", "error", err)
		http.Error(w, "the page failed", http.StatusInternalServerError)
		return
	}
	page.SetHeaders(w.Header())
	w.Header().Set("Cache-Control", "no-store")
	if err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_, _ = w.Write(out.Bytes()) // the client is gone
}

func writePage(out *bytes.Buffer, data *pageData, now time.Time) error {
	var body bytes.Buffer
	if err := pageTemplate.Execute(&body, data); err != nil {
		return err
	}
	return page.Write(out, &page.Page{
		Title: "Reboot locks", Heading: "Reboot locks",
		Lead:    "Which nodes may reboot now, and which wait for it.",
		Refresh: pageRefresh, Footer: "As of " + page.Time(now),
		Body: template.HTML(body.String()),
	})
}

func (s *Server) pageGroup(g *GroupSlots, now time.Time) pageGroup {
	p := pageGroup{
		Name: page.Visible(g.Group, 100), Taken: uint64(len(g.Holders)), Slots: g.TotalSlots, Configured: s.groups[g.Group],
		MoreHolders: max(0, len(g.Holders)-maxRows), MoreWaiters: max(0, len(g.Waiters)-maxRows),
	}
	p.Free = p.Slots - min(p.Slots, p.Taken)
	for _, id := range g.Holders[:len(g.Holders)-p.MoreHolders] {
		row := pageRow{ID: page.Visible(id, 100), Since: "unknown", Age: "unknown"}
		if at, ok := g.Granted[id]; ok {
			row.Since, row.Age = page.Time(at.Truncate(time.Second)), page.Age(now.Sub(at))
		}
		p.Holders = append(p.Holders, row)
	}
	for _, waiter := range g.Waiters[:len(g.Waiters)-p.MoreWaiters] {
		p.Waiters = append(p.Waiters, pageRow{
			ID: page.Visible(waiter.ID, 100), Since: page.Time(waiter.Since.Truncate(time.Second)),
			Age: page.Age(now.Sub(waiter.Since)), LastSeen: page.Age(now.Sub(waiter.LastSeen)),
		})
	}
	return p
}
