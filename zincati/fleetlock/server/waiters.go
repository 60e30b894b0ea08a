package server

import (
	"container/list"
	"sync"
	"time"

	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
)

const (
	// waiterExpiry is when somebody who does not ask any more is forgotten.
	// Agents ask every five minutes and a half at the latest.
	waiterExpiry = 10 * time.Minute
	// maxWaiters bounds the memory of one group's waiters; those above it are
	// refused like the others, and only not remembered.
	maxWaiters = 20000
	// maxWaiterID bounds the ids that are remembered, in bytes.
	maxWaiterID = 256
)

// Waiter is a node that was refused and is likely to ask again.
type Waiter struct {
	ID       string    `json:"id"`        // of the node
	Since    time.Time `json:"since"`     // first refusal
	LastSeen time.Time `json:"last_seen"` // last refusal
}

// waiters remembers who was refused, per group. It lives in memory only: after
// a restart everybody is a newcomer.
type waiters struct {
	mu     sync.Mutex
	groups map[string]*queue
}

// queue has the waiters in order of their first refusal.
type queue struct {
	order *list.List // of *Waiter
	byID  map[string]*list.Element
	swept time.Time // last search for expired ones, when there were too many
}

func newWaiters(groups semaphore.Groups) *waiters {
	w := &waiters{groups: make(map[string]*queue, len(groups))}
	for name := range groups {
		w.groups[name] = &queue{order: list.New(), byID: map[string]*list.Element{}}
	}
	return w
}

// refused notes a refusal.
func (w *waiters) refused(group, id string, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	q := w.groups[group]
	if e, known := q.byID[id]; known {
		waiter := e.Value.(*Waiter)
		if now.Sub(waiter.LastSeen) <= waiterExpiry {
			waiter.LastSeen = now
			return
		}
		q.remove(e)
	}
	if len(id) > maxWaiterID {
		return
	}
	if len(q.byID) >= maxWaiters && now.Sub(q.swept) > time.Second {
		q.swept = now
		q.expire(now)
	}
	if len(q.byID) < maxWaiters {
		q.byID[id] = q.order.PushBack(&Waiter{ID: id, Since: now, LastSeen: now})
	}
}

// gone forgets a node that got what it wanted or gave up.
func (w *waiters) gone(group, id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	q := w.groups[group]
	if e, known := q.byID[id]; known {
		q.remove(e)
	}
}

// ahead counts those who wait longer than id and still ask, up to limit; for
// who does not wait yet that is everybody. Those who ask no more are dropped
// on the way, so a dead node holds up others for waiterExpiry at most.
func (w *waiters) ahead(group, id string, limit uint64, now time.Time) uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	q := w.groups[group]
	count := uint64(0)
	for e := q.order.Front(); e != nil && count < limit; {
		waiter, next := e.Value.(*Waiter), e.Next()
		if now.Sub(waiter.LastSeen) > waiterExpiry {
			q.remove(e)
		} else if waiter.ID == id {
			break
		} else {
			count++
		}
		e = next
	}
	return count
}

// list returns the waiters of a group, the oldest first.
func (w *waiters) list(group string, now time.Time) []Waiter {
	w.mu.Lock()
	defer w.mu.Unlock()
	q, known := w.groups[group]
	if !known {
		return nil
	}
	q.expire(now)
	all := make([]Waiter, 0, q.order.Len())
	for e := q.order.Front(); e != nil; e = e.Next() {
		all = append(all, *e.Value.(*Waiter))
	}
	return all
}

// summary counts the waiters of a group and says how long the oldest waits.
func (w *waiters) summary(group string, now time.Time) (n int, oldest time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	q := w.groups[group]
	q.expire(now)
	if front := q.order.Front(); front != nil {
		oldest = now.Sub(front.Value.(*Waiter).Since)
	}
	return q.order.Len(), oldest
}

func (q *queue) expire(now time.Time) {
	for e := q.order.Front(); e != nil; {
		next := e.Next()
		if now.Sub(e.Value.(*Waiter).LastSeen) > waiterExpiry {
			q.remove(e)
		}
		e = next
	}
}

func (q *queue) remove(e *list.Element) {
	delete(q.byID, e.Value.(*Waiter).ID)
	q.order.Remove(e)
}
