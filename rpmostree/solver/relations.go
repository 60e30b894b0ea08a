package solver

// Op is the operator of a relation. The values below 8 are bits: GT, EQ, LT.
type Op uint32

// Operators. OpCond is rpm's "if", OpUnless "unless", OpElse occurs only as the
// right side of these two. OpFileConflict, OpCompat, OpError and OpConda come
// from other package formats; they can be named, and match nothing.
const (
	OpGT Op = 1
	OpEQ Op = 2
	OpLT Op = 4

	OpAnd          Op = 16
	OpOr           Op = 17
	OpWith         Op = 18
	OpNamespace    Op = 19
	OpArch         Op = 20
	OpFileConflict Op = 21
	OpCond         Op = 22
	OpCompat       Op = 23
	OpKind         Op = 24
	OpMultiarch    Op = 25
	OpElse         Op = 26
	OpError        Op = 27
	OpWithout      Op = 28
	OpUnless       Op = 29
	OpConda        Op = 30
)

// relBit tells relations from strings in an ID.
const relBit ID = 1 << 31

// relation is a node of a dependency: name op evr. Both sides may be relations.
type relation struct {
	name, evr ID
	op        Op
}

// relTable holds every distinct relation once. Slots are as in stringTable.
type relTable struct {
	rels  []relation // index 0 is unused
	slots []uint64
	warm  uint64
}

func (t *relTable) init() {
	t.rels = make([]relation, 1, 1<<9)
	t.slots = make([]uint64, 1<<11)
}

func hashRelation(r relation) uint32 {
	const mul = 0x9E3779B97F4A7C15
	h := (uint64(r.name)<<32 | uint64(r.evr)) * mul
	h ^= h >> 31
	h = (h ^ uint64(r.op)) * mul
	h ^= h >> 32
	return uint32(h)
}

func (t *relTable) intern(r relation, create bool) ID {
	return t.internHashed(r, hashRelation(r), create)
}

func (t *relTable) internHashed(r relation, h uint32, create bool) ID {
	mask := uint32(len(t.slots) - 1)
	i := h & mask
	for ; t.slots[i] != 0; i = (i + 1) & mask {
		if slot := t.slots[i]; uint32(slot>>32) == h && t.rels[uint32(slot)] == r {
			return relBit | ID(uint32(slot))
		}
	}
	if !create {
		return IDNone
	}
	id := uint32(len(t.rels))
	t.rels = append(extend(t.rels, 1), r)
	t.slots[i] = uint64(h)<<32 | uint64(id)
	if len(t.rels)*2 > len(t.slots) {
		t.slots = growSlots(t.slots)
	}
	return relBit | ID(id)
}

// IsRel reports whether an id is a relation rather than a string.
func (id ID) IsRel() bool { return id&relBit != 0 }

func (p *Pool) rel(id ID) relation { return p.rels.rels[id&^relBit] }

// relName strips every relation from a dependency: "a >= 1" gives "a".
func (p *Pool) relName(id ID) ID {
	for id.IsRel() {
		id = p.rel(id).name
	}
	return id
}

// Rel returns the id of the relation "name op evr".
func (p *Pool) Rel(name ID, op Op, evr ID) ID {
	return p.rels.intern(relation{name, evr, op}, true)
}

// LookupRel is Rel without creating the relation; it returns IDNone for one
// that does not exist yet.
func (p *Pool) LookupRel(name ID, op Op, evr ID) ID {
	return p.rels.intern(relation{name, evr, op}, false)
}

// RelParts returns the parts of a relation; ok is false for plain strings.
func (p *Pool) RelParts(id ID) (name ID, op Op, evr ID, ok bool) {
	if !id.IsRel() {
		return id, 0, 0, false
	}
	r := p.rel(id)
	return r.name, r.op, r.evr, true
}
