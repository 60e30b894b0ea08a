package solver

import "slices"

// packageRules makes the rules that follow from the dependencies of packages,
// starting from some packages and visiting whatever these can pull in. With a
// collector it adds no rules but finds the dependencies that lead to a known one.
type packageRules struct {
	s     *Solver
	p     *Pool
	info  *ruleInfoCollector
	queue []SolvableID
	seen  bitmap // nil when collecting
}

func (s *Solver) packageRules() *packageRules {
	return &packageRules{s: s, p: s.pool, seen: s.added}
}

func (g *packageRules) emit(p, q SolvableID, set uint32, kind RuleKind, dep ID) {
	if g.info != nil {
		g.info.match(p, q, set, kind, dep)
		return
	}
	g.s.addRule(p, q, set)
}

func (g *packageRules) enqueue(ids []SolvableID) {
	if g.seen == nil {
		return
	}
	for _, id := range ids {
		if !g.seen.has(id) {
			g.queue = append(g.queue, id)
		}
	}
}

// add makes the rules of a package and of everything it may need.
func (g *packageRules) add(id SolvableID) {
	if g.seen != nil && g.seen.has(id) {
		return
	}
	g.queue = append(g.queue[:0], id)
	for i := 0; i < len(g.queue); i++ {
		if id := g.queue[i]; g.seen == nil || g.seen.add(id) {
			g.addPackage(id)
		}
	}
}

// addWithUpdaters makes the rules of an installed package and of all packages that
// could replace it.
func (g *packageRules) addWithUpdaters(id SolvableID) {
	candidates := g.s.findUpdates(id, allowAll)
	g.add(id)
	for _, c := range candidates {
		g.add(c)
	}
}

// addWeak adds packages that supplement or enhance packages which have rules,
// until no more are found.
func (g *packageRules) addWeak() {
	var weak []SolvableID
	for _, id := range g.p.prov.reverse {
		if !g.seen.has(id) && (g.s.isInstalled(id) || g.p.Installable(id)) {
			weak = append(weak, id)
		}
	}
	for i, idle := 0, 0; idle < len(weak); i, idle = i+1, idle+1 {
		if i == len(weak) {
			i = 0
		}
		if id := weak[i]; !g.seen.has(id) && g.possiblyWeak(id) {
			g.add(id)
			idle = -1
		}
	}
}

func (g *packageRules) possiblyWeak(id SolvableID) bool {
	sv := &g.p.solvables[id]
	possible := func(d ID) bool { return g.s.depPossible(d, g.seen) }
	return slices.ContainsFunc(g.p.list(sv, Supplements), possible) ||
		slices.ContainsFunc(g.p.list(sv, Enhances), possible)
}

// addPackage makes the rules of a single package. The dependencies of an installed
// package only count as far as they are satisfied now, unless it is to be fixed.
func (g *packageRules) addPackage(id SolvableID) {
	s, sv := g.s, &g.p.solvables[id]
	installed := s.isInstalled(id)
	lenient := installed && !s.fixAll && !s.fix.test(id)
	if !lenient {
		if sv.isSource() && g.p.Disabled(id) || !sv.isSource() && !g.p.Installable(id) {
			g.emit(-id, 0, 0, RuleNotInstallable, 0)
		}
	}
	g.requires(id, sv, installed, lenient)
	if s.Flags.StrongRecommends {
		g.strongRecommends(id, sv, lenient)
	}
	if sv.isSource() {
		return
	}
	g.conflicts(id, sv, lenient)
	if !installed || !g.p.Flags.NoInstalledObsoletes {
		g.obsoletes(id, sv, installed, lenient)
		if !installed || !lenient {
			g.sameName(id, sv, installed)
		}
	}
	if g.seen != nil {
		g.lockStep(sv)
		g.enqueueWeak(sv, Recommends)
		g.enqueueWeak(sv, Suggests)
	}
}

