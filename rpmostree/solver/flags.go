package solver

// Flags choose what the solver may do. The zero value is not the default, see
// [DefaultFlags].
type Flags struct {
	AllowDowngrade    bool // updates may lower the version
	AllowArchChange   bool // updates may change the architecture
	AllowVendorChange bool // updates may change to an unrelated vendor
	AllowNameChange   bool // a package that obsoletes another is an update of it
	AllowUninstall    bool // installed packages may be removed to solve

	NoUpdateProvide   bool // an obsoleting package need not provide the old name
	NeedUpdateProvide bool // only packages that provide the old name are updates
	SplitProvides     bool // namespace:splitprovides() supplements are considered

	IgnoreRecommended        bool // no weak dependencies
	AddAlreadyRecommended    bool // also install what installed packages recommend
	StrongRecommends         bool // recommends are weak rules
	OnlyNamespaceRecommended bool // only recommends through namespaces

	NoInfArchCheck        bool // inferior architectures are as good
	KeepExplicitObsoletes bool // multiversion packages obey Obsoletes
	BestObeyPolicy        bool // the best candidate is one the update policy allows
	NoAutoTarget          bool // no job is targeted unless it says so
	StrictRepoPriority    bool // names are taken from the best repository only

	DupAllowDowngrade    bool // these four hold for distribution upgrades
	DupAllowArchChange   bool
	DupAllowVendorChange bool
	DupAllowNameChange   bool

	KeepOrphans  bool // distribution upgrades keep packages no repository has
	BreakOrphans bool // dependencies of such packages may break

	FocusInstalled     bool // settle installed packages before jobs
	FocusNew           bool // settle dependencies of jobs first, as far as not met
	FocusBest          bool // settle dependencies of jobs first
	InstallAlsoUpdates bool // install jobs may update

	YumObsoletes bool // keep the parts of a split package together
	URPMReorder  bool // prefer kernel modules and locales that fit
}

// DefaultFlags returns the flags of a new solver.
func DefaultFlags() Flags {
	return Flags{
		AllowNameChange:       true,
		KeepExplicitObsoletes: true,
		DupAllowDowngrade:     true,
		DupAllowArchChange:    true,
		DupAllowVendorChange:  true,
		DupAllowNameChange:    true,
	}
}
