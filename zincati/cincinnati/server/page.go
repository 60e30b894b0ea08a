package server

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/cincinnati/view"
	"github.com/nestos-dev/nestos/zincati/internal/page"
)

// pageRefresh is how often a page that shows the present reloads itself.
const pageRefresh = 60 * time.Second

// pagePatience is how long a page waits for the others that are being drawn. Pages that wait take the places of the
// fleet's requests.
const pagePatience = time.Second

// servePage shows a graph to people: as a page, or as its picture alone.
func (s *Server) servePage(w http.ResponseWriter, r *http.Request) {
	p := s.look(r)
	select {
	case s.pages <- struct{}{}:
		defer func() { <-s.pages }()
	case <-r.Context().Done():
		return
	case <-time.After(pagePatience):
		busy.serve(w, r)
		return
	}
	var body bytes.Buffer
	var err error
	switch r.URL.Path {
	case "/":
		page.SetHeaders(w.Header())
		err = view.Page(&body, p.data())
	case "/graph.svg":
		drawingHeaders(w.Header(), "image/svg+xml")
		err = p.draw(&body, view.SVG)
	case "/graph.dot":
		drawingHeaders(w.Header(), "text/vnd.graphviz; charset=utf-8")
		err = p.draw(&body, view.DOT)
	}
	switch {
	case p.failure != nil && r.URL.Path != "/":
		p.failure.serve(w, r)
	case err != nil:
		s.log.Error("drawing a graph failed", "error", err)
		(&failure{http.StatusInternalServerError, cincinnati.KindFailedPluginExecution, "the graph cannot be drawn"}).serve(w, r)
	default:
		writeBody(w, r, p.status(), body.Bytes())
	}
}

func drawingHeaders(h http.Header, kind string) {
	h.Set("Content-Type", kind)
	h["X-Content-Type-Options"] = valueNosniff
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
}

