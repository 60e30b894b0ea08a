package faulttest_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/stream"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// server serves an image and its signature, and misbehaves.
type server struct {
	data, sig []byte
	etag      string
	length    string // Content-Length if it is not the true one; "-" is none
	cuts      []int  // the connection ends here, at the first request, the second …
	ranges    bool   // takes Range and If-Range
	stall     bool   // stands still where it would cut, until the test ends
	changed   []byte // what is served from the second request on
	changeTag string // its ETag

	mu       sync.Mutex
	requests []string // ranges that were asked for
	done     chan struct{}
}

func (s *server) start(t testing.TB) string {
	s.done = make(chan struct{})
	h := httptest.NewServer(s)
	t.Cleanup(func() { close(s.done); h.Close() })
	return h.URL + "/image"
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, ".sig") {
		if s.sig == nil {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(s.sig)
		return
	}
	s.mu.Lock()
	n := len(s.requests)
	s.requests = append(s.requests, r.Header.Get("Range"))
	s.mu.Unlock()
	data, etag := s.data, s.etag
	if n > 0 && s.changed != nil {
		data, etag = s.changed, s.changeTag
	}
	if etag != "" {
		w.Header().Set("ETag", etag)
	}
	from := 0
	if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from); err == nil && s.ranges && r.Header.Get("If-Range") == etag {
		if from >= len(data) {
			w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
			return
		}
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(data)-1, len(data)))
	} else {
		from = 0
	}
	s.send(w, r, data, from, n)
}

// send sends the data from an offset to their end, or to where they are cut.
func (s *server) send(w http.ResponseWriter, r *http.Request, data []byte, from, request int) {
	switch s.length {
	case "":
		w.Header().Set("Content-Length", strconv.Itoa(len(data)-from))
	case "-":
	default:
		w.Header().Set("Content-Length", s.length)
		if n, err := strconv.Atoi(s.length); err == nil {
			data = data[:min(n, len(data))]
		}
	}
	if from > 0 {
		w.WriteHeader(http.StatusPartialContent)
	}
	end, cut := len(data), request < len(s.cuts)
	if cut {
		end = max(from, min(end, s.cuts[request]))
	}
	_, _ = w.Write(data[from:end])
	if s.length == "-" || cut {
		_ = http.NewResponseController(w).Flush()
	}
	if s.stall && cut {
		select {
		case <-s.done:
		case <-r.Context().Done():
		}
	}
	if cut {
		panic(http.ErrAbortHandler)
	}
}

// TestHTTP has servers that cut, lie and change what they serve.
func TestHTTP(t *testing.T) {
	testutil.Root(t)
	i, data := newImage(t, 512), packed(t, 512, "xz")
	sig := keys(t).sign(t, file(t, data, nil), "signer")
	half := len(data) / 2
	other := bytes.Clone(data)
	for n := half; n < half+1000; n++ {
		other[n] ^= 0x55
	}
	const retry = "\nError fetching '"
	for _, c := range []struct {
		name    string
		server  *server
		retries int
		saving  bool
		why     string // empty: it succeeds
		notes   int    // of retries
		check   func(t *testing.T, s *server, r *result)
	}{
		{name: "cut and gone on with", server: &server{etag: `"a"`, ranges: true, cuts: []int{half}}, retries: 1, notes: 1, check: func(t *testing.T, s *server, _ *result) {
			require.Equal(t, []string{"", fmt.Sprintf("bytes=%d-", half)}, s.requests)
		}},
		{name: "no length", server: &server{length: "-"}},
		{name: "cut for ever", server: &server{etag: `"a"`, ranges: true, cuts: []int{half, half, half}}, retries: 1, saving: true, notes: 1,
			why: "end of file before message length reached"},
		{name: "cut without retries", server: &server{etag: `"a"`, ranges: true, cuts: []int{half}}, why: "end of file before message length reached"},
		{name: "cut without length", server: &server{length: "-", cuts: []int{half}}, why: "end of file before message length reached"},
		{name: "too short a length", server: &server{length: strconv.Itoa(half)}, saving: true, why: "unexpected end of file"},
		{name: "too long a length", server: &server{length: strconv.Itoa(len(data) + 1)}, why: "end of file before message length reached"},
		{name: "changed", server: &server{etag: `"a"`, ranges: true, cuts: []int{half}, changed: other, changeTag: `"b"`}, retries: 1, saving: true, notes: 1,
			why: "the resource changed during the transfer"},
		{name: "changed under the same tag", server: &server{etag: `"a"`, ranges: true, cuts: []int{half}, changed: other, changeTag: `"a"`}, retries: 1, notes: 1, why: "decoding and writing image"},
		{name: "no ranges", server: &server{etag: `"a"`, cuts: []int{half}}, retries: 1, notes: 1, why: "the server cannot continue a transfer: it sent the whole"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d, s := newDisk(t, 512), newSession(t)
			c.server.data, c.server.sig = data, sig
			url := c.server.start(t)
			r := s.run(install(d, c.saving, "-u", url, "--fetch-retries", strconv.Itoa(c.retries))...)
			if c.why == "" {
				require.Zero(t, r.exit, r)
				(&outcome{image: i, saving: c.saving}).requireComplete(d)
			} else {
				r.failed(t, c.why)
				d.requireDead(c.saving)
			}
			require.Equal(t, c.notes, strings.Count(r.stderr, retry+url), r)
			if c.check != nil {
				c.check(t, c.server, r)
			}
		})
	}
}

