package view_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
	"github.com/nestos-dev/nestos/zincati/cincinnati/view"
	"github.com/nestos-dev/nestos/zincati/internal/page"
	"github.com/nestos-dev/nestos/zincati/internal/page/pagetest"
)

// serve shows the graph as the servers do.
func serve(t *testing.T, g *cincinnati.Graph) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q, err := view.ParseRequest(r.URL.Query())
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		page.SetHeaders(w.Header())
		d := data(g)
		d.At, d.Expand = q.At, q.Expand
		view.Page(w, d)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func data(g *cincinnati.Graph) *view.PageData {
	d := &view.PageData{Graph: g, Now: noon, LastRefresh: noon.Add(-17 * time.Second),
		Current: view.Scope{Stream: "stable", Basearch: "x86_64"}, Footer: "cincinnati 1.0"}
	for _, stream := range []string{"stable", "testing", "next"} {
		for _, arch := range []string{"x86_64", "aarch64"} {
			d.Scopes = append(d.Scopes, view.Scope{Stream: stream, Basearch: arch}, view.Scope{Stream: stream, Basearch: arch, OCI: true})
		}
	}
	return d
}

func TestPageInBrowser(t *testing.T) {
	address := serve(t, stream(t, 160))
	t.Run("now", func(t *testing.T) { pagetest.Check(t, "graph", address+"/") })
	t.Run("later, all", func(t *testing.T) {
		pagetest.Check(t, "graph-all", address+"/?stream=stable&basearch=x86_64&at=2026-07-24T12:00&all=1")
	})
}
