package solver

import "encoding/binary"

// stringTable interns byte strings: equal strings have equal ids. All strings
// lie one after the other in one arena. The hash table holds, beside each id, the
// hash of its string, so that a lookup rarely touches a string other than its own.
type stringTable struct {
	data  []byte
	off   []uint32 // string i is data[off[i]:off[i+1]]
	slots []uint64 // open addressing: hash<<32 | id, 0 = free
	warm  uint64   // keeps reads ahead from being optimized away
}

func (t *stringTable) init(known []string) {
	t.data = make([]byte, 0, 1<<12)
	t.off = make([]uint32, 1, 1<<10)
	t.slots = make([]uint64, 1<<11)
	for i, s := range known {
		if i == 0 {
			// Id 0 is no string, although it prints as one: it must not be found.
			t.append([]byte(s))
			continue
		}
		if s == "" {
			t.append(nil)
			continue
		}
		t.intern([]byte(s))
	}
}

// len returns the number of ids in use.
func (t *stringTable) len() int { return len(t.off) - 1 }

func (t *stringTable) get(id ID) []byte {
	a, b := t.off[id], t.off[id+1]
	return t.data[a:b:b]
}

func (t *stringTable) append(s []byte) uint32 {
	id := uint32(t.len())
	t.data = append(extend(t.data, len(s)), s...)
	t.off = append(extend(t.off, 1), uint32(len(t.data)))
	return id
}

// find returns the id of a string, or 0 and the slot it belongs to.
func (t *stringTable) find(s []byte, h uint32) (ID, uint32) {
	mask := uint32(len(t.slots) - 1)
	i := h & mask
	for ; t.slots[i] != 0; i = (i + 1) & mask {
		slot := t.slots[i]
		if uint32(slot>>32) != h {
			continue
		}
		if id := uint32(slot); string(t.data[t.off[id]:t.off[id+1]]) == string(s) {
			return ID(id), i
		}
	}
	return IDNone, i
}

func (t *stringTable) lookup(s []byte) ID {
	if len(s) == 0 {
		return IDEmpty
	}
	id, _ := t.find(s, hashBytes(s))
	return id
}

func (t *stringTable) intern(s []byte) ID { return t.internHashed(s, hashBytes(s)) }

func (t *stringTable) internHashed(s []byte, h uint32) ID {
	if len(s) == 0 {
		return IDEmpty
	}
	id, slot := t.find(s, h)
	if id != IDNone {
		return id
	}
	n := t.append(s)
	t.slots[slot] = uint64(h)<<32 | uint64(n)
	if t.len()*2 > len(t.slots) {
		t.slots = growSlots(t.slots)
	}
	return ID(n)
}

// growSlots returns a larger table with the same entries.
func growSlots(old []uint64) []uint64 {
	slots := makeTable[uint64](4 * len(old))
	mask := uint32(len(slots) - 1)
	for _, slot := range old {
		if slot != 0 {
			i := uint32(slot>>32) & mask
			for slots[i] != 0 {
				i = (i + 1) & mask
			}
			slots[i] = slot
		}
	}
	return slots
}

func hashBytes(s []byte) uint32 {
	const mul = 0x9E3779B97F4A7C15
	h := uint64(len(s)) * mul
	for ; len(s) >= 8; s = s[8:] {
		h = (h ^ binary.LittleEndian.Uint64(s)) * mul
		h ^= h >> 29
	}
	if len(s) >= 4 {
		h = (h ^ uint64(binary.LittleEndian.Uint32(s)) ^
			uint64(binary.LittleEndian.Uint32(s[len(s)-4:]))<<32) * mul
	} else {
		var rest uint64
		for i, c := range s {
			rest |= uint64(c) << (8 * i)
		}
		h = (h ^ rest) * mul
	}
	h ^= h >> 32
	return uint32(h)
}
