package ostree

import (
	"hash/maphash"
	"iter"
	"slices"
	"sync"

	"github.com/nestos-dev/nestos/ostree/object"
)

// ObjectSet is a set of object names, built for the hundreds of thousands that a repository holds:
// a name takes its 33 bytes and about eight more. It is safe for concurrent use, except that nothing
// may be added while [ObjectSet.All] runs. The zero value is not usable; [Repo.Traverse] makes one.
type ObjectSet struct {
	seed   maphash.Seed
	shards [256]objectShard // by the first byte of the checksum
}

// objectShard is an open-addressing hash table over a dense list of names.
type objectShard struct {
	mu     sync.RWMutex
	names  []object.Name
	index  []uint32 // position in names + 1, 0 for a free slot; the length is a power of two
	sorted bool
}

// NewObjectSet returns an empty set.
func NewObjectSet() *ObjectSet { return &ObjectSet{seed: maphash.MakeSeed()} }

// hash is seeded: the children that a hostile dirtree names need not be checksums of anything.
func (s *ObjectSet) hash(n *object.Name) uint64 {
	return maphash.Bytes(s.seed, n.Checksum[:]) + uint64(n.Type)*0x9e3779b97f4a7c15
}

// Add puts a name into the set; added is false if it was there already.
func (s *ObjectSet) Add(n object.Name) (added bool) {
	h := s.hash(&n)
	shard := &s.shards[n.Checksum[0]]
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if 4*(len(shard.names)+1) > 3*len(shard.index) {
		s.grow(shard)
	}
	slot := shard.find(&n, h)
	if shard.index[slot] != 0 {
		return false
	}
	shard.names = append(shard.names, n)
	shard.index[slot] = uint32(len(shard.names))
	shard.sorted = false
	return true
}

// find returns the slot that holds n, or the free one where it belongs.
func (t *objectShard) find(n *object.Name, h uint64) uint64 {
	mask := uint64(len(t.index) - 1)
	slot := h & mask
	for t.index[slot] != 0 && t.names[t.index[slot]-1] != *n {
		slot = (slot + 1) & mask
	}
	return slot
}

func (s *ObjectSet) grow(t *objectShard) {
	size := max(16, 2*len(t.index))
	t.index = make([]uint32, size)
	s.reindex(t)
}

func (s *ObjectSet) reindex(t *objectShard) {
	clear(t.index)
	for i := range t.names {
		t.index[t.find(&t.names[i], s.hash(&t.names[i]))] = uint32(i + 1)
	}
}

// Has tells whether the name is in the set.
func (s *ObjectSet) Has(n object.Name) bool {
	shard := &s.shards[n.Checksum[0]]
	shard.mu.RLock()
	defer shard.mu.RUnlock()
	return len(shard.index) > 0 && shard.index[shard.find(&n, s.hash(&n))] != 0
}

// Len returns how many names there are.
func (s *ObjectSet) Len() int {
	n := 0
	for i := range s.shards {
		s.shards[i].mu.RLock()
		n += len(s.shards[i].names)
		s.shards[i].mu.RUnlock()
	}
	return n
}

// All iterates over the names, ordered by checksum, then by type.
func (s *ObjectSet) All() iter.Seq[object.Name] {
	return func(yield func(object.Name) bool) {
		for i := range s.shards {
			for _, n := range s.sortedShard(i) {
				if !yield(n) {
					return
				}
			}
		}
	}
}

// sortedShard returns the names whose checksum begins with the byte first, in order.
func (s *ObjectSet) sortedShard(first int) []object.Name {
	t := &s.shards[first]
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.sorted {
		slices.SortFunc(t.names, object.Name.Compare)
		s.reindex(t)
		t.sorted = true
	}
	return t.names
}
