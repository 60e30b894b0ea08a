package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nestos-dev/nestos/internal/fetch"
	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

const (
	// maxRemotes bounds the graphs that a policy engine keeps, whatever scopes clients invent.
	maxRemotes = 256
	// maxFirst bounds the fetches under way for scopes that have no graph yet: clients that invent scopes must not
	// flood the upstream.
	maxFirst = 32
	// patience is for how long requests wait for an upstream that is asked whether an older graph is still valid.
	patience = 500 * time.Millisecond
)

// remotes are the graphs of an upstream, one for each scope that clients ask for.
type remotes struct {
	base     *url.URL
	timeout  time.Duration
	fresh    time.Duration
	client   *fetch.Client
	encoder  *encoder
	failures func()
	now      func() time.Time
	log      *slog.Logger

	// all is replaced as a whole: requests read it without a lock.
	all atomic.Pointer[map[key]*remote]

	mu      sync.Mutex // of changes to all, and of the fields below
	ctx     context.Context
	cancel  context.CancelFunc
	fetches sync.WaitGroup
	first   int // fetches under way for scopes without a graph

	warned atomic.Int64 // the second of the last warning about a scope without a graph
}

// errBusy is for requests that would need one more than maxFirst.
var errBusy = errors.New("too many graphs are being fetched")

func newRemotes(base *url.URL) *remotes {
	r := &remotes{base: base}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	r.all.Store(&map[key]*remote{})
	return r
}

// close ends the fetches under way. None starts after it.
func (r *remotes) close() {
	r.mu.Lock()
	r.cancel()
	r.mu.Unlock()
	r.fetches.Wait()
}

// remote is a graph of the upstream.
type remote struct {
	source source[cincinnati.Graph] // of the one fetch under way
	last   string                   // text of the last failure, to warn of each only once

	// state is the last outcome, used without asking until the time until.
	state atomic.Pointer[state]
	used  atomic.Int64 // Unix nanoseconds of the last request, for eviction

	mu      sync.Mutex
	flight  chan struct{} // closed at the end of the fetch under way, nil when there is none
	started time.Time
}

// state is what the upstream said last: a snapshot, which stays across failures, or else an error.
type state struct {
	until     time.Time
	snapshot  *snapshot
	err       error
	refreshed time.Time // of the snapshot
}

// get gives the present graph of a scope, which is at most twice as old as the configured time while the upstream
// answers. Requests that find it out of date share one fetch; they do not wait long for it when there is an older
// graph to serve.
func (r *remotes) get(ctx context.Context, k key) (*snapshot, error) {
	now := time.Now()
	e := (*r.all.Load())[k]
	if e == nil {
		e = r.add(k)
	}
	e.used.Store(now.UnixNano())
	if st := e.state.Load(); st != nil && now.Before(st.until) {
		return st.snapshot, st.err
	}
	return r.renew(ctx, e)
}

// renew takes part in a fetch and returns its outcome, or an older graph.
func (r *remotes) renew(ctx context.Context, e *remote) (*snapshot, error) {
	e.mu.Lock()
	if e.flight == nil {
		if st := e.state.Load(); st != nil && time.Now().Before(st.until) {
			e.mu.Unlock()
			return st.snapshot, st.err
		}
		if err := r.start(e); err != nil {
			e.mu.Unlock()
			return nil, err
		}
	}
	flight, started := e.flight, e.started
	e.mu.Unlock()

	var late <-chan time.Time
	if st := e.state.Load(); st != nil && st.snapshot != nil {
		// While clients keep coming nobody waits: the graph is renewed behind their backs.
		if time.Now().Before(st.until.Add(r.fresh)) {
			return st.snapshot, nil
		}
		left := patience - time.Since(started)
		if left <= 0 {
			return st.snapshot, nil
		}
		timer := time.NewTimer(left)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-flight:
	case <-late:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	st := e.state.Load()
	return st.snapshot, st.err
}

// start begins a fetch, which goes on when the request that caused it ends. The error is that of the server's end,
// or errBusy. The caller holds the lock of e.
func (r *remotes) start(e *remote) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.ctx.Err(); err != nil {
		return err
	}
	first := 0
	if st := e.state.Load(); st == nil || st.snapshot == nil {
		first = 1
	}
	if first > 0 && r.first >= maxFirst {
		return errBusy
	}
	r.first += first
	flight := make(chan struct{})
	e.flight, e.started = flight, time.Now()
	r.fetches.Go(func() {
		st := r.fetch(e)
		r.mu.Lock()
		r.first -= first
		r.mu.Unlock()
		e.mu.Lock()
		e.state.Store(st)
		e.flight = nil
		e.mu.Unlock()
		close(flight)
	})
	return nil
}

