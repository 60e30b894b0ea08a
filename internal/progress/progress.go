package progress

import (
	"io"
	"sync"
	"time"
)

// State is the stage of a task.
type State string

// The states of a task.
const (
	Started State = "started"
	Running State = "running"
	Done    State = "done"
	Failed  State = "failed"
)

// Final reports whether no event follows for the task.
func (s State) Final() bool { return s == Done || s == Failed }

// Count is an amount of work.
type Count struct {
	// Cached is what was there before and needs no work.
	Cached int64 `json:"cached,omitempty"`
	// Done is what has been worked on, Cached excluded.
	Done int64 `json:"done,omitempty"`
	// Total is Cached and Done at the end; 0 is unknown.
	Total int64 `json:"total,omitempty"`
}

// Fraction returns the part that is finished, 0 to 1; false if unknown.
func (c Count) Fraction() (float64, bool) {
	if c.Total <= 0 {
		return 0, false
	}
	f := float64(c.Cached+c.Done) / float64(c.Total)
	return min(max(f, 0), 1), true
}

// Event tells how far a task is.
type Event struct {
	// Task names the kind of work for machines: lower case, hyphens.
	Task string `json:"task"`
	// ID tells tasks of one kind apart that run at the same time.
	ID string `json:"id,omitempty"`
	// Text is for people; one line.
	Text string `json:"text,omitempty"`
	// State is the stage of the task.
	State State `json:"state"`
	// Bytes and Items measure the work; both, either or neither are used.
	Bytes Count `json:"bytes,omitzero"`
	Items Count `json:"items,omitzero"`
}

// Reporter receives events.
type Reporter interface {
	Report(Event)
}

// Func makes a function a [Reporter].
type Func func(Event)

// Report implements [Reporter].
func (f Func) Report(e Event) { f(e) }

// Report passes an event on; a nil r drops it.
func Report(r Reporter, e Event) {
	if r != nil {
		r.Report(e)
	}
}

// Multi passes each event to all reporters; nil ones are left out, and it
// returns nil if there is none.
func Multi(reporters ...Reporter) Reporter {
	var list multi
	for _, r := range reporters {
		if r != nil {
			list = append(list, r)
		}
	}
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	return list
}

type multi []Reporter

func (m multi) Report(e Event) {
	for _, r := range m {
		r.Report(e)
	}
}

// Limit passes on at most one running event per task and interval, and all
// others. It returns nil for a nil r.
func Limit(r Reporter, interval time.Duration) Reporter {
	if r == nil {
		return nil
	}
	return &limiter{next: r, interval: interval, last: map[key]time.Time{}}
}

type key struct{ task, id string }

type limiter struct {
	next     Reporter
	interval time.Duration
	mu       sync.Mutex
	last     map[key]time.Time
}

func (l *limiter) Report(e Event) {
	if l.pass(e, time.Now()) {
		l.next.Report(e)
	}
}

func (l *limiter) pass(e Event, now time.Time) bool {
	k := key{e.Task, e.ID}
	l.mu.Lock()
	defer l.mu.Unlock()
	if e.State.Final() {
		delete(l.last, k)
		return true
	}
	if last, ok := l.last[k]; ok && e.State == Running && now.Sub(last) < l.interval {
		return false
	}
	l.last[k] = now
	return true
}

// Task counts the work of one task and reports it. A nil *Task counts nothing,
// so code need not ask whether anybody listens. It is safe for concurrent use.
type Task struct {
	r  Reporter
	mu sync.Mutex
	e  Event
}

// Start reports that a task begins. e.Bytes and e.Items may hold what is known
// of the totals. It returns nil for a nil r.
func Start(r Reporter, e Event) *Task {
	if r == nil {
		return nil
	}
	e.State = Started
	t := &Task{r: r, e: e}
	r.Report(e)
	return t
}

// Update changes the event under a lock and reports it as running. Events
// reach the reporter in the order of the changes.
func (t *Task) Update(change func(e *Event)) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.e.State.Final() {
		return
	}
	t.e.State = Running
	change(&t.e)
	t.r.Report(t.e)
}

// Add counts finished bytes and items.
func (t *Task) Add(bytes, items int64) {
	t.Update(func(e *Event) {
		e.Bytes.Done += bytes
		e.Items.Done += items
	})
}

// AddCached counts bytes and items that need no work.
func (t *Task) AddCached(bytes, items int64) {
	t.Update(func(e *Event) {
		e.Bytes.Cached += bytes
		e.Items.Cached += items
	})
}

// AddTotal raises the totals, as more work is found.
func (t *Task) AddTotal(bytes, items int64) {
	t.Update(func(e *Event) {
		e.Bytes.Total += bytes
		e.Items.Total += items
	})
}

// End reports that the task is done, or failed if err is not nil. Only the
// first call counts.
func (t *Task) End(err error) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.e.State.Final() {
		return
	}
	t.e.State = Done
	if err != nil {
		t.e.State = Failed
	}
	t.r.Report(t.e)
}

// Reader counts the bytes that are read through it.
func (t *Task) Reader(r io.Reader) io.Reader {
	if t == nil {
		return r
	}
	return &reader{r, t}
}

type reader struct {
	r io.Reader
	t *Task
}

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if n > 0 {
		r.t.Add(int64(n), 0)
	}
	return n, err
}
