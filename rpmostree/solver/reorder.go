package solver

import (
	"bytes"
	"cmp"
	"slices"
)

// reorder brings the better ones of equally good candidates to the front.
func (s *Solver) reorder(list []SolvableID) []SolvableID {
	s.oldVersionsLast(list)
	s.sortByCommonProvides(list)
	s.installedNamesFirst(list)
	if s.Flags.URPMReorder {
		s.urpmReorder(list)
	}
	s.suggestedFirst(list)
	s.sortByFavor(list)
	return list
}

// reorderSupplements is the order in which supplementing packages are installed.
func (s *Solver) reorderSupplements(list []SolvableID) {
	s.oldVersionsLast(list)
	s.sortByCommonProvides(list)
	if s.Flags.URPMReorder {
		s.urpmReorder(list)
	}
	s.suggestedFirst(list)
	s.sortByFavor(list)
}

// stablePartition moves the elements that pass the test to the front.
func stablePartition(list []SolvableID, test func(SolvableID) bool) {
	var rest []SolvableID
	n := 0
	for _, id := range list {
		if test(id) {
			list[n] = id
			n++
		} else {
			rest = append(rest, id)
		}
	}
	copy(list[n:], rest)
}

// oldVersionsLast moves packages to the end for which there is a newer version, or
// one in a better repository.
func (s *Solver) oldVersionsLast(list []SolvableID) {
	p := s.pool
	stablePartition(list, func(id SolvableID) bool {
		if p.solvables[id].repo == 0 || s.isInstalled(id) {
			return true
		}
		sv := &p.solvables[id]
		prio := p.priority(id)
		return !slices.ContainsFunc(p.provide(sv.Name), func(q SolvableID) bool {
			sq := &p.solvables[q]
			if q == id || sq.Name != sv.Name || sq.Arch != sv.Arch {
				return false
			}
			if other := p.priority(q); other != prio {
				return other > prio
			}
			return p.CompareEVRs(sq.EVR, sv.EVR, CompareEVR) > 0
		})
	})
}

// offer is a versioned provide of a candidate.
type offer struct {
	candidate int
	name, evr ID
	less      bool // "name < evr"
}

// sortByCommonProvides sorts candidates that provide the same names by the versions
// they provide, newer ones first.
func (s *Solver) sortByCommonProvides(list []SolvableID) {
	p := s.pool
	var offers []offer
	for i, id := range list {
		for _, d := range p.list(&p.solvables[id], Provides) {
			if !d.IsRel() {
				continue
			}
			r := p.rel(d)
			if r.op != OpEQ && r.op != OpEQ|OpLT && r.op != OpLT || r.evr.IsRel() {
				continue
			}
			if r.op == OpEQ && looksLikeHash(p.strs.get(r.evr)) {
				continue
			}
			offers = append(offers, offer{i, r.name, r.evr, r.op == OpLT})
		}
	}
	if len(offers) < 2 {
		return
	}
	mergeSort(offers, p.compareOffers)
	bad := make([]int, len(list))
	any, steps := false, 0
	for i := range offers {
		if i == 0 || offers[i].name != offers[i-1].name {
			steps = 0
		} else if offers[i].candidate != offers[i-1].candidate && p.compareOffers(offers[i-1], offers[i]) == -1 {
			steps++
			any = true
		}
		bad[offers[i].candidate] += steps
	}
	if any {
		s.insertionSort(list, bad)
	}
}

// insertionSort sorts stably by badness; installed packages are not bad.
func (s *Solver) insertionSort(list []SolvableID, bad []int) {
	for i, id := range list {
		if s.isInstalled(id) {
			bad[i] = 0
		}
	}
	for i := 1; i < len(list); i++ {
		for j := i; j > 0 && bad[j-1] > bad[j]; j-- {
			bad[j-1], bad[j] = bad[j], bad[j-1]
			list[j-1], list[j] = list[j], list[j-1]
		}
	}
}

// compareOffers sorts by name and descending version. The result may be 2 or -2
// where a release is missing.
func (p *Pool) compareOffers(a, b offer) int {
	if a.name != b.name {
		return cmp.Compare(a.name, b.name)
	}
	if a.evr == b.evr && a.less == b.less {
		return 0
	}
	if r := p.CompareEVRs(b.evr, a.evr, MatchEVR); r != 0 {
		return r
	}
	if a.less || b.less {
		if !b.less {
			return 1
		}
		if !a.less {
			return -1
		}
	}
	return 0
}

