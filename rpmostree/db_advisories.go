package rpmostree

import (
	"strings"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

// AdvisoryKind is what an advisory is about; the numbers are those of rpm-ostree's interfaces.
type AdvisoryKind uint32

// The kinds of advisories.
const (
	AdvisoryUnknown     AdvisoryKind = 0
	AdvisorySecurity    AdvisoryKind = 1
	AdvisoryBugfix      AdvisoryKind = 2
	AdvisoryEnhancement AdvisoryKind = 3
)

// Advisory is an announcement about packages.
type Advisory struct {
	ID       string
	Kind     AdvisoryKind
	Severity uint32   // 0 unknown, 1 low, 2 moderate, 3 important, 4 critical
	Packages []string // NEVRAs in which it is dealt with
	CVEs     []CVEReference
}

// CVEReference is a link to a vulnerability.
type CVEReference struct{ URL, Title string }

// keyAdvisories is where composed commits list their advisories.
const keyAdvisories = "rpmostree.advisories"

func advisoryFromVariant(v gvariant.Value) *Advisory {
	a := &Advisory{ID: v.Child(0).Str(), Kind: AdvisoryKind(v.Child(1).Uint32()), Severity: v.Child(2).Uint32(), Packages: v.Child(3).Strings()}
	if int(a.Severity) >= len(severityWords) {
		a.Severity = 0
	}
	if refs, ok := v.Child(4).LookupType("cve_references", "a(ss)"); ok {
		for r := range refs.Children() {
			a.CVEs = append(a.CVEs, CVEReference{r.Child(0).Str(), r.Child(1).Str()})
		}
	}
	return a
}

func (a *Advisory) variant() gvariant.Value {
	var more object.Dict
	if len(a.CVEs) > 0 {
		var refs []gvariant.Value
		for _, r := range a.CVEs {
			refs = append(refs, gvariant.NewTuple(gvariant.NewString(r.URL), gvariant.NewString(r.Title)))
		}
		more.Set("cve_references", gvariant.NewArray("(ss)", refs...))
	}
	return gvariant.NewTuple(gvariant.NewString(a.ID), gvariant.NewUint32(uint32(a.Kind)), gvariant.NewUint32(a.Severity), gvariant.NewStrings(a.Packages), more.Value())
}

func advisoriesVariant(list []*Advisory) gvariant.Value {
	items := make([]gvariant.Value, len(list))
	for i, a := range list {
		items[i] = a.variant()
	}
	return gvariant.NewArray(advisoryType.Elem(), items...)
}

// CommitAdvisories returns the advisories that a composed commit lists; layered ones have those of their base.
func CommitAdvisories(repo *ostree.Repo, commit object.Checksum) ([]*Advisory, error) {
	base, _, err := BaseCommit(repo, commit)
	if err != nil {
		return nil, err
	}
	c, err := repo.LoadCommit(base)
	if err != nil {
		return nil, err
	}
	v, ok := c.Metadata.LookupType(keyAdvisories, advisoryType)
	if !ok {
		return nil, nil
	}
	var list []*Advisory
	for item := range v.Byteswap().Children() { // composed metadata are in network order
		list = append(list, advisoryFromVariant(item))
	}
	return list, nil
}

// newAdvisories are those of the second commit that the first one does not list.
func newAdvisories(repo *ostree.Repo, from, to object.Checksum) ([]*Advisory, error) {
	old, err := CommitAdvisories(repo, from)
	if err != nil {
		return nil, err
	}
	list, err := CommitAdvisories(repo, to)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, a := range old {
		known[a.ID] = true
	}
	var fresh []*Advisory
	for _, a := range list {
		if !known[a.ID] {
			fresh = append(fresh, a)
		}
	}
	return fresh, nil
}

// severityOf reads the word of an advisory's severity.
func severityOf(word string) uint32 {
	for i, name := range severityNames {
		if i > 0 && strings.EqualFold(word, name) {
			return uint32(i)
		}
	}
	return 0
}

// advisoryKindOf reads the word of an advisory's type.
func advisoryKindOf(word string) AdvisoryKind {
	switch word {
	case "security":
		return AdvisorySecurity
	case "bugfix":
		return AdvisoryBugfix
	case "enhancement":
		return AdvisoryEnhancement
	}
	return AdvisoryUnknown
}
