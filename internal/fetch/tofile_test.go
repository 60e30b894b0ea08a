package fetch_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/fetch"
)

// flaky serves content in pieces: every reply breaks off after cut bytes.
type flaky struct {
	content  []byte
	cut      int // 0: never
	etag     string
	modified time.Time
	noRange  bool
	ranges   []string // as asked for
}

func (f *flaky) serve(w http.ResponseWriter, r *http.Request) {
	f.ranges = append(f.ranges, r.Header.Get("Range"))
	if f.etag != "" {
		w.Header().Set("ETag", f.etag)
	}
	if f.noRange {
		r.Header.Del("Range")
	}
	if f.cut > 0 {
		w = &cutWriter{w, f.cut}
	}
	http.ServeContent(w, r, "", f.modified, bytes.NewReader(f.content))
}

type cutWriter struct {
	http.ResponseWriter
	left int
}

func (c *cutWriter) Write(p []byte) (int, error) {
	if len(p) <= c.left {
		c.left -= len(p)
		return c.ResponseWriter.Write(p)
	}
	c.ResponseWriter.Write(p[:c.left])
	c.ResponseWriter.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rand.Uint32())
	}
	return b
}

func tempFile(t *testing.T, content []byte) *os.File {
	f, err := os.Create(filepath.Join(t.TempDir(), "f"))
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	_, err = f.Write(content)
	require.NoError(t, err)
	return f
}

func contents(t *testing.T, f *os.File) []byte {
	data, err := os.ReadFile(f.Name())
	require.NoError(t, err)
	return data
}

func TestGetToFileResumesInACall(t *testing.T) {
	for name, fl := range map[string]*flaky{
		"by ETag":          {etag: `"a"`},
		"by Last-Modified": {modified: time.Unix(1e9, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			fl.content, fl.cut = randomBytes(100_000), 30_000
			s := newServer(t, fl.serve)
			f := tempFile(t, []byte("junk that was there before"))
			c := newClient(t, nil)
			res, err := c.GetToFile(t.Context(), fetch.Request{URL: s.URL, Digest: digest.FromBytes(fl.content), ExpectedSize: 100_000, MaxSize: 100_000}, f, nil)
			require.NoError(t, err)
			require.True(t, res.Complete)
			require.Equal(t, fl.content, contents(t, f))
			require.EqualValues(t, 100_000, res.Transferred, "no byte twice")
			require.Equal(t, []string{"", "bytes=30000-", "bytes=60000-", "bytes=90000-"}, fl.ranges)
		})
	}
}

func TestGetToFileWithoutValidatorBeginsAnew(t *testing.T) {
	for name, fl := range map[string]*flaky{"none": {}, "weak": {etag: `W/"a"`}} {
		t.Run(name, func(t *testing.T) {
			fl.content, fl.cut = randomBytes(1000), 300
			s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
				if len(fl.ranges) == 2 {
					fl.cut = 0
				}
				fl.serve(w, r)
			})
			f := tempFile(t, nil)
			res, err := newClient(t, nil).GetToFile(t.Context(), fetch.Request{URL: s.URL}, f, nil)
			require.NoError(t, err)
			require.Equal(t, fl.content, contents(t, f))
			require.Equal(t, []string{"", "", ""}, fl.ranges)
			require.EqualValues(t, 1600, res.Transferred)
		})
	}
}

func TestGetToFileResumesLater(t *testing.T) {
	fl := &flaky{content: randomBytes(5000), cut: 2000, etag: `"a"`}
	s := newServer(t, fl.serve)
	f := tempFile(t, nil)
	c := newClient(t, &fetch.Options{Retries: -1})
	req := fetch.Request{URL: s.URL}
	res, err := c.GetToFile(t.Context(), req, f, nil)
	require.Equal(t, fetch.CurlPartialFile, curlCode(t, err))
	require.EqualValues(t, 2000, res.Size)
	require.False(t, res.Complete)
	require.Equal(t, `"a"`, res.ETag)

	t.Run("unchanged", func(t *testing.T) {
		g := tempFile(t, contents(t, f))
		fl.cut = 0
		res, err := c.GetToFile(t.Context(), req, g, res)
		require.NoError(t, err)
		require.EqualValues(t, 3000, res.Transferred)
		require.Equal(t, fl.content, contents(t, g))

		res, err = c.GetToFile(t.Context(), req, g, res)
		require.NoError(t, err, "complete already: 416")
		require.True(t, res.Complete)
		require.Zero(t, res.Transferred)
		require.Equal(t, fl.content, contents(t, g))
	})
	t.Run("changed", func(t *testing.T) {
		g := tempFile(t, contents(t, f))
		fl.content, fl.etag = randomBytes(1500), `"b"`
		res, err := c.GetToFile(t.Context(), req, g, res)
		require.NoError(t, err)
		require.Equal(t, fl.content, contents(t, g))
		require.Equal(t, `"b"`, res.ETag)
	})
	t.Run("server without ranges", func(t *testing.T) {
		g := tempFile(t, contents(t, f))
		fl.noRange = true
		res, err := c.GetToFile(t.Context(), req, g, res)
		require.NoError(t, err)
		require.Equal(t, fl.content, contents(t, g))
		require.EqualValues(t, 1500, res.Transferred)
	})
}

