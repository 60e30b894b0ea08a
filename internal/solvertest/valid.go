package solvertest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
)

// Facts are what a package says of itself, in rpm's words. Nothing of the solver is used to judge them.
type Facts struct {
	Name, Arch                               string
	EVR                                      string // [epoch:]version-release
	Provides, Requires, Conflicts, Obsoletes []evr.Dep
	Files                                    []string
}

// String is name-evr.arch.
func (f *Facts) String() string { return f.Name + "-" + f.EVR + "." + f.Arch }

// Check looks for contradictions in a set of packages that are installed together: requirements that nothing provides,
// conflicts, obsoletes, several versions of a name. It judges only what involves one of the fresh packages, or all if
// that is nil: packages that were there before may be broken already. Names in several architectures of different word
// size are allowed.
func Check(set []*Facts, fresh map[*Facts]bool) []string {
	c := &checker{providers: map[string][]provider{}, fresh: fresh}
	for _, p := range set {
		c.index(p)
	}
	for _, p := range set {
		c.check(p)
	}
	slices.Sort(c.wrong)
	return slices.Compact(c.wrong)
}

type provider struct {
	pkg *Facts
	dep evr.Dep
}

type checker struct {
	providers map[string][]provider
	fresh     map[*Facts]bool
	wrong     []string
}

func (c *checker) index(p *Facts) {
	for _, d := range p.Provides {
		c.providers[d.Name] = append(c.providers[d.Name], provider{p, d})
	}
	for _, f := range p.Files {
		c.providers[f] = append(c.providers[f], provider{p, evr.Dep{Name: f}})
	}
	// What every package provides by its name is found under a name that no dependency has.
	c.providers["\x00"+p.Name] = append(c.providers["\x00"+p.Name], provider{p, evr.Dep{Name: p.Name, Flags: evr.Equal, Version: p.EVR}})
}

func (c *checker) report(format string, args ...any) {
	c.wrong = append(c.wrong, fmt.Sprintf(format, args...))
}

func (c *checker) isFresh(p ...*Facts) bool {
	return c.fresh == nil || slices.ContainsFunc(p, func(p *Facts) bool { return c.fresh[p] })
}

func (c *checker) check(p *Facts) {
	for _, d := range p.Requires {
		if c.isFresh(p) && !strings.HasPrefix(d.Name, "rpmlib(") && !c.holds(d, nil) {
			c.report("%s requires %s", p, d)
		}
	}
	for _, d := range p.Conflicts {
		if d.IsRich() {
			if c.isFresh(p) && c.holds(d, p) {
				c.report("%s conflicts with %s", p, d)
			}
			continue
		}
		for _, q := range c.matching(d) {
			if q != p && c.isFresh(p, q) {
				c.report("%s conflicts with %s", p, q)
			}
		}
	}
	for _, d := range p.Obsoletes {
		for _, q := range c.providers["\x00"+d.Name] {
			if q.pkg != p && c.isFresh(p, q.pkg) && evr.Overlaps(q.dep, d) {
				c.report("%s obsoletes %s", p, q.pkg)
			}
		}
	}
	for _, q := range c.providers["\x00"+p.Name] {
		if q.pkg != p && c.isFresh(p, q.pkg) && (p.Arch == q.pkg.Arch || is64(p.Arch) == is64(q.pkg.Arch) || p.Arch == "noarch" || q.pkg.Arch == "noarch") {
			c.report("%s and %s", min(p.String(), q.pkg.String()), max(p.String(), q.pkg.String()))
		}
	}
}

func is64(arch string) bool { return strings.Contains(arch, "64") || arch == "s390x" }

// matching lists the packages that provide a plain dependency.
func (c *checker) matching(d evr.Dep) []*Facts {
	var list []*Facts
	for _, q := range c.providers[d.Name] {
		if evr.Overlaps(q.dep, d) && !slices.Contains(list, q.pkg) {
			list = append(list, q.pkg)
		}
	}
	return list
}

// holds tells whether a dependency is fulfilled by packages other than one.
func (c *checker) holds(d evr.Dep, except *Facts) bool {
	if !d.IsRich() {
		return slices.ContainsFunc(c.matching(d), func(p *Facts) bool { return p != except })
	}
	r, err := evr.ParseRich(d.Name)
	if err != nil {
		c.report("%s: %v", d, err)
		return false
	}
	return c.rich(r, except)
}

func (c *checker) rich(r *evr.Rich, except *Facts) bool {
	sub := func(i int) bool { return c.rich(r.Args[i], except) }
	switch r.Op {
	case evr.OpAnd:
		return !slices.ContainsFunc(r.Args, func(a *evr.Rich) bool { return !c.rich(a, except) })
	case evr.OpOr:
		return slices.ContainsFunc(r.Args, func(a *evr.Rich) bool { return c.rich(a, except) })
	case evr.OpIf:
		if !sub(1) {
			return len(r.Args) < 3 || sub(2)
		}
		return sub(0)
	case evr.OpUnless:
		if sub(1) {
			return len(r.Args) == 3 && sub(2)
		}
		return sub(0)
	case evr.OpWith, evr.OpWithout:
		return len(c.same(r, except)) > 0
	}
	if len(r.Args) > 0 {
		return sub(0)
	}
	return c.holds(r.Dep, except)
}

// same lists the packages that fulfil an expression of with, without and or by themselves.
func (c *checker) same(r *evr.Rich, except *Facts) []*Facts {
	if r.IsLeaf() {
		return slices.DeleteFunc(c.matching(r.Dep), func(p *Facts) bool { return p == except })
	}
	list := c.same(r.Args[0], except)
	for _, a := range r.Args[1:] {
		other := c.same(a, except)
		switch r.Op {
		case evr.OpOr:
			list = append(list, other...)
		default:
			list = slices.DeleteFunc(list, func(p *Facts) bool { return slices.Contains(other, p) == (r.Op == evr.OpWithout) })
		}
	}
	return list
}
