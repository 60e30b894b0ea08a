package testcase

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/solver"
)

// Write writes a testcase that lets the jobs be solved again elsewhere: all packages with the dependencies and the files
// that matter, the policies, the flags of the solver and the jobs. With result classes it also holds the result that the
// solver has now. Namespaces, which come from the environment, are not written.
func Write(w io.Writer, s *solver.Solver, jobs []solver.Job, classes Classes) error {
	p := s.Pool()
	out := bufio.NewWriterSize(w, 64<<10)
	for _, r := range p.Repos() {
		prio := fmt.Sprint(r.Priority)
		if r.SubPriority != 0 {
			prio += fmt.Sprintf(".%d", r.SubPriority)
		}
		if r.Len() == 0 {
			fmt.Fprintf(out, "repo %s %s empty\n", RepoName(r), prio)
			continue
		}
		fmt.Fprintf(out, "repo %s %s testtags <inline>\n", RepoName(r), prio)
		if err := WriteTestTags(&prefixer{w: out}, p, r); err != nil {
			return err
		}
	}
	writeSystem(out, p)
	writeDisabled(out, p)
	defaults := DefaultFlags()
	if flags := solverFlags.diff(&s.Flags, &defaults); flags != "" {
		fmt.Fprintf(out, "solverflags %s\n", flags)
	}
	for _, j := range jobs {
		fmt.Fprintf(out, "job %s\n", FormatJob(p, j))
	}
	if classes != 0 {
		fmt.Fprintf(out, "result %s <inline>\n", classes)
		for _, line := range Result(s, classes) {
			fmt.Fprintf(out, "#>%s\n", line)
		}
	}
	return out.Flush()
}

func writeSystem(out io.Writer, p *solver.Pool) {
	system := archPolicy(p) + " rpm"
	if r := p.Installed(); r != nil {
		system += " " + RepoName(r)
	}
	fmt.Fprintf(out, "system %s\n", system)
	if flags := poolFlags.diff(&p.Flags, &solver.PoolFlags{}); flags != "" {
		fmt.Fprintf(out, "poolflags %s\n", flags)
	}
	for _, class := range p.VendorClasses() {
		words := make([]string, len(class))
		for i, v := range class {
			words[i] = escapeVendor(v)
		}
		fmt.Fprintf(out, "vendorclass %s\n", strings.Join(words, " "))
	}
}

func escapeVendor(v string) string {
	var b []byte
	for i := range len(v) {
		if special(v[i]) {
			b = append(b, '\\', hexDigits[v[i]>>4], hexDigits[v[i]&15])
		} else {
			b = append(b, v[i])
		}
	}
	return string(b)
}

// archPolicy spells the order of those architectures that packages have.
func archPolicy(p *solver.Pool) string {
	if !p.HasArchPolicy() {
		return "unset"
	}
	var arches []solver.ID
	packages(p, func(id solver.SolvableID) bool {
		if a := p.Solvable(id).Arch; p.ArchScore(a) > 1 && !slices.Contains(arches, a) {
			arches = append(arches, a)
		}
		return true
	})
	slices.SortFunc(arches, func(a, b solver.ID) int {
		return cmp.Or(cmp.Compare(p.ArchScore(a), p.ArchScore(b)), cmp.Compare(a, b))
	})
	policy := ":"
	for i, a := range arches {
		if i > 0 {
			policy += separator(p.ArchScore(arches[i-1]), p.ArchScore(a))
		}
		policy += p.Str(a)
	}
	if policy == ":" {
		return ":noarch"
	}
	return policy
}

// separator tells how a rank follows another: equal, better but compatible, or of another class.
func separator(a, b uint32) string {
	switch {
	case a == b:
		return "="
	case a>>16 == b>>16:
		return ">"
	}
	return ":"
}

func writeDisabled(out io.Writer, p *solver.Pool) {
	packages(p, func(id solver.SolvableID) bool {
		if p.Excluded(id) {
			fmt.Fprintf(out, "disable pkg %s\n", PackageName(p, id))
		}
		return true
	})
}

// prefixer puts "#>" in front of each line.
type prefixer struct {
	w       io.Writer
	started bool
}

func (x *prefixer) Write(b []byte) (int, error) {
	n := 0
	for len(b) > 0 {
		if !x.started {
			if _, err := io.WriteString(x.w, "#>"); err != nil {
				return n, err
			}
			x.started = true
		}
		part := b
		if i := bytes.IndexByte(b, '\n'); i >= 0 {
			part, x.started = b[:i+1], false
		}
		m, err := x.w.Write(part)
		if n += m; err != nil {
			return n, err
		}
		b = b[len(part):]
	}
	return n, nil
}

// WriteTestTags writes the packages of a repository in testtags format, version 3. Of the files only those are written
// that some dependency names.
func WriteTestTags(w io.Writer, p *solver.Pool, r *solver.Repo) error {
	p.Prepare()
	out := bufio.NewWriterSize(w, 64<<10)
	fmt.Fprintln(out, "=Ver: 3.0")
	for _, id := range repoPackages(p, r) {
		writePackage(out, p, id)
	}
	return out.Flush()
}

func writePackage(out *bufio.Writer, p *solver.Pool, id solver.SolvableID) {
	s := p.Solvable(id)
	version, release, arch := p.Str(s.EVR), "-", "-"
	if i := strings.LastIndexByte(version, '-'); i >= 0 && i+1 < len(version) {
		version, release = version[:i], version[i+1:]
	}
	if s.Arch != 0 {
		arch = p.Str(s.Arch)
	}
	fmt.Fprintf(out, "=Pkg: %s %s %s %s\n", p.Str(s.Name), version, release, arch)
	requires, pre := p.DepsSplit(id, solver.Requires)
	provides, files := p.DepsSplit(id, solver.Provides)
	for _, l := range []struct {
		tag string
		ids []solver.ID
	}{
		{"Req", requires}, {"Prq", pre}, {"Prv", provides}, {"Obs", p.Deps(id, solver.Obsoletes)}, {"Con", p.Deps(id, solver.Conflicts)},
		{"Rec", p.Deps(id, solver.Recommends)}, {"Sup", p.Deps(id, solver.Supplements)}, {"Sug", p.Deps(id, solver.Suggests)},
		{"Enh", p.Deps(id, solver.Enhances)}, {"Ipr", p.PreIgnoreInst(id)}, {"Owr", p.OrderWithRequires(id)}, {"Fls", files},
	} {
		writeList(out, p, l.tag, l.ids)
	}
	if s.Vendor != 0 {
		fmt.Fprintf(out, "=Vnd: %s\n", p.Str(s.Vendor))
	}
	for _, f := range p.Flavors(id) {
		fmt.Fprintf(out, "=Flv: %s\n", p.Str(f))
	}
	if t := p.BuildTime(id); t != 0 {
		fmt.Fprintf(out, "=Tim: %d\n", t)
	}
	if t := p.InstallTime(id); t != 0 {
		fmt.Fprintf(out, "=Iti: %d\n", t)
	}
}

func writeList(out *bufio.Writer, p *solver.Pool, tag string, ids []solver.ID) {
	if len(ids) == 0 {
		return
	}
	fmt.Fprintf(out, "+%s:\n", tag)
	var line []byte
	for _, id := range ids {
		if line = line[:0]; tag == "Fls" || !id.IsRel() && strings.HasPrefix(p.Str(id), "/") {
			line = append(line, p.Str(id)...)
		} else {
			line = AppendDep(line, p, id)
		}
		out.Write(append(line, '\n'))
	}
	fmt.Fprintf(out, "-%s:\n", tag)
}
