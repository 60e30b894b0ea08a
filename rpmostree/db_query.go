package rpmostree

import (
	"path"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/pkglist"
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
)

// MatchPackages returns the packages that one of the patterns of the shell matches, whatever the case, by name,
// name.arch, name-version-release or the whole NEVRA. Without patterns it returns all.
func MatchPackages(list []pkglist.Package, patterns []string) []pkglist.Package {
	if len(patterns) == 0 {
		return list
	}
	var found []pkglist.Package
	for _, p := range list {
		if matchesAny(&p, patterns) {
			found = append(found, p)
		}
	}
	return found
}

func matchesAny(p *pkglist.Package, patterns []string) bool {
	forms := []string{p.Name, p.Name + "." + p.Arch, p.Name + "-" + p.Version + "-" + p.Release, p.String()}
	for _, pattern := range patterns {
		for _, f := range forms {
			if matched, err := path.Match(strings.ToLower(pattern), strings.ToLower(f)); err == nil && matched {
				return true
			}
		}
	}
	return false
}

// packageOf makes a package of the three texts that interfaces name it by.
func packageOf(name, version, arch string) *pkglist.Package {
	v := evr.Parse(version)
	if v.Epoch == "" {
		v.Epoch = "0"
	}
	return &pkglist.Package{Name: name, Epoch: v.Epoch, Version: v.Version, Release: v.Release, Arch: arch}
}
