package filestore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
)

// groupState is a semaphore with the time of each grant. It is never changed
// in place, so that copies of it may be kept and handed out.
type groupState struct {
	sem     semaphore.Semaphore
	granted []int64 // Unix milliseconds, by position in sem.Holders
}

func (g groupState) lock(id string, at int64) (groupState, bool, error) {
	sem, changed, err := g.sem.Lock(id)
	if err != nil || !changed {
		return g, false, err
	}
	i, _ := slices.BinarySearch(sem.Holders, id)
	return groupState{sem, slices.Insert(slices.Clone(g.granted), i, at)}, true, nil
}

func (g groupState) unlock(id string) (groupState, bool) {
	i, _ := slices.BinarySearch(g.sem.Holders, id)
	sem, changed := g.sem.Unlock(id)
	if !changed {
		return g, false
	}
	return groupState{sem, slices.Delete(slices.Clone(g.granted), i, i+1)}, true
}

func (g groupState) resize(slots uint64) groupState {
	g.sem.TotalSlots = slots
	return g
}

type op byte

const (
	opLock   op = 1 // value is the time of the grant
	opUnlock op = 2
	opSlots  op = 3 // value is total_slots; makes the group when it is absent
)

// record is one change.
type record struct {
	op        op
	group, id string
	value     uint64
}

func (r record) append(buf []byte) []byte {
	buf = append(buf, byte(r.op))
	buf = appendString(buf, r.group)
	if r.op != opSlots {
		buf = appendString(buf, r.id)
	}
	if r.op != opUnlock {
		buf = binary.AppendUvarint(buf, r.value)
	}
	return buf
}

func appendString(buf []byte, s string) []byte {
	return append(binary.AppendUvarint(buf, uint64(len(s))), s...)
}

// reader takes values off the front of a payload.
type reader struct {
	data []byte
	bad  bool
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.data)
	if n <= 0 {
		r.bad, r.data = true, nil
		return 0
	}
	r.data = r.data[n:]
	return v
}

func (r *reader) string() string {
	n := r.uvarint()
	if n > uint64(len(r.data)) {
		r.bad, r.data = true, nil
		return ""
	}
	s := string(r.data[:n])
	r.data = r.data[n:]
	return s
}

func (r *reader) record() record {
	if len(r.data) == 0 {
		r.bad = true
		return record{}
	}
	rec := record{op: op(r.data[0])}
	r.data = r.data[1:]
	rec.group = r.string()
	if rec.op != opSlots {
		rec.id = r.string()
	}
	if rec.op != opUnlock {
		rec.value = r.uvarint()
	}
	return rec
}

var errPayload = errors.New("a record is cut short")

// apply carries out the records of one frame. A record that cannot have
// happened is an error: it means that something before it is lost.
func apply(groups map[string]groupState, payload []byte) error {
	r := &reader{data: payload}
	for len(r.data) > 0 {
		rec := r.record()
		if r.bad {
			return errPayload
		}
		if err := applyOne(groups, rec); err != nil {
			return err
		}
	}
	return nil
}

func applyOne(groups map[string]groupState, rec record) error {
	g, known := groups[rec.group]
	if !known && (rec.op == opLock || rec.op == opUnlock) {
		return fmt.Errorf("a change of the group %q, which does not exist", rec.group)
	}
	switch rec.op {
	case opLock:
		next, changed, err := g.lock(rec.id, clampMillis(rec.value))
		if err != nil || !changed {
			return fmt.Errorf("a lock of group %q for %q that cannot have been granted", rec.group, rec.id)
		}
		groups[rec.group] = next
	case opUnlock:
		next, changed := g.unlock(rec.id)
		if !changed {
			return fmt.Errorf("an unlock of group %q by %q, which does not hold it", rec.group, rec.id)
		}
		groups[rec.group] = next
	case opSlots:
		groups[rec.group] = g.resize(rec.value)
	default:
		return fmt.Errorf("unknown kind of record %d", rec.op)
	}
	return nil
}

func clampMillis(v uint64) int64 { return int64(min(v, math.MaxInt64)) }

// appendSnapshot writes all groups, sorted: name, slots, number of holders,
// then each holder with the time of its grant.
func appendSnapshot(buf []byte, groups map[string]groupState) []byte {
	buf = binary.AppendUvarint(buf, uint64(len(groups)))
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		g := groups[name]
		buf = appendString(buf, name)
		buf = binary.AppendUvarint(buf, g.sem.TotalSlots)
		buf = binary.AppendUvarint(buf, uint64(len(g.sem.Holders)))
		for i, id := range g.sem.Holders {
			buf = appendString(buf, id)
			buf = binary.AppendUvarint(buf, uint64(g.granted[i]))
		}
	}
	return buf
}

// readSnapshot is the reverse of appendSnapshot and accepts nothing else.
func readSnapshot(payload []byte) (map[string]groupState, error) {
	r := &reader{data: payload}
	groups := map[string]groupState{}
	previous := ""
	for n, i := r.uvarint(), uint64(0); i < n && !r.bad; i++ {
		name := r.string()
		if i > 0 && name <= previous {
			return nil, errors.New("the groups of the snapshot are not in order")
		}
		g, err := readGroup(r)
		if err != nil {
			return nil, err
		}
		groups[name], previous = g, name
	}
	if r.bad || len(r.data) > 0 {
		return nil, errors.New("the snapshot is cut short or too long")
	}
	return groups, nil
}

func readGroup(r *reader) (groupState, error) {
	g := groupState{sem: semaphore.Semaphore{TotalSlots: r.uvarint(), Holders: []string{}}}
	for n, i := r.uvarint(), uint64(0); i < n && !r.bad; i++ {
		id := r.string()
		if i > 0 && id <= g.sem.Holders[i-1] {
			return g, errors.New("the holders of a group are not in order")
		}
		g.sem.Holders = append(g.sem.Holders, id)
		g.granted = append(g.granted, clampMillis(r.uvarint()))
	}
	return g, nil
}
