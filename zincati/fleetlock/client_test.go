package fleetlock_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/zincati/fleetlock"
)

// meter writes down what it is told.
type meter struct{ lines []string }

func (m *meter) Inc(name string, labels ...string) {
	m.lines = append(m.lines, strings.TrimPrefix(name, "zincati_strategy_fleet_lock_")+" "+strings.Join(labels, " "))
}
func (m *meter) Set(string, float64, ...string) {}

func client(t *testing.T, base string, o *fleetlock.Options) *fleetlock.Client {
	t.Helper()
	c, err := fleetlock.NewClient(base, "default", "a6021cacafbb49ccb7e778d135fc9fa4", o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRequestOnTheWire(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got := make(chan string, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		r := bufio.NewReader(conn)
		var head strings.Builder
		for {
			line, err := r.ReadString('\n')
			if err != nil || line == "\r\n" {
				break
			}
			head.WriteString(line)
		}
		body := make([]byte, 97)
		_, _ = io.ReadFull(r, body)
		got <- head.String() + "\r\n" + string(body)
		fmt.Fprint(conn, "HTTP/1.1 204 No Content\r\n\r\n")
	}()
	if err := client(t, "http://"+l.Addr().String()+"/fl/", nil).PreReboot(t.Context()); err != nil {
		t.Fatal(err)
	}
	head, body, _ := strings.Cut(<-got, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	slices.Sort(lines[1:])
	want := []string{"POST /fl/v1/pre-reboot HTTP/1.1", "Accept-Encoding: gzip", "Content-Length: 97",
		"Host: " + l.Addr().String(), "accept: */*", "fleet-lock-protocol: true"}
	if !slices.Equal(lines, want) {
		t.Errorf("head %q\nwant %q", lines, want)
	}
	wantBody := "{\n  \"client_params\": {\n    \"id\": \"a6021cacafbb49ccb7e778d135fc9fa4\",\n    \"group\": \"default\"\n  }\n}"
	if body != wantBody {
		t.Errorf("body %s", body)
	}
}

func TestReplies(t *testing.T) {
	long := strings.Repeat("é", 1000)
	for name, test := range map[string]struct {
		status        int
		body, retry   string
		kind, message string // kind empty: consent
		after         time.Duration
	}{
		"200":                 {status: 200},
		"204":                 {status: 204},
		"200 with an error":   {status: 200, body: `{"kind":"a","value":"b"}`},
		"full":                {500, `{"kind":"failed_lock","value":"all 2 semaphore slots currently locked"}`, "60", "failed_lock", "server-side error, code 500: all 2 semaphore slots currently locked", time.Minute},
		"423":                 {423, `{"kind":"lock_held","value":"x"}`, "", "lock_held", "server-side error, code 423: x", 0},
		"no body":             {433, "", "soon", "generic_http_433", "server-side error, code 433: (unknown/generic server error)", 0},
		"no JSON":             {502, "<html>", "-1", "generic_http_502", "server-side error, code 502: (unknown/generic server error)", 0},
		"empty kind":          {500, `{"kind":"","value":"b"}`, "", "generic_http_500", "server-side error, code 500: (unknown/generic server error)", 0},
		"empty value":         {500, `{"kind":"a","value":""}`, "99999999999", "generic_http_500", "server-side error, code 500: (unknown/generic server error)", 24 * time.Hour},
		"wrong types":         {500, `{"kind":1,"value":"b"}`, "4000000000", "generic_http_500", "server-side error, code 500: (unknown/generic server error)", 24 * time.Hour},
		"long value":          {500, `{"kind":"a","value":"` + long + `"}`, "Wed, 01 Jan 2025 00:00:30 GMT", "a", "server-side error, code 500: " + long[:514] + "…", 30 * time.Second},
		"redirect to nowhere": {304, "", "", "generic_http_304", "server-side error, code 304: (unknown/generic server error)", 0},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method != "POST" || r.URL.Path != "/v1/steady-state" || r.Header.Get("Fleet-Lock-Protocol") != "true" {
					t.Errorf("%s %s", r.Method, r.URL)
				}
				if test.retry != "" {
					w.Header().Set("Retry-After", test.retry)
				}
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			}))
			defer server.Close()
			m := &meter{}
			err := client(t, server.URL, &fleetlock.Options{Meter: m, Now: func() time.Time {
				return time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
			}}).SteadyState(t.Context())
			if test.kind == "" {
				if err != nil || !slices.Equal(m.lines, []string{"requests_total steady-state"}) {
					t.Errorf("%v, counted %q", err, m.lines)
				}
				return
			}
			e, ok := errors.AsType[*fleetlock.Error](err)
			if !ok || e.Status != test.status || e.Kind != test.kind || e.Error() != test.message || e.RetryAfter != test.after {
				t.Errorf("got %#v %v", e, err)
			}
			if want := []string{"requests_total steady-state", "errors_total steady-state " + test.kind}; !slices.Equal(m.lines, want) {
				t.Errorf("counted %q, want %q", m.lines, want)
			}
		})
	}
}

