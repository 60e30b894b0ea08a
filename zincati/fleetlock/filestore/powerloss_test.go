package filestore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
)

// recorder is a layer that remembers everything that was asked of it, in
// order, together with what the test did, so that the disk can be built as it
// was after a power loss at any moment.
type recorder struct {
	mu    sync.Mutex
	log   []event
	nodes int
	names map[string]int // as a running system sees them
	fail  func(kind eventKind) error
	data  map[int][]byte // as a running system sees it
}

type eventKind int

const (
	evWrite eventKind = iota
	evSync
	evSyncFailed
	evCreate
	evRename
	evRemove
	evSyncDir
	evStart // the test asks for something
	evAck   // and has a result
)

type event struct {
	kind     eventKind
	node     int
	off      int64
	data     []byte
	from, to string
	client   int  // evStart, evAck
	held     bool // the client's state if the request takes effect
}

func newRecorder() *recorder {
	return &recorder{names: map[string]int{}, data: map[int][]byte{}}
}

func (r *recorder) do(e event, effect func()) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fail != nil {
		if err := r.fail(e.kind); err != nil {
			switch e.kind {
			case evWrite: // some of it may have been written
				e.data = e.data[:len(e.data)/2]
				r.log = append(r.log, e)
				effect()
			case evSync:
				e.kind = evSyncFailed
				r.log = append(r.log, e)
			}
			return err
		}
	}
	r.log = append(r.log, e)
	if effect != nil {
		effect()
	}
	return nil
}

func (r *recorder) read(name string) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	node, ok := r.names[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return slices.Clone(r.data[node]), nil
}

func (r *recorder) create(name string) (logFile, error) {
	r.mu.Lock()
	r.nodes++
	node := r.nodes
	r.mu.Unlock()
	err := r.do(event{kind: evCreate, node: node, to: name}, func() { r.names[name] = node; r.data[node] = nil })
	return &recordedFile{r, node}, err
}

func (r *recorder) rename(from, to string) error {
	return r.do(event{kind: evRename, from: from, to: to}, func() { r.names[to] = r.names[from]; delete(r.names, from) })
}

func (r *recorder) remove(name string) error {
	return r.do(event{kind: evRemove, to: name}, func() { delete(r.names, name) })
}

func (r *recorder) syncDir() error { return r.do(event{kind: evSyncDir}, nil) }

func (r *recorder) inPlace(string, logFile) error { return nil }

type recordedFile struct {
	r    *recorder
	node int
}

func (f *recordedFile) WriteAt(p []byte, off int64) (int, error) {
	e := event{kind: evWrite, node: f.node, off: off, data: slices.Clone(p)}
	return len(p), f.r.do(e, func() { f.r.data[f.node] = writeAt(f.r.data[f.node], off, p) })
}

func (f *recordedFile) sync() error  { return f.r.do(event{kind: evSync, node: f.node}, nil) }
func (f *recordedFile) Close() error { return nil }

func writeAt(data []byte, off int64, p []byte) []byte {
	if need := int(off) + len(p); len(data) < need {
		data = append(data, make([]byte, need-len(data))...)
	}
	copy(data[off:], p)
	return data
}

// disk is what a power loss leaves of the first n events: synced data whole,
// each other write by the choice of torn, and of the changes of names since
// the last sync of the directory the first few.
func disk(log []event, torn func([]byte, int64) [][2]int, names func(n int) int) *recorder {
	r := newRecorder()
	pending := map[int][]event{} // writes, by node
	var changes []event
	apply := func(e event) {
		for _, part := range torn(e.data, e.off) {
			r.data[e.node] = writeAt(r.data[e.node], e.off+int64(part[0]), e.data[part[0]:part[1]])
		}
	}
	for _, e := range log {
		switch e.kind {
		case evWrite:
			pending[e.node] = append(pending[e.node], e)
		case evSync:
			for _, w := range pending[e.node] {
				r.data[w.node] = writeAt(r.data[w.node], w.off, w.data)
			}
			pending[e.node] = nil
		case evSyncFailed: // a later success says nothing about these
			for _, w := range pending[e.node] {
				apply(w)
			}
			pending[e.node] = nil
		case evCreate, evRename, evRemove:
			changes = append(changes, e)
		case evSyncDir:
			r.change(changes)
			changes = nil
		}
	}
	r.change(changes[:names(len(changes))])
	for _, node := range slices.Sorted(maps.Keys(pending)) {
		for _, w := range pending[node] {
			apply(w)
		}
	}
	return r
}

func (r *recorder) change(changes []event) {
	for _, e := range changes {
		switch e.kind {
		case evCreate:
			r.names[e.to] = e.node
		case evRename:
			r.names[e.to] = r.names[e.from]
			delete(r.names, e.from)
		case evRemove:
			delete(r.names, e.to)
		}
	}
	for _, node := range r.names {
		r.nodes = max(r.nodes, node)
	}
}

// The ways in which writes that were not synced reach the disk.
func nothing([]byte, int64) [][2]int        { return nil }
func everything(p []byte, _ int64) [][2]int { return [][2]int{{0, len(p)}} }

func prefix(rng *rand.Rand) func([]byte, int64) [][2]int {
	return func(p []byte, _ int64) [][2]int { return [][2]int{{0, rng.IntN(len(p) + 1)}} }
}

