package solver

import "fmt"

// ID names a string or, with the top bit set, a relation of strings in a pool.
type ID uint32

// SolvableID names a package in a pool. 0 is none, 1 is the system itself,
// packages start at 2. Negated it is the literal "not installed".
type SolvableID int32

// SystemSolvable provides what the environment provides, such as rpmlib
// features; it is always installed.
const SystemSolvable SolvableID = 1

// Solvable is a package. Its dependencies are read with [Pool.Deps].
type Solvable struct {
	Name, Arch, EVR, Vendor ID

	repo      int32 // index in Pool.repos, 0 = none
	deps      [numDepKinds]uint32
	buildTime uint32
}

// PoolFlags change what counts as a conflict between packages.
type PoolFlags struct {
	PromoteEpoch                 bool // a missing epoch takes the other side's
	ForbidSelfConflicts          bool // a package that conflicts with itself is uninstallable
	ObsoleteUsesProvides         bool // Obsoletes match provides instead of names
	ImplicitObsoleteUsesProvides bool // packages providing a name exclude the package of that name
	ObsoleteUsesColors           bool // Obsoletes only match packages of the same word size
	ImplicitObsoleteUsesColors   bool // versions of one name only exclude each other in the same word size
	NoInstalledObsoletes         bool // Obsoletes of installed packages do not count
	HaveDistEpoch                bool // releases may end in ":distepoch"
	NoObsoletesMultiversion      bool // multiversion packages obsolete nothing at all
	AddFileProvidesFiltered      bool // look unusual paths up only when a lookup asks for them
	NoWhatProvidesAux            bool // save the memory of an index that speeds versioned lookups up
	WhatProvidesWithDisabled     bool // excluded packages stay visible as targets
}

// PoolOptions are the choices made when a pool is created.
type PoolOptions struct {
	Flags PoolFlags
}

// Pool holds packages, the strings of their dependencies and the index of who
// provides what. A pool is not safe for concurrent use: even lookups fill
// caches.
type Pool struct {
	Flags PoolFlags

	strs      stringTable
	rels      relTable
	deps      []ID // dependency arrays, each preceded by its length
	solvables []Solvable
	repos     []*Repo // index 0 is nil
	installed *Repo
	extra     map[SolvableID]*extraData

	excluded bitmap
	oneOfs   [][]SolvableID

	arch      archPolicy
	vendor    vendorClasses
	namespace func(ns, arg ID) ([]SolvableID, bool)

	prov       providers
	generation int  // counts the provider indexes built
	latePaths  []ID // paths of dependencies that are looked up on demand
}

// NewPool returns an empty pool without an architecture policy.
func NewPool(o *PoolOptions) *Pool {
	p := &Pool{
		deps:      make([]ID, 1, 1024),
		solvables: make([]Solvable, 2, 1024),
		repos:     make([]*Repo, 1),
		oneOfs:    make([][]SolvableID, 2),
		extra:     map[SolvableID]*extraData{},
	}
	if o != nil {
		p.Flags = o.Flags
	}
	p.strs.init(knownStrings())
	p.rels.init()
	s := &p.solvables[SystemSolvable]
	s.Name, s.Arch, s.EVR = systemName, ArchNoarch, IDEmpty
	return p
}

// Intern returns the id of a string, entering it when it is new.
func (p *Pool) Intern(s []byte) ID { return p.strs.intern(s) }

// InternString is Intern for a string.
func (p *Pool) InternString(s string) ID { return p.strs.intern([]byte(s)) }

// Lookup returns the id of a string, or IDNone when no package mentions it.
func (p *Pool) Lookup(s string) ID { return p.strs.lookup([]byte(s)) }

// Str returns the string of an id. For a relation it is the string of its name.
func (p *Pool) Str(id ID) string { return string(p.bytes(id)) }

// bytes returns the string of an id in the arena; it must not be changed.
func (p *Pool) bytes(id ID) []byte { return p.strs.get(p.relName(id)) }

// NumStrings returns the number of string ids in use.
func (p *Pool) NumStrings() int { return p.strs.len() }

// Solvable returns a package. The pointer is valid until packages are added.
func (p *Pool) Solvable(id SolvableID) *Solvable { return &p.solvables[id] }

// NumSolvables returns the number of ids in use: packages have ids from 2 up to
// it, exclusively.
func (p *Pool) NumSolvables() SolvableID { return SolvableID(len(p.solvables)) }

// RepoOf returns the repository of a package.
func (p *Pool) RepoOf(id SolvableID) *Repo { return p.repos[p.solvables[id].repo] }

// BuildTime returns the build time in seconds since 1970, 0 when unknown.
func (p *Pool) BuildTime(id SolvableID) uint32 { return p.solvables[id].buildTime }

// InstallTime returns the time of installation, 0 when unknown.
func (p *Pool) InstallTime(id SolvableID) uint32 {
	if x := p.extra[id]; x != nil {
		return x.installTime
	}
	return 0
}

// PreIgnoreInst returns the pre-requires that do not count for an installed
// package.
func (p *Pool) PreIgnoreInst(id SolvableID) []ID {
	if x := p.extra[id]; x != nil {
		return x.preIgnoreInst
	}
	return nil
}

