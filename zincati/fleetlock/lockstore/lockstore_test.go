package lockstore_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/zincati/fleetlock/etcdstore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/etcdstore/etcdtest"
	"github.com/nestos-dev/nestos/zincati/fleetlock/filestore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/lockstore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/server"
)

func fileConfig(dir string) *server.Config {
	return &server.Config{
		Service: server.ServiceConfig{Address: "127.0.0.1"},
		Store:   server.StoreConfig{Kind: server.KindFile, Path: dir},
		Lock:    server.LockConfig{Groups: semaphore.Groups{"default": 1}},
	}
}

func TestOpenChecks(t *testing.T) {
	for want, cfg := range map[string]*server.Config{
		"no etcd3 endpoints configured":      {},
		"no store.path configured":           {Store: server.StoreConfig{Kind: server.KindFile}},
		`store.kind "bolt" is not supported`: {Store: server.StoreConfig{Kind: "bolt"}},
		`etcd endpoint "ftp://h" is not a URL of http, https or unix`: {
			Etcd3: server.Etcd3Config{Endpoints: []string{"ftp://h"}}, Store: server.StoreConfig{Kind: server.KindEtcd3},
		},
	} {
		if store, err := lockstore.Open(t.Context(), cfg, nil); store != nil || err == nil || err.Error() != want {
			t.Errorf("%v, %v; want %s", store, err, want)
		}
	}
}

// Without a server the commands look into the store, beside one they ask it.
func TestSlotsAndRelease(t *testing.T) {
	cfg := fileConfig(filepath.Join(t.TempDir(), "state"))
	ctx := t.Context()
	lock := func(store semaphore.Store) {
		t.Helper()
		if _, err := store.Lock(ctx, "default", "node-1"); err != nil {
			t.Fatal(err)
		}
	}
	check := func(holders int) {
		t.Helper()
		all, err := lockstore.Slots(ctx, cfg, nil)
		if err != nil || len(all.Groups) != 1 || len(all.Groups[0].Holders) != holders {
			t.Errorf("%+v, %v; want %d holders", all, err, holders)
		}
	}
	release := func(want bool) {
		t.Helper()
		if held, err := lockstore.Release(ctx, cfg, "default", "node-1", nil); err != nil || held != want {
			t.Errorf("held %v, %v; want %v", held, err, want)
		}
	}
	check(0)
	release(false)
	store, err := lockstore.Open(ctx, cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	lock(store)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	check(1)
	release(true)

	if store, err = lockstore.Open(ctx, cfg, nil); err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	s, err := server.New(cfg, store, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	serving, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- s.Run(serving) }()
	lock(store)
	check(1)
	release(true)
	check(0)
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestPatience(t *testing.T) {
	cfg := fileConfig(filepath.Join(t.TempDir(), "state"))
	first, err := lockstore.Open(t.Context(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lockstore.Open(t.Context(), cfg, &lockstore.Options{Patience: -1}); !errors.Is(err, filestore.ErrInUse) {
		t.Errorf("in use: %v", err)
	}
	time.AfterFunc(200*time.Millisecond, func() { first.Close() })
	second, err := lockstore.Open(t.Context(), cfg, &lockstore.Options{Patience: 2 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	second.Close()
}

func TestEtcd(t *testing.T) {
	c := etcdtest.Start(t, 1, nil)
	cfg := &server.Config{
		Etcd3: server.Etcd3Config{Endpoints: c.Endpoints()},
		Lock:  server.LockConfig{Groups: semaphore.Groups{"default": 1}, Timeout: time.Minute},
	}
	store, err := lockstore.Open(t.Context(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if _, err := store.Lock(t.Context(), "default", "node-1"); err != nil {
		t.Fatal(err)
	}
	if held, err := lockstore.Release(t.Context(), cfg, "default", "node-1", nil); err != nil || !held {
		t.Errorf("held %v, %v", held, err)
	}
	all, err := lockstore.Slots(t.Context(), cfg, nil)
	if err != nil || len(all.Groups[0].Holders) > 0 {
		t.Errorf("%+v, %v", all, err)
	}
}

// The time limit of the configuration holds for etcd as well.
func TestEtcdTimeout(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // accepts and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	store, err := lockstore.Open(t.Context(), &server.Config{
		Etcd3: server.Etcd3Config{Endpoints: []string{"http://" + l.Addr().String()}},
		Lock:  server.LockConfig{Groups: semaphore.Groups{"default": 1}, Timeout: 50 * time.Millisecond},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	begin := time.Now()
	_, err = store.Get(t.Context(), "default")
	if _, unavailable := errors.AsType[*etcdstore.UnavailableError](err); !unavailable || time.Since(begin) >= server.DefaultTimeout {
		t.Errorf("%v after %v", err, time.Since(begin))
	}
}

func ExampleSlots() {
	dir, err := os.MkdirTemp("", "locks")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	cfg, err := server.ParseConfig(fmt.Appendf(nil, "service.tls = false\nstore = {kind = \"file\", path = %q}", dir))
	if err != nil {
		panic(err)
	}
	store, err := lockstore.Open(context.Background(), cfg, nil)
	if err != nil {
		panic(err)
	}
	if _, err := store.Lock(context.Background(), "default", "node-1"); err != nil {
		panic(err)
	}
	store.Close()
	all, err := lockstore.Slots(context.Background(), cfg, nil)
	if err != nil {
		panic(err)
	}
	all.WriteText(os.Stdout)
	// Output:
	// group: default
	//  semaphore slots: 1
	//  lock owners:
	//  - node-1
	//
	// ---
}