// looksLikeHash reports a version of at least four characters that has only digits
// and the letters a to f.
func looksLikeHash(evr []byte) bool {
	return len(evr) >= 4 && bytes.IndexFunc(evr, func(c rune) bool {
		return (c < 'a' || c > 'f') && (c < '0' || c > '9')
	}) < 0
}

func (s *Solver) installedNamesFirst(list []SolvableID) {
	if s.installed == nil {
		return
	}
	p := s.pool
	stablePartition(list, func(id SolvableID) bool {
		if s.isInstalled(id) {
			return true
		}
		found := false
		p.sameNamed(p.solvables[id].Name, func(q SolvableID, _ *Solvable) bool {
			found = s.isInstalled(q)
			return !found
		})
		return found
	})
}

// suggestedFirst moves suggested and enhancing packages to the front, installed
// ones count as suggested.
func (s *Solver) suggestedFirst(list []SolvableID) {
	s.updateRecommends()
	stablePartition(list, func(id SolvableID) bool {
		return s.isInstalled(id) || s.suggests.has(id) || s.isEnhancing(id)
	})
}

// preferRecommended keeps recommended and supplementing candidates, and installed
// ones, if there are any.
func (s *Solver) preferRecommended(list []SolvableID) []SolvableID {
	fresh := 0
	for _, id := range list {
		if !s.isInstalled(id) {
			fresh++
		}
	}
	if fresh < 2 {
		return list
	}
	s.updateRecommends()
	found := false
	kept := make([]SolvableID, 0, len(list))
	for _, id := range list {
		if s.isInstalled(id) {
			kept = append(kept, id)
		} else if s.recommends.has(id) || s.isSupplementing(id) {
			kept = append(kept, id)
			found = true
		}
	}
	if !found {
		return list
	}
	return kept
}

// urpmReorder prefers kernel modules for kernels that are there and locale packages
// for languages that are in use.
func (s *Solver) urpmReorder(list []SolvableID) {
	score := make(map[SolvableID]int, len(list))
	for _, id := range list {
		score[id] = s.urpmScore(id)
	}
	mergeSort(list, func(a, b SolvableID) int { return score[b] - score[a] })
}

func (s *Solver) urpmScore(id SolvableID) int {
	p := s.pool
	sv := &p.solvables[id]
	if kernel := kernelFor(p.strs.get(sv.Name)); kernel != nil {
		if score := s.presence(p.strs.lookup(kernel), 1); score > 1 {
			return score
		}
	}
	score := 1
	for _, d := range p.list(sv, Requires) {
		name := p.relName(d)
		_, lang, ok := bytes.Cut(p.strs.get(name), []byte("locales-"))
		if !ok {
			continue
		}
		if !hasPrefix(lang, "en") {
			return s.presence(name, 0)
		}
		score = 2
	}
	return score
}

// presence returns 4 if a provider of a name is chosen, 3 if one is installed.
func (s *Solver) presence(name ID, otherwise int) int {
	if name == IDNone {
		return otherwise
	}
	for _, q := range s.pool.provide(name) {
		if s.level[q] > 0 {
			return 4
		}
		if s.isInstalled(q) {
			otherwise = 3
		}
	}
	return otherwise
}

// kernelFor returns the name of the kernel package that a package is made for:
// "kernel-flavour-devel-version" belongs to kernel-flavour-version, and
// "x-kernel-version-flavour-release" to kernel-flavour-version-release.
func kernelFor(name []byte) []byte {
	const maxName = 256
	if hasPrefix(name, "kernel-") {
		i := bytes.Index(name, []byte("-devel-"))
		if i < 0 || len(name) >= maxName {
			return nil
		}
		return append(slices.Clone(name[:i]), name[i+len("-devel"):]...)
	}
	_, rest, ok := bytes.Cut(name, []byte("-kernel-"))
	if !ok || len(rest) >= maxName-8 || len(rest) < 2 || rest[0] < '0' || rest[0] > '9' || rest[1] != '.' {
		return nil
	}
	version, rest, ok := bytes.Cut(rest, []byte("-"))
	if !ok {
		return nil
	}
	flavor, release, ok := bytes.Cut(rest, []byte("-"))
	if !ok {
		return nil
	}
	return slices.Concat([]byte("kernel-"), flavor, []byte("-"), version, []byte("-"), release)
}
