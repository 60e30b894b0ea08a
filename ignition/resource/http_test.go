package resource_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/resource"
)

func dataURL(data []byte) string { return "data:;base64," + base64.StdEncoding.EncodeToString(data) }

const hangUp = "\x00hang up"

// rawServer answers connections with fixed replies and keeps the requests as sent.
// The reply for a path is sent as it is; after one that ends in hangUp, which is not
// sent, the connection is closed.
func rawServer(t *testing.T, replies map[string]string) (base string, requests func() []string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { ln.Close() })
	seen := make(chan string, 100)
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go rawConn(conn, replies, seen)
		}
	}()
	return "http://" + ln.Addr().String(), func() (all []string) {
		for {
			select {
			case s := <-seen:
				all = append(all, s)
			default:
				return all
			}
		}
	}
}

func rawConn(conn net.Conn, replies map[string]string, seen chan<- string) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		var head strings.Builder
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			if line == "\r\n" {
				break
			}
			head.WriteString(line)
		}
		seen <- head.String()
		reply := replies[strings.Fields(head.String())[1]]
		io.WriteString(conn, strings.TrimSuffix(reply, hangUp))
		if strings.HasSuffix(reply, hangUp) {
			return
		}
	}
}

func reply(status, body string, header ...string) string {
	return "HTTP/1.1 " + status + "\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n" +
		strings.Join(append(header, ""), "\r\n") + "\r\n" + body
}

// The requests of this test were recorded from Ignition 2.26.0.
func TestRequestsAreIgnitions(t *testing.T) {
	base, requests := rawServer(t, map[string]string{
		"/ok":            reply("200 OK", "fine"),
		"/ok?a=b%20c&d":  reply("200 OK", "fine"),
		"/gz":            reply("200 OK", string(compress(t, []byte("fine")))),
		"/target":        reply("200 OK", string(compress(t, []byte("fine"))), "Content-Encoding: gzip"),
		"/elsewhere":     reply("302 Found", "", "Location: /target"),
		"/elsewhere/307": reply("307 Temporary Redirect", "", "Location: /target"),
	})
	host := strings.TrimPrefix(base, "http://")
	usual := "Host: " + host + "\r\nUser-Agent: Ignition/2.26.0\r\n" +
		"Accept: application/vnd.coreos.ignition+json;version=3.6.0, */*;q=0.1\r\nAccept-Encoding: identity\r\n"
	redirected := "GET /target HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: Go-http-client/1.1\r\nAccept-Encoding: gzip\r\n"
	str := func(s string) *string { return &s }
	secret := types.HTTPHeaders{{Name: "Authorization", Value: str("secret")}, {Name: "X-A", Value: str("1")}}
	for name, c := range map[string]struct {
		res  types.Resource
		want []string
	}{
		"plain": {from(base + "/ok"), []string{"GET /ok HTTP/1.1\r\n" + usual}},
		"user": {from("http://u:pw@" + host + "/ok?a=b%20c&d#frag"),
			[]string{"GET /ok?a=b%20c&d HTTP/1.1\r\n" + usual + "Authorization: Basic dTpwdw==\r\n"}},
		"own headers": {
			types.Resource{Source: str(base + "/gz"), Compression: str("gzip"), HTTPHeaders: types.HTTPHeaders{
				{Name: "user-agent", Value: str("me")}, {Name: "X-A", Value: str("0")},
				{Name: "x-a", Value: str("1")}, {Name: "accept", Value: str("text/x")}}},
			[]string{"GET /gz HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: me\r\nAccept: text/x\r\nAccept-Encoding: identity\r\nX-A: 1\r\n"}},
		"redirect": {types.Resource{Source: str(base + "/elsewhere"), HTTPHeaders: secret},
			[]string{"GET /elsewhere HTTP/1.1\r\n" + usual + "Authorization: secret\r\nX-A: 1\r\n", redirected}},
		"redirect 307": {types.Resource{Source: str(base + "/elsewhere/307"), HTTPHeaders: secret},
			[]string{"GET /elsewhere/307 HTTP/1.1\r\n" + usual + "Authorization: secret\r\nX-A: 1\r\n", redirected}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFetcher(t, resource.Options{})
			data, err := f.FetchBytes(t.Context(), c.res)
			require.NoError(t, err)
			require.Equal(t, "fine", string(data))
			var got []string
			for _, r := range requests() {
				got = append(got, sorted(r))
			}
			var want []string
			for _, r := range c.want {
				want = append(want, sorted(r))
			}
			require.Equal(t, want, got)
			for _, line := range f.log.all() {
				require.NotContains(t, line, "pw")
				require.NotContains(t, line, "secret")
			}
		})
	}
}

