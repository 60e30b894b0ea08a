package cincinnati_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

func TestClientTimeouts(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	wait := func(r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}
	handlers := map[string]http.HandlerFunc{
		"no reply": func(_ http.ResponseWriter, r *http.Request) { wait(r) },
		"stalls in the body": func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, smallGraph[:20])
			w.(http.Flusher).Flush()
			wait(r)
		},
		"drips": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				io.WriteString(w, " ")
				w.(http.Flusher).Flush()
				time.Sleep(10 * time.Millisecond)
			}
		},
		"drips an error": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(500)
			w.(http.Flusher).Flush()
			wait(r)
		},
	}
	for name, h := range handlers {
		t.Run(name, func(t *testing.T) {
			patience := 200 * time.Millisecond
			if name == "drips an error" { // its header has to arrive
				patience = 5 * time.Second
			}
			c, p := serve(t, h, &cincinnati.ClientOptions{Timeout: patience})
			start := time.Now()
			_, err := c.Graph(t.Context(), p)
			if name == "drips an error" {
				wantError(t, err, "generic_http_500", "")
			} else if e := wantError(t, err, cincinnati.KindClientRequest, "operation timed out"); !errors.Is(e, context.DeadlineExceeded) {
				t.Errorf("cause %v", e.Err)
			}
			if d := time.Since(start); d > time.Minute {
				t.Errorf("took %v", d)
			}
		})
	}
	t.Run("canceled", func(t *testing.T) {
		c, p := serve(t, handlers["stalls in the body"], nil)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		_, err := c.Graph(ctx, p)
		if e := wantError(t, err, cincinnati.KindClientRequest, "context canceled"); !errors.Is(e, context.Canceled) {
			t.Errorf("cause %v", e.Err)
		}
	})
	t.Run("no connection", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address := l.Addr().String()
		l.Close()
		_, err = cincinnati.NewClient(nil).Graph(t.Context(), fullParams("http://u:secret@"+address))
		e := wantError(t, err, cincinnati.KindClientRequest, "error sending request for url (http://u:***@"+address+"/v1/graph?")
		if !strings.Contains(e.Text, "refused") || strings.Contains(e.Error(), "secret") {
			t.Error(e)
		}
	})
	t.Run("connect", func(t *testing.T) {
		// A TLS handshake that the server never answers.
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		c := cincinnati.NewClient(&cincinnati.ClientOptions{ConnectTimeout: 100 * time.Millisecond})
		_, err = c.Graph(t.Context(), fullParams("https://"+l.Addr().String()))
		wantError(t, err, cincinnati.KindClientRequest, "operation timed out")
	})
	t.Run("certificate", func(t *testing.T) {
		s := httptest.NewUnstartedServer(http.NotFoundHandler())
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.StartTLS()
		defer s.Close()
		_, err := cincinnati.NewClient(nil).Graph(t.Context(), fullParams(s.URL))
		wantError(t, err, cincinnati.KindClientRequest, "certificate")
	})
}

// raw starts a server that sends the same bytes to everyone and closes.
func raw(t *testing.T, reply string) string {
	t.Helper()
	return "http://" + listen(t, func(conn net.Conn) {
		buf := make([]byte, 4096)
		conn.Read(buf)
		io.WriteString(conn, reply)
	}) + "/"
}

// listen starts a server on a free port, whose address it returns. do has a connection until it returns.
func listen(t *testing.T, do func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				do(conn)
			}()
		}
	}()
	return l.Addr().String()
}

