package etcdstore_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/zincati/fleetlock/etcdstore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/etcdstore/etcdtest"
	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
)

// open makes a store that waits for etcd as long as a slow machine needs.
func open(t testing.TB, c *etcdtest.Cluster, change ...func(o *etcdstore.Options)) *etcdstore.Store {
	t.Helper()
	o := etcdstore.Options{Endpoints: c.Endpoints(), TransactionTimeout: 2 * time.Minute, Groups: semaphore.Groups{"default": 2, "a b/é": 3, "none": 0}}
	for _, f := range change {
		f(&o)
	}
	s, err := etcdstore.Open(context.Background(), &o)
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func timeout(d time.Duration) func(o *etcdstore.Options) {
	return func(o *etcdstore.Options) { o.TransactionTimeout = d }
}

func value(c *etcdtest.Cluster, group string) string {
	return c.Ctl("get", "--print-value-only", etcdstore.Key(group))
}

func put(c *etcdtest.Cluster, group, v string) { c.Ctl("put", etcdstore.Key(group), v) }

func TestKey(t *testing.T) {
	require.Equal(t, "com.coreos.airlock/groups/a+b%2F%C3%A9/v1/semaphore", etcdstore.Key("a b/é"))
	require.Equal(t, "com.coreos.airlock/groups/default/v1/semaphore", etcdstore.Key("default"))
}

func TestOptionsAreChecked(t *testing.T) {
	for name, o := range map[string]etcdstore.Options{
		"none":          {},
		"no URL":        {Endpoints: []string{"localhost"}},
		"other scheme":  {Endpoints: []string{"ftp://localhost"}},
		"mixed schemes": {Endpoints: []string{"http://a", "https://b"}},
		"no key":        {Endpoints: []string{"https://a"}, CertFile: "x"},
		"no pair":       {Endpoints: []string{"https://a"}, CertFile: "/nowhere", KeyFile: "/nowhere"},
		"no CA":         {Endpoints: []string{"https://a"}, CAFile: "/nowhere"},
	} {
		_, err := etcdstore.Open(t.Context(), &o)
		require.Error(t, err, name)
	}
	_, err := etcdstore.Open(t.Context(), nil)
	require.EqualError(t, err, "no etcd3 endpoints configured")
}

func TestProtocolAndFormat(t *testing.T) {
	c := etcdtest.Start(t, 1, nil)
	s := open(t, c)
	ctx := t.Context()

	sem, err := s.Get(ctx, "default")
	require.NoError(t, err)
	require.Equal(t, uint64(2), sem.TotalSlots)
	require.Equal(t, `{"total_slots":2,"holders":[]}`, value(c, "default"))
	for _, id := range []string{"bb", "aa", "bb"} {
		_, err = s.Lock(ctx, "default", id)
		require.NoError(t, err)
	}
	require.Equal(t, `{"total_slots":2,"holders":["aa","bb"]}`, value(c, "default"))

	sem, err = s.Lock(ctx, "default", "cc")
	require.EqualError(t, err, "all 2 semaphore slots currently locked")
	require.ErrorIs(t, err, semaphore.ErrFull)
	require.Equal(t, []string{"aa", "bb"}, sem.Holders)
	_, err = s.Lock(ctx, "default", "aa")
	require.NoError(t, err, "recursive when full")
	_, err = s.Unlock(ctx, "default", "cc")
	require.NoError(t, err, "release by another")
	_, err = s.Unlock(ctx, "default", "aa")
	require.NoError(t, err)
	require.Equal(t, `{"total_slots":2,"holders":["bb"]}`, value(c, "default"))

	_, err = s.Lock(ctx, "a b/é", `<"é`)
	require.NoError(t, err)
	require.Equal(t, `{"total_slots":3,"holders":["\u003c\"é"]}`, c.Ctl("get", "--print-value-only", "com.coreos.airlock/groups/a+b%2F%C3%A9/v1/semaphore"))
	_, err = s.Lock(ctx, "none", "x")
	require.EqualError(t, err, "all 0 semaphore slots currently locked")
	_, err = s.Lock(ctx, "nope", "x")
	require.ErrorIs(t, err, semaphore.ErrUnknownGroup)

	sem, err = s.Reconcile(ctx, "default", 1)
	require.NoError(t, err)
	require.Equal(t, uint64(1), sem.TotalSlots)
	require.Equal(t, `{"total_slots":1,"holders":["bb"]}`, value(c, "default"))
}

func versions(t *testing.T, c *etcdtest.Cluster) int {
	t.Helper()
	var out struct{ Kvs []struct{ Version int } }
	require.NoError(t, json.Unmarshal([]byte(c.Ctl("get", "-w", "json", etcdstore.Key("default"))), &out))
	return out.Kvs[0].Version
}

// TestNoNeedlessWrites looks at the count of versions that etcd keeps.
func TestNoNeedlessWrites(t *testing.T) {
	c := etcdtest.Start(t, 1, nil)
	s := open(t, c)
	ctx := t.Context()
	for _, id := range []string{"a", "b"} {
		_, err := s.Lock(ctx, "default", id)
		require.NoError(t, err)
	}
	require.Equal(t, 2, versions(t, c))
	for range 3 {
		_, err := s.Lock(ctx, "default", "c")
		require.ErrorIs(t, err, semaphore.ErrFull)
		_, err = s.Get(ctx, "default")
		require.NoError(t, err)
		_, err = s.Reconcile(ctx, "default", 2)
		require.NoError(t, err)
	}
	require.Equal(t, 2, versions(t, c), "refusals and looks only read")
}

// TestLateTransaction has a server that dies with its transaction still on the way to etcd, where it arrives after
// another server has answered the same node.
func TestLateTransaction(t *testing.T) {
	late := func(t *testing.T, forgotten, answered func(s *etcdstore.Store) error) string {
		c := etcdtest.Start(t, 1, nil)
		p := newProxy(t, c.Members[0].Endpoint)
		dying := open(t, c, func(o *etcdstore.Options) { o.Endpoints = []string{p.url()} })
		other := open(t, c)
		_, err := dying.Lock(t.Context(), "default", "holder")
		require.NoError(t, err)
		p.holdRequests()
		failed := make(chan error, 1)
		go func() { failed <- forgotten(dying) }()
		p.waitHeld(t)
		require.NoError(t, dying.Close())
		require.ErrorIs(t, <-failed, etcdstore.ErrClosed)
		require.NoError(t, answered(other))
		p.deliverHeld(t)
		return value(c, "default")
	}
	lock := func(id string) func(s *etcdstore.Store) error {
		return func(s *etcdstore.Store) error { _, err := s.Lock(context.Background(), "default", id); return err }
	}
	unlock := func(id string) func(s *etcdstore.Store) error {
		return func(s *etcdstore.Store) error { _, err := s.Unlock(context.Background(), "default", id); return err }
	}
	nothing := func(*etcdstore.Store) error { return nil }
	t.Run("is possible", func(t *testing.T) {
		require.Equal(t, `{"total_slots":2,"holders":[]}`, late(t, unlock("holder"), nothing))
	})
	t.Run("cannot take a lock away", func(t *testing.T) {
		require.Equal(t, `{"total_slots":2,"holders":["holder"]}`, late(t, unlock("holder"), lock("holder")))
	})
	t.Run("cannot undo a release", func(t *testing.T) {
		require.Equal(t, `{"total_slots":2,"holders":["holder"]}`, late(t, lock("x"), unlock("x")))
	})
}

func TestValuesOfOthers(t *testing.T) {
	c := etcdtest.Start(t, 1, nil)
	s := open(t, c)
	for name, tc := range map[string]struct {
		before, err, after string
	}{
		"unsorted":        {`{"total_slots":4,"holders":["z","b","y"]}`, "", `{"total_slots":4,"holders":["b","n","y","z"]}`},
		"other layout":    {"{ \"holders\" : [\"z\"],\n \"total_slots\": 2 }\n", "", `{"total_slots":2,"holders":["n","z"]}`},
		"twice":           {`{"total_slots":3,"holders":["z","b","z"]}`, "", `{"total_slots":3,"holders":["b","n","z"]}`},
		"null holders":    {`{"total_slots":2,"holders":null}`, "", `{"total_slots":2,"holders":["n"]}`},
		"no holders":      {`{"total_slots":2}`, "", `{"total_slots":2,"holders":["n"]}`},
		"other slots":     {`{"total_slots":1,"holders":["z"]}`, "all 1 semaphore slots currently locked", ""},
		"too many":        {`{"total_slots":2,"holders":["x","y","z"]}`, "all 2 semaphore slots currently locked", ""},
		"too many, held":  {`{"total_slots":2,"holders":["n","x","y","z"]}`, "", ""},
		"no slots":        {`{"holders":["z"]}`, "all 0 semaphore slots currently locked", ""},
		"foreign fields":  {`{"z":{"b":[1, 2]},"total_slots":2,"holders":[],"a":"x"}`, "", `{"total_slots":2,"holders":["n"],"a":"x","z":{"b":[1, 2]}}`},
		"most slots":      {`{"total_slots":18446744073709551615,"holders":[]}`, "", `{"total_slots":18446744073709551615,"holders":["n"]}`},
		"empty":           {"", "empty semaphore value", ""},
		"no JSON":         {"slots: 2", "invalid character 's' looking for beginning of value", ""},
		"cut":             {`{"total_slots":2,"hol`, "unexpected end of JSON input", ""},
		"more behind":     {`{"total_slots":2,"holders":[]}{}`, "invalid character '{' after top-level value", ""},
		"negative slots":  {`{"total_slots":-1,"holders":[]}`, "json: cannot unmarshal number -1 into Go struct field Semaphore.total_slots of type uint64", ""},
		"text as slots":   {`{"total_slots":"2","holders":[]}`, "json: cannot unmarshal string into Go struct field Semaphore.total_slots of type uint64", ""},
		"list":            {`[]`, "json: cannot unmarshal array into Go value of type semaphore.Semaphore", ""},
		"broken encoding": {"{\"total_slots\":2,\"holders\":[\"\xff\"]}", "semaphore value is not valid UTF-8", ""},
	} {
		t.Run(name, func(t *testing.T) {
			put(c, "default", tc.before)
			stored := value(c, "default")
			_, err := s.Lock(t.Context(), "default", "n")
			if tc.err == "" {
				require.NoError(t, err)
			} else {
				require.EqualError(t, err, tc.err)
			}
			if tc.after != "" {
				stored = tc.after
			}
			require.Equal(t, stored, value(c, "default"))
			if tc.after == "" && tc.err != "" && !errors.Is(err, semaphore.ErrFull) {
				_, err = s.Unlock(t.Context(), "default", "n")
				require.EqualError(t, err, tc.err)
				_, err = s.Reconcile(t.Context(), "default", 7)
				require.EqualError(t, err, tc.err)
				require.Equal(t, stored, value(c, "default"))
			}
		})
	}
	// It heals as soon as the value is mended by hand.
	put(c, "default", `{"total_slots":1,"holders":[]}`)
	_, err := s.Lock(t.Context(), "default", "n")
	require.NoError(t, err)
}

// TestKeyRemovedAndMadeAgain has the same version, in airlock's counting, with another content.
func TestKeyRemovedAndMadeAgain(t *testing.T) {
	c := etcdtest.Start(t, 1, nil)
	s := open(t, c)
	_, err := s.Lock(t.Context(), "default", "a")
	require.NoError(t, err)
	c.Ctl("del", etcdstore.Key("default"))
	put(c, "default", `{"total_slots":1,"holders":["b"]}`)
	_, err = s.Lock(t.Context(), "default", "c")
	require.EqualError(t, err, "all 1 semaphore slots currently locked")
	c.Ctl("del", etcdstore.Key("default"))
	sem, err := s.Lock(t.Context(), "default", "c")
	require.NoError(t, err)
	require.Equal(t, semaphore.Semaphore{TotalSlots: 2, Holders: []string{"c"}}, sem)
}

// TestAgainstAModel compares random operations of one caller, on two stores in turn, with the rule on a map.
func TestAgainstAModel(t *testing.T) {
	c := etcdtest.Start(t, 1, nil)
	stores := []*etcdstore.Store{open(t, c), open(t, c)}
	slots, holders := 2, map[string]bool{}
	for i := range 400 {
		s, id := stores[i*7/3%2], fmt.Sprint("n", i*i%5)
		var sem semaphore.Semaphore
		var err error
		switch i * 31 % 7 {
		case 0, 1, 2:
			sem, err = s.Lock(t.Context(), "default", id)
			if holders[id] || len(holders) < slots {
				require.NoError(t, err)
				holders[id] = true
			} else {
				require.ErrorIs(t, err, semaphore.ErrFull)
			}
		case 3, 4, 5:
			sem, err = s.Unlock(t.Context(), "default", id)
			require.NoError(t, err)
			delete(holders, id)
		case 6:
			slots = i % 4
			sem, err = s.Reconcile(t.Context(), "default", uint64(slots))
			require.NoError(t, err)
		}
		require.Equal(t, uint64(slots), sem.TotalSlots)
		require.Len(t, sem.Holders, len(holders))
		require.True(t, slices.IsSorted(sem.Holders))
		for _, h := range sem.Holders {
			require.True(t, holders[h])
		}
	}
}

// contend lets clients take and leave locks on the stores in turn, and fails when more than slots hold at once.
func contend(t *testing.T, clients, rounds, slots int, stores ...*etcdstore.Store) {
	t.Helper()
	var holding atomic.Int64
	var wg sync.WaitGroup
	for n := range clients {
		wg.Go(func() {
			id := fmt.Sprint("client", n)
			for round := 0; round < rounds; {
				s := stores[(n+round)%len(stores)]
				_, err := s.Lock(t.Context(), "default", id)
				if errors.Is(err, semaphore.ErrFull) {
					continue
				}
				if err != nil {
					t.Errorf("lock: %v", err)
					return
				}
				if h := holding.Add(1); h > int64(slots) {
					t.Errorf("%d holders", h)
				}
				holding.Add(-1)
				if _, err := s.Unlock(t.Context(), "default", id); err != nil {
					t.Errorf("unlock: %v", err)
					return
				}
				round++
			}
		})
	}
	wg.Wait()
	sem, err := stores[0].Get(t.Context(), "default")
	require.NoError(t, err)
	require.Empty(t, sem.Holders)
}

func TestManyClientsOnOneStore(t *testing.T) {
	c := etcdtest.Start(t, 1, nil)
	contend(t, 50, 5, 2, open(t, c))
}

func TestManyClientsOnSeveralStores(t *testing.T) {
	c := etcdtest.Start(t, 1, nil)
	contend(t, 30, 5, 2, open(t, c), open(t, c), open(t, c))
}

// TestServersShareAGroup keeps several servers writing without a pause: none may starve.
func TestServersShareAGroup(t *testing.T) {
	c := etcdtest.Start(t, 1, nil)
	done := make([]atomic.Int64, 3)
	var wg sync.WaitGroup
	end := time.Now().Add(3 * time.Second)
	for i := range done {
		s := open(t, c, func(o *etcdstore.Options) { o.Groups = semaphore.Groups{"wide": 1000} })
		for n := range 10 {
			wg.Go(func() {
				id := fmt.Sprintf("%d-%d", i, n)
				for time.Now().Before(end) {
					for _, change := range []func(context.Context, string, string) (semaphore.Semaphore, error){s.Lock, s.Unlock} {
						if _, err := change(t.Context(), "wide", id); err != nil {
							t.Errorf("server %d: %v", i, err)
							return
						}
						done[i].Add(1)
					}
				}
			})
		}
	}
	wg.Wait()
	least, sum := done[0].Load(), int64(0)
	for i := range done {
		least, sum = min(least, done[i].Load()), sum+done[i].Load()
	}
	t.Logf("%d operations, the slowest server %d", sum, least)
	require.Greater(t, 10*least, sum)
}

func TestGivenUpRequestsAreNotGranted(t *testing.T) {
	c := etcdtest.Start(t, 1, nil)
	s := open(t, c)
	_, err := s.Get(t.Context(), "default")
	require.NoError(t, err)
	c.Members[0].Freeze()
	first := make(chan error, 1)
	go func() { // occupies the connection, so that the others have to wait
		_, err := s.Lock(context.Background(), "default", "patient")
		first <- err
	}()
	time.Sleep(time.Second)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = s.Lock(ctx, "default", "hasty")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	gone, leave := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, leave)
	_, err = s.Lock(gone, "default", "gone")
	require.ErrorIs(t, err, context.Canceled)
	c.Members[0].Thaw()
	require.NoError(t, <-first)
	sem, err := s.Get(t.Context(), "default")
	require.NoError(t, err)
	require.Equal(t, []string{"patient"}, sem.Holders)

	// Nor is one that waits for etcd to come back.
	c.Members[0].Kill()
	gone, leave = context.WithCancel(t.Context())
	time.AfterFunc(300*time.Millisecond, leave)
	_, err = s.Lock(gone, "default", "gone")
	require.ErrorIs(t, err, context.Canceled)
	c.Members[0].Start()
	c.WaitHealthy()
	sem, err = s.Get(t.Context(), "default")
	require.NoError(t, err)
	require.Equal(t, []string{"patient"}, sem.Holders)
}

func TestCloseEndsEverything(t *testing.T) {
	c := etcdtest.Start(t, 1, nil)
	s := open(t, c)
	c.Members[0].Freeze()
	failed := make(chan error, 1)
	go func() {
		_, err := s.Lock(context.Background(), "default", "a")
		failed <- err
	}()
	time.Sleep(50 * time.Millisecond)
	require.NoError(t, s.Close())
	require.ErrorIs(t, <-failed, etcdstore.ErrClosed)
	_, err := s.Lock(t.Context(), "default", "a")
	require.ErrorIs(t, err, etcdstore.ErrClosed)
}