// fetch asks the upstream. A failure is remembered as long as a success, so that one upstream request in that time
// is all it gets.
func (r *remotes) fetch(e *remote) *state {
	old := e.state.Load()
	st := &state{}
	changed, err := e.source.refresh(r.ctx, r.client, r.timeout, cincinnati.ParseGraph)
	switch {
	case err == nil && !changed && old != nil && old.snapshot != nil:
		st.snapshot = old.snapshot
	case err == nil:
		if st.snapshot, err = newSnapshot(e.source.value, true, r.encoder); err == nil {
			_, err = st.snapshot.answer(1, r.now().Unix())
		}
	}
	st.refreshed = r.now()
	if err != nil {
		st = r.failed(e, old, err)
	} else {
		e.last = ""
	}
	st.until = time.Now().Add(max(r.fresh, time.Millisecond))
	return st
}

// failed keeps serving what there is.
func (r *remotes) failed(e *remote, old *state, err error) *state {
	st := &state{err: err}
	if r.ctx.Err() == nil {
		r.failures()
		level := slog.LevelWarn
		// One line for each failure that is new; but clients can invent scopes, so of those that never had a graph
		// no more than one in a second.
		invented := old == nil || old.snapshot == nil
		if second := r.now().Unix(); err.Error() == e.last || invented && r.warned.Swap(second) == second {
			level = slog.LevelDebug
		}
		e.last = err.Error()
		r.log.Log(r.ctx, level, "asking the upstream failed", "url", fetch.RedactURL(e.source.url), "error", err,
			"serving_older_graph", old != nil && old.snapshot != nil)
	}
	if old != nil && old.snapshot != nil {
		st.snapshot, st.err, st.refreshed = old.snapshot, nil, old.refreshed
	}
	return st
}

// add makes the entry of a scope, at the cost of the one that was not asked for for the longest time.
func (r *remotes) add(k key) *remote {
	r.mu.Lock()
	defer r.mu.Unlock()
	old := *r.all.Load()
	if e := old[k]; e != nil {
		return e
	}
	// The strings are parts of a whole URL otherwise.
	k.stream, k.basearch = strings.Clone(k.stream), strings.Clone(k.basearch)
	all := make(map[key]*remote, len(old)+1)
	for k, e := range old {
		all[k] = e
	}
	if len(all) >= maxRemotes {
		delete(all, victim(all))
	}
	e := &remote{}
	e.source.url = r.address(k)
	e.used.Store(time.Now().UnixNano())
	all[k] = e
	r.all.Store(&all)
	return e
}

// victim is the scope to forget: the one asked for least recently, among those that never had a graph if there is
// any, for these may be inventions.
func victim(all map[key]*remote) (victim key) {
	best, bestEmpty := int64(0), false
	first := true
	for k, e := range all {
		st := e.state.Load()
		empty, used := st == nil || st.snapshot == nil, e.used.Load()
		if first || empty && !bestEmpty || empty == bestEmpty && used < best {
			victim, best, bestEmpty, first = k, used, empty, false
		}
	}
	return victim
}

// address is the URL of a scope's graph.
func (r *remotes) address(k key) string {
	u := *r.base
	q := u.Query()
	q.Set("basearch", k.basearch)
	q.Set("stream", k.stream)
	if k.oci {
		q.Set("oci", "true")
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// upstreamError turns a failure into what a client may know of it: nothing of the addresses inside.
func upstreamError(err error) *failure {
	var refused *fetch.Error
	switch {
	case errors.Is(err, errBusy):
		return busy
	case errors.As(err, &refused) && refused.StatusCode != 0:
		return &failure{500, cincinnati.KindFailedUpstreamRequest, fmt.Sprintf("the upstream answered with status %d", refused.StatusCode)}
	case errors.As(err, &refused), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &failure{500, cincinnati.KindFailedUpstreamFetch, "the upstream could not be asked"}
	}
	return &failure{500, cincinnati.KindFailedJSONIn, "the upstream's graph is not valid"}
}
