package solver

import (
	"bytes"
	"cmp"
	"slices"
)

// filterMode selects the steps of the filter for candidates.
type filterMode int

const (
	modeChoose          filterMode = iota // all steps
	modeChooseNoReorder                   // all that remove candidates
	modeRecommend                         // not the preference for recommended packages
	modeSuggest                           // like modeRecommend, with priorities compared within a name
)

// filter removes the candidates that are worse than others, and with modeChoose
// sorts the rest. The list is modified.
func (s *Solver) filter(list []SolvableID, mode filterMode) []SolvableID {
	if s.favor != nil && len(list) > 1 {
		first := s.favor[list[0]]
		if slices.ContainsFunc(list[1:], func(id SolvableID) bool { return s.favor[id] != first }) {
			return s.filterFavored(list, mode)
		}
	}
	return s.filterGroup(list, mode)
}

// filterFavored filters each group of equally favored candidates together with all
// better ones, and keeps what survives of each group.
func (s *Solver) filterFavored(list []SolvableID, mode filterMode) []SolvableID {
	s.sortByFavor(list)
	var out []SolvableID
	for i := 0; i < len(list); {
		f := s.favor[list[i]]
		for i < len(list) && s.favor[list[i]] == f {
			i++
		}
		for _, id := range s.filterGroup(slices.Clone(list[:i]), mode) {
			if s.favor[id] == f {
				out = append(out, id)
			}
		}
	}
	return out
}

func (s *Solver) sortByFavor(list []SolvableID) {
	if s.favor != nil && len(list) > 1 {
		mergeSort(list, func(a, b SolvableID) int { return cmp.Compare(s.favor[b], s.favor[a]) })
	}
}

func (s *Solver) filterGroup(list []SolvableID, mode filterMode) []SolvableID {
	if len(list) > 1 {
		if mode == modeSuggest {
			list = s.bestPriorityPerName(list)
		} else {
			list = s.bestPriority(list)
		}
	}
	list = s.bestArch(list)
	list = s.bestVersions(list)
	if len(list) > 1 && mode <= modeChooseNoReorder {
		list = s.preferRecommended(list)
		if len(list) > 1 && mode == modeChoose {
			list = s.reorder(list)
		}
	}
	return list
}

// bestPriority keeps installed packages and those of the best repositories.
func (s *Solver) bestPriority(list []SolvableID) []SolvableID {
	p := s.pool
	best, found := 0, false
	for _, id := range list {
		if !s.isInstalled(id) {
			if prio := p.priority(id); !found || prio > best {
				best, found = prio, true
			}
		}
	}
	if !found {
		return list
	}
	list = slices.DeleteFunc(list, func(id SolvableID) bool {
		return p.priority(id) != best && !s.isInstalled(id)
	})
	if len(list) > 1 && s.installed != nil && (s.dupInvolvedAll || s.dupInvolved != nil) {
		list = s.pruneInstalledDup(list)
	}
	return list
}

func (p *Pool) priority(id SolvableID) int {
	if r := p.RepoOf(id); r != nil {
		return r.Priority
	}
	return 0
}

// pruneInstalledDup keeps installed packages of a distribution upgrade only when
// they are identical to an available one of the best priority.
func (s *Solver) pruneInstalledDup(list []SolvableID) []SolvableID {
	p := s.pool
	i := slices.IndexFunc(list, func(id SolvableID) bool { return !s.isInstalled(id) })
	if i < 0 {
		return list
	}
	best := p.priority(list[i])
	var out []SolvableID
	for _, id := range list {
		if !s.isInstalled(id) {
			if p.priority(id) < best {
				continue
			}
		} else if s.inDup(id) {
			keep := false
			for _, q := range p.provide(p.solvables[id].Name) {
				if s.isInstalled(q) || p.priority(q) < best || !p.Identical(id, q) {
					continue
				}
				keep = true
				if prio := p.priority(q); prio > best {
					best = prio
					out = out[:0]
				}
			}
			if !keep {
				continue
			}
		}
		out = append(out, id)
	}
	if len(out) == 0 {
		return list
	}
	return out
}

// bestPriorityPerName is bestPriority within each name. Groups of two are left
// alone.
func (s *Solver) bestPriorityPerName(list []SolvableID) []SolvableID {
	p := s.pool
	mergeSort(list, p.compareCandidates)
	out := make([]SolvableID, 0, len(list))
	for i := 0; i < len(list); {
		j := i
		for j < len(list) && p.solvables[list[j]].Name == p.solvables[list[i]].Name {
			j++
		}
		group := list[i:j:j]
		if len(group) > 2 {
			group = s.bestPriority(slices.Clone(group))
		}
		out = append(out, group...)
		i = j
	}
	return out
}

// bestArch keeps the best class of architectures and noarch.
func (s *Solver) bestArch(list []SolvableID) []SolvableID {
	p := s.pool
	if !p.arch.set || len(list) < 2 {
		return list
	}
	best := uint32(0)
	for _, id := range list {
		if a := p.arch.score(p.solvables[id].Arch); a > 1 && (best == 0 || a < best) {
			best = a
		}
	}
	if best == 0 {
		return list
	}
	worse := func(id SolvableID) bool {
		a := p.arch.score(p.solvables[id].Arch)
		return a != 1 && (a == 0 || !sameClass(a, best))
	}
	if !slices.ContainsFunc(list, func(id SolvableID) bool { return !worse(id) }) {
		return list
	}
	return slices.DeleteFunc(list, worse)
}

// compareCandidates sorts by name, architecture, installed first, sub-priority, id.
func (p *Pool) compareCandidates(a, b SolvableID) int {
	x, y := &p.solvables[a], &p.solvables[b]
	if x.Name != y.Name {
		return bytes.Compare(p.bytes(x.Name), p.bytes(y.Name))
	}
	if x.Arch != y.Arch {
		s, t := p.arch.score(x.Arch), p.arch.score(y.Arch)
		if s != t && s > 1 && t > 1 {
			return cmp.Compare(s, t)
		}
	}
	if i, j := p.isInstalled(a), p.isInstalled(b); i != j {
		if i {
			return -1
		}
		return 1
	}
	if c := cmp.Compare(p.subPriority(b), p.subPriority(a)); c != 0 {
		return c
	}
	return cmp.Compare(a, b)
}

func (p *Pool) subPriority(id SolvableID) int {
	if r := p.RepoOf(id); r != nil {
		return r.SubPriority
	}
	return 0
}

// bestVersions keeps the highest version of each name and drops names that others
// obsolete.
func (s *Solver) bestVersions(list []SolvableID) []SolvableID {
	if len(list) < 2 {
		return list
	}
	p := s.pool
	mergeSort(list, p.compareCandidates)
	n := 0
	for i := 0; i < len(list); {
		best := list[i]
		name := p.solvables[best].Name
		for i++; i < len(list) && p.solvables[list[i]].Name == name; i++ {
			if p.CompareEVRs(p.solvables[best].EVR, p.solvables[list[i]].EVR, CompareEVR) < 0 {
				best = list[i]
			}
		}
		list[n] = best
		n++
	}
	return p.dropObsoleted(list[:n])
}
