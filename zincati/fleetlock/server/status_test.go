package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/zincati/fleetlock/filestore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/server"
	"github.com/nestos-dev/nestos/zincati/internal/page/pagetest"
)

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
		var log bytes.Buffer
		logger := slog.New(slog.NewTextHandler(&log, nil))
		s, err := server.New(config(t, fmt.Sprintf("lock.default_slots = 1\nlock.reconcile_slots = %v", reconcile)), store, &server.Options{Logger: logger})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Check(t.Context()); err != nil {
			t.Error(err)
		}
		want := map[bool]string{
			false: `semaphore max slots consistency check failed" group=default config=1 database=3`,
			true:  `semaphore locks consistency check failed" group=default holder=2 slots=1`,
		}[reconcile]
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %q in %s", want, log.String())
		}
		sem, _ := store.Get(t.Context(), "default")
		if got := sem.TotalSlots == 1; got != reconcile || len(sem.Holders) != 2 {
			t.Errorf("reconcile %v: %+v", reconcile, sem)
		}
		store.Close()
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
	if err := broken.Check(t.Context()); err == nil {
		t.Error("nothing is wrong with a broken store")
	}
	if w := get(broken.StatusHandler(), "/readyz"); w.Code != 503 || !strings.Contains(w.Body.String(), "no quorum") {
		t.Errorf("readyz of a broken store: %d %s", w.Code, w.Body)
	}
	if w := get(broken.StatusHandler(), "/livez"); w.Code != 200 {
		t.Errorf("livez: %d", w.Code)
	}
	well, _ := start(t, "", nil)
	if w := get(well.StatusHandler(), "/readyz"); w.Code != 503 {
		t.Errorf("ready before the database was read: %d", w.Code)
	}
	if err := well.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if w := get(well.StatusHandler(), "/readyz"); w.Code != 200 {
		t.Errorf("not ready after the check: %d", w.Code)
	}
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

// slowStore does not answer reads until it is released.
type slowStore struct {
	semaphore.Store
	entered, release chan struct{}
}

func (s slowStore) Get(context.Context, string) (semaphore.Semaphore, error) {
	s.entered <- struct{}{}
	<-s.release
	return semaphore.Semaphore{TotalSlots: 1}, nil
}

func (s slowStore) Lock(context.Context, string, string) (semaphore.Semaphore, error) {
	return semaphore.Semaphore{TotalSlots: 1}, nil
}

func TestViewsAreBounded(t *testing.T) {
	store := slowStore{entered: make(chan struct{}), release: make(chan struct{})}
	s, err := server.New(config(t, ""), store, nil)
	if err != nil {
		t.Fatal(err)
	}
	var looks sync.WaitGroup
	for range 4 {
		looks.Go(func() {
			if w := get(s.Handler(), "/v1/slots"); w.Code != 200 {
				t.Errorf("a view: %d", w.Code)
			}
		})
		<-store.entered
	}
	w := get(s.Handler(), "/")
	if w.Code != 503 || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), `"kind":"overloaded"`) {
		t.Errorf("one more: %d %s", w.Code, w.Body)
	}
	wantReply(t, post(s.Handler(), "pre-reboot", "default", "a"), 200, "")
	close(store.release)
	looks.Wait()
}
