package pkglist

import (
	"cmp"
	"crypto/sha1" // the number that "db version" prints is defined by it
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
)

// Key is the metadata key of the list of packages, of type a(sssss).
const Key = "rpmostree.rpmdb.pkglist"

// Package is the identity of an installed package.
type Package struct {
	Name    string
	Epoch   string // a decimal number; "0" for none
	Version string
	Release string
	Arch    string
}

// FromNEVRA converts from the identity in a header.
func FromNEVRA(n rpm.NEVRA) Package {
	return Package{n.Name, cmp.Or(n.Epoch, "0"), n.Version, n.Release, n.Arch}
}

// EVR returns [epoch:]version-release, without an epoch of 0.
func (p Package) EVR() string {
	s := p.Version + "-" + p.Release
	if p.Epoch != "0" {
		s = p.Epoch + ":" + s
	}
	return s
}

// String returns name-[epoch:]version-release.arch, without an epoch of 0.
func (p Package) String() string { return p.Name + "-" + p.EVR() + "." + p.Arch }

// compareEVR compares versions as RPM does.
func (p Package) compareEVR(o Package) int {
	return evr.Compare(evr.EVR{Epoch: p.Epoch, Version: p.Version, Release: p.Release}, evr.EVR{Epoch: o.Epoch, Version: o.Version, Release: o.Release})
}

// compare is the order of lists: by name, then version, then architecture.
func (p Package) compare(o Package) int {
	return cmp.Or(strings.Compare(p.Name, o.Name), p.compareEVR(o), strings.Compare(p.Arch, o.Arch))
}

// Sort brings a list into the order that lists have: by name, version and architecture.
func Sort(list []Package) { slices.SortFunc(list, Package.compare) }

// Variant returns the form that a list has in metadata. The list must be sorted.
func Variant(list []Package) object.Variant {
	items := make([]gvariant.Value, len(list))
	for i, p := range list {
		items[i] = gvariant.NewTuple(gvariant.NewString(p.Name), gvariant.NewString(p.Epoch),
			gvariant.NewString(p.Version), gvariant.NewString(p.Release), gvariant.NewString(p.Arch))
	}
	return gvariant.NewArray("(sssss)", items...)
}

// fromVariant is the reverse of Variant.
func fromVariant(v object.Variant) []Package {
	list := make([]Package, 0, v.Len())
	for c := range v.Children() {
		list = append(list, Package{
			Name: c.Child(0).Str(), Epoch: cmp.Or(c.Child(1).Str(), "0"),
			Version: c.Child(2).Str(), Release: c.Child(3).Str(), Arch: c.Child(4).Str(),
		})
	}
	Sort(list)
	return list
}

// Version returns the number that identifies a set of packages, the count of packages, a colon and a SHA-1
// over them, which yum invented.
func Version(list []Package) string {
	texts := make([]string, len(list))
	for i, p := range list {
		texts[i] = fmt.Sprintf("%s:%s-%s-%s.%s", p.Epoch, p.Name, p.Version, p.Release, p.Arch)
	}
	slices.Sort(texts)
	sum := sha1.Sum([]byte(strings.Join(texts, "")))
	return fmt.Sprintf("%d:%s", len(list), hex.EncodeToString(sum[:]))
}
