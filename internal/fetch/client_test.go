package fetch_test

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/fetch"
)

// transports are the two ways a request can go.
var transports = map[string]func(s *server) string{
	"lean":    func(s *server) string { s.Start(); return s.URL },
	"general": func(s *server) string { s.StartTLS(); return s.URL },
}

// onBoth runs a test over the lean and over the general transport.
func onBoth(t *testing.T, h http.HandlerFunc, test func(t *testing.T, s *server, opt *fetch.Options)) {
	for name, start := range transports {
		t.Run(name, func(t *testing.T) {
			s := newUnstarted(h)
			start(s)
			t.Cleanup(s.Close)
			opt := &fetch.Options{TLS: fetch.TLSOptions{Permissive: true}}
			test(t, s, opt)
		})
	}
}

func TestGet(t *testing.T) {
	mod := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	onBoth(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"e1"`)
		w.Header().Set("Last-Modified", mod.Format(http.TimeFormat))
		http.ServeContent(w, r, "", mod, strings.NewReader("content"))
	}, func(t *testing.T, s *server, opt *fetch.Options) {
		opt.UserAgent = "libostree/2026.4"
		opt.Header = http.Header{"X-Extra": {"a", "b"}}
		c := newClient(t, opt)
		resp, err := c.Get(t.Context(), fetch.Request{URL: s.URL + "/a?b=c", Header: http.Header{"X-Own": {"1"}}})
		require.NoError(t, err)
		data, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, "content", string(data))
		require.Equal(t, `"e1"`, resp.ETag)
		require.True(t, mod.Equal(resp.LastModified))
		require.EqualValues(t, 7, resp.Size)
		require.Equal(t, s.URL+"/a?b=c", resp.FinalURL.String())
		require.EqualValues(t, 7, c.BytesReceived())

		r := s.request()
		require.Equal(t, "libostree/2026.4", r.UserAgent())
		require.Equal(t, []string{"a", "b"}, r.Header["X-Extra"])
		require.Equal(t, "1", r.Header.Get("X-Own"))
		require.Equal(t, "*/*", r.Header.Get("Accept"))
		require.Empty(t, r.Header["Accept-Encoding"])

		for _, req := range []fetch.Request{{IfNoneMatch: `"e1"`}, {IfModifiedSince: mod}} {
			req.URL = s.URL
			data, resp, err := c.GetBytes(t.Context(), req)
			require.NoError(t, err)
			require.True(t, resp.NotModified)
			require.Empty(t, data)
		}
		data, resp, err = c.GetBytes(t.Context(), fetch.Request{URL: s.URL, IfNoneMatch: `"e0"`})
		require.NoError(t, err)
		require.False(t, resp.NotModified)
		require.Equal(t, "content", string(data))

		resp, err = c.Get(t.Context(), fetch.Request{URL: s.URL, Method: http.MethodHead, MaxSize: 3})
		require.NoError(t, err)
		require.EqualValues(t, 7, resp.Size)
		data, err = io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.Empty(t, data)
		resp.Body.Close()
		require.EqualValues(t, 1, s.conns.Load(), "one connection serves all")
	})
}

func TestHeaderOverride(t *testing.T) {
	onBoth(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Host, " ", r.Header["User-Agent"], r.Header["Accept"], r.Header["X-A"])
	}, func(t *testing.T, s *server, opt *fetch.Options) {
		opt.Header = http.Header{"accept": {"text/plain"}, "X-A": {"1"}}
		data, _, err := newClient(t, opt).GetBytes(t.Context(), fetch.Request{URL: s.URL,
			Header: http.Header{"Host": {"other.example"}, "User-Agent": {"me"}, "x-a": {"2"}}})
		require.NoError(t, err)
		require.Equal(t, "other.example [me] [text/plain] [2]", string(data))
	})
}

func TestStatus(t *testing.T) {
	onBoth(t, func(w http.ResponseWriter, r *http.Request) {
		code, _ := strconv.Atoi(r.URL.Path[1:])
		http.Error(w, "explanation", code)
	}, func(t *testing.T, s *server, opt *fetch.Options) {
		opt.Retries = -1
		c := newClient(t, opt)
		for _, code := range []int{302, 304, 400, 401, 403, 404, 408, 410, 418, 500, 503} {
			u := fmt.Sprintf("%s/%d", s.URL, code)
			_, err := getBytes(t, c, u)
			require.EqualError(t, err, fmt.Sprintf("While fetching %s: Server returned HTTP %d", u, code))
			var fe *fetch.Error
			require.ErrorAs(t, err, &fe)
			require.Equal(t, code, fe.StatusCode)
			require.Equal(t, code == 403 || code == 404 || code == 410, errors.Is(err, fetch.ErrNotFound), code)
		}
		require.EqualValues(t, 1, s.conns.Load(), "error pages are drained")
		data, resp, err := c.GetBytes(t.Context(), fetch.Request{URL: s.URL + "/418", AcceptStatus: []int{418}, Digest: digest.FromString("x")})
		require.NoError(t, err)
		require.Equal(t, 418, resp.StatusCode)
		require.Equal(t, "explanation\n", string(data))
	})
}

func TestRetry(t *testing.T) {
	for _, tc := range []struct {
		name     string
		codes    []int // of the first replies; then 200
		all      bool
		retries  int
		requests int
		ok       bool
	}{
		{"408 and 500 pass", []int{408, 500, 503}, false, 0, 4, true},
		{"five retries at most", []int{500, 500, 500, 500, 500, 500}, false, 0, 6, false},
		{"two retries at most", []int{408, 408, 408}, false, 2, 3, false},
		{"none", []int{408}, false, -1, 1, false},
		{"418 is final", []int{418}, false, 0, 1, false},
		{"418 is final always", []int{418}, true, 0, 1, false},
		{"501 is final", []int{501}, false, 0, 1, false},
		{"unless all are retried", []int{501, 505}, true, 0, 3, true},
		{"404 is final always", []int{404}, true, 0, 1, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var n atomic.Int64
			s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
				if i := n.Add(1); int(i) <= len(tc.codes) {
					w.WriteHeader(tc.codes[i-1])
				}
			})
			var pauses []int
			c := newClient(t, &fetch.Options{RetryAll: tc.all, Retries: tc.retries,
				Backoff: func(n int) time.Duration { pauses = append(pauses, n); return 0 }})
			_, err := getBytes(t, c, s.URL)
			require.Equal(t, tc.ok, err == nil, err)
			require.EqualValues(t, tc.requests, s.requests.Load())
			require.Len(t, pauses, tc.requests-1)
			for i, n := range pauses {
				require.Equal(t, i+1, n)
			}
			require.EqualValues(t, 1, s.conns.Load())
		})
	}
}

func TestNoRetryOfOneRequest(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	_, _, err := newClient(t, nil).GetBytes(t.Context(), fetch.Request{URL: s.URL, NoRetry: true})
	require.Error(t, err)
	require.EqualValues(t, 1, s.requests.Load())
}

func TestBrokenBodyIsRepeated(t *testing.T) {
	var n atomic.Int64
	onBoth(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "10")
		if n.Add(1)%3 != 0 {
			io.WriteString(w, "01234")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
		io.WriteString(w, "0123456789")
	}, func(t *testing.T, s *server, opt *fetch.Options) {
		n.Store(0)
		s.Config.ErrorLog = nil
		opt.DisableHTTP2 = true
		calls := 0
		err := newClient(t, opt).Fetch(t.Context(), fetch.Request{URL: s.URL}, func(r *fetch.Response) error {
			calls++
			data, err := io.ReadAll(r.Body)
			if err == nil {
				require.Equal(t, "0123456789", string(data))
			}
			return err
		})
		require.NoError(t, err)
		require.Equal(t, 3, calls)
	})
}

func TestSizeLimits(t *testing.T) {
	onBoth(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/honest":
			w.Header().Set("Content-Length", "20")
			io.WriteString(w, strings.Repeat("x", 20))
		case "/endless":
			for {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			zw := gzip.NewWriter(w)
			zw.Write(make([]byte, 8<<20))
			zw.Close()
		}
	}, func(t *testing.T, s *server, opt *fetch.Options) {
		c := newClient(t, opt)
		for _, path := range []string{"/honest", "/endless", "/bomb"} {
			_, _, err := c.GetBytes(t.Context(), fetch.Request{URL: s.URL + path, MaxSize: 19, AcceptGzip: true})
			require.EqualError(t, err, "URI "+s.URL+path+" exceeded maximum size of 19 bytes")
			require.ErrorIs(t, err, fetch.ErrTooLarge)
		}
		require.EqualValues(t, 3, s.requests.Load(), "too large is too large")
		require.Less(t, c.BytesReceived(), int64(1<<20))

		data, _, err := c.GetBytes(t.Context(), fetch.Request{URL: s.URL + "/honest", MaxSize: 20, ExpectedSize: 20})
		require.NoError(t, err)
		require.Len(t, data, 20)
		_, _, err = c.GetBytes(t.Context(), fetch.Request{URL: s.URL + "/honest", ExpectedSize: 21, NoRetry: true})
		require.Equal(t, fetch.CurlPartialFile, curlCode(t, err))
		_, _, err = c.GetBytes(t.Context(), fetch.Request{URL: s.URL + "/endless", ExpectedSize: 5})
		require.ErrorIs(t, err, fetch.ErrTooLarge)
	})
}

func TestGzip(t *testing.T) {
	onBoth(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "gzip" && r.URL.Path != "/always" {
			io.WriteString(w, "plain")
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		var z strings.Builder
		zw := gzip.NewWriter(&z)
		io.WriteString(zw, "hello, hello, hello")
		zw.Close()
		if r.URL.Path == "/cut" {
			io.WriteString(w, z.String()[:20])
			return
		}
		io.WriteString(w, z.String())
	}, func(t *testing.T, s *server, opt *fetch.Options) {
		c := newClient(t, opt)
		const text = "hello, hello, hello"
		data, _, err := c.GetBytes(t.Context(), fetch.Request{URL: s.URL, AcceptGzip: true, ExpectedSize: int64(len(text)), Digest: digest.FromString(text)})
		require.NoError(t, err)
		require.Equal(t, text, string(data))
		data, _, err = c.GetBytes(t.Context(), fetch.Request{URL: s.URL})
		require.NoError(t, err)
		require.Equal(t, "plain", string(data))
		data, _, err = c.GetBytes(t.Context(), fetch.Request{URL: s.URL + "/always"})
		require.NoError(t, err)
		require.Equal(t, "\x1f\x8b", string(data[:2]), "what was not asked for is not decoded")
		_, _, err = c.GetBytes(t.Context(), fetch.Request{URL: s.URL + "/cut", AcceptGzip: true})
		require.Equal(t, fetch.CurlContentEncoding, curlCode(t, err))
	})
}

func TestDigestAndDecode(t *testing.T) {
	var z strings.Builder
	zw := gzip.NewWriter(&z)
	io.WriteString(zw, "payload")
	zw.Close()
	wire := z.String() + "trailer"
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, wire) })
	c := newClient(t, nil)
	decode := func(r io.Reader) (io.ReadCloser, error) {
		zr, err := gzip.NewReader(r)
		if err == nil {
			zr.Multistream(false)
		}
		return zr, err
	}
	get := func(req fetch.Request) (string, error) {
		req.URL, req.Decode = s.URL, decode
		data, _, err := c.GetBytes(t.Context(), req)
		return string(data), err
	}
	data, err := get(fetch.Request{Digest: digest.FromString(wire), DecodedDigest: digest.SHA512.FromString("payload"), MaxDecodedSize: 7})
	require.NoError(t, err)
	require.Equal(t, "payload", data)

	var de *fetch.DigestError
	_, err = get(fetch.Request{Digest: digest.FromString("other")})
	require.ErrorAs(t, err, &de)
	require.Equal(t, digest.FromString(wire).String(), de.Got)
	_, err = get(fetch.Request{DecodedDigest: digest.FromString("other")})
	require.ErrorAs(t, err, &de)
	_, err = get(fetch.Request{MaxDecodedSize: 6})
	require.ErrorIs(t, err, fetch.ErrTooLarge)
	_, err = get(fetch.Request{MaxSize: 20})
	require.ErrorIs(t, err, fetch.ErrTooLarge, "the error of the transfer shows through the decoder")
	_, err = get(fetch.Request{Digest: "sha256:zz"})
	require.ErrorIs(t, err, digest.ErrDigestInvalidLength)
	_, _, err = c.GetBytes(t.Context(), fetch.Request{URL: s.URL, DecodedDigest: digest.FromString("")})
	require.ErrorIs(t, err, fetch.ErrNotSupported)
}

func TestMirrors(t *testing.T) {
	good := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/repo/objects/ab/c.filez" {
			w.WriteHeader(404)
			return
		}
		fmt.Fprint(w, "object", r.Header.Get("Authorization"))
	})
	empty := newServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) })
	dead := "http://127.0.0.1:1/"
	c := newClient(t, nil)
	get := func(path string, mirrors ...string) (string, error) {
		data, _, err := c.GetBytes(t.Context(), fetch.Request{URL: path, Mirrors: mirrors})
		return string(data), err
	}
	for _, base := range []string{good.URL + "/repo", good.URL + "/repo/"} {
		data, err := get("objects/ab/c.filez", dead, empty.URL, base)
		require.NoError(t, err)
		require.Equal(t, "object", data)
	}
	data, err := get("/objects/ab/c.filez", strings.Replace(good.URL, "//", "//u:p@", 1)+"/repo")
	require.NoError(t, err)
	require.Equal(t, "objectBasic dTpw", data)

	_, err = get("nope", good.URL+"/repo", empty.URL+"/x/")
	require.EqualError(t, err, "While fetching "+empty.URL+"/x/nope: Server returned HTTP 404")
	_, err = get("nope", empty.URL, dead)
	require.EqualError(t, err, "While fetching http://127.0.0.1:1/nope: [7] Couldn't connect to server")
	_, err = get("50%25 ä?x", good.URL)
	require.Error(t, err)
	require.Equal(t, "/50% ä", good.request().URL.Path)
}

func TestBadURLs(t *testing.T) {
	c := newClient(t, &fetch.Options{RetryAll: true, Backoff: func(int) time.Duration { panic("retried") }})
	for in, want := range map[string]string{
		"badscheme://x":              "Invalid URI scheme in badscheme://x",
		"ftp://user:secret@h/":       "Invalid URI scheme in ftp://user@h/",
		"http://user:sec ret@h/":     "While fetching http://user@h/: [3] URL using bad/illegal format or missing URL",
		"http://user:secret@h:port/": "While fetching http://user@h:port/: [3] URL using bad/illegal format or missing URL",
		"http:///path":               "While fetching http:///path: [3] URL using bad/illegal format or missing URL",
		"":                           "While fetching : [3] URL using bad/illegal format or missing URL",
		"http://h/\n":                `While fetching http://h/\n: [3] URL using bad/illegal format or missing URL`,
	} {
		_, err := getBytes(t, c, in)
		require.EqualError(t, err, want)
		for ; err != nil; err = errors.Unwrap(err) {
			require.NotContains(t, err.Error(), "secret")
			require.NotContains(t, err.Error(), "sec ret")
		}
	}
	_, _, err := c.GetBytes(t.Context(), fetch.Request{URL: "http://h", IfNoneMatch: "a\r\nb: c"})
	require.ErrorContains(t, err, "invalid ETag")
	_, _, err = c.GetBytes(t.Context(), fetch.Request{URL: "http://h", Header: http.Header{"A": {"secret\r\nb"}}})
	require.EqualError(t, err, "invalid value of header A")
	_, err = fetch.New(&fetch.Options{Header: http.Header{"A b": {""}}})
	require.Error(t, err)
	_, err = fetch.New(&fetch.Options{UserAgent: "a\n"})
	require.Error(t, err)
}

