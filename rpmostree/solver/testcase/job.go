package testcase

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/solver"
)

type howName struct {
	how  solver.How
	name string
}

// verbs are what a job does. The first name of a verb is the one that is written.
var verbs = []howName{
	{solver.VerbNoop, "noop"},
	{solver.VerbInstall, "install"},
	{solver.VerbErase, "erase"},
	{solver.VerbUpdate, "update"},
	{solver.VerbWeakenDeps, "weakendeps"},
	{solver.VerbMultiversion, "multiversion"},
	{solver.VerbMultiversion, "noobsoletes"},
	{solver.VerbLock, "lock"},
	{solver.VerbDistUpgrade, "distupgrade"},
	{solver.VerbVerify, "verify"},
	{solver.VerbDropOrphaned, "droporphaned"},
	{solver.VerbUserInstalled, "userinstalled"},
	{solver.VerbAllowUninstall, "allowuninstall"},
	{solver.VerbFavor, "favor"},
	{solver.VerbDisfavor, "disfavor"},
	{solver.VerbBlacklist, "blacklist"},
	{solver.VerbExcludeFromWeak, "excludefromweak"},
}

// jobFlags in the order in which they are written.
var jobFlags = []howName{
	{solver.JobWeak, "weak"},
	{solver.JobEssential, "essential"},
	{solver.JobCleanDeps, "cleandeps"},
	{solver.JobOrUpdate, "orupdate"},
	{solver.JobForceBest, "forcebest"},
	{solver.JobTargeted, "targeted"},
	{solver.JobNotByUser, "notbyuser"},
	{solver.JobSetEV, "setev"},
	{solver.JobSetEVR, "setevr"},
	{solver.JobSetArch, "setarch"},
	{solver.JobSetVendor, "setvendor"},
	{solver.JobSetRepo, "setrepo"},
	{solver.JobNoAutoSet, "noautoset"},
}

// FormatJob writes a job as it stands behind the word "job": verb, selection and flags.
func FormatJob(p *solver.Pool, j solver.Job) string {
	verb := "unknown"
	for _, v := range verbs {
		if v.how == j.How&solver.VerbMask {
			verb = v.name
			break
		}
	}
	s := verb + " " + formatSelection(p, j)
	var flags []string
	for _, f := range jobFlags {
		if j.How&f.how != 0 {
			flags = append(flags, f.name)
		}
	}
	if len(flags) > 0 {
		s += " [" + strings.Join(flags, ",") + "]"
	}
	return s
}

func formatSelection(p *solver.Pool, j solver.Job) string {
	switch j.How & solver.SelMask {
	case solver.SelPkg:
		return "pkg " + PackageName(p, solver.SolvableID(j.What))
	case solver.SelName:
		return "name " + FormatDep(p, j.What)
	case solver.SelProvides:
		return "provides " + FormatDep(p, j.What)
	case solver.SelOneOf:
		ids := p.OneOf(j.What)
		if len(ids) == 0 {
			return "oneof nothing"
		}
		names := make([]string, len(ids))
		for i, id := range ids {
			names[i] = PackageName(p, id)
		}
		return "oneof " + strings.Join(names, " ")
	case solver.SelRepo:
		if r := repoOfJob(p, j); r != nil {
			return "repo " + RepoName(r)
		}
	case solver.SelAll:
		return "all packages"
	}
	return "unknown unknown"
}

// ParseJob reads what FormatJob writes. The pool must hold the packages that are named.
func ParseJob(p *solver.Pool, s string) (solver.Job, error) {
	j, err := parseJob(p, strings.Fields(s))
	if err != nil {
		return j, fmt.Errorf("job %q: %w", clip([]byte(s)), err)
	}
	return j, nil
}

var errJob = fmt.Errorf("malformed job")

func parseJob(p *solver.Pool, words []string) (solver.Job, error) {
	if len(words) < 3 {
		return solver.Job{}, errJob
	}
	how, words, err := parseVerb(words)
	if err != nil {
		return solver.Job{}, err
	}
	j, err := parseSelection(p, words)
	j.How |= how
	return j, err
}

// parseVerb takes the verb and the flags off a job.
func parseVerb(words []string) (solver.How, []string, error) {
	i := slices.IndexFunc(verbs, func(v howName) bool { return v.name == words[0] })
	if i < 0 {
		return 0, nil, fmt.Errorf("unknown job %q", clip([]byte(words[0])))
	}
	how, words := verbs[i].how, words[1:]
	last := words[len(words)-1]
	if len(words) < 3 || last[0] != '[' || last[len(last)-1] != ']' {
		return how, words, nil
	}
	for name := range strings.SplitSeq(last[1:len(last)-1], ",") {
		i := slices.IndexFunc(jobFlags, func(f howName) bool { return f.name == name })
		if i < 0 {
			return 0, nil, fmt.Errorf("unknown job flag %q", clip([]byte(name)))
		}
		how |= jobFlags[i].how
	}
	return how, words[:len(words)-1], nil
}

