package solver

// Solver finds the set of packages that fulfils jobs. It may be used for several
// Solve calls, which keeps the rules of packages; results belong to the last
// call. A solver is not safe for concurrent use.
type Solver struct {
	Flags Flags

	pool         *Pool
	installed    *Repo
	jobs         []Job
	preparedWith int // generation of the provider index that the rules refer to

	ruleSet
	decisions
	jobMaps
	policyState
	problemState
	cleanDepsState
}

// ruleSet holds the rules and where each class of them lies.
type ruleSet struct {
	rules       []rule // rules[0] is unused
	collecting  bool   // package rules are being added
	lastPkgRule RuleID
	added       bitmap   // packages that have package rules
	assertions  []RuleID // rules of one literal, ascending
	ruleToJob   []int32  // job index of each job rule

	pkgRules, featureRules, updateRules, jobRules, infArchRules, dupRules ruleArea
	bestRules, yumObsRules, blackRules, recommendsRules                   ruleArea
	strictPrioRules, choiceRules                                          ruleArea
	bestUpdateStart                                                       RuleID // best rules of installed packages
	learntStart                                                           RuleID

	bestInfo       []bestInfo
	yumObsInfo     []ID // the obsoletes dependency
	choiceInfo     []RuleID
	recommendsInfo []RuleID
	recommendRules []RuleID // package rules made from recommends
	weakRules      []RuleID
	weakMap        bitmap // by rule
	brokenOrphans  []RuleID

	learntWhy  []int32  // start of the derivation of each learnt rule
	learntPool []RuleID // derivations, each terminated by 0
}

// bestInfo is the origin of a best rule: a job rule or an installed package.
type bestInfo struct {
	job RuleID
	pkg SolvableID
}

// decisions is the state of the search.
type decisions struct {
	level      []int32      // by package: positive = installed, negative = not, 0 = undecided
	queue      []SolvableID // decided literals in order
	why        []RuleID     // per decision: the rule that forced it, or -rule for a choice
	reasons    []Reason     // per level
	propagated int          // decisions before it have been propagated
	watches    []int32      // first rule watching a literal, index literal + number of packages
	branches   []branch

	installedPos    SolvableID // where resolving installed packages had trouble
	extraReordering bool

	recommends, suggests         bitmap // what decided packages recommend
	recommendsIndex              int    // decisions before it are counted in; -1: start over
	openRecommends, openSuggests openDeps
}

// jobMaps are sets of packages that jobs select.
type jobMaps struct {
	multiversion    bitmap // nil when there are none, as with the others
	update          bitmap
	updateAll       bool
	bestUpdate      bitmap
	bestUpdateAll   bool
	fix             bitmap
	fixAll          bool
	dup             bitmap
	dupInvolved     bitmap
	dupInvolvedAll  bool
	dropOrphaned    bitmap
	dropOrphanedAll bool
	allowUninst     bitmap
	allowUninstAll  bool
	excludeFromWeak bitmap
	favor           []int32 // by package; nil when there are no favor jobs
	haveDisfavored  bool
	updateTargets   map[SolvableID][]SolvableID
	installSupp     []ID // namespace dependencies forced by install jobs
	orphaned        []SolvableID
	processOrphans  bool
}

type policyState struct {
	noUpdate  bitmap // installed packages whose update rule is disabled by a job
	obsoletes obsoleteIndex
	special   map[SolvableID]uint32 // updaters of installed multiversion packages
}

// New returns a solver with the default flags.
func New(p *Pool) *Solver {
	s := &Solver{Flags: DefaultFlags(), pool: p}
	s.Flags.KeepExplicitObsoletes = !p.Flags.NoObsoletesMultiversion
	s.rules = make([]rule, 1, 1024)
	return s
}

// Pool returns the pool the solver works on.
func (s *Solver) Pool() *Pool { return s.pool }

// Jobs returns the jobs of the last Solve.
func (s *Solver) Jobs() []Job { return s.jobs }

func (s *Solver) isInstalled(id SolvableID) bool {
	return s.installed != nil && s.installed.Has(id)
}

// haveInstalled reports whether there is a usable set of installed packages.
func (s *Solver) haveInstalled() bool {
	return s.installed != nil && s.installed.start < s.installed.end && !s.installed.Disabled
}

// installedPackages calls f for every installed package.
func (s *Solver) installedPackages(f func(SolvableID)) {
	if s.installed == nil {
		return
	}
	for id := s.installed.start; id < s.installed.end; id++ {
		if s.installed.Has(id) {
			f(id)
		}
	}
}

// Solve works on a list of jobs. It returns false when there are problems; then
// the result is what remains when all of them are ignored.
func (s *Solver) Solve(jobs []Job) bool {
	s.pool.Prepare()
	s.reset(jobs)
	s.indexObsoletes()
	s.markMultiversion()
	s.setupPackageRules()
	s.setupPolicyRules()
	s.watchRules()
	s.disablePolicyRules()
	if s.processOrphans && len(s.orphaned) > 0 && s.Flags.BreakOrphans {
		s.breakOrphans()
	}
	s.run(true, !s.Flags.IgnoreRecommended)
	return len(s.problems) == 0
}

