package engine

import (
	"errors"
	"strconv"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/ignition/config/internal/jsontree"
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// ErrDecode says that a value is of a type that its place does not take.
var ErrDecode = errors.New("a value has the wrong type")

// Decode reads a config as version v does. Like encoding/json it takes keys in
// any case, reads every one of duplicate keys into the same place, and leaves
// what is null alone. What was not optional in v but is now is set always.
func Decode(tree *jsontree.Tree, v Version) (*types.Config, error) {
	d := &decoder{tree: tree, version: v}
	cfg := new(types.Config)
	configSchema.decode(d, 0, cfg)
	if d.failed {
		return nil, ErrDecode
	}
	complete(cfg, v)
	return cfg, nil
}

// VersionOf reads nothing but the version of a config, which may be anything.
func VersionOf(tree *jsontree.Tree) (string, error) {
	d := &decoder{tree: tree}
	var stub versionStub
	stubSchema.decode(d, 0, &stub)
	if d.failed {
		return "", ErrDecode
	}
	return stub.Ignition.Version, nil
}

type decoder struct {
	tree    *jsontree.Tree
	version Version
	failed  bool

	strings []string // room for strings that are pointed to
	ints    []int
	bools   []bool
}

// schema says which keys an object has that becomes a T, in the order of its
// fields.
type schema[T any] []field[T]

// field is a key of an object that becomes a T.
type field[T any] struct {
	name  string
	since Version
	// decode reads node n into the field of v.
	decode func(d *decoder, n jsontree.Node, v *T)
	// unused looks for keys without meaning in what the field of v was read from,
	// if there can be some.
	unused func(u *unusedWalk, at *place, v *T)
}

func (s schema[T]) decode(d *decoder, n jsontree.Node, v *T) {
	t := d.tree
	switch t.Kind(n) {
	case jsontree.Null:
		return
	case jsontree.Object:
	default:
		d.failed = true
		return
	}
	for c := t.First(n); c < t.End(n) && !d.failed; c = t.Next(c) {
		if f := s.find(t.Key(c), d.version); f != nil {
			f.decode(d, c, v)
		}
	}
}

// find is the field that a key means, whatever its case.
func (s schema[T]) find(key string, v Version) *field[T] {
	for i := range s {
		if s[i].name == key && s[i].since <= v {
			return &s[i]
		}
	}
	for i := range s {
		if s[i].since <= v && equalFold(s[i].name, key) {
			return &s[i]
		}
	}
	return nil
}

// equalFold compares a key with the name of a field, which is in ASCII, in the
// way of encoding/json: besides the letters there are two runes of higher planes
// that fold to ASCII.
func equalFold(name, key string) bool {
	for i := range len(name) {
		if key == "" {
			return false
		}
		r, size := utf8.DecodeRuneInString(key)
		switch r {
		case 'ſ':
			r = 's'
		case '\u212a': // the Kelvin sign
			r = 'k'
		}
		key = key[size:]
		if lower(r) != lower(rune(name[i])) {
			return false
		}
	}
	return key == ""
}

func lower(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

// The pools below make one allocation for many optional values. Sixteen keep the
// waste small.
const pool = 16

func take[T any](room *[]T, v T) *T {
	if len(*room) == 0 {
		*room = make([]T, pool)
	}
	p := &(*room)[0]
	*room = (*room)[1:]
	*p = v
	return p
}

// read reads a literal. The result is false if there is none: n is null, or it
// is of another type and reading has failed.
func (d *decoder) read(n jsontree.Node, want jsontree.Kind) bool {
	switch d.tree.Kind(n) {
	case want:
		return true
	case jsontree.Null:
	default:
		d.failed = true
	}
	return false
}

func (d *decoder) integer(n jsontree.Node) (int, bool) {
	if !d.read(n, jsontree.Number) {
		return 0, false
	}
	i, err := strconv.ParseInt(d.tree.Value(n), 10, strconv.IntSize)
	if err != nil {
		d.failed = true
		return 0, false
	}
	return int(i), true
}

// optional reads a literal into a pointer, which null clears.
func optional[T any](d *decoder, n jsontree.Node, p **T, room *[]T, value func() (T, bool)) {
	if d.tree.Kind(n) == jsontree.Null {
		*p = nil
		return
	}
	if v, ok := value(); ok {
		*p = take(room, v)
	}
}

// elements reads an array. As encoding/json does, it reads into the elements that
// are there from a former array of the same key, and keeps those beyond its end
// for a next one.
func elements[E any](d *decoder, n jsontree.Node, list *[]E, element func(n jsontree.Node, e *E)) {
	t := d.tree
	if !d.read(n, jsontree.Array) {
		if t.Kind(n) == jsontree.Null {
			*list = nil
		}
		return
	}
	count := t.Len(n)
	if count == 0 {
		*list = []E{}
		return
	}
	s := *list
	if cap(s) < count {
		s = append(make([]E, 0, count), s[:cap(s)]...)
	}
	s = s[:count]
	i := 0
	for c := t.First(n); c < t.End(n) && !d.failed; c = t.Next(c) {
		element(c, &s[i])
		i++
	}
	*list = s
}