func TestConcurrencyLimitAndReuse(t *testing.T) {
	var now, peak atomic.Int64
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		n := now.Add(1)
		defer now.Add(-1)
		for p := peak.Load(); n > p && !peak.CompareAndSwap(p, n); p = peak.Load() {
		}
		time.Sleep(200 * time.Microsecond)
		if strings.HasSuffix(r.URL.Path, "7") {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, r.URL.Path)
	})
	c := newClient(t, &fetch.Options{MaxConcurrent: 3})
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			for j := range 20 {
				path := fmt.Sprintf("/%d/%d", i, j)
				data, err := getBytes(t, c, s.URL+path)
				if j%10 == 7 {
					if !errors.Is(err, fetch.ErrNotFound) {
						t.Error(err)
					}
				} else if err != nil || string(data) != path {
					t.Errorf("%s: %q, %v", path, data, err)
				}
			}
		})
	}
	wg.Wait()
	require.LessOrEqual(t, peak.Load(), int64(3))
	require.LessOrEqual(t, s.conns.Load(), int64(3))
	require.EqualValues(t, 400, c.Requests())
}

func TestClosedIdleConnectionIsReplaced(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "x") })
	c := newClient(t, &fetch.Options{Retries: -1})
	for range 3 {
		_, err := getBytes(t, c, s.URL)
		require.NoError(t, err)
		s.CloseClientConnections()
	}
	require.EqualValues(t, 3, s.requests.Load())
}

