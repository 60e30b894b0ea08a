package fakecloud

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// Fault does something to a request instead of answering it, or on the way: it
// may call next, which is the service as it would have answered (or the next
// fault that was injected for the request).
type Fault func(w http.ResponseWriter, r *http.Request, next http.Handler)

type injected struct {
	method, path string
	prefix       bool
	left         int // negative: for ever
	fault        Fault
}

// Inject lets a fault happen to the next times requests for path, or to all if
// times is 0. The path may be preceded by a method and a blank
// ("PUT /latest/api/token"), may end in "*" for all paths that begin so, may be
// empty for all requests, and may have a query, without which it stands for
// any. Several faults for a request happen in the order they were injected, the
// later ones only if the earlier go on to what comes next.
func (c *Cloud) Inject(path string, times int, f Fault) {
	in := &injected{left: times, fault: f}
	if times <= 0 {
		in.left = -1
	}
	if m, p, ok := strings.Cut(path, " "); ok {
		in.method, path = m, p
	}
	if path == "" {
		path = "*"
	}
	if p, ok := strings.CutSuffix(path, "*"); ok {
		in.path, in.prefix = p, true
	} else {
		in.path = path
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = append(c.faults, in)
}

// Fail answers the next times requests for path with a status, or all if times
// is 0; see [Cloud.Inject] for the forms of path.
func (c *Cloud) Fail(path string, times, status int) { c.Inject(path, times, Status(status)) }

// Delay lets the next times requests for path wait, or all if times is 0; see
// [Cloud.Inject] for the forms of path.
func (c *Cloud) Delay(path string, times int, d time.Duration) { c.Inject(path, times, Wait(d)) }

// ClearFaults ends all faults.
func (c *Cloud) ClearFaults() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = nil
}

// withFaults is the service behind those of its faults that were injected at or
// after an index.
func (c *Cloud) withFaults(from int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, at := c.takeFault(r, from)
		if f == nil {
			c.answer(w, r)
			return
		}
		f(w, r, c.withFaults(at+1))
	})
}

func (c *Cloud) takeFault(r *http.Request, from int) (Fault, int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := from; i < len(c.faults); i++ {
		in := c.faults[i]
		if in.left == 0 || !c.matches(in, r) {
			continue
		}
		if in.left > 0 {
			in.left--
		}
		return in.fault, i
	}
	return nil, 0
}

func (c *Cloud) matches(in *injected, r *http.Request) bool {
	if in.method != "" && in.method != r.Method {
		return false
	}
	path := c.key(r.URL.EscapedPath())
	full := path
	if r.URL.RawQuery != "" {
		full = c.key(r.URL.EscapedPath() + "?" + r.URL.RawQuery)
	}
	want := c.key(in.path)
	if in.prefix {
		return strings.HasPrefix(full, want)
	}
	return want == full || want == path
}

// Status answers with a status and a line of text, or with a status alone where
// replies have no body (204, 304).
func Status(code int) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		if code == http.StatusNoContent || code == http.StatusNotModified {
			w.WriteHeader(code)
			return
		}
		reply(w, code, textPlain, fmt.Sprintf("%d %s\n", code, http.StatusText(code)))
	}
}

// WithStatus gives the service's own answer with another status, such as 206.
func WithStatus(code int) Fault {
	return edit(func(a *answer) { a.status = code })
}

// Reply answers with the given text in place of the service's, status and
// header being what the service would have sent.
func Reply(body string) Fault {
	return edit(func(a *answer) { a.body = []byte(body) })
}

// Wait lets a time pass before the answer.
func Wait(d time.Duration) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		pause(r, d)
		next.ServeHTTP(w, r)
	}
}

// Hang never answers.
func Hang() Fault {
	return func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	}
}

// Trickle sends the body a byte at a time, with an interval between them.
func Trickle(interval time.Duration) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		a := capture(r, next)
		a.header.Set("Content-Length", strconv.Itoa(len(a.body)))
		a.sendHeader(w)
		rc := http.NewResponseController(w)
		for i := range a.body {
			if _, err := w.Write(a.body[i : i+1]); err != nil {
				return
			}
			rc.Flush()
			pause(r, interval)
		}
	}
}

// CutConnection closes the connection without a byte of an answer.
func CutConnection() Fault { return raw(func(*answer) string { return "" }) }

// CutHeader closes the connection amid the header.
func CutHeader() Fault {
	return raw(func(a *answer) string {
		return fmt.Sprintf("HTTP/1.1 %d %s\r\nContent-Type: text/pl", a.status, http.StatusText(a.status))
	})
}

// CutBody closes the connection after the first half of the body, whose whole
// length has been announced.
func CutBody() Fault {
	return raw(func(a *answer) string { return a.head(max(1, len(a.body))) + string(a.body[:len(a.body)/2]) })
}

