package testcase

import (
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/solver"
)

// nameArchRel matches "name op evr", of which the relation is split off if that is wanted.
func (s *selector) nameArchRel(text string, provides bool) selection {
	name, op, evr, ok := text, solver.Op(0), "", false
	if s.on(selRel) {
		name, op, evr, ok = splitRel(text)
	}
	extra := provides && s.on(selWithDisabled|selWithBadArch)
	if !ok {
		sel := s.nameArch(text, provides, extra)
		if extra {
			sel = s.prune(s.addExtra(sel))
		}
		return sel
	}
	sel := s.filterRel(s.nameArch(name, provides, extra), op, s.pool.InternString(evr))
	if extra {
		sel = s.addExtra(sel)
	}
	return s.prune(sel)
}

// splitRel splits at the first comparison; "!=" is "<>".
func splitRel(text string) (name string, op solver.Op, evr string, ok bool) {
	i := strings.IndexAny(text, "<=>")
	if i < 0 {
		return text, 0, "", false
	}
	name, rest := text[:i], text[i:]
	if i > 0 && rest[0] == '=' && name[i-1] == '!' {
		name, rest, op = name[:i-1], rest[1:], solver.OpLT|solver.OpGT
	}
	for rest != "" && strings.IndexByte("<=>", rest[0]) >= 0 {
		switch rest[0] {
		case '<':
			op |= solver.OpLT
		case '=':
			op |= solver.OpEQ
		default:
			op |= solver.OpGT
		}
		rest = rest[1:]
	}
	name, evr = strings.TrimRight(name, " \t"), strings.TrimLeft(rest, " \t")
	if name == "" || evr == "" || op == 0 {
		return text, 0, "", false
	}
	return name, op, evr, true
}

// nameArch matches a name, or a name with ".arch" behind it when there is no match otherwise.
func (s *selector) nameArch(text string, provides, keepEmpty bool) selection {
	match := (*selector).byName
	if provides {
		match = (*selector).byProvides
	}
	if sel := match(s, text); len(sel) > 0 || !s.on(selDotArch) {
		return sel
	}
	name, arch := s.splitArch(text)
	if arch == 0 {
		return nil
	}
	if arch == solver.ArchSrc || arch == solver.ArchNosrc {
		s = s.with(selSourceOnly, 0)
	}
	sel := s.filterRel(match(s, name), solver.OpArch, arch)
	if keepEmpty {
		return sel
	}
	return s.prune(sel)
}

// splitArch splits at the last dot if what follows is an architecture of the pool.
func (s *selector) splitArch(text string) (string, solver.ID) {
	i := strings.LastIndexByte(text, '.')
	if i < 0 || i+1 == len(text) {
		return text, 0
	}
	id := s.pool.Lookup(text[i+1:])
	switch id {
	case 0, solver.ArchSrc, solver.ArchNosrc, solver.ArchNoarch:
	default:
		if s.pool.HasArchPolicy() && s.pool.ArchScore(id) == 0 {
			return text, 0
		}
	}
	return text[:i], id
}

// canon matches "name-version[-release][.arch]".
func (s *selector) canon(text string) selection {
	i := strings.LastIndexByte(text, '-')
	if i < 0 {
		return nil
	}
	s = s.with(selName, selProvides)
	name, evr := text[:i], text[i+1:]
	evr, arch := s.splitArch(evr)
	if arch == solver.ArchSrc || arch == solver.ArchNosrc {
		s = s.with(selSourceOnly, 0)
	}
	sel := s.byName(name)
	if len(sel) == 0 {
		j := strings.LastIndexByte(name, '-')
		if j < 0 {
			return nil
		}
		name, evr = name[:j], name[j+1:]+"-"+evr
		sel = s.byName(name)
	}
	if arch != 0 {
		sel = s.prune(s.filterRel(sel, solver.OpArch, arch))
	}
	return s.filterEVR(sel, evr)
}

