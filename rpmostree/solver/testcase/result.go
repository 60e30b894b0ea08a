package testcase

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/solver"
)

// Classes is a set of kinds of result lines.
type Classes uint32

// The classes, named as on the result line of a testcase.
const (
	Transaction Classes = 1 << iota
	Problems
	Orphaned
	Recommended
	Unneeded
	Alternatives
	Rules
	GenID
	Reasons
	CleanDeps
	Jobs
	UserInstalled
	Order
	OrderEdges
	Proof
)

var classNames = []string{"transaction", "problems", "orphaned", "recommended", "unneeded", "alternatives", "rules", "genid", "reason", "cleandeps",
	"jobs", "userinstalled", "order", "orderedges", "proof"}

// ParseClasses reads names joined by commas.
func ParseClasses(s string) (Classes, error) {
	var c Classes
	for name := range strings.SplitSeq(s, ",") {
		i := slices.Index(classNames, name)
		if i < 0 {
			return 0, fmt.Errorf("unknown result class %q", clip([]byte(name)))
		}
		c |= 1 << i
	}
	return c, nil
}

// String joins the names of the classes by commas.
func (c Classes) String() string {
	var names []string
	for i, name := range classNames {
		if c&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ",")
}

// Solve solves the jobs of the block and returns the lines of its result classes, sorted by their bytes.
func (b *Block) Solve() []string {
	b.Solver.Solve(b.Jobs)
	return Result(b.Solver, b.Classes)
}

// Result describes what a solver found, as sorted lines of the classes that are asked for.
func Result(s *solver.Solver, classes Classes) []string {
	r := &result{solver: s, pool: s.Pool()}
	for i, write := range []func(*result){
		(*result).transaction, (*result).problems, (*result).orphaned, (*result).recommended, (*result).unneeded, (*result).alternatives,
		(*result).rules, (*result).genids, (*result).reasons, (*result).cleanDeps, (*result).jobs, (*result).userInstalled, (*result).order,
		(*result).orderEdges, (*result).proofs,
	} {
		if classes&(1<<i) != 0 {
			write(r)
		}
	}
	slices.Sort(r.lines)
	return r.lines
}

type result struct {
	solver *solver.Solver
	pool   *solver.Pool
	lines  []string
}

func (r *result) add(words ...string) { r.lines = append(r.lines, strings.Join(words, " ")) }

func (r *result) name(id solver.SolvableID) string { return PackageName(r.pool, id) }

func (r *result) list(word string, ids []solver.SolvableID) {
	for _, id := range ids {
		r.add(word, r.name(id))
	}
}

// literal spells a literal with its sign: a minus or a blank.
func (r *result) literal(id solver.SolvableID) string {
	if id < 0 {
		return "-" + r.name(-id)
	}
	return " " + r.name(id)
}

func (r *result) jobText(j solver.Job) string { return FormatJob(r.pool, j) }

func (r *result) transaction() {
	for _, c := range r.solver.Transaction().Changes() {
		if c.Type == solver.ChangeIgnore {
			continue
		}
		words := []string{c.Type.String(), r.name(c.Package)}
		if c.Other != 0 && r.pool.IsInstalled(c.Package) {
			words = append(words, r.name(c.Other))
		}
		r.add(words...)
	}
}

func (r *result) problems() {
	for _, p := range r.solver.Problems() {
		r.add("problem", p.ID(), "info", r.solver.ProblemText(r.solver.RuleInfo(p.Rule())))
		for _, s := range p.Solutions() {
			prefix := "problem " + p.ID() + " solution " + s.ID(r.jobText)
			for _, e := range s.Elements {
				r.add(prefix, r.solutionElement(e))
			}
		}
	}
}

func (r *result) solutionElement(e solver.SolutionElement) string {
	switch e.Action {
	case solver.DropJob:
		return "deljob " + r.jobText(r.solver.Jobs()[e.Job])
	case solver.Erase:
		return "erase " + r.name(e.Package)
	case solver.Replace:
		return "replace " + r.name(e.Package) + " " + r.name(e.Other)
	case solver.Allow:
		return "allow " + r.name(e.Other)
	}
	return "unknown"
}

func (r *result) orphaned() { r.list("orphaned", r.solver.Orphaned()) }

func (r *result) recommended() {
	recommended, suggested := r.solver.Recommended()
	r.list("recommended", recommended)
	r.list("suggested", suggested)
}

func (r *result) unneeded() {
	filtered := r.solver.Unneeded(true)
	for _, id := range r.solver.Unneeded(false) {
		if slices.Contains(filtered, id) {
			r.add("unneeded_filtered", r.name(id))
		} else {
			r.add("unneeded", r.name(id))
		}
	}
}

func (r *result) alternatives() {
	depText := func(id solver.ID) string { return FormatDep(r.pool, id) }
	for _, a := range r.solver.Alternatives() {
		prefix := "alternative " + r.solver.AlternativeID(a, depText)
		r.add(prefix, " 0", r.solver.AlternativeText(a))
		for i, c := range a.Choices {
			sign := " "
			switch {
			case -c == a.Chosen:
				sign = "+"
			case c < 0:
				sign = "-"
			}
			r.add(prefix, fmt.Sprintf("%2d", i+1), sign, r.name(max(c, -c)))
		}
	}
}