// parseSelection reads "pkg P", "name DEP", "provides DEP", "oneof P…", "repo R" or "all packages".
func parseSelection(p *solver.Pool, words []string) (solver.Job, error) {
	kind, args := words[0], words[1:]
	switch {
	case kind == "pkg" && len(args) == 1:
		id, err := FindPackage(p, args[0])
		return solver.Job{How: solver.SelPkg, What: solver.ID(id)}, err
	case kind == "name" && len(args) > 0:
		id, err := ParseDep(p, strings.Join(args, " "))
		return solver.Job{How: solver.SelName, What: id}, err
	case kind == "provides" && len(args) > 0:
		id, err := parseProvides(p, strings.Join(args, " "))
		return solver.Job{How: solver.SelProvides, What: id}, err
	case kind == "oneof" && len(args) > 0:
		return parseOneOf(p, args)
	case kind == "repo" && len(args) == 1:
		r, ok := FindRepo(p, args[0])
		if !ok {
			return solver.Job{}, fmt.Errorf("unknown repository %q", clip([]byte(args[0])))
		}
		return solver.Job{How: solver.SelRepo, What: solver.ID(r.Index())}, nil
	case kind == "all" && len(args) == 1 && args[0] == "packages":
		return solver.Job{How: solver.SelAll}, nil
	}
	return solver.Job{}, errJob
}

// parseProvides reads a dependency, or a namespace with whatever argument: "namespace:language(<NULL>)".
func parseProvides(p *solver.Pool, s string) (solver.ID, error) {
	ns, arg, ok := strings.Cut(s, "(")
	if !ok || !strings.HasPrefix(s, "namespace:") || !strings.HasSuffix(arg, ")") {
		return ParseDep(p, s)
	}
	id, err := ParseDep(p, arg[:len(arg)-1])
	return p.Rel(p.InternString(ns), solver.OpNamespace, id), err
}

func parseOneOf(p *solver.Pool, names []string) (solver.Job, error) {
	var ids []solver.SolvableID
	for _, name := range names {
		if name == "nothing" && len(names) == 1 {
			break
		}
		id, err := FindPackage(p, name)
		if err != nil {
			return solver.Job{}, err
		}
		ids = append(ids, id)
	}
	return solver.Job{How: solver.SelOneOf, What: p.AddOneOf(ids)}, nil
}

// parseSelectionJob reads "VERB selection TEXT FLAGS" and its relatives "selection_matchdeps LIST TEXT FLAGS", and returns
// the jobs that take the place of those so far: with the flags add, subtract and filter they are combined.
func parseSelectionJob(p *solver.Pool, words []string, jobs []solver.Job) ([]solver.Job, error) {
	if len(words) < 4 {
		return jobs, errJob
	}
	how, words, err := parseVerb(words)
	if err != nil {
		return jobs, err
	}
	flags, err := parseSelFlags(words[len(words)-1])
	if err != nil {
		return jobs, err
	}
	s := &selector{pool: p, flags: flags}
	var before selection
	if s.on(selMode) {
		for _, j := range jobs {
			before = append(before, solver.Job{How: j.How & (solver.SelMask | solver.JobSetMask), What: j.What})
		}
		jobs = nil
	}
	sel, err := s.search(before, words[0], words[1:len(words)-1])
	if err != nil {
		return jobs, err
	}
	for _, j := range sel {
		jobs = append(jobs, solver.Job{How: j.How | how, What: j.What})
	}
	return jobs, nil
}

// search runs one kind of selection.
func (s *selector) search(before selection, kind string, args []string) (selection, error) {
	if kind == "selection" {
		if len(args) == 0 {
			return nil, errJob
		}
		return s.make(before, strings.Join(args, " ")), nil
	}
	if len(args) < 2 {
		return nil, errJob
	}
	key, err := parseListKey(args[0])
	if err != nil {
		return nil, err
	}
	text := strings.Join(args[1:], " ")
	switch kind {
	case "selection_matchdeps":
		return s.makeMatchDeps(before, key, text), nil
	case "selection_matchdepid":
		dep, err := ParseDep(s.pool, text)
		return s.makeMatchDepID(before, key, dep), err
	case "selection_matchsolvable":
		id, err := FindPackage(s.pool, text)
		if err != nil {
			return nil, err
		}
		return s.makeMatchSolvable(before, key, id), nil
	}
	return nil, errJob
}

// isSelection tells whether the words behind "job" make a selection job.
func isSelection(words []string) bool {
	return len(words) > 1 && (words[1] == "selection" || strings.HasPrefix(words[1], "selection_match"))
}
