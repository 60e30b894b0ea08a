package solver

// DepText is a dependency that has no id yet: a string, or "Name Op Version" when
// Op is not 0.
type DepText struct {
	Name, Version []byte
	Op            Op
}

// InternDeps appends the ids of dependencies to ids. They are those that Intern and
// Rel return for one after the other, but come sooner: the tables are far
// larger than the caches of a processor, which can wait for several of their cells
// at once only if it knows the addresses beforehand.
func (p *Pool) InternDeps(ids []ID, deps []DepText) []ID {
	for len(deps) > 0 {
		n := min(len(deps), batchSize)
		ids = p.internBatch(ids, deps[:n])
		deps = deps[n:]
	}
	return ids
}

// batchSize is how many dependencies are looked up together.
const batchSize = 64

// internBatch appends the ids of few dependencies.
func (p *Pool) internBatch(ids []ID, deps []DepText) []ID {
	var hashes [2 * batchSize]uint32
	strs := &p.strs
	warm := uint64(0)
	mask := uint32(len(strs.slots) - 1)
	n := 0
	for i := range deps {
		d := &deps[i]
		hashes[n] = hashBytes(d.Name)
		n++
		if d.Op != 0 {
			hashes[n] = hashBytes(d.Version)
			n++
		}
	}
	for _, h := range hashes[:n] {
		warm += strs.slots[h&mask]
	}
	for _, h := range hashes[:n] {
		warm += strs.touch(h)
	}
	strs.warm = warm

	var rels [batchSize]relation
	n = 0
	for i := range deps {
		d := &deps[i]
		rels[i].name = strs.internHashed(d.Name, hashes[n])
		n++
		if d.Op != 0 {
			rels[i].evr, rels[i].op = strs.internHashed(d.Version, hashes[n]), d.Op
			n++
		}
	}
	return p.rels.internBatch(ids, rels[:len(deps)])
}

// touch reads what a lookup of the hash will read behind the slot.
func (t *stringTable) touch(h uint32) uint64 {
	slot := t.slots[h&uint32(len(t.slots)-1)]
	if uint32(slot>>32) != h {
		return 0
	}
	off := t.off[uint32(slot)]
	if int(off) < len(t.data) {
		off += uint32(t.data[off])
	}
	return uint64(off)
}

// internBatch appends the ids of relations; those without an operator are strings.
func (t *relTable) internBatch(ids []ID, rels []relation) []ID {
	var hashes [batchSize]uint32
	warm := uint64(0)
	mask := uint32(len(t.slots) - 1)
	for i, r := range rels {
		if r.op != 0 {
			hashes[i] = hashRelation(r)
		}
	}
	for _, h := range hashes[:len(rels)] {
		warm += t.slots[h&mask]
	}
	for i, r := range rels {
		if slot := t.slots[hashes[i]&mask]; r.op != 0 && uint32(slot>>32) == hashes[i] {
			warm += uint64(t.rels[uint32(slot)].op)
		}
	}
	t.warm = warm
	for i, r := range rels {
		if r.op == 0 {
			ids = append(ids, r.name)
		} else {
			ids = append(ids, t.internHashed(r, hashes[i], true))
		}
	}
	return ids
}
