package solvertest

import (
	"fmt"
	"slices"
	"strings"
)

// Profile is a set of features that a generated case may use.
type Profile uint32

// The features. Every case has versions, requires, provides, two repositories and jobs.
const (
	Epochs       Profile = 1 << iota // epochs, missing releases
	Arches                           // several architectures, one of them unknown
	Obsoletes                        // obsoletes
	Conflicts                        // conflicts
	Rich                             // boolean dependencies
	Weak                             // recommends, suggests, supplements, enhances
	Files                            // file lists and dependencies on paths
	MultiVersion                     // multiversion jobs
	Locks                            // lock jobs
	Best                             // forcebest
	Dup                              // distupgrade jobs
	Uninstall                        // allowuninstall
	Favor                            // favor, disfavor, excludefromweak
	Priorities                       // repository priorities
	Vendors                          // vendors and vendor classes
	CleanDeps                        // cleandeps, userinstalled
	YumObsoletes                     // the yumobsoletes flag
	Disabled                         // disabled packages
	Blacklist                        // blacklist jobs
	Strong                           // strongrecommends
	Focus                            // focusinstalled, focusnew, focusbest
	Policy                           // the remaining solver flags
	PoolFlags                        // pool flags
	Targets                          // updates by package, targeted, orupdate; verify; weak and essential jobs
	NoInstalled                      // an empty root
	LibDNF                           // flags and jobs as libdnf makes them
	endOfProfiles
	All = endOfProfiles - 1
)

var profileNames = []string{"epochs", "arches", "obsoletes", "conflicts", "rich", "weak", "files", "multiversion", "locks", "best", "dup",
	"uninstall", "favor", "priorities", "vendors", "cleandeps", "yumobs", "disabled", "blacklist", "strong", "focus", "policy", "poolflags",
	"targets", "noinstalled", "libdnf"}

// String names the features, joined by commas.
func (p Profile) String() string {
	var names []string
	for i, n := range profileNames {
		if p&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return strings.Join(names, ",")
}

// ParseProfile reads what String prints; "all" is every feature.
func ParseProfile(s string) (Profile, error) {
	if s == "all" {
		return All &^ NoInstalled, nil
	}
	var p Profile
	for name := range strings.SplitSeq(s, ",") {
		if name == "" {
			continue
		}
		i := slices.Index(profileNames, name)
		if i < 0 {
			return 0, fmt.Errorf("unknown feature %q", name)
		}
		p |= 1 << i
	}
	return p, nil
}
