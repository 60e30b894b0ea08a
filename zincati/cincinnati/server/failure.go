package server

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/internal/httpserve"
	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

// kindMethod is the kind of a reply to a method other than GET and HEAD.
const kindMethod = "method_not_allowed"

// failure is an error as clients see it.
type failure struct {
	status      int
	kind, value string
}

func missing(names ...string) *failure {
	return &failure{http.StatusBadRequest, cincinnati.KindMissingParams,
		"mandatory client parameters missing: " + strings.Join(names, ", ")}
}

func invalid(name, want, got string) *failure {
	return &failure{http.StatusBadRequest, cincinnati.KindInvalidParams,
		"invalid parameter " + name + ": expected " + want + ", got " + quote(got)}
}

func absent(what, name string) *failure {
	return &failure{http.StatusNotFound, cincinnati.KindDoesNotExist, what + " " + quote(name) + " does not exist"}
}

var (
	noPath   = &failure{http.StatusNotFound, cincinnati.KindDoesNotExist, "there is nothing at this path"}
	noMethod = &failure{http.StatusMethodNotAllowed, kindMethod, "only GET and HEAD are allowed here"}
	busy     = &failure{http.StatusServiceUnavailable, httpserve.KindOverloaded, "too much is asked for at once"}
	noReply  = &failure{http.StatusInternalServerError, cincinnati.KindFailedJSONOut, "the graph could not be encoded"}
)

// quote shows a client its own words, within bounds.
func quote(s string) string {
	const limit = 100
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return strconv.Quote(s)
}

// serve writes the failure. No cache may keep it.
func (f *failure) serve(w http.ResponseWriter, r *http.Request) {
	body, err := json.Marshal(struct {
		Kind  string `json:"kind"`
		Value string `json:"value"`
	}{f.kind, f.value})
	if err != nil {
		body = []byte("{}") // two strings always encode
	}
	body = append(body, '\n')
	h := w.Header()
	switch f.status {
	case http.StatusMethodNotAllowed:
		h.Set("Allow", "GET, HEAD, OPTIONS")
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", "5")
	}
	h["Content-Type"] = valueJSON
	h["X-Content-Type-Options"] = valueNosniff
	h["Cache-Control"] = valueNoStore
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(f.status)
	if r.Method != http.MethodHead {
		w.Write(body)
	}
}
