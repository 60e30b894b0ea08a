package filestore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"sync"
	"time"

	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
)

// ErrClosed is returned by all methods of a closed store.
var ErrClosed = errors.New("the lock store is closed")

// ErrInUse is wrapped by [Open] when another process has the directory.
var ErrInUse = errors.New("in use by another process")

// maxName bounds group and id, in bytes; a request that is longer could not be
// recorded in one frame.
const maxName = 64 << 10

// Options tune a store. The zero value is right for a server.
type Options struct {
	// Logger gets a warning for a torn tail that was dropped and for each
	// failure of the disk; nil is silent.
	Logger *slog.Logger
	// Now is the clock for the times of grants; nil is time.Now.
	Now func() time.Time
	// Sync replaces fdatasync, for tests of what happens when it fails or
	// takes long.
	Sync func(*os.File) error
}

// Store is an open directory. It is a [semaphore.Store] and a
// [semaphore.GrantTimer].
type Store struct {
	logger *slog.Logger
	now    func() time.Time
	groups semaphore.Groups
	free   func() error // gives the directory back

	mu      sync.Mutex
	wake    sync.Cond             // something was queued, or closing was set
	entries map[string]*entry     // with the changes that are under way
	durable map[string]groupState // without them
	queue   []*batch
	failure error // of the last attempt to write
	waking  bool  // retry is going to be called
	// doubtful is that of the log: while it is set, what the groups are in
	// memory is not certain to be so after a crash.
	doubtful bool
	closing  bool
	ended    chan struct{} // the committer is done

	log      *log // the committer's
	retryAt  time.Time
	pause    time.Duration
	closeErr error
}

// entry is a group as it will be when all batches are durable; batch is the
// last one that changes it, perhaps done.
type entry struct {
	groupState
	batch *batch
}

// batch is what one fdatasync will make durable.
type batch struct {
	frame []byte
	after map[string]groupState // groups changed, as they are then
	done  chan struct{}
	err   error // valid after done
}

func (s *Store) run() {
	defer close(s.ended)
	for {
		b := s.next()
		if b == nil {
			return
		}
		s.finish(b, s.commit(b))
	}
}

// next waits for a batch; nil means that the store is closed and all is
// written.
func (s *Store) next() *batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.queue) == 0 {
		if s.closing {
			return nil
		}
		s.wake.Wait()
	}
	b := s.queue[0]
	s.queue = s.queue[1:]
	return b
}

// usualPause is how long a failed disk is left alone: each attempt writes a
// whole new file.
const usualPause = 200 * time.Millisecond

func (s *Store) commit(b *batch) error {
	if s.log.file == nil && time.Now().Before(s.retryAt) {
		return s.failure
	}
	err := s.log.commit(b.frame, s.durable)
	if err != nil {
		s.retryAt = time.Now().Add(s.pause)
		if s.failure == nil || s.failure.Error() != err.Error() {
			s.logger.Error("the lock store cannot write", "error", err)
		}
	}
	return err
}

// finish publishes the result of a batch. After a failure the groups are again
// what is known to be durable, and whatever was built upon the batch fails
// with it.
func (s *Store) finish(b *batch, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil && s.failure != nil {
		s.logger.Warn("the lock store can write again")
	}
	s.failure, s.doubtful = err, s.log.doubtful
	if err == nil {
		maps.Copy(s.durable, b.after)
		close(b.done)
		return
	}
	for _, lost := range append([]*batch{b}, s.queue...) {
		lost.err = err
		close(lost.done)
	}
	s.queue = nil
	for name, g := range s.durable {
		s.entries[name] = &entry{groupState: g}
	}
	if !s.waking {
		s.waking = true
		time.AfterFunc(retryInterval, s.retry)
	}
}

// retryInterval is how often a store that cannot write tries it when nobody
// asks: somebody may be waiting for it to be well before asking.
const retryInterval = time.Second

// retry queues a batch without changes, unless something is queued anyway.
func (s *Store) retry() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waking = false
	if s.failure != nil && !s.closing && len(s.queue) == 0 {
		s.current()
	}
}

// add queues a change; the caller holds mu.
func (s *Store) add(e *entry, next groupState, rec record) *batch {
	b := s.current()
	b.frame = rec.append(b.frame)
	b.after[rec.group] = next
	e.groupState, e.batch = next, b
	return b
}

// current is the batch that is being filled; the caller holds mu.
func (s *Store) current() *batch {
	if n := len(s.queue); n > 0 && len(s.queue[n-1].frame) < maxChanges/4 {
		return s.queue[n-1]
	}
	b := &batch{frame: beginFrame(make([]byte, 0, 512)), after: map[string]groupState{}, done: make(chan struct{})}
	s.queue = append(s.queue, b)
	s.wake.Signal()
	return b
}

