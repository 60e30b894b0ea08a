package rpmmd

import (
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
)

// dependency is an entry of a section on its way out.
type dependency struct {
	name, flags             string
	epoch, version, release string
	full                    string // version as in the header
	pre                     bool
}

// senseStrong marks the stronger ones of the weak dependencies that SUSE had before rpm 4.12.
const senseStrong evr.Flags = 1 << 27

func (r *record) appendDependencies(b []byte) []byte {
	requires, recommends := r.requires()
	var suggests, enhances, supplements []dependency
	add := func(list *[]dependency, deps []evr.Dep) { *list = append(*list, plainDependencies(deps)...) }
	add(&suggests, r.hdr.Deps(rpm.Suggests))
	add(&enhances, r.hdr.Deps(rpm.Enhances))
	add(&recommends, r.hdr.Deps(rpm.Recommends))
	add(&supplements, r.hdr.Deps(rpm.Supplements))
	strong, weak := r.oldDeps(rpm.TagOldSuggestsName, rpm.TagOldSuggestsFlags, rpm.TagOldSuggestsVersion)
	add(&recommends, strong)
	add(&suggests, weak)
	strong, weak = r.oldDeps(rpm.TagOldEnhancesName, rpm.TagOldEnhancesFlags, rpm.TagOldEnhancesVersion)
	add(&supplements, strong)
	add(&enhances, weak)

	b = appendSection(b, "provides", plainDependencies(r.hdr.Deps(rpm.Provides)))
	b = appendSection(b, "requires", requires)
	b = appendSection(b, "conflicts", plainDependencies(r.hdr.Deps(rpm.Conflicts)))
	b = appendSection(b, "obsoletes", plainDependencies(r.hdr.Deps(rpm.Obsoletes)))
	b = appendSection(b, "suggests", suggests)
	b = appendSection(b, "enhances", enhances)
	b = appendSection(b, "recommends", recommends)
	return appendSection(b, "supplements", supplements)
}

// oldDeps reads weak dependencies of which a flag tells the strength.
func (r *record) oldDeps(name, flags, version rpm.Tag) (strong, weak []evr.Dep) {
	names, bits, versions := r.hdr.Strings(name), r.hdr.Uint32s(flags), r.hdr.Strings(version)
	for i := range min(len(names), len(bits), len(versions)) {
		d := evr.Dep{Name: names[i], Flags: evr.Flags(bits[i]), Version: versions[i]}
		if d.Flags&senseStrong != 0 {
			strong = append(strong, d)
		} else {
			weak = append(weak, d)
		}
	}
	return strong, weak
}

// plainDependencies leaves out what has an epoch that is no number.
func plainDependencies(deps []evr.Dep) []dependency {
	list := make([]dependency, 0, len(deps))
	for _, dep := range deps {
		if d := newDependency(dep); !d.badEpoch() {
			list = append(list, d)
		}
	}
	return list
}

func (d *dependency) badEpoch() bool { return d.full != "" && d.epoch == "" }

func newDependency(d evr.Dep) dependency {
	out := dependency{name: d.Name, flags: flagName(d.Flags), full: d.Version}
	out.epoch, out.version, out.release = splitEVR(d.Version)
	return out
}

func flagName(f evr.Flags) string {
	switch f & (evr.Less | evr.Greater | evr.Equal) {
	case evr.Less:
		return "LT"
	case evr.Greater:
		return "GT"
	case evr.Equal:
		return "EQ"
	case evr.Less | evr.Equal:
		return "LE"
	case evr.Greater | evr.Equal:
		return "GE"
	}
	return ""
}

// splitEVR cuts "epoch:version-release" at the first colon and the first dash after it; an
// epoch that is not a number is empty, one that is not there "0".
func splitEVR(s string) (epoch, version, release string) {
	if s == "" {
		return "", "", ""
	}
	epoch = "0"
	if before, after, ok := strings.Cut(s, ":"); ok {
		s = after
		switch {
		case strings.Trim(before, "0123456789") != "":
			epoch = ""
		case before != "":
			epoch = before
		}
	}
	version, release, _ = strings.Cut(s, "-")
	return epoch, version, release
}

// requires drops what a resolver never needs: features of rpm itself, own files of
// primary.xml, own provides, repetitions, and all but the newest symbol version of the C
// library. Requirements that may be missing were the first form of recommendations.
func (r *record) requires() (list, recommends []dependency) {
	own := map[string]bool{}
	for i := range r.files {
		own[r.files[i].Path] = true
	}
	provided := map[dependency]bool{}
	for _, d := range plainDependencies(r.hdr.Deps(rpm.Provides)) {
		provided[d.key()] = true
	}
	preFlags := evr.PreReq | evr.ScriptPre | evr.ScriptPost
	if !r.info.NarrowPre {
		preFlags |= evr.PreTrans | evr.PostTrans
	}
	seen := map[string]dependency{}
	var libc *dependency
	for _, dep := range r.hdr.Deps(rpm.Requires) {
		d := newDependency(dep)
		d.pre = dep.Flags&preFlags != 0
		switch last, repeated := seen[d.name]; {
		case strings.HasPrefix(d.name, "rpmlib("):
		case strings.HasPrefix(d.name, "/") && own[d.name] && isPrimary(d.name):
		case provided[d.key()]:
		case repeated && last == d:
		case d.badEpoch():
		case dep.Flags&evr.MissingOK != 0:
			d.pre = false
			recommends = append(recommends, d)
		case strings.HasPrefix(d.name, "libc.so.6"):
			if libc == nil || newerLibc(libc.name, d.name) {
				libc = &d
			}
		default:
			list = append(list, d)
			seen[d.name] = d
		}
	}
	if libc != nil {
		list = append(list, *libc)
	}
	return list, recommends
}

// key is what makes a requirement the same as a provide.
func (d dependency) key() dependency {
	return dependency{name: d.name, flags: d.flags, full: d.full}
}

// newerLibc reports whether b of two names like "libc.so.6(GLIBC_2.4)(64bit)" is of the newer
// symbol version; one without a version is older than one with.
func newerLibc(a, b string) bool {
	va, oka := libcVersion(a)
	vb, okb := libcVersion(b)
	if !oka || !okb {
		return okb
	}
	return evr.VerCmp(va, vb) < 0
}

func libcVersion(name string) (string, bool) {
	_, rest, ok := strings.Cut(name, "(")
	if !ok {
		return "", false
	}
	inner, _, ok := strings.Cut(rest, ")")
	i := strings.IndexAny(inner, "0123456789")
	if !ok || i < 0 {
		return "", false
	}
	return inner[i:], true
}

func appendSection(b []byte, name string, list []dependency) []byte {
	if len(list) == 0 {
		return b
	}
	b = append(b, "    <rpm:"+name+">\n"...)
	for _, d := range list {
		b = append(b, `      <rpm:entry name="`+attrText(d.name)+`"`...)
		if d.flags != "" {
			b = append(b, ` flags="`+d.flags+`"`...)
			for _, part := range []struct{ name, value string }{{"epoch", d.epoch}, {"ver", d.version}, {"rel", d.release}} {
				if part.value != "" {
					b = append(b, " "+part.name+`="`+attrText(part.value)+`"`...)
				}
			}
		}
		if d.pre {
			b = append(b, ` pre="1"`...)
		}
		b = append(b, "/>\n"...)
	}
	return append(b, "    </rpm:"+name+">\n"...)
}
