package testcase

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/solver"
)

// job adds a job, or the jobs that a selection makes.
func (r *Reader) job(words []string) error {
	r.flushExcludes()
	if isSelection(words) {
		jobs, err := parseSelectionJob(r.pool, words, r.block.Jobs)
		r.block.Jobs = jobs
		return err
	}
	j, err := parseJob(r.pool, words)
	if err == nil {
		r.block.Jobs = append(r.block.Jobs, j)
	}
	return err
}

func (r *Reader) vendorClass(words []string) {
	vendors := make([]string, len(words))
	for i, w := range words {
		vendors[i] = string(unescape([]byte(w)))
	}
	r.pool.AddVendorClass(vendors...)
}

// namespace sets who provides "namespace:x(arg)".
func (r *Reader) namespace(words []string) error {
	r.flushExcludes()
	name, arg, ok := strings.Cut(words[0], "(")
	arg, closed := strings.CutSuffix(arg, ")")
	if !ok || !closed {
		return fmt.Errorf("bad namespace %q", clip([]byte(words[0])))
	}
	var set providerSet
	for _, w := range words[1:] {
		id, err := FindPackage(r.pool, w)
		if err != nil {
			return err
		}
		if id == solver.SystemSolvable {
			set.system = true
		} else {
			set.ids = append(set.ids, id)
		}
	}
	slices.Sort(set.ids)
	namespaces := maps.Clone(r.namespaces)
	if namespaces == nil {
		namespaces = map[[2]solver.ID]providerSet{}
	}
	namespaces[[2]solver.ID{r.pool.InternString(name), r.pool.InternString(arg)}] = set
	r.namespaces = namespaces
	r.pool.SetNamespace(func(ns, arg solver.ID) ([]solver.SolvableID, bool) {
		set := namespaces[[2]solver.ID{ns, arg}]
		return set.ids, set.system
	})
	return nil
}

// disable excludes packages. The lines of a run of them all see the packages that were there before the first.
func (r *Reader) disable(words []string) error {
	j, err := parseSelection(r.pool, words)
	if err != nil {
		return err
	}
	r.excludes = append(r.excludes, r.pool.JobPackages(j)...)
	if !r.filesAdded && j.How == solver.SelProvides && !j.What.IsRel() {
		r.excludeByFile(r.pool.Str(j.What))
	}
	return nil
}

// excludeByFile excludes what contains a file: as long as the files that dependencies name are not among the provides,
// libsolv looks every path up in the file lists.
func (r *Reader) excludeByFile(path string) {
	if !strings.HasPrefix(path, "/") {
		return
	}
	for _, id := range r.pool.FilesNamed([]byte(path)) {
		if r.pool.IsInstalled(id) || r.pool.Installable(id) {
			r.excludes = append(r.excludes, id)
		}
	}
}

// flushExcludes applies the disable lines before that what depends upon the provides.
func (r *Reader) flushExcludes() {
	r.filesAdded = true
	for _, id := range r.excludes {
		r.pool.Exclude(id)
	}
	r.excludes = nil
}

// result says what is to be reported, and what the author of the testcase expects.
func (r *Reader) result(words []string) error {
	classes, err := ParseClasses(words[0])
	if err != nil {
		return err
	}
	r.block.Classes = classes
	r.block.Expected, r.block.HasExpected = nil, false
	if len(words) < 2 {
		return nil
	}
	src, err := r.open(words[1])
	if err != nil {
		return err
	}
	defer src.Close()
	text, err := io.ReadAll(io.LimitReader(src, maxExpected+1))
	if err != nil {
		return err
	}
	if len(text) > maxExpected {
		return errors.New("expected result too large")
	}
	for line := range strings.Lines(string(text)) {
		r.block.Expected = append(r.block.Expected, strings.TrimSuffix(line, "\n"))
	}
	r.block.HasExpected = true
	return nil
}

const maxExpected = 256 << 20

// genid runs the stack machine that builds dependencies.
func (r *Reader) genid(command, arg string) error {
	var id solver.ID
	switch command {
	case "lit":
		id = r.pool.InternString(arg)
	case "null":
	case "dep":
		var err error
		if id, err = ParseDep(r.pool, arg); err != nil {
			return err
		}
	case "op":
		o, ok := opPrefix([]byte(arg))
		if !ok {
			return fmt.Errorf("genid: unknown op %q", clip([]byte(arg)))
		}
		n := len(r.genids)
		if n < 2 {
			return errors.New("genid: out of stack")
		}
		id = r.pool.Rel(r.genids[n-2], o.op, r.genids[n-1])
		r.genids = r.genids[:n-2]
	case "susedep":
		n := len(r.genids)
		if n < 1 {
			return errors.New("genid: out of stack")
		}
		id = rewriteSUSEDep(r.pool, arg, r.genids[n-1])
		r.genids = r.genids[:n-1]
	default:
		return fmt.Errorf("genid: unknown command %q", clip([]byte(command)))
	}
	r.genids = append(r.genids, id)
	return nil
}

// compare adds a job that says how two versions compare.
func (r *Reader) compare(a, b string) {
	x, y := r.pool.InternString(a), r.pool.InternString(b)
	op := solver.OpEQ
	switch c := r.pool.CompareEVRs(x, y, solver.CompareEVR); {
	case c < 0:
		op = solver.OpLT
	case c > 0:
		op = solver.OpGT
	}
	r.block.Jobs = append(r.block.Jobs, solver.Job{How: solver.VerbNoop | solver.SelProvides, What: r.pool.Rel(x, op, y)})
}

// finish completes a block when its last line has been read.
func (r *Reader) finish() *Block {
	r.flushExcludes()
	b := r.block
	for _, id := range slices.Backward(r.genids) {
		b.Jobs = append(b.Jobs, solver.Job{How: solver.VerbNoop | solver.SelProvides, What: id})
	}
	if len(r.autoinst) > 0 {
		b.Jobs = append(b.Jobs, r.userInstalled()...)
	}
	if !r.reuse || r.solver == nil {
		r.solver = solver.New(r.pool)
		r.solver.Flags = r.flags
	}
	r.reuse = false
	b.Solver = r.solver
	if b.Classes == 0 {
		b.Classes = Transaction | Problems
	}
	return b
}

// userInstalled is what is not automatically installed: the other installed packages.
func (r *Reader) userInstalled() []solver.Job {
	installed := r.pool.Installed()
	if installed == nil {
		return nil
	}
	var jobs []solver.Job
	seen := map[solver.ID]bool{}
	for _, id := range repoPackages(r.pool, installed) {
		name := r.pool.Solvable(id).Name
		if !seen[name] && !slices.Contains(r.autoinst, name) {
			seen[name] = true
			jobs = append(jobs, solver.Job{How: solver.VerbUserInstalled | solver.SelName, What: name})
		}
	}
	return jobs
}
