package source_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/source"
)

// levels splits an error chain as programs show it.
func levels(err error) []string {
	var list []string
	for err != nil {
		inner := errors.Unwrap(err)
		text := err.Error()
		if inner != nil {
			text = strings.TrimSuffix(text, ": "+inner.Error())
		}
		list = append(list, text)
		err = inner
	}
	return list
}

// recorder collects notes and pauses.
type recorder struct {
	notes  []string
	pauses []time.Duration
}

func (r *recorder) client(retries int) *source.Client {
	return &source.Client{
		Retries: retries,
		Message: func(text string) { r.notes = append(r.notes, text) },
		Sleep:   func(_ context.Context, d time.Duration) error { r.pauses = append(r.pauses, d); return nil },
	}
}

// rawServer answers every request with the text that reply gives, and closes.
func rawServer(t testing.TB, reply func(path string, n int) string) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { ln.Close() })
	go func() {
		for n := 1; ; n++ {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				req, err := http.ReadRequest(bufio.NewReader(c))
				if err == nil {
					_, _ = io.WriteString(c, reply(req.URL.Path, n))
				}
			}()
		}
	}()
	return "http://" + ln.Addr().String()
}

// The chains of errors are those of coreos-installer 0.26 against the same servers, below its
// "fetching image URL".
func TestErrorTexts(t *testing.T) {
	base := rawServer(t, func(path string, _ int) string {
		if n, ok := strings.CutPrefix(path, "/loop"); ok {
			i, _ := strconv.Atoi(n)
			return fmt.Sprintf("HTTP/1.1 302 F\r\nLocation: /loop%d\r\nContent-Length: 0\r\n\r\n", i+1)
		}
		return map[string]string{
			"/404":   "HTTP/1.1 404 File not found\r\nContent-Length: 0\r\n\r\n",
			"/501":   "HTTP/1.1 501 Foo Bar\r\nContent-Length: 0\r\n\r\n",
			"/503":   "HTTP/1.1 503 Foo Bar\r\nContent-Length: 0\r\n\r\n",
			"/204":   "HTTP/1.1 204 Foo Bar\r\n\r\n",
			"/206":   "HTTP/1.1 206 Foo Bar\r\nContent-Length: 0\r\n\r\n",
			"/299":   "HTTP/1.1 299 Foo Bar\r\nContent-Length: 0\r\n\r\n",
			"/304":   "HTTP/1.1 304 Foo Bar\r\n\r\n",
			"/noloc": "HTTP/1.1 302 Foo Bar\r\nContent-Length: 0\r\n\r\n",
			"/ftp":   "HTTP/1.1 302 F\r\nLocation: ftp://x/y\r\nContent-Length: 0\r\n\r\n",
			"/junk":  "junk\r\n\r\n",
		}[path]
	})
	cases := []struct {
		url  string
		want []string // after "fetching '<url>'"; U is the URL
	}{
		{base + "/404", []string{"HTTP status client error (404 File not found) for url (U)"}},
		{base + "/501", []string{"HTTP status server error (501 Foo Bar) for url (U)"}},
		{base + "/503", []string{"HTTP 503 Service Unavailable"}},
		{base + "/loop", []string{"error following redirect for url (U)", "too many redirects"}},
		{base + "/ftp", []string{"builder error for url (U)", "URL scheme is not allowed"}},
		{base + "/empty", []string{"error sending request for url (U)", "client error (SendRequest)", "connection closed before message completed"}},
		{base + "/junk", []string{"error sending request for url (U)", "client error (SendRequest)", ""}},
		{"http://127.0.0.1:1/x", []string{"error sending request for url (U)", "client error (Connect)", "tcp connect error", "connection refused"}},
		{"http://nonexistent.invalid/x", []string{"error sending request for url (U)", "client error (Connect)", "dns error", ""}},
		{"https" + base[4:] + "/x", []string{"error sending request for url (U)", "client error (Connect)", ""}},
		{"ftp://x/y", []string{"builder error for url (U)", "URL scheme is not allowed"}},
		{"file:///etc/passwd", []string{"builder error for url (U)", "URL scheme is not allowed"}},
	}
	for _, tc := range cases {
		t.Run(tc.url, func(t *testing.T) {
			var c source.Client
			_, _, _, err := c.Open(t.Context(), tc.url)
			got := levels(err)
			require.Len(t, got, len(tc.want)+1, "%q", got)
			require.Equal(t, "fetching '"+tc.url+"'", got[0])
			for i, want := range tc.want {
				if want != "" {
					require.Equal(t, strings.ReplaceAll(want, "(U)", "("+tc.url+")"), got[i+1])
				}
			}
			_, err = c.Signature(t.Context(), tc.url)
			require.Equal(t, "fetching signature URL", levels(err)[0])
		})
	}
	for path, want := range map[string]string{
		"/204": "204 No Content", "/206": "206 Partial Content", "/299": "299 <unknown status code>",
		"/304": "304 Not Modified", "/noloc": "302 Found",
	} {
		var c source.Client
		_, _, _, err := c.Open(t.Context(), base+path)
		require.EqualError(t, err, "image fetch failed: "+want)
		if path == "/206" {
			continue
		}
		_, err = c.Bytes(t.Context(), base+path, 100)
		var status *source.StatusError
		require.ErrorAs(t, err, &status)
		require.Equal(t, want, status.HTTPStatus())
	}
}