func TestEarlyClose(t *testing.T) {
	onBoth(t, func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Path[1:])
		w.Write(make([]byte, n))
	}, func(t *testing.T, s *server, opt *fetch.Options) {
		opt.DisableHTTP2 = true
		c := newClient(t, opt)
		for range 3 {
			resp, err := c.Get(t.Context(), fetch.Request{URL: s.URL + "/1000"})
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			_, err = resp.Body.Read(make([]byte, 1))
			require.Error(t, err)
			require.NoError(t, resp.Body.Close(), "a second Close does nothing")
		}
		require.EqualValues(t, 1, s.conns.Load(), "short rests are drained")
		for range 2 {
			resp, err := c.Get(t.Context(), fetch.Request{URL: s.URL + "/5000000"})
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
		}
		require.EqualValues(t, 2, s.conns.Load(), "long ones cost the connection")
	})
}

func TestCancel(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	onBoth(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			io.WriteString(w, "start")
			w.(http.Flusher).Flush()
		}
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}, func(t *testing.T, s *server, opt *fetch.Options) {
		opt.RetryAll = true
		c := newClient(t, opt)
		for _, path := range []string{"/header", "/body"} {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(20*time.Millisecond, cancel)
			_, _, err := c.GetBytes(ctx, fetch.Request{URL: s.URL + path})
			require.ErrorIs(t, err, context.Canceled)
			cause := errors.New("reason")
			ctx2, cancel2 := context.WithTimeoutCause(t.Context(), 20*time.Millisecond, cause)
			_, _, err = c.GetBytes(ctx2, fetch.Request{URL: s.URL + path})
			require.ErrorIs(t, err, cause)
			cancel2()
			_, _, err = c.GetBytes(ctx, fetch.Request{URL: s.URL + path})
			require.ErrorIs(t, err, context.Canceled)
		}
	})
}

