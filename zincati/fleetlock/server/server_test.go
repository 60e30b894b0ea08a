package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/zincati/fleetlock"
	"github.com/nestos-dev/nestos/zincati/fleetlock/filestore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/server"
	"github.com/nestos-dev/nestos/zincati/internal/page/pagetest"
)

func config(t testing.TB, extra string) *server.Config {
	t.Helper()
	cfg, err := server.ParseConfig([]byte("service.tls = false\nstore = {kind = \"file\", path = \"/nonexistent\"}\n" + extra))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// start makes a server on a new file store.
func start(t testing.TB, extra string, o *server.Options) (*server.Server, *filestore.Store) {
	t.Helper()
	cfg := config(t, extra)
	var now func() time.Time
	if o != nil {
		now = o.Now
	}
	store, err := filestore.Open(t.TempDir(), cfg.Lock.Groups, &filestore.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	s, err := server.New(cfg, store, o)
	if err != nil {
		t.Fatal(err)
	}
	return s, store
}

func post(h http.Handler, api, group, id string) *httptest.ResponseRecorder {
	body, err := json.Marshal(fleetlock.Request{ClientParams: fleetlock.ClientParams{ID: id, Group: group}})
	if err != nil {
		panic(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/v1/"+api, bytes.NewReader(body))
	r.Header.Set(fleetlock.HeaderName, "true")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func wantReply(t *testing.T, w *httptest.ResponseRecorder, status int, body string) {
	t.Helper()
	if w.Code != status || w.Body.String() != body {
		t.Errorf("reply %d %q, want %d %q", w.Code, w.Body, status, body)
	}
	if status == 200 {
		return
	}
	if got := w.Header().Get("Content-Type"); got != "text/plain; charset=utf-8" {
		t.Errorf("content type %q", got)
	}
	if got := w.Header().Get("X-Content-Type-Options"); got != "nosniff" {
		t.Errorf("X-Content-Type-Options %q", got)
	}
}

func TestLockAndUnlock(t *testing.T) {
	s, _ := start(t, "lock.default_slots = 2", nil)
	h := s.Handler()
	full := `{"kind":"failed_lock","value":"all 2 semaphore slots currently locked"}` + "\n"
	wantReply(t, post(h, "pre-reboot", "default", "a"), 200, "")
	wantReply(t, post(h, "pre-reboot", "default", "b"), 200, "")
	w := post(h, "pre-reboot", "default", "c")
	wantReply(t, w, 500, full)
	if w.Header().Get("Retry-After") != "60" {
		t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
	}
	wantReply(t, post(h, "pre-reboot", "default", "a"), 200, "")
	wantReply(t, post(h, "steady-state", "default", "c"), 200, "")
	wantReply(t, post(h, "pre-reboot", "default", "c"), 500, full)
	wantReply(t, post(h, "steady-state", "default", "a"), 200, "")
	wantReply(t, post(h, "pre-reboot", "default", "c"), 200, "")
}

func TestMalformedRequests(t *testing.T) {
	s, store := start(t, "", nil)
	h := s.Handler()
	good := `{"client_params":{"id":"a","group":"default"}}`
	const identity = "invalid_client_identity"
	const prefix = "failed to validate client identity: "
	for name, test := range map[string]struct {
		method, header, body, encoding string
		status                         int
		kind, value                    string // kind empty: success
	}{
		"good":                    {body: good, status: 200},
		"PUT":                     {method: "PUT", body: good, status: 200},
		"no content type at all":  {body: good, status: 200},
		"text behind":             {body: good + "garbage", status: 200},
		"a second value behind":   {body: good + `{"client_params":{"id":"b"}}`, status: 200},
		"space around":            {body: " \n\t" + good + "\r\n", status: 200},
		"unknown fields":          {body: `{"x":[1,{}],"client_params":{"id":"a","y":null,"group":"default"}}`, status: 200},
		"names in other case":     {body: `{"CLIENT_params":{"ID":"a","Group":"default"}}`, status: 200},
		"duplicate: last counts":  {body: `{"client_params":{"id":"a","group":"nope","group":"default"}}`, status: 200},
		"duplicate objects merge": {body: `{"client_params":{"id":"a"},"client_params":{"group":"default"}}`, status: 200},
		"null keeps the value":    {body: `{"client_params":{"id":"a","group":"default","id":null}}`, status: 200},
		"escapes":                 {body: `{"client_params":{"id":"\u0061","group":"d\u0065fault"}}`, status: 200},
		"GET":                     {method: "GET", body: good, status: 405, kind: "method_not_allowed", value: "method not allowed: use POST"},
		"DELETE":                  {method: "DELETE", body: good, status: 405, kind: "method_not_allowed", value: "method not allowed: use POST"},
		"no header":               {header: "-", body: good, status: 400, kind: identity, value: prefix + "wrong 'fleet-lock-protocol' header"},
		"header true in capitals": {header: "True", body: good, status: 400, kind: identity, value: prefix + "wrong 'fleet-lock-protocol' header"},
		"header 1":                {header: "1", body: good, status: 400, kind: identity, value: prefix + "wrong 'fleet-lock-protocol' header"},
		"header before body":      {header: "-", body: "", status: 400, kind: identity, value: prefix + "wrong 'fleet-lock-protocol' header"},
		"compressed":              {encoding: "gzip", body: good, status: 415, kind: "unsupported_media_type", value: "a content encoding is not supported"},
		"empty body":              {body: "", status: 400, kind: identity, value: prefix + "EOF"},
		"only space":              {body: " \n", status: 400, kind: identity, value: prefix + "EOF"},
		"cut":                     {body: good[:20], status: 400, kind: identity, value: prefix + "unexpected EOF"},
		"cut by one":              {body: good[:len(good)-1], status: 400, kind: identity, value: prefix + "unexpected EOF"},
		"no JSON":                 {body: "id=a&group=default", status: 400, kind: identity, value: prefix + "invalid character 'i' looking for beginning of value"},
		"comma at the end":        {body: `{"client_params":{"id":"a",}}`, status: 400, kind: identity, value: prefix + "invalid character '}' looking for beginning of object key string"},
		"control character":       {body: "{\"client_params\":{\"id\":\"a\n\"}}", status: 400, kind: identity, value: prefix + `invalid character '\n' in string literal`},
		"bad escape":              {body: `{"client_params":{"id":"\x"}}`, status: 400, kind: identity, value: prefix + "invalid character 'x' in string escape code"},
		"byte order mark":         {body: "\ufeff" + good, status: 400, kind: identity, value: prefix + "invalid character 'ï' looking for beginning of value"},
		"null":                    {body: "null", status: 400, kind: identity, value: prefix + "empty client group"},
		"array":                   {body: "[]", status: 400, kind: identity, value: prefix + "json: cannot unmarshal array into Go value of type server.HTTPParams"},
		"string":                  {body: `"a"`, status: 400, kind: identity, value: prefix + "json: cannot unmarshal string into Go value of type server.HTTPParams"},
		"number":                  {body: `1`, status: 400, kind: identity, value: prefix + "json: cannot unmarshal number into Go value of type server.HTTPParams"},
		"empty object":            {body: "{}", status: 400, kind: identity, value: prefix + "empty client group"},
		"params null":             {body: `{"client_params":null}`, status: 400, kind: identity, value: prefix + "empty client group"},
		"params a string":         {body: `{"client_params":"a"}`, status: 400, kind: identity, value: prefix + "json: cannot unmarshal string into Go struct field HTTPParams.client_params of type server.Params"},
		"id a number":             {body: `{"client_params":{"id":7,"group":"default"}}`, status: 400, kind: identity, value: prefix + "json: cannot unmarshal number into Go struct field Params.client_params.id of type string"},
		"group an array":          {body: `{"client_params":{"id":"a","group":["default"]}}`, status: 400, kind: identity, value: prefix + "json: cannot unmarshal array into Go struct field Params.client_params.group of type string"},
		"no group":                {body: `{"client_params":{"id":"a"}}`, status: 400, kind: identity, value: prefix + "empty client group"},
		"empty group before id":   {body: `{"client_params":{"id":"","group":""}}`, status: 400, kind: identity, value: prefix + "empty client group"},
		"no id":                   {body: `{"client_params":{"group":"default"}}`, status: 400, kind: identity, value: prefix + "empty client ID"},
		"id null":                 {body: `{"client_params":{"id":null,"group":"default"}}`, status: 400, kind: identity, value: prefix + "empty client ID"},
		"empty id before group":   {body: `{"client_params":{"id":"","group":"nope"}}`, status: 400, kind: identity, value: prefix + "empty client ID"},
		"unknown group":           {body: `{"client_params":{"id":"a","group":"nope"}}`, status: 400, kind: "unknown_group", value: `unknown group "nope"`},
		"group in other case":     {body: `{"client_params":{"id":"a","group":"Default"}}`, status: 400, kind: "unknown_group", value: `unknown group "Default"`},
		"group with odd letters":  {body: `{"client_params":{"id":"a","group":"a<\n\u202e"}}`, status: 400, kind: "unknown_group", value: `unknown group "a<\n\u202e"`},
		"too large":               {body: `{"client_params":{"id":"` + strings.Repeat("a", 70000) + `"}}`, status: 413, kind: "body_too_large", value: "the body is too large"},
		"a large tail is ignored": {body: good + strings.Repeat(" ", 70000), status: 200},
		"deeply nested":           {body: strings.Repeat("[", 20000), status: 400, kind: identity, value: prefix + "invalid character '[' exceeded max depth"},
		"a long id":               {body: `{"client_params":{"id":"` + strings.Repeat("a", 60000) + `","group":"nope"}}`, status: 400, kind: "unknown_group", value: `unknown group "nope"`},
		"invalid UTF-8 in the id": {body: "{\"client_params\":{\"id\":\"\xff\",\"group\":\"nope\"}}", status: 400, kind: "unknown_group", value: `unknown group "nope"`},
	} {
		for _, api := range []string{"pre-reboot", "steady-state"} {
			t.Run(name+" "+api, func(t *testing.T) {
				method := http.MethodPost
				if test.method != "" {
					method = test.method
				}
				r := httptest.NewRequest(method, "/v1/"+api, struct{ io.Reader }{strings.NewReader(test.body)})
				switch test.header {
				case "":
					r.Header.Set("Fleet-Lock-PROTOCOL", "true")
				case "-":
				default:
					r.Header.Set("fleet-lock-protocol", test.header)
				}
				if test.encoding != "" {
					r.Header.Set("Content-Encoding", test.encoding)
				}
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				want := ""
				if test.kind != "" {
					data, err := json.Marshal(struct {
						Kind  string `json:"kind"`
						Value string `json:"value"`
					}{test.kind, test.value})
					if err != nil {
						t.Fatal(err)
					}
					want = string(data) + "\n"
				}
				wantReply(t, w, test.status, want)
			})
		}
	}
	if sem, err := store.Get(t.Context(), "default"); err != nil || fmt.Sprint(sem.Holders) != "[]" && fmt.Sprint(sem.Holders) != "[a]" {
		t.Errorf("a malformed request left %q, %v", sem.Holders, err)
	}
}

func TestPathsAreExact(t *testing.T) {
	s, _ := start(t, "", nil)
	for _, path := range []string{"/v1/pre-reboot/", "//v1/pre-reboot", "/v1", "/v1/", "/V1/pre-reboot", "/v1/pre-reboot/x", "/x", "/metrics", "/v1/release"} {
		r := httptest.NewRequest(http.MethodPost, "http://h"+path, strings.NewReader(`{"client_params":{"id":"a","group":"default"}}`))
		r.Header.Set(fleetlock.HeaderName, "true")
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/v1/pre-reboot?x=1", strings.NewReader(`{"client_params":{"id":"a","group":"default"}}`))
	r.Header.Set(fleetlock.HeaderName, "true")
	s.Handler().ServeHTTP(w, r)
	if w.Code != 200 {
		t.Errorf("with a query: %d", w.Code)
	}
}

// A body that does not end is cut off by the listener's time limit.
func TestSlowBody(t *testing.T) {
	s, _ := start(t, "", nil)
	listener := httptest.NewUnstartedServer(s.Handler())
	listener.Config.ReadTimeout = 200 * time.Millisecond
	listener.Start()
	defer listener.Close()
	conn, err := net.Dial("tcp", listener.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "POST /v1/pre-reboot HTTP/1.1\r\nHost: h\r\nfleet-lock-protocol: true\r\nContent-Length: 46\r\n\r\n{\"client_")
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	reply, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(reply), "HTTP/1.1 408 ") || !strings.Contains(string(reply), `"kind":"request_timeout"`) {
		t.Errorf("%q, %v", reply, err)
	}
}

// brokenStore fails in a given way.
type brokenStore struct {
	server.Store
	err error
}

func (b brokenStore) Lock(context.Context, string, string) (server.Semaphore, error) {
	return server.Semaphore{}, b.err
}

func (b brokenStore) Get(ctx context.Context, _ string) (server.Semaphore, error) {
	return server.Semaphore{}, b.err
}

type unreachable struct{}

func (unreachable) Error() string     { return "nobody there" }
func (unreachable) Unavailable() bool { return true }

func TestStoreErrors(t *testing.T) {
	for want, err := range map[string]error{
		`{"kind":"failed_sem_init","value":"failed to initialize semaphore manager: context deadline exceeded"}`: context.DeadlineExceeded,
		`{"kind":"failed_sem_init","value":"failed to initialize semaphore manager: nobody there"}`:              unreachable{},
		`{"kind":"failed_lock","value":"empty semaphore value"}`:                                                 errors.New("empty semaphore value"),
	} {
		s, err := server.New(config(t, ""), brokenStore{err: err}, nil)
		if err != nil {
			t.Fatal(err)
		}
		w := post(s.Handler(), "pre-reboot", "default", "a")
		wantReply(t, w, 500, want+"\n")
		if w.Header().Get("Retry-After") != "" {
			t.Error("an error that is not a refusal has a Retry-After")
		}
		w = httptest.NewRecorder()
		s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		if w.Code != 503 || !strings.Contains(w.Body.String(), "The lock store has a problem") {
			t.Errorf("the page: %d", w.Code)
		}
	}
}

func TestFairness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, store := start(t, "lock.default_slots = 1\nlock.fair = true", nil)
		defer store.Close()
		h := s.Handler()
		ok := func(api, id string) { t.Helper(); wantReply(t, post(h, api, "default", id), 200, "") }
		refused := func(id string) {
			t.Helper()
			if w := post(h, "pre-reboot", "default", id); w.Code != 500 || w.Header().Get("Retry-After") == "" {
				t.Errorf("%s: %d %s", id, w.Code, w.Body)
			}
		}
		ok("pre-reboot", "a")
		refused("b")
		time.Sleep(time.Minute)
		refused("c")
		ok("pre-reboot", "a") // recursive, whoever waits
		ok("steady-state", "a")
		refused("a") // the slot is free, but b and c wait
		refused("c")
		refused("d")
		ok("pre-reboot", "b")
		ok("steady-state", "b")
		refused("d")
		ok("pre-reboot", "c")
		ok("steady-state", "c")
		// a waits longest, and never asks again: d goes on after ten minutes.
		time.Sleep(5 * time.Minute)
		refused("d")
		time.Sleep(5*time.Minute + time.Second)
		ok("pre-reboot", "d")
	})
}

// With several free slots as many waiters go first, and no more.
func TestFairnessWithSlots(t *testing.T) {
	s, _ := start(t, "lock.default_slots = 2\nlock.fair = true", nil)
	h := s.Handler()
	for _, id := range []string{"a", "b", "waiter"} {
		post(h, "pre-reboot", "default", id)
	}
	post(h, "steady-state", "default", "a")
	if w := post(h, "pre-reboot", "default", "new"); w.Code != 500 {
		t.Errorf("the newcomer got the only slot: %d", w.Code)
	}
	post(h, "steady-state", "default", "b")
	if w := post(h, "pre-reboot", "default", "newer"); w.Code != 500 {
		t.Errorf("two wait for two slots, a third got one: %d", w.Code)
	}
	for _, id := range []string{"new", "waiter"} {
		wantReply(t, post(h, "pre-reboot", "default", id), 200, "")
	}
}

func TestUnfairByDefault(t *testing.T) {
	s, _ := start(t, "", nil)
	h := s.Handler()
	post(h, "pre-reboot", "default", "a")
	post(h, "pre-reboot", "default", "b")
	post(h, "steady-state", "default", "a")
	wantReply(t, post(h, "pre-reboot", "default", "c"), 200, "")
}

func TestReconcileAndCheck(t *testing.T) {
	for _, reconcile := range []bool{false, true} {
		dir := t.TempDir()
		old := config(t, "lock.default_slots = 3")
		store, err := filestore.Open(dir, old.Lock.Groups, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"a", "b"} {
			if _, err := store.Lock(t.Context(), "default", id); err != nil {
				t.Fatal(err)
			}
		}
		var mu sync.Mutex
		var log bytes.Buffer
		logger := slog.New(slog.NewTextHandler(lockedWriter{&mu, &log}, nil))
		s, err := server.New(config(t, fmt.Sprintf("lock.default_slots = 1\nlock.reconcile_slots = %v", reconcile)), store, &server.Options{Logger: logger})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { s.Run(ctx); close(done) }()
		want := map[bool]string{
			false: `semaphore max slots consistency check failed" group=default config=1 database=3`,
			true:  `semaphore locks consistency check failed" group=default holder=2 slots=1`,
		}[reconcile]
		wait(t, func() bool { mu.Lock(); defer mu.Unlock(); return strings.Contains(log.String(), want) })
		cancel()
		<-done
		sem, _ := store.Get(t.Context(), "default")
		if got := sem.TotalSlots == 1; got != reconcile || len(sem.Holders) != 2 {
			t.Errorf("reconcile %v: %+v", reconcile, sem)
		}
		store.Close()
	}
}

type lockedWriter struct {
	mu *sync.Mutex
	w  io.Writer
}

func (l lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

func wait(t *testing.T, until func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !until(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain")
		}
	}
}

func get(h http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

func TestMetrics(t *testing.T) {
	s, _ := start(t, "lock.default_slots = 1\n[[lock.groups]]\nname = \"infra\"\nslots = 3", nil)
	if body := get(s.StatusHandler(), "/metrics").Body.String(); strings.Contains(body, "airlock_database") {
		t.Error("gauges of a database that was not read yet")
	}
	post(s.Handler(), "pre-reboot", "default", "a")
	post(s.Handler(), "pre-reboot", "default", "b")
	post(s.Handler(), "pre-reboot", "nope", "b")
	post(s.Handler(), "steady-state", "infra", "b")
	w := get(s.StatusHandler(), "/metrics")
	for _, line := range []string{
		"airlock_config_groups 2",
		`airlock_config_semaphore_slots{group="default"} 1`,
		`airlock_config_semaphore_slots{group="infra"} 3`,
		`airlock_database_semaphore_lock_holders{group="default"} 1`,
		`airlock_database_semaphore_slots{group="infra"} 3`,
		"airlock_v1_pre_reboot_incoming_requests_total 3",
		"airlock_v1_steady_state_incoming_requests_total 1",
		`fleetlock_waiters{group="default"} 1`,
		`fleetlock_refusals_total{group="default"} 1`,
	} {
		if !strings.Contains("\n"+w.Body.String(), "\n"+line+"\n") {
			t.Errorf("no line %q", line)
		}
	}
	for _, name := range []string{"go_goroutines", "process_start_time_seconds", "promhttp_metric_handler_requests_total"} {
		if !strings.Contains(w.Body.String(), "\n"+name) {
			t.Errorf("no %s", name)
		}
	}
	cmd := exec.CommandContext(t.Context(), testutil.Tool(t, "promtool"), "check", "metrics")
	cmd.Stdin = w.Body
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool: %v\n%s", err, out)
	}
}

func TestHealth(t *testing.T) {
	broken, err := server.New(config(t, ""), brokenStore{err: errors.New("no quorum")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go broken.Run(ctx)
	wait(t, func() bool {
		w := get(broken.StatusHandler(), "/readyz")
		return w.Code == 503 && strings.Contains(w.Body.String(), "no quorum")
	})
	if w := get(broken.StatusHandler(), "/livez"); w.Code != 200 {
		t.Errorf("livez: %d", w.Code)
	}
	well, _ := start(t, "", nil)
	go well.Run(ctx)
	wait(t, func() bool { return get(well.StatusHandler(), "/readyz").Code == 200 })
}

func TestSlots(t *testing.T) {
	at := time.Date(2026, 7, 22, 14, 0, 0, 0, time.UTC)
	s, _ := start(t, "lock.default_slots = 1\n[[lock.groups]]\nname = \"infra\"", &server.Options{Now: func() time.Time { return at }})
	post(s.Handler(), "pre-reboot", "default", "<a>")
	at = at.Add(90 * time.Second)
	post(s.Handler(), "pre-reboot", "default", "b")
	w := get(s.Handler(), "/v1/slots")
	want := `{"groups":[{"group":"default","total_slots":1,"holders":["<a>"],"granted":{"<a>":"2026-07-22T14:00:00Z"},` +
		`"waiters":[{"id":"b","since":"2026-07-22T14:01:30Z","last_seen":"2026-07-22T14:01:30Z"}]},{"group":"infra","total_slots":1,"holders":[]}]}` + "\n"
	var got server.Slots
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	got.Groups[0].Granted["<a>"] = got.Groups[0].Granted["<a>"].UTC()
	var again bytes.Buffer
	if err := got.WriteJSON(&again); err != nil {
		t.Fatal(err)
	}
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/json" || again.String() != want {
		t.Errorf("%d %s\nwant %s", w.Code, w.Body, want)
	}
	var text bytes.Buffer
	if err := got.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if want := "group: default\n semaphore slots: 1\n lock owners:\n - <a>\n\n---\ngroup: infra\n semaphore slots: 1\n lock owners:\n\n---\n"; text.String() != want {
		t.Errorf("text %q", text.String())
	}
	text.Reset()
	if err := got.WriteTable(&text, at.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if want := `GROUP    SLOTS  STATE  NODE  SINCE                 AGE
default  1/1    holds  <a>   2026-07-22T14:00:00Z  1 h 1 min
default  1/1    waits  b     2026-07-22T14:01:30Z  1 h
infra    0/1    free   -     -                     -
`; text.String() != want {
		t.Errorf("table\n%s", text.String())
	}
	post := httptest.NewRecorder()
	s.Handler().ServeHTTP(post, httptest.NewRequest(http.MethodPost, "/v1/slots", nil))
	if post.Code != 405 {
		t.Errorf("POST of slots: %d", post.Code)
	}
}

func TestAdminRelease(t *testing.T) {
	s, store := start(t, "", nil)
	post(s.Handler(), "pre-reboot", "default", "dead")
	for _, test := range []struct {
		body   string
		status int
		reply  string
	}{
		{`{"group":"default","id":"dead"}`, 200, `{"group":"default","id":"dead","released":true}`},
		{`{"group":"default","id":"dead"}`, 200, `{"group":"default","id":"dead","released":false}`},
		{`{"group":"nope","id":"dead"}`, 400, `{"kind":"unknown_group","value":"unknown group \"nope\""}`},
		{`{`, 400, `{"kind":"invalid_client_identity","value":"failed to validate client identity: unexpected EOF"}`},
		{`{"group":"default"}`, 500, `{"kind":"failed_lock","value":"a group and an id are needed"}`},
	} {
		w := httptest.NewRecorder()
		s.AdminHandler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/v1/release", strings.NewReader(test.body)))
		if w.Code != test.status || w.Body.String() != test.reply+"\n" {
			t.Errorf("%s: %d %s", test.body, w.Code, w.Body)
		}
	}
	if sem, _ := store.Get(t.Context(), "default"); len(sem.Holders) > 0 {
		t.Errorf("still held by %q", sem.Holders)
	}
}

func TestPage(t *testing.T) {
	at := time.Now().Add(-26 * time.Hour)
	s, store := start(t, "lock.default_slots = 2\n[[lock.groups]]\nname = \"infra\"\nslots = 1\n[[lock.groups]]\nname = \"quiet\"\n[[lock.groups]]\nname = \"closed\"\nslots = 0",
		&server.Options{Now: func() time.Time { return at }})
	post(s.Handler(), "pre-reboot", "default", "a6021cacafbb49ccb7e778d135fc9fa4")
	at = at.Add(25 * time.Hour)
	post(s.Handler(), "pre-reboot", "default", "<script>alert(1)</script>\u202e")
	for i := range 3 {
		at = at.Add(17 * time.Minute / 5)
		post(s.Handler(), "pre-reboot", "default", fmt.Sprintf("%032x", 0xc988d250+i))
	}
	post(s.Handler(), "pre-reboot", "infra", "db-1")
	if _, err := store.Reconcile(t.Context(), "infra", 0); err != nil {
		t.Fatal(err)
	}
	w := get(s.Handler(), "/")
	for _, want := range []string{"a6021cacafbb49ccb7e778d135fc9fa4", "1 d 1 h", "&lt;script&gt;", "The configuration says 1 slots"} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("no %q in the page", want)
		}
	}
	if strings.Contains(w.Body.String(), "<script") || strings.Contains(w.Body.String(), "\u202e") {
		t.Error("foreign text as it is")
	}
	listener := httptest.NewServer(s.Handler())
	t.Cleanup(listener.Close)
	pagetest.Check(t, "locks", listener.URL+"/")
}

func ExampleServer() {
	cfg, err := server.ParseConfig([]byte("service.tls = false\n[store]\nkind = \"file\"\npath = \"unused\""))
	if err != nil {
		panic(err)
	}
	s, err := server.New(cfg, brokenStore{err: &server.FullError{Slots: 1}}, nil)
	if err != nil {
		panic(err)
	}
	listener := httptest.NewServer(s.Handler())
	defer listener.Close()
	client, err := fleetlock.NewClient(listener.URL+"/", "default", "node-1", nil)
	if err != nil {
		panic(err)
	}
	fmt.Println(client.PreReboot(context.Background()))
	// Output: lock-manager server-side error, code 500: all 1 semaphore slots currently locked
}

func FuzzBody(f *testing.F) {
	f.Add([]byte(`{"client_params":{"id":"a","group":"default"}}`))
	f.Add([]byte(`{"client_params":{"id":"\ud800","group":"nope"}}`))
	f.Add([]byte(`[[[[`))
	s, store := start(f, "lock.default_slots = 1", nil)
	h := s.Handler()
	f.Fuzz(func(t *testing.T, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/v1/pre-reboot", bytes.NewReader(body))
		r.Header.Set(fleetlock.HeaderName, "true")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code == 200 {
			sem, err := store.Get(t.Context(), "default")
			if err != nil || len(sem.Holders) != 1 {
				t.Fatalf("%q, %v", sem.Holders, err)
			}
			if _, err := store.Unlock(t.Context(), "default", sem.Holders[0]); err != nil {
				t.Fatal(err)
			}
			return
		}
		var e struct{ Kind, Value string }
		if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil || e.Kind == "" || e.Value == "" {
			t.Fatalf("%d %q", w.Code, w.Body)
		}
	})
}
