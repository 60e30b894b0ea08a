package scripts

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
)

// Package is a package that comes into the tree.
type Package struct {
	Header *rpm.Header
	// Update says that another version of it was in the base: then $1 is 2.
	Update bool
}

// Kind is a kind of scriptlets that run.
type Kind int

// The kinds, in the order in which they run.
const (
	Pre Kind = iota
	Post
	PostTrans
	TransFileTriggerIn
)

// String returns the name of the kind in messages, "%prein" for Pre.
func (k Kind) String() string {
	return [...]string{"%prein", "%post", "%posttrans", "%transfiletriggerin"}[k]
}

// Step is a scriptlet to run.
type Step struct {
	Kind Kind
	// Package is the name of the package that it belongs to.
	Package string
	// Prog is the program with its arguments.
	Prog []string
	// Body is its text, unless HasBody is false.
	Body    string
	HasBody bool
	// Args follow the text's file name.
	Args []string
	// Expand says that macros are to be expanded in the text before.
	Expand bool
	// Prefixes are what a file trigger waits for; Paths the files that it was waiting for, sorted. They are absolute.
	Prefixes, Paths []string

	owner    *Package // nil for a trigger of the base
	priority uint32
	err      error // why it cannot run; of a trigger that may not have to
}

// ID returns "package.script", which output and lists of scriptlets use.
func (s *Step) ID() string { return s.Package + "." + s.Kind.String()[1:] }

// PlanOptions adjust [NewPlan]. The zero value, and nil, plan for an image whose kernel rpm-ostree installs.
type PlanOptions struct {
	// Ignore has patterns of further scriptlets, as "package.posttrans", that do not run.
	Ignore []string
	// KernelInstall lets kernels run their own scriptlets, for trees that use kernel-install.
	KernelInstall bool
	// NoDocs says that files marked as documentation are not installed.
	NoDocs bool
	// Exists tells whether the tree has a file; nil means that it has all. If it has no /usr/bin/rpm, a text whose
	// macros are to be expanded is an error.
	Exists func(path string) bool
	// Files returns the absolute paths of all files, directories left out, that begin with prefix. Triggers of new
	// packages get it when their turn comes, so it should know what scriptlets made. nil takes the files of the
	// packages given.
	Files func(prefix string) ([]string, error)
}

// Plan is what is to run.
type Plan struct {
	pre, post, postTrans, triggers []*Step
	packages                       []*Package
	files                          func(prefix string) ([]string, error)
}

// NewPlan plans the scriptlets of packages, which are in the order of the transaction, on a base with the packages
// that base has. It fails if one of them is not supported.
func NewPlan(base []*rpm.Header, packages []*Package, opts *PlanOptions) (*Plan, error) {
	if opts == nil {
		opts = &PlanOptions{}
	}
	p := &Plan{packages: packages, files: opts.Files}
	for _, pkg := range packages {
		if err := refuseTriggers(pkg.Header, opts); err != nil {
			return nil, err
		}
		for _, k := range []struct {
			script rpm.ScriptKind
			kind   Kind
			list   *[]*Step
		}{{rpm.ScriptPre, Pre, &p.pre}, {rpm.ScriptPost, Post, &p.post}, {rpm.ScriptPostTrans, PostTrans, &p.postTrans}} {
			step, err := planScript(pkg, k.script, k.kind, opts)
			if err != nil {
				return nil, err
			}
			if step != nil {
				*k.list = append(*k.list, step)
			}
		}
	}
	if err := p.planTriggers(base, opts); err != nil {
		return nil, err
	}
	return p, nil
}

// refuseTriggers refuses triggers on other packages' installation.
func refuseTriggers(h *rpm.Header, opts *PlanOptions) error {
	n := h.NEVRA()
	for _, kind := range []struct {
		flag evr.Flags
		name string
	}{{evr.TriggerPreIn, "%triggerprein"}, {evr.TriggerIn, "%triggerin"}} {
		for _, t := range h.Triggers() {
			for _, c := range t.Conditions {
				if c.Flags&kind.flag != 0 && !isIgnored(n.Name+"."+kind.name[1:], n.Release, opts) {
					return fmt.Errorf("Package '%s' has (currently) unsupported script of type '%s'; see https://github.com/coreos/rpm-ostree/issues/749", n.Name, kind.name)
				}
			}
		}
	}
	return nil
}

// planScript returns nil for a scriptlet that the package lacks or that does not run.
func planScript(pkg *Package, script rpm.ScriptKind, kind Kind, opts *PlanOptions) (*Step, error) {
	s, ok := pkg.Header.Script(script)
	if !ok {
		return nil, nil
	}
	step, err := newStep(pkg.Header, &s, kind, opts)
	if err != nil || step == nil {
		return nil, err
	}
	step.owner = pkg
	if step.HasBody { // rpm runs a program without a text by itself
		step.Args = []string{"1"}
		if pkg.Update {
			step.Args = []string{"2"}
		}
	}
	return step, nil
}

const lua = "<lua>"

// newStep applies the lists to a scriptlet.
func newStep(h *rpm.Header, s *rpm.Script, kind Kind, opts *PlanOptions) (*Step, error) {
	n := h.NEVRA()
	step := &Step{
		Kind: kind, Package: n.Name, Prog: s.Prog, Body: s.Body, HasBody: s.HasBody, Expand: s.Flags&rpm.ScriptExpand != 0,
	}
	if isIgnored(step.ID(), n.Release, opts) {
		return nil, nil
	}
	if s.Prog[0] == lua {
		r, ok := findReplacement(step.ID())
		switch {
		case ok && r.body == "", !ok && saysSkip(s.Body):
			return nil, nil
		case !ok:
			return nil, fmt.Errorf("Package '%s' has (currently) unsupported %s script in '%s'", n.Name, lua, kind)
		}
		step.Prog, step.Body, step.HasBody, step.Expand = []string{r.interpreter}, r.body, true, false
		return step, nil
	}
	if s.Flags&rpm.ScriptQueryFormat != 0 {
		return nil, fmt.Errorf("query format in '%s' of package '%s' is not supported", kind, n.Name)
	}
	if step.Expand && opts.Exists != nil && !opts.Exists("/usr/bin/rpm") {
		return nil, fmt.Errorf("macros in '%s' of package '%s': %w", kind, n.Name, errNoRPM)
	}
	return step, nil
}

// errNoRPM tells that the macros of the tree cannot be known.
var errNoRPM = errors.New("expansion is not supported in a tree without /usr/bin/rpm")

// saysSkip tells whether a Lua text says, in its first lines, that rpm-ostree need not run it.
func saysSkip(body string) bool {
	for range 10 {
		line, rest, more := strings.Cut(body, "\n")
		if strings.Contains(line, "-- rpm-ostree-skip") {
			return true
		}
		if !more {
			return false
		}
		body = rest
	}
	return false
}

// Steps returns the steps of a kind in their order. Triggers of the packages themselves may turn out to have nothing
// to do.
func (p *Plan) Steps(k Kind) []*Step {
	return [...][]*Step{p.pre, p.post, p.postTrans, p.triggers}[k]
}

// Empty tells whether nothing is to run.
func (p *Plan) Empty() bool {
	return len(p.pre)+len(p.post)+len(p.postTrans)+len(p.triggers) == 0
}
