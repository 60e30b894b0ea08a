package fetch_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/fetch"
)

// pipeClient is a client whose connections are pipes to serve, for time that is not real.
func pipeClient(t *testing.T, opt fetch.Options, serve func(c net.Conn)) *fetch.Client {
	opt.Dial = func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			if _, err := http.ReadRequest(bufio.NewReader(server)); err == nil {
				serve(server)
			}
		}()
		return client, nil
	}
	if opt.Retries == 0 {
		opt.Retries = -1
	}
	t.Cleanup(func() { time.Sleep(2 * time.Minute) }) // servers end
	return newClient(t, &opt)
}

// trickle sends a body of size bytes, n at a time with a pause after each.
func trickle(size, n int, pause time.Duration) func(net.Conn) {
	return func(c net.Conn) {
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: "+strconv.Itoa(size)+"\r\n\r\n")
		for sent := 0; sent < size; sent += n {
			if _, err := c.Write(make([]byte, min(n, size-sent))); err != nil {
				return
			}
			time.Sleep(pause)
		}
	}
}

func TestStall(t *testing.T) {
	hold := func(text string) func(net.Conn) {
		return func(c net.Conn) {
			io.WriteString(c, text)
			io.Copy(io.Discard, c) // until the client gives up
		}
	}
	for _, tc := range []struct {
		name     string
		opt      fetch.Options
		serve    func(net.Conn)
		min, max time.Duration // until it is given up; 0: it is not
	}{
		{"before the header", fetch.Options{}, hold(""), 30 * time.Second, 31 * time.Second},
		{"in the header", fetch.Options{}, hold("HTTP/1.1 200 OK\r\nA: b"), 30 * time.Second, 31 * time.Second},
		{"in the body", fetch.Options{}, hold("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123"), 30 * time.Second, 31 * time.Second},
		{"after a burst", fetch.Options{}, hold("HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + strings.Repeat("x", 4000)), 30 * time.Second, 40 * time.Second},
		{"too slow", fetch.Options{}, trickle(200_000, 200, 250*time.Millisecond), 30 * time.Second, 40 * time.Second},
		{"just fast enough", fetch.Options{}, trickle(100_000, 1100, time.Second), 0, 0},
		{"in bursts", fetch.Options{}, trickle(100_000, 30_000, 25*time.Second), 0, 0},
		{"other limits", fetch.Options{LowSpeedLimit: 10, LowSpeedTime: 3 * time.Second}, trickle(1000, 2, time.Second), 3 * time.Second, 5 * time.Second},
		{"switched off", fetch.Options{LowSpeedLimit: -1}, trickle(100, 1, time.Minute), 0, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := pipeClient(t, tc.opt, tc.serve)
				start := time.Now()
				_, err := getBytes(t, c, "http://h/x")
				if tc.max == 0 {
					require.NoError(t, err)
					return
				}
				require.EqualError(t, err, "While fetching http://h/x: [28] Timeout was reached")
				require.GreaterOrEqual(t, time.Since(start), tc.min)
				require.LessOrEqual(t, time.Since(start), tc.max)
			})
		})
	}
}

func TestSlowConsumerIsNotAStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := pipeClient(t, fetch.Options{}, trickle(200_000, 20_000, 0))
		resp, err := c.Get(t.Context(), fetch.Request{URL: "http://h/"})
		require.NoError(t, err)
		defer resp.Body.Close()
		for total := 0; total < 200_000; {
			time.Sleep(10 * time.Minute)
			n, err := resp.Body.Read(make([]byte, 50_000))
			if err != nil {
				require.Equal(t, io.EOF, err)
			}
			total += n
		}
	})
}

func TestStallIsRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		c := pipeClient(t, fetch.Options{Retries: 2}, func(c net.Conn) {
			if n.Add(1) <= 2 {
				io.Copy(io.Discard, c)
				return
			}
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		})
		start := time.Now()
		data, err := getBytes(t, c, "http://h/")
		require.NoError(t, err)
		require.Equal(t, "ok", string(data))
		require.Equal(t, time.Minute, time.Since(start))
	})
}

func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var opt fetch.Options
		served := 0
		opt.Dial = func(context.Context, string, string) (net.Conn, error) {
			served++
			return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "x"}}
		}
		opt.Retries = 10
		c, err := fetch.New(&opt)
		require.NoError(t, err)
		start := time.Now()
		_, err = getBytes(t, c, "http://h/")
		require.Error(t, err)
		require.Equal(t, 11, served)
		// 50 ms doubling ten times, at most 5 s each, at least half of it.
		require.Greater(t, time.Since(start), 10*time.Second)
		require.Less(t, time.Since(start), 25*time.Second)

		// Cancelling ends the pause.
		ctx, cancel := context.WithTimeoutCause(t.Context(), 100*time.Millisecond, errors.New("enough"))
		defer cancel()
		_, err = c.Get(ctx, fetch.Request{URL: "http://h/"})
		require.EqualError(t, err, "enough")
	})
}

func TestRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		c := pipeClient(t, fetch.Options{Retries: 3}, func(c net.Conn) {
			switch n.Add(1) {
			case 1:
				io.WriteString(c, "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
			case 2:
				io.WriteString(c, "HTTP/1.1 429 Busy\r\nRetry-After: 99999999\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
			case 3:
				at := time.Now().Add(5 * time.Second).UTC().Format(http.TimeFormat)
				io.WriteString(c, "HTTP/1.1 503 Busy\r\nRetry-After: "+at+"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
			default:
				io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
			}
		})
		start := time.Now()
		_, err := getBytes(t, c, "http://h/")
		require.NoError(t, err)
		require.Equal(t, 42*time.Second, time.Since(start))
	})
}

func TestIdleConnectionsAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conns := 0
		c := newClient(t, &fetch.Options{Dial: func(context.Context, string, string) (net.Conn, error) {
			conns++
			client, server := net.Pipe()
			go func() {
				defer server.Close()
				br := bufio.NewReader(server)
				for {
					if _, err := http.ReadRequest(br); err != nil {
						return
					}
					io.WriteString(server, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
				}
			}()
			return client, nil
		}})
		for range 3 {
			_, err := getBytes(t, c, "http://h/")
			require.NoError(t, err)
			time.Sleep(50 * time.Second)
		}
		require.Equal(t, 1, conns)
		time.Sleep(time.Minute)
		_, err := getBytes(t, c, "http://h/")
		require.NoError(t, err)
		require.Equal(t, 2, conns)
		c.Close()
	})
}
