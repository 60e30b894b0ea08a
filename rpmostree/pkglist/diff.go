package pkglist

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// ChangeType is what became of a package; the numbers are those of rpm-ostree's interfaces.
type ChangeType int

// The types of changes.
const (
	Added      ChangeType = 0
	Removed    ChangeType = 1
	Upgraded   ChangeType = 2
	Downgraded ChangeType = 3
)

// Change is a difference: Old is nil for what was added, New for what was removed.
type Change struct {
	Type     ChangeType
	Name     string   // of the package
	Old, New *Package // before and after
}

// Diff is how two lists differ, sorted by name. It is empty for equal lists.
type Diff []Change

// Compare pairs the packages of two sorted lists: by name, or by name and architecture if either has several
// of the name.
func Compare(old, new []Package) Diff {
	var d Diff
	oldBy, newBy := byName(old), byName(new)
	for _, name := range names(old, new) {
		a, b := oldBy[name], newBy[name]
		if len(a) == 1 && len(b) == 1 {
			d = d.pair(&a[0], &b[0])
			continue
		}
		d = d.pairArchs(a, b)
	}
	return d
}

func byName(list []Package) map[string][]Package {
	m := make(map[string][]Package, len(list))
	for _, p := range list {
		m[p.Name] = append(m[p.Name], p)
	}
	return m
}

func names(lists ...[]Package) []string {
	var all []string
	for _, list := range lists {
		for _, p := range list {
			all = append(all, p.Name)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (d Diff) pair(a, b *Package) Diff {
	if *a == *b {
		return d
	}
	t := Upgraded
	if a.compareEVR(*b) > 0 {
		t = Downgraded
	}
	return append(d, Change{t, a.Name, a, b})
}

// pairArchs pairs what has the same architecture and occurs once; packages that are in both lists do not count.
func (d Diff) pairArchs(a, b []Package) Diff {
	a, b = without(a, b), without(b, a)
	used := make([]bool, len(b))
	for i := range a {
		j := slices.IndexFunc(b, func(p Package) bool { return p.Arch == a[i].Arch })
		if j < 0 || used[j] {
			d = append(d, Change{Removed, a[i].Name, &a[i], nil})
			continue
		}
		used[j] = true
		d = d.pair(&a[i], &b[j])
	}
	for j := range b {
		if !used[j] {
			d = append(d, Change{Added, b[j].Name, nil, &b[j]})
		}
	}
	return d
}

func without(list, other []Package) []Package {
	var rest []Package
	for _, p := range list {
		if !slices.Contains(other, p) {
			rest = append(rest, p)
		}
	}
	return rest
}

// Of returns the changes of one type.
func (d Diff) Of(t ChangeType) Diff {
	var part Diff
	for _, c := range d {
		if c.Type == t {
			part = append(part, c)
		}
	}
	return part
}

// Summary returns "N upgraded, N downgraded, N removed, N added" without the parts that are zero.
func (d Diff) Summary() string {
	var parts []string
	for _, t := range blocks {
		if n := len(d.Of(t.typ)); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, strings.ToLower(t.title)))
		}
	}
	return strings.Join(parts, ", ")
}

var blocks = []struct {
	typ   ChangeType
	title string
}{{Upgraded, "Upgraded"}, {Downgraded, "Downgraded"}, {Removed, "Removed"}, {Added, "Added"}}

// WriteBlock prints the changes in groups, the format that people read: a heading, then a line for each package,
// indented by two blanks. It prints nothing if there are none.
func (d Diff) WriteBlock(w io.Writer) error {
	for _, b := range blocks {
		part := d.Of(b.typ)
		if len(part) == 0 {
			continue
		}
		if _, err := fmt.Fprintf(w, "%s:\n", b.title); err != nil {
			return err
		}
		for _, c := range part {
			if _, err := fmt.Fprintf(w, "  %s\n", c.line()); err != nil {
				return err
			}
		}
	}
	return nil
}

// line is a change in the block format.
func (c *Change) line() string {
	switch c.Type {
	case Added:
		return c.New.String()
	case Removed:
		return c.Old.String()
	}
	return c.Name + " " + c.Old.EVR() + " -> " + c.New.EVR()
}

// WriteDiff prints one or two lines a change: "!old" and "=new", "-removed", "+added".
func (d Diff) WriteDiff(w io.Writer) error {
	for _, c := range d {
		var text string
		switch c.Type {
		case Added:
			text = "+" + c.New.String() + "\n"
		case Removed:
			text = "-" + c.Old.String() + "\n"
		default:
			text = "!" + c.Old.String() + "\n=" + c.New.String() + "\n"
		}
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
	}
	return nil
}

// MarshalJSON returns an array of [name, type, {"PreviousPackage": [name, evr, arch], "NewPackage": …}].
func (d Diff) MarshalJSON() ([]byte, error) {
	list := make([]any, 0, len(d))
	for _, c := range d {
		details := map[string][3]string{}
		if c.Old != nil {
			details["PreviousPackage"] = [3]string{c.Old.Name, c.Old.EVR(), c.Old.Arch}
		}
		if c.New != nil {
			details["NewPackage"] = [3]string{c.New.Name, c.New.EVR(), c.New.Arch}
		}
		list = append(list, []any{c.Name, int(c.Type), details})
	}
	return json.Marshal(list)
}
