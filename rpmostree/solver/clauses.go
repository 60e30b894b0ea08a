package solver

// A rich dependency is a formula over packages. The solver needs it as a
// conjunction of clauses (for requirements) or as a disjunction of terms (for
// conflicts, whose negation then is a conjunction of clauses).

// clauseMode selects the form and how leaves are matched.
type clauseMode uint8

const (
	modeTerms  clauseMode = 1 << iota // disjunction of terms instead of conjunction of clauses
	modeInvert                        // negate the result, which also swaps the form
	modeName                          // leaves match package names, not provides
)

// truth is the value of a formula as far as it is known without decisions.
type truth uint8

const (
	isFalse truth = iota
	isTrue
	isOpen // see the clauses
)

func (t truth) not() truth {
	switch t {
	case isFalse:
		return isTrue
	case isTrue:
		return isFalse
	}
	return isOpen
}

// clauses are blocks of ascending literals.
type clauses [][]SolvableID

// maxClauses and maxLiterals bound the growth of nested formulas; a dependency beyond
// them counts as impossible.
const (
	maxClauses  = 1 << 16
	maxLiterals = 1 << 20
)

// isComplex reports whether a dependency cannot be expressed by the set of its
// providers.
func (p *Pool) isComplex(dep ID) bool {
	for dep.IsRel() {
		r := p.rel(dep)
		switch r.op {
		case OpAnd, OpCond, OpUnless:
			return true
		case OpOr:
			if p.isComplex(r.name) {
				return true
			}
			dep = r.evr
		default:
			return false
		}
	}
	return false
}

// normalize turns a dependency into clauses or terms.
func (p *Pool) normalize(dep ID, mode clauseMode) (clauses, truth) {
	c, t := p.normal(dep, mode&^modeInvert)
	if mode&modeInvert != 0 {
		return invert(c, t)
	}
	return c, t
}

func (p *Pool) normal(dep ID, mode clauseMode) (clauses, truth) {
	if !p.isComplex(dep) {
		return p.leaf(dep, mode)
	}
	r := p.rel(dep)
	switch r.op {
	case OpOr:
		return p.normalOr(r.name, r.evr, mode, 0)
	case OpAnd:
		return p.normalAnd(r.name, r.evr, mode, 0)
	}
	cond, otherwise := r.evr, IDNone
	if cond.IsRel() {
		if e := p.rel(cond); e.op == OpElse {
			cond, otherwise = e.name, e.evr
		}
	}
	switch {
	case r.op == OpCond && otherwise != 0:
		// a if c else b: (a or not c) and (c or b)
		return p.combine(mode, false,
			func() (clauses, truth) { return p.normalOr(r.name, cond, mode, modeTerms) },
			func() (clauses, truth) { return p.normalOr(cond, otherwise, mode, 0) })
	case r.op == OpCond:
		return p.normalOr(r.name, cond, mode, modeTerms)
	case otherwise != 0:
		// a unless c else b: (a and not c) or (c and b)
		return p.combine(mode, true,
			func() (clauses, truth) { return p.normalAnd(r.name, cond, mode, modeTerms) },
			func() (clauses, truth) { return p.normalAnd(cond, otherwise, mode, 0) })
	}
	return p.normalAnd(r.name, cond, mode, modeTerms)
}

// normalOr is a or b; with flip it is a or not b.
func (p *Pool) normalOr(a, b ID, mode, flip clauseMode) (clauses, truth) {
	return p.combine(mode, true,
		func() (clauses, truth) { return p.normal(a, mode) },
		func() (clauses, truth) { return p.operand(b, mode, flip) })
}

// normalAnd is a and b; with flip it is a and not b.
func (p *Pool) normalAnd(a, b ID, mode, flip clauseMode) (clauses, truth) {
	return p.combine(mode, false,
		func() (clauses, truth) { return p.normal(a, mode) },
		func() (clauses, truth) { return p.operand(b, mode, flip) })
}

