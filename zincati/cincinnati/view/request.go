package view

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Scope is one graph of a server.
type Scope struct {
	Stream, Basearch string
	OCI              bool // payloads are images instead of commit checksums
}

// String writes the scope for people: "stable, x86_64, images".
func (s Scope) String() string {
	return s.Stream + ", " + s.Basearch + ", " + scheme(s.OCI)
}

func scheme(oci bool) string {
	if oci {
		return "images"
	}
	return "commits"
}

// Request is what the page's form asks for.
type Request struct {
	Scope  Scope     // empty parts are not chosen
	At     time.Time // zero: now
	Expand bool      // every release in the picture
}

// ParseRequest reads the page's query: stream, basearch, oci (true, false or
// absent), at ([ParseTime]) and all (1: every release in the picture).
// Unknown parameters are ignored.
func ParseRequest(q url.Values) (Request, error) {
	r := Request{Scope: Scope{Stream: q.Get("stream"), Basearch: q.Get("basearch")}, Expand: q.Get("all") == "1"}
	switch v := q.Get("oci"); v {
	case "true":
		r.Scope.OCI = true
	case "false", "":
	default:
		return r, fmt.Errorf("parameter oci is neither true nor false: %.40q", v)
	}
	var err error
	r.At, err = ParseTime(q.Get("at"))
	return r, err
}

// values is the query that leads to the request again.
func (r Request) values() url.Values {
	q := url.Values{"stream": {r.Scope.Stream}, "basearch": {r.Scope.Basearch}}
	if r.Scope.OCI {
		q.Set("oci", "true")
	}
	if !r.At.IsZero() {
		q.Set("at", r.At.UTC().Format("2006-01-02T15:04:05Z"))
	}
	if r.Expand {
		q.Set("all", "1")
	}
	return q
}

// timeForms are the ways in which a time may be written; those without a zone
// are UTC.
var timeForms = []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04",
	"2006-01-02 15:04 UTC", "2006-01-02 15:04:05 UTC", "2006-01-02"}

// ParseTime reads a moment as people and forms write it: RFC 3339,
// 2006-01-02T15:04 and the like (UTC), a date, or Unix seconds, also with a @
// before them. The empty string is the zero time, which stands for now. Only
// the years 1970 to 9999 are accepted.
func ParseTime(s string) (time.Time, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return time.Time{}, nil
	}
	if n, err := strconv.ParseInt(strings.TrimPrefix(s, "@"), 10, 64); err == nil {
		return bounded(time.Unix(n, 0).UTC(), n)
	}
	for _, form := range timeForms {
		if t, err := time.Parse(form, s); err == nil {
			return bounded(t.UTC(), t.Unix())
		}
	}
	return time.Time{}, fmt.Errorf("no time such as 2006-01-02T15:04: %.40q", s)
}

func bounded(t time.Time, second int64) (time.Time, error) {
	if second < 0 || second > lastSecond {
		return time.Time{}, fmt.Errorf("time outside of the years 1970 to 9999")
	}
	return t, nil
}
