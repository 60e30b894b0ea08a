package web

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/nestos-dev/nestos/internal/h1"
)

// errTooLarge is the error of a reply that is larger than the document may be.
var errTooLarge = errors.New("exceeded maximum size")

// wire sends single requests: it follows nothing, repeats nothing and decodes nothing.
type wire struct {
	plain, tls *h1.Pool
	slots      chan struct{}
}

func newWire(dial func(context.Context, string, string) (net.Conn, error), config *tls.Config) *wire {
	secure := func(ctx context.Context, network, addr string) (net.Conn, error) {
		nc, err := dial(ctx, network, addr)
		if err != nil {
			return nil, &connectError{err}
		}
		c := config.Clone()
		if c.ServerName, _, err = net.SplitHostPort(addr); err != nil {
			c.ServerName = addr
		}
		tc := tls.Client(nc, c)
		if err := tc.HandshakeContext(ctx); err != nil {
			nc.Close()
			return nil, &tlsError{err}
		}
		return tc, nil
	}
	plain := func(ctx context.Context, network, addr string) (net.Conn, error) {
		nc, err := dial(ctx, network, addr)
		if err != nil {
			return nil, &connectError{err}
		}
		return nc, nil
	}
	return &wire{
		plain: h1.NewPool(plain, parseReply, maxParallel), tls: h1.NewPool(secure, parseReply, maxParallel), slots: make(chan struct{}, maxParallel),
	}
}

// tlsError is a server whose identity could not be verified, or that speaks another language.
type tlsError struct{ err error }

func (e *tlsError) Error() string { return "TLS: " + e.err.Error() }
func (e *tlsError) Unwrap() error { return e.err }

// connectError is a connection that could not be made.
type connectError struct{ err error }

func (e *connectError) Error() string { return e.err.Error() }
func (e *connectError) Unwrap() error { return e.err }

// answer is a reply as it came. The body is read for the statuses 200 to 299 only.
type answer struct {
	status   int
	location string
	body     []byte
}

// errRequest marks what cannot be sent.
var errRequest = errors.New("invalid request")

// send sends a request and reads the whole reply.
func (w *wire) send(ctx context.Context, m *message, u *url.URL) (*answer, error) {
	pool := w.plain
	switch u.Scheme {
	case "http":
	case "https":
		pool = w.tls
	default:
		return nil, fmt.Errorf("%w: scheme %q: not supported", errRequest, u.Scheme)
	}
	if err := checkFields(u, m.header); err != nil {
		return nil, err
	}
	select {
	case w.slots <- struct{}{}:
		defer func() { <-w.slots }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	watch := &watch{ctx: ctx}
	defer watch.begin()()
	reply, conn, err := pool.RoundTrip(watch, &h1.Request{
		Method: m.method, URL: u, Body: m.body, Fields: func(b []byte) []byte { return m.fields(b, u.Host) },
	})
	if err != nil {
		return nil, err
	}
	return readAnswer(watch, reply.Value.(*response), conn, m.limit)
}

// readAnswer reads the body, if it is of interest, and gives the connection back if it can be used again.
func readAnswer(w *watch, resp *response, conn *h1.Conn, limit int64) (*answer, error) {
	a := &answer{status: resp.status, location: resp.location}
	if a.status/100 != 2 {
		limit = maxDiscarded
	}
	if resp.length > limit {
		conn.Close()
		return a, a.tooLarge(limit)
	}
	body, err := io.ReadAll(io.LimitReader(resp.body, limit+1))
	if err == nil && int64(len(body)) > limit {
		err = errTooLarge
	}
	if err != nil || !w.end() {
		conn.Close()
	} else {
		conn.PutBack()
	}
	switch {
	case errors.Is(err, errTooLarge):
		return a, a.tooLarge(limit)
	case a.status/100 != 2:
		return a, nil // an error remains one, whatever it would have said
	case err != nil:
		return a, &readError{err}
	}
	a.body = body
	return a, nil
}

// maxDiscarded is how much of an uninteresting body is read to use the connection again.
const maxDiscarded = 64 << 10

func (a *answer) tooLarge(limit int64) error {
	if a.status/100 != 2 {
		return nil
	}
	return &readError{fmt.Errorf("%w of %d bytes", errTooLarge, limit)}
}

// readError is a reply whose body did not come to a good end.
type readError struct{ err error }

func (e *readError) Error() string { return e.err.Error() }
func (e *readError) Unwrap() error { return e.err }

// fields appends the header. Names are sorted, so that requests are the same in every run.
func (m *message) fields(b []byte, host string) []byte {
	b = h1.AppendField(b, "Host", host)
	if len(m.header["Accept"]) == 0 {
		b = h1.AppendField(b, "Accept", "*/*")
	}
	names := make([]string, 0, len(m.header))
	for name := range m.header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range m.header[name] {
			b = h1.AppendField(b, name, value)
		}
	}
	if m.method != methodGet {
		b = h1.AppendField(b, "Content-Length", strconv.Itoa(len(m.body)))
	}
	return b
}

// checkFields refuses what would end a line of the header. Values come from services: tokens, addresses.
func checkFields(u *url.URL, header Header) error {
	for name, values := range header {
		for _, value := range values {
			if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
				return fmt.Errorf("%w: control characters in the value of %s", errRequest, name)
			}
		}
	}
	for _, c := range []byte(u.Host) {
		if c <= ' ' || c >= 0x7f || c == '%' {
			return fmt.Errorf("%w: host %q: not supported", errRequest, u.Host)
		}
	}
	return nil
}

// watch ends an exchange when its context does.
type watch struct {
	ctx context.Context

	mu    sync.Mutex
	kill  io.Closer
	cause error
	over  bool
}

// begin begins to watch, and returns what ends it.
func (w *watch) begin() (stop func()) {
	cancel := context.AfterFunc(w.ctx, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.over {
			return
		}
		w.cause = context.Cause(w.ctx)
		if w.kill != nil {
			w.kill.Close()
		}
	})
	return func() { cancel() }
}

// end ends the watch; the connection may belong to another exchange afterwards. It reports whether the exchange was
// left alone until then.
func (w *watch) end() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	return w.cause == nil
}

func (w *watch) Context() context.Context { return w.ctx }

func (w *watch) SetKill(k io.Closer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.kill = k
	if w.cause != nil && k != nil {
		k.Close()
	}
}

func (w *watch) Aborted() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.cause
}

// close closes the connections that are not in use.
func (w *wire) close() {
	w.plain.CloseIdle()
	w.tls.CloseIdle()
}
