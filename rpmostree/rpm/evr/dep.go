package evr

import (
	"errors"
	"fmt"
)

// Dep is one dependency, or one thing that is provided.
type Dep struct {
	// Name is a capability, an absolute path, or a rich dependency in parentheses.
	Name string
	// Flags holds the comparison and the context bits.
	Flags Flags
	// Version is the `[epoch:]version[-release]` of the comparison as in the package's
	// header; empty when there is none.
	Version string
}

// String prints the dependency as rpm does: `name >= 1:2-3`.
func (d Dep) String() string {
	s := d.Name
	if op := d.Flags.Op(); op != "" {
		s += " " + op
	}
	if d.Version != "" {
		s += " " + d.Version
	}
	return s
}

// IsRich reports whether the dependency is a boolean one, to be read with [ParseRich].
func (d Dep) IsRich() bool { return len(d.Name) > 0 && d.Name[0] == '(' }

// IsFile reports whether the dependency is on a path, which files satisfy too.
func (d Dep) IsFile() bool { return len(d.Name) > 0 && d.Name[0] == '/' }

// Overlaps reports whether the ranges of a provided and a required dependency have a version in
// common. Names are not compared. A side without comparison or without version matches
// everything; a release or epoch that one side lacks is not compared, except that a
// lone epoch above 0 makes its side newer.
func Overlaps(p, r Dep) bool {
	if !p.Flags.Compares() || !r.Flags.Compares() || p.Version == "" || r.Version == "" {
		return true
	}
	a, b := Parse(p.Version), Parse(r.Version)
	c := compareEpochs(a.Epoch, b.Epoch)
	if c == 0 {
		c = VerCmp(a.Version, b.Version)
	}
	if c == 0 {
		switch {
		case a.Release != "" && b.Release != "":
			c = VerCmp(a.Release, b.Release)
		case a.Release != "" && r.Flags&Equal != 0, b.Release != "" && p.Flags&Equal != 0:
			return true
		}
	}
	switch {
	case c < 0:
		return p.Flags&Greater != 0 || r.Flags&Less != 0
	case c > 0:
		return p.Flags&Less != 0 || r.Flags&Greater != 0
	}
	return p.Flags&r.Flags&(Less|Greater|Equal) != 0
}

// compareEpochs differs from a comparison of numbers in the odd epochs: two epochs are
// compared as versions, a lone one only counts when it is not all zeros.
func compareEpochs(a, b string) int {
	switch {
	case a != "" && b != "":
		return VerCmp(a, b)
	case len(trimZeros(a)) > 0:
		return 1
	case len(trimZeros(b)) > 0:
		return -1
	}
	return 0
}

// ParseDep reads `name`, `name op evr` or a rich dependency, as in a spec file. Words are
// separated by blanks or commas. Only the comparison bits and, for rpmlib(…), [RPMLib] are
// set in the result.
func ParseDep(s string) (Dep, error) {
	p := richParser{s: s}
	p.skipBlanks()
	if p.peek() == '(' {
		start := p.i
		if _, err := p.group(0); err != nil {
			return Dep{}, err
		}
		d := Dep{Name: s[start:p.i]}
		return d, p.end("rich dependency")
	}
	d, err := p.simple()
	if err != nil {
		return Dep{}, err
	}
	return d, p.end("dependency")
}

func (p *richParser) end(of string) error {
	p.skipBlanks()
	if p.i < len(p.s) {
		return errors.New("Junk after " + of)
	}
	return nil
}

// MustParseDep is [ParseDep] for constants; it panics on an error.
func MustParseDep(s string) Dep {
	d, err := ParseDep(s)
	if err != nil {
		panic(fmt.Sprintf("evr: dependency %q: %v", s, err))
	}
	return d
}
