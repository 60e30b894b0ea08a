package solver

import "slices"

// updateMode selects what counts as an update of an installed package.
type updateMode int

const (
	allowPolicy updateMode = iota // as the flags say
	allowAll                      // anything
	allowDup                      // as the flags for distribution upgrades say
)

// obsoleteIndex lists for each installed package the installable packages of other
// names that obsolete it, ascending.
type obsoleteIndex map[SolvableID][]SolvableID

func (s *Solver) indexObsoletes() {
	if s.installed == nil || s.installed.start == s.installed.end {
		return
	}
	p := s.pool
	s.obsoletes = obsoleteIndex{}
	for id := SolvableID(2); id < p.NumSolvables(); id++ {
		sv := &p.solvables[id]
		if sv.deps[Obsoletes] == 0 || !p.Installable(id) {
			continue
		}
		for _, obs := range p.list(sv, Obsoletes) {
			for _, q := range p.provide(obs) {
				if !s.isInstalled(q) || p.solvables[q].Name == sv.Name || !p.obsoleted(sv, q, obs) {
					continue
				}
				if l := s.obsoletes[q]; len(l) == 0 || l[len(l)-1] != id {
					s.obsoletes[q] = append(l, id)
				}
			}
		}
	}
}

// obsoletesPackage reports whether package id has an obsoletes dependency that hits
// installed package target.
func (p *Pool) obsoletesPackage(id, target SolvableID) bool {
	sv := &p.solvables[id]
	if p.Flags.ObsoleteUsesColors && !p.colorMatch(&p.solvables[target], sv) {
		return false
	}
	return slices.ContainsFunc(p.list(sv, Obsoletes), func(obs ID) bool {
		return slices.Contains(p.provide(obs), target) &&
			(p.Flags.ObsoleteUsesProvides || p.MatchNEVR(target, obs))
	})
}

// updatePolicy is what an update may change.
type updatePolicy struct {
	downgrade, name, arch, vendor bool
}

func (s *Solver) updatePolicy(mode updateMode) updatePolicy {
	f := &s.Flags
	switch mode {
	case allowAll:
		return updatePolicy{true, true, true, true}
	case allowDup:
		return updatePolicy{f.DupAllowDowngrade, f.DupAllowNameChange, f.DupAllowArchChange, f.DupAllowVendorChange}
	}
	return updatePolicy{f.AllowDowngrade, f.AllowNameChange, f.AllowArchChange, f.AllowVendorChange}
}

// findUpdates returns the packages that may replace installed package id.
func (s *Solver) findUpdates(id SolvableID, mode updateMode) []SolvableID {
	p, f := s.pool, &s.Flags
	sv := &p.solvables[id]
	allow := s.updatePolicy(mode)
	var out []SolvableID
	accept := func(q SolvableID) {
		sq := &p.solvables[q]
		if (allow.arch || !p.illegalArchChange(sv, sq)) && (allow.vendor || !p.illegalVendorChange(sv, sq)) {
			out = append(out, q)
		}
	}
	foundObsoleting := false
	colors := p.Flags.ImplicitObsoleteUsesColors
	for _, q := range p.provide(sv.Name) {
		if q == id {
			continue
		}
		sq := &p.solvables[q]
		if p.Flags.WhatProvidesWithDisabled && !s.isInstalled(q) && p.Disabled(q) {
			continue
		}
		switch {
		case sv.Name == sq.Name:
			if colors && !p.colorMatch(sv, sq) {
				continue
			}
			if !allow.downgrade && p.CompareEVRs(sv.EVR, sq.EVR, CompareEVR) > 0 {
				continue
			}
		case !allow.name:
			continue
		case (!f.NoUpdateProvide || f.NeedUpdateProvide) && sq.deps[Obsoletes] != 0:
			if colors && !p.colorMatch(sv, sq) || !p.obsoletesPackage(q, id) {
				continue
			}
			foundObsoleting = true
		default:
			continue
		}
		accept(q)
	}
	if !allow.name || f.NeedUpdateProvide || !f.NoUpdateProvide && foundObsoleting {
		return out
	}
	for _, q := range s.obsoletes[id] {
		if !colors || p.colorMatch(sv, &p.solvables[q]) {
			accept(q)
		}
	}
	return out
}

// illegalArchChange reports a change to another class of architectures. Changes
// from and to noarch are fine.
func (p *Pool) illegalArchChange(a, b *Solvable) bool {
	if a.Arch == b.Arch || a.Arch == ArchNoarch || b.Arch == ArchNoarch || !p.arch.set {
		return false
	}
	return !sameClass(p.arch.score(a.Arch), p.arch.score(b.Arch))
}

// illegalVendorChange reports a change to a vendor of no common class.
func (p *Pool) illegalVendorChange(a, b *Solvable) bool {
	v, w := max(a.Vendor, IDEmpty), max(b.Vendor, IDEmpty)
	return v != w && p.vendorMask(v)&p.vendorMask(w) == 0
}

// illegalChange is a set of policy violations.
type illegalChange uint8

const (
	illegalDowngrade illegalChange = 1 << iota
	illegalArch
	illegalVendor
	illegalName
)

// illegal returns the policies that are violated when installed package is
// replaced by id, except those in ignore.
func (s *Solver) illegal(installed, id SolvableID, ignore illegalChange) illegalChange {
	p := s.pool
	mode := allowPolicy
	if s.inDup(installed) {
		mode = allowDup
	}
	allow := s.updatePolicy(mode)
	a, b := &p.solvables[installed], &p.solvables[id]
	var bad illegalChange
	if ignore&illegalDowngrade == 0 && !allow.downgrade &&
		a.Name == b.Name && p.CompareEVRs(a.EVR, b.EVR, CompareEVR) > 0 {
		bad |= illegalDowngrade
	}
	if ignore&illegalArch == 0 && !allow.arch && p.illegalArchChange(a, b) {
		bad |= illegalArch
	}
	if ignore&illegalVendor == 0 && !allow.vendor && p.illegalVendorChange(a, b) {
		bad |= illegalVendor
	}
	if ignore&illegalName == 0 && !allow.name && a.Name != b.Name {
		bad |= illegalName
	}
	return bad
}

// inDup reports whether a package takes part in a distribution upgrade.
func (s *Solver) inDup(id SolvableID) bool { return s.dupInvolvedAll || s.dupInvolved.test(id) }

// replacedInstalled calls f for each installed package that new package id
// replaces, by name or by obsoletes; the same package may come several times. It
// stops when f returns false.
func (s *Solver) replacedInstalled(id SolvableID, byName bool, f func(SolvableID) bool) {
	p := s.pool
	sv := &p.solvables[id]
	last := SolvableID(0)
	if byName {
		for _, q := range p.provide(sv.Name) {
			if s.isInstalled(q) && p.replacesName(sv, q) {
				if !f(q) {
					return
				}
				last = q
			}
		}
	}
	for _, obs := range p.list(sv, Obsoletes) {
		for _, q := range p.provide(obs) {
			if q != last && s.isInstalled(q) && p.obsoleted(sv, q, obs) {
				if !f(q) {
					return
				}
				last = q
			}
		}
	}
}
