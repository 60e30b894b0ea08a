package fetch_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/fetch"
)

// breaking serves content, and cuts the connection after so many bytes of each reply.
type breaking struct {
	content  []byte
	etag     string
	modified time.Time
	cut      int // 0: never
	ranges   []string
	ifRanges []string
	edit     func(n int, w http.ResponseWriter, r *http.Request) bool // replaces the reply number n
}

func newBreaking(size int) *breaking {
	f := &breaking{content: make([]byte, size), etag: `"one"`}
	rng := rand.NewChaCha8([32]byte{1})
	_, _ = rng.Read(f.content)
	return f
}

func (f *breaking) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.ranges = append(f.ranges, r.Header.Get("Range"))
	f.ifRanges = append(f.ifRanges, r.Header.Get("If-Range"))
	if f.edit != nil && f.edit(len(f.ranges), w, r) {
		return
	}
	if f.etag != "" {
		w.Header().Set("ETag", f.etag)
	}
	if f.cut > 0 {
		w = &cutter{ResponseWriter: w, left: f.cut}
	}
	http.ServeContent(w, r, "", f.modified, bytes.NewReader(f.content))
}

// cutter breaks the connection off in the middle of a reply.
type cutter struct {
	http.ResponseWriter
	left int
}

func (c *cutter) Write(p []byte) (int, error) {
	if len(p) < c.left {
		c.left -= len(p)
		return c.ResponseWriter.Write(p)
	}
	_, _ = c.ResponseWriter.Write(p[:c.left])
	_ = http.NewResponseController(c.ResponseWriter).Flush()
	panic(http.ErrAbortHandler)
}

func readAll(t testing.TB, c *fetch.Client, req fetch.Request) ([]byte, error) {
	t.Helper()
	resp, err := c.GetResuming(t.Context(), req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}

func TestResume(t *testing.T) {
	f := newBreaking(1_000_000)
	f.cut = 300_000
	s := newServer(t, f.ServeHTTP)
	var notes []string
	got, err := readAll(t, newClient(t, nil), fetch.Request{URL: s.URL, Digest: digest.FromBytes(f.content),
		ExpectedSize: int64(len(f.content)),
		OnRetry:      func(err error, pause time.Duration) { notes = append(notes, err.Error()) }})
	require.NoError(t, err)
	require.True(t, bytes.Equal(f.content, got))
	require.Equal(t, []string{"", "bytes=300000-", "bytes=600000-", "bytes=900000-"}, f.ranges)
	require.Equal(t, []string{"", `"one"`, `"one"`, `"one"`}, f.ifRanges)
	require.Len(t, notes, 3)
	require.Contains(t, notes[0], "[18] Transferred a partial file")
}

func TestResumeOverTLS(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		t.Run(fmt.Sprint(http2), func(t *testing.T) {
			f := newBreaking(1_000_000)
			f.cut = 400_000
			s := newUnstarted(f.ServeHTTP)
			s.EnableHTTP2 = http2
			s.Config.ErrorLog = discardLog
			s.StartTLS()
			t.Cleanup(s.Close)
			pool := s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
			c := newClient(t, &fetch.Options{TLS: fetch.TLSOptions{RootCAs: pool}})
			got, err := readAll(t, c, fetch.Request{URL: s.URL})
			require.NoError(t, err)
			require.Equal(t, sha256.Sum256(f.content), sha256.Sum256(got))
			require.Len(t, f.ranges, 3)
			require.Equal(t, http2, s.request().ProtoMajor == 2)
		})
	}
}

// A server without ETag is resumed by a date, unless the file may have changed since within
// the same second.
func TestResumeByDate(t *testing.T) {
	f := newBreaking(100_000)
	f.etag, f.cut, f.modified = "", 60_000, time.Now().Add(-time.Hour).Truncate(time.Second)
	s := newServer(t, f.ServeHTTP)
	got, err := readAll(t, newClient(t, nil), fetch.Request{URL: s.URL})
	require.NoError(t, err)
	require.True(t, bytes.Equal(f.content, got))
	require.Equal(t, f.modified.UTC().Format(http.TimeFormat), f.ifRanges[1])

	for name, change := range map[string]func(){
		"fresh":    func() { f.modified = time.Now() },
		"undated":  func() { f.modified = time.Time{} },
		"weak tag": func() { f.modified, f.etag = time.Time{}, `W/"one"` },
	} {
		t.Run(name, func(t *testing.T) {
			change()
			before := len(f.ranges)
			_, err := readAll(t, newClient(t, nil), fetch.Request{URL: s.URL})
			require.Equal(t, fetch.CurlPartialFile, curlCode(t, err))
			require.Len(t, f.ranges, before+1)
		})
	}
}

