package solver

import "slices"

// depPossible reports whether a weak dependency could become true with the packages
// of a set. Conditions are taken as possible.
func (s *Solver) depPossible(dep ID, m bitmap) bool {
	p := s.pool
	if dep.IsRel() {
		switch r := p.rel(dep); r.op {
		case OpCond, OpUnless:
			return true
		case OpAnd:
			return s.depPossible(r.name, m) && s.depPossible(r.evr, m)
		case OpOr:
			return s.depPossible(r.name, m) || s.depPossible(r.evr, m)
		case OpNamespace:
			if r.name == NamespaceSplitProvides {
				return s.splitProvides(r.evr, true)
			}
		}
	}
	return slices.ContainsFunc(p.provide(dep), m.has)
}

// splitProvides evaluates namespace:splitprovides(package with /path): the package
// is installed, contains the path, and is being updated. Then the package that has
// taken over the path is supplemented.
func (s *Solver) splitProvides(dep ID, anyState bool) bool {
	p := s.pool
	if !s.Flags.SplitProvides || s.installed == nil || !dep.IsRel() {
		return false
	}
	r := p.rel(dep)
	if r.op != OpWith {
		return false
	}
	return slices.ContainsFunc(p.provide(dep), func(id SolvableID) bool {
		return s.isInstalled(id) && p.solvables[id].Name == r.name && (anyState || s.isUpdating(id))
	})
}

// isUpdating reports whether an installed package goes in favour of a newer one.
func (s *Solver) isUpdating(id SolvableID) bool {
	p := s.pool
	if s.level[id] >= 0 {
		return false
	}
	r := &s.rules[s.featureRule(id)]
	if r.p == 0 {
		r = &s.rules[s.updateRule(id)]
	}
	old := &p.solvables[id]
	for l := range s.literals(r) {
		if l > 0 && l != id && s.level[l] > 0 {
			sv := &p.solvables[l]
			if sv.Name != old.Name || p.CompareEVRs(sv.EVR, old.EVR, CompareEVR) > 0 {
				return true
			}
		}
	}
	return false
}

// degree is how far a dependency is fulfilled.
type degree uint8

const (
	unmet degree = iota
	met
	metSpecially // a property of interest is involved, for example a new package
)

// depFulfilled reports whether a dependency holds for the packages chosen so far.
func (s *Solver) depFulfilled(dep ID) bool {
	p := s.pool
	if dep.IsRel() {
		r := p.rel(dep)
		switch r.op {
		case OpAnd:
			return s.depFulfilled(r.name) && s.depFulfilled(r.evr)
		case OpOr:
			return s.depFulfilled(r.name) || s.depFulfilled(r.evr)
		case OpCond, OpUnless:
			return s.condFulfilled(r)
		case OpNamespace:
			if r.name == NamespaceSplitProvides {
				return s.splitProvides(r.evr, false)
			}
		}
	}
	for _, id := range p.provide(dep) {
		if s.level[id] > 0 {
			return true
		}
	}
	return false
}

func (s *Solver) condFulfilled(r relation) bool {
	cond := r.evr
	if cond.IsRel() {
		if e := s.pool.rel(cond); e.op == OpElse {
			if s.depFulfilled(e.name) == (r.op == OpCond) {
				return s.depFulfilled(r.name)
			}
			return s.depFulfilled(e.evr)
		}
	}
	if r.op == OpCond {
		return s.depFulfilled(r.name) || !s.depFulfilled(cond)
	}
	return s.depFulfilled(r.name) && !s.depFulfilled(cond)
}

// booleanDegree evaluates and, or, if, unless; eval evaluates the operands.
func (s *Solver) booleanDegree(r relation, eval func(ID) degree) degree {
	special := func(a, b degree) degree {
		if a == metSpecially || b == metSpecially {
			return metSpecially
		}
		return met
	}
	switch r.op {
	case OpAnd:
		a := eval(r.name)
		if a == unmet {
			return unmet
		}
		if b := eval(r.evr); b != unmet {
			return special(a, b)
		}
		return unmet
	case OpOr:
		a, b := eval(r.name), eval(r.evr)
		if a == unmet && b == unmet {
			return unmet
		}
		return special(a, b)
	}
	if r.evr.IsRel() {
		if e := s.pool.rel(r.evr); e.op == OpElse {
			return s.elseDegree(r, e, eval)
		}
	}
	a := eval(r.name)
	holds := eval(r.evr) == unmet
	if r.op == OpCond && a == unmet && !holds || r.op == OpUnless && (a == unmet || !holds) {
		return unmet
	}
	return special(a, unmet)
}

func (s *Solver) elseDegree(r, e relation, eval func(ID) degree) degree {
	then, otherwise := r.name, e.evr
	if r.op == OpUnless {
		then, otherwise = otherwise, then
	}
	c := eval(e.name)
	if c == unmet {
		return eval(otherwise)
	}
	d := eval(then)
	if d != unmet && c == metSpecially {
		return metSpecially
	}
	return d
}

func isAndOrIf(op Op) bool { return op == OpAnd || op == OpOr || op == OpCond || op == OpUnless }

