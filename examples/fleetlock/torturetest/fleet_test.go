package torturetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/zincati/fleetlock"
)

// fleet is a number of nodes that take locks, hold them for a moment and give them back.
//
// Each node keeps to what a client may know: it holds the lock from the 200 until it sends the release. A request
// without a reply has an unknown outcome.
type fleet struct {
	t       *testing.T
	servers []*lockServer
	nodes   []*node
	stop    chan struct{}
	done    sync.WaitGroup

	// calm is held for reading by each request to a server, so that the holder of the write lock has no request in
	// progress anywhere.
	calm sync.RWMutex

	holding  atomic.Int64
	granted  atomic.Int64
	refused  atomic.Int64
	unknown  atomic.Int64
	verified atomic.Int64
	most     atomic.Int64
}

// node is one client; state may be read by who has fleet.calm.
type node struct {
	id      string
	clients []*fleetlock.Client
	at      int // the server it talks to
	state   nodeState
}

type nodeState int

const (
	without   nodeState = iota // never asked, told no, or released
	uncertain                  // asked or released without a reply
	holds
)

func newFleet(t *testing.T, n int, servers ...*lockServer) *fleet {
	t.Helper()
	f := &fleet{t: t, servers: servers, stop: make(chan struct{})}
	tr := &http.Transport{MaxIdleConnsPerHost: n}
	t.Cleanup(tr.CloseIdleConnections)
	for i := range n {
		nd := &node{id: fmt.Sprintf("node-%03d", i), at: i % len(servers)}
		for _, s := range servers {
			// The server gives up first, so that no request of a node is in progress after the node's next one
			// unless the server has died.
			c, err := fleetlock.NewClient(s.base, group, nd.id, &fleetlock.Options{Transport: tr, Timeout: 20 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			nd.clients = append(nd.clients, c)
		}
		f.nodes = append(f.nodes, nd)
	}
	return f
}

func (f *fleet) run() {
	for _, n := range f.nodes {
		f.done.Go(func() {
			for !f.stopped() {
				f.cycle(n)
			}
			f.release(n)
		})
	}
}

// finish lets each node give back what it has and waits for that.
func (f *fleet) finish() {
	close(f.stop)
	f.done.Wait()
}

func (f *fleet) stopped() bool {
	select {
	case <-f.stop:
		return true
	default:
		return false
	}
}

func (f *fleet) cycle(n *node) {
	for !f.lock(n) {
		if f.stopped() || n.state == uncertain && rand.IntN(4) == 0 {
			break // changes its mind, which it may only do by a release
		}
		f.pause(20 * time.Millisecond)
		if rand.IntN(3) == 0 {
			time.Sleep(rand.N(150 * time.Millisecond))
		}
	}
	if n.state == holds && rand.IntN(3) > 0 {
		time.Sleep(rand.N(60 * time.Millisecond))
		f.verify(n)
	}
	f.release(n)
}

func (f *fleet) pause(d time.Duration) { time.Sleep(d/2 + rand.N(d)) }

// lock asks once.
func (f *fleet) lock(n *node) bool {
	f.calm.RLock()
	defer f.calm.RUnlock()
	err := n.client().PreReboot(context.Background())
	if err == nil {
		f.enter(n)
		return true
	}
	if toldNo(err) {
		f.refused.Add(1)
		n.state = without
		return false
	}
	f.lost(n, err)
	return false
}

func (f *fleet) enter(n *node) {
	h := f.holding.Add(1)
	if h > slots {
		f.t.Errorf("%d nodes hold one of %d slots", h, slots)
	}
	for most := f.most.Load(); h > most && !f.most.CompareAndSwap(most, h); most = f.most.Load() {
	}
	f.granted.Add(1)
	n.state = holds
}

// toldNo tells a refusal from a failure.
func toldNo(err error) bool {
	var e *fleetlock.Error
	return errors.As(err, &e) && e.Kind == "failed_lock" && strings.HasSuffix(e.Value, "semaphore slots currently locked")
}

// lost notes an unknown outcome and turns to the next server.
func (f *fleet) lost(n *node, err error) {
	var e *fleetlock.Error
	if errors.As(err, &e) && e.Status != 0 && e.Status != 500 && e.Status != 503 {
		f.t.Errorf("%s: unexpected reply: %v", n.id, err)
	}
	f.unknown.Add(1)
	n.state = uncertain
	n.at = (n.at + 1) % len(n.clients)
}

func (n *node) client() *fleetlock.Client { return n.clients[n.at] }

// release repeats until it is acknowledged.
func (f *fleet) release(n *node) {
	for !f.tryRelease(n) {
		f.pause(50 * time.Millisecond)
	}
}

func (f *fleet) tryRelease(n *node) bool {
	f.calm.RLock()
	defer f.calm.RUnlock()
	if n.state == holds {
		f.holding.Add(-1)
	}
	n.state = uncertain
	if err := n.client().SteadyState(context.Background()); err != nil {
		f.lost(n, err)
		return false
	}
	n.state = without
	return true
}

// verify looks from outside at a lock that is held.
func (f *fleet) verify(n *node) {
	f.calm.RLock()
	defer f.calm.RUnlock()
	set, err := f.servers[n.at].holders()
	if err != nil {
		return
	}
	f.verified.Add(1)
	if !set[n.id] {
		f.t.Errorf("%s holds a lock that the server does not know", n.id)
	}
}

// audit compares the views of all nodes with what the servers and the operators' command show, while nothing moves.
func (f *fleet) audit() {
	f.calm.Lock()
	defer f.calm.Unlock()
	for _, s := range f.servers {
		s.wait()
		for name, look := range map[string]func() (map[string]bool, error){"GET v1/slots": s.holders, "ex get slots --json": s.inspect} {
			set, err := look()
			if err != nil {
				f.t.Errorf("%s: %v", name, err)
				continue
			}
			f.compare(name, set)
		}
	}
}

func (f *fleet) compare(source string, set map[string]bool) {
	if len(set) > slots {
		f.t.Errorf("%s shows %d holders", source, len(set))
	}
	for _, n := range f.nodes {
		switch {
		case n.state == holds && !set[n.id]:
			f.t.Errorf("%s: the lock of %s is lost", source, n.id)
		case n.state == without && set[n.id]:
			f.t.Errorf("%s: %s has a slot without having the lock", source, n.id)
		}
		delete(set, n.id)
	}
	for id := range set {
		f.t.Errorf("%s: unknown holder %q", source, id)
	}
}

// afterwards checks that no slot is stuck and that each node can have the lock.
func (f *fleet) afterwards() {
	for _, s := range f.servers {
		set, err := s.inspect()
		if err != nil || len(set) > 0 {
			f.t.Errorf("left at the end: %v, %v", set, err)
		}
	}
	for _, n := range f.nodes {
		if err := n.client().PreReboot(context.Background()); err != nil {
			f.t.Errorf("%s does not get the lock of an idle fleet: %v", n.id, err)
		}
		if err := n.client().SteadyState(context.Background()); err != nil {
			f.t.Errorf("%s cannot release: %v", n.id, err)
		}
	}
	for i, n := range f.nodes[:slots+1] {
		if err := n.client().PreReboot(context.Background()); (err == nil) != (i < slots) {
			f.t.Errorf("lock %d of %d: %v", i+1, slots, err)
		}
	}
}
