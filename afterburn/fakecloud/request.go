package fakecloud

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Request is one entry of a service's log.
type Request struct {
	// Time is when the request had arrived, with its body.
	Time time.Time
	// Method is the verb.
	Method string
	// TLS tells whether it came over TLS.
	TLS bool
	// Host is the Host header: the address or name, with the port if the client
	// gave one.
	Host string
	// Path is the path and the query as they stood in the request line.
	Path string
	// Header holds the other fields.
	Header http.Header
	// Body is the body, at most 1 MiB of it.
	Body []byte
	// Status is the status of the answer, 0 when there was none: cut, still
	// outstanding.
	Status int
}

// URL returns the address that was asked for.
func (r Request) URL() string {
	scheme := "http://"
	if r.TLS {
		scheme = "https://"
	}
	return scheme + r.Host + r.Path
}

// String returns method and address.
func (r Request) String() string { return r.Method + " " + r.URL() }

// Requests returns the log, oldest first.
func (c *Cloud) Requests() []Request {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := make([]Request, len(c.log))
	for i, r := range c.log {
		list[i] = *r
	}
	return list
}

// ClearRequests empties the log.
func (c *Cloud) ClearRequests() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.log = nil
}

func (c *Cloud) record(r *http.Request, body []byte) *Request {
	entry := &Request{
		Time:   c.clock(),
		Method: r.Method,
		TLS:    r.TLS != nil,
		Host:   r.Host,
		Path:   r.RequestURI,
		Header: r.Header.Clone(),
		Body:   body,
	}
	if entry.Path == "" { // a request made by hand, for the handler alone
		entry.Path = r.URL.RequestURI()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.log = append(c.log, entry)
	return entry
}

func (c *Cloud) finish(entry *Request, status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry.Status = status
}

// Transcript writes requests as text for comparison with a stored one: sorted,
// each only once, whatever order they came in. A request is its method and
// address, then its header fields, each on a line indented by four blanks, then
// the lines of its body, indented and behind "| ". Fields that depend on the
// HTTP library are left out (Accept-Encoding, Connection, Content-Length,
// User-Agent), and so is the value of a certificate made for one run.
func Transcript(requests []Request) string {
	blocks := make([]string, 0, len(requests))
	for _, r := range requests {
		blocks = append(blocks, r.transcript())
	}
	slices.Sort(blocks)
	return strings.Join(slices.Compact(blocks), "")
}

func (r Request) transcript() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", r)
	for _, k := range slices.Sorted(maps.Keys(r.Header)) {
		switch k {
		case "Accept-Encoding", "Connection", "Content-Length", "User-Agent":
			continue
		}
		for _, v := range r.Header[k] {
			if k == headerCertificate {
				v = "(certificate)"
			}
			fmt.Fprintf(&b, "    %s: %s\n", k, v)
		}
	}
	for line := range bytes.Lines(r.Body) {
		fmt.Fprintf(&b, "    | %s\n", bytes.TrimSuffix(line, []byte("\n")))
	}
	return b.String()
}

// Transcripts splits a file of several transcripts at its "[name]" lines. Lines
// that begin with "#" and empty ones are comments.
func Transcripts(text string) map[string]string {
	sections := make(map[string]string)
	name := ""
	for line := range strings.Lines(text) {
		bare := strings.TrimSuffix(line, "\n")
		switch {
		case bare == "" || bare[0] == '#':
		case bare[0] == '[' && strings.HasSuffix(bare, "]"):
			name = bare[1 : len(bare)-1]
			sections[name] = ""
		default:
			sections[name] += bare + "\n"
		}
	}
	return sections
}

// statusWriter remembers the status for the log.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap gives http.ResponseController the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
