package fakecloud

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Cloud is a fake of one provider's metadata service: the documents it holds,
// the rules its provider imposes on requests, the faults a test wants, and a
// log of what was asked. The zero value is a service without rules and without
// documents; [Example] and [New] give those of a provider.
//
// All methods may be called at any time and from any goroutine, also while
// requests are being answered.
type Cloud struct {
	service *service // nil: no rules

	mu       sync.Mutex
	docs     map[string]Document
	handlers map[string]http.Handler
	faults   []*injected
	log      []*Request
	tokens   tokens
	now      func() time.Time
	pfx      []byte

	authority authority
}

// Document is what the service answers for one path.
type Document struct {
	// Body is sent as it is; nothing is added, no final newline either.
	Body string
	// ContentType is the header of that name; "" is what the real service sends
	// for such a document.
	ContentType string
	// Status is the status of the reply; 0 is 200.
	Status int
	// Header holds further fields of the reply.
	Header http.Header
}

// New returns the service of a provider with its rules and without documents.
// It is false when there is no such provider with a network service.
func New(provider string) (*Cloud, bool) {
	s := serviceOf(provider)
	if s == nil {
		return nil, false
	}
	return &Cloud{service: s}, true
}

// Example returns the service of a provider with the documents of a small,
// complete instance. [Expected] tells what provisioning code should make of it.
// It is false when there is no such provider with a network service.
func Example(provider string) (*Cloud, bool) {
	c, ok := New(provider)
	if ok {
		c.service.example(c)
	}
	return c, ok
}

// Provider returns the id of the provider whose rules the service has; it is
// empty for a zero Cloud.
func (c *Cloud) Provider() string {
	if c.service == nil {
		return ""
	}
	return c.service.id
}

// Set makes body the document at path and replaces what was there. The path is
// written as in a request line: percent-encoded, with the query if the document
// depends on it. A document set without query answers every query. Where a
// service shows the same tree below several versions (AWS, OpenStack, Exoscale)
// any of them will do.
func (c *Cloud) Set(path, body string) { c.SetDocument(path, Document{Body: body}) }

// SetDocument is Set with content type, status and header.
func (c *Cloud) SetDocument(path string, d Document) {
	key := c.key(path)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.docs == nil {
		c.docs = make(map[string]Document)
	}
	c.docs[key] = d
}

// Delete removes the document at path, so that it is answered with 404.
func (c *Cloud) Delete(path string) {
	key := c.key(path)
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.docs, key)
}

// Document returns the document at path.
func (c *Cloud) Document(path string) (Document, bool) {
	key := c.key(path)
	c.mu.Lock()
	defer c.mu.Unlock()
	d, ok := c.docs[key]
	return d, ok
}

// Paths returns the paths of all documents, sorted.
func (c *Cloud) Paths() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	paths := make([]string, 0, len(c.docs))
	for p := range c.docs {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	return paths
}

// Handle makes h answer the requests for path, for all methods, once they have
// passed the provider's rules. It goes before a document of the same path. A
// nil handler removes the one that is there.
func (c *Cloud) Handle(path string, h http.Handler) {
	key := c.key(path)
	c.mu.Lock()
	defer c.mu.Unlock()
	if h == nil {
		delete(c.handlers, key)
		return
	}
	if c.handlers == nil {
		c.handlers = make(map[string]http.Handler)
	}
	c.handlers[key] = h
}

// SetClock makes the service take the time of the request log and of the
// expiry of its tokens from now; nil is the clock of the system.
func (c *Cloud) SetClock(now func() time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now
}

func (c *Cloud) clock() time.Time {
	c.mu.Lock()
	now := c.now
	c.mu.Unlock()
	if now == nil {
		return time.Now()
	}
	return now()
}

// key brings a path into the form documents are filed under: the version that
// stands for all, the query in the order of its keys.
func (c *Cloud) key(path string) string {
	path, query, _ := strings.Cut(path, "?")
	if c.service != nil && c.service.canonical != nil {
		path = c.service.canonical(path)
	}
	if query == "" {
		return path
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return path + "?" + query
	}
	return path + "?" + values.Encode()
}

// maxBody bounds what is kept of a request's body.
const maxBody = 1 << 20

// Handler returns the service as a handler, for servers of one's own.
func (c *Cloud) Handler() http.Handler { return http.HandlerFunc(c.serve) }

func (c *Cloud) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return // the client went away
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	entry := c.record(r, body)
	sw := &statusWriter{ResponseWriter: w}
	// Faults end in panics (http.ErrAbortHandler) too: the log must not care.
	defer func() { c.finish(entry, sw.status) }()
	c.withFaults(0).ServeHTTP(sw, r)
}

// answer is the service without its faults.
func (c *Cloud) answer(w http.ResponseWriter, r *http.Request) {
	if c.service != nil && c.service.check != nil && c.service.check(c, w, r) {
		return
	}
	h, d, ok := c.lookup(r)
	switch {
	case h != nil:
		h.ServeHTTP(w, r)
	case !ok:
		c.notFound(w)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		methodNotAllowed(w, "GET, HEAD")
	default:
		c.send(w, r, d)
	}
}

func (c *Cloud) lookup(r *http.Request) (http.Handler, Document, bool) {
	full := r.URL.EscapedPath()
	if r.URL.RawQuery != "" {
		full += "?" + r.URL.RawQuery
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, key := range []string{c.key(full), c.key(r.URL.EscapedPath())} {
		if h := c.handlers[key]; h != nil {
			return h, Document{}, true
		}
		if d, ok := c.docs[key]; ok {
			return nil, d, true
		}
	}
	if c.service != nil && c.service.lists {
		if body, ok := c.listing(c.key(r.URL.EscapedPath())); ok {
			return nil, Document{Body: body}, true
		}
	}
	return nil, Document{}, false
}

// listing is what the tree-shaped services answer for a directory that is
// asked for with its slash: a name a line, directories with a slash, no final
// newline. The caller holds the lock.
func (c *Cloud) listing(dir string) (string, bool) {
	if !strings.HasSuffix(dir, "/") {
		return "", false
	}
	var names []string
	for path := range c.docs {
		rest, ok := strings.CutPrefix(path, dir)
		if !ok || rest == "" {
			continue
		}
		if name, _, isDir := strings.Cut(rest, "/"); isDir {
			rest = name + "/"
		}
		names = append(names, rest)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	return strings.Join(names, "\n"), len(names) > 0
}

func (c *Cloud) send(w http.ResponseWriter, r *http.Request, d Document) {
	h := w.Header()
	for k, v := range d.Header {
		h[k] = slices.Clone(v)
	}
	if d.ContentType == "" && c.service != nil {
		d.ContentType = c.service.contentType(r.URL.Path, d.Body)
	}
	if d.ContentType == "" {
		d.ContentType = textPlain
	}
	h.Set("Content-Type", d.ContentType)
	if d.Status == 0 {
		d.Status = http.StatusOK
	}
	w.WriteHeader(d.Status)
	io.WriteString(w, d.Body)
}

func (c *Cloud) notFound(w http.ResponseWriter) {
	if c.service != nil && c.service.notFound != "" {
		reply(w, http.StatusNotFound, "text/html; charset=utf-8", c.service.notFound)
		return
	}
	reply(w, http.StatusNotFound, textPlain, "404 not found\n")
}

func methodNotAllowed(w http.ResponseWriter, allow string) {
	w.Header().Set("Allow", allow)
	reply(w, http.StatusMethodNotAllowed, textPlain, "405 method not allowed\n")
}

func reply(w http.ResponseWriter, status int, contentType, body string) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	io.WriteString(w, body)
}