func (r *result) rules() {
	for id := solver.RuleID(1); int(id) <= r.solver.RuleCount(); id++ {
		class, literals := r.solver.RuleClass(id), r.solver.RuleLiterals(id)
		if class == solver.RuleFeature && len(literals) == 1 && literals[0] == -solver.SystemSolvable {
			continue
		}
		prefix := "rule " + class.String() + " " + r.solver.RuleHash(id)
		for _, l := range literals {
			r.add(prefix, r.literal(l))
		}
	}
}

// genids takes the dependencies apart that genid and evrcmp lines made.
func (r *result) genids() {
	for _, j := range r.solver.Jobs() {
		if j.How != solver.VerbNoop|solver.SelProvides {
			continue
		}
		text := FormatDep(r.pool, j.What)
		r.add("genid dep", text)
		if id, err := ParseDep(r.pool, text); err != nil || id != j.What {
			r.add("genid roundtrip error:", FormatDep(r.pool, id))
		}
		n := 0
		r.genid(j.What, &n)
	}
}

func (r *result) genid(id solver.ID, n *int) {
	text := "null"
	if left, op, right, ok := r.pool.RelParts(id); ok {
		r.genid(left, n)
		r.genid(right, n)
		text = "op unknown"
		if name, ok := opName(op); ok {
			text = "op " + name
		}
	} else if id != 0 {
		text = "lit " + r.pool.Str(id)
	}
	*n++
	r.add(fmt.Sprintf("genid %2d: genid", *n), text)
}

func (r *result) reasons() {
	for id := solver.SolvableID(2); id < r.pool.NumSolvables(); id++ {
		reason, rule := r.solver.Describe(id)
		if reason == solver.ReasonUnrelated {
			continue
		}
		if reason == solver.ReasonWeakDep && r.weakReasons(id) {
			continue
		}
		words := []string{"reason", r.name(id), reason.String()}
		if rule != 0 {
			words = append(words, r.solver.RuleHash(rule))
		}
		r.add(words...)
	}
}

func (r *result) weakReasons(id solver.SolvableID) bool {
	why := r.solver.DescribeWeak(id)
	for _, w := range why {
		words := []string{"reason", r.name(id), w.Reason.String(), FormatDep(r.pool, w.Dep)}
		if w.From != 0 {
			words = append(words, r.name(w.From))
		}
		r.add(words...)
	}
	return len(why) > 0
}

func (r *result) cleanDeps() { r.list("cleandeps", r.solver.CleanDeps()) }

func (r *result) jobs() {
	for _, j := range r.solver.Jobs() {
		r.add("job", r.jobText(j))
	}
}

func (r *result) userInstalled() {
	r.list("userinstalled pkg", r.solver.UserInstalled())
	for _, name := range r.solver.AutoInstalledNames() {
		r.add("autoinst name", r.pool.Str(name))
	}
}

func (r *result) order() {
	t := r.solver.Transaction()
	t.Order()
	for i, id := range t.Steps {
		verb := "install"
		if r.pool.IsInstalled(id) {
			verb = "erase"
		}
		r.add(fmt.Sprintf("order %4d", i+1), verb, r.name(id))
	}
}

func (r *result) orderEdges() {
	t := r.solver.Transaction()
	t.Order()
	for _, e := range t.Edges() {
		r.add("orderedge", r.name(e.From), fmt.Sprintf("-%x->", e.Type), r.name(e.To))
	}
}

// proofs shows how the problems follow, and after them how the learnt rules follow that they use.
func (r *result) proofs() {
	seen := map[solver.RuleID]bool{}
	for _, p := range r.solver.Problems() {
		r.proof(p.ID(), p.Proof(), seen)
	}
}

func (r *result) proof(id string, steps []solver.ProofStep, seen map[solver.RuleID]bool) {
	var learnt []solver.RuleID
	for i, step := range steps {
		prefix := fmt.Sprintf("proof %s %3d", id, i)
		if step.Reason == solver.ReasonPremise {
			r.add(prefix, "premise")
			r.add(prefix+": -->", r.literal(step.Literal))
			continue
		}
		class := r.solver.RuleClass(step.Rule)
		r.add(prefix, class.String(), r.solver.RuleHash(step.Rule))
		for _, l := range r.solver.RuleLiterals(step.Rule) {
			if l == step.Literal {
				r.add(prefix+": -->", r.literal(l))
			} else {
				r.add(prefix+":    ", r.literal(l))
			}
		}
		if class == solver.RuleLearnt && !seen[step.Rule] {
			seen[step.Rule] = true
			learnt = append(learnt, step.Rule)
		}
	}
	for _, rule := range learnt {
		r.proof(r.solver.RuleHash(rule), r.solver.LearntProof(rule), seen)
	}
}