func TestRetries(t *testing.T) {
	for _, code := range []int{408, 429, 500, 502, 503, 504} {
		base := rawServer(t, func(_ string, n int) string {
			if n <= 3 {
				return fmt.Sprintf("HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n", code)
			}
			return "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
		})
		var r recorder
		data, err := r.client(3).Bytes(t.Context(), base+"/f", 5)
		require.NoError(t, err)
		require.Equal(t, "hello", string(data))
		note := fmt.Sprintf("Error fetching '%s/f': HTTP %d %s", base, code, http.StatusText(code))
		require.Equal(t, []string{
			note, "Sleeping 1s and retrying...", note, "Sleeping 2s and retrying...", note, "Sleeping 4s and retrying...",
		}, r.notes)
	}
	base := rawServer(t, func(string, int) string { return "HTTP/1.1 403 X\r\nContent-Length: 0\r\n\r\n" })
	var r recorder
	_, _, _, err := r.client(-1).Open(t.Context(), base)
	require.ErrorContains(t, err, "403")
	require.Empty(t, r.notes)
}

// The pauses double up to ten minutes; without a limit of retries only ctx ends them.
func TestPauses(t *testing.T) {
	var r recorder
	c := r.client(-1)
	ctx, cancel := context.WithCancel(t.Context())
	c.Sleep = func(ctx context.Context, d time.Duration) error {
		r.pauses = append(r.pauses, d/time.Second)
		if len(r.pauses) == 70 {
			cancel()
		}
		return ctx.Err()
	}
	c.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no route") }
	_, _, _, err := c.Open(ctx, "http://example.test/")
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600}, r.pauses[:12])
	require.EqualValues(t, 600, r.pauses[69])
	require.Equal(t, "Error fetching 'http://example.test/': error sending request for url (http://example.test/)", r.notes[0])
}

func image(size int) []byte {
	data := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{7}).Read(data)
	return data
}

// fileServer serves data under an ETag, and breaks the connection after cut bytes.
func fileServer(data []byte, cut int, ranges bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		if !ranges {
			r.Header.Del("Range")
		}
		http.ServeContent(&cutter{w, cut}, r, "", time.Time{}, bytes.NewReader(data))
	}
}

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

func newServer(t testing.TB, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(s.Close)
	return s
}

func TestOpenResumes(t *testing.T) {
	data := image(3 << 20)
	s := newServer(t, fileServer(data, 1<<20+12345, true))
	s.Start()
	var r recorder
	body, length, name, err := r.client(2).Open(t.Context(), s.URL+"/a/disk.raw.xz?x=/y")
	require.NoError(t, err)
	require.EqualValues(t, len(data), length)
	require.Equal(t, "disk.raw.xz", name)
	got, err := io.ReadAll(body)
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, got))
	require.NoError(t, body.Close())
	note := "Error fetching '" + s.URL + "/a/disk.raw.xz?x=<redacted>': error reading a body from connection: end of file before message length reached"
	require.Equal(t, []string{note, "Sleeping 1s and retrying...", note, "Sleeping 1s and retrying..."}, r.notes)
}

func TestBodyErrors(t *testing.T) {
	data := image(100_000)
	for name, tc := range map[string]struct {
		retries int
		ranges  bool
		want    []string
	}{
		"no retries": {0, true, []string{"request or response body error", "error reading a body from connection", "end of file before message length reached"}},
		"too few":    {2, true, []string{"request or response body error", "error reading a body from connection", "end of file before message length reached"}},
		"no ranges":  {9, false, []string{"request or response body error", "error reading a body from connection", "the server cannot continue a transfer: it sent the whole", "the server cannot continue a transfer"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, fileServer(data, 30_000, tc.ranges))
			s.Start()
			var r recorder
			body, _, _, err := r.client(tc.retries).Open(t.Context(), s.URL)
			require.NoError(t, err)
			defer body.Close()
			got, err := io.ReadAll(body)
			text := levels(err)
			text[2] = strings.TrimSuffix(text[2], ": it sent the whole")
			tc.want[2] = strings.TrimSuffix(tc.want[2], ": it sent the whole")
			require.Equal(t, tc.want[:3], text[:3])
			require.True(t, bytes.HasPrefix(data, got))
			_, again := body.Read(make([]byte, 1))
			require.EqualError(t, again, err.Error())
		})
	}
}

