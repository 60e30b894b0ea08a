package solver

import "slices"

// Installed packages are settled in passes, so that updates by request come first,
// and what can be kept is kept before anything else is updated.
const (
	passRequested = iota // update the packages that are to be updated
	passKeep             // keep the others if possible
	passUpdate           // update those that could not be kept
	passEnd
)

// installedScan is one run of resolveInstalled.
type installedScan struct {
	s            *Solver
	level        int32
	passLevel    int32 // level at the begin of the pass
	disableRules bool
	pos          SolvableID // package that gave trouble the last time
	needUpdate   bool       // there is something for passUpdate
	list         []SolvableID
}

func (s *Solver) resolveInstalled(level int32, disableRules bool) int32 {
	sc := installedScan{s: s, level: level, disableRules: disableRules, pos: s.installedPos}
	if sc.pos == 0 {
		sc.pos = s.installed.start
	}
	first := passKeep
	if s.updateAll {
		first = passUpdate
	} else if s.update != nil {
		first = passRequested
	}
	for pass := first; pass < passEnd; {
		if !sc.scan(pass) {
			if sc.level < level {
				break
			}
			pass = first
			continue
		}
		sc.pos = s.installed.start
		pass++
		if pass == passUpdate && !sc.needUpdate {
			break
		}
	}
	s.installedPos = sc.pos
	return sc.level
}

// outcome says how to go on after a decision.
type outcome int

const (
	decided outcome = iota // next step
	again                  // same package again, the decision was taken back
	restart                // as again, and count all packages anew
	trouble                // below the level of the pass
)

// judge compares the level reached by a decision with the one before.
func (sc *installedScan) judge(before int32) outcome {
	switch {
	case sc.level > before:
		return decided
	case sc.level < sc.passLevel:
		return trouble
	case sc.level < before:
		return restart
	}
	return again
}

// scan visits all installed packages, beginning where there was trouble. It returns
// false when the pass had to be given up.
func (sc *installedScan) scan(pass int) bool {
	s := sc.s
	sc.passLevel = sc.level
	sc.needUpdate = false
	size := s.installed.end - s.installed.start
	id := sc.pos
	for n := SolvableID(0); n < size; {
		if id == s.installed.end {
			id = s.installed.start
		}
		o := decided
		if s.isInstalled(id) {
			o = sc.visit(id, pass)
		}
		switch o {
		case decided:
			id, n = id+1, n+1
		case again:
		case restart:
			n = 0
		case trouble:
			sc.pos = id
			return false
		}
	}
	return true
}

func (sc *installedScan) visit(id SolvableID, pass int) outcome {
	s := sc.s
	_, special := s.specialUpdaters(id)
	if s.level[id] > 0 && !special {
		return decided
	}
	if pass == passRequested && s.update != nil && !s.update.has(id) {
		return decided
	}
	own := s.updateRule(id)
	r := own
	if s.rules[r].p == 0 || s.rules[r].disabled() {
		r = s.featureRule(id)
	}
	if s.rules[r].p == 0 {
		r = own
	}
	if s.rules[r].p == 0 {
		return decided // orphaned
	}
	if !s.noUpdate.has(id) && (s.level[id] < 0 || s.toUpdate(id)) {
		if pass == passKeep {
			sc.needUpdate = true
			return decided
		}
		if special {
			if o := sc.updateBeside(id); o != decided {
				return o
			}
		}
		if o := sc.updateBy(id, r); o != decided {
			return o
		}
	}
	return sc.keep(id, own)
}

// updateBeside installs the best of the packages that may be installed beside id.
func (sc *installedScan) updateBeside(id SolvableID) outcome {
	s := sc.s
	list := s.bestSpecialUpdater(id)
	if len(list) == 0 {
		return decided
	}
	r := s.featureRule(id)
	if s.rules[r].p == 0 {
		r = s.updateRule(id)
	}
	before := sc.level
	sc.level = s.choose(sc.level, list, sc.disableRules, r, ReasonUpdateInstalled)
	return sc.judge(before)
}

func (s *Solver) bestSpecialUpdater(id SolvableID) []SolvableID {
	up, _ := s.specialUpdaters(id)
	var list []SolvableID
	if s.level[id] >= 0 {
		list = append(list, id)
	}
	for _, q := range up {
		if s.level[q] >= 0 {
			list = append(list, q)
		}
	}
	// A forbidden package that is identical to an installed one stands in for its
	// repository priority.
	for i := 0; i < len(list); i++ {
		if !s.isInstalled(list[i]) {
			continue
		}
		for _, q := range up {
			if s.level[q] < 0 && !s.isInstalled(q) && s.pool.Identical(q, list[i]) {
				list = append(list, q)
			}
		}
	}
	list = s.pruneToTargets(id, list)
	if len(list) == 0 {
		return nil
	}
	best := s.filter(list, modeChoose)[0]
	if best == id || s.level[best] != 0 {
		return nil
	}
	return []SolvableID{best}
}

// updateBy installs the best package of an update or feature rule.
func (sc *installedScan) updateBy(id SolvableID, r RuleID) outcome {
	s := sc.s
	sc.list = sc.list[:0]
	for l := range s.literals(&s.rules[r]) {
		if s.level[l] > 0 {
			return decided
		}
		if s.level[l] == 0 {
			sc.list = append(sc.list, l)
		}
	}
	sc.list = s.pruneToTargets(id, sc.list)
	if len(sc.list) == 0 {
		return decided
	}
	before := sc.level
	sc.level = s.choose(sc.level, sc.list, sc.disableRules, r, ReasonUpdateInstalled)
	return sc.judge(before)
}

