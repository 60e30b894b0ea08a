package order

import (
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
)

// offers knows what the added, or the removed, packages provide.
type offers struct {
	options  *Options
	provides map[string][]offer
	files    map[string][]*node
}

type offer struct {
	from *node
	dep  evr.Dep
}

// wantedPaths are the paths that dependencies name, by their last component.
func (s *sorter) wantedPaths() map[string]bool {
	bases := make(map[string]bool)
	note := func(d evr.Dep) {
		if d.IsFile() {
			_, base := splitPath(d.Name)
			bases[base] = true
		}
	}
	for i := range s.nodes {
		for k := range kinds {
			for _, d := range kinds[k].list(s.nodes[i].element) {
				if !d.IsRich() {
					note(d.Dep)
				} else if rich, err := evr.ParseRich(d.Name); err == nil {
					for leaf := range ordering(rich) {
						note(leaf.Dep)
					}
				}
			}
		}
	}
	return bases
}

func (s *sorter) index(erase bool, paths map[string]bool) *offers {
	o := &offers{options: s.options, provides: make(map[string][]offer), files: make(map[string][]*node)}
	for i := range s.nodes {
		n := &s.nodes[i]
		if n.element.Erase != erase {
			continue
		}
		for _, d := range n.element.Provides {
			if o.visible(d.Color) {
				o.provides[d.Name] = append(o.provides[d.Name], offer{n, d.Dep})
			}
		}
		for _, f := range n.element.Files {
			if _, base := splitPath(f.Path); paths[base] && o.visible(f.Color) {
				key := o.resolve(f.Path)
				o.files[key] = append(o.files[key], n)
			}
		}
	}
	return o
}

// visible reports whether something of a colour exists on the system.
func (o *offers) visible(color uint32) bool {
	system := o.options.color()
	return system == 0 || color == 0 || color&system != 0
}

func splitPath(path string) (dir, base string) {
	slash := strings.LastIndexByte(path, '/')
	return path[:slash+1], path[slash+1:]
}

func (o *offers) resolve(path string) string {
	if o.options.ResolveDir == nil {
		return path
	}
	dir, base := splitPath(path)
	return o.options.ResolveDir(dir) + base
}

// best is the package that is taken to satisfy n's dependency, nil if there is none: one
// with the right colour if possible, then n itself, then the one that was added first.
func (o *offers) best(n *node, d Dep) *node {
	var best *node
	score := -1
	consider := func(q *node) {
		if sc := o.score(n, q, d.Color); sc > score {
			best, score = q, sc
		}
	}
	if d.IsFile() {
		for _, q := range o.files[o.resolve(d.Name)] {
			consider(q)
		}
		if best != nil {
			return best
		}
	}
	for _, f := range o.provides[d.Name] {
		if evr.Overlaps(f.dep, d.Dep) {
			consider(f.from)
		}
	}
	return best
}

func (o *offers) score(n, q *node, color uint32) int {
	score := 0
	if o.options.color() != 0 {
		if color == 0 {
			color = o.options.preferred()
		}
		if q.color == color {
			score += 2
		}
	}
	if q == n {
		score++
	}
	return score
}
