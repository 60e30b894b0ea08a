package merge

import (
	"reflect"
	"strings"
	"sync"

	"github.com/nestos-dev/nestos/ignition/config/report"
)

// Side is one of the two inputs of a merge.
type Side string

// The inputs.
const (
	Parent Side = "parent"
	Child  Side = "child"
)

// Source is a place in one of the inputs.
type Source struct {
	// Side is the config.
	Side Side
	// Path is the place in it.
	Path report.Path
}

// String is the side and the path, as in child:$.storage.files.0.
func (s Source) String() string { return string(s.Side) + ":" + s.Path.String() }

// Mapping says that something at From became something at To in the result.
type Mapping struct {
	// From is the place in the parent or the child.
	From Source
	// To is the place in the result.
	To report.Path
}

// String is the source and the path in the result with an arrow between them.
func (m Mapping) String() string { return m.From.String() + " → " + m.To.String() }

// Transcript says where the parts of a merged config came from.
//
// There is a mapping for each scalar that is set in the result (empty plain strings
// and zero plain numbers count as not set), for each entry of a list, and for each
// object and list with anything in it. A scalar has one source; an object or list
// to which both inputs contributed has two. Mappings are in the order of the
// document, except that those of an object or list follow those of its contents;
// the parent's comes before the child's.
type Transcript struct {
	// Mappings are in the order of the result.
	Mappings []Mapping

	sources func() map[string][]Source // by path in the result; made when first used
}

func newTranscript(mappings []Mapping) Transcript {
	return Transcript{Mappings: mappings, sources: sync.OnceValue(func() map[string][]Source {
		sources := make(map[string][]Source, len(mappings))
		for _, m := range mappings {
			to := m.To.String()
			sources[to] = append(sources[to], m.From)
		}
		return sources
	})}
}

// Sources returns where the value at a path of the result came from, the parent's
// place first; nil if nothing is set there.
func (t Transcript) Sources(path report.Path) []Source {
	if t.sources == nil {
		return nil
	}
	return t.sources()[path.String()]
}

// String is one mapping a line.
func (t Transcript) String() string {
	lines := make([]string, len(t.Mappings))
	for i, m := range t.Mappings {
		lines[i] = m.String()
	}
	return strings.Join(lines, "\n")
}

// site is where a merge is at: an element of three paths that differ in indices of
// lists only. Nil keeps no log.
type site struct {
	up                    *site  // nil at the root
	name                  string // of a field; empty for an entry of a list
	parent, child, result int    // indices of the entry
	log                   *[]Mapping
}

// field is the site of a field of the struct at s.
func (s *site) field(f *field) *site {
	if s == nil || f.embedded {
		return s
	}
	return &site{up: s, name: f.name, log: s.log}
}

// item is the site of an entry of the list at s. An index of -1 is of a side that
// has no part in the entry.
func (s *site) item(parent, child, result int) *site {
	if s == nil {
		return nil
	}
	return &site{up: s, parent: parent, child: child, result: result, log: s.log}
}

// path collects the elements from the root down, with the given index of entries.
func (s *site) path(index func(*site) int) report.Path {
	depth := 0
	for at := s; at.up != nil; at = at.up {
		depth++
	}
	path := make(report.Path, depth)
	for at := s; at.up != nil; at = at.up {
		depth--
		if at.name != "" {
			path[depth] = at.name
		} else {
			path[depth] = index(at)
		}
	}
	return path
}

func inParent(s *site) int { return s.parent }
func inChild(s *site) int  { return s.child }
func inResult(s *site) int { return s.result }

// add records that the value at s has its like at the same place of one side.
func (s *site) add(side Side) {
	index := inParent
	if side == Child {
		index = inChild
	}
	*s.log = append(*s.log, Mapping{Source{side, s.path(index)}, s.path(inResult)})
}

// both records an object to which both sides contributed.
func (s *site) both() { s.list(true, true) }

// list records which sides contributed to a list.
func (s *site) list(parent, child bool) {
	if s == nil {
		return
	}
	if parent {
		s.add(Parent)
	}
	if child {
		s.add(Child)
	}
}

// take records a value of one side with all that is in it, and reports whether
// there was anything.
func (s *site) take(side Side, f *field, v reflect.Value) bool {
	if s == nil {
		return false
	}
	var any bool
	switch f.kind {
	case scalar:
		any = !v.IsZero()
	case optional:
		any = !v.IsNil()
	case optionalObject:
		any = !v.IsNil() && s.takeFields(side, f.plan, v.Elem())
	case object:
		any = s.takeFields(side, f.plan, v)
	case sequence, set:
		for i := range v.Len() {
			any = s.item(i, i, i).takeItem(side, f, v.Index(i)) || any
		}
	}
	if any && !f.embedded {
		s.add(side)
	}
	return any
}

func (s *site) takeFields(side Side, pl *plan, v reflect.Value) bool {
	var any bool
	for i := range pl.fields {
		f := &pl.fields[i]
		any = s.field(f).take(side, f, v.Field(i)) || any
	}
	return any
}

// takeItem is take for an entry of the list f.
func (s *site) takeItem(side Side, f *field, v reflect.Value) bool {
	if s == nil {
		return false
	}
	any := f.plan == nil && !v.IsZero() || f.plan != nil && s.takeFields(side, f.plan, v)
	if any {
		s.add(side)
	}
	return any
}
