package httpserve_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/httpserve"
)

// running is a server under test, with what Serve returned once it has.
type running struct {
	*httpserve.Server
	stop context.CancelFunc
	done chan error
}

func start(t *testing.T, cfg httpserve.Config, h http.HandlerFunc) *running {
	t.Helper()
	if cfg.Socket == "" && !cfg.Activation {
		cfg.Address = "127.0.0.1"
	}
	s, err := httpserve.Listen(cfg, nil)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{s, cancel, make(chan error, 1)}
	go func() { r.done <- s.Serve(ctx, h) }()
	t.Cleanup(cancel)
	return r
}

func (r *running) url(path string) string { return "http://" + r.Addr().String() + path }

func (r *running) end(t *testing.T) error {
	t.Helper()
	r.stop()
	select {
	case err := <-r.done:
		return err
	case <-time.After(2 * time.Minute):
		t.Fatal("Serve does not return")
		return nil
	}
}

func hello(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") }

func echo(w http.ResponseWriter, r *http.Request) {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Write(data)
}

func reply(t *testing.T, resp *http.Response, err error) (int, string) {
	t.Helper()
	require.NoError(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(data)
}

func kindOf(t *testing.T, body string) string {
	t.Helper()
	var e struct{ Kind, Value string }
	require.NoError(t, json.Unmarshal([]byte(body), &e), body)
	require.NotEmpty(t, e.Value)
	return e.Kind
}

func TestServeAnswersAndEnds(t *testing.T) {
	s := start(t, httpserve.Config{}, hello)
	resp, err := http.Get(s.url("/"))
	status, body := reply(t, resp, err)
	require.Equal(t, 200, status)
	require.Equal(t, "hello", body)
	require.NoError(t, s.end(t))
	_, err = net.Dial("tcp", s.Addr().String())
	require.Error(t, err)
}

func TestWrongConfigurationsAreRefused(t *testing.T) {
	for name, cfg := range map[string]httpserve.Config{
		"port":        {Port: 70000},
		"two sources": {Socket: "/nowhere/s", Activation: true},
		"no key":      {CertFile: "a"},
		"CA alone":    {ClientCAFile: "a"},
		"no file":     {CertFile: "/nowhere/a", KeyFile: "/nowhere/b"},
		"no auth":     {AuthFile: "/nowhere/a"},
	} {
		_, err := httpserve.Listen(cfg, nil)
		require.Error(t, err, name)
	}
}

func TestDrainFinishesRequestsInProgress(t *testing.T) {
	entered, release := make(chan bool), make(chan bool)
	s := start(t, httpserve.Config{}, func(w http.ResponseWriter, r *http.Request) {
		entered <- true
		<-release
		if r.Context().Err() == nil {
			hello(w, r)
		}
	})
	got := make(chan string, 1)
	go func() {
		resp, err := http.Get(s.url("/"))
		_, body := reply(t, resp, err)
		got <- body
	}()
	<-entered
	s.stop()
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", s.Addr().String())
		if err == nil {
			c.Close()
		}
		return err != nil
	}, time.Minute, time.Millisecond, "no new connections while draining")
	close(release)
	require.Equal(t, "hello", <-got)
	require.NoError(t, <-s.done)
}

// Those whose body is not wanted do not keep their connection until it has come.
func TestUnwantedBodyIsNotAwaited(t *testing.T) {
	s := start(t, httpserve.Config{MaxBody: 10}, hello)
	c, err := net.Dial("tcp", s.Addr().String())
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, c.SetDeadline(time.Now().Add(time.Minute)))
	_, err = io.WriteString(c, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\nabc")
	require.NoError(t, err)
	all, err := io.ReadAll(c)
	require.NoError(t, err)
	require.Contains(t, string(all), "HTTP/1.1 413 ")
}

// A request that was sent before its sender can know of the end is answered.
func TestDrainAnswersWhatArrives(t *testing.T) {
	for range 20 {
		if asksLate(t) {
			return
		}
	}
	t.Error("the machine is too slow to ask a server before it has gone")
}

// asksLate sends a request to a server that ends. It is false if the server had gone before this process could.
func asksLate(t *testing.T) bool {
	s := start(t, httpserve.Config{}, hello)
	c, err := net.Dial("tcp", s.Addr().String())
	require.NoError(t, err)
	defer c.Close()
	r := bufio.NewReader(c)
	ask := func() (*http.Response, error) {
		if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"); err != nil {
			return nil, err
		}
		resp, err := http.ReadResponse(r, nil)
		if err == nil {
			_, body := reply(t, resp, nil)
			require.Equal(t, "hello", body)
		}
		return resp, err
	}
	resp, err := ask()
	require.NoError(t, err)
	require.False(t, resp.Close)
	begin := time.Now()
	s.stop()
	for !resp.Close { // those that come before the server knows
		if resp, err = ask(); err != nil {
			require.Greater(t, time.Since(begin), 200*time.Millisecond, err)
			require.NoError(t, <-s.done)
			return false
		}
	}
	_, err = r.ReadByte()
	require.ErrorIs(t, err, io.EOF)
	require.NoError(t, <-s.done)
	return true
}

func TestDrainTimeoutCuts(t *testing.T) {
	entered := make(chan bool)
	s := start(t, httpserve.Config{DrainTimeout: 100 * time.Millisecond}, func(_ http.ResponseWriter, r *http.Request) {
		entered <- true
		<-r.Context().Done()
	})
	go http.Get(s.url("/"))
	<-entered
	require.ErrorIs(t, s.end(t), context.DeadlineExceeded)
}

