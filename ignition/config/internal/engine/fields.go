package engine

import (
	"github.com/nestos-dev/nestos/ignition/config/internal/jsontree"
)

// str is a string that is always there.
func str[T any](name string, since Version, at func(*T) *string) field[T] {
	return field[T]{name: name, since: since, decode: func(d *decoder, n jsontree.Node, v *T) {
		if d.read(n, jsontree.String) {
			*at(v) = d.tree.Value(n)
		}
	}}
}

// optStr is a string that may be absent.
func optStr[T any](name string, since Version, at func(*T) **string) field[T] {
	return optStrSince(name, since, since, at)
}

// optStrSince is a string that may be absent since a version; before, null left
// it alone.
func optStrSince[T any](name string, since, optionalSince Version, at func(*T) **string) field[T] {
	return field[T]{name: name, since: since, decode: func(d *decoder, n jsontree.Node, v *T) {
		if d.version < optionalSince && d.tree.Kind(n) == jsontree.Null {
			return
		}
		optional(d, n, at(v), &d.strings, func() (string, bool) {
			if !d.read(n, jsontree.String) {
				return "", false
			}
			return d.tree.Value(n), true
		})
	}}
}

// num is an integer that is always there.
func num[T any](name string, since Version, at func(*T) *int) field[T] {
	return field[T]{name: name, since: since, decode: func(d *decoder, n jsontree.Node, v *T) {
		if i, ok := d.integer(n); ok {
			*at(v) = i
		}
	}}
}

func optInt[T any](name string, since Version, at func(*T) **int) field[T] {
	return field[T]{name: name, since: since, decode: func(d *decoder, n jsontree.Node, v *T) {
		optional(d, n, at(v), &d.ints, func() (int, bool) { return d.integer(n) })
	}}
}

func optBool[T any](name string, since Version, at func(*T) **bool) field[T] {
	return field[T]{name: name, since: since, decode: func(d *decoder, n jsontree.Node, v *T) {
		optional(d, n, at(v), &d.bools, func() (bool, bool) {
			return d.tree.True(n), d.read(n, jsontree.Bool)
		})
	}}
}

// strs is a list of strings.
func strs[T any, S ~string](name string, since Version, at func(*T) *[]S) field[T] {
	return field[T]{name: name, since: since, decode: func(d *decoder, n jsontree.Node, v *T) {
		elements(d, n, at(v), func(n jsontree.Node, e *S) {
			if d.read(n, jsontree.String) {
				*e = S(d.tree.Value(n))
			}
		})
	}}
}

// object is an object inside.
func object[T, E any](name string, since Version, s schema[E], at func(*T) *E) field[T] {
	return field[T]{
		name: name, since: since,
		decode: func(d *decoder, n jsontree.Node, v *T) { s.decode(d, n, at(v)) },
		unused: func(u *unusedWalk, parent *place, v *T) {
			if n, ok := u.finder.Member(parent.node, name); ok {
				s.unused(u, &place{parent: parent, key: name, node: n}, at(v))
			}
		},
	}
}

// formerPointer is an object which null clears and does not stand in for up to
// a version.
func formerPointer[T, E any](name string, since, upTo Version, s schema[E], at func(*T) *E, present func(*E)) field[T] {
	f := object(name, since, s, at)
	decode, unused := f.decode, f.unused
	f.decode = func(d *decoder, n jsontree.Node, v *T) {
		if d.version > upTo {
			decode(d, n, v)
			return
		}
		if d.tree.Kind(n) == jsontree.Null {
			var zero E
			*at(v) = zero
			return
		}
		decode(d, n, v)
		present(at(v))
	}
	f.unused = func(u *unusedWalk, parent *place, v *T) {
		if u.version <= upTo {
			if u.cleared(parent.node, name) {
				return
			}
		}
		unused(u, parent, v)
	}
	return f
}

// objects is a list of objects.
func objects[T, E any, L ~[]E](name string, since Version, s schema[E], at func(*T) *L) field[T] {
	return field[T]{
		name: name, since: since,
		decode: func(d *decoder, n jsontree.Node, v *T) {
			list := []E(*at(v))
			elements(d, n, &list, func(n jsontree.Node, e *E) { s.decode(d, n, e) })
			*at(v) = list
		},
		unused: func(u *unusedWalk, parent *place, v *T) {
			list, ok := u.finder.Member(parent.node, name)
			if !ok {
				return
			}
			element := &place{parent: &place{parent: parent, key: name, node: list}, isIdx: true}
			for i := range *at(v) {
				if n, ok := u.finder.Element(list, i); ok {
					element.index, element.node = i, n
					s.unused(u, element, &(*at(v))[i])
				}
			}
		},
	}
}