// reset forgets everything but the rules of packages.
func (s *Solver) reset(jobs []Job) {
	p := s.pool
	n := len(p.solvables)
	s.jobs = append([]Job(nil), jobs...)
	s.installed = p.installed
	s.jobMaps = jobMaps{installSupp: s.installSupp, haveDisfavored: s.haveDisfavored}
	s.policyState = policyState{noUpdate: newBitmap(n)}
	s.decisions = decisions{
		level: make([]int32, n), recommends: newBitmap(n), suggests: newBitmap(n),
	}
	s.problemState = problemState{}
	s.cleanDepsState = cleanDepsState{}
	s.resetRules(n)
}

// resetRules keeps the package rules, enabled, if there are any of a previous run
// over the same packages.
func (s *Solver) resetRules(n int) {
	old := s.ruleSet
	keep := old.pkgRules.end
	if keep < 1 || s.preparedWith != s.pool.generation {
		keep = 1
		old.added, old.recommendRules = nil, nil
	}
	s.preparedWith = s.pool.generation
	s.ruleSet = ruleSet{rules: old.rules[:keep], added: old.added, recommendRules: old.recommendRules}
	for i := range s.rules {
		s.rules[i].enable()
	}
	if s.added == nil {
		s.added = newBitmap(n)
		s.added.set(SystemSolvable)
	}
	s.learntPool = []RuleID{0} // so that 0 is not a derivation
}

// setupPackageRules adds the rules of every package that may matter.
func (s *Solver) setupPackageRules() {
	before := s.nextRule()
	s.collecting = true
	s.lastPkgRule = 0
	g := s.packageRules()
	if s.installed != nil {
		s.readUpdateJobs()
		s.installedPackages(g.add)
		s.installedPackages(g.addWithUpdaters)
	}
	for _, j := range s.jobs {
		if j.verb() == VerbInstall {
			s.pool.eachNamed(j.selection(), j.What, g.add)
			g.addConditions(j, 0)
		}
		if j.verb() == VerbErase {
			g.addConditions(j, modeTerms|modeInvert)
		}
	}
	g.addWeak()
	s.collecting = false
	if s.nextRule() > before {
		s.unifyRules()
	}
	s.lastPkgRule = 0
	s.pkgRules = ruleArea{1, s.nextRule()}
}

// setupPolicyRules adds all rules that are not about single packages, in the order
// of their classes.
func (s *Solver) setupPolicyRules() {
	needDup := false
	for _, j := range s.jobs {
		if j.verb() == VerbDistUpgrade {
			needDup = true
			s.processOrphans = s.processOrphans || j.selection() == SelAll
		}
	}
	if needDup {
		s.createDupMaps()
	}
	s.area(&s.featureRules, s.addFeatureRules)
	s.area(&s.updateRules, s.addUpdateRules)
	var k jobKinds
	s.area(&s.jobRules, func() { k = s.addJobRules() })
	if k.favor {
		s.setupFavor()
	}
	s.area(&s.infArchRules, s.addInfArchRules)
	s.area(&s.dupRules, s.addDupRules)
	s.area(&s.bestRules, func() { s.addBestRules(k) })
	s.area(&s.yumObsRules, s.addYumObsRules)
	s.area(&s.blackRules, s.addBlackRules)
	s.markExcludeFromWeak()
	s.area(&s.recommendsRules, s.addRecommendsRules)
	s.area(&s.strictPrioRules, s.addStrictPrioRules)
	s.area(&s.choiceRules, s.addChoiceRules)
	s.learntStart = s.nextRule()
}

func (s *Solver) area(a *ruleArea, add func()) {
	a.start = s.nextRule()
	a.end = a.start
	add()
	a.end = s.nextRule()
}

// watchRules builds the watch lists and the list of assertions.
func (s *Solver) watchRules() {
	if len(s.weakRules) > 0 || s.recommendRules != nil {
		s.weakMap = newBitmap(len(s.rules))
		for _, r := range s.weakRules {
			s.weakMap.set(SolvableID(r))
		}
		for _, r := range s.recommendRules {
			s.weakMap.set(SolvableID(r))
		}
	}
	if len(s.cleanDepsUpdate) > 0 && s.cleanDeps == nil {
		s.cleanDeps = newBitmap(len(s.pool.solvables))
	}
	s.makeWatches()
	for i := 1; i < len(s.rules); i++ {
		if r := &s.rules[i]; r.p != 0 && r.isAssertion() {
			s.assertions = append(s.assertions, RuleID(i))
		}
	}
}

func (s *Solver) isWeak(r RuleID) bool {
	return s.weakMap != nil && r < s.learntStart && s.weakMap.has(SolvableID(r))
}
