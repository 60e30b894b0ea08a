package engine

import (
	"fmt"

	"github.com/nestos-dev/nestos/ignition/config/internal/jsontree"
	"github.com/nestos-dev/nestos/ignition/config/report"
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// UnusedKeys finds the keys that mean nothing in version v, and those that are
// not spelled as they should be. Its entries have positions.
func UnusedKeys(cfg *types.Config, tree *jsontree.Tree, finder *jsontree.Finder, v Version, sink *Sink) {
	u := &unusedWalk{tree: tree, finder: finder, version: v, sink: sink}
	configSchema.unused(u, &place{}, cfg)
}

type unusedWalk struct {
	tree    *jsontree.Tree
	finder  *jsontree.Finder
	version Version
	sink    *Sink
}

// unused reports the keys of the object at a place that are none of the schema,
// then those further inside. It goes where the struct goes, and only along keys
// in their proper spelling.
func (s schema[T]) unused(u *unusedWalk, at *place, v *T) {
	if u.tree.Kind(at.node) != jsontree.Object {
		path := at.path()
		u.add(path, u.tree.Start(at.node), fmt.Sprintf("context tree does not match content tree at %s. Line and column reporting may be inconsistent. Unused keys may not be reported", path))
		return
	}
	u.finder.Members(at.node, func(key string, child jsontree.Node) {
		if !s.has(key, u.version) {
			u.add(at.path().Append(key), u.tree.KeyStart(child), "unused key "+key)
		}
	})
	for i := range s {
		if f := &s[i]; f.unused != nil && f.since <= u.version {
			f.unused(u, at, v)
		}
	}
}

func (s schema[T]) has(key string, v Version) bool {
	for i := range s {
		if s[i].name == key {
			return s[i].since <= v
		}
	}
	return false
}

// cleared reports whether null was the last thing that an object had for a field,
// in whatever spelling.
func (u *unusedWalk) cleared(object jsontree.Node, field string) bool {
	last := jsontree.Bool
	for c := u.tree.First(object); c < u.tree.End(object); c = u.tree.Next(c) {
		if equalFold(field, u.tree.Key(c)) {
			last = u.tree.Kind(c)
		}
	}
	return last == jsontree.Null
}

func (u *unusedWalk) add(path report.Path, offset int, message string) {
	line, col := u.finder.LineCol(offset)
	u.sink.add(report.Entry{
		Kind: report.Warn, Message: message, HasPath: true, Path: path,
		Pos: report.Pos{Known: true, Line: line, Col: col},
	})
}

// place is where a walk is: the way from the root as a list of its steps.
type place struct {
	parent *place
	key    string // step into an object
	index  int    // or into a list, if isIndex
	isIdx  bool
	node   jsontree.Node // in a walk along a tree
}

func (p *place) path() report.Path {
	n := 0
	for q := p; q.parent != nil; q = q.parent {
		n++
	}
	path := make(report.Path, n)
	for q := p; q.parent != nil; q = q.parent {
		n--
		if q.isIdx {
			path[n] = q.index
		} else {
			path[n] = q.key
		}
	}
	return path
}