func TestPost(t *testing.T) {
	var n atomic.Int64
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if n.Add(1) == 1 {
			w.WriteHeader(500)
			return
		}
		switch r.URL.Path {
		case "/303":
			http.Redirect(w, r, "/end", 303)
		case "/307":
			http.Redirect(w, r, "/end", 307)
		default:
			fmt.Fprintf(w, "%s %s %s", r.Method, body, r.Header.Get("Content-Type"))
		}
	})
	for path, want := range map[string]string{"/": "POST {} application/json", "/303": "GET  application/json", "/307": "POST {} application/json"} {
		n.Store(0)
		data, _, err := newClient(t, nil).GetBytes(t.Context(), fetch.Request{URL: s.URL + path, Method: "POST",
			Body: []byte("{}"), Header: http.Header{"Content-Type": {"application/json"}}})
		require.NoError(t, err)
		require.Equal(t, want, string(data))
	}
}

func TestTraceHidesSecrets(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Set-Cookie", "hidden4")
		io.WriteString(w, r.Header.Get("Authorization"))
	})
	var mu sync.Mutex
	var log strings.Builder
	c := newClient(t, &fetch.Options{
		Header:  http.Header{"Proxy-Authorization": {"hidden1"}, "X-A": {"shown"}},
		Cookies: []fetch.Cookie{{Domain: "127.0.0.1", Path: "/", Name: "k", Value: "hidden2"}},
		Trace:   func(s string) { mu.Lock(); log.WriteString(s); mu.Unlock() },
	})
	_, err := getBytes(t, c, strings.Replace(s.URL, "//", "//me:hidden3@", 1)+"/p")
	require.NoError(t, err)
	require.Contains(t, log.String(), "> GET /p\n> Host: 127.0.0.1:")
	require.Contains(t, log.String(), "> X-A: shown\n")
	require.Contains(t, log.String(), "< HTTP/1.1 200 OK\n< Content-Length:")
	require.Contains(t, log.String(), "* connected to 127.0.0.1:")
	require.NotContains(t, log.String(), "hidden")
	require.NotContains(t, log.String(), "bWU6") // base64 of "me:"
}

func TestTimeoutIsATimeout(t *testing.T) {
	c := newClient(t, &fetch.Options{Retries: -1, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Err: context.DeadlineExceeded}
	}})
	_, err := getBytes(t, c, "http://h/")
	require.EqualError(t, err, "While fetching http://h/: [28] Timeout was reached")
	var timeout interface{ Timeout() bool }
	require.ErrorAs(t, err, &timeout)
	require.True(t, timeout.Timeout())
}