// filterRel narrows a selection to "op evr" or to an architecture.
func (s *selector) filterRel(sel selection, op solver.Op, evr solver.ID) selection {
	for i := range sel {
		j := &sel[i]
		kind := j.How & solver.SelMask
		switch kind {
		case solver.SelPkg, solver.SelOneOf:
			s.filterList(j, func(id solver.SolvableID) bool {
				return s.pool.MatchNEVR(id, s.pool.Rel(s.pool.Solvable(id).Name, op, evr))
			})
		case solver.SelName, solver.SelProvides:
			if op == solver.OpArch && (evr == solver.ArchSrc || evr == solver.ArchNosrc) {
				if name, o, e, ok := s.pool.RelParts(j.What); ok && o == solver.OpArch && e == solver.ArchSrc {
					j.What = name
				}
			}
			j.What = s.pool.Rel(j.What, op, evr)
		default:
			continue
		}
		if op == solver.OpArch {
			j.How |= solver.JobSetArch
		}
		if op == solver.OpEQ && kind != solver.SelProvides {
			if strings.Contains(s.pool.Str(evr), "-") {
				j.How |= solver.JobSetEVR
			} else {
				j.How |= solver.JobSetEV
			}
		}
	}
	return sel
}

// filterList keeps the packages of a list for which keep is true.
func (s *selector) filterList(j *solver.Job, keep func(solver.SolvableID) bool) {
	ids := s.pool.JobPackages(*j)
	kept := slices.DeleteFunc(slices.Clone(ids), func(id solver.SolvableID) bool { return !keep(id) })
	if len(kept) == len(ids) {
		return
	}
	*j = s.list(0, kept)
}

// list selects packages: a single one by itself, without deriving anything from the fact that it was named.
func (s *selector) list(how solver.How, ids []solver.SolvableID) solver.Job {
	if len(ids) == 1 {
		return solver.Job{How: how | solver.SelPkg | solver.JobNoAutoSet, What: solver.ID(ids[0])}
	}
	return solver.Job{How: how | solver.SelOneOf, What: s.pool.AddOneOf(ids)}
}

// filterEVR narrows a selection of names to an evr. One without an epoch takes that of the packages it fits, if they
// agree in it; otherwise those packages are listed.
func (s *selector) filterEVR(sel selection, evr string) selection {
	if _, _, ok := cutEpoch(evr); ok {
		return s.prune(s.filterRel(sel, solver.OpEQ, s.pool.InternString(evr)))
	}
	var out selection
	for _, j := range sel {
		ids, epoch, unique := s.fitting(j, evr)
		if !unique {
			out = append(out, solver.Job{How: j.How&^solver.SelMask | solver.SelOneOf, What: s.pool.AddOneOf(ids)})
			continue
		}
		out = append(out, s.prune(s.filterRel(selection{j}, solver.OpEQ, s.pool.InternString(epoch+evr)))...)
	}
	return out
}

// fitting lists the packages whose version and release fit an evr, with their epoch ("1:", or "" for none) and whether
// it is the same for all.
func (s *selector) fitting(j solver.Job, evr string) (ids []solver.SolvableID, epoch string, unique bool) {
	unique = true
	want := s.pool.InternString(evr)
	for _, id := range s.pool.JobPackages(j) {
		e, vr, _ := cutEpoch(s.pool.Str(s.pool.Solvable(id).EVR))
		if vr != evr {
			if r := s.pool.CompareEVRs(s.pool.InternString(vr), want, solver.MatchEVR); r == -1 || r == 1 {
				continue
			}
		}
		e = strings.TrimLeft(e, "0")
		if e == ":" {
			e = ""
		}
		unique = unique && (len(ids) == 0 || e == epoch)
		ids, epoch = append(ids, id), e
	}
	return ids, epoch, unique
}

// cutEpoch splits "1:2-3" into "1:" and "2-3".
func cutEpoch(evr string) (epoch, rest string, ok bool) {
	i := strings.IndexByte(evr, ':')
	if i <= 0 || strings.Trim(evr[:i], "0123456789") != "" {
		return "", evr, false
	}
	return evr[:i+1], evr[i+1:], true
}
