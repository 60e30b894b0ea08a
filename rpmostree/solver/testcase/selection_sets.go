package testcase

import (
	"slices"

	"github.com/nestos-dev/nestos/rpmostree/solver"
)

func repoOfJob(p *solver.Pool, j solver.Job) *solver.Repo {
	if i := int(j.What); i > 0 && i <= len(p.Repos()) {
		return p.Repos()[i-1]
	}
	return nil
}

func repoPackages(p *solver.Pool, r *solver.Repo) []solver.SolvableID {
	var ids []solver.SolvableID
	for id, end := r.Range(); id < end; id++ {
		if r.Has(id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// prune drops what selects nothing.
func (s *selector) prune(sel selection) selection {
	return slices.DeleteFunc(sel, func(j solver.Job) bool {
		return j.How&solver.SelMask != solver.SelAll && len(s.pool.JobPackages(j)) == 0
	})
}

// members lists all packages of a selection, ascending.
func (s *selector) members(sel selection) []solver.SolvableID {
	var ids []solver.SolvableID
	for _, j := range sel {
		ids = append(ids, s.pool.JobPackages(j)...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// flatten turns a selection of several parts into one list.
func (s *selector) flatten(sel selection) selection {
	if len(sel) < 2 {
		return sel
	}
	for _, j := range sel {
		if j.How&solver.SelMask == solver.SelAll {
			return selection{j}
		}
	}
	ids := s.members(sel)
	if len(ids) == 0 {
		return nil
	}
	return selection{s.list(0, ids)}
}

// filterRepo keeps the packages of one repository.
func (s *selector) filterRepo(sel selection, r *solver.Repo, set solver.How) selection {
	var out selection
	for _, j := range sel {
		flags := j.How&^solver.SelMask | set
		switch j.How & solver.SelMask {
		case solver.SelAll, solver.SelRepo:
			if j.How&solver.SelMask == solver.SelRepo && repoOfJob(s.pool, j) != r || len(repoPackages(s.pool, r)) == 0 {
				continue
			}
			out = append(out, solver.Job{How: flags | solver.SelRepo, What: solver.ID(r.Index())})
		default:
			ids := s.pool.JobPackages(j)
			kept := slices.DeleteFunc(slices.Clone(ids), func(id solver.SolvableID) bool { return s.pool.RepoOf(id) != r })
			switch {
			case len(kept) == 0:
			case len(kept) == len(ids):
				out = append(out, solver.Job{How: j.How | set, What: j.What})
			default:
				out = append(out, s.list(flags, kept))
			}
		}
	}
	return out
}

// extraKind tells for which flags a package is extra: the provider index does not show it. ok is false when the flags
// do not admit it.
func (s *selector) extraKind(id solver.SolvableID) (kind selFlags, ok bool) {
	if s.isSource(id) {
		if !s.on(selWithSource | selSourceOnly) {
			return 0, false
		}
		if !s.on(selSourceOnly) {
			kind |= selWithSource
		}
		if s.disabled(id) {
			kind |= selWithDisabled
		}
	} else {
		if s.on(selSourceOnly) {
			return 0, false
		}
		if !s.installed(id) && s.disabled(id) {
			kind |= selWithDisabled
		}
		if !s.installed(id) && s.badArch(id) {
			kind |= selWithBadArch
		}
	}
	return kind, kind&^s.flags&^selWithSource == 0
}

// addExtra widens selections by name or provide to sources, disabled packages and foreign architectures, as the flags
// ask. With such packages in it a selection becomes a list.
func (s *selector) addExtra(sel selection) selection {
	if s.on(selInstalledOnly) {
		s = s.with(0, selWithSource)
	}
	if !s.on(selExtra) {
		return sel
	}
	for i, j := range sel {
		if j.How != solver.SelName && j.How != solver.SelProvides {
			continue
		}
		ids, extra := s.withExtra(j)
		if !extra {
			continue
		}
		if len(ids) == 1 {
			sel[i] = solver.Job{How: solver.SelPkg | solver.JobNoAutoSet, What: solver.ID(ids[0])}
			continue
		}
		sel[i] = solver.Job{How: solver.SelOneOf, What: s.pool.AddOneOf(ids)}
	}
	return sel
}

// withExtra lists what a job by name or provide selects among all packages.
func (s *selector) withExtra(j solver.Job) (ids []solver.SolvableID, extra bool) {
	provides := j.How == solver.SelProvides
	if provides {
		for _, id := range s.pool.WhatProvides(j.What) {
			if !s.on(selInstalledOnly) || s.installed(id) {
				ids = append(ids, id)
			}
		}
	}
	packages(s.pool, func(id solver.SolvableID) bool {
		if !provides && !s.pool.MatchNEVR(id, j.What) || s.on(selInstalledOnly) && !s.installed(id) {
			return true
		}
		kind, ok := s.extraKind(id)
		if !ok || provides && (kind == 0 || !s.provides(id, j.What)) {
			return true
		}
		extra = extra || kind != 0
		ids = append(ids, id)
		return true
	})
	if provides {
		slices.Sort(ids)
	}
	return ids, extra
}

func (s *selector) provides(id solver.SolvableID, dep solver.ID) bool {
	return slices.ContainsFunc(s.pool.Deps(id, solver.Provides), func(p solver.ID) bool { return s.pool.MatchDep(p, dep) })
}

// neededExtra are those of the extra flags that matter to a selection which can only become smaller.
func (s *selector) neededExtra(before selection) selFlags {
	wanted := s.flags & selExtra
	if len(before) == 1 && before[0].How == solver.SelAll {
		return wanted
	}
	var need selFlags
	for _, id := range s.members(before) {
		if s.on(selInstalledOnly) && !s.installed(id) {
			continue
		}
		if kind, ok := s.extraKind(id); ok {
			need |= kind
		}
	}
	return need & wanted
}

// combine adds to, subtracts from or filters what was selected before, or replaces it.
func (s *selector) combine(before, sel selection) selection {
	switch {
	case s.on(selAdd):
		return append(before, sel...)
	case s.on(selSubtract):
		return s.subtract(before, sel)
	case s.on(selFilter):
		return s.filter(before, sel)
	}
	return sel
}

// only is the kind of a selection of one part.
func only(sel selection, kind solver.How) bool {
	return len(sel) == 1 && sel[0].How&solver.SelMask == kind
}

func (s *selector) filter(a, b selection) selection {
	switch {
	case len(a) == 0 || len(b) == 0:
		return nil
	case only(a, solver.SelAll):
		for i := range b {
			b[i].How &= solver.SelMask | solver.JobSetMask
		}
		return b
	case only(a, solver.SelRepo):
		for i := range b {
			b[i].How &= solver.SelMask | solver.JobSetMask
		}
		return s.filterRepo(b, repoOfJob(s.pool, a[0]), a[0].How&^(solver.SelMask|solver.JobNoAutoSet))
	case only(b, solver.SelAll):
		return a
	case only(b, solver.SelRepo):
		return s.filterRepo(a, repoOfJob(s.pool, b[0]), b[0].How&solver.JobSetMask&^solver.JobNoAutoSet)
	}
	in := s.set(a, b)
	return s.keep(a, b, func(id solver.SolvableID) bool { return in[id] })
}

func (s *selector) subtract(a, b selection) selection {
	switch {
	case len(a) == 0 || len(b) == 0:
		return a
	case only(b, solver.SelAll):
		return nil
	}
	in := s.set(a, b)
	return s.keep(a, b, func(id solver.SolvableID) bool { return !in[id] })
}

// set holds the packages of b. "<NULL> . arch" and "<NULL> <KIND> kind" are filters upon the packages of a.
func (s *selector) set(a, b selection) map[solver.SolvableID]bool {
	in := map[solver.SolvableID]bool{}
	for _, j := range b {
		ids := s.pool.JobPackages(j)
		if name, op, what, ok := s.pool.RelParts(j.What); ok && name == 0 && (op == solver.OpArch || op == solver.OpKind) {
			ids = slices.DeleteFunc(s.members(a), func(id solver.SolvableID) bool { return !s.ofKind(id, op, what) })
		}
		for _, id := range ids {
			in[id] = true
		}
	}
	return in
}

func (s *selector) ofKind(id solver.SolvableID, op solver.Op, what solver.ID) bool {
	pkg := s.pool.Solvable(id)
	if op == solver.OpArch {
		return pkg.Arch == what || what == solver.ArchSrc && pkg.Arch == solver.ArchNosrc
	}
	name := s.pool.Str(pkg.Name)
	if what == solver.IDEmpty {
		return skipKind(name) == name
	}
	kind := s.pool.Str(what) + ":"
	return what == 0 || len(name) > len(kind) && name[:len(kind)] == kind
}

// keep narrows each part of a selection to the packages that ok admits.
func (s *selector) keep(a, b selection, ok func(solver.SolvableID) bool) selection {
	var set solver.How
	if len(b) == 1 {
		set = b[0].How & solver.JobSetMask &^ solver.JobNoAutoSet
	}
	var out selection
	for _, j := range a {
		ids := s.pool.JobPackages(j)
		kept := slices.DeleteFunc(slices.Clone(ids), func(id solver.SolvableID) bool { return !ok(id) })
		switch {
		case len(kept) == 0:
		case len(kept) == len(ids):
			out = append(out, solver.Job{How: j.How | set, What: j.What})
		default:
			out = append(out, s.list(j.How&^solver.SelMask|set, kept))
		}
	}
	return out
}