// unchanged returns what a success that changes nothing has to wait for: a
// change of the group by somebody else that is under way, or, if an earlier
// change failed and may be on the disk nevertheless, a file without it. The
// caller holds mu.
func (s *Store) unchanged(e *entry) *batch {
	if s.doubtful {
		return s.current()
	}
	return e.batch
}

// wait returns when the batch is durable, has failed, or ctx ends. A nil batch
// is durable.
func (b *batch) wait(ctx context.Context) error {
	if b == nil {
		return nil
	}
	select {
	case <-b.done:
		return b.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// change runs one operation under the lock and waits for what it depends on.
// step returns the batch to wait for.
func (s *Store) change(ctx context.Context, group, id string, step func(e *entry) (*batch, error)) (semaphore.Semaphore, error) {
	if err := ctx.Err(); err != nil {
		return semaphore.Semaphore{}, err
	}
	if len(id) > maxName {
		return semaphore.Semaphore{}, fmt.Errorf("an id of %d bytes is not supported", len(id))
	}
	s.mu.Lock()
	e, known := s.entries[group]
	if s.closing || !known {
		closing := s.closing
		s.mu.Unlock()
		if closing {
			return semaphore.Semaphore{}, ErrClosed
		}
		return semaphore.Semaphore{}, fmt.Errorf("%w %q", semaphore.ErrUnknownGroup, group)
	}
	b, err := step(e)
	sem := e.sem
	s.mu.Unlock()
	if err != nil {
		return sem, err
	}
	return sem, b.wait(ctx)
}

// Lock implements [semaphore.Store].
func (s *Store) Lock(ctx context.Context, group, id string) (semaphore.Semaphore, error) {
	if _, configured := s.groups[group]; !configured {
		return semaphore.Semaphore{}, fmt.Errorf("%w %q", semaphore.ErrUnknownGroup, group)
	}
	return s.change(ctx, group, id, func(e *entry) (*batch, error) {
		at := max(s.now().UnixMilli(), 0)
		next, changed, err := e.lock(id, at)
		if err != nil {
			return nil, err
		}
		if !changed {
			return s.unchanged(e), nil
		}
		return s.add(e, next, record{op: opLock, group: group, id: id, value: uint64(at)}), nil
	})
}

// Unlock implements [semaphore.Store]. It also works for a group that is in
// the store but no longer configured.
func (s *Store) Unlock(ctx context.Context, group, id string) (semaphore.Semaphore, error) {
	return s.change(ctx, group, id, func(e *entry) (*batch, error) {
		next, changed := e.unlock(id)
		if !changed {
			return s.unchanged(e), nil
		}
		return s.add(e, next, record{op: opUnlock, group: group, id: id}), nil
	})
}

// Get implements [semaphore.Store]. It never touches the disk, as Open creates
// the groups.
func (s *Store) Get(_ context.Context, group string) (semaphore.Semaphore, error) {
	return s.change(context.Background(), group, "", func(*entry) (*batch, error) { return nil, nil })
}

// Reconcile implements [semaphore.Store].
func (s *Store) Reconcile(ctx context.Context, group string, slots uint64) (semaphore.Semaphore, error) {
	return s.change(ctx, group, "", func(e *entry) (*batch, error) {
		if e.sem.TotalSlots == slots {
			return s.unchanged(e), nil
		}
		return s.add(e, e.resize(slots), record{op: opSlots, group: group, value: slots}), nil
	})
}

// Granted implements [semaphore.GrantTimer].
func (s *Store) Granted(group string) map[string]time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, known := s.entries[group]
	if !known {
		return nil
	}
	times := make(map[string]time.Time, len(e.sem.Holders))
	for i, id := range e.sem.Holders {
		if at := e.granted[i]; at > 0 {
			times[id] = time.UnixMilli(at)
		}
	}
	return times
}

// Health returns the error of the last attempt to write, nil when it
// succeeded.
func (s *Store) Health() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failure
}

// Close writes what is queued, seals the file and gives the directory back.
// An error means that the store was not sealed; no acknowledged change is
// lost by that. A second call returns the same.
func (s *Store) Close() error {
	s.mu.Lock()
	first := !s.closing
	s.closing = true
	s.wake.Signal()
	s.mu.Unlock()
	<-s.ended
	if !first {
		return s.closeErr
	}
	s.closeErr = errors.Join(s.log.seal(s.durable), s.free())
	return s.closeErr
}
