package solver

import "slices"

// complexDep adds the rules of a rich dependency, one for each clause.
func (g *packageRules) complexDep(id SolvableID, dep ID, kind RuleKind, lenient bool) {
	mode := clauseMode(0)
	if kind == RuleConflicts {
		mode = modeTerms | modeInvert
	}
	blocks, t := g.p.normalize(dep, mode)
	switch t {
	case isTrue:
		return
	case isFalse:
		if lenient {
			return
		}
		if kind == RuleRequires {
			kind = RuleNothingProvides
		}
		g.emit(-id, 0, 0, kind, dep)
		return
	}
	for _, block := range blocks {
		if !lenient || slices.ContainsFunc(block, g.holdsNow) {
			g.clause(id, dep, kind, block)
		}
	}
}

// addConditions makes the rules of packages that a job may ask for besides the
// providers of its dependency: those of b in "install a if b else c" and in "erase a if
// b". libsolv forgets them, so that a package may come without what it requires.
func (g *packageRules) addConditions(j Job, mode clauseMode) {
	if !isDepSelection(j.selection()) || !g.p.isComplex(j.What) {
		return
	}
	if j.selection() == SelName {
		mode |= modeName
	}
	blocks, _ := g.p.normalize(j.What, mode)
	for _, block := range blocks {
		for _, l := range block {
			if l > 0 {
				g.add(l)
			}
		}
	}
}

// holdsNow reports whether a literal is true for the packages installed now.
func (g *packageRules) holdsNow(l SolvableID) bool {
	if l < 0 {
		return !g.s.isInstalled(-l)
	}
	return g.s.isInstalled(l)
}

// clause adds "not id or block".
func (g *packageRules) clause(id SolvableID, dep ID, kind RuleKind, block []SolvableID) {
	if slices.Contains(block, id) {
		return
	}
	if len(block) == 1 {
		switch {
		case block[0] != -id:
			g.emit(-id, block[0], 0, kind, dep)
		case kind != RuleConflicts:
			g.emit(-id, 0, 0, kind, dep)
		case g.p.Flags.ForbidSelfConflicts && !g.p.isOtherProviders(dep):
			g.emit(-id, 0, 0, RuleSelfConflict, dep)
		}
	} else {
		lits := block
		if i, found := slices.BinarySearch(block, -id); !found {
			lits = slices.Insert(slices.Clone(block), i, -id)
		}
		if g.info != nil {
			g.info.source = id
		}
		g.emit(lits[0], 0, g.p.prov.add(lits[1:]), kind, dep)
		if g.info != nil {
			g.info.source = 0
		}
	}
	if g.seen != nil {
		for _, l := range block {
			if l > 0 && !g.seen.has(l) {
				g.queue = append(g.queue, l)
			}
		}
	}
}
