package h1_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/h1"
)

// parse is net/http's parser.
func parse(r *bufio.Reader, method string) (*h1.Reply, error) {
	resp, err := http.ReadResponse(r, &http.Request{Method: method})
	if err != nil {
		return nil, err
	}
	return &h1.Reply{Status: resp.StatusCode, Close: resp.Close, Value: resp.Body}, nil
}

// watch ends nothing by itself.
type watch struct {
	mu    sync.Mutex
	ctx   context.Context
	kill  io.Closer
	cause error
}

func (w *watch) Context() context.Context { return w.ctx }

func (w *watch) SetKill(k io.Closer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.kill = k
	if w.cause != nil && k != nil {
		_ = k.Close()
	}
}

func (w *watch) Aborted() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.cause
}

func (w *watch) abort(cause error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cause = cause
	if w.kill != nil {
		_ = w.kill.Close()
	}
}

// peer is a server that answers the requests of connection n, each with one text, and closes it then.
type peer struct {
	*h1.Pool
	t     *testing.T
	mu    sync.Mutex
	dials int
}

func newPeer(t *testing.T, answers ...[]string) *peer {
	p := &peer{t: t}
	p.Pool = h1.NewPool(func(context.Context, string, string) (net.Conn, error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.dials == len(answers) {
			return nil, errors.New("no more connections")
		}
		client, server := net.Pipe()
		go serve(server, answers[p.dials])
		p.dials++
		return client, nil
	}, parse, 2)
	return p
}

func serve(c net.Conn, answers []string) {
	defer c.Close()
	r := bufio.NewReader(c)
	for _, answer := range answers {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, req.Body)
		if _, err := io.WriteString(c, answer); err != nil {
			return
		}
	}
}

func (p *peer) do(w *watch) (string, error) {
	u, err := url.Parse("http://192.0.2.1/a b?c")
	require.NoError(p.t, err)
	body := []byte("request")
	reply, conn, err := p.RoundTrip(w, &h1.Request{Method: "POST", URL: u, Body: body, Fields: func(b []byte) []byte {
		b = h1.AppendField(b, "Host", u.Host)
		return h1.AppendField(b, "Content-Length", strconv.Itoa(len(body)))
	}})
	if err != nil {
		return "", err
	}
	data, err := io.ReadAll(reply.Value.(io.Reader))
	if err != nil {
		_ = conn.Close()
		return "", err
	}
	conn.PutBack()
	return string(data), nil
}

func answer(body string) string {
	return "HTTP/1.1 200 OK\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	p := newPeer(t, []string{answer("1"), answer("2"), answer("3")}, []string{answer("4")})
	for _, want := range []string{"1", "2", "3", "4"} { // the server closes after the third
		got, err := p.do(&watch{ctx: t.Context()})
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	require.Equal(t, 2, p.dials)
	p.CloseIdle()
	_, err := p.do(&watch{ctx: t.Context()})
	require.EqualError(t, err, "no more connections")
}

func TestConnectionsThatAreNotUsedAgain(t *testing.T) {
	for name, first := range map[string]string{
		"close":           "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\n1",
		"end of the body": "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n1",
		"left over":       answer("1") + "HTTP/1.1 200 forged\r\n\r\n",
		"other protocol":  "HTTP/1.1 101 Switching Protocols\r\n\r\n1",
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t, []string{first}, []string{answer("2")})
			_, err := p.do(&watch{ctx: t.Context()})
			require.NoError(t, err)
			got, err := p.do(&watch{ctx: t.Context()})
			require.NoError(t, err)
			require.Equal(t, "2", got)
			require.Equal(t, 2, p.dials)
		})
	}
}

func TestInterimReplies(t *testing.T) {
	const hint = "HTTP/1.1 103 Early Hints\r\n\r\n"
	p := newPeer(t, []string{strings.Repeat(hint, h1.MaxInterim-1) + answer("x")}, []string{strings.Repeat(hint, h1.MaxInterim)})
	got, err := p.do(&watch{ctx: t.Context()})
	require.NoError(t, err)
	require.Equal(t, "x", got)
	_, err = p.do(&watch{ctx: t.Context()})
	require.ErrorContains(t, err, "too many interim replies")
}

func TestHeadersAreBounded(t *testing.T) {
	p := newPeer(t, []string{"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", h1.MaxHeaderBytes)})
	_, err := p.do(&watch{ctx: t.Context()})
	require.ErrorContains(t, err, "header too large")
	// A body may be as long as it likes.
	p = newPeer(t, []string{answer(strings.Repeat("x", 4*h1.MaxHeaderBytes))})
	got, err := p.do(&watch{ctx: t.Context()})
	require.NoError(t, err)
	require.Len(t, got, 4*h1.MaxHeaderBytes)
}

// TestAbort ends an exchange while the server is silent; it is not tried again.
func TestAbort(t *testing.T) {
	client, server := net.Pipe()
	dials := 0
	pool := h1.NewPool(func(context.Context, string, string) (net.Conn, error) { dials++; return client, nil }, parse, 1)
	w := &watch{ctx: t.Context()}
	go func() {
		_, _ = http.ReadRequest(bufio.NewReader(server))
		w.abort(context.Canceled)
	}()
	u := &url.URL{Scheme: "http", Host: "192.0.2.1"}
	_, _, err := pool.RoundTrip(w, &h1.Request{Method: "GET", URL: u, Fields: func(b []byte) []byte {
		return h1.AppendField(b, "Host", u.Host)
	}})
	require.Error(t, err)
	require.ErrorIs(t, w.Aborted(), context.Canceled)
	require.Equal(t, 1, dials)
}

func TestHostPort(t *testing.T) {
	for address, want := range map[string]string{
		"http://a/": "a:80", "https://a/": "a:443", "http://a:81/": "a:81", "http://[2001:db8::1]/": "[2001:db8::1]:80",
	} {
		u, err := url.Parse(address)
		require.NoError(t, err)
		require.Equal(t, want, h1.HostPort(u))
	}
}