// A redirect that turns the POST into a GET leads to a page, not to consent.
func TestRedirects(t *testing.T) {
	for status, consent := range map[int]bool{301: false, 302: false, 303: false, 307: true, 308: true} {
		var posts, gets int
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/v1/pre-reboot" {
				http.Redirect(w, r, "/other", status)
				return
			}
			if body, _ := io.ReadAll(r.Body); r.Method == "POST" && len(body) == 97 && r.Header.Get("Fleet-Lock-Protocol") == "true" {
				posts++
			} else {
				gets++
			}
		}))
		err := client(t, server.URL, nil).PreReboot(t.Context())
		server.Close()
		if (err == nil) != consent || gets > 0 || consent && posts != 1 {
			t.Errorf("%d: %v, %d posts, %d gets", status, err, posts, gets)
		}
		if e, ok := errors.AsType[*fleetlock.Error](err); ok && e.Kind != fmt.Sprint("generic_http_", status) {
			t.Errorf("%d: kind %s", status, e.Kind)
		}
	}
	loop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", 307) }))
	defer loop.Close()
	if err := client(t, loop.URL, nil).PreReboot(t.Context()); err == nil {
		t.Error("a loop is taken for consent")
	} else if e, ok := errors.AsType[*fleetlock.Error](err); !ok || e.Kind != "client_failed_request" {
		t.Errorf("a loop: %v", err)
	}
}

// An explanation that breaks off is none, even if what came looks whole.
func TestHalfExplanation(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		w.WriteHeader(500)
		io.WriteString(w, `{"kind":"a","value":"b"}`)
	}))
	defer server.Close()
	err := client(t, server.URL, nil).PreReboot(t.Context())
	if e, ok := errors.AsType[*fleetlock.Error](err); !ok || e.Kind != "generic_http_500" {
		t.Errorf("%v", err)
	}
}

func TestNoReply(t *testing.T) {
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	defer silent.Close()
	gone := httptest.NewServer(nil)
	gone.Close()
	for name, base := range map[string]string{"silent": silent.URL, "nobody listens": gone.URL} {
		m := &meter{}
		err := client(t, base, &fleetlock.Options{Timeout: 100 * time.Millisecond, Meter: m}).PreReboot(t.Context())
		e, ok := errors.AsType[*fleetlock.Error](err)
		if !ok || e.Status != 0 || e.Kind != "client_failed_request" || errors.Unwrap(e) == nil || !strings.HasPrefix(e.Error(), "client-side error: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := client(t, silent.URL, nil).PreReboot(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestNewClientRefuses(t *testing.T) {
	for _, test := range []struct{ base, group, id, want string }{
		{"", "g", "i", "failed to parse '': not an absolute http or https URL"},
		{"/fl", "g", "i", "failed to parse '/fl': not an absolute http or https URL"},
		{"ftp://h/", "g", "i", "failed to parse 'ftp://h/': not an absolute http or https URL"},
		{"http://h/", "", "i", "missing group value"},
		{"http://h/", "g", "", "missing node id"},
	} {
		if _, err := fleetlock.NewClient(test.base, test.group, test.id, nil); err == nil || err.Error() != test.want {
			t.Errorf("%+v: %v", test, err)
		}
	}
	if _, err := fleetlock.NewClient("http://h:x/", "g", "i", nil); err == nil || !strings.HasPrefix(err.Error(), "failed to parse 'http://h:x/'") {
		t.Errorf("bad port: %v", err)
	}
}

// One connection serves all requests, also after error replies.
func TestKeepAlive(t *testing.T) {
	conns := 0
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, strings.Repeat("x", 1000), 500)
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			conns++
		}
	}
	server.Start()
	defer server.Close()
	c := client(t, server.URL, nil)
	for range 20 {
		if err := c.PreReboot(t.Context()); err == nil {
			t.Fatal("500 is consent")
		}
	}
	if conns != 1 {
		t.Errorf("%d connections", conns)
	}
}

func TestValidGroup(t *testing.T) {
	for group, want := range map[string]bool{"": false, "default": true, "a.b-C9": true, "a b": false, "é": false, "a/b": false, "a\n": false} {
		if fleetlock.ValidGroup(group) != want {
			t.Errorf("%q: %v", group, !want)
		}
	}
}

func ExampleClient() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprintln(w, `{"kind":"failed_lock","value":"all 1 semaphore slots currently locked"}`)
	}))
	defer server.Close()
	c, err := fleetlock.NewClient(server.URL+"/", "default", "node-1", nil)
	if err != nil {
		panic(err)
	}
	fmt.Println(c.PreReboot(context.Background()))
	// Output: server-side error, code 500: all 1 semaphore slots currently locked
}