// The replies of servers that cannot be gone on with, and what is said of them.
func TestResumeRefused(t *testing.T) {
	const size, cut = 100_000, 40_000
	part := func(w http.ResponseWriter, from, total int, body []byte) bool {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, from+len(body)-1, total))
		w.WriteHeader(http.StatusPartialContent)
		_, _ = w.Write(body)
		return true
	}
	cases := map[string]struct {
		second func(f *breaking, w http.ResponseWriter, r *http.Request) bool
		want   error
	}{
		"range ignored": {func(f *breaking, w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("ETag", f.etag)
			_, _ = w.Write(f.content)
			return true
		}, fetch.ErrNoResume},
		"changed": {func(f *breaking, w http.ResponseWriter, r *http.Request) bool {
			f.etag = `"two"`
			return false
		}, fetch.ErrChanged},
		"changed, length only": {func(f *breaking, w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("Content-Length", strconv.Itoa(size-1))
			_, _ = w.Write(f.content[:size-1])
			return true
		}, fetch.ErrChanged},
		"if-range ignored": {func(f *breaking, w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("ETag", `"two"`)
			return part(w, cut, size, f.content[cut:])
		}, fetch.ErrChanged},
		"other offset": {func(f *breaking, w http.ResponseWriter, r *http.Request) bool {
			return part(w, cut-1, size, f.content[cut-1:])
		}, fetch.ErrNoResume},
		"no content range": {func(f *breaking, w http.ResponseWriter, r *http.Request) bool {
			w.WriteHeader(http.StatusPartialContent)
			return true
		}, fetch.ErrNoResume},
		"other length": {func(f *breaking, w http.ResponseWriter, r *http.Request) bool {
			return part(w, cut, size+1, append(f.content[cut:], 0))
		}, fetch.ErrChanged},
		"shorter now": {func(f *breaking, w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("Content-Range", "bytes */"+strconv.Itoa(cut))
			w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
			return true
		}, fetch.ErrChanged},
		"gone": {func(f *breaking, w http.ResponseWriter, r *http.Request) bool {
			w.WriteHeader(http.StatusNotFound)
			return true
		}, fetch.ErrNotFound},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f := newBreaking(size)
			f.cut = cut
			f.edit = func(n int, w http.ResponseWriter, r *http.Request) bool {
				return n > 1 && tc.second(f, w, r)
			}
			s := newServer(t, f.ServeHTTP)
			got, err := readAll(t, newClient(t, nil), fetch.Request{URL: s.URL})
			require.ErrorIs(t, err, tc.want)
			require.True(t, bytes.Equal(f.content[:cut], got), "no byte of a doubtful reply")
			require.Len(t, f.ranges, 2)
		})
	}
}

// A reply in chunks whose end is lost is complete when the server says so.
func TestResumeAtTheEnd(t *testing.T) {
	url := rawServer(t, func(n int, c net.Conn) bool {
		if n == 1 {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
		} else {
			io.WriteString(c, "HTTP/1.1 416 No\r\nContent-Range: bytes */5\r\nContent-Length: 0\r\n\r\n")
		}
		return false
	})
	got, err := readAll(t, newClient(t, nil), fetch.Request{URL: url})
	require.NoError(t, err)
	require.Equal(t, "hello", string(got))
}

// A length that the server promises but does not keep.
func TestResumeLyingLength(t *testing.T) {
	url := rawServer(t, func(n int, c net.Conn) bool {
		if n == 1 {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: 9\r\n\r\nhello")
		} else {
			io.WriteString(c, "HTTP/1.1 416 No\r\nContent-Range: bytes */5\r\nContent-Length: 0\r\n\r\n")
		}
		return false
	})
	_, err := readAll(t, newClient(t, nil), fetch.Request{URL: url})
	require.ErrorIs(t, err, fetch.ErrChanged)
}

