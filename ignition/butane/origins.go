package butane

import (
	"iter"
	"reflect"
	"regexp"
	"strings"
	"sync"

	"github.com/nestos-dev/nestos/ignition/config/merge"
	"github.com/nestos-dev/nestos/ignition/config/report"
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// origins tells for paths of a translated config where in the source they come
// from. It is a layer over the origins before the last merge, and costs next to
// nothing until it is asked.
type origins struct {
	exact map[string]report.Path // single paths
	trees map[string]generated   // everything below a path has one source

	direct  *types.Config           // bottom layer: the config that was translated field by field
	lineage func() merge.Transcript // other layers: what a merge of parent and child did
	moves   *move                   // or: what was moved in child

	parent, child *origins
}

// generated is a value made by sugar and the place of the sugar.
type generated struct {
	source report.Path
	value  any
}

func newOrigins(direct *types.Config) *origins {
	return &origins{exact: map[string]report.Path{}, trees: map[string]generated{}, direct: direct}
}

// merged lays the origins of a merge over those of its inputs.
func merged(parent types.Config, parentOrigins *origins, child types.Config, childOrigins *origins) *origins {
	o := newOrigins(nil)
	o.parent, o.child = parentOrigins, childOrigins
	o.lineage = sync.OnceValue(func() merge.Transcript {
		_, t := merge.Trace(parent, child)
		return t
	})
	return o
}

// set says that the value at a path has a source.
func (o *origins) set(path, source report.Path) { o.exact[path.String()] = source }

// setTree says that a generated value and all in it have one source.
func (o *origins) setTree(path, source report.Path, value any) {
	o.trees[path.String()] = generated{source, value}
}

// source looks a path up.
func (o *origins) source(path report.Path) (report.Path, bool) {
	if o == nil {
		return nil, false
	}
	if s, found := o.exact[path.String()]; found {
		return s, true
	}
	if s, found := o.fromTrees(path); found {
		return s, true
	}
	switch {
	case o.lineage != nil:
		return o.fromMerge(path)
	case o.moves != nil:
		return o.fromMove(path)
	}
	if o.direct != nil && present(reflect.ValueOf(o.direct).Elem(), path, false) {
		return snakePath(path), true
	}
	return nil, false
}

func (o *origins) fromTrees(path report.Path) (report.Path, bool) {
	if len(o.trees) == 0 {
		return nil, false
	}
	for i := len(path); i > 0; i-- {
		if g, found := o.trees[path[:i].String()]; found {
			return g.source, present(reflect.ValueOf(g.value), path[i:], true)
		}
	}
	return nil, false
}

// fromMerge asks the inputs of the merge, the child first: what sugar made is
// seldom what the reader is looking for.
func (o *origins) fromMerge(path report.Path) (report.Path, bool) {
	sources := o.lineage().Sources(path)
	for i := len(sources) - 1; i >= 0; i-- {
		side := o.parent
		if sources[i].Side == merge.Child {
			side = o.child
		}
		if s, found := side.source(sources[i].Path); found {
			return s, true
		}
	}
	return nil, false
}

// present reports whether there is a value at a path below v. With shape, a field
// counts as present even when it is unset.
func present(v reflect.Value, path report.Path, shape bool) bool {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return shape && len(path) == 0
		}
		v = v.Elem()
	}
	if len(path) == 0 {
		return shape || there(v)
	}
	switch e := path[0].(type) {
	case int:
		return v.Kind() == reflect.Slice && e < v.Len() && present(v.Index(e), path[1:], shape)
	case string:
		if v.Kind() == reflect.Struct {
			if f, found := jsonField(v, e); found {
				return present(f, path[1:], shape)
			}
		}
	}
	return false
}

// there reports whether a value counts as given: plain scalars always do.
func there(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice:
		return !v.IsNil()
	case reflect.Struct:
		switch v.Interface().(type) {
		case types.File, types.Directory, types.Link, types.Unit, types.Dropin, types.PasswdUser:
			return true
		}
		return !v.IsZero()
	}
	return true
}

// jsonField finds a field by its JSON name, also in embedded structs.
func jsonField(v reflect.Value, name string) (reflect.Value, bool) {
	t := v.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			if found, ok := jsonField(v.Field(i), name); ok {
				return found, true
			}
		} else if jsonName(f.Tag) == name {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

func jsonName(tag reflect.StructTag) string {
	name, _, _ := strings.Cut(tag.Get("json"), ",")
	return name
}

var camelRe = regexp.MustCompile(`MiB|[A-Z]`)

// snakePath is a path of an Ignition config in the spelling of Butane.
func snakePath(p report.Path) report.Path {
	s := make(report.Path, len(p))
	for i, e := range p {
		if name, ok := e.(string); ok {
			e = strings.ToLower(camelRe.ReplaceAllString(name, "_$0"))
		}
		s[i] = e
	}
	return s
}

// moved are the origins after a value has been moved, all of it.
func moved(from, to report.Path, before *origins) *origins {
	o := newOrigins(nil)
	o.child = before
	o.moves = &move{from, to}
	return o
}

type move struct{ from, to report.Path }

// fromMove asks for a path as it was before the move.
func (o *origins) fromMove(path report.Path) (report.Path, bool) {
	if len(path) >= len(o.moves.to) && path[:len(o.moves.to)].String() == o.moves.to.String() {
		if s, found := o.child.source(o.moves.from.Append(path[len(o.moves.to):]...)); found {
			return s, true
		}
	}
	return o.child.source(path)
}

// Origins yields all paths of Config whose source is known, with it, in the order
// of the config.
func (r *Result) Origins() iter.Seq2[report.Path, report.Path] {
	return func(yield func(path, source report.Path) bool) {
		if r.origins != nil {
			r.origins.each(reflect.ValueOf(&r.Config).Elem(), nil, yield)
		}
	}
}

// each visits v and what is in it.
func (o *origins) each(v reflect.Value, at report.Path, yield func(path, source report.Path) bool) bool {
	if v.Kind() == reflect.Pointer && v.IsNil() || !there(reflect.Indirect(v)) {
		return true
	}
	if source, known := o.source(at); known && len(at) > 0 && !yield(at, source) {
		return false
	}
	return o.eachIn(reflect.Indirect(v), at, yield)
}

func (o *origins) eachIn(v reflect.Value, at report.Path, yield func(path, source report.Path) bool) bool {
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			if !o.each(v.Index(i), at.Append(i), yield) {
				return false
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.Anonymous {
				if !o.eachIn(v.Field(i), at, yield) {
					return false
				}
			} else if !o.each(v.Field(i), at.Append(jsonName(f.Tag)), yield) {
				return false
			}
		}
	}
	return true
}
