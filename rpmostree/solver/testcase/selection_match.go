package testcase

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/solver"
)

// fileList selects the packages that contain a path. Each path that matches a pattern makes a part of its own, in the
// order of the paths, unless the result is to be flat.
func (s *selector) fileList(text string) selection {
	if !strings.HasPrefix(text, "/") && (!s.on(selGlob) || text == "" || strings.IndexByte("*[?", text[0]) < 0) {
		return nil
	}
	match, _ := s.matcher(text)
	type hit struct {
		path string
		id   solver.SolvableID
	}
	var hits []hit
	last := solver.SolvableID(0)
	for _, r := range s.pool.Repos() {
		r.Files(func(id solver.SolvableID, path []byte) bool {
			if id == last && s.on(selFlat) || s.on(selInstalledOnly) && !s.installed(id) || !s.allowed(id) || !match(string(path)) {
				return true
			}
			hits, last = append(hits, hit{string(path), id}), id
			return true
		})
	}
	if s.on(selFlat) {
		sel := make(selection, len(hits))
		for i, h := range hits {
			sel[i] = s.list(0, []solver.SolvableID{h.id})
		}
		return sel
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Or(strings.Compare(a.path, b.path), cmp.Compare(a.id, b.id)) })
	var sel selection
	for len(hits) > 0 {
		var ids []solver.SolvableID
		path := hits[0].path
		for len(hits) > 0 && hits[0].path == path {
			ids = append(ids, hits[0].id)
			hits = hits[1:]
		}
		sel = s.appendList(sel, slices.Compact(ids))
	}
	return sel
}

// appendList appends a list unless the selection has it already.
func (s *selector) appendList(sel selection, ids []solver.SolvableID) selection {
	for _, j := range sel {
		if slices.Equal(s.pool.JobPackages(j), ids) {
			return sel
		}
	}
	return append(sel, s.list(0, ids))
}

// depLists names the dependency lists as libsolv does.
var depLists = []struct {
	name string
	kind solver.DepKind
}{
	{"solvable:provides", solver.Provides},
	{"solvable:requires", solver.Requires},
	{"solvable:conflicts", solver.Conflicts},
	{"solvable:obsoletes", solver.Obsoletes},
	{"solvable:recommends", solver.Recommends},
	{"solvable:suggests", solver.Suggests},
	{"solvable:supplements", solver.Supplements},
	{"solvable:enhances", solver.Enhances},
}

// listKey names what is searched: the packages' own name and evr, or one of their lists.
type listKey struct {
	own  bool
	kind solver.DepKind
}

func parseListKey(name string) (listKey, error) {
	if name == "solvable:name" {
		return listKey{own: true}, nil
	}
	for _, l := range depLists {
		if l.name == name {
			return listKey{kind: l.kind}, nil
		}
	}
	return listKey{}, fmt.Errorf("selection over %q: %w", clip([]byte(name)), ErrNotSupported)
}

// candidates calls yield for the packages that a search over dependencies looks at.
func (s *selector) candidates(before selection, yield func(solver.SolvableID)) {
	ids := s.members(before)
	if !s.on(selSubtract | selFilter) {
		ids = s.pool.JobPackages(solver.Job{How: solver.SelAll})
	}
	for _, id := range ids {
		if s.on(selInstalledOnly) && !s.installed(id) {
			continue
		}
		if s.allowed(id) {
			yield(id)
		}
	}
}

// found turns a list of packages into a selection: one part each, or one list.
func (s *selector) found(before selection, ids []solver.SolvableID) selection {
	var sel selection
	for _, id := range ids {
		sel = append(sel, s.list(0, []solver.SolvableID{id}))
	}
	if s.on(selFlat) {
		sel = s.flatten(sel)
	}
	return s.combine(before, sel)
}