// TestStreamDigest has metadata from a trustworthy server that name another image than the one that is signed.
func TestStreamDigest(t *testing.T) {
	testutil.Root(t)
	data, s := packed(t, 512, "xz"), newSession(t)
	sig := keys(t).sign(t, file(t, data, nil), "signer")
	var digest atomic.Value
	mux := http.NewServeMux()
	mux.HandleFunc("/image", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(data) })
	mux.HandleFunc("/image.sig", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(sig) })
	mux.HandleFunc("/stable.json", func(w http.ResponseWriter, r *http.Request) {
		url := "https://" + r.Host + "/image"
		fmt.Fprintf(w, `{"stream": "stable", "metadata": {"last-modified": "2026-01-01T00:00:00Z"}, "architectures": {%q: {"artifacts": {"metal": {"release": "1",
			"formats": {"raw.xz": {"disk": {"location": %q, "signature": %q, "sha256": %q}}}}}}}}`, stream.CurrentArch(), url, url+".sig", digest.Load())
	})
	h := httptest.NewTLSServer(mux)
	t.Cleanup(h.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.Certificate().Raw}), 0o600))
	s.env = append(s.env, "SSL_CERT_FILE="+ca)
	d := newDisk(t, 512)
	args := install(d, true, "--stream", "stable", "--stream-base-url", h.URL+"/")

	digest.Store(strings.Repeat("0", 64))
	s.run(args...).failed(t, "digest mismatch")
	d.requireDead(true)
	digest.Store(fmt.Sprintf("%x", sha256.Sum256(data)))
	r := s.run(args...)
	require.Zero(t, r.exit, r)
	(&outcome{image: newImage(t, 512), saving: true}).requireComplete(d)
}

// TestUnreachable has servers that do not even begin.
func TestUnreachable(t *testing.T) {
	testutil.Root(t)
	d, s := newDisk(t, 512), newSession(t)
	h := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(h.Close)
	s.run(install(d, true, "--insecure", "-u", h.URL+"/image")...).refused(t, "404 Not Found")
	d.requireUntouched()
	url := h.URL
	h.Close()
	s.run(install(d, true, "--insecure", "-u", url+"/image")...).refused(t, "tcp connect error")
	d.requireUntouched()
}

// TestStalled looks at the disk while the server stands still, and ends the program then.
func TestStalled(t *testing.T) {
	testutil.Root(t)
	for _, sectorSize := range []int{512, 4096} {
		for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
			t.Run(fmt.Sprintf("%d/%v", sectorSize, signal), func(t *testing.T) {
				t.Parallel()
				d, s, i := newDisk(t, sectorSize), newSession(t), newImage(t, sectorSize)
				data := packed(t, sectorSize, "gz")
				server := &server{data: data, sig: keys(t).sign(t, file(t, data, nil), "signer"), cuts: []int{len(data) - 20}, stall: true}
				o := &outcome{image: i, saving: true}
				args := install(d, true, "-u", server.start(t))
				p := s.start(args...)
				require.Eventually(t, func() bool {
					return different(d.read()[rootStart:rootStart+100], d.before[rootStart:rootStart+100]) >= 0
				}, 2*time.Minute, 50*time.Millisecond, "nothing is written")
				complete, err := o.judge(d, d.read())
				require.NoError(t, err)
				require.False(t, complete)
				require.NoError(t, p.cmd.Process.Signal(signal))
				r := p.wait()
				require.NoError(t, d.settled())
				complete, err = o.judge(d, d.read())
				require.NoError(t, err)
				require.False(t, complete)
				if signal == syscall.SIGTERM {
					r.failed(t, "Caused by:\n    interrupted\n")
					d.requireDead(true)
				}
				r = s.run(install(d, true, "-f", signed(t, data))...)
				require.Zero(t, r.exit, r)
				o.requireComplete(d)
			})
		}
	}
}
