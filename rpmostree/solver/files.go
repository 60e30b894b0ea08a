package solver

import (
	"bytes"
	"iter"
	"slices"
	"sort"
)

// fileList holds the file lists of a repository's packages: paths one after the
// other in an arena, packages in ascending order.
type fileList struct {
	data  []byte
	files []fileEntry
}

type fileEntry struct {
	id  SolvableID
	end uint32 // end of the path in data; it begins where the previous one ends
}

// FileLister looks paths up in file lists that are kept elsewhere. It calls
// found for every file of the repository's packages for which wanted is true;
// the order does not matter, the path may be reused after the call.
type FileLister func(wanted func(path []byte) bool, found func(id SolvableID, path []byte))

// AddFile records a path of a package, packages in ascending order. Only paths that occur in dependencies
// or are asked for become provides.
func (r *Repo) AddFile(id SolvableID, path []byte) {
	r.files.data = append(extend(r.files.data, len(path)), path...)
	r.files.files = append(extend(r.files.files, 1), fileEntry{id, uint32(len(r.files.data))})
	r.pool.prov.reset()
}

// SetFileLister sets a source of file lists that is asked in addition to the
// paths given by AddFile.
func (r *Repo) SetFileLister(l FileLister) {
	r.lister = l
	r.pool.prov.reset()
}

// Files calls f for the paths recorded by AddFile until it returns false.
func (r *Repo) Files(f func(id SolvableID, path []byte) bool) {
	start := uint32(0)
	for _, e := range r.files.files {
		if !f(e.id, r.files.data[start:e.end:e.end]) {
			return
		}
		start = e.end
	}
}

// Files iterates over the paths of a package that were recorded by AddFile.
func (p *Pool) Files(id SolvableID) iter.Seq[string] {
	return func(yield func(string) bool) {
		r := p.RepoOf(id)
		if r == nil {
			return
		}
		files := r.files.files
		first := sort.Search(len(files), func(i int) bool { return files[i].id >= id })
		for i := first; i < len(files) && files[i].id == id; i++ {
			start := uint32(0)
			if i > 0 {
				start = files[i-1].end
			}
			if !yield(string(r.files.data[start:files[i].end])) {
				return
			}
		}
	}
}

// eachFile calls found for all files that are wanted.
func (r *Repo) eachFile(wanted func([]byte) bool, found func(SolvableID, []byte)) {
	r.Files(func(id SolvableID, path []byte) bool {
		if wanted(path) {
			found(id, path)
		}
		return true
	})
	if r.lister != nil {
		r.lister(wanted, found)
	}
}

// addFileProvides appends to the provides of every package the paths it
// contains that some dependency names, behind a marker.
func (p *Pool) addFileProvides() {
	c := p.pathsInDependencies()
	p.latePaths = c.late
	for _, r := range p.repos[1:] {
		if r.start == r.end || len(r.files.files) == 0 && r.lister == nil {
			continue
		}
		wanted := c.wanted
		if r == p.installed && c.split.found {
			wanted = append(bitmap(nil), wanted...)
			for i := range wanted {
				wanted[i] |= c.split.wanted[i]
			}
		} else if !c.found {
			continue
		}
		p.addRepoFileProvides(r, wanted)
	}
}

func (p *Pool) addRepoFileProvides(r *Repo, wanted bitmap) {
	type hit struct {
		id   SolvableID
		path ID
	}
	var hits []hit
	isWanted := func(path []byte) bool {
		id := p.strs.lookup(path)
		return id != 0 && int(id) < wanted.len() && wanted.has(SolvableID(id))
	}
	r.eachFile(isWanted, func(id SolvableID, path []byte) {
		if r.Has(id) {
			hits = append(hits, hit{id, p.strs.lookup(path)})
		}
	})
	slices.SortStableFunc(hits, func(a, b hit) int { return int(a.id - b.id) })
	for i := 0; i < len(hits); {
		j := i
		var paths []ID
		for ; j < len(hits) && hits[j].id == hits[i].id; j++ {
			paths = append(paths, hits[j].path)
		}
		p.appendFileProvides(hits[i].id, paths)
		i = j
	}
}