func TestClientBrokenTransfers(t *testing.T) {
	zip := string(zipped([]byte(smallGraph)))
	head := func(h string) string { return "HTTP/1.1 200 OK\r\n" + h + "\r\n" }
	length := func(n int) string { return fmt.Sprintf("Content-Length: %d\r\n", n) }
	for _, c := range []struct{ name, reply, kind string }{
		{"less than Content-Length", head(length(len(smallGraph)+9)) + smallGraph, cincinnati.KindClientJSONDecoding},
		{"far less than Content-Length", head("Content-Length: 9223372036854775807\r\n") + smallGraph, cincinnati.KindClientJSONDecoding},
		{"more than Content-Length", head(length(20)) + smallGraph, cincinnati.KindClientJSONDecoding},
		{"no last chunk", head("Transfer-Encoding: chunked\r\n") + "5\r\n{\"nod\r\n", cincinnati.KindClientJSONDecoding},
		{"broken chunk", head("Transfer-Encoding: chunked\r\n") + "zz\r\n{\"nod\r\n", cincinnati.KindClientJSONDecoding},
		{"truncated gzip in a complete transfer", head("Content-Encoding: gzip\r\n"+length(len(zip)-6)) + zip[:len(zip)-6], cincinnati.KindClientJSONDecoding},
		{"truncated gzip in a truncated transfer", head("Content-Encoding: gzip\r\n"+length(len(zip))) + zip[:len(zip)-6], cincinnati.KindClientJSONDecoding},
		{"corrupt gzip", head("Content-Encoding: gzip\r\n"+length(len(zip))) + strings.Replace(zip, zip[20:30], "0123456789", 1), cincinnati.KindClientJSONDecoding},
		{"no status", "hello\r\n\r\n", cincinnati.KindClientRequest},
		{"nothing", "", cincinnati.KindClientRequest},
		{"negative length", head("Content-Length: -5\r\n"), cincinnati.KindClientRequest},
		{"two lengths", head("Content-Length: 5\r\nContent-Length: 6\r\n") + "hello!", cincinnati.KindClientRequest},
		{"endless header", "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<20), cincinnati.KindClientRequest},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := cincinnati.NewClient(nil).Graph(t.Context(), fullParams(raw(t, c.reply)))
			wantError(t, err, c.kind, "")
		})
	}
	// Without a length the end of the connection is the end of the document.
	if _, err := cincinnati.NewClient(nil).Graph(t.Context(), fullParams(raw(t, head("")+smallGraph))); err != nil {
		t.Error(err)
	}
}

func TestClientLimits(t *testing.T) {
	bomb := func() []byte {
		var b bytes.Buffer
		z, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
		chunk := bytes.Repeat([]byte(" "), 1<<20)
		for range 200 {
			z.Write(chunk)
		}
		z.Close()
		return b.Bytes()
	}()
	for name, h := range map[string]http.HandlerFunc{
		"endless": func(w http.ResponseWriter, _ *http.Request) {
			chunk := bytes.Repeat([]byte(" "), 64<<10)
			for {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		},
		"gzip bomb": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(bomb)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, p := serve(t, h, &cincinnati.ClientOptions{MaxBytes: 1 << 20})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := c.Graph(t.Context(), p)
			runtime.ReadMemStats(&after)
			wantError(t, err, cincinnati.KindClientJSONDecoding, "failed to decode graph: error decoding response body: document exceeds 1048576 bytes")
			if used := after.TotalAlloc - before.TotalAlloc; used > 16<<20 {
				t.Errorf("%d bytes allocated", used)
			}
		})
	}
	t.Run("endless error", func(t *testing.T) {
		c, p := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(500)
			chunk := bytes.Repeat([]byte(" "), 64<<10)
			for {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		}, nil)
		_, err := c.Graph(t.Context(), p)
		wantError(t, err, "generic_http_500", "")
	})
}

// descriptors counts the open files of this process.
func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("no /proc")
	}
	return len(entries)
}

func TestClientSoak(t *testing.T) {
	s := &etagServer{zip: true}
	s.nodes.Store(200)
	c, p := serve(t, func(w http.ResponseWriter, r *http.Request) {
		// Now and then a failure, a redirect and a closed connection come in between.
		switch n := s.cached.Load() + s.full.Load(); {
		case n%50 == 7 && r.URL.Query().Get("again") == "":
			http.Redirect(w, r, r.URL.String()+"&again=1", http.StatusFound)
			return
		case n%100 == 9:
			w.Header().Set("Connection", "close")
		}
		s.ServeHTTP(w, r)
	}, nil)
	polls := 10_000
	if testing.Short() {
		polls = 2000
	}
	var before, after runtime.MemStats
	var fds int
	for i := range polls {
		if i == 1000 {
			fds = descriptors(t)
			runtime.GC()
			runtime.ReadMemStats(&before)
		}
		if i%1000 == 999 {
			s.nodes.Add(1)
		}
		if _, err := c.Graph(t.Context(), p); err != nil {
			t.Fatalf("poll %d: %v", i, err)
		}
	}
	for end := time.Now().Add(time.Minute); descriptors(t) > fds+2; time.Sleep(10 * time.Millisecond) { // what the server closes
		if time.Now().After(end) {
			t.Fatalf("%d descriptors, %d before", descriptors(t), fds)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if after.HeapAlloc > before.HeapAlloc+1<<20 {
		t.Errorf("heap of %d bytes, %d before", after.HeapAlloc, before.HeapAlloc)
	}
	if full := s.full.Load(); full > 250 {
		t.Errorf("%d of %d polls had a body", full, polls)
	}
}
