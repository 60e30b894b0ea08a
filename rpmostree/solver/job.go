package solver

// How says what a job does (its verb), how it names packages (its selection),
// and flags.
type How uint32

// Job is one request. What depends on the selection: a package for SelPkg, a
// dependency for SelName and SelProvides, a set of [Pool.AddOneOf] for SelOneOf,
// the number of a repository for SelRepo, nothing for SelAll.
type Job struct {
	How  How
	What ID
}

// Selections.
const (
	SelPkg      How = 1
	SelName     How = 2
	SelProvides How = 3
	SelOneOf    How = 4
	SelRepo     How = 5
	SelAll      How = 6

	SelMask How = 0xff
)

// Verbs.
const (
	VerbNoop            How = 0
	VerbInstall         How = 0x0100
	VerbErase           How = 0x0200
	VerbUpdate          How = 0x0300
	VerbWeakenDeps      How = 0x0400
	VerbMultiversion    How = 0x0500
	VerbLock            How = 0x0600
	VerbDistUpgrade     How = 0x0700
	VerbVerify          How = 0x0800
	VerbDropOrphaned    How = 0x0900
	VerbUserInstalled   How = 0x0a00
	VerbAllowUninstall  How = 0x0b00
	VerbFavor           How = 0x0c00
	VerbDisfavor        How = 0x0d00
	VerbBlacklist       How = 0x0e00
	VerbExcludeFromWeak How = 0x1000

	VerbMask How = 0xff00
)

// Flags of jobs.
const (
	JobWeak      How = 0x010000   // give way when the job cannot be done
	JobEssential How = 0x020000   // propose dropping the job last
	JobCleanDeps How = 0x040000   // remove what is no longer needed, too
	JobOrUpdate  How = 0x080000   // an install job may update what is there
	JobForceBest How = 0x100000   // insist on the best version
	JobTargeted  How = 0x200000   // the selection names the packages to update to
	JobNotByUser How = 0x400000   // does not make packages user-installed
	JobSetEV     How = 0x01000000 // epoch and version are the user's choice
	JobSetEVR    How = 0x02000000
	JobSetArch   How = 0x04000000
	JobSetVendor How = 0x08000000
	JobSetRepo   How = 0x10000000
	JobNoAutoSet How = 0x20000000 // derive none of these from the selection
	JobSetName   How = 0x40000000

	JobSetMask How = 0x7f000000
)

func (j Job) verb() How      { return j.How & VerbMask }
func (j Job) selection() How { return j.How & SelMask }

// JobPackages returns the packages a job selects, ascending for all selections
// but SelOneOf.
func (p *Pool) JobPackages(j Job) []SolvableID {
	p.Prepare()
	var out []SolvableID
	p.eachSelected(j.selection(), j.What, func(id SolvableID) { out = append(out, id) })
	return out
}

// eachSelected calls f for every package of a selection.
func (p *Pool) eachSelected(sel How, what ID, f func(SolvableID)) {
	switch sel {
	case SelAll:
		for id := SolvableID(2); id < p.NumSolvables(); id++ {
			if p.solvables[id].repo != 0 {
				f(id)
			}
		}
	case SelRepo:
		if what > 0 && int(what) < len(p.repos) {
			r := p.repos[what]
			for id := r.start; id < r.end; id++ {
				if r.Has(id) {
					f(id)
				}
			}
		}
	default:
		p.eachNamed(sel, what, f)
	}
}

// eachNamed is eachSelected without whole repositories.
func (p *Pool) eachNamed(sel How, what ID, f func(SolvableID)) {
	switch sel {
	case SelPkg:
		if what != 0 {
			f(SolvableID(what))
		}
	case SelName:
		for _, id := range p.provide(what) {
			if p.MatchNEVR(id, what) {
				f(id)
			}
		}
	case SelProvides:
		for _, id := range p.provide(what) {
			f(id)
		}
	case SelOneOf:
		for _, id := range p.OneOf(what) {
			f(id)
		}
	}
}
