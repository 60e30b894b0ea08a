package solver

import (
	"bytes"
	"slices"

	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
)

// EVRMode selects how versions without a release compare.
type EVRMode int

const (
	// CompareEVR sorts: a missing release is lower than any.
	CompareEVR EVRMode = iota
	// MatchEVR matches dependency ranges: a missing release equals any, which
	// gives -2 or 2, after the side that lacks it.
	MatchEVR
	// CompareEV ignores releases.
	CompareEV
)

// CompareEVRs compares two "epoch:version-release" ids, -1, 0 or 1, with MatchEVR
// also -2 and 2.
func (p *Pool) CompareEVRs(a, b ID, mode EVRMode) int {
	if a == b {
		return 0
	}
	return p.compareEVR(p.bytes(a), p.bytes(b), mode)
}

func (p *Pool) compareEVR(a, b []byte, mode EVRMode) int {
	ea, a := splitEpoch(a)
	eb, b := splitEpoch(b)
	switch {
	case ea != nil && eb != nil:
		if r := evr.VerCmpBytes(ea, eb); r != 0 {
			return r
		}
	case ea != nil:
		if !p.Flags.PromoteEpoch && len(bytes.TrimLeft(ea, "0")) > 0 {
			return 1
		}
	case eb != nil:
		if len(bytes.TrimLeft(eb, "0")) > 0 {
			return -1
		}
	}
	va, ra, hasA := splitRelease(a)
	vb, rb, hasB := splitRelease(b)
	if r := evr.VerCmpBytes(va, vb); r != 0 {
		return r
	}
	switch mode {
	case CompareEV:
		return 0
	case CompareEVR:
		if hasA != hasB {
			if hasA {
				return 1
			}
			return -1
		}
	case MatchEVR:
		// "foo = 4-" is the same as "foo = 4".
		hasA, hasB = len(ra) > 0, len(rb) > 0
		if hasA != hasB {
			if hasA {
				return 2
			}
			return -2
		}
	}
	if !hasA {
		return 0
	}
	return p.compareRelease(ra, rb)
}

// compareRelease compares releases, which may end in ":distepoch".
func (p *Pool) compareRelease(a, b []byte) int {
	if !p.Flags.HaveDistEpoch {
		return evr.VerCmpBytes(a, b)
	}
	ra, da, hasA := bytes.Cut(a, []byte{':'})
	rb, db, hasB := bytes.Cut(b, []byte{':'})
	if r := evr.VerCmpBytes(ra, rb); r != 0 || !hasA || !hasB {
		return r
	}
	return evr.VerCmpBytes(da, db)
}

// splitEpoch returns the digits before the first colon, nil when there are none.
func splitEpoch(s []byte) (epoch, rest []byte) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	if i > 0 && i < len(s) && s[i] == ':' {
		return s[:i], s[i+1:]
	}
	return nil, s
}

func splitRelease(s []byte) (version, release []byte, ok bool) {
	if i := bytes.LastIndexByte(s, '-'); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, nil, false
}

// overlaps reports whether a provided range meets a required one.
func (p *Pool) overlaps(pop Op, pevr ID, op Op, evr ID) bool {
	switch {
	case pop == 0 || op == 0 || pop >= 8 || op >= 8:
		return false
	case pop == 7 || op == 7, pop&op&(OpLT|OpGT) != 0:
		return true
	case pevr == evr:
		return pop&op&OpEQ != 0
	}
	switch p.CompareEVRs(pevr, evr, MatchEVR) {
	case -2:
		return pop&OpEQ != 0
	case -1:
		return op&OpLT != 0 || pop&OpGT != 0
	case 0:
		return pop&op&OpEQ != 0
	case 1:
		return op&OpGT != 0 || pop&OpLT != 0
	default:
		return op&OpEQ != 0
	}
}

// Overlaps reports whether the version ranges "pop pevr", of a provide, and "op
// evr", of a requirement, have a version in common.
func (p *Pool) Overlaps(pop Op, pevr ID, op Op, evr ID) bool {
	return p.overlaps(pop, pevr, op, evr)
}

// MatchesSolvable reports whether package x provides what some dependency of a
// kind in package id names.
func (p *Pool) MatchesSolvable(id SolvableID, k DepKind, x SolvableID) bool {
	for _, d := range p.Deps(id, k) {
		if _, ok := slices.BinarySearch(p.WhatProvides(d), x); ok {
			return true
		}
	}
	return false
}

// MatchNEVR reports whether a package's own name, evr and arch fit a
// dependency. Provides are not looked at.
func (p *Pool) MatchNEVR(id SolvableID, dep ID) bool {
	return p.matchNEVR(&p.solvables[id], dep)
}

