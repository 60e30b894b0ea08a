package scripts

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
)

// planTriggers finds the file triggers that may run: those of the base for files that are new, then those of the
// packages themselves.
func (p *Plan) planTriggers(base []*rpm.Header, opts *PlanOptions) error {
	names := map[string]bool{}
	for _, pkg := range p.packages {
		names[pkg.Header.NEVRA().Name] = true
	}
	var old, own []*Step
	for _, h := range base {
		if names[h.NEVRA().Name] {
			continue // replaced
		}
		old = append(old, triggersOf(h, nil, opts)...)
	}
	for _, pkg := range p.packages {
		own = append(own, triggersOf(pkg.Header, pkg, opts)...)
	}
	if len(old)+len(own) == 0 {
		return nil
	}
	added := newFileList(opts)
	for _, pkg := range p.packages {
		if err := added.add(pkg.Header); err != nil {
			return err
		}
	}
	for _, s := range byPriority(old) {
		s.Paths = added.matching(s.Prefixes)
		switch {
		case len(s.Paths) == 0:
			continue
		case s.err != nil:
			return s.err
		}
		p.triggers = append(p.triggers, s)
	}
	for _, s := range own {
		if s.err != nil {
			return s.err
		}
	}
	p.triggers = append(p.triggers, byPriority(own)...)
	if p.files == nil && len(own) > 0 {
		return p.listPackages(base, added, names)
	}
	return nil
}

// listPackages makes the files of the packages those that triggers are for.
func (p *Plan) listPackages(base []*rpm.Header, all *fileList, replaced map[string]bool) error {
	for _, h := range base {
		if replaced[h.NEVRA().Name] {
			continue
		}
		if err := all.add(h); err != nil {
			return err
		}
	}
	p.files = func(prefix string) ([]string, error) { return all.matching([]string{prefix}), nil }
	return nil
}

// byPriority orders as rpm does: greater priorities first, then packages in their order.
func byPriority(steps []*Step) []*Step {
	slices.SortStableFunc(steps, func(a, b *Step) int { return cmp.Compare(b.priority, a.priority) })
	return steps
}

// triggersOf returns the triggers of a package that wait for files to appear.
func triggersOf(h *rpm.Header, owner *Package, opts *PlanOptions) []*Step {
	var steps []*Step
	for _, t := range h.TransFileTriggers() {
		prefixes := supportedPrefixes(&t)
		if len(prefixes) == 0 {
			continue
		}
		step, err := newStep(h, &t.Script, TransFileTriggerIn, opts)
		if err != nil {
			step = &Step{err: fmt.Errorf("Executing %s for %s: %w", TransFileTriggerIn, h.NEVRA().Name, err)}
		}
		if step == nil {
			continue
		}
		step.Prefixes, step.owner, step.priority = prefixes, owner, t.Priority
		steps = append(steps, step)
	}
	return steps
}

// supportedPrefixes leaves out what is not part of an image.
func supportedPrefixes(t *rpm.Trigger) []string {
	var prefixes []string
	for _, c := range t.Conditions {
		if c.Flags&evr.TriggerIn == 0 {
			continue
		}
		p := strings.TrimLeft(c.Name, "/")
		if strings.HasPrefix(p, "usr/") && !strings.HasPrefix(p, "usr/local") {
			prefixes = append(prefixes, "/"+p)
		}
	}
	return prefixes
}

// fileList holds the names of files, sorted when they are asked for.
type fileList struct {
	noDocs bool
	paths  []string
	sorted bool
}

func newFileList(opts *PlanOptions) *fileList { return &fileList{noDocs: opts.NoDocs} }

// add adds the files that a package brings to a tree where bin, sbin and the lib directories are links into usr.
func (l *fileList) add(h *rpm.Header) error {
	files, err := h.Files()
	if err != nil {
		return fmt.Errorf("files of %s: %w", h.NEVRA(), err)
	}
	for i := range files {
		f := &files[i]
		doc := f.Flags&rpm.FileDoc != 0 && f.Flags&rpm.FileLicense == 0
		if f.IsDir() || f.IsGhost() || doc && l.noDocs {
			continue
		}
		l.paths = append(l.paths, canonical(f.Path))
	}
	l.sorted = false
	return nil
}

func canonical(path string) string {
	for _, dir := range [...]string{"/bin/", "/sbin/", "/lib/", "/lib64/", "/lib32/"} {
		if strings.HasPrefix(path, dir) {
			return "/usr" + path
		}
	}
	return path
}

// matching returns the paths that begin with one of the prefixes, sorted, each once.
func (l *fileList) matching(prefixes []string) []string {
	if !l.sorted {
		slices.Sort(l.paths)
		l.paths = slices.Compact(l.paths)
		l.sorted = true
	}
	var found []string
	for _, prefix := range prefixes {
		i, _ := slices.BinarySearch(l.paths, prefix)
		for ; i < len(l.paths) && strings.HasPrefix(l.paths[i], prefix); i++ {
			found = append(found, l.paths[i])
		}
	}
	return unique(found)
}

func unique(paths []string) []string {
	slices.Sort(paths)
	return slices.Compact(paths)
}
