package object

import (
	"fmt"
	"slices"
	"strings"
)

// Xattr is one extended attribute. Name has no terminating NUL here; the serialized form has.
type Xattr struct {
	Name  string
	Value []byte
}

// Xattrs are the extended attributes of a file or directory, sorted by name in byte order, each
// name once. That order is hashed, so use [Xattrs.Sort] on anything that was read from a file system.
type Xattrs []Xattr

// Sort brings the attributes into the canonical order.
func (x Xattrs) Sort() {
	slices.SortFunc(x, func(a, b Xattr) int { return strings.Compare(a.Name, b.Name) })
}

// Get returns the value of the named attribute.
func (x Xattrs) Get(name string) ([]byte, bool) {
	for i := range x {
		if x[i].Name == name {
			return x[i].Value, true
		}
	}
	return nil, false
}

// With returns the attributes with one set to value, in canonical order; the receiver is not changed.
func (x Xattrs) With(name string, value []byte) Xattrs {
	out := x.Without(name)
	i, _ := slices.BinarySearchFunc(out, name, func(a Xattr, n string) int { return strings.Compare(a.Name, n) })
	return slices.Insert(out, i, Xattr{name, value})
}

// Without returns a copy of the attributes that lacks the named one.
func (x Xattrs) Without(name string) Xattrs {
	out := make(Xattrs, 0, len(x)+1)
	for _, a := range x {
		if a.Name != name {
			out = append(out, a)
		}
	}
	return out
}

// Equal tells whether both lists have the same names and values in the same order.
func (x Xattrs) Equal(o Xattrs) bool {
	return slices.EqualFunc(x, o, func(a, b Xattr) bool { return a.Name == b.Name && string(a.Value) == string(b.Value) })
}

// Validate checks what the format demands: names not empty, strictly ascending.
func (x Xattrs) Validate() error {
	for i, a := range x {
		if a.Name == "" || strings.IndexByte(a.Name, 0) >= 0 {
			return fmt.Errorf("Invalid xattr name (empty or missing NUL) index=%d", i)
		}
		if i == 0 {
			continue
		}
		switch c := strings.Compare(x[i-1].Name, a.Name); {
		case c == 0:
			return fmt.Errorf("Duplicate xattr name, index=%d", i)
		case c > 0:
			return fmt.Errorf("Incorrectly sorted xattr name (prev=%s, cur=%s), index=%d", x[i-1].Name, a.Name, i)
		}
	}
	return nil
}

// Append appends the serialized a(ayay) to b.
func (x Xattrs) Append(b []byte) []byte {
	if len(x) == 0 {
		return b
	}
	start := len(b)
	ends := make([]int, 0, 8)
	for _, a := range x {
		elem := len(b)
		b = append(b, a.Name...)
		b = append(b, 0)
		nameEnd := len(b) - elem
		b = append(b, a.Value...)
		body := len(b) - elem
		b = appendOffset(b, nameEnd, offsetSize(body, 1))
		ends = append(ends, len(b)-start)
	}
	size := offsetSize(len(b)-start, len(ends))
	for _, e := range ends {
		b = appendOffset(b, e, size)
	}
	return b
}

// ParseXattrs reads a serialized a(ayay) and validates it. The values alias b.
func ParseXattrs(b []byte) (Xattrs, error) {
	var x Xattrs
	err := arrayElems(b, func(elem []byte) error {
		var end [1]int
		if err := tupleOffsets(elem, 1, end[:]); err != nil {
			return err
		}
		name := elem[:end[0]]
		if len(name) < 2 || name[len(name)-1] != 0 {
			return fmt.Errorf("Invalid xattr name (empty or missing NUL) index=%d", len(x))
		}
		value := elem[end[0] : len(elem)-containerOffsetSize(len(elem))]
		x = append(x, Xattr{string(name[:len(name)-1]), value})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return x, x.Validate()
}