// A connection that stands still is given up, and gone on with.
func TestStall(t *testing.T) {
	data := image(100_000)
	n := 0
	s := newServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n++; n > 1 {
			fileServer(data, 1<<20, true)(w, r)
			return
		}
		w.Header().Set("ETag", `"v1"`)
		w.Header().Set("Content-Length", strconv.Itoa(len(data)))
		_, _ = w.Write(data[:5000])
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	s.Start()
	var r recorder
	c := r.client(1)
	c.StallTime = 300 * time.Millisecond
	body, _, _, err := c.Open(t.Context(), s.URL)
	require.NoError(t, err)
	defer body.Close()
	got, err := io.ReadAll(body)
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, got))
	require.Contains(t, r.notes[0], "operation timed out")
}

// Names come from where redirects lead, not from what headers say.
func TestName(t *testing.T) {
	s := newServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if to, ok := strings.CutPrefix(r.URL.Path, "/to"); ok {
			http.Redirect(w, r, to, http.StatusFound)
			return
		}
		w.Header().Set("Content-Disposition", `attachment; filename="other"`)
		if r.Header.Get("Accept-Encoding") != "" {
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	s.Start()
	for path, want := range map[string]string{
		"/to/x/disk.raw.gz": "disk.raw.gz", "/a%20b%2Fc": "a%20b%2Fc", "/": "", "": "", "/dir/": "", "/d/%2e%2e": "", "/d/%2E": "", "/x?y=/z": "x",
	} {
		var c source.Client
		body, _, name, err := c.Open(t.Context(), s.URL+path)
		require.NoError(t, err, path)
		require.Equal(t, want, name, path)
		body.Close()
	}
}

func TestUnknownLength(t *testing.T) {
	base := rawServer(t, func(string, int) string {
		return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
	})
	var c source.Client
	body, length, _, err := c.Open(t.Context(), base)
	require.NoError(t, err)
	require.EqualValues(t, -1, length)
	got, err := io.ReadAll(body)
	require.NoError(t, err)
	require.Equal(t, "hello", string(got))
	_, err = c.Bytes(t.Context(), base, 4)
	require.Equal(t, []string{"fetching '" + base + "'", "more than 4 bytes"}, levels(err))
}

func TestCAFiles(t *testing.T) {
	s := newServer(t, fileServer([]byte("hello"), 100, true))
	s.StartTLS()
	c := &source.Client{}
	_, err := c.Bytes(t.Context(), s.URL, 10)
	require.Equal(t, "client error (Connect)", levels(err)[2])
	require.ErrorContains(t, err, "certificate signed by unknown authority")

	file := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600))
	c = &source.Client{CAFiles: []string{file}}
	data, err := c.Bytes(t.Context(), s.URL, 10)
	require.NoError(t, err)
	require.Equal(t, "hello", string(data))

	c = &source.Client{CAFiles: []string{file + ".none"}}
	_, err = c.Bytes(t.Context(), s.URL, 10)
	require.EqualError(t, err, "building HTTP client: reading CA certificates "+file+".none: no such file or directory")
}

func TestProxy(t *testing.T) {
	s := newServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.RequestURI, " ", r.UserAgent()) }))
	s.Start()
	c := &source.Client{UserAgent: "test", Getenv: func(n string) string { return map[string]string{"HTTP_PROXY": s.URL}[n] }}
	data, err := c.Bytes(t.Context(), "http://image.test/x", 100)
	require.NoError(t, err)
	require.Equal(t, "http://image.test/x test", string(data))
}

func TestPasswordsAreNotShown(t *testing.T) {
	var r recorder
	for _, link := range []string{"http://user:secret@127.0.0.1:1/x", "http://127.0.0.1:1/x?X-Amz-Signature=secret&a=b", "ftp://h/?sig=secret"} {
		_, _, _, err := r.client(1).Open(t.Context(), link)
		require.Error(t, err)
		require.NotContains(t, err.Error()+strings.Join(r.notes, ""), "secret")
	}
	base := rawServer(t, func(string, int) string { return "HTTP/1.1 204 X\r\n\r\n" })
	_, _, _, err := r.client(1).Open(t.Context(), base+"/?sig=secret")
	var status *source.StatusError
	require.ErrorAs(t, err, &status)
	require.NotContains(t, status.URL, "secret")
}

func TestSignatureURL(t *testing.T) {
	for in, want := range map[string]string{
		"http://h/a/b.xz":        "http://h/a/b.xz.sig",
		"http://h/a?x=1&y=/z#f":  "http://h/a.sig?x=1&y=/z#f",
		"http://h":               "http://h/.sig",
		"http://h/":              "http://h/.sig",
		"http://h/a%2Fb%20c":     "http://h/a%2Fb%20c.sig",
		"https://u:p@h:8/x.iso?": "https://u:p@h:8/x.iso.sig?",
	} {
		got, err := source.SignatureURL(in)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := source.SignatureURL("http://h/%zz")
	require.EqualError(t, err, `parsing image URL: invalid URL escape "%zz"`)
}