// appendFileProvides rewrites the provides of a package at the end of the arena.
func (p *Pool) appendFileProvides(id SolvableID, paths []ID) {
	s := &p.solvables[id]
	old := p.list(s, Provides)
	plain := old
	if i := slices.Index(old, fileMarker); i >= 0 {
		plain = old[:i]
	}
	fresh := slices.DeleteFunc(paths, func(id ID) bool { return slices.Contains(old, id) })
	if len(fresh) == 0 {
		return
	}
	off := len(p.deps)
	p.deps = append(p.deps, 0)
	p.deps = append(p.deps, plain...)
	p.deps = append(p.deps, fileMarker)
	if len(plain) < len(old) {
		p.deps = append(p.deps, old[len(plain)+1:]...)
	}
	p.appendUnique(fresh, nil)
	p.deps[off] = ID(len(p.deps) - off - 1)
	s.deps[Provides] = uint32(off)
}

// pathsInDependencies collects the absolute paths that occur in dependencies of
// any kind except provides.
func (p *Pool) pathsInDependencies() *pathCollector {
	c := newPathCollector(p)
	c.split = newPathCollector(p)
	for i := range p.solvables[2:] {
		s := &p.solvables[i+2]
		for k := Requires; k < numDepKinds; k++ {
			if s.deps[k] != 0 {
				for _, d := range p.list(s, k) {
					c.add(d)
				}
			}
		}
	}
	return c
}

type pathCollector struct {
	p          *Pool
	strs, rels bitmap // seen
	wanted     bitmap // paths to look for
	found      bool   // there are any
	late       []ID   // unusual paths, to be looked for on demand
	// split collects the paths of split provides, which only matter for installed
	// packages.
	split *pathCollector
}

func newPathCollector(p *Pool) *pathCollector {
	n := p.strs.len()
	return &pathCollector{p: p, strs: newBitmap(n), wanted: newBitmap(n), rels: newBitmap(len(p.rels.rels))}
}

func (c *pathCollector) add(d ID) {
	for d.IsRel() {
		if !c.rels.add(SolvableID(d &^ relBit)) {
			return
		}
		r := c.p.rel(d)
		switch {
		case r.op < 8:
			d = r.name
		case r.op == OpFileConflict:
			return
		case r.op == OpNamespace && r.name == NamespaceSplitProvides:
			if c.split != nil {
				c.split.add(r.evr)
			}
			return
		case r.op == OpNamespace:
			d = r.evr
		default:
			c.add(r.name)
			d = r.evr
		}
	}
	if !c.strs.add(SolvableID(d)) {
		return
	}
	if s := c.p.strs.get(d); len(s) > 0 && s[0] == '/' {
		if c.split != nil && c.p.Flags.AddFileProvidesFiltered && !usualPath(s) {
			c.late = append(c.late, d)
			return
		}
		c.wanted.set(SolvableID(d))
		c.found = true
	}
}

// usualPath reports whether a path is one that repository metadata lists for
// every package without its full file list.
func usualPath(path []byte) bool {
	return hasPrefix(path, "/etc/") || string(path) == "/usr/lib/sendmail" || bytes.Contains(path, []byte("bin/"))
}

// FilesNamed returns the packages whose file list contains a path, ascending.
func (p *Pool) FilesNamed(path []byte) []SolvableID {
	var out []SolvableID
	for _, r := range p.repos[1:] {
		if r.Disabled {
			continue
		}
		r.eachFile(
			func(have []byte) bool { return string(have) == string(path) },
			func(id SolvableID, _ []byte) {
				if r.Has(id) && p.visible(id) {
					out = append(out, id)
				}
			})
	}
	slices.Sort(out)
	return slices.Compact(out)
}
