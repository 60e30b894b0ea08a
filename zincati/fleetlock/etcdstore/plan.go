package etcdstore

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
)

type kind int

const (
	opGet kind = iota
	opLock
	opUnlock
	opReconcile
)

// op is a request that waits for its answer.
type op struct {
	ctx    context.Context // ends when nobody waits for the answer any more
	kind   kind
	id     string // of opLock, opUnlock
	slots  uint64 // of opReconcile
	answer chan answer
	last   atomic.Pointer[error] // why the latest attempt did not bring the answer
}

type answer struct {
	sem semaphore.Semaphore
	err error
}

// plan is what a number of requests make of a state.
type plan struct {
	next    semaphore.Semaphore
	write   bool    // whether the answers need a write, be it of the same value
	refused []error // for each request: nil, or why it is refused on this state
}

// decide applies the requests in the order of their arrival: a node's release that follows its own forgotten
// request for the lock has the last word.
//
// Each granted lock and each release needs a write, also when it changes nothing. An earlier request of the same
// node may have been lost on its way to etcd, together with the server that sent it, and still arrive: a late
// release would take away the lock that its holder has just been told to have. It names a revision, which the write
// makes outdated.
func decide(s state, configured uint64, ops []*op) plan {
	p := plan{next: s.sem, refused: make([]error, len(ops))}
	if s.revision == 0 {
		p.next, p.write = semaphore.Semaphore{TotalSlots: configured}, true
	}
	p.next.Holders = append([]string{}, p.next.Holders...) // never nil
	for i, o := range ops {
		p.refused[i] = p.apply(o)
	}
	return p
}

func (p *plan) apply(o *op) error {
	at, held := slices.BinarySearch(p.next.Holders, o.id)
	switch o.kind {
	case opLock:
		if !held && uint64(len(p.next.Holders)) >= p.next.TotalSlots {
			return &semaphore.FullError{Slots: p.next.TotalSlots}
		}
		if !held {
			p.next.Holders = slices.Insert(p.next.Holders, at, o.id)
		}
		p.write = true
	case opUnlock:
		if held {
			p.next.Holders = slices.Delete(p.next.Holders, at, at+1)
		}
		p.write = true
	case opReconcile:
		p.write = p.write || p.next.TotalSlots != o.slots
		p.next.TotalSlots = o.slots
	}
	return nil
}

// same tells whether the plan keeps a state as it is.
func (p *plan) same(s state) bool {
	return s.revision != 0 && p.next.TotalSlots == s.sem.TotalSlots && slices.Equal(p.next.Holders, s.sem.Holders)
}

func (p *plan) deliver(ops []*op) {
	for i, o := range ops {
		o.answer <- answer{p.next, p.refused[i]}
	}
}
