package solver

import "slices"

// providers is the index of who provides what. Sets of packages live in one
// arena, each preceded by its length; offset 0 stands for "not computed yet",
// setNone is the empty set, setSystem holds only the system solvable. The
// arena also holds the tails of solver rules, so that a rule made from a
// requirement shares the set of its providers.
type providers struct {
	ready bool
	data  []SolvableID
	name  []uint32 // set of each string id
	rel   []uint32 // set of each relation, filled on demand
	// aux holds, beside each provider of a name, the provide that names it, or
	// 1 when there are several: most versioned lookups need nothing else.
	aux []ID
	// reverse are the packages with supplements or enhances, ascending.
	reverse []SolvableID
	// late holds the plain providers of paths whose files were not looked at.
	late map[ID]uint32
}

const (
	setNone   = 1
	setSystem = 2
)

func (v *providers) reset() { v.ready = false }

// set returns the packages at an offset of the arena.
func (v *providers) set(off uint32) []SolvableID {
	n := uint32(v.data[off])
	return v.data[off+1 : off+1+n : off+1+n]
}

// add stores a set and returns its offset.
func (v *providers) add(ids []SolvableID) uint32 {
	switch {
	case len(ids) == 0:
		return setNone
	case len(ids) == 1 && ids[0] == SystemSolvable:
		return setSystem
	}
	off := len(v.data)
	v.data = append(extend(v.data, len(ids)+1), SolvableID(len(ids)))
	v.data = append(v.data, ids...)
	return uint32(off)
}

// Prepare builds the index of providers, with the files that occur in
// dependencies. It is called implicitly by lookups and by [Solver.Solve] after
// packages or policies changed.
func (p *Pool) Prepare() {
	if p.prov.ready {
		return
	}
	p.addFileProvides()
	p.indexProvides()
	p.prov.ready = true
	p.generation++
}

// indexProvides sorts (name, package) pairs by counting: how many packages
// provide each name, where each set begins, then the packages in turn.
func (p *Pool) indexProvides() {
	v := &p.prov
	v.name = makeTable[uint32](p.strs.len())
	v.rel = makeTable[uint32](len(p.rels.rels))
	p.countProviders(v.name)
	size := uint32(4)
	for id, count := range v.name {
		if count == 0 {
			v.name[id] = setNone
			continue
		}
		v.name[id] = size
		size += count + 1
	}
	v.data = makeTable[SolvableID](int(size) + max(2*len(p.rels.rels), 256))[:size]
	v.data[setSystem], v.data[setSystem+1] = 1, SystemSolvable
	v.aux = nil
	if !p.Flags.NoWhatProvidesAux {
		v.aux = makeTable[ID](int(size))
	}
	p.fillProviders()
	v.reverse = p.collect(func(_ SolvableID, s *Solvable) bool {
		return s.deps[Supplements]|s.deps[Enhances] != 0
	})
	v.late = nil
	for _, id := range p.latePaths {
		if v.late == nil {
			v.late = map[ID]uint32{}
		}
		v.late[id], v.name[id] = v.name[id], 0
	}
}

// eachProvide calls f for the provides of every package in the index.
func (p *Pool) eachProvide(f func(id SolvableID, provide, name ID)) {
	for i := 1; i < len(p.solvables); i++ {
		s, id := &p.solvables[i], SolvableID(i)
		if r := p.repos[s.repo]; s.deps[Provides] == 0 || r == nil || r.Disabled || !p.visible(id) {
			continue
		}
		for _, d := range p.list(s, Provides) {
			if d != fileMarker {
				f(id, d, p.relName(d))
			}
		}
	}
}

func (p *Pool) countProviders(count []uint32) {
	last := makeTable[SolvableID](len(count))
	p.eachProvide(func(id SolvableID, _, name ID) {
		if last[name] != id {
			last[name] = id
			count[name]++
		}
	})
}

func (p *Pool) fillProviders() {
	v := &p.prov
	p.eachProvide(func(id SolvableID, provide, name ID) {
		off := v.name[name]
		end := off + uint32(v.data[off])
		if end > off && v.data[end] == id {
			provide = IDEmpty
		} else {
			v.data[off]++
			end++
			v.data[end] = id
		}
		if v.aux != nil {
			v.aux[end] = provide
		}
	})
}

