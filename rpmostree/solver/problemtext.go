package solver

import "fmt"

// ProblemText explains a rule of a problem in libsolv's words.
func (s *Solver) ProblemText(i RuleInfo) string {
	p := s.pool
	src := func() string { return p.SolvableString(i.Source) }
	tgt := func() string { return p.SolvableString(i.Target) }
	dep := func() string { return p.DepString(i.Dep) }
	switch i.Kind {
	case RuleDistUpgrade:
		return src() + " does not belong to a distupgrade repository"
	case RuleInfArch:
		return src() + " has inferior architecture"
	case RuleUpdate:
		return "problem with installed package " + src()
	case RuleJob:
		return "conflicting requests"
	case RuleJobUnsupported:
		return "unsupported request"
	case RuleJobNothingProvides:
		return "nothing provides requested " + dep()
	case RuleJobUnknownPackage:
		return "package " + dep() + " does not exist"
	case RuleJobProvidedBySystem:
		return dep() + " is provided by the system"
	case RulePkg:
		return "some dependency problem"
	case RuleBest:
		if i.Source > 0 {
			return "cannot install the best update candidate for package " + src()
		}
		return "cannot install the best candidate for the job"
	case RuleNotInstallable:
		return "package " + src() + " " + s.whyNotInstallable(i.Source, "is disabled")
	case RuleNothingProvides:
		return fmt.Sprintf("nothing provides %s needed by %s", dep(), src())
	case RuleSameName:
		return fmt.Sprintf("cannot install both %s and %s", src(), tgt())
	case RuleConflicts:
		return fmt.Sprintf("package %s conflicts with %s provided by %s", src(), dep(), tgt())
	case RuleObsoletes:
		return fmt.Sprintf("package %s obsoletes %s provided by %s", src(), dep(), tgt())
	case RuleInstalledObsoletes:
		return fmt.Sprintf("installed package %s obsoletes %s provided by %s", src(), dep(), tgt())
	case RuleImplicitObsoletes:
		return fmt.Sprintf("package %s implicitly obsoletes %s provided by %s", src(), dep(), tgt())
	case RuleRequires:
		return fmt.Sprintf("package %s requires %s, but none of the providers can be installed", src(), dep())
	case RuleSelfConflict:
		return fmt.Sprintf("package %s conflicts with %s provided by itself", src(), dep())
	case RuleYumObs:
		return fmt.Sprintf("both package %s and %s obsolete %s", src(), tgt(), dep())
	case RuleBlack:
		return "package " + src() + " can only be installed by a direct request"
	case RuleStrictRepoPriority:
		return "package " + src() + " is excluded by strict repo priority"
	}
	return "bad problem rule type"
}

func (s *Solver) whyNotInstallable(id SolvableID, disabled string) string {
	sv := &s.pool.solvables[id]
	switch {
	case s.pool.Disabled(id):
		return disabled
	case sv.Arch != 0 && !sv.isSource() && s.pool.BadArch(id):
		return "does not have a compatible architecture"
	}
	return "is not installable"
}

// QualifiedProblemText explains a rule of a problem as dnf and rpm-ostree do, with the
// repository after each package.
func (s *Solver) QualifiedProblemText(i RuleInfo) string {
	p := s.pool
	from := func(id SolvableID) string {
		if r := p.RepoOf(id); r != nil {
			return p.SolvableString(id) + " from " + r.Name
		}
		return p.SolvableString(id)
	}
	src := func() string { return from(i.Source) }
	tgt := func() string { return from(i.Target) }
	dep := func() string { return p.DepString(i.Dep) }
	switch i.Kind {
	case RuleDistUpgrade:
		return src() + "  does not belong to a distupgrade repository"
	case RuleInfArch:
		return src() + "  has inferior architecture"
	case RuleUpdate:
		return "problem with installed package " + p.SolvableString(i.Source)
	case RuleJob:
		return "conflicting requests"
	case RuleNotInstallable:
		return "package " + src() + " " + s.whyNotInstallable(i.Source, "is filtered out by exclude filtering")
	case RuleNothingProvides:
		return fmt.Sprintf("nothing provides %s needed by %s", dep(), src())
	case RuleSameName:
		return fmt.Sprintf("cannot install both %s and %s", src(), tgt())
	case RuleConflicts:
		return fmt.Sprintf("package %s conflicts with %s provided by %s", src(), dep(), tgt())
	case RuleObsoletes:
		return fmt.Sprintf("package %s obsoletes %s provided by %s", src(), dep(), tgt())
	case RuleInstalledObsoletes:
		return fmt.Sprintf("installed package %s obsoletes %s provided by %s", p.SolvableString(i.Source), dep(), tgt())
	case RuleImplicitObsoletes:
		return fmt.Sprintf("package %s implicitly obsoletes %s provided by %s", src(), dep(), tgt())
	case RuleRequires:
		return fmt.Sprintf("package %s requires %s, but none of the providers can be installed", src(), dep())
	case RuleSelfConflict:
		return fmt.Sprintf("package %s conflicts with %s provided by itself", src(), dep())
	case RuleYumObs:
		return fmt.Sprintf("both package %s and %s obsolete %s", src(), tgt(), dep())
	}
	return s.ProblemText(i)
}

// RuleText says what a rule asks for.
func (s *Solver) RuleText(i RuleInfo) string {
	p := s.pool
	src := func() string { return p.SolvableString(i.Source) }
	about := func(verb string) string {
		text := src() + verb + p.DepString(i.Dep)
		if i.Target != 0 {
			text += " provided by " + p.SolvableString(i.Target)
		}
		return text
	}
	switch i.Kind {
	case RuleUpdate:
		return src() + " needs to stay installed or be updated"
	case RuleFeature:
		return src() + " needs to stay installed or be updated/downgraded"
	case RuleJob:
		return "job " + p.JobText(s.jobs[i.Job])
	case RuleJobUnsupported:
		return "unsupported job " + p.JobText(s.jobs[i.Job])
	case RuleJobUnknownPackage:
		return "requested package " + p.DepString(i.Dep) + " does not exist"
	case RuleJobProvidedBySystem:
		return "requested " + p.DepString(i.Dep) + " is provided by the system"
	case RuleBest:
		if i.Source > 0 {
			return "install best update candidate for " + src()
		}
		return "best package for job " + p.JobText(s.jobs[i.Job])
	case RuleNotInstallable:
		return src() + " " + s.whyNotInstallable(i.Source, "is disabled")
	case RuleConflicts:
		return about(" conflicts with ")
	case RuleSelfConflict:
		return about(" conflicts with ") + " provided by itself"
	case RuleObsoletes:
		return about(" obsoletes ")
	case RuleInstalledObsoletes:
		return "installed " + about(" obsoletes ")
	case RuleImplicitObsoletes:
		return about(" implicitly obsoletes ")
	case RuleRequires:
		return about(" requires ")
	case RulePkgRecommends:
		return about(" recommends ")
	case RulePkgSupplements:
		return about(" supplements ")
	case RuleYumObs:
		return "both " + src() + " and " + p.SolvableString(i.Target) + " obsolete " + p.DepString(i.Dep)
	case RuleBlack:
		return src() + " can only be installed by a direct request"
	case RuleStrictRepoPriority:
		return src() + " is excluded by strict repo priority"
	case RuleLearnt:
		return "learnt rule"
	case RuleChoice, RuleRecommends:
		return s.RuleText(s.RuleInfo(i.Rule)) + " (limited version)"
	}
	return s.ProblemText(i)
}
