package goal

import (
	"context"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
	"github.com/nestos-dev/nestos/rpmostree/solver"
)

// nevraPattern is a subject taken apart; empty parts match everything.
type nevraPattern struct {
	name, epoch, version, release, arch string
}

// forms are the ways in which a subject names packages, in the order in which libdnf tries them.
var forms = []func(string) (nevraPattern, bool){
	formNEVRA,
	formNameArch,
	formName,
	formNEVR,
	formNEV,
}

func formName(s string) (nevraPattern, bool) { return nevraPattern{name: s}, validName(s) }

func formNameArch(s string) (nevraPattern, bool) {
	name, arch, ok := cutLast(s, '.')
	return nevraPattern{name: name, arch: arch}, ok && validName(name) && validPart(arch, ".")
}

func formNEV(s string) (nevraPattern, bool) {
	name, ev, ok := cutLast(s, '-')
	p := nevraPattern{name: name}
	p.epoch, p.version = cutEpoch(ev)
	return p, ok && validName(name) && validPart(p.version, "")
}

func formNEVR(s string) (nevraPattern, bool) {
	nev, release, ok := cutLast(s, '-')
	p, valid := formNEV(nev)
	p.release = release
	return p, ok && valid && validPart(release, "")
}

func formNEVRA(s string) (nevraPattern, bool) {
	nevr, arch, ok := cutLast(s, '.')
	p, valid := formNEVR(nevr)
	p.arch = arch
	return p, ok && valid && validPart(arch, ".")
}

func cutLast(s string, sep byte) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// cutEpoch splits "1:2.0" into its epoch and version.
func cutEpoch(s string) (epoch, version string) {
	if e, v, ok := strings.Cut(s, ":"); ok && e != "" && strings.Trim(e, "0123456789") == "" {
		return e, v
	}
	return "", s
}

func validName(s string) bool { return s != "" && !strings.ContainsAny(s, ":(/=<> ") }

func validPart(s, without string) bool { return s != "" && !strings.ContainsAny(s, "-:(/=<> "+without) }

// textMatcher compares text with a pattern.
type textMatcher struct {
	pattern string
	glob    bool
}

func matcherOf(pattern string) textMatcher {
	return textMatcher{pattern, strings.ContainsAny(pattern, "*?[")}
}

func (m textMatcher) all() bool { return m.pattern == "" || m.pattern == "*" }

func (m textMatcher) match(s string) bool {
	if m.glob {
		return solver.GlobMatch(m.pattern, s)
	}
	return m.pattern == s
}

// version compares versions and releases by rpm's rules unless the pattern holds wildcards.
func (m textMatcher) version(s string) bool {
	if m.all() || m.glob {
		return m.all() || m.match(s)
	}
	return evr.VerCmp(m.pattern, s) == 0
}

// filter narrows a lookup.
type filter struct {
	repo      *solver.Repo // nil = any
	excluded  bool         // also excluded packages
	available bool         // no installed packages
	names     bool         // the subject is a form of a name, not a provide or a file
}

func (g *Goal) admits(f filter, id solver.SolvableID) bool {
	if f.repo != nil && !f.repo.Has(id) || f.available && g.pool.IsInstalled(id) {
		return false
	}
	arch := g.pool.Solvable(id).Arch
	if arch == solver.ArchSrc || arch == solver.ArchNosrc {
		return false
	}
	return f.excluded || !g.pool.Excluded(id)
}

// lookup resolves a subject: names, with or without version and architecture, then provides, then files. The first form
// that matches anything decides. The result is in the order of ids.
func (g *Goal) lookup(ctx context.Context, subject string, f filter) ([]solver.SolvableID, error) {
	if subject == "" {
		return nil, nil
	}
	for _, form := range forms {
		if p, ok := form(subject); ok {
			if ids := g.byNEVRA(p, f); len(ids) > 0 {
				return ids, nil
			}
		}
	}
	if ids := g.byWholeNEVRA(subject, f); len(ids) > 0 || f.names {
		return ids, nil
	}
	if ids := g.byProvide(subject, f); len(ids) > 0 {
		return ids, nil
	}
	if !strings.HasPrefix(subject, "/") && !strings.HasPrefix(subject, "*/") {
		return nil, nil
	}
	return g.byFile(ctx, subject, f)
}

func (g *Goal) byNEVRA(p nevraPattern, f filter) []solver.SolvableID {
	name := matcherOf(p.name)
	var ids []solver.SolvableID
	for _, id := range g.named(name) {
		if g.admits(f, id) && g.fits(id, p) {
			ids = append(ids, id)
		}
	}
	return ids
}

