package solver

// RuleID numbers the rules of a solver from 1. A negative one names a job:
// -(index+1).
type RuleID int32

// RuleKind says why a rule exists. Kinds of one class share the upper bits.
type RuleKind int

// Kinds of rules; a class is a kind whose lower 8 bits are zero.
const (
	RuleUnknown             RuleKind = 0
	RulePkg                 RuleKind = 0x100
	RuleNotInstallable      RuleKind = 0x101
	RuleNothingProvides     RuleKind = 0x102
	RuleRequires            RuleKind = 0x103
	RuleSelfConflict        RuleKind = 0x104
	RuleConflicts           RuleKind = 0x105
	RuleSameName            RuleKind = 0x106
	RuleObsoletes           RuleKind = 0x107
	RuleImplicitObsoletes   RuleKind = 0x108
	RuleInstalledObsoletes  RuleKind = 0x109
	RulePkgRecommends       RuleKind = 0x10a
	RulePkgSupplements      RuleKind = 0x10c
	RuleUpdate              RuleKind = 0x200
	RuleFeature             RuleKind = 0x300
	RuleJob                 RuleKind = 0x400
	RuleJobNothingProvides  RuleKind = 0x401
	RuleJobProvidedBySystem RuleKind = 0x402
	RuleJobUnknownPackage   RuleKind = 0x403
	RuleJobUnsupported      RuleKind = 0x404
	RuleDistUpgrade         RuleKind = 0x500
	RuleInfArch             RuleKind = 0x600
	RuleChoice              RuleKind = 0x700
	RuleLearnt              RuleKind = 0x800
	RuleBest                RuleKind = 0x900
	RuleYumObs              RuleKind = 0xa00
	RuleRecommends          RuleKind = 0xb00
	RuleBlack               RuleKind = 0xc00
	RuleStrictRepoPriority  RuleKind = 0xd00

	ruleClassMask RuleKind = 0xff00
)

// Class returns the class of a kind.
func (k RuleKind) Class() RuleKind { return k & ruleClassMask }

// String returns the name of the class in solver testcases.
func (k RuleKind) String() string {
	switch k.Class() {
	case RulePkg:
		return "pkg"
	case RuleUpdate:
		return "update"
	case RuleFeature:
		return "feature"
	case RuleJob:
		return "job"
	case RuleDistUpgrade:
		return "distupgrade"
	case RuleInfArch:
		return "infarch"
	case RuleChoice:
		return "choice"
	case RuleLearnt:
		return "learnt"
	case RuleBest:
		return "best"
	case RuleYumObs:
		return "yumobs"
	case RuleRecommends:
		return "recommends"
	case RuleBlack:
		return "black"
	case RuleStrictRepoPriority:
		return "strictrepoprio"
	}
	return "unknown"
}

// RuleInfo tells what a rule is about: package Source needs or excludes
// dependency Dep, which package Target provides. Fields that do not apply are 0.
type RuleInfo struct {
	Kind           RuleKind
	Source, Target SolvableID
	Dep            ID     // also the dependency that a job names
	Job            int    // index of the job, for job rules and best rules of jobs
	Rule           RuleID // for choice and recommends rules the package rule they restrict
}

// Reason says why a package was decided upon.
type Reason int

// Reasons of decisions.
const (
	ReasonUnrelated       Reason = 0
	ReasonUnitRule        Reason = 1
	ReasonKeepInstalled   Reason = 2
	ReasonResolveJob      Reason = 3
	ReasonUpdateInstalled Reason = 4
	ReasonCleanDepsErase  Reason = 5
	ReasonResolve         Reason = 6
	ReasonWeakDep         Reason = 7
	ReasonResolveOrphan   Reason = 8
	ReasonRecommended     Reason = 16
	ReasonSupplemented    Reason = 17
	ReasonUnsolvable      Reason = 18
	ReasonPremise         Reason = 19
)

// String returns the name of the reason in solver testcases.
func (r Reason) String() string {
	switch r {
	case ReasonUnrelated:
		return "unrelated"
	case ReasonUnitRule:
		return "unit"
	case ReasonKeepInstalled:
		return "keep"
	case ReasonResolveJob:
		return "job"
	case ReasonUpdateInstalled:
		return "update"
	case ReasonCleanDepsErase:
		return "cleandeps"
	case ReasonResolve:
		return "resolve"
	case ReasonWeakDep:
		return "weakdep"
	case ReasonResolveOrphan:
		return "orphan"
	case ReasonRecommended:
		return "recommended"
	case ReasonSupplemented:
		return "supplemented"
	case ReasonUnsolvable:
		return "unsolvable"
	case ReasonPremise:
		return "premise"
	}
	return "unknown"
}