// Length announces a body that is longer by delta bytes (shorter if negative)
// than the one that is sent before the connection is closed.
func Length(delta int) Fault {
	return raw(func(a *answer) string { return a.head(max(0, len(a.body)+delta)) + string(a.body) })
}

// Oversized answers with a body of n bytes, or one that never ends if n is
// negative, whose length is not announced. It begins with the right body.
func Oversized(n int64) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		a := capture(r, next)
		a.header.Del("Content-Length")
		a.sendHeader(w)
		chunk := a.body
		if n >= 0 && int64(len(chunk)) > n {
			chunk = chunk[:n]
		}
		filler := bytes.Repeat([]byte("x"), 16<<10)
		for sent := int64(0); n < 0 || sent < n; {
			if _, err := w.Write(chunk); err != nil {
				return
			}
			sent += int64(len(chunk))
			chunk = filler
			if n >= 0 {
				chunk = filler[:min(int64(len(filler)), n-sent)]
			}
		}
	}
}

// Endless answers with a body that never ends.
func Endless() Fault { return Oversized(-1) }

// InvalidUTF8 puts a byte that is no UTF-8 amid the body.
func InvalidUTF8() Fault {
	return edit(func(a *answer) {
		half := len(a.body) / 2
		a.body = bytes.Join([][]byte{a.body[:half], a.body[half:]}, []byte{0xff})
	})
}

// UTF16 sends the body in UTF-16, little-endian with its byte-order mark, and
// says so in the Content-Type.
func UTF16() Fault {
	return edit(func(a *answer) {
		out := []byte{0xff, 0xfe}
		for _, u := range utf16.Encode([]rune(string(a.body))) {
			out = append(out, byte(u), byte(u>>8))
		}
		a.body = out
		mediaType, _, _ := strings.Cut(a.header.Get("Content-Type"), ";")
		a.header.Set("Content-Type", mediaType+"; charset=utf-16")
	})
}

// Truncated leaves out the last byte, with a length to match: JSON and XML
// documents are invalid then, though the transfer was complete.
func Truncated() Fault {
	return edit(func(a *answer) { a.body = a.body[:max(0, len(a.body)-1)] })
}

// Gzip compresses the body although nobody asked for that.
func Gzip() Fault {
	return edit(func(a *answer) {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write(a.body)
		z.Close()
		a.body = b.Bytes()
		a.header.Set("Content-Encoding", "gzip")
	})
}

// Redirect answers with a redirect (302) to a location: a path is the same
// host, an URL may be another one, and "" is the request's own address, a loop.
func Redirect(location string) Fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		to := location
		if to == "" {
			to = r.URL.RequestURI()
		}
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusFound)
	}
}

// Informational sends n replies of status 103 before the answer, or goes on
// with them for as long as the client listens if n is negative.
func Informational(n int) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		for i := 0; n < 0 || i < n; i++ {
			if r.Context().Err() != nil {
				return
			}
			w.WriteHeader(http.StatusEarlyHints)
		}
		next.ServeHTTP(w, r)
	}
}

func pause(r *http.Request, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.Context().Done():
		panic(http.ErrAbortHandler)
	}
}

// answer is a reply that has not been sent.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// capture lets a handler answer into memory.
func capture(r *http.Request, next http.Handler) *answer {
	a := &answer{header: make(http.Header)}
	next.ServeHTTP((*answerWriter)(a), r)
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return a
}

type answerWriter answer

func (a *answerWriter) Header() http.Header { return a.header }

func (a *answerWriter) WriteHeader(status int) {
	if a.status == 0 && status >= 200 {
		a.status = status
	}
}

func (a *answerWriter) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	a.body = append(a.body, p...)
	return len(p), nil
}

func (a *answer) sendHeader(w http.ResponseWriter) {
	for k, v := range a.header {
		w.Header()[k] = v
	}
	w.WriteHeader(a.status)
}

// head is the answer's header as it goes over the wire, with a length that need
// not be the body's.
func (a *answer) head(length int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", a.status, http.StatusText(a.status))
	h := a.header.Clone()
	h.Set("Content-Length", strconv.Itoa(length))
	h.Set("Connection", "close")
	h.Write(&b)
	return b.String() + "\r\n"
}

// edit sends the service's answer after a change.
func edit(change func(*answer)) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		a := capture(r, next)
		change(a)
		a.sendHeader(w)
		w.Write(a.body)
	}
}

// raw writes bytes of its own to the connection and closes it.
func raw(text func(*answer) string) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		a := capture(r, next)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(http.ErrAbortHandler) // a writer without a connection
		}
		defer conn.Close()
		io.WriteString(conn, text(a))
	}
}
