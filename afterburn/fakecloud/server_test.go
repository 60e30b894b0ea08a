package fakecloud_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nestos-dev/nestos/afterburn/fakecloud"
)

func TestProviders(t *testing.T) {
	ids := fakecloud.Providers()
	if !slices.IsSorted(ids) || len(ids) != 17 {
		t.Errorf("providers %v", ids)
	}
	for _, id := range ids {
		c, ok := fakecloud.Example(id)
		if !ok || c.Provider() != id || len(c.Paths()) == 0 {
			t.Errorf("%s: no example", id)
		}
		if _, ok := fakecloud.Expected(id); !ok {
			t.Errorf("%s: nothing expected", id)
		}
		if len(fakecloud.AddressesOf(id)) == 0 {
			t.Errorf("%s: no address", id)
		}
		if c, ok := fakecloud.New(id); !ok || len(c.Paths()) != 0 {
			t.Errorf("%s: New has documents", id)
		}
	}
	for _, id := range []string{"", "ec2", "AWS", "qemu"} {
		if _, ok := fakecloud.Example(id); ok {
			t.Errorf("there is an example of %q", id)
		}
		if _, ok := fakecloud.Expected(id); ok || fakecloud.AddressesOf(id) != nil || fakecloud.NamesOf(id) != nil || fakecloud.LeaseOf(id) != "" {
			t.Errorf("%q is known", id)
		}
	}
}

// A Cloud without a provider has no rules.
func TestZeroCloud(t *testing.T) {
	var c fakecloud.Cloud
	c.SetDocument("/a", fakecloud.Document{Body: "x", ContentType: "text/x", Status: 203, Header: http.Header{"X-Y": {"z"}}})
	s := fakecloud.Start(&c)
	defer s.Close()
	resp := want(t, s, 203, "x", "GET", s.URL+"/a")
	if resp.Header.Get("Content-Type") != "text/x" || resp.Header.Get("X-Y") != "z" {
		t.Errorf("header %v", resp.Header)
	}
	c.Handle("/a", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(r.Method)) }))
	want(t, s, 200, "PUT", "PUT", "http://192.0.2.3:8080/a")
	c.Handle("/a", nil)
	want(t, s, 203, "x", "GET", s.URL+"/a")
	c.Delete("/a")
	want(t, s, 404, "*", "GET", s.URL+"/a")
}

func TestEscapedPathsAreTheirOwn(t *testing.T) {
	var c fakecloud.Cloud
	c.Set("/k/a%2Fb", "one")
	c.Set("/k/a/b", "two")
	s := fakecloud.Start(&c)
	defer s.Close()
	want(t, s, 200, "one", "GET", s.URL+"/k/a%2Fb")
	want(t, s, 200, "two", "GET", s.URL+"/k/a/b")
	want(t, s, 404, "*", "GET", s.URL+"/k/x/../a/b")
}

func TestHandlerAlone(t *testing.T) {
	c, _ := fakecloud.Example("vultr")
	w := httptest.NewRecorder()
	c.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/v1/instanceid", nil))
	if w.Code != 200 || w.Body.String() != "123" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	if log := c.Requests(); len(log) != 1 || log[0].Path != "/v1/instanceid" {
		t.Errorf("log %v", log)
	}
	c.ClearRequests()
	if log := c.Requests(); len(log) != 0 {
		t.Errorf("log %v", log)
	}
}

func TestRequestLog(t *testing.T) {
	s := start(t, "scaleway")
	post(t, s, 200, "PATCH", "http://169.254.42.42/state?x=%20", `{"state_detail":""}`, "Content-Type", "application/json", "X-A", "b")
	r := s.Requests()[0]
	if r.Method != "PATCH" || r.Host != "169.254.42.42" || r.Path != "/state?x=%20" || r.Header.Get("X-A") != "b" ||
		string(r.Body) != `{"state_detail":""}` || r.Status != 200 || r.TLS || r.Time.IsZero() {
		t.Errorf("log entry %+v", r)
	}
}

func TestConcurrentUse(t *testing.T) {
	s := start(t, "vultr")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				want(t, s, 200, "123", "GET", imds+"/v1/instanceid")
				s.Cloud.Set("/v1/other", "x")
				s.Cloud.Fail("/v1/none", 1, 500)
				s.Requests()
			}
		})
	}
	wg.Wait()
	if n := len(s.Requests()); n != 160 {
		t.Errorf("%d requests in the log", n)
	}
}

func TestListenAt(t *testing.T) {
	s := start(t, "vultr")
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := netip.MustParseAddrPort(free.Addr().String())
	free.Close()
	if err := s.ListenAt(addr); err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get("http://" + addr.String() + "/v1/instanceid")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if err := s.ListenAt(netip.MustParseAddrPort("192.0.2.1:80")); err == nil {
		t.Error("listens at an address this machine does not have")
	}
}

func TestServe(t *testing.T) {
	c, _ := fakecloud.Example("vultr")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Serve(ctx, l) }()
	resp, err := http.Get("http://" + l.Addr().String() + "/v1/instanceid")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	stop := errors.New("stop")
	cancel(stop)
	if err := <-done; !errors.Is(err, stop) {
		t.Errorf("Serve returned %v", err)
	}
	if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
		t.Error("the listener is still open")
	}
	if err := c.Serve(t.Context(), l); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve on a closed listener: %v", err)
	}
}

func TestTLSOfOwnListener(t *testing.T) {
	c, _ := fakecloud.Example("packet")
	l, err := tls.Listen("tcp", "127.0.0.1:0", c.TLSConfig())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Serve(ctx, l) }()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: c.RootCAs()}}}
	resp, err := client.Get("https://" + l.Addr().String() + "/metadata")
	if err != nil {
		t.Error(err)
	} else {
		resp.Body.Close()
	}
	cancel()
	<-done
	if !strings.HasPrefix(string(c.RootPEM()), "-----BEGIN CERTIFICATE-----") {
		t.Error("RootPEM is not PEM")
	}
}

func TestListenElsewhere(t *testing.T) {
	if _, err := fakecloud.Listen("qemu"); err == nil {
		t.Error("a provider that does not exist")
	}
	if l, err := fakecloud.Listen("packet"); err == nil { // 192.0.2.80 is nobody's
		for _, l := range l {
			l.Close()
		}
		t.Skip("this machine has the addresses of the documentation block")
	}
}

func TestTranscripts(t *testing.T) {
	r := fakecloud.Request{Method: "GET", Host: "h", Path: "/b", Header: http.Header{
		"User-Agent": {"x"}, "Accept-Encoding": {"gzip"}, "X-B": {"1", "2"}, "A": {"z"},
		"X-Ms-Guest-Agent-Public-X509-Cert": {"MIIC"},
	}}
	first := fakecloud.Request{Method: "GET", TLS: true, Host: "h", Path: "/a", Body: []byte("x\ny")}
	got := fakecloud.Transcript([]fakecloud.Request{r, first, r})
	const text = "GET http://h/b\n    A: z\n    X-B: 1\n    X-B: 2\n    X-Ms-Guest-Agent-Public-X509-Cert: (certificate)\nGET https://h/a\n    | x\n    | y\n"
	if got != text {
		t.Errorf("transcript:\n%s", got)
	}
	sections := fakecloud.Transcripts("# c\n\n[one]\n" + text + "\n[two]\n[three]\nGET http://h/\n")
	if len(sections) != 3 || sections["one"] != text || sections["two"] != "" || sections["three"] != "GET http://h/\n" {
		t.Errorf("sections %q", sections)
	}
}