func (p *Pool) matchNEVR(s *Solvable, dep ID) bool {
	if !dep.IsRel() {
		return s.Name == dep
	}
	r := p.rel(dep)
	switch r.op {
	case OpArch:
		if s.Arch != r.evr && (r.evr != ArchSrc || s.Arch != ArchNosrc) {
			return false
		}
		return p.matchNEVR(s, r.name)
	case OpOr:
		return p.matchNEVR(s, r.name) || p.matchNEVR(s, r.evr)
	case OpAnd, OpWith:
		return p.matchNEVR(s, r.name) && p.matchNEVR(s, r.evr)
	case OpWithout:
		return p.matchNEVR(s, r.name) && !p.matchNEVR(s, r.evr)
	case OpMultiarch:
		return r.evr == ArchAny && p.matchNEVR(s, r.name)
	}
	if r.op > 7 || !p.matchNEVR(s, r.name) {
		return false
	}
	return p.matchVersion(s.EVR, r.op, r.evr)
}

func (p *Pool) matchVersion(have ID, op Op, want ID) bool {
	switch {
	case have == want:
		return op&OpEQ != 0
	case op == 0:
		return false
	case op == 7:
		return true
	}
	switch p.CompareEVRs(have, want, MatchEVR) {
	case -2:
		return true
	case -1:
		return op&OpLT != 0
	case 1:
		return op&OpGT != 0
	default:
		return op&OpEQ != 0
	}
}

// isIntervalWith reports "a > 1 with a < 2".
func (p *Pool) isIntervalWith(r relation) bool {
	if r.op != OpWith || !r.name.IsRel() || !r.evr.IsRel() {
		return false
	}
	a, b := p.rel(r.name), p.rel(r.evr)
	return a.name == b.name && a.op < 8 && b.op < 8 && (a.op^b.op)&(OpLT|OpGT) == OpLT|OpGT
}

func isBoolean(op Op) bool {
	switch op {
	case OpAnd, OpOr, OpWith, OpWithout, OpCond, OpUnless:
		return true
	}
	return false
}

// MatchDep reports whether a provided dependency may satisfy a required one.
// Rich dependencies match when one of their operands could.
func (p *Pool) MatchDep(provided, required ID) bool {
	if provided == required {
		return true
	}
	if provided.IsRel() {
		if r := p.rel(provided); isBoolean(r.op) {
			return p.matchOperands(r, func(d ID) bool { return p.MatchDep(d, required) })
		}
	}
	if required.IsRel() {
		if r := p.rel(required); isBoolean(r.op) {
			return p.matchOperands(r, func(d ID) bool { return p.MatchDep(provided, d) })
		}
	}
	switch {
	case !provided.IsRel() && !required.IsRel():
		return false
	case !provided.IsRel():
		return p.MatchDep(provided, p.rel(required).name)
	case !required.IsRel():
		return p.MatchDep(p.rel(provided).name, required)
	}
	a, b := p.rel(provided), p.rel(required)
	return p.MatchDep(a.name, b.name) && p.overlaps(a.op, a.evr, b.op, b.evr)
}

func (p *Pool) matchOperands(r relation, match func(ID) bool) bool {
	if p.isIntervalWith(r) {
		return match(r.name) && match(r.evr)
	}
	if match(r.name) {
		return true
	}
	if (r.op == OpCond || r.op == OpUnless) && r.evr.IsRel() {
		if r = p.rel(r.evr); r.op != OpElse {
			return false
		}
	}
	return r.op != OpCond && r.op != OpUnless && r.op != OpWithout && match(r.evr)
}

// Identical reports whether two packages are builds of the same: equal name,
// arch, evr and vendor, and equal build times or, where one has none, equal
// requirements.
func (p *Pool) Identical(a, b SolvableID) bool {
	x, y := &p.solvables[a], &p.solvables[b]
	if x.Name != y.Name || x.Arch != y.Arch || x.EVR != y.EVR {
		return false
	}
	name := p.strs.get(x.Name)
	product := bytes.HasPrefix(name, []byte("product:"))
	if max(x.Vendor, IDEmpty) != max(y.Vendor, IDEmpty) {
		return product
	}
	if x.buildTime != 0 && y.buildTime != 0 {
		return x.buildTime == y.buildTime
	}
	if product || bytes.HasPrefix(name, []byte("application:")) {
		return true
	}
	return p.requiresSum(x) == p.requiresSum(y)
}

// requiresSum is a hash of the set of requirements.
func (p *Pool) requiresSum(s *Solvable) uint64 {
	const mul = 0x9E3779B97F4A7C15
	var sum uint64
	for _, id := range p.list(s, Requires) {
		h := uint64(id) * mul
		sum += (h ^ h>>29) * mul
	}
	return sum
}
