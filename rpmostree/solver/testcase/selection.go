package testcase

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/solver"
)

// selFlags say how the text of a selection is matched.
type selFlags uint32

const (
	selName selFlags = 1 << iota
	selProvides
	selFileList
	selCanon
	selDotArch
	selRel
	selInstalledOnly
	selGlob
	selFlat
	selNoCase
	selSourceOnly
	selWithSource
	selSkipKind
	selDepStr
	selWithDisabled
	selWithBadArch
	selAdd
	selSubtract
	selFilter

	selExtra = selWithSource | selWithDisabled | selWithBadArch
	selMode  = selAdd | selSubtract | selFilter
)

var selFlagNames = []string{"name", "provides", "filelist", "canon", "dotarch", "rel", "installedonly", "glob", "flat", "nocase", "sourceonly",
	"withsource", "skipkind", "depstr", "withdisabled", "withbadarch", "add", "subtract", "filter"}

func parseSelFlags(s string) (selFlags, error) {
	var f selFlags
	for name := range strings.SplitSeq(s, ",") {
		i := slices.Index(selFlagNames, name)
		if i < 0 {
			return 0, fmt.Errorf("unknown selection flag %q", clip([]byte(name)))
		}
		f |= 1 << i
	}
	return f, nil
}

// selection is a list of jobs without a verb: what they select, and the set flags.
type selection []solver.Job

// selector matches text against the packages of a pool.
type selector struct {
	pool  *solver.Pool
	flags selFlags
}

func (s *selector) on(f selFlags) bool { return s.flags&f != 0 }

// with is a selector with other flags.
func (s *selector) with(on, off selFlags) *selector {
	return &selector{pool: s.pool, flags: s.flags&^off | on}
}

func (s *selector) installed(id solver.SolvableID) bool { return s.pool.IsInstalled(id) }

func (s *selector) isSource(id solver.SolvableID) bool {
	arch := s.pool.Solvable(id).Arch
	return arch == solver.ArchSrc || arch == solver.ArchNosrc
}

func (s *selector) disabled(id solver.SolvableID) bool {
	return s.pool.Excluded(id) || s.pool.RepoOf(id).Disabled
}

func (s *selector) badArch(id solver.SolvableID) bool {
	arch := s.pool.Solvable(id).Arch
	return s.pool.HasArchPolicy() && (arch == 0 || s.pool.ArchScore(arch) == 0)
}

// packages calls yield for every package of the pool until it returns false.
func packages(p *solver.Pool, yield func(solver.SolvableID) bool) {
	for id := solver.SolvableID(2); id < p.NumSolvables(); id++ {
		if p.RepoOf(id) != nil && !yield(id) {
			return
		}
	}
}

// make matches text and combines the result with what was selected before.
func (s *selector) make(before selection, text string) selection {
	if s.on(selSubtract | selFilter) {
		if len(before) == 0 {
			return nil
		}
		s = s.with(s.neededExtra(before), selExtra)
	}
	return s.combine(before, s.with(0, selMode).match(text))
}

// match tries the ways of matching in turn; the first that finds something wins.
func (s *selector) match(text string) selection {
	if s.on(selInstalledOnly) && s.pool.Installed() == nil {
		return nil
	}
	var sel selection
	if s.on(selFileList) {
		sel = s.fileList(text)
	}
	if len(sel) == 0 && s.on(selName) {
		sel = s.nameArchRel(text, false)
	}
	if len(sel) == 0 && s.on(selProvides) {
		sel = s.nameArchRel(text, true)
	}
	if len(sel) == 0 && s.on(selCanon) {
		sel = s.canon(text)
	}
	if s.on(selInstalledOnly) {
		sel = s.filterRepo(sel, s.pool.Installed(), solver.JobSetRepo)
	}
	if s.on(selFlat) {
		sel = s.flatten(sel)
	}
	return sel
}

// matcher returns the comparison of the text with a string: a pattern if it holds wildcards and those are wanted.
func (s *selector) matcher(text string) (match func(string) bool, glob bool) {
	glob = s.on(selGlob) && strings.ContainsAny(text, "[*?")
	switch {
	case glob && s.on(selNoCase):
		lower := strings.ToLower(text)
		return func(n string) bool { return solver.GlobMatch(lower, strings.ToLower(n)) }, true
	case glob:
		return func(n string) bool { return solver.GlobMatch(text, n) }, true
	case s.on(selNoCase):
		return func(n string) bool { return strings.EqualFold(text, n) }, false
	}
	return func(n string) bool { return text == n }, false
}

// byName selects packages by their names.
func (s *selector) byName(text string) selection {
	if s.on(selSourceOnly) {
		s = s.with(0, selWithSource)
	}
	if !s.on(selNoCase | selSkipKind) {
		if id := s.pool.Lookup(text); id != 0 {
			if sel := s.byNameID(id); len(sel) > 0 {
				return sel
			}
		}
	}
	match, glob := s.matcher(text)
	if !s.on(selNoCase|selSkipKind) && !glob {
		return nil
	}
	var sel selection
	packages(s.pool, func(id solver.SolvableID) bool {
		if s.on(selInstalledOnly) && !s.installed(id) || !s.allowed(id) {
			return true
		}
		name := s.pool.Solvable(id).Name
		text := s.pool.Str(name)
		if s.on(selSkipKind) {
			text = skipKind(text)
		}
		if match(text) {
			if s.on(selSourceOnly) {
				name = s.pool.Rel(name, solver.OpArch, solver.ArchSrc)
			}
			sel = appendUnique(sel, solver.Job{How: solver.SelName, What: name})
		}
		return true
	})
	return s.addExtra(sel)
}

