package solver

import "slices"

// DepKind selects one of the dependency arrays of a package.
type DepKind int

// Dependency arrays, in the order of [SolvableData].
const (
	Provides DepKind = iota
	Requires
	Conflicts
	Obsoletes
	Recommends
	Suggests
	Supplements
	Enhances
	numDepKinds
)

// SolvableData describes a package to be added. Ids come from the same pool.
type SolvableData struct {
	Name, Arch, EVR, Vendor ID

	Provides, Requires, PreRequires, Conflicts, Obsoletes []ID
	Recommends, Suggests, Supplements, Enhances           []ID

	// PreIgnoreInst are pre-requires that do not matter once the package is
	// installed; OrderWithRequires only influence the transaction order.
	PreIgnoreInst, OrderWithRequires []ID
	// Flavors tell builds with the same name, evr and arch apart.
	Flavors []ID

	BuildTime   uint32 // seconds since 1970, 0 = unknown
	InstallTime uint32
}

// extraData holds what few packages have.
type extraData struct {
	preIgnoreInst []ID
	orderWith     []ID
	flavors       []ID
	installTime   uint32
}

// Repo is a repository: packages with consecutive ids.
type Repo struct {
	Name        string
	Priority    int  // greater is preferred
	SubPriority int  // decides between otherwise equal packages
	Disabled    bool // packages are as if absent

	pool       *Pool
	index      int32
	start, end SolvableID // packages, end exclusive; equal when empty
	files      fileList
	lister     FileLister
}

// AddRepo appends an empty repository. Its packages must all be added before
// the next repository gets its first.
func (p *Pool) AddRepo(name string, priority, subPriority int) *Repo {
	r := &Repo{
		Name: name, Priority: priority, SubPriority: subPriority,
		pool: p, index: int32(len(p.repos)),
	}
	p.repos = append(p.repos, r)
	return r
}

// Repos returns all repositories in the order they were added.
func (p *Pool) Repos() []*Repo { return p.repos[1:] }

// Range returns the ids of the repository's packages, end exclusive.
func (r *Repo) Range() (start, end SolvableID) { return r.start, r.end }

// Has reports whether a package belongs to the repository.
func (r *Repo) Has(id SolvableID) bool {
	return id >= r.start && id < r.end && r.pool.solvables[id].repo == r.index
}

// Len returns the number of packages.
func (r *Repo) Len() int {
	n := 0
	for id := r.start; id < r.end; id++ {
		if r.Has(id) {
			n++
		}
	}
	return n
}

// Index returns the number of the repository, counted from 1.
func (r *Repo) Index() int { return int(r.index) }

// Add appends a package and returns its id.
func (r *Repo) Add(d *SolvableData) SolvableID {
	p := r.pool
	id := SolvableID(len(p.solvables))
	p.solvables = append(extend(p.solvables, 1), Solvable{
		Name: d.Name, Arch: d.Arch, EVR: d.EVR, Vendor: d.Vendor,
		repo: r.index, buildTime: d.BuildTime,
	})
	s := &p.solvables[id]
	s.deps = [numDepKinds]uint32{
		Provides:    p.addDeps(d.Provides, nil),
		Requires:    p.addDeps(d.Requires, d.PreRequires),
		Conflicts:   p.addDeps(d.Conflicts, nil),
		Obsoletes:   p.addDeps(d.Obsoletes, nil),
		Recommends:  p.addDeps(d.Recommends, nil),
		Suggests:    p.addDeps(d.Suggests, nil),
		Supplements: p.addDeps(d.Supplements, nil),
		Enhances:    p.addDeps(d.Enhances, nil),
	}
	if len(d.PreIgnoreInst)+len(d.OrderWithRequires)+len(d.Flavors) > 0 || d.InstallTime != 0 {
		p.extra[id] = &extraData{
			preIgnoreInst: append([]ID(nil), d.PreIgnoreInst...),
			orderWith:     append([]ID(nil), d.OrderWithRequires...),
			flavors:       append([]ID(nil), d.Flavors...),
			installTime:   d.InstallTime,
		}
	}
	if r.start == r.end {
		r.start = id
	}
	r.end = id + 1
	p.prov.reset()
	return id
}

// addDeps stores a dependency array without duplicates. An entry that is also
// a pre-requirement is kept behind the marker only.
func (p *Pool) addDeps(plain, pre []ID) uint32 {
	if len(plain)+len(pre) == 0 {
		return 0
	}
	off := len(p.deps)
	p.deps = append(extend(p.deps, len(plain)+len(pre)+2), 0)
	p.appendUnique(plain, pre)
	if len(pre) > 0 {
		p.deps = append(p.deps, preMarker)
		p.appendUnique(pre, nil)
	}
	p.deps[off] = ID(len(p.deps) - off - 1)
	return uint32(off)
}

// appendUnique appends the distinct ids that are not in except.
func (p *Pool) appendUnique(ids, except []ID) {
	const fewEnoughToScan = 24
	if len(ids)+len(except) <= fewEnoughToScan {
		for i, id := range ids {
			if !slices.Contains(ids[:i], id) && !slices.Contains(except, id) {
				p.deps = append(p.deps, id)
			}
		}
		return
	}
	seen := make(map[ID]struct{}, len(ids)+len(except))
	for _, id := range except {
		seen[id] = struct{}{}
	}
	for _, id := range ids {
		if _, dup := seen[id]; !dup {
			seen[id] = struct{}{}
			p.deps = append(p.deps, id)
		}
	}
}

// list returns a dependency array with its markers.
func (p *Pool) list(s *Solvable, k DepKind) []ID {
	off := s.deps[k]
	if off == 0 {
		return nil
	}
	n := uint32(p.deps[off])
	return p.deps[off+1 : off+1+n : off+1+n]
}

func marker(k DepKind) ID {
	switch k {
	case Requires:
		return preMarker
	case Provides:
		return fileMarker
	}
	return 0
}

// Deps returns a dependency array of a package: for Requires the plain and the
// pre-requirements, for Provides the ones of the package and those derived from
// its files.
func (p *Pool) Deps(id SolvableID, k DepKind) []ID {
	plain, marked := p.DepsSplit(id, k)
	if len(marked) == 0 {
		return plain
	}
	return append(append(make([]ID, 0, len(plain)+len(marked)), plain...), marked...)
}

// DepsSplit returns a dependency array in its two parts: for Requires the plain
// and the pre-requirements, for Provides the written ones and those derived
// from files. Other kinds have only the first part.
func (p *Pool) DepsSplit(id SolvableID, k DepKind) (plain, marked []ID) {
	all := p.list(&p.solvables[id], k)
	if m := marker(k); m != 0 {
		for i, d := range all {
			if d == m {
				return all[:i:i], all[i+1:]
			}
		}
	}
	return all, nil
}

// Flavors returns the build flavours of a package.
func (p *Pool) Flavors(id SolvableID) []ID {
	if x := p.extra[id]; x != nil {
		return x.flavors
	}
	return nil
}
