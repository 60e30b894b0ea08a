package rpm

import (
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
)

// DepKind is a kind of dependency.
type DepKind int

// The kinds of dependencies.
const (
	Provides DepKind = iota
	Requires
	Conflicts
	Obsoletes
	Recommends
	Suggests
	Supplements
	Enhances
	Order // OrderWithRequires: what to install first, if it is installed at all
)

// depTags are the tags of the kinds: names, flags, versions.
var depTags = [...]struct {
	kind                  string
	names, flags, version Tag
}{
	Provides:    {"provides", TagProvideName, TagProvideFlags, TagProvideVersion},
	Requires:    {"requires", TagRequireName, TagRequireFlags, TagRequireVersion},
	Conflicts:   {"conflicts", TagConflictName, TagConflictFlags, TagConflictVersion},
	Obsoletes:   {"obsoletes", TagObsoleteName, TagObsoleteFlags, TagObsoleteVersion},
	Recommends:  {"recommends", TagRecommendName, TagRecommendFlags, TagRecommendVersion},
	Suggests:    {"suggests", TagSuggestName, TagSuggestFlags, TagSuggestVersion},
	Supplements: {"supplements", TagSupplementName, TagSupplementFlags, TagSupplementVersion},
	Enhances:    {"enhances", TagEnhanceName, TagEnhanceFlags, TagEnhanceVersion},
	Order:       {"order", TagOrderName, TagOrderFlags, TagOrderVersion},
}

// String returns the kind in rpm's words, as "requires".
func (k DepKind) String() string { return depTags[k].kind }

// Deps returns the dependencies of a kind in the header's order. A binary package from before rpm 3.0.4 provides itself
// though it does not say so.
func (h *Header) Deps(kind DepKind) []evr.Dep {
	t := depTags[kind]
	deps := h.deps(t.names, t.flags, t.version)
	if kind == Provides && !h.Has(t.version) && !h.IsSource() && h.Has(TagName) {
		deps = append(deps, evr.Dep{Name: h.String(TagName), Flags: evr.Equal, Version: h.NEVRA().EVR().String()})
	}
	return deps
}

// deps joins three parallel arrays. Flags and versions may be missing.
func (h *Header) deps(names, flags, versions Tag) []evr.Dep {
	n := h.Strings(names)
	if len(n) == 0 {
		return nil
	}
	f, v := h.Uint32s(flags), h.Strings(versions)
	deps := make([]evr.Dep, len(n))
	for i := range deps {
		deps[i].Name = n[i]
		if i < len(f) {
			deps[i].Flags = evr.Flags(f[i])
		}
		if i < len(v) {
			deps[i].Version = v[i]
		}
	}
	return deps
}
