package web_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/afterburn/internal/web"
)

// service is a metadata service of a test, reached at any address.
type service struct {
	*httptest.Server
	mu     sync.Mutex
	pauses []time.Duration
	log    bytes.Buffer
}

func serve(t *testing.T, h http.HandlerFunc) (*service, *web.Client) {
	s := &service{Server: httptest.NewServer(h)}
	t.Cleanup(s.Close)
	c, err := web.New(s.options())
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return s, c
}

func (s *service) options() *web.Options {
	return &web.Options{
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, s.Listener.Addr().String())
		},
		Sleep: func(_ context.Context, d time.Duration) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.pauses = append(s.pauses, d)
			return nil
		},
		Logger: slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{
			ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
				if a.Key == slog.TimeKey {
					return slog.Attr{}
				}
				return a
			},
		})),
	}
}

const base = "http://169.254.169.254"

func TestTextIsAsItCame(t *testing.T) {
	_, c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "169.254.169.254", r.Host)
		require.Empty(t, r.UserAgent())
		require.Equal(t, "*/*", r.Header.Get("Accept"))
		require.Empty(t, r.Header.Get("Accept-Encoding"))
		io.WriteString(w, "  a\nb \n")
	})
	text, ok, err := c.Text(t.Context(), web.Doc{URL: base + "/x"})
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, "  a\nb \n", text)
}

func TestRetries(t *testing.T) {
	var n atomic.Int32
	s, c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1) < 11 {
			w.WriteHeader(500)
			return
		}
		io.WriteString(w, "at last")
	})
	text, _, err := c.Text(t.Context(), web.Doc{URL: base + "/x"})
	require.NoError(t, err)
	require.Equal(t, "at last", text)
	require.Equal(t, "[1s 2s 4s 5s 5s 5s 5s 5s 5s 5s]", fmt.Sprint(s.pauses))
	require.True(t, strings.HasPrefix(s.log.String(), "level=INFO msg=\"Fetching http://169.254.169.254/x: Attempt #1\"\n"+
		"level=INFO msg=\"Failed to fetch: 500 Internal Server Error\"\n"+
		"level=INFO msg=\"Fetching http://169.254.169.254/x: Attempt #2\"\n"), s.log.String())
	require.True(t, strings.HasSuffix(s.log.String(), "Attempt #11\"\nlevel=INFO msg=\"Fetch successful\"\n"))
}

func TestStatuses(t *testing.T) {
	for status, want := range map[int]string{
		201: "201 Created", 204: "204 No Content", 206: "206 Partial Content", 301: "301 Moved Permanently",
		304: "304 Not Modified", 403: "403 Forbidden", 418: "418 I'm a teapot", 429: "429 Too Many Requests", 503: "503 Service Unavailable",
	} {
		var n atomic.Int32
		_, c := serve(t, func(w http.ResponseWriter, _ *http.Request) { n.Add(1); w.WriteHeader(status) })
		_, _, err := c.Text(t.Context(), web.Doc{URL: base + "/x"})
		require.ErrorContains(t, err, "maximum number of retries (10) reached: failed to fetch: ")
		require.ErrorContains(t, err, want)
		require.EqualValues(t, 11, n.Load(), status)
	}
}

func TestAbsent(t *testing.T) {
	var n atomic.Int32
	s, c := serve(t, func(w http.ResponseWriter, r *http.Request) { n.Add(1); http.NotFound(w, r) })
	_, ok, err := c.Text(t.Context(), web.Doc{URL: base + "/x"})
	require.NoError(t, err)
	require.False(t, ok)
	require.EqualValues(t, 1, n.Load())
	require.Contains(t, s.log.String(), `"Fetch failed with 404: resource not found"`)
	_, _, err = c.Text(t.Context(), web.Doc{URL: base + "/x", Required: true})
	require.EqualError(t, err, "maximum number of retries (10) reached: failed to fetch: 404 Not Found")
	require.EqualValues(t, 12, n.Load())
}

