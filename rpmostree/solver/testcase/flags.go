package testcase

import (
	"fmt"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/solver"
)

// A flagTable names the boolean fields of a structure of flags.
type flagTable[T any] []struct {
	name  string
	field func(*T) *bool
}

// set reads words "flag" and "!flag", which commas may join.
func (t flagTable[T]) set(flags *T, words []string) error {
	for _, word := range words {
		for name := range strings.SplitSeq(word, ",") {
			if name == "" {
				continue
			}
			name, not := strings.CutPrefix(name, "!")
			field, ok := t.find(flags, name)
			if !ok {
				return fmt.Errorf("unknown flag %q", clip([]byte(name)))
			}
			*field = !not
		}
	}
	return nil
}

func (t flagTable[T]) find(flags *T, name string) (*bool, bool) {
	for _, f := range t {
		if f.name == name {
			return f.field(flags), true
		}
	}
	return nil, false
}

// diff names the flags that differ from the defaults.
func (t flagTable[T]) diff(flags, defaults *T) string {
	var words []string
	for _, f := range t {
		if v := *f.field(flags); v != *f.field(defaults) {
			if v {
				words = append(words, f.name)
			} else {
				words = append(words, "!"+f.name)
			}
		}
	}
	return strings.Join(words, " ")
}

var poolFlags = flagTable[solver.PoolFlags]{
	{"promoteepoch", func(f *solver.PoolFlags) *bool { return &f.PromoteEpoch }},
	{"forbidselfconflicts", func(f *solver.PoolFlags) *bool { return &f.ForbidSelfConflicts }},
	{"obsoleteusesprovides", func(f *solver.PoolFlags) *bool { return &f.ObsoleteUsesProvides }},
	{"implicitobsoleteusesprovides", func(f *solver.PoolFlags) *bool { return &f.ImplicitObsoleteUsesProvides }},
	{"obsoleteusescolors", func(f *solver.PoolFlags) *bool { return &f.ObsoleteUsesColors }},
	{"implicitobsoleteusescolors", func(f *solver.PoolFlags) *bool { return &f.ImplicitObsoleteUsesColors }},
	{"noinstalledobsoletes", func(f *solver.PoolFlags) *bool { return &f.NoInstalledObsoletes }},
	{"havedistepoch", func(f *solver.PoolFlags) *bool { return &f.HaveDistEpoch }},
	{"noobsoletesmultiversion", func(f *solver.PoolFlags) *bool { return &f.NoObsoletesMultiversion }},
	{"addfileprovidesfiltered", func(f *solver.PoolFlags) *bool { return &f.AddFileProvidesFiltered }},
	{"nowhatprovidesaux", func(f *solver.PoolFlags) *bool { return &f.NoWhatProvidesAux }},
	{"whatprovideswithdisabled", func(f *solver.PoolFlags) *bool { return &f.WhatProvidesWithDisabled }},
}

var solverFlags = flagTable[solver.Flags]{
	{"allowdowngrade", func(f *solver.Flags) *bool { return &f.AllowDowngrade }},
	{"allownamechange", func(f *solver.Flags) *bool { return &f.AllowNameChange }},
	{"allowarchchange", func(f *solver.Flags) *bool { return &f.AllowArchChange }},
	{"allowvendorchange", func(f *solver.Flags) *bool { return &f.AllowVendorChange }},
	{"allowuninstall", func(f *solver.Flags) *bool { return &f.AllowUninstall }},
	{"noupdateprovide", func(f *solver.Flags) *bool { return &f.NoUpdateProvide }},
	{"splitprovides", func(f *solver.Flags) *bool { return &f.SplitProvides }},
	{"ignorerecommended", func(f *solver.Flags) *bool { return &f.IgnoreRecommended }},
	{"addalreadyrecommended", func(f *solver.Flags) *bool { return &f.AddAlreadyRecommended }},
	{"noinfarchcheck", func(f *solver.Flags) *bool { return &f.NoInfArchCheck }},
	{"keepexplicitobsoletes", func(f *solver.Flags) *bool { return &f.KeepExplicitObsoletes }},
	{"bestobeypolicy", func(f *solver.Flags) *bool { return &f.BestObeyPolicy }},
	{"noautotarget", func(f *solver.Flags) *bool { return &f.NoAutoTarget }},
	{"dupallowdowngrade", func(f *solver.Flags) *bool { return &f.DupAllowDowngrade }},
	{"dupallowarchchange", func(f *solver.Flags) *bool { return &f.DupAllowArchChange }},
	{"dupallowvendorchange", func(f *solver.Flags) *bool { return &f.DupAllowVendorChange }},
	{"dupallownamechange", func(f *solver.Flags) *bool { return &f.DupAllowNameChange }},
	{"keeporphans", func(f *solver.Flags) *bool { return &f.KeepOrphans }},
	{"breakorphans", func(f *solver.Flags) *bool { return &f.BreakOrphans }},
	{"focusinstalled", func(f *solver.Flags) *bool { return &f.FocusInstalled }},
	{"focusnew", func(f *solver.Flags) *bool { return &f.FocusNew }},
	{"yumobsoletes", func(f *solver.Flags) *bool { return &f.YumObsoletes }},
	{"needupdateprovide", func(f *solver.Flags) *bool { return &f.NeedUpdateProvide }},
	{"urpmreorder", func(f *solver.Flags) *bool { return &f.URPMReorder }},
	{"focusbest", func(f *solver.Flags) *bool { return &f.FocusBest }},
	{"strongrecommends", func(f *solver.Flags) *bool { return &f.StrongRecommends }},
	{"installalsoupdates", func(f *solver.Flags) *bool { return &f.InstallAlsoUpdates }},
	{"onlynamespacerecommended", func(f *solver.Flags) *bool { return &f.OnlyNamespaceRecommended }},
	{"strictrepopriority", func(f *solver.Flags) *bool { return &f.StrictRepoPriority }},
}

// DefaultFlags are the solver flags of a testcase that sets none: the solver's own defaults without
// KeepExplicitObsoletes, which the testcase language resets.
func DefaultFlags() solver.Flags {
	f := solver.DefaultFlags()
	f.KeepExplicitObsoletes = false
	return f
}