// providersOf returns the offset of the set of packages that satisfy a
// dependency.
func (p *Pool) providersOf(dep ID) uint32 {
	if dep.IsRel() {
		i := int(dep &^ relBit)
		if i >= len(p.prov.rel) {
			p.prov.rel = append(p.prov.rel, make([]uint32, len(p.rels.rels)-len(p.prov.rel))...)
		}
		if off := p.prov.rel[i]; off != 0 {
			return off
		}
		off := p.relProviders(p.rel(dep))
		p.prov.rel[i] = off
		return off
	}
	if int(dep) < len(p.prov.name) {
		if off := p.prov.name[dep]; off != 0 {
			return off
		}
	}
	return p.lateProviders(dep)
}

// provide returns the packages that satisfy a dependency.
func (p *Pool) provide(dep ID) []SolvableID { return p.prov.set(p.providersOf(dep)) }

// WhatProvides returns the packages that satisfy a dependency, ascending. For
// and, or, if and unless these are the packages that may help to satisfy it.
// The slice must not be changed.
func (p *Pool) WhatProvides(dep ID) []SolvableID {
	p.Prepare()
	return p.provide(dep)
}

// lateProviders answers for a string that came after the index was built, which
// nothing provides, and for an unusual path that is looked up in file lists only now.
func (p *Pool) lateProviders(dep ID) uint32 {
	v := &p.prov
	if int(dep) >= len(v.name) {
		v.name = append(v.name, make([]uint32, p.strs.len()-len(v.name))...)
	}
	off := uint32(setNone)
	if plain, ok := v.late[dep]; ok {
		off = v.add(mergeSets(nil, v.set(plain), p.FilesNamed(p.strs.get(dep))))
	}
	v.name[dep] = off
	return off
}

func (p *Pool) relProviders(r relation) uint32 {
	switch r.op {
	case OpAnd, OpOr:
		return p.unionProviders(r.name, r.evr)
	case OpCond, OpUnless:
		if r.evr.IsRel() {
			if e := p.rel(r.evr); e.op == OpElse {
				return p.unionProviders(r.name, e.evr)
			}
		}
		return p.providersOf(r.name)
	case OpWith, OpWithout:
		return p.filterProviders(r.name, p.provide(r.evr), r.op == OpWith)
	case OpNamespace:
		return p.namespaceProviders(r)
	case OpArch:
		return p.archProviders(r)
	case OpMultiarch:
		if r.evr == ArchAny {
			return p.providersOf(r.name)
		}
	case OpKind:
		return p.kindProviders(r)
	case OpFileConflict:
		return p.fileConflictProviders(r)
	}
	if r.op == 0 || r.op > 7 {
		return setNone
	}
	return p.versionProviders(r)
}

func (p *Pool) unionProviders(a, b ID) uint32 {
	offA, offB := p.providersOf(a), p.providersOf(b)
	x, y := p.prov.set(offA), p.prov.set(offB)
	switch {
	case len(x) == 0:
		return offB
	case len(y) == 0:
		return offA
	}
	out := mergeSets(make([]SolvableID, 0, len(x)+len(y)), x, y)
	if len(out) == len(x) {
		return offA
	}
	return p.prov.add(out)
}

// mergeSets appends the union of two ascending sets.
func mergeSets(out, x, y []SolvableID) []SolvableID {
	for len(x) > 0 && len(y) > 0 {
		switch {
		case x[0] < y[0]:
			out, x = append(out, x[0]), x[1:]
		case x[0] > y[0]:
			out, y = append(out, y[0]), y[1:]
		default:
			out, x, y = append(out, x[0]), x[1:], y[1:]
		}
	}
	return append(append(out, x...), y...)
}

func (p *Pool) filterProviders(name ID, other []SolvableID, keep bool) uint32 {
	return p.selectProviders(name, func(id SolvableID) bool {
		_, found := slices.BinarySearch(other, id)
		return found == keep
	})
}

// selectProviders returns the subset of a dependency's providers that pass a
// test.
func (p *Pool) selectProviders(name ID, test func(SolvableID) bool) uint32 {
	off := p.providersOf(name)
	all := p.prov.set(off)
	var out []SolvableID
	for _, id := range all {
		if test(id) {
			out = append(out, id)
		}
	}
	if len(out) == len(all) {
		return off
	}
	return p.prov.add(out)
}