func TestUndecodableIsFinal(t *testing.T) {
	var n atomic.Int32
	_, c := serve(t, func(w http.ResponseWriter, r *http.Request) { n.Add(1); io.WriteString(w, "{\xff") })
	var v struct{ Name string }
	_, err := c.JSON(t.Context(), web.Doc{URL: base + "/x"}, &v)
	require.ErrorContains(t, err, "failed to deserialize data: failed json deserialization: ")
	_, err = c.XML(t.Context(), web.Doc{URL: base + "/x"}, &v)
	require.ErrorContains(t, err, "failed to deserialize data: failed xml deserialization: ")
	_, ok, err := c.Text(t.Context(), web.Doc{URL: base + "/x"})
	require.EqualError(t, err, "failed to deserialize data: failed raw deserialization: stream did not contain valid UTF-8")
	require.False(t, ok)
	require.EqualValues(t, 1, n.Load(), "one document, one request")
}

func TestTooLarge(t *testing.T) {
	for name, length := range map[string]string{"announced": "2000000000", "endless": ""} {
		t.Run(name, func(t *testing.T) {
			var n atomic.Int32
			_, c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				n.Add(1)
				if length != "" {
					w.Header().Set("Content-Length", length)
				}
				for r.Context().Err() == nil {
					if _, err := w.Write(make([]byte, 1<<16)); err != nil {
						return
					}
				}
			})
			_, _, err := c.Text(t.Context(), web.Doc{URL: base + "/x"})
			require.ErrorContains(t, err, "exceeded maximum size of 1048576 bytes")
			require.EqualValues(t, 1, n.Load())
		})
	}
}

func TestRedirects(t *testing.T) {
	for location, want := range map[string]string{
		"/good": "", "http://169.254.169.254/good": "", "http://169.254.169.254:81/good": "", "//169.254.169.254/good": "",
		"http://example.org/good": "redirect to http://example.org/good is not followed",
		"file:///etc/passwd":      "redirect to file:///etc/passwd is not followed",
		"/x":                      "too many redirects",
		"http://[":                "redirect to an invalid address http://[",
	} {
		_, c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/good" {
				io.WriteString(w, "good")
				return
			}
			w.Header().Set("Location", location)
			w.WriteHeader(302)
		})
		text, _, err := c.Text(t.Context(), web.Doc{URL: base + "/x"})
		if want == "" {
			require.NoError(t, err, location)
			require.Equal(t, "good", text)
		} else {
			require.EqualError(t, err, "maximum number of retries (10) reached: failed to fetch: "+want)
		}
		err = c.Post(t.Context(), web.Doc{URL: base + "/x"}, web.TypeXML, []byte("secret"))
		require.ErrorContains(t, err, "failed to POST: redirect")
	}
}

func TestTell(t *testing.T) {
	var got []string
	s, c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, fmt.Sprintf("%s %s %s %d %q %q", r.Method, r.URL, r.Header.Get("Content-Type"), r.ContentLength, r.Header.Get("X-Own"), body))
		if len(got) == 1 {
			w.WriteHeader(502)
			return
		}
		w.WriteHeader(202)
		io.WriteString(w, "tok3n")
	})
	own := c.With(http.Header{"X-Own": {"1"}})
	text, err := own.Put(t.Context(), web.Doc{URL: base + "/token"}, web.TypeText)
	require.NoError(t, err)
	require.Equal(t, "tok3n", text)
	require.NoError(t, own.Post(t.Context(), web.Doc{URL: base + "/h?c=x"}, web.TypeXML, []byte("<a/>")))
	require.NoError(t, c.Patch(t.Context(), web.Doc{URL: base + "/state"}, web.TypeJSON, []byte("{}")))
	require.Equal(t, []string{
		`PUT /token text/plain; charset=utf-8 0 "1" ""`,
		`PUT /token text/plain; charset=utf-8 0 "1" ""`,
		`POST /h?c=x text/xml; charset=utf-8 4 "1" "<a/>"`,
		`PATCH /state application/json 2 "" "{}"`,
	}, got)
	require.Contains(t, s.log.String(), "Putting http://169.254.169.254/token: Attempt #2")
	require.Contains(t, s.log.String(), "Posting http://169.254.169.254/h?c=x: Attempt #1")
	require.Contains(t, s.log.String(), "Patching http://169.254.169.254/state: Attempt #1")
}

