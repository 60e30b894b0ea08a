package httpserve

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// The kinds of the replies that the package gives itself.
const (
	KindOverloaded     = "overloaded"      // 503, with Retry-After
	KindUnauthorized   = "unauthorized"    // 401
	KindForbidden      = "forbidden"       // 403: a connection that is not as [Protect] demands
	KindBodyTooLarge   = "body_too_large"  // 413
	KindRequestTimeout = "request_timeout" // 408
)

// smallBody is the length up to which a body is received before the request counts as concurrent. Hardly any body is
// longer, and each that is takes memory while its sender pleases, so few are received at a time.
const (
	smallBody = 4 << 10
	mostLong  = 128
)

// gate is what each request passes before the handler: password, body, number of concurrent requests.
//
// The body is received first, so that clients which send slowly do not take the places of the others. Long bodies
// have places of their own, for the sake of memory.
type gate struct {
	next       http.Handler
	auth       *watched[*passwords]
	maxBody    int64
	limit      int64
	open       *atomic.Int64 // connections
	keep       int64         // how many of them go on after a reply
	retryAfter int           // seconds
	active     atomic.Int64
	mostLong   int64
	receiving  atomic.Int64 // long bodies
	leaving    atomic.Bool  // no connection goes on
	buffers    sync.Pool
}

func newGate(s *Server, next http.Handler) *gate {
	return &gate{
		next:       next,
		auth:       s.auth,
		maxBody:    s.cfg.MaxBody,
		limit:      int64(s.cfg.MaxConcurrent),
		mostLong:   int64(min(s.cfg.MaxConcurrent, mostLong)),
		open:       &s.places.open,
		keep:       int64(s.cfg.MaxKeepAlive),
		retryAfter: int(max(1, (s.cfg.RetryAfter+time.Second-1)/time.Second)),
		buffers:    sync.Pool{New: func() any { return new(bytes.Buffer) }},
	}
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if g.leaving.Load() || g.open.Load() > g.keep {
		w.Header().Set("Connection", "close")
	}
	if g.auth != nil && !g.admit(w, r) {
		return
	}
	if r.ContentLength != 0 && r.Body != nil {
		buf := g.buffers.Get().(*bytes.Buffer)
		defer g.buffers.Put(buf)
		if !g.receive(w, r, buf) {
			return
		}
	}
	defer g.active.Add(-1)
	if g.active.Add(1) > g.limit {
		g.overloaded(w)
		return
	}
	g.next.ServeHTTP(w, r)
}

func (g *gate) admit(w http.ResponseWriter, r *http.Request) bool {
	switch g.auth.get().check(r.Context(), r.Header.Get("Authorization")) {
	case accepted:
		return true
	case refused:
		w.Header()["Www-Authenticate"] = []string{`Basic realm="fleet", charset="UTF-8"`, `Bearer realm="fleet"`}
		refuse(w, http.StatusUnauthorized, KindUnauthorized, "a valid name with its password is needed")
	case undecided:
		g.overloaded(w)
	}
	return false
}

// receive puts the whole body into buf and in place of the request's. An error other than a time-out is left for
// the handler to find where it happened.
func (g *gate) receive(w http.ResponseWriter, r *http.Request, buf *bytes.Buffer) bool {
	if r.ContentLength > g.maxBody {
		tooLarge(w)
		return false
	}
	if r.ContentLength < 0 || r.ContentLength > smallBody {
		defer g.receiving.Add(-1)
		if g.receiving.Add(1) > g.mostLong {
			hangUp(w)
			g.overloaded(w)
			return false
		}
	}
	buf.Reset()
	n, err := buf.ReadFrom(io.LimitReader(r.Body, g.maxBody+1))
	var timeout net.Error
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		w.Header().Set("Connection", "close")
		refuse(w, http.StatusRequestTimeout, KindRequestTimeout, "the request took too long to arrive")
		return false
	case err == nil && n > g.maxBody:
		tooLarge(w)
		return false
	}
	r.Body = &body{buf: buf, end: err}
	return true
}

// body gives what was received and then the error that ended it.
type body struct {
	buf *bytes.Buffer
	end error
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.buf.Read(p)
	if err == io.EOF && b.end != nil {
		err = b.end
	}
	return n, err
}

func (b *body) Close() error { return nil }

// hangUp ends the connection after the reply. Without the deadline net/http would wait for the rest of the body.
func hangUp(w http.ResponseWriter) {
	w.Header().Set("Connection", "close")
	_ = http.NewResponseController(w).SetReadDeadline(time.Now()) // an error would only mean that it takes longer
}

func tooLarge(w http.ResponseWriter) {
	hangUp(w)
	refuse(w, http.StatusRequestEntityTooLarge, KindBodyTooLarge, "the request body is too large")
}

func (g *gate) overloaded(w http.ResponseWriter) {
	w.Header().Set("Retry-After", strconv.Itoa(g.retryAfter+rand.IntN(2*g.retryAfter+1)))
	refuse(w, http.StatusServiceUnavailable, KindOverloaded, "too many requests at once")
}

// refuse writes an error; its texts are constants that need no quoting.
func refuse(w http.ResponseWriter, status int, kind, value string) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	io.WriteString(w, `{"kind":"`+kind+`","value":"`+value+"\"}\n")
}