// Attempts before the header and in the body have one budget; the pauses grow, and begin
// again after progress.
func TestResumeBudget(t *testing.T) {
	var pauses []time.Duration
	opt := &fetch.Options{
		Retries: 4,
		Backoff: func(n int) time.Duration { return time.Second << (n - 1) },
		Sleep:   func(_ context.Context, d time.Duration) error { pauses = append(pauses, d); return nil },
	}
	f := newBreaking(4 << 20)
	f.cut = 2 << 20
	f.edit = func(n int, w http.ResponseWriter, r *http.Request) bool {
		if n == 1 || n == 2 || n == 4 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}
		return false
	}
	s := newServer(t, f.ServeHTTP)
	got, err := readAll(t, newClient(t, opt), fetch.Request{URL: s.URL})
	require.NoError(t, err)
	require.True(t, bytes.Equal(f.content, got))
	require.Equal(t, []time.Duration{1 * time.Second, 2 * time.Second, 1 * time.Second, 2 * time.Second}, pauses)

	f.ranges, pauses, opt.Retries = nil, nil, 3
	got, err = readAll(t, newClient(t, opt), fetch.Request{URL: s.URL})
	var fe *fetch.Error
	require.ErrorAs(t, err, &fe)
	require.Equal(t, http.StatusServiceUnavailable, fe.StatusCode)
	require.Len(t, got, 2<<20)
	require.Len(t, pauses, 3)

	f.ranges, opt.Retries = nil, -1
	_, err = readAll(t, newClient(t, opt), fetch.Request{URL: s.URL})
	require.ErrorAs(t, err, &fe)
	require.Len(t, f.ranges, 1)
}

func TestResumeStalled(t *testing.T) {
	f := newBreaking(100_000)
	f.edit = func(n int, w http.ResponseWriter, r *http.Request) bool {
		if n > 1 {
			return false
		}
		w.Header().Set("ETag", f.etag)
		w.Header().Set("Content-Length", "100000")
		_, _ = w.Write(f.content[:50_000])
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
		return true
	}
	s := newServer(t, f.ServeHTTP)
	c := newClient(t, &fetch.Options{LowSpeedLimit: 1, LowSpeedTime: time.Second})
	got, err := readAll(t, c, fetch.Request{URL: s.URL})
	require.NoError(t, err)
	require.True(t, bytes.Equal(f.content, got))
}

// The rest comes from the server that the first part came from, which is not told the secrets
// of the one that redirected; when its address has expired, the redirecting server is asked.
func TestResumeAfterRedirect(t *testing.T) {
	f := newBreaking(90_000)
	f.cut = 40_000
	var auth []string
	f.edit = func(n int, w http.ResponseWriter, r *http.Request) bool {
		auth = append(auth, r.Header.Get("Authorization"))
		if n == 3 {
			w.WriteHeader(http.StatusForbidden)
			return true
		}
		return false
	}
	mirror := newServer(t, f.ServeHTTP)
	front := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, mirror.URL+"/image.xz", http.StatusFound)
	})
	resp, err := newClient(t, nil).GetResuming(t.Context(), fetch.Request{URL: front.URL + "/latest",
		Header: http.Header{"Authorization": {"secret"}}})
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, "/image.xz", resp.FinalURL.Path)
	require.EqualValues(t, 90_000, resp.Size)
	got, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.True(t, bytes.Equal(f.content, got))
	require.EqualValues(t, 2, front.requests.Load())
	require.Len(t, f.ranges, 4)
	require.Empty(t, strings.Join(auth, ""))
	require.Equal(t, "secret", front.request().Header.Get("Authorization"))
}

func TestResumeLimits(t *testing.T) {
	f := newBreaking(100_000)
	f.cut = 60_000
	s := newServer(t, f.ServeHTTP)
	c := newClient(t, nil)
	_, err := readAll(t, c, fetch.Request{URL: s.URL, MaxSize: 99_999})
	require.ErrorIs(t, err, fetch.ErrTooLarge)
	_, err = readAll(t, c, fetch.Request{URL: s.URL, Digest: digest.FromString("other")})
	var de *fetch.DigestError
	require.ErrorAs(t, err, &de)
	_, err = readAll(t, c, fetch.Request{URL: s.URL, AcceptGzip: true})
	require.ErrorIs(t, err, fetch.ErrNotSupported)
}