func TestTryGivesUpOnRefusals(t *testing.T) {
	for status, requests := range map[int]int32{403: 1, 404: 1, 405: 1, 429: 3, 500: 3} {
		var n atomic.Int32
		_, c := serve(t, func(w http.ResponseWriter, _ *http.Request) { n.Add(1); w.WriteHeader(status) })
		_, err := c.Try(t.Context(), web.Retry{First: time.Second, Max: time.Second, Retries: 2}, web.Doc{URL: base + "/token"}, web.TypeText)
		require.ErrorContains(t, err, fmt.Sprintf("PUT failed: %d ", status))
		require.Equal(t, requests, n.Load(), status)
	}
}

// TestTryGivesUpOnSilence has services that take a request and do not answer, and some that are not there.
func TestTryGivesUpOnSilence(t *testing.T) {
	var n atomic.Int32
	s, _ := serve(t, func(_ http.ResponseWriter, r *http.Request) { n.Add(1); <-r.Context().Done() })
	opt := s.options()
	c, err := web.New(opt)
	require.NoError(t, err)
	d := web.Doc{URL: base + "/token", Patience: 50 * time.Millisecond}
	_, err = c.Try(t.Context(), web.Requests, d, web.TypeText)
	require.EqualError(t, err, "failed to PUT: error sending request for url (http://169.254.169.254/token): no answer within 50ms")
	require.EqualValues(t, 1, n.Load())

	var dialled atomic.Int32
	opt.Dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
		if dialled.Add(1)%2 == 0 {
			return nil, errors.New("network is unreachable")
		}
		<-ctx.Done()
		return nil, ctx.Err()
	}
	c, err = web.New(opt)
	require.NoError(t, err)
	_, err = c.Try(t.Context(), web.Requests, d, web.TypeText)
	require.ErrorContains(t, err, "maximum number of retries (10) reached: failed to PUT: error sending request for url")
	require.EqualValues(t, 11, dialled.Load())
}

func TestOneRequestForAll(t *testing.T) {
	var n atomic.Int32
	_, c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		n.Add(1)
		time.Sleep(20 * time.Millisecond)
		io.WriteString(w, "x")
	})
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			text, _, err := c.Text(t.Context(), web.Doc{URL: base + "/x"})
			if err != nil || text != "x" {
				t.Error(text, err)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, n.Load())
	_, _, err := c.With(http.Header{"Metadata": {"true"}}).Text(t.Context(), web.Doc{URL: base + "/x"})
	require.NoError(t, err)
	require.EqualValues(t, 2, n.Load(), "other headers, another document")
}

// TestOneLeaves has one of two who want a document give up: the other still gets it.
func TestOneLeaves(t *testing.T) {
	asked, answer := make(chan struct{}, 2), make(chan struct{})
	_, c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		asked <- struct{}{} // twice if the other comes too late for the first request
		<-answer
		io.WriteString(w, "x")
	})
	gone := errors.New("gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	left := make(chan error)
	go func() {
		_, _, err := c.Text(ctx, web.Doc{URL: base + "/x"})
		left <- err
	}()
	<-asked
	got := make(chan error)
	go func() {
		_, _, err := c.Text(t.Context(), web.Doc{URL: base + "/x"})
		got <- err
	}()
	time.Sleep(20 * time.Millisecond)
	cancel(gone)
	require.ErrorIs(t, <-left, gone)
	close(answer)
	require.NoError(t, <-got)
}

func TestEndOfContext(t *testing.T) {
	s, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	opt := s.options()
	budget := errors.New("no time left")
	ctx, cancel := context.WithCancelCause(t.Context())
	opt.Sleep = func(ctx context.Context, d time.Duration) error {
		time.AfterFunc(20*time.Millisecond, func() { cancel(budget) })
		return web.Sleep(ctx, d)
	}
	c, err := web.New(opt)
	require.NoError(t, err)
	_, _, err = c.Text(ctx, web.Doc{URL: base + "/x"})
	require.ErrorIs(t, err, budget)
	require.ErrorContains(t, err, "no time left after: http://169.254.169.254/x: failed to fetch: 500 Internal Server Error")
	require.Equal(t, 1, strings.Count(s.log.String(), "Attempt #"), "the pause is not waited for")
	err = c.Post(ctx, web.Doc{URL: base + "/x"}, web.TypeJSON, nil)
	require.ErrorIs(t, err, budget)
}