// makeMatchDeps selects the packages with a matching entry in a list, given as text.
func (s *selector) makeMatchDeps(before selection, key listKey, text string) selection {
	name, op, evr := text, solver.Op(0), ""
	if s.on(selRel) && !s.on(selDepStr) {
		var ok bool
		if name, op, evr, ok = splitRel(text); !ok && strings.ContainsAny(text, "<=>") {
			return s.combine(before, nil)
		}
	}
	match, glob := s.matcher(name)
	if !glob && !s.on(selNoCase|selDepStr) {
		dep := s.pool.InternString(name)
		if op != 0 {
			dep = s.pool.Rel(dep, op, s.pool.InternString(evr))
		}
		return s.makeMatchDepID(before, key, dep)
	}
	m := depMatcher{s: s, match: match, op: op, evr: s.pool.InternString(evr)}
	var ids []solver.SolvableID
	s.candidates(before, func(id solver.SolvableID) {
		if m.matches(id, key) {
			ids = append(ids, id)
		}
	})
	return s.found(before, ids)
}

// depMatcher compares the names of dependencies by a function and their ranges with one.
type depMatcher struct {
	s     *selector
	match func(string) bool
	op    solver.Op
	evr   solver.ID
}

func (m *depMatcher) matches(id solver.SolvableID, key listKey) bool {
	p := m.s.pool
	pkg := p.Solvable(id)
	switch {
	case key.own && m.s.on(selDepStr):
		return m.match(p.Str(pkg.Name) + " = " + p.Str(pkg.EVR))
	case key.own:
		return m.dep(p.Rel(pkg.Name, solver.OpEQ, pkg.EVR))
	case m.s.on(selDepStr):
		return slices.ContainsFunc(p.Deps(id, key.kind), func(d solver.ID) bool { return m.match(p.DepString(d)) })
	}
	return slices.ContainsFunc(p.Deps(id, key.kind), m.dep)
}

// dep compares one dependency; a boolean one matches when an operand that can be satisfied positively does.
func (m *depMatcher) dep(id solver.ID) bool {
	p := m.s.pool
	left, op, right, ok := p.RelParts(id)
	if !ok {
		return m.match(p.Str(id))
	}
	switch op {
	case solver.OpAnd, solver.OpOr, solver.OpWith:
		return m.dep(left) || m.dep(right)
	case solver.OpWithout, solver.OpArch:
		return m.dep(left)
	case solver.OpCond, solver.OpUnless:
		if m.dep(left) {
			return true
		}
		_, inner, otherwise, ok := p.RelParts(right)
		return ok && inner == solver.OpElse && m.dep(otherwise)
	}
	return m.dep(left) && (m.op == 0 || p.MatchDep(p.Rel(solver.IDEmpty, op, right), p.Rel(solver.IDEmpty, m.op, m.evr)))
}

// makeMatchDepID selects the packages with a matching entry in a list, given as a dependency.
func (s *selector) makeMatchDepID(before selection, key listKey, dep solver.ID) selection {
	if dep == 0 {
		return s.combine(before, nil)
	}
	p := s.pool
	var matches func(solver.SolvableID) bool
	switch {
	case key.own && s.on(selDepStr):
		name, op, evr, ok := p.RelParts(dep)
		if !ok || name == 0 || op != solver.OpEQ {
			return s.combine(before, nil)
		}
		matches = func(id solver.SolvableID) bool {
			pkg := p.Solvable(id)
			return pkg.Name == name && pkg.EVR == evr
		}
	case key.own:
		matches = func(id solver.SolvableID) bool { return p.MatchNEVR(id, dep) }
	case s.on(selDepStr):
		matches = func(id solver.SolvableID) bool { return slices.Contains(p.Deps(id, key.kind), dep) }
	default:
		matches = func(id solver.SolvableID) bool {
			return slices.ContainsFunc(p.Deps(id, key.kind), func(d solver.ID) bool { return p.MatchDep(d, dep) })
		}
	}
	var ids []solver.SolvableID
	s.candidates(before, func(id solver.SolvableID) {
		if matches(id) {
			ids = append(ids, id)
		}
	})
	return s.found(before, ids)
}

// makeMatchSolvable selects the packages with an entry in a list that a package would satisfy.
func (s *selector) makeMatchSolvable(before selection, key listKey, target solver.SolvableID) selection {
	var ids []solver.SolvableID
	s.candidates(before, func(id solver.SolvableID) {
		if id != target && !key.own && s.pool.MatchesSolvable(id, key.kind, target) {
			ids = append(ids, id)
		}
	})
	return s.found(before, ids)
}
