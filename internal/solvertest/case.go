package solvertest

import (
	"fmt"
	"slices"
	"strings"
)

// Package is one package of a case: its header line and the lines of its dependencies.
type Package struct {
	Name, EVR, Release, Arch string
	Lines                    []string // "=Req: x" and so on
}

// Spelling is the package's name in a testcase: name-evr.arch@repo.
func (p *Package) Spelling(repo string) string {
	evr := strings.TrimPrefix(p.EVR, "0:")
	if p.Release != "-" {
		evr += "-" + p.Release
	}
	return fmt.Sprintf("%s-%s.%s@%s", p.Name, evr, p.Arch, repo)
}

// Repo is a repository of a case.
type Repo struct {
	Name     string
	Priority string // "prio" or "prio.subprio"
	Packages []*Package
}

// Case is a testcase of one block.
type Case struct {
	Repos     []*Repo
	System    string   // the words after "system"
	Setup     []string // poolflags, vendorclass, disable and namespace lines
	Flags     []string // solver flags
	Jobs      []string // the words after "job"
	Result    string   // result classes
	Installed string   // name of the installed repository; "" when there is none
}

// String is the case in the testcase language.
func (c *Case) String() string {
	var b strings.Builder
	for _, r := range c.Repos {
		if len(r.Packages) == 0 {
			fmt.Fprintf(&b, "repo %s %s empty\n", r.Name, r.Priority)
			continue
		}
		fmt.Fprintf(&b, "repo %s %s testtags <inline>\n#>=Ver: 3.0\n", r.Name, r.Priority)
		for _, p := range r.Packages {
			fmt.Fprintf(&b, "#>=Pkg: %s %s %s %s\n", p.Name, p.EVR, p.Release, p.Arch)
			for _, l := range p.Lines {
				fmt.Fprintf(&b, "#>%s\n", l)
			}
		}
	}
	fmt.Fprintf(&b, "system %s\n", strings.TrimSpace(c.System+" "+c.Installed))
	for _, l := range c.Setup {
		fmt.Fprintf(&b, "%s\n", l)
	}
	if len(c.Flags) > 0 {
		fmt.Fprintf(&b, "solverflags %s\n", strings.Join(c.Flags, " "))
	}
	for _, j := range c.Jobs {
		fmt.Fprintf(&b, "job %s\n", j)
	}
	fmt.Fprintf(&b, "result %s\n", c.Result)
	return b.String()
}

// clone copies what the shrinker changes.
func (c *Case) clone() *Case {
	n := *c
	n.Setup, n.Flags, n.Jobs = slices.Clone(c.Setup), slices.Clone(c.Flags), slices.Clone(c.Jobs)
	n.Repos = make([]*Repo, len(c.Repos))
	for i, r := range c.Repos {
		nr := *r
		nr.Packages = make([]*Package, len(r.Packages))
		for j, p := range r.Packages {
			np := *p
			np.Lines = slices.Clone(p.Lines)
			nr.Packages[j] = &np
		}
		n.Repos[i] = &nr
	}
	return &n
}
