package goal_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/rpmostree/goal"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
	"github.com/nestos-dev/nestos/rpmostree/rpmdb"
)

// pkg is a package in a few words: "name-[epoch:]version-release.arch" and lines such as "requires x >= 1".
type pkg struct {
	nevra string
	lines []string
}

func (p pkg) deps(kind string) []evr.Dep {
	var list []evr.Dep
	for _, l := range p.lines {
		if d, ok := strings.CutPrefix(l, kind+" "); ok {
			list = append(list, evr.MustParseDep(d))
		}
	}
	return list
}

func (p pkg) parts(t testing.TB) rpm.NEVRA {
	n, err := rpm.ParseNEVRA(p.nevra)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// primary writes primary.xml.
func primary(t testing.TB, packages []pkg) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<metadata xmlns="http://linux.duke.edu/metadata/common" xmlns:rpm="http://linux.duke.edu/metadata/rpm" packages="%d">`, len(packages))
	for i, p := range packages {
		n := p.parts(t)
		fmt.Fprintf(&b, `<package type="rpm"><name>%s</name><arch>%s</arch><version epoch="%s" ver="%s" rel="%s"/>`, n.Name, n.Arch, max(n.Epoch, "0"), n.Version, n.Release)
		fmt.Fprintf(&b, `<checksum type="sha256" pkgid="YES">%064x</checksum><time file="1" build="1000"/><size package="10" installed="20" archive="30"/>`, i+1)
		fmt.Fprintf(&b, `<location href="Packages/%s.rpm"/><format><rpm:vendor>V</rpm:vendor>`, p.nevra)
		for _, kind := range []string{"provides", "requires", "conflicts", "obsoletes", "suggests", "enhances", "recommends", "supplements"} {
			fmt.Fprintf(&b, `<rpm:%s>`, kind)
			for _, d := range p.deps(kind) {
				b.WriteString(entry(d))
			}
			fmt.Fprintf(&b, `</rpm:%s>`, kind)
		}
		for _, l := range p.lines {
			if f, ok := strings.CutPrefix(l, "file "); ok && (strings.Contains(f, "bin/") || strings.HasPrefix(f, "/etc/")) {
				fmt.Fprintf(&b, `<file>%s</file>`, f)
			}
		}
		b.WriteString(`</format></package>`)
	}
	return b.String() + `</metadata>`
}

func entry(d evr.Dep) string {
	name := strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(d.Name)
	if d.Version == "" {
		return fmt.Sprintf(`<rpm:entry name="%s"/>`, name)
	}
	op := map[evr.Flags]string{evr.Equal: "EQ", evr.Less: "LT", evr.Greater: "GT", evr.Less | evr.Equal: "LE", evr.Greater | evr.Equal: "GE"}[d.Flags&evr.SenseMask]
	e := evr.Parse(d.Version)
	s := fmt.Sprintf(`<rpm:entry name="%s" flags="%s" epoch="%s" ver="%s"`, name, op, max(e.Epoch, "0"), e.Version)
	if e.Release != "" {
		s += fmt.Sprintf(` rel="%s"`, e.Release)
	}
	return s + "/>"
}

func filelists(t testing.TB, packages []pkg) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<filelists xmlns="http://linux.duke.edu/metadata/filelists" packages="%d">`, len(packages))
	for i, p := range packages {
		n := p.parts(t)
		fmt.Fprintf(&b, `<package pkgid="%064x" name="%s" arch="%s"><version epoch="0" ver="%s" rel="%s"/>`, i+1, n.Name, n.Arch, n.Version, n.Release)
		for _, l := range p.lines {
			if f, ok := strings.CutPrefix(l, "file "); ok {
				fmt.Fprintf(&b, `<file>%s</file>`, f)
			}
		}
		b.WriteString(`</package>`)
	}
	return b.String() + `</filelists>`
}

// header makes the header of an installed or local package.
func header(t testing.TB, p pkg) *rpm.Header {
	var b rpm.HeaderBuilder
	n := p.parts(t)
	b.SetString(rpm.TagName, n.Name)
	b.SetString(rpm.TagVersion, n.Version)
	b.SetString(rpm.TagRelease, n.Release)
	b.SetString(rpm.TagArch, n.Arch)
	b.SetString(rpm.TagOS, "linux")
	b.SetUint32s(rpm.TagBuildTime, 999)
	if n.Epoch != "" {
		var e uint32
		fmt.Sscan(n.Epoch, &e)
		b.SetUint32s(rpm.TagEpoch, e)
	}
	for _, x := range []struct {
		kind                 string
		name, version, flags rpm.Tag
	}{
		{"provides", rpm.TagProvideName, rpm.TagProvideVersion, rpm.TagProvideFlags},
		{"requires", rpm.TagRequireName, rpm.TagRequireVersion, rpm.TagRequireFlags},
		{"conflicts", rpm.TagConflictName, rpm.TagConflictVersion, rpm.TagConflictFlags},
		{"obsoletes", rpm.TagObsoleteName, rpm.TagObsoleteVersion, rpm.TagObsoleteFlags},
		{"recommends", rpm.TagRecommendName, rpm.TagRecommendVersion, rpm.TagRecommendFlags},
	} {
		var names, versions []string
		var flags []uint32
		for _, d := range p.deps(x.kind) {
			names, versions, flags = append(names, d.Name), append(versions, d.Version), append(flags, uint32(d.Flags))
		}
		b.SetStrings(x.name, names...)
		b.SetStrings(x.version, versions...)
		b.SetUint32s(x.flags, flags...)
	}
	h, err := rpm.ParseBlob(b.Blob(rpm.TagHeaderImmutable))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func installed(t testing.TB, packages []pkg) iter.Seq2[rpmdb.Record, error] {
	return func(yield func(rpmdb.Record, error) bool) {
		for i, p := range packages {
			if !yield(rpmdb.Record{Num: uint32(i + 1), Header: header(t, p)}, nil) {
				return
			}
		}
	}
}

// source is a repository of these packages. It counts how often the file lists are read.
func source(t testing.TB, id string, packages []pkg, lists *int) *goal.Repo {
	open := func(s string) func(context.Context) (io.ReadCloser, error) {
		return func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(s)), nil }
	}
	r := &goal.Repo{ID: id, Priority: goal.DefaultPriority, Cost: goal.DefaultCost, Primary: open(primary(t, packages))}
	r.Filelists = func(ctx context.Context) (io.ReadCloser, error) {
		if lists != nil {
			*lists++
		}
		return open(filelists(t, packages))(ctx)
	}
	return r
}