func TestOverload(t *testing.T) {
	entered, release := make(chan bool), make(chan bool)
	s := start(t, httpserve.Config{MaxConcurrent: 1, RetryAfter: 2 * time.Second}, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/wait" {
			entered <- true
			<-release
		}
		hello(w, r)
	})
	var wg sync.WaitGroup
	wg.Go(func() {
		resp, err := http.Get(s.url("/wait"))
		reply(t, resp, err)
	})
	<-entered

	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	dials := 0
	tr.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		dials++
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	client := &http.Client{Transport: tr}
	for range 10 {
		resp, err := client.Post(s.url("/"), "", strings.NewReader("x"))
		status, body := reply(t, resp, err)
		require.Equal(t, 503, status)
		require.Equal(t, httpserve.KindOverloaded, kindOf(t, body))
		after, err := strconv.Atoi(resp.Header.Get("Retry-After"))
		require.NoError(t, err)
		require.GreaterOrEqual(t, after, 2)
		require.LessOrEqual(t, after, 6)
	}
	close(release)
	wg.Wait()
	resp, err := client.Get(s.url("/"))
	status, _ := reply(t, resp, err)
	require.Equal(t, 200, status)
	require.Equal(t, 1, dials, "being turned away must not cost the connection")
}

func TestBodyLimit(t *testing.T) {
	s := start(t, httpserve.Config{MaxBody: 10000}, echo)
	for _, n := range []int{0, 1, 4096, 4097, 10000} {
		want := strings.Repeat("x", n)
		resp, err := http.Post(s.url("/"), "", strings.NewReader(want))
		status, body := reply(t, resp, err)
		require.Equal(t, 200, status)
		require.Equal(t, want, body)
	}
	for name, r := range map[string]io.Reader{
		"known length": strings.NewReader(strings.Repeat("x", 10001)),
		"chunked":      io.MultiReader(strings.NewReader(strings.Repeat("x", 10001))),
	} {
		resp, err := http.Post(s.url("/"), "", r)
		status, body := reply(t, resp, err)
		require.Equal(t, 413, status, name)
		require.Equal(t, httpserve.KindBodyTooLarge, kindOf(t, body), name)
	}
	resp, err := http.Post(s.url("/"), "", io.MultiReader(strings.NewReader("chunks")))
	_, body := reply(t, resp, err)
	require.Equal(t, "chunks", body)
}

func raw(t *testing.T, s *running, text string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", s.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	_, err = io.WriteString(c, text)
	require.NoError(t, err)
	return c
}

func TestConnectionLimits(t *testing.T) {
	s := start(t, httpserve.Config{MaxConnections: 2, MaxKeepAlive: 1}, hello)
	ask := func(c net.Conn) string {
		t.Helper()
		_, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		require.NoError(t, err)
		buf := make([]byte, 1000)
		n, err := c.Read(buf)
		require.NoError(t, err)
		return string(buf[:n])
	}
	first := raw(t, s, "")
	require.NotContains(t, ask(first), "Connection: close")
	second, third := raw(t, s, ""), raw(t, s, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	third.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	_, err := third.Read(make([]byte, 1))
	require.Error(t, err, "no place for a third connection")
	require.Contains(t, ask(second), "Connection: close")
	_, err = second.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
	third.SetReadDeadline(time.Now().Add(time.Minute))
	_, err = third.Read(make([]byte, 1))
	require.NoError(t, err, "its turn has come")
	// A server that is full of connections ends all the same.
	raw(t, s, "")
	require.NoError(t, s.end(t))
}

func TestSlowClients(t *testing.T) {
	s := start(t, httpserve.Config{MaxConcurrent: 2, ReadTimeout: 3 * time.Second, IdleTimeout: 3 * time.Second}, echo)
	begin := time.Now()
	header := raw(t, s, "POST / HTTP/1.1\r\nHost: x\r\nX-")
	small := raw(t, s, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
	idle := raw(t, s, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	for range 5 {
		raw(t, s, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
		raw(t, s, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\nabc")
	}
	time.Sleep(50 * time.Millisecond)
	resp, err := http.Post(s.url("/"), "", strings.NewReader("quick"))
	status, _ := reply(t, resp, err)
	require.Equal(t, 200, status, "slow clients take no places")

	data, err := io.ReadAll(header)
	require.NoError(t, err)
	require.NotContains(t, string(data), "200")
	data, err = io.ReadAll(small)
	require.NoError(t, err)
	require.Contains(t, string(data), "408 Request Timeout")
	require.Contains(t, string(data), httpserve.KindRequestTimeout)
	data, err = io.ReadAll(idle)
	require.NoError(t, err)
	require.Contains(t, string(data), "200 OK")
	require.Less(t, time.Since(begin), time.Minute, "idle connections stay for 90 s otherwise")
}

func TestCutOffBodyReachesTheHandlerAsAnError(t *testing.T) {
	got := make(chan error, 1)
	s := start(t, httpserve.Config{}, func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		got <- err
	})
	c := raw(t, s, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
	require.NoError(t, c.(*net.TCPConn).CloseWrite())
	require.True(t, errors.Is(<-got, io.ErrUnexpectedEOF))
}
