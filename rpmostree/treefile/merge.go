package treefile

import (
	"reflect"
	"slices"
)

// Merge adds to a treefile what an included one gives. Of single values dst's win; lists are those of src
// followed by those of dst; sets are united; in maps dst's entries win. A package in several entries of
// repo-packages or ex-override-replace stays in the last one only. src is not changed, and dst does not
// share memory with it that either could change.
func Merge(dst, src *Config) {
	mergeStruct(reflect.ValueOf(dst).Elem(), reflect.ValueOf(src.Clone()).Elem())
	dst.RepoPackages = lastPackages(dst.RepoPackages, func(r *RepoPackages) *Set { return &r.Packages })
	dst.OverrideReplace = lastPackages(dst.OverrideReplace, func(r *RepoReplace) *Set { return &r.Packages })
}

func mergeStruct(dst, src reflect.Value) {
	for i := range dst.NumField() {
		f, a, b := dst.Type().Field(i), dst.Field(i), src.Field(i)
		merge := f.Tag.Get("merge")
		switch {
		case f.Anonymous:
			mergeStruct(a, b)
		case merge == "-" || b.IsZero():
		case a.IsZero():
			a.Set(b)
		case merge == "first" || a.Kind() == reflect.Pointer:
		case a.Kind() == reflect.Map:
			mergeMap(a, b)
		case f.Type == reflect.TypeFor[Set]():
			a.Set(reflect.ValueOf(a.Interface().(Set).With(b.Interface().(Set)...)))
		default:
			a.Set(reflect.AppendSlice(b, a))
		}
	}
}

// mergeMap adds to a what only b has, in a new map.
func mergeMap(a, b reflect.Value) {
	out := reflect.MakeMap(a.Type())
	for _, m := range []reflect.Value{b, a} {
		for it := m.MapRange(); it.Next(); {
			out.SetMapIndex(it.Key(), it.Value())
		}
	}
	a.Set(out)
}

// lastPackages keeps each package in the last entry that has it and drops entries without packages.
func lastPackages[T any](entries []T, packages func(*T) *Set) []T {
	seen := map[string]bool{}
	for i := range slices.Backward(entries) {
		p := packages(&entries[i])
		kept := Set{}
		for _, name := range *p {
			if !seen[name] {
				seen[name] = true
				kept = append(kept, name)
			}
		}
		*p = kept
	}
	return slices.DeleteFunc(entries, func(e T) bool { return len(*packages(&e)) == 0 })
}

// Clone returns an independent copy.
func (c *Config) Clone() *Config {
	out := *c
	cloneStruct(reflect.ValueOf(&out).Elem())
	return &out
}

// cloneStruct gives a structure that was copied its own memory. Values of JSON stay shared: nobody
// changes them in place.
func cloneStruct(v reflect.Value) {
	for i := range v.NumField() {
		if f := v.Field(i); f.CanSet() {
			cloneValue(f)
		}
	}
}

func cloneValue(v reflect.Value) {
	switch {
	case v.Kind() == reflect.Struct:
		cloneStruct(v)
	case v.Kind() == reflect.Pointer && !v.IsNil():
		p := reflect.New(v.Type().Elem())
		p.Elem().Set(v.Elem())
		cloneValue(p.Elem())
		v.Set(p)
	case v.Kind() == reflect.Slice && !v.IsNil():
		s := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(s, v)
		for i := range s.Len() {
			cloneValue(s.Index(i))
		}
		v.Set(s)
	case v.Kind() == reflect.Map && !v.IsNil():
		m := reflect.MakeMapWithSize(v.Type(), v.Len())
		for it := v.MapRange(); it.Next(); {
			m.SetMapIndex(it.Key(), it.Value())
		}
		v.Set(m)
	}
}