// newDegree is depFulfilled which returns metSpecially if a new package is involved.
func (s *Solver) newDegree(dep ID) degree {
	p := s.pool
	if dep.IsRel() {
		r := p.rel(dep)
		switch {
		case isAndOrIf(r.op):
			return s.booleanDegree(r, s.newDegree)
		case r.op == OpNamespace && r.name == NamespaceSplitProvides:
			if s.splitProvides(r.evr, false) {
				return metSpecially
			}
			return unmet
		case r.op == OpNamespace && (slices.Contains(s.installSupp, dep) || slices.Contains(s.installSupp, r.name)):
			return metSpecially
		}
	}
	d := unmet
	for _, id := range p.provide(dep) {
		if s.level[id] > 0 {
			if p.solvables[id].repo != 0 && !s.isInstalled(id) {
				return metSpecially
			}
			d = met
		}
	}
	return d
}

// namespaceDegree is depFulfilled which returns metSpecially if a namespace is
// involved.
func (s *Solver) namespaceDegree(dep ID) degree {
	p := s.pool
	d := met
	if dep.IsRel() {
		r := p.rel(dep)
		switch {
		case isAndOrIf(r.op):
			return s.booleanDegree(r, s.namespaceDegree)
		case r.op == OpNamespace && r.name == NamespaceSplitProvides:
			if s.splitProvides(r.evr, false) {
				return metSpecially
			}
			return unmet
		case r.op == OpNamespace:
			d = metSpecially
		}
	}
	for _, id := range p.provide(dep) {
		if s.level[id] > 0 {
			return d
		}
	}
	return unmet
}

// mentionsNamespace reports whether a namespace occurs in a dependency.
func (p *Pool) mentionsNamespace(dep ID) bool {
	for dep.IsRel() {
		r := p.rel(dep)
		if r.op == OpNamespace || p.mentionsNamespace(r.name) {
			return true
		}
		dep = r.evr
	}
	return false
}

func (s *Solver) isSupplementing(id SolvableID) bool {
	return slices.ContainsFunc(s.pool.list(&s.pool.solvables[id], Supplements), s.depFulfilled)
}

func (s *Solver) isEnhancing(id SolvableID) bool {
	return slices.ContainsFunc(s.pool.list(&s.pool.solvables[id], Enhances), s.depFulfilled)
}

// newlySupplementing reports whether a package supplements what is new in this run.
func (s *Solver) newlySupplementing(id SolvableID) bool {
	return slices.ContainsFunc(s.pool.list(&s.pool.solvables[id], Supplements), func(d ID) bool {
		if !s.Flags.AddAlreadyRecommended && s.newDegree(d) != metSpecially {
			return false
		}
		return !s.Flags.OnlyNamespaceRecommended || s.namespaceDegree(d) == metSpecially
	})
}

// openDeps are clauses of weak rich dependencies that wait for the decision of a
// package.
type openDeps struct {
	entries []openDep
	waiting bitmap // packages of the entries
}

type openDep struct {
	id  SolvableID
	dep ID
}

// updateRecommends brings the sets of recommended and suggested packages up to date
// with the decisions.
func (s *Solver) updateRecommends() {
	if s.recommendsIndex < 0 {
		s.recommends.reset()
		s.suggests.reset()
		s.openRecommends, s.openSuggests = openDeps{}, openDeps{}
		s.recommendsIndex = 0
	}
	for s.recommendsIndex < len(s.queue) {
		id := s.queue[s.recommendsIndex]
		s.recommendsIndex++
		if id < 0 {
			continue
		}
		s.recheckOpen(id, s.recommends, &s.openRecommends)
		s.recheckOpen(id, s.suggests, &s.openSuggests)
		sv := &s.pool.solvables[id]
		s.markWeak(s.pool.list(sv, Recommends), s.recommends, &s.openRecommends)
		s.markWeak(s.pool.list(sv, Suggests), s.suggests, &s.openSuggests)
	}
}

func (s *Solver) markWeak(deps []ID, m bitmap, open *openDeps) {
	for _, d := range deps {
		if s.pool.isComplex(d) {
			s.markComplex(d, m, open)
			continue
		}
		for _, id := range s.pool.provide(d) {
			m.set(id)
		}
	}
}

// markComplex marks the positive literals of clauses whose negative ones are all
// chosen, and remembers those that are not decided yet.
func (s *Solver) markComplex(dep ID, m bitmap, open *openDeps) {
	blocks, _ := s.pool.normalize(dep, 0)
	for _, block := range blocks {
		n := 0
		var undecided []SolvableID
		for n < len(block) && block[n] < 0 && s.level[-block[n]] >= 0 {
			if s.level[-block[n]] == 0 {
				undecided = append(undecided, -block[n])
			}
			n++
		}
		switch {
		case n == len(block) || block[n] < 0:
		case len(undecided) == 0:
			for _, l := range block[n:] {
				m.set(l)
			}
		default:
			for _, id := range undecided {
				open.add(id, dep, len(s.pool.solvables))
			}
		}
	}
}

func (o *openDeps) add(id SolvableID, dep ID, n int) {
	if e := (openDep{id, dep}); !slices.Contains(o.entries, e) {
		o.entries = append(o.entries, e)
		ensure(&o.waiting, n).set(id)
	}
}

func (s *Solver) recheckOpen(id SolvableID, m bitmap, open *openDeps) {
	if !open.waiting.test(id) || s.level[id] <= 0 {
		return
	}
	open.waiting.clear(id)
	for i := 0; i < len(open.entries); {
		if open.entries[i].id != id {
			i++
			continue
		}
		dep := open.entries[i].dep
		open.entries = slices.Delete(open.entries, i, i+1)
		s.markComplex(dep, m, open)
	}
}
