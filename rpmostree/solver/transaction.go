package solver

import (
	"bytes"
	"cmp"
	"slices"
)

// Transaction is the set of changes from the installed packages to a result.
type Transaction struct {
	Steps []SolvableID // installed ones are removed, others are installed

	p     *Pool
	inSet bitmap // packages of the steps
	multi bitmap // multiversion packages, nil when there are none
	pairs []replacement
	best  map[SolvableID]SolvableID // replacement of each installed package
	edges []OrderEdge
}

// replacement says that a new package replaces an installed one.
type replacement struct{ id, old SolvableID }

// ChangeType classifies a step.
type ChangeType int

// Types of changes, seen from the package that is installed now, except for the
// installs.
const (
	ChangeIgnore ChangeType = iota
	ChangeErase
	ChangeInstall
	ChangeReinstall
	ChangeDowngrade
	ChangeChange
	ChangeUpgrade
	ChangeObsolete
	ChangeMultiInstall
	ChangeMultiReinstall
)

// String returns the name in solver testcases.
func (c ChangeType) String() string {
	return [...]string{"ignore", "erase", "install", "reinstall", "downgrade", "change",
		"upgrade", "obsolete", "multiinstall", "multireinstall"}[c]
}

// Change is a step as shown to users. Other is the package that replaces an
// installed Package, 0 when there is none.
type Change struct {
	Type           ChangeType
	Package, Other SolvableID
}

// Transaction returns the changes from the installed packages to the result.
func (s *Solver) Transaction() *Transaction {
	p := s.pool
	t := &Transaction{p: p, inSet: newBitmap(len(p.solvables)), best: map[SolvableID]SolvableID{}, multi: s.multiversion}
	for _, l := range s.queue {
		id := max(l, -l)
		if p.solvables[id].repo != 0 && s.isInstalled(id) == (l < 0) {
			t.inSet.set(id)
		}
	}
	s.installedPackages(func(id SolvableID) {
		if t.inSet.has(id) {
			t.Steps = append(t.Steps, id)
		}
	})
	for _, l := range s.queue {
		if l > 0 && t.inSet.has(l) {
			t.Steps = append(t.Steps, l)
			t.findReplaced(l)
		}
	}
	t.choosePairs()
	return t
}

func (t *Transaction) findReplaced(id SolvableID) {
	p := t.p
	if p.installed == nil {
		return
	}
	sv := &p.solvables[id]
	multi := t.multi.test(id)
	for _, q := range p.provide(sv.Name) {
		sq := &p.solvables[q]
		if !t.inSet.has(q) || !p.isInstalled(q) {
			continue
		}
		if multi && (sv.Name != sq.Name || sv.EVR != sq.EVR || sv.Arch != sq.Arch) {
			continue
		}
		if p.replacesName(sv, q) {
			t.pairs = append(t.pairs, replacement{id, q})
		}
	}
	if multi {
		return
	}
	for _, obs := range p.list(sv, Obsoletes) {
		for _, q := range p.provide(obs) {
			if t.inSet.has(q) && p.isInstalled(q) && p.obsoleted(sv, q, obs) {
				t.pairs = append(t.pairs, replacement{id, q})
			}
		}
	}
}

// choosePairs sorts the replacements and finds the main one of each installed
// package.
func (t *Transaction) choosePairs() {
	mergeSort(t.pairs, func(a, b replacement) int {
		return cmp.Or(cmp.Compare(a.id, b.id), t.compareRelated(a.id, a.old, b.old))
	})
	t.pairs = slices.Compact(t.pairs)
	for _, r := range t.pairs {
		if best := t.best[r.old]; best == 0 || t.compareRelated(r.old, r.id, best) < 0 {
			t.best[r.old] = r.id
		}
	}
}

// compareRelated orders packages a and b by how closely they are related to id: same
// name first, then by name, higher versions, same architecture.
func (t *Transaction) compareRelated(id, a, b SolvableID) int {
	if a == b {
		return 0
	}
	p := t.p
	sv, sa, sb := &p.solvables[id], &p.solvables[a], &p.solvables[b]
	if sa.Name != sb.Name {
		switch sv.Name {
		case sa.Name:
			return -1
		case sb.Name:
			return 1
		}
		return bytes.Compare(p.bytes(sa.Name), p.bytes(sb.Name))
	}
	if c := p.CompareEVRs(sa.EVR, sb.EVR, CompareEVR); c != 0 {
		return -c
	}
	if sa.Arch != sb.Arch {
		switch sv.Arch {
		case sa.Arch:
			return -1
		case sb.Arch:
			return 1
		}
	}
	return cmp.Compare(a, b)
}

// Replaces returns, for an installed package of the transaction, all packages that
// replace it, the main one first, and for a new one the packages it replaces.
func (t *Transaction) Replaces(id SolvableID) []SolvableID {
	var out []SolvableID
	for _, r := range t.pairs {
		switch id {
		case r.old:
			out = append(out, r.id)
		case r.id:
			out = append(out, r.old)
		}
	}
	if t.p.isInstalled(id) {
		mergeSort(out, func(a, b SolvableID) int { return t.compareRelated(id, a, b) })
	}
	return out
}

// main returns the first of Replaces, or 0.
func (t *Transaction) main(id SolvableID) SolvableID {
	if t.p.isInstalled(id) {
		return t.best[id]
	}
	for _, r := range t.pairs {
		if r.id == id {
			return r.old
		}
	}
	return 0
}

// Changes returns all changes, with replaced packages and their replacements joined.
// Packages installed beside other versions count as installed.
func (t *Transaction) Changes() []Change {
	out := make([]Change, 0, len(t.Steps))
	for _, id := range t.Steps {
		if t.p.isInstalled(id) {
			out = append(out, t.oldChange(id))
		} else if t.unreferenced(id) {
			out = append(out, Change{Type: ChangeInstall, Package: id})
		}
	}
	return out
}

func (t *Transaction) oldChange(id SolvableID) Change {
	p := t.p
	c := Change{Type: ChangeErase, Package: id, Other: t.best[id]}
	if c.Other == 0 {
		return c
	}
	old, sv := &p.solvables[id], &p.solvables[c.Other]
	if old.Name != sv.Name {
		return c
	}
	switch {
	case p.Identical(id, c.Other):
		c.Type = ChangeReinstall
	default:
		switch r := p.CompareEVRs(old.EVR, sv.EVR, CompareEVR); {
		case r < 0:
			c.Type = ChangeUpgrade
		case r > 0:
			c.Type = ChangeDowngrade
		default:
			c.Type = ChangeChange
		}
	}
	return c
}

// unreferenced reports a new package that is not shown as the replacement of an
// installed one of the same name.
func (t *Transaction) unreferenced(id SolvableID) bool {
	p := t.p
	q := t.main(id)
	if q == 0 || p.solvables[q].Name != p.solvables[id].Name {
		return true
	}
	if t.best[q] == id {
		return false
	}
	for _, r := range t.pairs {
		if r.id == id && p.solvables[r.old].Name == p.solvables[id].Name && t.best[r.old] == id {
			return false
		}
	}
	return true
}
