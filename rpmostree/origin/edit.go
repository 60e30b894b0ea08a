package origin

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

// layered refuses what is requested already.
func (o *Origin) layered(request, nevra string) error {
	if o.Packages.Contains(nevra) {
		return fmt.Errorf("Package/capability '%s' is already requested", request)
	}
	if o.Local.Contains(nevra) || o.LocalFileOverride.Contains(nevra) {
		return fmt.Errorf("Package '%s' is already layered", request)
	}
	return nil
}

// AddPackages adds requests. Strings are compared as they are: two requests that the same package
// satisfies are both kept. A request that is there is an error unless idempotent.
func (o *Origin) AddPackages(requests []string, idempotent bool) (changed bool, err error) {
	var added []string
	for _, r := range requests {
		err := o.layered(r, r)
		switch {
		case err == nil:
			added = append(added, r)
		case !idempotent:
			return false, err
		}
	}
	if len(added) == 0 {
		return false, nil
	}
	o.Packages = o.Packages.With(added...)
	return true, nil
}

// AddLocalPackages adds packages that were given as files; fileOverride lets them replace files of others.
// One that is there is an error unless idempotent.
func (o *Origin) AddLocalPackages(packages []Local, fileOverride, idempotent bool) (changed bool, err error) {
	var added []Local
	for _, p := range packages {
		err := o.layered(p.NEVRA, p.NEVRA)
		switch {
		case err == nil:
			added = append(added, p)
		case !idempotent:
			return false, err
		}
	}
	list := &o.Local
	if fileOverride {
		list = &o.LocalFileOverride
	}
	*list = list.With(added...)
	return len(added) > 0, nil
}

// RemovePackages removes requests. Each is the exact string of a request, or the NEVRA or the name of a
// package that was given as a file. One that is not there is an error unless idempotent.
func (o *Origin) RemovePackages(requests []string, idempotent bool) (changed bool, err error) {
	c := o.Clone()
	for _, r := range requests {
		switch {
		case c.removePackage(r):
			changed = true
		case !idempotent:
			return false, fmt.Errorf("Package/capability '%s' is not currently requested", r)
		}
	}
	*o = *c
	return changed, nil
}

func (o *Origin) removePackage(r string) bool {
	if o.Packages.Contains(r) {
		o.Packages = o.Packages.Without(r)
		return true
	}
	lists := []*Locals{&o.Local, &o.LocalFileOverride}
	for _, l := range lists {
		if l.Contains(r) {
			*l = l.Without(r)
			return true
		}
	}
	for _, l := range lists {
		if nevra, ok := l.byName(r); ok {
			*l = l.Without(nevra)
			return true
		}
	}
	return false
}

// RemoveAllPackages removes all requests.
func (o *Origin) RemoveAllPackages() (changed bool) {
	changed = len(o.Packages)+len(o.Local)+len(o.LocalFileOverride) > 0
	o.Packages, o.Local, o.LocalFileOverride = nil, nil, nil
	return changed
}

// overridden refuses a name or NEVRA for which there is an override.
func (o *Origin) overridden(x string) error {
	inRepo := func(r RepoReplace) bool { return r.Packages.Contains(x) }
	if o.OverrideRemove.Contains(x) || o.OverrideReplaceLocal.Contains(x) || slices.ContainsFunc(o.OverrideReplace, inRepo) {
		return fmt.Errorf("Override already exists for package '%s'", x)
	}
	return nil
}

// AddOverrideRemove removes packages, by name, from the base. It is an error if there is an override.
func (o *Origin) AddOverrideRemove(names ...string) error {
	c := o.Clone()
	for _, n := range names {
		if err := c.overridden(n); err != nil {
			return err
		}
		c.OverrideRemove = c.OverrideRemove.With(n)
	}
	*o = *c
	return nil
}

// AddOverrideReplaceLocal replaces packages of the base by files. It is an error if there is an override
// with the same NEVRA.
func (o *Origin) AddOverrideReplaceLocal(packages ...Local) error {
	c := o.Clone()
	for _, p := range packages {
		if err := c.overridden(p.NEVRA); err != nil {
			return err
		}
		c.OverrideReplaceLocal = c.OverrideReplaceLocal.With(p)
	}
	*o = *c
	return nil
}

// AddOverrideReplace replaces packages of the base by those of a repository. Replacements of the same
// packages from other repositories are given up.
func (o *Origin) AddOverrideReplace(repo string, packages ...string) (changed bool) {
	before := o.replaceStrings()
	added := treefile.NewSet(packages...)
	var out []RepoReplace
	for _, r := range o.OverrideReplace {
		r.Packages = slices.DeleteFunc(slices.Clone(r.Packages), added.Contains)
		if len(r.Packages) > 0 {
			out = append(out, r)
		}
	}
	if len(added) > 0 {
		out = append(out, RepoReplace{repo, added})
	}
	o.OverrideReplace = out
	return !slices.Equal(before, o.replaceStrings())
}

// ResetOverrides gives up overrides, each named by the name or NEVRA of a package.
func (o *Origin) ResetOverrides(packages ...string) error {
	c := o.Clone()
	for _, p := range packages {
		if !c.resetOverride(p) {
			return fmt.Errorf("No overrides for package '%s'", p)
		}
	}
	*o = *c
	return nil
}

