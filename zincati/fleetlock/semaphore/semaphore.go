package semaphore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Semaphore is the state of one group as a store holds it and as etcd's
// value has it: `{"total_slots":2,"holders":["aa","bb"]}`.
type Semaphore struct {
	// TotalSlots is how many nodes may hold the lock at a time. Zero is
	// legal: the group is always full.
	TotalSlots uint64 `json:"total_slots"`
	// Holders are the ids of the nodes that hold the lock, sorted bytewise,
	// each once.
	Holders []string `json:"holders"`
}

// Holds says whether id is a holder.
func (s Semaphore) Holds(id string) bool {
	_, found := slices.BinarySearch(s.Holders, id)
	return found
}

// Lock returns s with id among the holders, and whether that changed
// anything. A holder that asks again keeps its slot, also when all slots are
// taken; otherwise no free slot is a [*FullError]. The holders of s are not
// modified.
func (s Semaphore) Lock(id string) (next Semaphore, changed bool, err error) {
	at, found := slices.BinarySearch(s.Holders, id)
	if found {
		return s, false, nil
	}
	if uint64(len(s.Holders)) >= s.TotalSlots {
		return s, false, &FullError{Slots: s.TotalSlots}
	}
	holders := make([]string, 0, len(s.Holders)+1)
	holders = append(append(append(holders, s.Holders[:at]...), id), s.Holders[at:]...)
	return Semaphore{TotalSlots: s.TotalSlots, Holders: holders}, true, nil
}

// Unlock returns s without id, and whether that changed anything. The
// holders of s are not modified.
func (s Semaphore) Unlock(id string) (next Semaphore, changed bool) {
	at, found := slices.BinarySearch(s.Holders, id)
	if !found {
		return s, false
	}
	holders := make([]string, 0, len(s.Holders)-1)
	holders = append(append(holders, s.Holders[:at]...), s.Holders[at+1:]...)
	return Semaphore{TotalSlots: s.TotalSlots, Holders: holders}, true
}

// MarshalJSON writes the compact form; no holders are `[]`, never null.
func (s Semaphore) MarshalJSON() ([]byte, error) {
	type plain Semaphore
	if s.Holders == nil {
		s.Holders = []string{}
	}
	return json.Marshal(plain(s))
}

// Groups are the configured groups with their slots.
type Groups map[string]uint64

// Names returns the names of the groups, sorted.
func (g Groups) Names() []string { return slices.Sorted(maps.Keys(g)) }

// ErrFull is what [Store.Lock] returns when no slot is free, as a
// [*FullError].
var ErrFull = errors.New("semaphore full")

// ErrUnknownGroup is returned for a group that is not configured.
var ErrUnknownGroup = errors.New("unknown group")

// FullError reports that all slots of a group are taken; errors.Is(err,
// ErrFull) holds.
type FullError struct {
	Slots uint64 // total_slots of the stored semaphore
}

// Error is the text that lock servers reply with.
func (e *FullError) Error() string {
	return fmt.Sprintf("all %d semaphore slots currently locked", e.Slots)
}

// Is makes the error match ErrFull.
func (e *FullError) Is(target error) bool { return target == ErrFull }

// Store keeps the semaphores of all groups. All methods may be called from
// any number of goroutines. The semaphores returned are the caller's to read,
// not to modify.
type Store interface {
	// Lock makes id a holder of group, durably, before it returns nil. A
	// holder gets nil again. No free slot is a *FullError, together with the
	// semaphore as it is. After any other error the change may or may not
	// have taken effect, as with a lost reply; trying again is safe.
	Lock(ctx context.Context, group, id string) (Semaphore, error)
	// Unlock removes id from the holders, durably, before it returns nil.
	// Unlocking a node that holds nothing is a success.
	Unlock(ctx context.Context, group, id string) (Semaphore, error)
	// Get reads a semaphore, and creates it with the configured slots when
	// it is absent.
	Get(ctx context.Context, group string) (Semaphore, error)
	// Reconcile sets total_slots, by compare-and-swap. Holders above the new
	// count keep their slots.
	Reconcile(ctx context.Context, group string, slots uint64) (Semaphore, error)
	// Close releases the store. Operations in flight end with an error or
	// with their result.
	Close() error
}

// GrantTimer is a Store that also remembers when each lock was granted.
type GrantTimer interface {
	// Granted returns the time of the grant for each holder of group that
	// it is known for.
	Granted(group string) map[string]time.Time
}
