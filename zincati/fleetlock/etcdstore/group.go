package etcdstore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// group serves the requests for one key. While there are any, one goroutine works on them.
type group struct {
	store      *Store
	key        string
	configured uint64

	mu     sync.Mutex
	queue  []*op
	busy   bool
	closed bool

	// Of the goroutine alone: the value last seen. It may be out of date, which etcd finds out.
	known bool
	seen  state
	// Of the goroutine too: how many more times to give way to other servers, and how long a write takes.
	yields   int
	lastTook time.Duration
}

// errConflict has the words of airlock, which does not try again.
var errConflict = errors.New("conflict on semaphore detected, aborting")

const (
	firstPause = time.Millisecond
	maxPause   = 100 * time.Millisecond
	maxYield   = 20 * time.Millisecond
	// yieldsPerConflict is for how many writes a conflict is remembered.
	yieldsPerConflict = 8
)

func (g *group) enqueue(o *op) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return ErrClosed
	}
	g.queue = append(g.queue, o)
	if !g.busy {
		g.busy = true
		g.store.work.Add(1)
		go g.run()
	}
	return nil
}

func (g *group) run() {
	defer g.store.work.Done()
	for {
		ops, more := g.take()
		if !more {
			return
		}
		g.settle(ops)
		g.giveWay()
	}
}

// giveWay rests after a success for about as long as a write takes when other servers have been met lately. Those
// that lost repeat at once, and would lose for ever to one that always follows its own write with the next.
func (g *group) giveWay() {
	if g.yields > 0 {
		g.yields--
		g.rest(min(g.lastTook, maxYield))
	}
}

// take gives all that wait. When that is nothing, the goroutine is to end.
func (g *group) take() (ops []*op, more bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	ops, g.queue = g.queue, nil
	g.busy = len(ops) > 0
	return ops, g.busy
}

// join adds those that came in during an attempt; they need not wait for the end of the batch.
func (g *group) join(ops []*op) (_ []*op, joined bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	joined = len(g.queue) > 0
	ops = append(ops, g.queue...)
	g.queue = nil
	return ops, joined
}

// settle repeats attempts until each request is answered or given up by its caller.
func (g *group) settle(ops []*op) {
	pause := firstPause
	fresh := false // whether g.seen was read after all of ops had come in
	for {
		ops = slices.DeleteFunc(ops, func(o *op) bool { return o.ctx.Err() != nil })
		if len(ops) == 0 {
			return
		}
		done, err := g.attempt(ops, fresh)
		if done {
			return
		}
		conflict := errors.Is(err, errConflict)
		fresh = err == nil || conflict
		if err != nil {
			for _, o := range ops {
				o.last.Store(&err)
			}
		}
		switch {
		case conflict: // what the conflict has shown is out of date soon
			g.yields = yieldsPerConflict
		case err != nil:
			g.rest(pause)
			pause = min(2*pause, maxPause)
		}
		var joined bool
		if ops, joined = g.join(ops); joined {
			fresh = false
		}
	}
}

// attempt makes one request to etcd. Not done without an error means that g.seen is new.
func (g *group) attempt(ops []*op, fresh bool) (done bool, err error) {
	ctx, cancel := g.attemptContext(ops)
	defer cancel()
	if !g.known {
		return g.failed(ops, g.read(ctx))
	}
	p := decide(g.seen, g.configured, ops)
	switch {
	case p.write:
		err = g.write(ctx, p)
	case !fresh:
		before := g.seen.revision
		if err = g.read(ctx); err == nil && g.seen.revision != before {
			return false, nil
		}
	}
	if err != nil {
		return g.failed(ops, err)
	}
	p.deliver(ops)
	return true, nil
}

// failed answers with errors that would not go away; others lead to another attempt.
func (g *group) failed(ops []*op, err error) (done bool, _ error) {
	if err == nil || !permanent(err) {
		return false, err
	}
	for _, o := range ops {
		o.answer <- answer{err: err}
	}
	return true, err
}

// attemptContext ends when nobody waits any more, and early enough that another endpoint can be tried.
func (g *group) attemptContext(ops []*op) (context.Context, context.CancelFunc) {
	// A member that has lost its leader says so instead of waiting for one.
	ctx, cancel := context.WithTimeout(clientv3.WithRequireLeader(g.store.ctx), g.store.attempt)
	var waiting atomic.Int64
	waiting.Store(int64(len(ops)))
	stops := make([]func() bool, 0, len(ops))
	for _, o := range ops {
		stops = append(stops, context.AfterFunc(o.ctx, func() {
			if waiting.Add(-1) == 0 {
				cancel()
			}
		}))
	}
	return ctx, func() {
		for _, stop := range stops {
			stop()
		}
		cancel()
	}
}

// rest pauses for a random time around pause.
func (g *group) rest(pause time.Duration) {
	if pause <= 0 {
		return
	}
	select {
	case <-time.After(pause/2 + rand.N(pause)):
	case <-g.store.ctx.Done():
	}
}

// read is linearizable, the client's default.
func (g *group) read(ctx context.Context) error {
	resp, err := g.store.client.Get(ctx, g.key)
	if err != nil {
		return err
	}
	return g.learn(resp)
}

func (g *group) learn(resp *clientv3.GetResponse) error {
	g.known = false
	switch len(resp.Kvs) {
	case 0:
		g.seen = state{}
	case 1:
		s, err := decode(resp.Kvs[0].Value)
		if err != nil {
			return &valueError{err}
		}
		s.revision = resp.Kvs[0].ModRevision
		g.seen = s
	default:
		return &valueError{fmt.Errorf("unexpected number of results: %d", len(resp.Kvs))}
	}
	g.known = true
	return nil
}

// write replaces g.seen by p. The condition is on the revision, not on airlock's count of versions, which starts
// anew when a key is deleted; either excludes the other's changes.
func (g *group) write(ctx context.Context, p plan) error {
	value := g.seen.value
	if !p.same(g.seen) {
		var err error
		if value, err = encode(p.next, g.seen.foreign); err != nil {
			return &valueError{err}
		}
	}
	began := time.Now()
	resp, err := g.store.client.Txn(ctx).
		If(clientv3.Compare(clientv3.ModRevision(g.key), "=", g.seen.revision)).
		Then(clientv3.OpPut(g.key, string(value))).
		Else(clientv3.OpGet(g.key)).
		Commit()
	if err != nil {
		return err
	}
	g.lastTook = time.Since(began)
	if resp.Succeeded {
		g.seen = state{resp.Header.Revision, value, p.next, g.seen.foreign}
		return nil
	}
	if len(resp.Responses) != 1 || resp.Responses[0].GetResponseRange() == nil {
		return &valueError{fmt.Errorf("unexpected number of results: %d", len(resp.Responses))}
	}
	if err := g.learn((*clientv3.GetResponse)(resp.Responses[0].GetResponseRange())); err != nil {
		return err
	}
	return errConflict
}