// OrderWithRequires returns the dependencies that only order transactions.
func (p *Pool) OrderWithRequires(id SolvableID) []ID {
	if x := p.extra[id]; x != nil {
		return x.orderWith
	}
	return nil
}

// SetInstalled declares one repository to be the set of installed packages. Nil
// means that nothing is installed.
func (p *Pool) SetInstalled(r *Repo) {
	p.installed = r
	p.prov.reset()
}

// Installed returns the repository of installed packages, or nil.
func (p *Pool) Installed() *Repo { return p.installed }

func (p *Pool) isInstalled(id SolvableID) bool {
	return p.installed != nil && p.installed.Has(id)
}

// IsInstalled reports whether a package is one of the installed ones.
func (p *Pool) IsInstalled(id SolvableID) bool { return p.isInstalled(id) }

// SetNamespace sets the function that answers "namespace:x(arg)". It returns
// the packages providing it, ascending, or true when the system itself does.
func (p *Pool) SetNamespace(f func(ns, arg ID) (set []SolvableID, system bool)) {
	p.namespace = f
	p.prov.reset()
}

// Exclude hides a package from installation. Installed packages stay, and
// excluded ones are still seen as conflict targets when the pool flag
// WhatProvidesWithDisabled is set.
func (p *Pool) Exclude(id SolvableID) {
	p.excluded.grow(len(p.solvables))
	if !p.excluded.has(id) {
		p.excluded.set(id)
		p.prov.reset()
	}
}

// Include takes an Exclude back.
func (p *Pool) Include(id SolvableID) {
	if p.Excluded(id) {
		p.excluded.clear(id)
		p.prov.reset()
	}
}

// Excluded reports whether a package was excluded.
func (p *Pool) Excluded(id SolvableID) bool {
	return int(id) < p.excluded.len() && p.excluded.has(id)
}

// Disabled reports a package that must not take part: excluded, or of a
// disabled repository.
func (p *Pool) Disabled(id SolvableID) bool {
	r := p.RepoOf(id)
	return r != nil && r.Disabled || p.Excluded(id)
}

// BadArch reports a package whose architecture does not run here.
func (p *Pool) BadArch(id SolvableID) bool {
	a := p.solvables[id].Arch
	return p.arch.set && (a == 0 || p.arch.score(a) == 0)
}

func (s *Solvable) isSource() bool { return s.Arch == ArchSrc || s.Arch == ArchNosrc }

// Installable reports whether a package may be installed at all: a binary
// package of a fitting architecture that is not excluded.
func (p *Pool) Installable(id SolvableID) bool {
	return !p.solvables[id].isSource() && !p.Disabled(id) && !p.BadArch(id)
}

// visible reports whether a package is entered in the provider index.
func (p *Pool) visible(id SolvableID) bool {
	if p.isInstalled(id) {
		return true
	}
	if p.solvables[id].isSource() || p.BadArch(id) {
		return false
	}
	return p.Flags.WhatProvidesWithDisabled || !p.Excluded(id)
}

// AddOneOf registers a set of packages, to be named in a job with SelOneOf.
func (p *Pool) AddOneOf(ids []SolvableID) ID {
	if len(ids) == 0 {
		return 1
	}
	p.oneOfs = append(p.oneOfs, append([]SolvableID(nil), ids...))
	return ID(len(p.oneOfs) - 1)
}

// OneOf returns the set registered under an id.
func (p *Pool) OneOf(id ID) []SolvableID {
	if int(id) >= len(p.oneOfs) {
		return nil
	}
	return p.oneOfs[id]
}

// SolvableString returns "name-evr.arch".
func (p *Pool) SolvableString(id SolvableID) string {
	s := &p.solvables[id]
	b := make([]byte, 0, 64)
	b = append(b, p.bytes(s.Name)...)
	if evr := p.bytes(s.EVR); s.EVR != 0 && len(evr) > 0 {
		b = append(append(b, '-'), evr...)
	}
	if arch := p.bytes(s.Arch); s.Arch != 0 && len(arch) > 0 {
		b = append(append(b, '.'), arch...)
	}
	return string(b)
}

// QualifiedName returns "name-evr.arch@repository", the spelling of packages in
// solver testcases. Build flavours follow the evr, blanks in repository names
// become underscores.
func (p *Pool) QualifiedName(id SolvableID) string {
	return string(p.appendQualifiedName(nil, id))
}

func (p *Pool) appendQualifiedName(b []byte, id SolvableID) []byte {
	if id == SystemSolvable {
		return append(b, "@SYSTEM"...)
	}
	s := &p.solvables[id]
	b = append(b, p.strs.get(s.Name)...)
	b = append(b, '-')
	b = append(b, p.strs.get(s.EVR)...)
	if x := p.extra[id]; x != nil {
		for _, f := range x.flavors {
			b = append(append(b, '-'), p.strs.get(f)...)
		}
	}
	if s.Arch != 0 {
		b = append(append(b, '.'), p.strs.get(s.Arch)...)
	}
	b = append(b, '@')
	r := p.RepoOf(id)
	if r == nil {
		return b
	}
	if r.Name == "" {
		return fmt.Appendf(b, "#%d", r.index)
	}
	for _, c := range []byte(r.Name) {
		if c == ' ' || c == '\t' {
			c = '_'
		}
		b = append(b, c)
	}
	return b
}
