package fakecloud_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/afterburn/fakecloud"
)

const vultrHost = imds + "/v1/hostname" // "vu1"

func TestFailSomeTimes(t *testing.T) {
	s := start(t, "vultr")
	s.Cloud.Fail("/v1/hostname", 2, 503)
	want(t, s, 200, "123", "GET", imds+"/v1/instanceid")
	want(t, s, 503, "503 Service Unavailable\n", "GET", vultrHost)
	want(t, s, 503, "*", "GET", vultrHost+"?x=y")
	want(t, s, 200, "vu1", "GET", vultrHost)
	if log := s.Requests(); len(log) != 4 || log[0].Status != 200 || log[1].Status != 503 || log[3].Status != 200 {
		t.Errorf("log %v", log)
	}
}

func TestFaultSelection(t *testing.T) {
	s := start(t, "vultr")
	c := s.Cloud
	c.Fail("POST /v1/hostname", 0, 500)
	want(t, s, 200, "vu1", "GET", vultrHost)
	want(t, s, 500, "*", "POST", vultrHost)
	c.ClearFaults()
	want(t, s, 405, "*", "POST", vultrHost)
	c.Fail("/v1/reg*", 0, 500)
	want(t, s, 200, "vu1", "GET", vultrHost)
	want(t, s, 500, "*", "GET", imds+"/v1/region/regioncode")
	c.ClearFaults()
	c.Fail("/v1/hostname?a=1&b=2", 0, 500)
	want(t, s, 200, "vu1", "GET", vultrHost)
	want(t, s, 500, "*", "GET", vultrHost+"?b=2&a=1")
	c.Fail("", 0, 502)
	want(t, s, 502, "*", "GET", imds+"/nothing")
}

// Faults happen in their order, and the later ones are kept when an earlier one
// answers.
func TestFaultsChain(t *testing.T) {
	s := start(t, "vultr")
	s.Cloud.Delay("/v1/hostname", 2, 20*time.Millisecond)
	s.Cloud.Fail("/v1/hostname", 1, 500)
	s.Cloud.Inject("/v1/hostname", 1, fakecloud.WithStatus(206))
	begin := time.Now()
	want(t, s, 500, "*", "GET", vultrHost)
	want(t, s, 206, "vu1", "GET", vultrHost)
	if took := time.Since(begin); took < 40*time.Millisecond {
		t.Errorf("two delayed requests took %v", took)
	}
	want(t, s, 200, "vu1", "GET", vultrHost)
}

func TestBodies(t *testing.T) {
	for name, tc := range map[string]struct {
		fault  fakecloud.Fault
		status int
		body   string
	}{
		"empty":         {fakecloud.Status(204), 204, ""},
		"not modified":  {fakecloud.Status(304), 304, ""},
		"partial":       {fakecloud.WithStatus(206), 206, "vu1"},
		"replaced":      {fakecloud.Reply("{"), 200, "{"},
		"invalid UTF-8": {fakecloud.InvalidUTF8(), 200, "v\xffu1"},
		"UTF-16":        {fakecloud.UTF16(), 200, "\xff\xfev\x00u\x001\x00"},
		"truncated":     {fakecloud.Truncated(), 200, "vu"},
		"trickle":       {fakecloud.Trickle(time.Millisecond), 200, "vu1"},
		"oversized":     {fakecloud.Oversized(6), 200, "vu1xxx"},
		"undersized":    {fakecloud.Oversized(2), 200, "vu"},
		"shorter":       {fakecloud.Length(-1), 200, "vu"},
		"interim":       {fakecloud.Informational(3), 200, "vu1"},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, "vultr")
			s.Cloud.Inject("/v1/hostname", 1, tc.fault)
			want(t, s, tc.status, tc.body, "GET", vultrHost)
			want(t, s, 200, "vu1", "GET", vultrHost)
		})
	}
}

func TestLargeOversized(t *testing.T) {
	s := start(t, "vultr")
	s.Cloud.Inject("", 0, fakecloud.Oversized(100_001))
	_, text, err := ask(t, s, "GET", vultrHost, nil)
	if err != nil || len(text) != 100_001 {
		t.Errorf("%d bytes, %v", len(text), err)
	}
}