func (g *packageRules) requires(id SolvableID, sv *Solvable, installed, lenient bool) {
	var ignored []ID
	for _, req := range g.p.list(sv, Requires) {
		switch {
		case req == preMarker:
			if installed {
				ignored = g.p.PreIgnoreInst(id)
			}
			continue
		case ignored != nil && slices.Contains(ignored, req):
			continue
		case g.p.isComplex(req):
			g.complexDep(id, req, RuleRequires, lenient)
			continue
		}
		off := g.p.providersOf(req)
		set := g.p.prov.set(off)
		switch {
		case len(set) > 0 && set[0] == SystemSolvable:
		case lenient && !slices.ContainsFunc(set, g.s.isInstalled):
		case len(set) == 0:
			g.emit(-id, 0, 0, RuleNothingProvides, req)
		case slices.Contains(set, id):
		default:
			g.emit(-id, 0, off, RuleRequires, req)
			g.enqueue(set)
		}
	}
}

// strongRecommends treats recommends like requires that may be given up.
func (g *packageRules) strongRecommends(id SolvableID, sv *Solvable, lenient bool) {
	if sv.deps[Recommends] == 0 {
		return
	}
	s := g.s
	start := s.nextRule()
	s.lastPkgRule = 0
	for _, rec := range g.p.list(sv, Recommends) {
		if g.p.isComplex(rec) {
			g.complexDep(id, rec, RulePkgRecommends, lenient)
			continue
		}
		off := g.p.providersOf(rec)
		set := g.p.prov.set(off)
		if len(set) == 0 || set[0] == SystemSolvable || slices.Contains(set, id) {
			continue
		}
		g.emit(-id, 0, off, RulePkgRecommends, rec)
		g.enqueue(set)
	}
	if g.info == nil && start < s.nextRule() {
		for r := start; r < s.nextRule(); r++ {
			s.recommendRules = append(s.recommendRules, r)
		}
		s.lastPkgRule = 0
	}
}

// isOtherProviders reports namespace:otherproviders(x), "x of anybody else".
func (p *Pool) isOtherProviders(dep ID) bool {
	return dep.IsRel() && p.rel(dep).op == OpNamespace && p.rel(dep).name == NamespaceOtherProviders
}

func (g *packageRules) conflicts(id SolvableID, sv *Solvable, lenient bool) {
	if sv.deps[Conflicts] == 0 {
		return
	}
	// Patches conflict with packages by name; a newer version beside the old one
	// resolves that.
	patch := hasPrefix(g.p.strs.get(sv.Name), "patch:")
	for _, con := range g.p.list(sv, Conflicts) {
		if !patch && g.p.isComplex(con) {
			g.complexDep(id, con, RuleConflicts, lenient)
			continue
		}
		for _, q := range g.p.provide(con) {
			switch {
			case patch && !g.p.MatchNEVR(q, con):
			case lenient && g.s.isInstalled(q):
			case q == id:
				if g.p.Flags.ForbidSelfConflicts && !g.p.isOtherProviders(con) {
					g.emit(-id, 0, 0, RuleSelfConflict, con)
				}
			case patch && con.IsRel() && g.s.multiversion.test(q) && g.patchConflict(id, q, con):
			case q == SystemSolvable:
				g.emit(-id, 0, 0, RuleConflicts, con)
			default:
				g.emit(-id, -q, 0, RuleConflicts, con)
			}
		}
	}
}

// patchConflict adds the rule that a patch excludes a multiversion package, unless
// another version of it that does not conflict is there. It returns false when
// there is no such version.
func (g *packageRules) patchConflict(id, q SolvableID, con ID) bool {
	sv := &g.p.solvables[q]
	lits := []SolvableID{-q}
	for _, o := range g.p.provide(sv.Name) {
		so := &g.p.solvables[o]
		if so.Name == sv.Name && so.Arch == sv.Arch && g.s.multiversion.test(o) && !g.p.MatchNEVR(o, con) {
			lits = append(lits, o)
		}
	}
	if len(lits) == 1 {
		return false
	}
	g.emit(-id, 0, g.p.prov.add(lits), RuleConflicts, con)
	return true
}

