package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nestos-dev/nestos/zincati/fleetlock"
	"github.com/nestos-dev/nestos/zincati/fleetlock/filestore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/server"
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

// brokenStore fails in a given way.
type brokenStore struct {
	semaphore.Store
	err error
}

func (b brokenStore) Lock(context.Context, string, string) (semaphore.Semaphore, error) {
	return semaphore.Semaphore{}, b.err
}

func (b brokenStore) Get(ctx context.Context, _ string) (semaphore.Semaphore, error) {
	return semaphore.Semaphore{}, b.err
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

func ExampleServer() {
	cfg, err := server.ParseConfig([]byte("service.tls = false\n[store]\nkind = \"file\"\npath = \"unused\""))
	if err != nil {
		panic(err)
	}
	s, err := server.New(cfg, brokenStore{err: &semaphore.FullError{Slots: 1}}, nil)
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
	// Output: server-side error, code 500: all 1 semaphore slots currently locked
}
