package server

import (
	"context"
	"net/http"
	"slices"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

// pathGraph is the endpoint of the protocol.
const pathGraph = "/v1/graph"

// route is not a http.ServeMux: that redirects to cleaned paths, while here only exact ones exist.
func (s *Server) route(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case pathGraph:
		s.cors(w, r)
		switch r.Method {
		case http.MethodGet, http.MethodHead:
			s.serveGraph(w, r)
		case http.MethodOptions:
			s.preflight(w)
		default:
			noMethod.serve(w, r)
		}
	case "/", "/graph.svg", "/graph.dot":
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			noMethod.serve(w, r)
			return
		}
		s.servePage(w, r)
	default:
		noPath.serve(w, r)
	}
}

// cors lets scripts of other origins read the reply.
func (s *Server) cors(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	if len(s.cfg.OriginAllowlist) == 0 {
		h["Access-Control-Allow-Origin"] = valueAny
		h["Vary"] = valueVary
		return
	}
	h["Vary"] = valueVaryAll
	if o := r.Header["Origin"]; len(o) == 1 && slices.Contains(s.cfg.OriginAllowlist, o[0]) {
		h["Access-Control-Allow-Origin"] = o
	}
}

// preflight answers a browser's question before a request with unusual headers.
func (s *Server) preflight(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Allow", "GET, HEAD, OPTIONS")
	h.Set("Access-Control-Allow-Methods", "GET, HEAD")
	h.Set("Access-Control-Allow-Headers", "Accept, Authorization, If-None-Match")
	h.Set("Access-Control-Max-Age", "3600")
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) serveGraph(w http.ResponseWriter, r *http.Request) {
	engine := s.cfg.Mode != GraphBuilder
	if engine {
		s.metrics.incoming.Inc()
	}
	q := parseQuery(r.URL.RawQuery)
	k, f := q.scope()
	if f != nil {
		f.serve(w, r)
		return
	}
	snap, cache, f := s.find(r.Context(), k)
	if f != nil {
		f.serve(w, r)
		return
	}
	wariness := 0.0
	if engine {
		wariness = q.nodeWariness()
		s.metrics.node(q.nodeUUID, wariness)
	}
	a, err := snap.answer(wariness, s.now().Unix())
	if err != nil {
		s.log.Error("encoding a graph failed", "error", err)
		noReply.serve(w, r)
		return
	}
	a.serve(w, r, cache)
}

// scope is which graph is asked for, or what is wrong with the question.
func (q *query) scope() (key, *failure) {
	switch {
	case q.basearch == "" && q.stream == "":
		return key{}, missing("basearch", "stream")
	case q.basearch == "":
		return key{}, missing("basearch")
	case q.stream == "":
		return key{}, missing("stream")
	case q.hasOCI && q.oci != "true" && q.oci != "false":
		return key{}, invalid("oci", "true or false", q.oci)
	}
	return key{stream: q.stream, basearch: q.basearch, oci: q.oci == "true"}, nil
}

// nodeWariness is the wariness that the node states, or else the one of its id.
func (q *query) nodeWariness() float64 {
	if q.hasWariness {
		if w, ok := cincinnati.ParseWariness(q.wariness); ok {
			return w
		}
	}
	return cincinnati.Wariness(q.nodeUUID)
}

// find gives the present graph of a scope and its Cache-Control.
func (s *Server) find(ctx context.Context, k key) (*snapshot, []string, *failure) {
	if s.remotes != nil {
		snap, err := s.remotes.get(ctx, k)
		if err != nil {
			return nil, nil, upstreamError(err)
		}
		return snap, valueCache, nil
	}
	sc := s.scopes[k]
	if sc == nil {
		if !s.hasStream(k.stream) {
			return nil, nil, absent("stream", k.stream)
		}
		return nil, nil, absent("basearch", k.basearch)
	}
	sc.requests.Inc()
	if !sc.ready() {
		return sc.snapshot.Load(), valueNoStore, nil
	}
	return sc.snapshot.Load(), valueCache, nil
}

func (s *Server) hasStream(name string) bool {
	return slices.ContainsFunc(s.cfg.Streams, func(st Stream) bool { return st.Name == name })
}
