package server

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

func (s *Server) routeStatus() http.Handler {
	measure := promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			switch r.URL.Path {
			case "/metrics", "/livez", "/readyz":
				noMethod.serve(w, r)
				return
			}
		}
		switch r.URL.Path {
		case "/metrics":
			measure.ServeHTTP(w, r)
		case "/livez":
			health(w, "")
		case "/readyz":
			health(w, s.unready())
		default:
			noPath.serve(w, r)
		}
	})
}

// unready says what keeps the server from being ready, if anything does.
func (s *Server) unready() string {
	if s.addresses.Draining() {
		return "shutting down"
	}
	var waiting []string
	for _, sc := range s.scrapers {
		if len(sc.scopes) > 0 && !sc.scopes[0].ready() {
			waiting = append(waiting, sc.stream)
		}
	}
	if len(waiting) > 0 {
		return "no graph yet of " + strings.Join(waiting, ", ")
	}
	return ""
}

func health(w http.ResponseWriter, problem string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h["Cache-Control"] = valueNoStore
	if problem != "" {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintln(w, problem)
		return
	}
	io.WriteString(w, "ok\n")
}
