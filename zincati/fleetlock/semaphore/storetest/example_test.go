package storetest_test

import (
	"context"
	"sync"
	"testing"

	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore/storetest"
)

// memory is a store that forgets everything with its process: enough for a test, not for a lock server.
type memory struct {
	mu     sync.Mutex
	groups map[string]semaphore.Semaphore
}

func newMemory(groups semaphore.Groups) *memory {
	m := &memory{groups: map[string]semaphore.Semaphore{}}
	for name, slots := range groups {
		m.groups[name] = semaphore.Semaphore{TotalSlots: slots, Holders: []string{}}
	}
	return m
}

// change applies f to the semaphore of a group unless the context has ended or f fails.
func (m *memory) change(ctx context.Context, group string, f func(*semaphore.Semaphore) error) (semaphore.Semaphore, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, known := m.groups[group]
	if !known {
		return semaphore.Semaphore{}, semaphore.ErrUnknownGroup
	}
	if err := ctx.Err(); err != nil {
		return s, err
	}
	if err := f(&s); err != nil {
		return s, err
	}
	m.groups[group] = s
	return s, nil
}

// Lock implements semaphore.Store.
func (m *memory) Lock(ctx context.Context, group, id string) (semaphore.Semaphore, error) {
	return m.change(ctx, group, func(s *semaphore.Semaphore) (err error) {
		*s, _, err = s.Lock(id)
		return err
	})
}

// Unlock implements semaphore.Store.
func (m *memory) Unlock(ctx context.Context, group, id string) (semaphore.Semaphore, error) {
	return m.change(ctx, group, func(s *semaphore.Semaphore) error {
		*s, _ = s.Unlock(id)
		return nil
	})
}

// Get implements semaphore.Store.
func (m *memory) Get(ctx context.Context, group string) (semaphore.Semaphore, error) {
	return m.change(ctx, group, func(*semaphore.Semaphore) error { return nil })
}

// Reconcile implements semaphore.Store.
func (m *memory) Reconcile(ctx context.Context, group string, slots uint64) (semaphore.Semaphore, error) {
	return m.change(ctx, group, func(s *semaphore.Semaphore) error {
		s.TotalSlots = slots
		return nil
	})
}

// Close implements semaphore.Store.
func (m *memory) Close() error { return nil }

// A store in memory is put to the test. [storetest.Run] needs the t of a test, so the example is compiled only; the
// package's own test runs it.
func ExampleRun() {
	var t *testing.T // of the test that this is in

	storetest.Run(t, func(t *testing.T, groups semaphore.Groups) semaphore.Store { return newMemory(groups) })
}
