package gvariant

import "math/bits"

// HashOrder returns the keys in the order in which GLib's string hash table
// iterates over them after they were inserted one by one in the given order
// into an empty table. Repeated keys count once.
//
// Programs that assemble an a{sv} with GLib's dictionary type write its entries
// in that order, so it is part of the bytes, and of the checksum, of some
// OSTree commits and of every summary ("OSTree repository format", hash-table
// order).
func HashOrder(keys []string) []string {
	t := hashTable{slots: make([]hashSlot, 1<<minShift), mod: primeMod[minShift]}
	for _, k := range keys {
		t.insert(k)
	}
	order := make([]string, 0, t.count)
	for i := range t.slots {
		if t.slots[i].hash != 0 {
			order = append(order, t.slots[i].key)
		}
	}
	return order
}

const minShift = 3 // the smallest table has 8 slots

// primeMod holds the greatest prime below (or at) each power of two.
var primeMod = [...]uint32{
	1, 2, 3, 7, 13, 31, 61, 127, 251, 509, 1021, 2039, 4093, 8191, 16381, 32749,
	65521, 131071, 262139, 524287, 1048573, 2097143, 4194301, 8388593, 16777213,
	33554393, 67108859, 134217689, 268435399, 536870909, 1073741789, 2147483647,
}

// hashSlot is free when hash is 0; real hashes are at least 2.
type hashSlot struct {
	hash uint32
	key  string
}

type hashTable struct {
	slots []hashSlot
	mod   uint32
	count int
}

// strHash is the hash function of text keys: Bernstein's, over signed bytes.
func strHash(s string) uint32 {
	h := uint32(5381)
	for i := range len(s) {
		h = h*33 + uint32(int32(int8(s[i])))
	}
	if h < 2 {
		return 2
	}
	return h
}

func (t *hashTable) home(hash uint32) uint32 { return hash * 11 % t.mod }

func (t *hashTable) insert(key string) {
	h := strHash(key)
	mask := uint32(len(t.slots) - 1)
	i := t.home(h)
	for step := uint32(1); t.slots[i].hash != 0; step++ {
		if t.slots[i].hash == h && t.slots[i].key == key {
			return
		}
		i = (i + step) & mask
	}
	t.slots[i] = hashSlot{h, key}
	t.count++
	if len(t.slots) <= t.count+t.count/16 {
		t.grow()
	}
}

// grow makes the table larger and moves the entries in place, each evicting the
// unmoved entry it meets: the resulting order depends on that.
func (t *hashTable) grow() {
	old := len(t.slots)
	shift := max(minShift, bits.Len(uint(float64(t.count)*1.333)))
	t.slots = append(t.slots, make([]hashSlot, 1<<shift-old)...)
	t.mod = primeMod[shift]
	mask := uint32(len(t.slots) - 1)
	moved := make([]bool, len(t.slots))
	for i := range old {
		if moved[i] || t.slots[i].hash == 0 {
			continue
		}
		e := t.slots[i]
		t.slots[i] = hashSlot{}
		for e.hash != 0 {
			at := t.home(e.hash)
			for step := uint32(1); moved[at]; step++ {
				at = (at + step) & mask
			}
			moved[at] = true
			e, t.slots[at] = t.slots[at], e
		}
	}
}