func (p *Pool) operand(d ID, mode, flip clauseMode) (clauses, truth) {
	if flip == 0 {
		return p.normal(d, mode)
	}
	return invert(p.normal(d, mode^flip))
}

// combine joins two formulas by or, otherwise by and.
func (p *Pool) combine(mode clauseMode, or bool, first, second func() (clauses, truth)) (clauses, truth) {
	decisive := isFalse
	if or {
		decisive = isTrue
	}
	x, tx := first()
	if tx == decisive {
		return nil, decisive
	}
	y, ty := second()
	switch {
	case ty == decisive:
		return nil, decisive
	case tx != isOpen:
		return y, ty
	case ty != isOpen:
		return x, tx
	}
	if or == (mode&modeTerms != 0) {
		return append(x, y...), isOpen
	}
	return distribute(x, y, mode)
}

// leaf is a dependency that is satisfied by any of its providers.
func (p *Pool) leaf(dep ID, mode clauseMode) (clauses, truth) {
	set := p.provide(dep)
	if len(set) == 0 {
		return nil, isFalse
	}
	if set[0] == SystemSolvable {
		return nil, isTrue
	}
	if mode&modeName != 0 {
		var named []SolvableID
		for _, id := range set {
			if p.MatchNEVR(id, dep) {
				named = append(named, id)
			}
		}
		set = named
	}
	if len(set) == 0 {
		return nil, isFalse
	}
	if mode&modeTerms == 0 {
		return clauses{set}, isOpen
	}
	c := make(clauses, len(set))
	for i := range set {
		c[i] = set[i : i+1 : i+1]
	}
	return c, isOpen
}

func invert(c clauses, t truth) (clauses, truth) {
	if t != isOpen {
		return nil, t.not()
	}
	out := make(clauses, len(c))
	for i, block := range c {
		b := make([]SolvableID, len(block))
		for j, l := range block {
			b[len(block)-1-j] = -l
		}
		out[i] = b
	}
	return out, isOpen
}

// distribute multiplies out: (a1 a2)(b1 b2) = a1b1 a1b2 a2b1 a2b2.
func distribute(x, y clauses, mode clauseMode) (clauses, truth) {
	if len(x)*len(y) > maxClauses {
		return nil, isFalse
	}
	out := make(clauses, 0, len(x)*len(y))
	total := 0
	for _, a := range x {
		for _, b := range y {
			if total += len(a) + len(b); total > maxLiterals {
				return nil, isFalse
			}
			m := mergeSets(make([]SolvableID, 0, len(a)+len(b)), a, b)
			if !contradictory(m) {
				out = append(out, m)
			}
		}
	}
	if len(out) > 0 {
		return out, isOpen
	}
	if mode&modeTerms != 0 {
		return nil, isFalse
	}
	return nil, isTrue
}

// contradictory reports whether an ascending block has x and not x.
func contradictory(block []SolvableID) bool {
	for a, b := 0, len(block)-1; a < b; {
		switch {
		case -block[a] == block[b]:
			return true
		case -block[a] > block[b]:
			a++
		default:
			b--
		}
	}
	return false
}

// positiveProviders calls f for the packages that may help to satisfy a rich
// dependency, in the order of its leaves.
func (p *Pool) positiveProviders(dep ID, negated bool, f func(SolvableID)) {
	for dep.IsRel() {
		r := p.rel(dep)
		if r.op != OpAnd && r.op != OpOr && r.op != OpCond && r.op != OpUnless {
			break
		}
		p.positiveProviders(r.name, negated, f)
		dep = r.evr
		if r.op != OpCond && r.op != OpUnless {
			continue
		}
		negated = !negated
		if dep.IsRel() {
			if e := p.rel(dep); e.op == OpElse {
				p.positiveProviders(e.name, !negated, f)
				p.positiveProviders(e.evr, !negated, f)
				dep = e.name
			}
		}
	}
	if !negated {
		for _, id := range p.provide(dep) {
			f(id)
		}
	}
}