func (sc *installedScan) keep(id SolvableID, because RuleID) outcome {
	s := sc.s
	if s.level[id] != 0 || s.cleanDeps.test(id) {
		return decided
	}
	before := sc.level
	sc.level = s.setAndPropagate(sc.level, id, sc.disableRules, because, ReasonKeepInstalled)
	return sc.judge(before)
}

// resolveDependencies chooses packages for rules that are not fulfilled. A first
// phase only takes those where the filter leaves a single candidate, and comes back
// to the rest when there are no such left. After each choice all rules are looked at
// again, from where the scan is.
func (s *Solver) resolveDependencies(level int32, disableRules bool) int32 {
	start := level
	focus := s.extraReordering && (s.Flags.FocusNew || s.Flags.FocusBest)
	postponed, phase2 := RuleID(0), false
	list := make([]SolvableID, 0, 64)
	next, left := RuleID(1), s.nextRule()-1
	for {
		if left == 0 {
			if postponed == 0 || phase2 {
				break
			}
			next, left, phase2 = postponed, s.nextRule()-1, true
		}
		if next == s.nextRule() {
			next = 1
		}
		end := min(s.nextRule(), next+left)
		id := s.findOpen(next, end)
		left -= id - next
		next = id
		if id == end {
			continue
		}
		next, left = id+1, left-1
		r := &s.rules[id]
		if focus && !s.inFocus(id, r) {
			continue
		}
		list = s.openLiterals(r, list)
		if s.cleanDeps != nil && s.installed != nil {
			list = s.preferCleaned(list)
		}
		if len(list) > 1 && !phase2 {
			if list = s.filter(list, modeChooseNoReorder); len(list) > 1 {
				if postponed == 0 {
					postponed = id
				}
				continue
			}
		}
		level = s.choose(level, list, disableRules, id, ReasonResolve)
		if level < start {
			break
		}
		left = s.nextRule() - 1
	}
	return level
}

// findOpen returns the first rule from a range that is not fulfilled and whose
// negative literals are all chosen, or the end. At least two of its positive literals
// are undecided, otherwise propagation would have decided.
func (s *Solver) findOpen(id, end RuleID) RuleID {
	rules, level, arena := s.rules, s.level, s.pool.prov.data
scan:
	for ; id < end; id++ {
		r := &rules[id]
		switch {
		case r.d < 0, r.p < 0 && (r.d == 0 || level[-r.p] <= 0):
			continue
		case r.d == 0:
			if q := r.w[1]; q > 0 && level[r.p] == 0 && level[q] == 0 {
				return id
			}
			continue
		case r.p >= 0 && level[r.p] > 0:
			continue
		}
		n := int32(arena[r.d])
		for _, l := range arena[r.d+1 : r.d+1+n] {
			if l > 0 {
				if level[l] > 0 {
					continue scan
				}
			} else if level[-l] <= 0 {
				continue scan
			}
		}
		return id
	}
	return id
}

// inFocus limits rules to the dependencies of new packages, with FocusNew to those
// that no installed package could meet.
func (s *Solver) inFocus(id RuleID, r *rule) bool {
	if id >= s.featureRules.start {
		return false
	}
	if r.d == 0 || s.installed == nil {
		return true
	}
	isNew := func(l SolvableID) bool { return l < 0 && s.level[-l] > 0 && !s.isInstalled(-l) }
	if !(r.p < 0 && !s.isInstalled(-r.p)) && !slices.ContainsFunc(s.rest(r), isNew) {
		return false
	}
	old := func(l SolvableID) bool { return l > SystemSolvable && s.isInstalled(l) }
	return s.Flags.FocusBest || !old(r.p) && !slices.ContainsFunc(s.rest(r), old)
}

// preferCleaned takes a package that would be cleaned up, since it is there.
func (s *Solver) preferCleaned(list []SolvableID) []SolvableID {
	updating := false
	for i, id := range list {
		if !s.isInstalled(id) || !s.cleanDeps.has(id) {
			continue
		}
		if !s.toUpdate(id) {
			return list[i : i+1]
		}
		updating = true
	}
	if updating {
		return s.cleanedUpdates(list)
	}
	return list
}

// cleanedUpdates keeps the packages that would be cleaned up and their updates.
func (s *Solver) cleanedUpdates(list []SolvableID) []SolvableID {
	marked := make([]bool, len(list))
	for i, id := range list {
		if !s.isInstalled(id) || !s.cleanDeps.has(id) {
			continue
		}
		var updates []SolvableID
		if up, ok := s.specialUpdaters(id); ok {
			updates = append(updates, up...)
		} else {
			for l := range s.literals(&s.rules[s.updateRule(id)]) {
				updates = append(updates, l)
			}
		}
		updates = slices.DeleteFunc(updates, func(q SolvableID) bool { return s.level[q] < 0 })
		updates = s.pruneToTargets(id, updates)
		marked[i] = true
		for k, q := range list {
			marked[k] = marked[k] || slices.Contains(updates, q)
		}
	}
	out := list[:0]
	for i, id := range list {
		if marked[i] {
			out = append(out, id)
		}
	}
	return out
}