func TestGetToFileDigestRescuesBadPrefix(t *testing.T) {
	fl := &flaky{content: randomBytes(5000)}
	s := newServer(t, fl.serve)
	f := tempFile(t, bytes.Repeat([]byte("x"), 1000))
	req := fetch.Request{URL: s.URL, Digest: digest.FromBytes(fl.content)}
	c := newClient(t, &fetch.Options{Retries: -1})
	res, err := c.GetToFile(t.Context(), req, f, &fetch.FileResult{Size: 1000})
	require.NoError(t, err)
	require.Equal(t, []string{"bytes=1000-", ""}, fl.ranges)
	require.EqualValues(t, 9000, res.Transferred)
	require.Equal(t, fl.content, contents(t, f))

	req.Digest = digest.FromString("other")
	res, err = c.GetToFile(t.Context(), req, f, nil)
	var de *fetch.DigestError
	require.ErrorAs(t, err, &de)
	require.Zero(t, res.Size, "nothing of it is worth keeping")
	require.False(t, res.Complete)

	_, err = c.GetToFile(t.Context(), req, f, &fetch.FileResult{Size: 99999})
	require.ErrorAs(t, err, &de, "longer than the resource")
}

func TestGetToFileLyingServers(t *testing.T) {
	for name, tc := range map[string]struct {
		contentRange string
		status       int
	}{
		"other offset":   {"bytes 5-9/10", 206},
		"no range":       {"", 206},
		"nonsense":       {"bytes 9-5/10", 206},
		"unsatisfiable":  {"bytes */3", 416},
		"416 and silent": {"", 416},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Range") == "" {
					io.WriteString(w, "0123456789")
					return
				}
				w.Header().Set("Content-Range", tc.contentRange)
				w.WriteHeader(tc.status)
				io.WriteString(w, "evil!")
			})
			f := tempFile(t, []byte("0123"))
			_, err := newClient(t, &fetch.Options{Retries: -1}).GetToFile(t.Context(), fetch.Request{URL: s.URL}, f, &fetch.FileResult{Size: 4, ETag: `"x"`})
			require.NoError(t, err)
			require.Equal(t, "0123456789", string(contents(t, f)))
		})
	}
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(416) })
	_, err := newClient(t, &fetch.Options{Retries: -1}).GetToFile(t.Context(), fetch.Request{URL: s.URL}, tempFile(t, nil), nil)
	require.Equal(t, fetch.CurlRange, curlCode(t, err))
}

func TestGetToFileLimits(t *testing.T) {
	fl := &flaky{content: randomBytes(1000), etag: `"a"`}
	s := newServer(t, fl.serve)
	c := newClient(t, &fetch.Options{Retries: -1})
	f := tempFile(t, nil)
	_, err := c.GetToFile(t.Context(), fetch.Request{URL: s.URL, MaxSize: 999}, f, nil)
	require.EqualError(t, err, "URI "+s.URL+" exceeded maximum size of 999 bytes")
	_, err = c.GetToFile(t.Context(), fetch.Request{URL: s.URL, MaxSize: 999}, tempFile(t, fl.content[:500]), &fetch.FileResult{Size: 500, ETag: `"a"`})
	require.EqualError(t, err, "URI "+s.URL+" exceeded maximum size of 999 bytes")
	_, err = c.GetToFile(t.Context(), fetch.Request{URL: s.URL, ExpectedSize: 1001}, f, nil)
	require.Equal(t, fetch.CurlPartialFile, curlCode(t, err))
	res, err := c.GetToFile(t.Context(), fetch.Request{URL: s.URL, IfNoneMatch: `"a"`}, f, nil)
	require.NoError(t, err)
	require.True(t, res.NotModified)
	for _, req := range []fetch.Request{{AcceptGzip: true}, {Method: "POST"}, {Decode: func(io.Reader) (io.ReadCloser, error) { return nil, nil }}} {
		req.URL = s.URL
		_, err = c.GetToFile(t.Context(), req, f, nil)
		require.ErrorIs(t, err, fetch.ErrNotSupported)
	}
}

// TestGetToFileEndsAtLast: progress renews the retries, but a server that only ever gives a
// little does not hold us for ever.
func TestGetToFileEndsAtLast(t *testing.T) {
	fl := &flaky{content: randomBytes(100_000), etag: `"a"`, cut: 10}
	s := newServer(t, fl.serve)
	res, err := newClient(t, nil).GetToFile(t.Context(), fetch.Request{URL: s.URL}, tempFile(t, nil), nil)
	require.Error(t, err)
	require.EqualValues(t, 60, res.Size)

	fl = &flaky{content: randomBytes(12 << 20), etag: `"a"`, cut: 1 << 20}
	s = newServer(t, fl.serve)
	f := tempFile(t, nil)
	_, err = newClient(t, nil).GetToFile(t.Context(), fetch.Request{URL: s.URL}, f, nil)
	require.NoError(t, err)
	require.True(t, bytes.Equal(fl.content, contents(t, f)))
	require.Len(t, fl.ranges, 12, fmt.Sprint(fl.ranges))
}

func TestHTTP2StreamError(t *testing.T) {
	p := newPKI(t)
	var n atomic.Int64
	s := p.serve(t, false, func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1)%2 == 1 {
			io.WriteString(w, "some")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
		io.WriteString(w, "all of it")
	})
	c := newClient(t, &fetch.Options{TLS: fetch.TLSOptions{CAFile: p.ca}})
	_, _, err := c.GetBytes(t.Context(), fetch.Request{URL: s.URL, NoRetry: true})
	require.EqualError(t, err, "While fetching "+s.URL+": [92] Stream error in the HTTP/2 framing layer")
	n.Store(0)
	data, err := getBytes(t, c, s.URL)
	require.NoError(t, err)
	require.Equal(t, "all of it", string(data))
	require.EqualValues(t, 1, s.conns.Load())
}
