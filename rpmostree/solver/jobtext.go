package solver

import (
	"fmt"
	"strings"
)

// JobText describes a job in words, such as "install a package providing x".
func (p *Pool) JobText(j Job) string {
	sel := j.selection()
	before, after := "unknown job ", ""
	switch j.verb() {
	case VerbNoop:
		return "do nothing"
	case VerbInstall:
		switch {
		case sel == SelPkg && p.isInstalled(SolvableID(j.What)):
			before, after = "keep ", " installed"
		case sel == SelPkg || sel == SelName:
			before = "install "
		case sel == SelProvides:
			before = "install a package "
		default:
			before = "install one of "
		}
	case VerbErase:
		switch {
		case sel == SelPkg && !p.isInstalled(SolvableID(j.What)):
			before, after = "keep ", " uninstalled"
		case sel == SelProvides:
			before = "deinstall all packages "
		default:
			before = "deinstall "
		}
	case VerbUpdate:
		before = "update "
	case VerbWeakenDeps:
		before = "weaken deps of "
	case VerbMultiversion:
		before = "multi version "
	case VerbLock:
		before = "lock "
	case VerbDistUpgrade:
		before = "dist upgrade "
	case VerbVerify:
		before = "verify "
	case VerbDropOrphaned:
		before, after = "deinstall ", " if orphaned"
	case VerbUserInstalled:
		before, after = "regard ", " as userinstalled"
	case VerbAllowUninstall:
		before = "allow deinstallation of "
	case VerbFavor:
		before = "favor "
	case VerbDisfavor:
		before = "disfavor "
	case VerbBlacklist:
		before = "blacklist "
	}
	return before + p.selectionText(j) + after
}

func (p *Pool) selectionText(j Job) string {
	switch j.selection() {
	case SelPkg:
		return p.SolvableString(SolvableID(j.What))
	case SelName:
		return p.DepString(j.What)
	case SelProvides:
		return "providing " + p.DepString(j.What)
	case SelOneOf:
		var names []string
		for _, id := range p.OneOf(j.What) {
			names = append(names, p.SolvableString(id))
		}
		if len(names) == 0 {
			return "nothing"
		}
		return strings.Join(names, ", ")
	case SelRepo:
		return fmt.Sprintf("repo #%d", j.What)
	case SelAll:
		return "all packages"
	}
	return "unknown job select"
}