// sorted sorts the header lines: net/http does not order them.
func sorted(request string) string {
	lines := strings.Split(strings.TrimSuffix(request, "\r\n"), "\r\n")
	rest := lines[1:]
	for i := range rest {
		for j := range i {
			if rest[i] < rest[j] {
				rest[i], rest[j] = rest[j], rest[i]
			}
		}
	}
	return strings.Join(lines, "\n")
}

func TestStatuses(t *testing.T) {
	base, _ := rawServer(t, map[string]string{
		"/200": reply("200 OK", "body"),
		"/204": "HTTP/1.1 204 No Content\r\n\r\n",
		"/299": reply("299 Odd", "body"),
		"/301": reply("301 Moved Permanently", ""),
		"/403": reply("403 Forbidden", "no"),
		"/404": reply("404 Not Found", "no"),
	})
	for path, c := range map[string]struct {
		result string
		err    error
	}{
		"/200": {"OK", nil}, "/204": {"No Content", nil}, "/299": {"", resource.ErrFailed},
		"/301": {"Moved Permanently", resource.ErrFailed}, "/403": {"Forbidden", resource.ErrFailed},
		"/404": {"Not Found", resource.ErrNotFound},
	} {
		f := newFetcher(t, resource.Options{})
		err := f.Fetch(t.Context(), from(base+path), io.Discard)
		require.ErrorIs(t, err, c.err)
		require.Equal(t, []string{"GET " + base + path + ": attempt #1", "GET result: " + c.result}, f.log.all())
	}
}

func TestRetries(t *testing.T) {
	var n atomic.Int32
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch n.Add(1) {
		case 2:
			w.WriteHeader(503)
		case 1: // on a new connection, or net/http itself would try again
			conn, _, _ := w.(http.Hijacker).Hijack()
			conn.Close()
		case 8:
			io.WriteString(w, "at last")
		default:
			w.WriteHeader(500)
		}
	})
	f := newFetcher(t, resource.Options{})
	data, err := f.FetchBytes(t.Context(), from(base+"/x"))
	require.NoError(t, err)
	require.Equal(t, "at last", string(data))
	ms := time.Millisecond
	require.Equal(t, []time.Duration{200 * ms, 400 * ms, 800 * ms, 1600 * ms, 3200 * ms, 5000 * ms, 5000 * ms}, f.clock.waits)
	log := f.log.all()
	require.Len(t, log, 16)
	require.Equal(t, []string{"GET " + base + "/x: attempt #1", `GET error: Get "` + base + `/x": EOF`,
		"GET " + base + "/x: attempt #2", "GET result: Service Unavailable"}, log[:4])
	require.Equal(t, []string{"GET " + base + "/x: attempt #8", "GET result: OK"}, log[14:])
}

func TestTimeouts(t *testing.T) {
	release := make(chan struct{})
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			w.Header().Set("Content-Length", "100")
			w.Write([]byte("some"))
			w.(http.Flusher).Flush()
		}
		if r.URL.Path == "/big" {
			w.Write(make([]byte, 1<<20))
			w.(http.Flusher).Flush()
		}
		<-release
	})
	defer close(release)
	for _, path := range []string{"/header", "/body", "/big"} {
		f := newFetcher(t, resource.Options{FetchTimeout: 100 * time.Millisecond})
		start := time.Now()
		_, err := f.FetchBytes(t.Context(), from(base+path))
		require.EqualError(t, err, "unable to fetch resource in time", path)
		require.ErrorIs(t, err, resource.ErrTimeout)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Less(t, time.Since(start), time.Minute)
	}
	one := 1
	f := newFetcher(t, resource.Options{})
	ctx, cancel := context.WithCancelCause(t.Context())
	mine := errors.New("mine")
	f.clock.hook = func(int) { cancel(mine) }
	require.NoError(t, f.Configure(ctx, types.Ignition{Timeouts: types.Timeouts{HTTPResponseHeaders: &one}}))
	_, err := f.FetchBytes(ctx, from(base+"/header"))
	require.Equal(t, mine, err)
	require.Equal(t, `GET error: Get "`+base+`/header": net/http: timeout awaiting response headers`, f.log.all()[1])

	// httpTotal bounds all attempts together.
	f = newFetcher(t, resource.Options{Sleep: func(ctx context.Context, _ time.Duration) { <-ctx.Done() }})
	require.NoError(t, f.Configure(t.Context(), types.Ignition{Timeouts: types.Timeouts{HTTPTotal: &one}}))
	_, err = f.FetchBytes(t.Context(), from("http://127.0.0.1:1/"))
	require.ErrorIs(t, err, resource.ErrTimeout)
	require.Len(t, f.log.all(), 2)
}