func (g *packageRules) obsoletes(id SolvableID, sv *Solvable, installed, lenient bool) {
	if g.s.multiversion.test(id) && !g.s.Flags.KeepExplicitObsoletes {
		return
	}
	kind := RuleObsoletes
	if installed {
		kind = RuleInstalledObsoletes
	}
	for _, obs := range g.p.list(sv, Obsoletes) {
		for _, q := range g.p.provide(obs) {
			if q == id || installed && lenient && g.s.isInstalled(q) || !g.p.obsoleted(sv, q, obs) {
				continue
			}
			if q == SystemSolvable {
				q = 0
			}
			g.emit(-id, -q, 0, kind, obs)
		}
	}
}

// obsoleted reports whether package sv, which has the obsoletes dependency dep,
// obsoletes q, one of the providers of dep.
func (p *Pool) obsoleted(sv *Solvable, q SolvableID, dep ID) bool {
	if !p.Flags.ObsoleteUsesProvides && !p.MatchNEVR(q, dep) {
		return false
	}
	return !p.Flags.ObsoleteUsesColors || p.colorMatch(sv, &p.solvables[q])
}

// replacesName reports whether two packages exclude each other as versions of one
// name; q is one of the providers of the name of sv.
func (p *Pool) replacesName(sv *Solvable, q SolvableID) bool {
	sq := &p.solvables[q]
	if !p.Flags.ImplicitObsoleteUsesProvides && sq.Name != sv.Name {
		return false
	}
	return !p.Flags.ImplicitObsoleteUsesColors || p.colorMatch(sv, sq)
}

// sameName excludes other versions. Installed packages only look at each other, as
// new ones look at them.
func (g *packageRules) sameName(id SolvableID, sv *Solvable, installed bool) {
	multi := g.s.multiversion.test(id)
	for _, q := range g.p.provide(sv.Name) {
		sq := &g.p.solvables[q]
		qInstalled := g.s.isInstalled(q)
		if q == id || installed && !qInstalled {
			continue
		}
		if multi && (sv.Name != sq.Name || sv.EVR != sq.EVR || sv.Arch != sq.Arch) {
			if installed || !qInstalled || g.s.multiversion.test(q) {
				continue
			}
		}
		if !g.p.replacesName(sv, q) {
			continue
		}
		switch {
		case sv.Name != sq.Name:
			if q == SystemSolvable {
				q = 0
			}
			g.emit(-id, -q, 0, RuleImplicitObsoletes, sv.Name)
		case g.seen != nil && q != SystemSolvable && !qInstalled && g.seen.has(q) &&
			!sq.isSource() && !g.s.multiversion.test(q):
			// The other package has added this rule already.
		default:
			if q == SystemSolvable {
				q = 0
			}
			g.emit(-id, -q, 0, RuleSameName, 0)
		}
	}
}

// lockStep visits the same version for better architectures, since it must be
// possible to hold both in the same version.
func (g *packageRules) lockStep(sv *Solvable) {
	score := g.p.arch.score(sv.Arch)
	if !g.p.Flags.ImplicitObsoleteUsesColors || score <= 1 {
		return
	}
	for _, q := range g.p.provide(sv.Name) {
		sq := &g.p.solvables[q]
		if sq.Name != sv.Name || sq.EVR != sv.EVR || g.seen.has(q) {
			continue
		}
		if a := g.p.arch.score(sq.Arch); a > 1 && a < score {
			g.queue = append(g.queue, q)
		}
	}
}

func (g *packageRules) enqueueWeak(sv *Solvable, k DepKind) {
	for _, d := range g.p.list(sv, k) {
		if g.p.isComplex(d) {
			g.p.positiveProviders(d, false, func(id SolvableID) {
				if !g.seen.has(id) {
					g.queue = append(g.queue, id)
				}
			})
			continue
		}
		g.enqueue(g.p.provide(d))
	}
}