func TestBrokenTransfers(t *testing.T) {
	for name, f := range map[string]fakecloud.Fault{
		"connection": fakecloud.CutConnection(),
		"header":     fakecloud.CutHeader(),
		"body":       fakecloud.CutBody(),
		"length":     fakecloud.Length(5),
	} {
		t.Run(name, func(t *testing.T) {
			for _, tc := range []struct{ provider, url string }{
				{"vultr", vultrHost},
				{"packet", "https://metadata.packet.net/metadata"},
			} {
				s := start(t, tc.provider)
				s.Cloud.Inject("", 0, f)
				if _, text, err := ask(t, s, "GET", tc.url, nil); err == nil {
					t.Errorf("%s: no error, body %q", tc.url, text)
				}
			}
		})
	}
}

func TestGzip(t *testing.T) {
	s := start(t, "vultr")
	s.Cloud.Inject("", 0, fakecloud.Gzip())
	resp, text, err := ask(t, s, "GET", vultrHost, nil)
	if err != nil || resp.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("%v %v", resp.Header, err)
	}
	z, err := gzip.NewReader(bytes.NewReader([]byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := io.ReadAll(z); err != nil || string(plain) != "vu1" {
		t.Errorf("%q, %v", plain, err)
	}
}

func TestRedirects(t *testing.T) {
	s := start(t, "vultr")
	for _, tc := range []struct{ to, location string }{
		{"/v1/instanceid", "/v1/instanceid"},
		{"http://192.0.2.66/x", "http://192.0.2.66/x"},
		{"", "/v1/hostname?q"},
	} {
		s.Cloud.Inject("/v1/hostname", 1, fakecloud.Redirect(tc.to))
		resp := want(t, s, 302, "*", "GET", vultrHost+"?q")
		if got := resp.Header.Get("Location"); got != tc.location {
			t.Errorf("to %q: Location is %q", tc.to, got)
		}
	}
}

func TestEndless(t *testing.T) {
	s := start(t, "vultr")
	s.Cloud.Inject("", 0, fakecloud.Endless())
	resp, err := s.Client().Get(vultrHost)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if n, err := io.CopyN(io.Discard, resp.Body, 1<<20); err != nil {
		t.Errorf("body ended after %d bytes: %v", n, err)
	}
}

func TestFloodOfInterimReplies(t *testing.T) {
	s := start(t, "vultr")
	s.Cloud.Inject("", 0, fakecloud.Informational(-1))
	seen, enough := 0, errors.New("enough")
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(code int, _ textproto.MIMEHeader) error {
			if seen++; seen == 100 {
				return enough
			}
			return nil
		},
	})
	req, err := http.NewRequestWithContext(ctx, "GET", vultrHost, nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := s.Client().Do(req); !errors.Is(err, enough) {
		if err == nil {
			resp.Body.Close()
		}
		t.Errorf("after %d replies: %v", seen, err)
	}
}

// A server can be closed while it keeps clients waiting.
func TestCloseEndsHangingRequests(t *testing.T) {
	for name, f := range map[string]fakecloud.Fault{
		"hang":    fakecloud.Hang(),
		"wait":    fakecloud.Wait(time.Hour),
		"trickle": fakecloud.Trickle(time.Hour),
		"endless": fakecloud.Endless(),
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := fakecloud.Example("vultr")
			c.Inject("", 0, f)
			s := fakecloud.Start(c)
			failed := make(chan error, 1)
			go func() {
				resp, err := s.Client().Get(vultrHost)
				if err == nil {
					_, err = io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
				}
				failed <- err
			}()
			for len(s.Requests()) == 0 {
				time.Sleep(time.Millisecond)
			}
			s.Close()
			if err := <-failed; err == nil {
				t.Error("the request succeeded")
			}
		})
	}
}

func TestHangUntilClientGivesUp(t *testing.T) {
	s := start(t, "vultr")
	s.Cloud.Inject("", 0, fakecloud.Hang())
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer cancel()
		for ctx.Err() == nil && len(s.Requests()) == 0 {
			time.Sleep(time.Millisecond)
		}
	}()
	req, err := http.NewRequestWithContext(ctx, "GET", vultrHost, nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := s.Client().Do(req); !errors.Is(err, context.Canceled) {
		if err == nil {
			resp.Body.Close()
		}
		t.Errorf("got %v", err)
	}
	if log := s.Requests(); len(log) != 1 || log[0].Status != 0 {
		t.Errorf("log %v", log)
	}
}