func (o *Origin) resetOverride(p string) bool {
	names := []string{p}
	if n, ok := nameOf(p); ok {
		names = append(names, n)
	}
	for _, n := range names {
		if o.OverrideRemove.Contains(n) {
			o.OverrideRemove = o.OverrideRemove.Without(n)
			return true
		}
	}
	nevra, ok := p, o.OverrideReplaceLocal.Contains(p)
	if !ok {
		nevra, ok = o.OverrideReplaceLocal.byName(p)
	}
	if ok {
		o.OverrideReplaceLocal = o.OverrideReplaceLocal.Without(nevra)
		return true
	}
	for _, n := range names {
		for i, r := range o.OverrideReplace {
			if r.Packages.Contains(n) {
				o.OverrideReplace[i].Packages = r.Packages.Without(n)
				if len(o.OverrideReplace[i].Packages) == 0 {
					o.OverrideReplace = slices.Delete(o.OverrideReplace, i, i+1)
				}
				return true
			}
		}
	}
	return false
}

// ResetAllOverrides gives up all overrides.
func (o *Origin) ResetAllOverrides() (changed bool) {
	changed = len(o.OverrideRemove)+len(o.OverrideReplaceLocal)+len(o.OverrideReplace) > 0
	o.OverrideRemove, o.OverrideReplaceLocal, o.OverrideReplace = nil, nil, nil
	return changed
}

// SetInitramfs makes the initramfs be generated on this machine, with arguments, or lets the one of the
// base be used. It is an error if that is so already.
func (o *Origin) SetInitramfs(regenerate bool, args ...string) error {
	if o.RegenerateInitramfs == regenerate {
		state := "disabled"
		if regenerate {
			state = "enabled"
		}
		return errors.New("initramfs regeneration state is already " + state)
	}
	o.RegenerateInitramfs, o.InitramfsArgs = regenerate, nil
	if regenerate {
		o.InitramfsArgs = slices.Clone(args)
	}
	return nil
}

// TrackInitramfsEtc adds files below /etc to what accompanies the initramfs.
func (o *Origin) TrackInitramfsEtc(files ...string) (changed bool, err error) {
	for _, f := range files {
		if !strings.HasPrefix(f, "/etc/") || slices.Contains(strings.Split(f, "/"), "..") {
			return false, fmt.Errorf("Path outside /etc forbidden: %s", f)
		}
	}
	before := len(o.InitramfsEtc)
	if len(files) > 0 {
		o.InitramfsEtc = o.InitramfsEtc.With(files...)
	}
	return len(o.InitramfsEtc) != before, nil
}

// UntrackInitramfsEtc removes files from what accompanies the initramfs.
func (o *Origin) UntrackInitramfsEtc(files ...string) (changed bool) {
	before := len(o.InitramfsEtc)
	for _, f := range files {
		o.InitramfsEtc = o.InitramfsEtc.Without(f)
	}
	return len(o.InitramfsEtc) != before
}

// UntrackAllInitramfsEtc removes all files from what accompanies the initramfs.
func (o *Origin) UntrackAllInitramfsEtc() (changed bool) {
	changed = len(o.InitramfsEtc) > 0
	o.InitramfsEtc = nil
	return changed
}

// ResetInitramfs removes everything about the initramfs.
func (o *Origin) ResetInitramfs() (changed bool) {
	changed = o.RegenerateInitramfs || len(o.InitramfsArgs) > 0 || len(o.InitramfsEtc) > 0
	o.RegenerateInitramfs, o.InitramfsArgs, o.InitramfsEtc = false, nil, nil
	return changed
}

// Rebase makes another base the one to follow; ResolveRefspec completes what a user gives. Packages,
// overrides and all else about assembly stay. A pin to a commit, the state that refuses upgrades and a
// custom origin are of the old base and go; customURL and customDescription are those of the new one, of
// which either both or none must be given.
func (o *Origin) Rebase(refspec, customURL, customDescription string) error {
	kind, text := Classify(refspec)
	if kind == o.Kind() && text == o.Base() {
		return fmt.Errorf("Old and new refs are equal: %s", text)
	}
	if text == "" {
		return ErrNoBase
	}
	if customURL != "" && customDescription == "" {
		return errors.New("Invalid custom-origin")
	}
	o.setBase(text)
	o.OverrideCommit, o.UnconfiguredState = "", ""
	o.CustomURL, o.CustomDescription = customURL, customDescription
	if customURL == "" {
		o.CustomDescription = ""
	}
	return nil
}

// BasePackage is a package of the base that an override can name.
type BasePackage struct {
	Name, NEVRA string
}

// MatchBasePackage returns the package of the base that a user names by name or NEVRA; it must be one.
func MatchBasePackage(base []BasePackage, subject string) (BasePackage, error) {
	var found []BasePackage
	for _, p := range base {
		if p.Name == subject || p.NEVRA == subject {
			found = append(found, p)
		}
	}
	switch len(found) {
	case 0:
		return BasePackage{}, fmt.Errorf("Package \"%s\" not found", subject)
	case 1:
		return found[0], nil
	}
	return BasePackage{}, fmt.Errorf("Multiple packages match \"%s\"", subject)
}