// Any reply but 200 is the caller's to judge.
func TestResumeOtherStatus(t *testing.T) {
	url := rawServer(t, say("HTTP/1.1 206 P\r\nContent-Range: bytes 3-4/9\r\nContent-Length: 2\r\n\r\nab"))
	resp, err := newClient(t, nil).GetResuming(t.Context(), fetch.Request{URL: url})
	require.NoError(t, err)
	require.Equal(t, http.StatusPartialContent, resp.StatusCode)
	require.NoError(t, resp.Body.Close())
}

func TestResumeCancelled(t *testing.T) {
	f := newBreaking(100_000)
	f.cut = 60_000
	s := newServer(t, f.ServeHTTP)
	why := errors.New("the user left")
	ctx, cancel := context.WithCancelCause(t.Context())
	c := newClient(t, &fetch.Options{Backoff: func(int) time.Duration { return time.Hour }})
	resp, err := c.GetResuming(ctx, fetch.Request{URL: s.URL,
		OnRetry: func(error, time.Duration) { time.AfterFunc(10*time.Millisecond, func() { cancel(why) }) }})
	require.NoError(t, err)
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	require.ErrorIs(t, err, why)
	require.Len(t, got, 60_000)
}

func TestRetryIf(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNotFound) })
	c := newClient(t, &fetch.Options{Retries: 2, RetryIf: func(e *fetch.Error) bool { return e.StatusCode == 404 }})
	_, err := getBytes(t, c, s.URL)
	require.ErrorIs(t, err, fetch.ErrNotFound)
	require.EqualValues(t, 3, s.requests.Load())
}

// The names and ports of the two readings of the environment.
func TestProxyStyles(t *testing.T) {
	proxied := newServer(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.RequestURI) })
	const wrong = "http://127.0.0.1:1"
	host := proxied.Listener.Addr().String()
	cases := []struct {
		name  string
		style fetch.ProxyStyle
		env   map[string]string
		via   bool
	}{
		{"upper", fetch.ProxyReqwest, map[string]string{"HTTP_PROXY": proxied.URL}, true},
		{"upper, curl", fetch.ProxyCurl, map[string]string{"HTTP_PROXY": proxied.URL}, false},
		{"lower", fetch.ProxyReqwest, map[string]string{"http_proxy": host}, true},
		{"upper first", fetch.ProxyReqwest, map[string]string{"HTTP_PROXY": proxied.URL, "http_proxy": wrong}, true},
		{"lower first, curl", fetch.ProxyCurl, map[string]string{"all_proxy": wrong, "http_proxy": host}, true},
		{"all", fetch.ProxyReqwest, map[string]string{"ALL_PROXY": proxied.URL, "all_proxy": wrong}, true},
		{"own before all", fetch.ProxyReqwest, map[string]string{"ALL_PROXY": wrong, "http_proxy": host}, true},
		{"cgi", fetch.ProxyReqwest, map[string]string{"http_proxy": host, "REQUEST_METHOD": "GET"}, false},
		{"exception", fetch.ProxyReqwest, map[string]string{"http_proxy": host, "NO_PROXY": "x, Host.test"}, false},
		{"upper exception first", fetch.ProxyReqwest, map[string]string{"http_proxy": host, "NO_PROXY": "x", "no_proxy": "host.test"}, true},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			c := newClient(t, &fetch.Options{
				Retries: -1, ProxyStyle: tc.style, ProxyEnv: func(n string) string { return tc.env[n] },
				Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
					if addr != host {
						return nil, errors.New("no way to " + addr)
					}
					return new(net.Dialer).DialContext(ctx, network, addr)
				},
			})
			got, err := getBytes(t, c, "http://host.test/x")
			if !tc.via {
				require.ErrorContains(t, errors.Unwrap(err), "host.test:80")
				return
			}
			require.NoError(t, err)
			require.Equal(t, "http://host.test/x", string(got))
		})
	}
}

func TestProxyDefaultPort(t *testing.T) {
	for style, want := range map[fetch.ProxyStyle]string{fetch.ProxyCurl: "proxy.test:1080", fetch.ProxyReqwest: "proxy.test:80"} {
		var dialled string
		c := newClient(t, &fetch.Options{Retries: -1, ProxyStyle: style,
			ProxyEnv: func(n string) string { return map[string]string{"http_proxy": "proxy.test"}[n] },
			Dial: func(_ context.Context, _, addr string) (net.Conn, error) {
				dialled = addr
				return nil, errors.New("no")
			}})
		_, err := getBytes(t, c, "http://host.test/")
		require.Error(t, err)
		require.Equal(t, want, dialled)
	}
}
