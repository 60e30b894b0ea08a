package merge

import (
	"reflect"

	v30 "github.com/nestos-dev/nestos/ignition/config/v3_0/types"
	v31 "github.com/nestos-dev/nestos/ignition/config/v3_1/types"
	v32 "github.com/nestos-dev/nestos/ignition/config/v3_2/types"
	v33 "github.com/nestos-dev/nestos/ignition/config/v3_3/types"
	v34 "github.com/nestos-dev/nestos/ignition/config/v3_4/types"
	v35 "github.com/nestos-dev/nestos/ignition/config/v3_5/types"
	v36 "github.com/nestos-dev/nestos/ignition/config/v3_6/types"
	v37 "github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// Config is a config of any version.
type Config interface {
	v30.Config | v31.Config | v32.Config | v33.Config | v34.Config | v35.Config | v36.Config | v37.Config
}

// Merge returns child laid over parent.
func Merge[T Config](parent, child T) T {
	result, _ := run(parent, child, nil)
	return result
}

// Trace is [Merge] with the origin of everything in the result.
func Trace[T Config](parent, child T) (T, Transcript) {
	result, mappings := run(parent, child, &site{log: new([]Mapping)})
	return result, newTranscript(mappings)
}

func run[T Config](parent, child T, at *site) (T, []Mapping) {
	result := parent
	dst := reflect.ValueOf(&result).Elem()
	overlay(planOf(dst.Type()), dst, reflect.ValueOf(&child).Elem(), at)
	if at == nil {
		return result, nil
	}
	return result, *at.log
}

// overlay lays child over dst, which holds a copy of the parent's struct, and
// leaves no list in dst shared with either of them.
func overlay(pl *plan, dst, child reflect.Value, at *site) {
	keys := childKeys{plan: pl, child: child}
	for i := range pl.fields {
		f := &pl.fields[i]
		d, c, here := dst.Field(i), child.Field(i), at.field(f)
		switch f.kind {
		case scalar:
			d.Set(c)
			here.take(Child, f, d)
		case optional:
			overlayOptional(f, d, c, here)
		case optionalObject:
			overlayOptionalObject(f, d, c, here)
		case object:
			overlayObject(f, d, c, here)
		case sequence:
			concatenate(f, d, c, here)
		case set:
			overlaySet(f, d, c, &keys, here)
		}
	}
}

func overlayOptional(f *field, dst, child reflect.Value, at *site) {
	side := Parent
	if !child.IsNil() {
		dst.Set(child)
		side = Child
	}
	at.take(side, f, dst)
}

func overlayOptionalObject(f *field, dst, child reflect.Value, at *site) {
	switch {
	case dst.IsNil():
		dst.Set(child)
		f.own(dst)
		at.take(Child, f, dst)
	case child.IsNil():
		f.own(dst)
		at.take(Parent, f, dst)
	default:
		merged := reflect.New(dst.Type().Elem())
		merged.Elem().Set(dst.Elem())
		overlay(f.plan, merged.Elem(), child.Elem(), at)
		dst.Set(merged)
		at.both()
	}
}

// overlayObject takes an object whole when the other side has nothing in it: an
// empty child does not clear the plain scalars of its parent.
func overlayObject(f *field, dst, child reflect.Value, at *site) {
	switch {
	case child.IsZero():
		f.own(dst)
		at.take(Parent, f, dst)
	case dst.IsZero():
		dst.Set(child)
		f.own(dst)
		at.take(Child, f, dst)
	default:
		overlay(f.plan, dst, child, at)
		if !f.embedded {
			at.both()
		}
	}
}

func concatenate(f *field, dst, child reflect.Value, at *site) {
	parents, children := dst.Len(), child.Len()
	out := newList(f, dst, parents+children)
	for i := range parents {
		out.append(dst.Index(i), at.item(i, -1, out.len), Parent)
	}
	for i := range children {
		out.append(child.Index(i), at.item(-1, i, out.len), Child)
	}
	dst.Set(out.slice())
	at.list(parents > 0, children > 0)
}

func overlaySet(f *field, dst, child reflect.Value, keys *childKeys, at *site) {
	parents, children := dst.Len(), child.Len()
	out := newList(f, dst, parents+children)
	ofChild := keys.index(f, parents)
	var ofParent map[string]struct{}
	if children > 0 {
		ofParent = make(map[string]struct{}, parents)
	}
	var fromParent, fromChild bool
	for i := range parents {
		item := dst.Index(i)
		if len(ofChild) == 0 {
			fromParent = true
			out.append(item, at.item(i, -1, out.len), Parent)
			continue
		}
		key := f.key(item)
		if children > 0 {
			ofParent[key] = struct{}{}
		}
		other, found := ofChild[key]
		switch {
		case !found:
			fromParent = true
			out.append(item, at.item(i, -1, out.len), Parent)
		case other.field == f:
			fromParent, fromChild = true, true
			if with := child.Index(other.index); !f.removes(with) {
				out.merge(item, with, at.item(i, other.index, out.len))
			}
		}
		// Otherwise another list of the child has the key, and drops it here.
	}
	for i := range children {
		item := child.Index(i)
		if len(ofParent) > 0 {
			if _, done := ofParent[f.key(item)]; done {
				continue
			}
		}
		fromChild = true
		out.append(item, at.item(-1, i, out.len), Child)
	}
	dst.Set(out.slice())
	at.list(fromParent, fromChild)
}

// list is a list of the result while it grows.
type list struct {
	field *field
	items reflect.Value
	len   int
}

func newList(f *field, like reflect.Value, room int) *list {
	if room == 0 {
		return &list{field: f, items: reflect.Zero(like.Type())}
	}
	return &list{field: f, items: reflect.MakeSlice(like.Type(), room, room)}
}

// next is the place for one more item.
func (l *list) next() reflect.Value {
	l.len++
	return l.items.Index(l.len - 1)
}

// append adds an item of one side unchanged.
func (l *list) append(item reflect.Value, at *site, side Side) {
	dst := l.next()
	dst.Set(item)
	if l.field.plan != nil {
		l.field.plan.own(dst)
	}
	at.takeItem(side, l.field, dst)
}

// merge adds an item that both sides have.
func (l *list) merge(parent, child reflect.Value, at *site) {
	dst := l.next()
	if l.field.plan == nil {
		dst.Set(child)
		at.takeItem(Child, l.field, dst)
		return
	}
	dst.Set(parent)
	overlay(l.field.plan, dst, child, at)
	at.both()
}

// slice is the list as a field holds it: nil if nothing is in it.
func (l *list) slice() reflect.Value {
	if l.len == 0 {
		return reflect.Zero(l.items.Type())
	}
	return l.items.Slice3(0, l.len, l.len)
}

// childKeys finds entries of a child's object by key. The index of a set is made
// when the first list of that set asks for it.
type childKeys struct {
	plan    *plan
	child   reflect.Value
	indexes map[int]map[string]childItem
}

type childItem struct {
	field *field
	index int
}

// index is the keys of all lists that form one set with f; nil if there are none
// or if the parent, with the given number of entries, has no use for it. Of entries
// with the same key the last one counts.
func (k *childKeys) index(f *field, parents int) map[string]childItem {
	if parents == 0 {
		return nil
	}
	if index, done := k.indexes[f.set]; done {
		return index
	}
	var index map[string]childItem
	for i := range k.plan.fields {
		g := &k.plan.fields[i]
		if g.kind != set || g.set != f.set {
			continue
		}
		items := k.child.Field(i)
		if index == nil && items.Len() > 0 {
			index = make(map[string]childItem, items.Len())
		}
		for j := range items.Len() {
			index[g.key(items.Index(j))] = childItem{g, j}
		}
	}
	if k.indexes == nil {
		k.indexes = map[int]map[string]childItem{}
	}
	k.indexes[f.set] = index
	return index
}