func (p *Pool) namespaceProviders(r relation) uint32 {
	if r.name == NamespaceOtherProviders {
		return p.providersOf(r.evr)
	}
	if p.namespace == nil {
		return setNone
	}
	set, system := p.namespace(r.name, r.evr)
	if system {
		return setSystem
	}
	return p.prov.add(set)
}

// archProviders finds source packages by name, since they provide nothing.
func (p *Pool) archProviders(r relation) uint32 {
	if r.evr == ArchSrc || r.evr == ArchNosrc {
		return p.prov.add(p.collect(func(id SolvableID, s *Solvable) bool {
			return (s.Arch == r.evr || s.Arch == ArchNosrc) && !p.Disabled(id) &&
				(r.name == 0 || p.matchNEVR(s, r.name))
		}))
	}
	if r.name == 0 {
		return p.prov.add(p.collect(func(id SolvableID, s *Solvable) bool {
			return s.Arch == r.evr && p.visible(id)
		}))
	}
	return p.selectProviders(r.name, func(id SolvableID) bool { return p.solvables[id].Arch == r.evr })
}

// collect returns all packages that pass a test.
func (p *Pool) collect(test func(SolvableID, *Solvable) bool) []SolvableID {
	var out []SolvableID
	for i := SolvableID(2); i < p.NumSolvables(); i++ {
		if s := &p.solvables[i]; s.repo != 0 && test(i, s) {
			out = append(out, i)
		}
	}
	return out
}

func (p *Pool) kindProviders(r relation) uint32 {
	if r.name == 0 {
		return p.prov.add(p.collect(func(id SolvableID, s *Solvable) bool {
			return (p.isInstalled(id) || p.Installable(id)) && p.isKind(s.Name, r.evr)
		}))
	}
	return p.selectProviders(r.name, func(id SolvableID) bool { return p.isKind(p.solvables[id].Name, r.evr) })
}

// isKind reports whether a name has the prefix "kind:"; the empty kind is that
// of names without a prefix of lower-case letters.
func (p *Pool) isKind(name, kind ID) bool {
	n := p.bytes(name)
	switch kind {
	case IDNone:
		return true
	case IDEmpty:
		if len(n) > 0 && n[0] == ':' {
			return true
		}
		i := 0
		for i < len(n) && n[i] >= 'a' && n[i] <= 'z' {
			i++
		}
		return i == len(n) || n[i] != ':'
	}
	k := p.bytes(kind)
	return len(n) > len(k) && string(n[:len(k)]) == string(k) && n[len(k)] == ':'
}

func (p *Pool) fileConflictProviders(r relation) uint32 {
	self := p.Rel(r.name, r.op, r.evr)
	return p.selectProviders(r.name, func(id SolvableID) bool {
		return slices.Contains(p.list(&p.solvables[id], Provides), self)
	})
}

// versionProviders answers "name op evr".
func (p *Pool) versionProviders(r relation) uint32 {
	off := p.providersOf(r.name)
	all := p.prov.set(off)
	name := p.relName(r.name)
	out := make([]SolvableID, 0, 8)
	for i, id := range all {
		if p.providesVersion(id, off+1+uint32(i), !r.name.IsRel(), name, r) {
			out = append(out, id)
		}
	}
	if len(out) == 0 && hasPrefix(p.strs.get(name), "rpmlib(") {
		return setSystem
	}
	if len(out) == len(all) {
		return off
	}
	return p.prov.add(out)
}

func hasPrefix(s []byte, prefix string) bool {
	return len(s) >= len(prefix) && string(s[:len(prefix)]) == prefix
}

func (p *Pool) providesVersion(id SolvableID, slot uint32, direct bool, name ID, r relation) bool {
	if direct && int(slot) < len(p.prov.aux) {
		if only := p.prov.aux[slot]; only > IDEmpty {
			return p.provideMatches(only, name, r)
		}
	}
	s := &p.solvables[id]
	if s.deps[Provides] == 0 || s.isSource() {
		return p.matchNEVR(s, r.name) && p.matchVersion(s.EVR, r.op, r.evr)
	}
	for _, d := range p.list(s, Provides) {
		if p.provideMatches(d, name, r) {
			return true
		}
	}
	return false
}

// provideMatches reports whether one provide satisfies "name op evr". A provide
// without a version satisfies every version.
func (p *Pool) provideMatches(provide, name ID, r relation) bool {
	if !provide.IsRel() {
		return provide == name
	}
	have := p.rel(provide)
	return have.name == name && p.overlaps(have.op, have.evr, r.op, r.evr)
}