// sectors keeps each sector of 512 bytes with even chance.
func sectors(rng *rand.Rand) func([]byte, int64) [][2]int {
	return func(p []byte, off int64) (parts [][2]int) {
		for at := 0; at < len(p); {
			end := min(len(p), at+512-int((off+int64(at))%512))
			if rng.IntN(2) == 0 {
				parts = append(parts, [2]int{at, end})
			}
			at = end
		}
		return parts
	}
}

// load runs clients that lock and unlock, each for an id of its own, and
// records what they ask and learn.
func loadStore(r *recorder, s *Store, clients, rounds int) {
	var all sync.WaitGroup
	for c := range clients {
		all.Go(func() {
			id := fmt.Sprintf("client-%d-%s", c, longPart)
			for range rounds {
				for _, lock := range []bool{true, false} {
					_ = r.do(event{kind: evStart, client: c, held: lock}, nil)
					var err error
					if lock {
						_, err = s.Lock(context.Background(), "g", id)
					} else {
						_, err = s.Unlock(context.Background(), "g", id)
					}
					if err == nil {
						_ = r.do(event{kind: evAck, client: c, held: lock}, nil)
					}
				}
			}
		})
	}
	all.Wait()
}

// longPart makes frames of several sectors.
var longPart = string(slices.Repeat([]byte("x"), 300))

// allowed is what the clients know at the end of a log: for each, whether it
// may hold the lock and whether it may not.
func allowed(log []event, clients int) (may, mayNot []bool) {
	may, mayNot = make([]bool, clients), slices.Repeat([]bool{true}, clients)
	for _, e := range log {
		switch {
		case e.kind == evStart && e.held:
			may[e.client] = true
		case e.kind == evStart:
			mayNot[e.client] = true
		case e.kind == evAck:
			may[e.client], mayNot[e.client] = e.held, !e.held
		}
	}
	return may, mayNot
}

const (
	lossClients = 8
	lossSlots   = 5
)

// checkDisk opens what a power loss left, compares it with what the clients
// know, and uses it.
func checkDisk(t *testing.T, what string, d *recorder, log []event) {
	t.Helper()
	s, err := open(d, semaphore.Groups{"g": lossSlots}, &Options{}, func() error { return nil }, 2048)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	defer s.Close()
	sem, err := s.Get(context.Background(), "g")
	if err != nil || len(sem.Holders) > lossSlots || sem.TotalSlots != lossSlots {
		t.Fatalf("%s: %d holders of %d slots, %v", what, len(sem.Holders), sem.TotalSlots, err)
	}
	may, mayNot := allowed(log, lossClients)
	for c := range lossClients {
		held := sem.Holds(fmt.Sprintf("client-%d-%s", c, longPart))
		if held && !may[c] || !held && !mayNot[c] {
			t.Fatalf("%s: client %d holds the lock: %v, which it knows to be wrong", what, c, held)
		}
	}
	for _, id := range sem.Holders {
		if _, err := s.Unlock(context.Background(), "g", id); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	if _, err := s.Lock(context.Background(), "g", "new"); err != nil {
		t.Fatalf("%s: the store cannot be used: %v", what, err)
	}
}

// checkAll cuts the power after each event.
func checkAll(t *testing.T, log []event) {
	t.Helper()
	rng := rand.New(rand.NewPCG(testutil.Seed(t), 7))
	none := func(int) int { return 0 }
	all := func(n int) int { return n }
	some := func(n int) int { return rng.IntN(n + 1) }
	for n := range len(log) + 1 {
		part := log[:n]
		what := func(way string) string { return fmt.Sprintf("power loss after event %d of %d, %s", n, len(log), way) }
		checkDisk(t, what("nothing unsynced written"), disk(part, nothing, none), part)
		checkDisk(t, what("names not written"), disk(part, everything, none), part)
		checkDisk(t, what("everything written"), disk(part, everything, all), part)
		checkDisk(t, what("beginnings written"), disk(part, prefix(rng), some), part)
		checkDisk(t, what("sectors written"), disk(part, sectors(rng), some), part)
		checkDisk(t, what("sectors written"), disk(part, sectors(rng), all), part)
	}
}

func TestPowerLoss(t *testing.T) {
	r := newRecorder()
	s, err := open(r, semaphore.Groups{"g": lossSlots}, &Options{}, func() error { return nil }, 2048)
	if err != nil {
		t.Fatal(err)
	}
	loadStore(r, s, lossClients, 6)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	renames := 0
	for _, e := range r.log {
		if e.kind == evRename {
			renames++
		}
	}
	if renames < 5 {
		t.Fatalf("only %d new files", renames)
	}
	checkAll(t, r.log)
}

// The same while any call may fail: a failed write may have written a part, a
// failed sync may have lost what it should have written, for good.
func TestPowerLossAndFailures(t *testing.T) {
	rng := rand.New(rand.NewPCG(testutil.Seed(t), 9))
	r := newRecorder()
	s, err := open(r, semaphore.Groups{"g": lossSlots}, &Options{}, func() error { return nil }, 2048)
	if err != nil {
		t.Fatal(err)
	}
	s.pause = 0
	failed := 0
	r.mu.Lock()
	r.fail = func(kind eventKind) error {
		if kind < evStart && rng.IntN(6) == 0 {
			failed++
			return errors.New("injected")
		}
		return nil
	}
	r.mu.Unlock()
	loadStore(r, s, lossClients, 12)
	_ = s.Close() // may fail
	if failed < 5 {
		t.Fatalf("only %d failures", failed)
	}
	checkAll(t, r.log)
}