func TestCanceling(t *testing.T) {
	started := make(chan struct{}, 1)
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		block := make([]byte, 64<<10)
		for i := 0; ; i++ {
			if i == 20 {
				select {
				case started <- struct{}{}:
				default:
				}
			}
			if _, err := w.Write(block); err != nil || r.Context().Err() != nil {
				return
			}
		}
	})
	f := newFetcher(t, resource.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-started
		cancel()
	}()
	require.ErrorIs(t, f.Fetch(ctx, from(base), io.Discard), context.Canceled)

	// The writer's error ends an endless body, too.
	full := errors.New("disk full")
	require.ErrorIs(t, f.Fetch(t.Context(), from(base), &failing{after: 3 << 20, err: full}), full)
	require.ErrorIs(t, f.Fetch(t.Context(), from(base), &failing{after: 1, err: full}), full)
}

type failing struct {
	after int
	err   error
}

func (w *failing) Write(p []byte) (int, error) {
	if w.after -= len(p); w.after < 0 {
		return 0, w.err
	}
	return len(p), nil
}

func TestRedirectLoop(t *testing.T) {
	var n atomic.Int32
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n.Add(1)
		http.Redirect(w, r, "/"+strconv.Itoa(int(n.Load())), http.StatusFound)
	})
	f := newFetcher(t, resource.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f.clock.hook = func(n int) {
		if n == 2 {
			cancel()
		}
	}
	require.ErrorIs(t, f.Fetch(ctx, from(base), io.Discard), context.Canceled)
	require.EqualValues(t, 2002, n.Load())
	require.Len(t, f.clock.waits, 2)
	require.Contains(t, f.log.all()[1], "stopped after 1000 redirects")
}

func TestGet(t *testing.T) {
	var n atomic.Int32
	type seen struct{ method, body, header, accept, port string }
	var last seen
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, port, _ := net.SplitHostPort(r.RemoteAddr)
		last = seen{r.Method, string(body), r.Header.Get("Metadata-Flavor"), r.Header.Get("Accept"), port}
		if r.URL.Path == "/410" && n.Add(1) < 3 {
			w.WriteHeader(410)
			return
		}
		fmt.Fprint(w, "answer")
	})
	f := newFetcher(t, resource.Options{})
	data, err := f.Get(t.Context(), base+"/410", &resource.GetOptions{
		Method: "POST", Body: []byte("{}"), RetryCodes: []int{410, 429},
		Header: http.Header{"Metadata-Flavor": {"Google"}, "Accept": {"*/*"}}})
	require.NoError(t, err)
	require.Equal(t, "answer", string(data))
	require.Len(t, f.clock.waits, 2)
	last.port = ""
	require.Equal(t, seen{"POST", "{}", "Google", "*/*", ""}, last)
	require.Equal(t, "POST "+base+"/410: attempt #3", f.log.all()[4])

	n.Store(0)
	_, err = f.Get(t.Context(), base+"/410", nil)
	require.ErrorIs(t, err, resource.ErrFailed)

	// Ports are tried until one is free.
	taken, err := net.Listen("tcp", "0.0.0.0:0")
	require.NoError(t, err)
	defer taken.Close()
	free, err := net.Listen("tcp", "0.0.0.0:0")
	require.NoError(t, err)
	free.Close()
	ports := []int{portOf(taken), portOf(taken), portOf(free)}
	_, err = f.Get(t.Context(), base+"/", &resource.GetOptions{LocalPort: func() int {
		p := ports[0]
		ports = ports[1:]
		return p
	}})
	require.NoError(t, err)
	require.Equal(t, strconv.Itoa(portOf(free)), last.port)
	require.Empty(t, ports)
}

func portOf(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

func TestGetTimeout(t *testing.T) {
	f := newFetcher(t, resource.Options{Sleep: func(ctx context.Context, _ time.Duration) { <-ctx.Done() }})
	_, err := f.Get(t.Context(), "http://127.0.0.1:1/", &resource.GetOptions{Timeout: 50 * time.Millisecond})
	require.ErrorIs(t, err, resource.ErrTimeout)
}

// On an idle machine the network, gunzip, SHA-512 and the writer share two cores.
func BenchmarkLarge(b *testing.B) {
	data := bytes.Repeat([]byte(base64.StdEncoding.EncodeToString(noise(48<<10))), 512)
	packed := compress(b, data)
	base := serve(b, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/gz" {
			w.Write(packed)
			return
		}
		w.Write(data)
	})
	f := newFetcher(b, resource.Options{})
	for name, res := range map[string]types.Resource{
		"plain": hashed(base, sha512Of(data)),
		"gzip":  gzipped(hashed(base+"/gz", sha512Of(data))),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if err := f.Fetch(b.Context(), res, io.Discard); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