// skipKind drops a prefix of lower case letters that ends in a colon, as in "pattern:base".
func skipKind(name string) string {
	rest := strings.TrimLeft(name, "abcdefghijklmnopqrstuvwxyz")
	if len(rest) < len(name) && strings.HasPrefix(rest, ":") {
		return rest[1:]
	}
	return name
}

func appendUnique(sel selection, j solver.Job) selection {
	if slices.Contains(sel, j) {
		return sel
	}
	return append(sel, j)
}

// byNameID selects a known name if some package has it.
func (s *selector) byNameID(name solver.ID) selection {
	what := name
	if s.on(selSourceOnly) {
		if s.on(selInstalledOnly) {
			return nil // sources are never installed
		}
		what = s.pool.Rel(name, solver.OpArch, solver.ArchSrc)
	}
	sel := selection{{How: solver.SelName, What: what}}
	if s.anyNamed(what, name) {
		return s.addExtra(sel)
	}
	if s.on(selWithBadArch | selWithDisabled) {
		if sel = s.addExtra(sel); sel[0].How&solver.SelMask == solver.SelName {
			return nil // nothing extra either
		}
		return sel
	}
	if s.on(selWithSource) && !s.on(selInstalledOnly) && !s.on(selSourceOnly) {
		source := s.pool.Rel(name, solver.OpArch, solver.ArchSrc)
		if s.with(0, selInstalledOnly).anyNamed(source, name) {
			return selection{{How: solver.SelName, What: source}}
		}
	}
	return nil
}

// anyNamed tells whether a provider of a dependency has the name.
func (s *selector) anyNamed(dep, name solver.ID) bool {
	return slices.ContainsFunc(s.pool.WhatProvides(dep), func(id solver.SolvableID) bool {
		return id != solver.SystemSolvable && s.pool.Solvable(id).Name == name && (!s.on(selInstalledOnly) || s.installed(id))
	})
}

// allowed tells whether the flags admit a package that may be a source, disabled or of a foreign architecture.
func (s *selector) allowed(id solver.SolvableID) bool {
	disabled := s.disabled(id) && !s.on(selWithDisabled)
	if s.isSource(id) {
		return s.on(selSourceOnly|selWithSource) && !disabled
	}
	if s.on(selSourceOnly) {
		return false
	}
	return s.installed(id) || !disabled && (s.on(selWithBadArch) || !s.badArch(id))
}

// byProvides selects what provides a name.
func (s *selector) byProvides(text string) selection {
	if s.on(selSourceOnly) {
		return nil
	}
	if !s.on(selNoCase) {
		if id := s.pool.Lookup(text); id != 0 {
			if sel := s.byProvidesID(id); len(sel) > 0 {
				return sel
			}
		}
	}
	match, glob := s.matcher(text)
	if !s.on(selNoCase) && !glob {
		return nil
	}
	var sel selection
	for _, name := range s.providedNames() {
		if match(s.pool.Str(name)) && s.anyProvider(name) {
			sel = append(sel, solver.Job{How: solver.SelProvides, What: name})
		}
	}
	if s.on(selWithBadArch | selWithDisabled) {
		sel = s.extraProvides(sel, match)
	}
	return sel
}

// providedNames lists the names of all provides, ascending.
func (s *selector) providedNames() []solver.ID {
	var names []solver.ID
	packages(s.pool, func(id solver.SolvableID) bool {
		for _, dep := range s.pool.Deps(id, solver.Provides) {
			names = append(names, depName(s.pool, dep))
		}
		return true
	})
	slices.Sort(names)
	return slices.Compact(names)
}

func (s *selector) anyProvider(id solver.ID) bool {
	return slices.ContainsFunc(s.pool.WhatProvides(id), func(p solver.SolvableID) bool {
		return !s.on(selInstalledOnly) || s.installed(p)
	})
}

func (s *selector) byProvidesID(id solver.ID) selection {
	sel := selection{{How: solver.SelProvides, What: id}}
	if s.anyProvider(id) {
		return sel
	}
	if s.on(selWithBadArch | selWithDisabled) {
		if s.addExtra(slices.Clone(sel))[0].How&solver.SelMask != solver.SelProvides {
			return sel
		}
	}
	return nil
}

// extraProvides adds the matching provides that only packages outside the index have.
func (s *selector) extraProvides(sel selection, match func(string) bool) selection {
	if s.on(selInstalledOnly) {
		return sel
	}
	packages(s.pool, func(id solver.SolvableID) bool {
		if s.isSource(id) || s.installed(id) || !s.disabled(id) && !s.badArch(id) || !s.allowed(id) {
			return true
		}
		for _, dep := range s.pool.Deps(id, solver.Provides) {
			name := depName(s.pool, dep)
			if len(s.pool.WhatProvides(name)) == 0 && match(s.pool.Str(name)) {
				sel = appendUnique(sel, solver.Job{How: solver.SelProvides, What: name})
			}
		}
		return true
	})
	return sel
}

func depName(p *solver.Pool, id solver.ID) solver.ID {
	for id.IsRel() {
		id, _, _, _ = p.RelParts(id)
	}
	return id
}
