package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
)

// Run runs all tests, each as a subtest. open returns a new, empty store for the groups, or
// fails or skips the test that it gets; the test closes the store.
func Run(t *testing.T, open func(t *testing.T, groups semaphore.Groups) semaphore.Store) {
	for _, test := range []struct {
		name   string
		groups semaphore.Groups
		run    func(*testing.T, semaphore.Store)
	}{
		{"new group has the configured slots", semaphore.Groups{"g": 2}, newGroup},
		{"lock until full, recursive, unlock", semaphore.Groups{"g": 2}, lockAndUnlock},
		{"no slots is always full", semaphore.Groups{"g": 0}, noSlots},
		{"groups are independent", semaphore.Groups{"g": 1, "h": 1}, independent},
		{"odd names", semaphore.Groups{"g": 9, "a b/é": 1}, oddNames},
		{"reconcile", semaphore.Groups{"g": 2}, reconcile},
		{"an ended context", semaphore.Groups{"g": 2}, endedContext},
		{"random operations agree with a model", semaphore.Groups{"g": 3, "h": 1}, model},
		{"many at once never exceed the slots", semaphore.Groups{"g": 5}, crowd},
	} {
		t.Run(test.name, func(t *testing.T) {
			store := open(t, test.groups)
			test.run(t, store)
			if err := store.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
	}
}

// holders fails the test unless the group has exactly these.
func holders(t *testing.T, store semaphore.Store, group string, slots uint64, want ...string) {
	t.Helper()
	sem, err := store.Get(t.Context(), group)
	if err != nil {
		t.Fatalf("Get: %v", err)
	}
	if sem.Holders == nil {
		t.Error("holders are nil")
	}
	if sem.TotalSlots != slots || !slices.Equal(sem.Holders, want) {
		t.Fatalf("group %s is %+v, want %d slots held by %q", group, sem, slots, want)
	}
}

func lock(t *testing.T, store semaphore.Store, group, id string) {
	t.Helper()
	sem, err := store.Lock(t.Context(), group, id)
	if err != nil || !sem.Holds(id) {
		t.Fatalf("Lock(%q, %q) = %+v, %v", group, id, sem, err)
	}
}

func unlock(t *testing.T, store semaphore.Store, group, id string) {
	t.Helper()
	sem, err := store.Unlock(t.Context(), group, id)
	if err != nil || sem.Holds(id) {
		t.Fatalf("Unlock(%q, %q) = %+v, %v", group, id, sem, err)
	}
}

func full(t *testing.T, store semaphore.Store, group, id string, slots uint64) {
	t.Helper()
	_, err := store.Lock(t.Context(), group, id)
	e, ok := errors.AsType[*semaphore.FullError](err)
	if !ok || e.Slots != slots || !errors.Is(err, semaphore.ErrFull) {
		t.Fatalf("Lock(%q, %q) = %v, want full with %d slots", group, id, err, slots)
	}
}

func newGroup(t *testing.T, store semaphore.Store) {
	holders(t, store, "g", 2)
	if _, err := store.Lock(t.Context(), "nope", "a"); err == nil {
		t.Error("an unknown group could be locked")
	}
}

func lockAndUnlock(t *testing.T, store semaphore.Store) {
	lock(t, store, "g", "b")
	lock(t, store, "g", "a")
	holders(t, store, "g", 2, "a", "b")
	full(t, store, "g", "c", 2)
	lock(t, store, "g", "a")
	unlock(t, store, "g", "c")
	holders(t, store, "g", 2, "a", "b")
	unlock(t, store, "g", "b")
	unlock(t, store, "g", "b")
	lock(t, store, "g", "c")
	holders(t, store, "g", 2, "a", "c")
}

func noSlots(t *testing.T, store semaphore.Store) {
	full(t, store, "g", "a", 0)
	unlock(t, store, "g", "a")
	holders(t, store, "g", 0)
}

func independent(t *testing.T, store semaphore.Store) {
	lock(t, store, "g", "a")
	lock(t, store, "h", "a")
	unlock(t, store, "g", "a")
	holders(t, store, "g", 1)
	holders(t, store, "h", 1, "a")
}

func oddNames(t *testing.T, store semaphore.Store) {
	ids := []string{"A", "a", " ", "\n", "é", "\u202e", "\x00", `"`, "<>"}
	for _, id := range ids {
		lock(t, store, "g", id)
	}
	slices.Sort(ids)
	holders(t, store, "g", 9, ids...)
	lock(t, store, "a b/é", "x")
	holders(t, store, "a b/é", 1, "x")
}

func reconcile(t *testing.T, store semaphore.Store) {
	lock(t, store, "g", "a")
	lock(t, store, "g", "b")
	if sem, err := store.Reconcile(t.Context(), "g", 1); err != nil || sem.TotalSlots != 1 {
		t.Fatalf("Reconcile = %+v, %v", sem, err)
	}
	holders(t, store, "g", 1, "a", "b") // nobody loses a lock
	lock(t, store, "g", "b")
	full(t, store, "g", "c", 1)
	unlock(t, store, "g", "a")
	full(t, store, "g", "c", 1)
	for range 2 {
		if _, err := store.Reconcile(t.Context(), "g", 3); err != nil {
			t.Fatal(err)
		}
	}
	lock(t, store, "g", "c")
	holders(t, store, "g", 3, "b", "c")
}

func endedContext(t *testing.T, store semaphore.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := store.Lock(ctx, "g", "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("Lock with an ended context: %v", err)
	}
	unlock(t, store, "g", "a")
	holders(t, store, "g", 2)
}

func model(t *testing.T, store semaphore.Store) {
	rng := rand.New(rand.NewPCG(1, 2))
	want := map[string]semaphore.Semaphore{"g": {TotalSlots: 3}, "h": {TotalSlots: 1}}
	for step := range 300 {
		group, id := []string{"g", "g", "h"}[rng.IntN(3)], string(rune('a'+rng.IntN(6)))
		if rng.IntN(2) == 0 {
			next, _, wantErr := want[group].Lock(id)
			_, err := store.Lock(t.Context(), group, id)
			if (err == nil) != (wantErr == nil) || err != nil && !errors.Is(err, semaphore.ErrFull) {
				t.Fatalf("step %d: Lock(%q, %q) = %v, want %v", step, group, id, err, wantErr)
			}
			want[group] = next
		} else {
			unlock(t, store, group, id)
			want[group], _ = want[group].Unlock(id)
		}
		holders(t, store, group, want[group].TotalSlots, want[group].Holders...)
	}
}

func crowd(t *testing.T, store semaphore.Store) {
	var mu sync.Mutex
	inside, most := 0, 0
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			id := fmt.Sprint("node-", i)
			for range 20 {
				_, err := store.Lock(t.Context(), "g", id)
				if errors.Is(err, semaphore.ErrFull) {
					continue
				}
				if err != nil {
					t.Errorf("Lock: %v", err)
					return
				}
				mu.Lock()
				inside++
				most = max(most, inside)
				mu.Unlock()
				mu.Lock()
				inside--
				mu.Unlock()
				if _, err := store.Unlock(t.Context(), "g", id); err != nil {
					t.Errorf("Unlock: %v", err)
					return
				}
			}
		})
	}
	all.Wait()
	if most > 5 {
		t.Errorf("%d held the lock at once", most)
	}
	holders(t, store, "g", 5)
}