func TestSlowServer(t *testing.T) {
	s, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			io.WriteString(w, "x")
			w.(http.Flusher).Flush()
			time.Sleep(5 * time.Millisecond)
		}
	})
	opt := s.options()
	opt.Timeout = 30 * time.Millisecond
	c, err := web.New(opt)
	require.NoError(t, err)
	_, _, err = c.Text(t.Context(), web.Doc{URL: base + "/x"})
	require.ErrorContains(t, err, "no answer within 30ms")
	require.Len(t, s.pauses, 10)
}

func TestNobodyThere(t *testing.T) {
	s, c := serve(t, func(http.ResponseWriter, *http.Request) {})
	s.Close()
	_, _, err := c.Text(t.Context(), web.Doc{URL: base + "/x"})
	require.ErrorContains(t, err, "maximum number of retries (10) reached: failed to fetch: error sending request for url (http://169.254.169.254/x): ")
	require.ErrorContains(t, err, "connection refused")
	require.Contains(t, s.log.String(), `"Failed to fetch: error sending request for url (http://169.254.169.254/x)"`)
}

func TestAlternate(t *testing.T) {
	var hosts []string
	s, _ := serve(t, func(w http.ResponseWriter, r *http.Request) { hosts = append(hosts, r.Host); io.WriteString(w, "six") })
	opt := s.options()
	dial, dialled := opt.Dial, []string{}
	opt.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		dialled = append(dialled, addr)
		if strings.HasPrefix(addr, "169.") { // no answer at all
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return dial(ctx, network, addr)
	}
	c, err := web.New(opt)
	require.NoError(t, err)
	c.Alternate("169.254.169.254", "[fd00:ec2::254]")
	for _, path := range []string{"/a", "/b"} {
		text, _, err := c.Text(t.Context(), web.Doc{URL: base + path})
		require.NoError(t, err)
		require.Equal(t, "six", text)
	}
	require.Empty(t, s.pauses)
	require.Equal(t, []string{"[fd00:ec2::254]", "[fd00:ec2::254]"}, hosts)
	require.Equal(t, []string{"169.254.169.254:80", "[fd00:ec2::254]:80"}, dialled, "the address that answered is kept")
}

func TestDecodeJSON(t *testing.T) {
	var v map[string]any
	require.NoError(t, web.DecodeJSON([]byte(" {\"a\":1}\n"), &v))
	for data, want := range map[string]string{
		"": "the document ends after 0 bytes", `{"a":`: "the document ends after 5 bytes",
		`{} {}`: "trailing characters after byte 4", `{"a":1}]`: "trailing characters after byte 7", `[]`: "invalid type: sequence, expected a map at byte 1",
		`{"a":x}`: "invalid character 'x' looking for beginning of value",
	} {
		require.ErrorContains(t, web.DecodeJSON([]byte(data), &v), want, data)
	}
}

func TestXMLIsOneElement(t *testing.T) {
	for document, good := range map[string]bool{
		"<?xml version=\"1.0\"?>\n<a><b>1</b></a>\n<!-- end -->\n": true,
		"<a><b>1</b></a>x":            false,
		"<a><b>1</b></a><a/>":         false,
		"<a><b>1</b>":                 false,
		"<a><b>1</b></a><!-- no end ": false,
	} {
		_, c := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, document) })
		var v struct {
			B string `xml:"b"`
		}
		_, err := c.XML(t.Context(), web.Doc{URL: base + "/x"}, &v)
		require.Equal(t, good, err == nil, "%s: %v", document, err)
	}
}

func TestUntrustedServer(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	s, _ := serve(t, func(http.ResponseWriter, *http.Request) {})
	opt := s.options()
	opt.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
	}
	c, err := web.New(opt)
	require.NoError(t, err)
	_, _, err = c.Text(t.Context(), web.Doc{URL: "https://metadata.example/x"})
	require.ErrorContains(t, err, "certificate")
	require.Contains(t, s.log.String(), "Failed to fetch: error sending request for url (https://metadata.example/x): TLS: ")
}
