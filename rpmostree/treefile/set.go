package treefile

import "slices"

// Set is a set of strings: sorted, each once. A nil Set is "not given".
type Set []string

// NewSet makes a set, which is not nil.
func NewSet(items ...string) Set {
	s := Set(slices.Clone(items))
	slices.Sort(s)
	s = slices.Compact(s)
	if s == nil {
		s = Set{}
	}
	return s
}

// Contains tells whether x is in the set.
func (s Set) Contains(x string) bool {
	_, ok := slices.BinarySearch(s, x)
	return ok
}

// With returns the set with x added; s itself does not change.
func (s Set) With(x ...string) Set { return NewSet(append(slices.Clone(s), x...)...) }

// Without returns the set without x; s itself does not change. A nil set stays nil.
func (s Set) Without(x string) Set {
	i, ok := slices.BinarySearch(s, x)
	if !ok {
		return s
	}
	return slices.Delete(slices.Clone(s), i, i+1)
}