// byWholeNEVRA matches a pattern with name-[epoch:]version-release.arch, where an epoch of 0 is there if the pattern has a
// colon.
func (g *Goal) byWholeNEVRA(pattern string, f filter) []solver.SolvableID {
	m := matcherOf(pattern)
	if !m.glob || strings.ContainsAny(pattern, "(/=<> ") {
		return nil
	}
	epoch := strings.Contains(pattern, ":")
	var ids []solver.SolvableID
	for id := solver.SolvableID(2); id < g.pool.NumSolvables(); id++ {
		s := g.pool.Solvable(id)
		version := g.pool.Str(s.EVR)
		if epoch && !strings.Contains(version, ":") {
			version = "0:" + version
		}
		if m.match(g.pool.Str(s.Name)+"-"+version+"."+g.pool.Str(s.Arch)) && g.admits(f, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// named lists the packages whose name matches.
func (g *Goal) named(m textMatcher) []solver.SolvableID {
	var ids []solver.SolvableID
	if m.glob {
		matched := map[solver.ID]bool{}
		for id := solver.SolvableID(2); id < g.pool.NumSolvables(); id++ {
			name := g.pool.Solvable(id).Name
			ok, known := matched[name]
			if !known {
				ok = m.match(g.pool.Str(name))
				matched[name] = ok
			}
			if ok {
				ids = append(ids, id)
			}
		}
		return ids
	}
	return g.namedID(g.pool.Lookup(m.pattern))
}

// namedID lists the packages of a name.
func (g *Goal) namedID(name solver.ID) []solver.SolvableID {
	if name == 0 {
		return nil
	}
	g.indexNames()
	i, _ := slices.BinarySearchFunc(g.byName, name, func(id solver.SolvableID, name solver.ID) int {
		return compareID(g.pool.Solvable(id).Name, name)
	})
	n := i
	for n < len(g.byName) && g.pool.Solvable(g.byName[n]).Name == name {
		n++
	}
	return g.byName[i:n:n]
}

// indexNames sorts the packages by name. Excluded packages and those of foreign architectures, which the provider index
// leaves out, are in it.
func (g *Goal) indexNames() {
	if len(g.byName) == int(g.pool.NumSolvables())-2 {
		return
	}
	keys := make([]uint64, 0, g.pool.NumSolvables()) // the name in the upper half, the package in the lower one
	for id := solver.SolvableID(2); id < g.pool.NumSolvables(); id++ {
		keys = append(keys, uint64(g.pool.Solvable(id).Name)<<32|uint64(id))
	}
	slices.Sort(keys)
	g.byName = make([]solver.SolvableID, len(keys))
	for i, key := range keys {
		g.byName[i] = solver.SolvableID(uint32(key))
	}
}

func compareID(a, b solver.ID) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// fits compares everything but the name.
func (g *Goal) fits(id solver.SolvableID, p nevraPattern) bool {
	s := g.pool.Solvable(id)
	e := evr.Parse(g.pool.Str(s.EVR))
	if p.epoch != "" && strings.TrimLeft(p.epoch, "0") != strings.TrimLeft(e.Epoch, "0") {
		return false
	}
	if arch := matcherOf(p.arch); !arch.all() && !arch.match(g.pool.Str(s.Arch)) {
		return false
	}
	return matcherOf(p.version).version(e.Version) && matcherOf(p.release).version(e.Release)
}

// byProvide matches what packages provide: "name", "name >= 1", a boolean dependency, or a name with wildcards.
func (g *Goal) byProvide(subject string, f filter) []solver.SolvableID {
	deps := g.provides(subject)
	var ids []solver.SolvableID
	for _, dep := range deps {
		for _, id := range g.pool.WhatProvides(dep) {
			if id != solver.SystemSolvable && g.admits(f, id) {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// provides lists the dependencies that a subject stands for.
func (g *Goal) provides(subject string) []solver.ID {
	if subject[0] == '(' {
		if dep, err := g.pool.RichDep(subject); err == nil {
			return []solver.ID{dep}
		}
		return nil
	}
	name, op, version := splitDep(subject)
	if name == "" {
		return nil
	}
	var names []solver.ID
	if m := matcherOf(name); m.glob {
		names = g.provideNames(m)
	} else if id := g.pool.Lookup(name); id != 0 {
		names = []solver.ID{id}
	}
	if op != 0 {
		e := g.pool.InternString(strings.TrimPrefix(version, "0:"))
		for i, n := range names {
			names[i] = g.pool.Rel(n, op, e)
		}
	}
	return names
}

// splitDep splits "name op version"; blanks stand around the operator.
func splitDep(s string) (name string, op solver.Op, version string) {
	f := strings.Fields(s)
	if len(f) == 1 {
		return f[0], 0, ""
	}
	if len(f) != 3 {
		return "", 0, ""
	}
	switch f[1] {
	case "=", "==":
		op = solver.OpEQ
	case "<":
		op = solver.OpLT
	case "<=":
		op = solver.OpLT | solver.OpEQ
	case ">":
		op = solver.OpGT
	case ">=":
		op = solver.OpGT | solver.OpEQ
	default:
		return "", 0, ""
	}
	return f[0], op, f[2]
}

// provideNames lists the names of provides that match, ascending.
func (g *Goal) provideNames(m textMatcher) []solver.ID {
	matched := map[solver.ID]bool{}
	var names []solver.ID
	for id := solver.SolvableID(2); id < g.pool.NumSolvables(); id++ {
		for _, dep := range g.pool.Deps(id, solver.Provides) {
			for dep.IsRel() {
				dep, _, _, _ = g.pool.RelParts(dep)
			}
			if _, known := matched[dep]; !known {
				matched[dep] = m.match(g.pool.Str(dep))
				if matched[dep] {
					names = append(names, dep)
				}
			}
		}
	}
	slices.Sort(names)
	return names
}