// writeBody sends a document that was made for this request.
func writeBody(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	h := w.Header()
	h["Vary"] = valueVary
	h.Set("Cache-Control", "no-cache")
	if acceptsGzip(r.Header["Accept-Encoding"]) {
		var b bytes.Buffer
		z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
		if err == nil {
			z.Write(body) // a bytes.Buffer takes all
			z.Close()
			body = b.Bytes()
			h.Set("Content-Encoding", "gzip")
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		w.Write(body)
	}
}

// shown is what a person asked for and what there is of it.
type shown struct {
	req       view.Request
	scopes    []view.Scope
	snapshot  *snapshot // nil when there is none
	refreshed time.Time
	now       time.Time
	failure   *failure
	footer    string
}

// look finds the graph for a page. What is not chosen is the first that fits.
func (s *Server) look(r *http.Request) *shown {
	p := &shown{scopes: s.viewScopes(), now: s.now(), footer: "cincinnati " + s.cfg.Mode.String()}
	var err error
	if p.req, err = view.ParseRequest(r.URL.Query()); err != nil {
		p.failure = &failure{http.StatusBadRequest, cincinnati.KindInvalidParams, err.Error()}
	}
	p.req.Scope = complete(p.req.Scope, p.scopes)
	if p.failure != nil {
		return p
	}
	k := key{p.req.Scope.Stream, p.req.Scope.Basearch, p.req.Scope.OCI}
	if s.remotes != nil {
		p.snapshot, err = s.remotes.get(r.Context(), k)
		if err != nil {
			p.failure = upstreamError(err)
			return p
		}
		p.refreshed = s.remotes.refreshed(k)
		return p
	}
	sc := s.scopes[k]
	switch {
	case sc == nil && !s.hasStream(k.stream):
		p.failure = absent("stream", k.stream)
	case sc == nil:
		p.failure = absent("basearch", k.basearch)
	case !sc.ready():
		p.failure = &failure{http.StatusServiceUnavailable, cincinnati.KindFailedUpstreamFetch, "The metadata of this stream have not been fetched yet."}
	default:
		p.snapshot = sc.snapshot.Load()
		p.refreshed = time.Unix(0, sc.refreshed.Load())
	}
	return p
}

// viewScopes lists the scopes to choose from. A policy engine knows those that were asked for, and until there are
// any those that Fedora CoreOS has.
func (s *Server) viewScopes() []view.Scope {
	var all []view.Scope
	for _, sc := range s.order {
		all = append(all, view.Scope{Stream: sc.key.stream, Basearch: sc.key.basearch, OCI: sc.key.oci})
	}
	if s.remotes == nil {
		return all
	}
	if all = s.remotes.scopes(); len(all) > 0 {
		return all
	}
	for _, st := range DefaultConfig(PolicyEngine).Streams {
		for _, arch := range st.Basearches {
			all = append(all, view.Scope{Stream: st.Name, Basearch: arch}, view.Scope{Stream: st.Name, Basearch: arch, OCI: true})
		}
	}
	return all
}

func complete(s view.Scope, all []view.Scope) view.Scope {
	for _, o := range all {
		if (s.Stream == "" || s.Stream == o.Stream) && (s.Basearch == "" || s.Basearch == o.Basearch) {
			s.Stream, s.Basearch = o.Stream, o.Basearch
			break
		}
	}
	return s
}

func (p *shown) status() int {
	if p.failure != nil {
		return p.failure.status
	}
	return http.StatusOK
}

func (p *shown) data() *view.PageData {
	d := &view.PageData{
		Scopes: p.scopes, Current: p.req.Scope, At: p.req.At, Now: p.now, Expand: p.req.Expand,
		LastRefresh: p.refreshed, Refresh: pageRefresh, Footer: p.footer, Nav: p.links(),
	}
	if p.snapshot != nil {
		d.Graph = p.snapshot.graph
	}
	if p.failure != nil {
		d.Problem = p.failure.value
	}
	return d
}

// links lead to the same graph in other forms.
func (p *shown) links() []view.Link {
	nav := []view.Link{{Text: "Graph", Href: "./", Current: true}}
	if p.snapshot == nil {
		return nav
	}
	q := url.Values{"stream": {p.req.Scope.Stream}, "basearch": {p.req.Scope.Basearch}, "oci": {strconv.FormatBool(p.req.Scope.OCI)}}
	json := "v1/graph?" + q.Encode()
	if !p.req.At.IsZero() {
		q.Set("at", strconv.FormatInt(p.req.At.Unix(), 10))
	}
	return append(nav,
		view.Link{Text: "SVG", Href: "graph.svg?" + q.Encode()},
		view.Link{Text: "DOT", Href: "graph.dot?" + q.Encode()},
		view.Link{Text: "JSON", Href: json})
}

func (p *shown) draw(w io.Writer, how func(io.Writer, *cincinnati.Graph, *view.Options) error) error {
	if p.failure != nil {
		return nil
	}
	at := p.req.At
	if at.IsZero() {
		at = p.now
	}
	title := fmt.Sprintf("%s at %s", p.req.Scope, at.UTC().Format(time.RFC3339))
	return how(w, p.snapshot.graph, &view.Options{At: at, Title: title, Expand: p.req.Expand})
}

// scopes are those that have a graph, in order.
func (r *remotes) scopes() []view.Scope {
	var all []view.Scope
	for k, e := range *r.all.Load() {
		if st := e.state.Load(); st != nil && st.snapshot != nil {
			all = append(all, view.Scope{Stream: k.stream, Basearch: k.basearch, OCI: k.oci})
		}
	}
	slices.SortFunc(all, func(a, b view.Scope) int {
		return cmp.Or(cmp.Compare(a.Stream, b.Stream), cmp.Compare(a.Basearch, b.Basearch),
			cmp.Compare(strconv.FormatBool(a.OCI), strconv.FormatBool(b.OCI)))
	})
	return all
}

// refreshed is when the upstream last confirmed a graph.
func (r *remotes) refreshed(k key) time.Time {
	if e := (*r.all.Load())[k]; e != nil {
		if st := e.state.Load(); st != nil {
			return st.refreshed
		}
	}
	return time.Time{}
}
