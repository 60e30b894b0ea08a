package rpmostree

import (
	"testing"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/rpmostree/pkglist"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
	"github.com/stretchr/testify/require"
)

func TestAdvisoryFor(t *testing.T) {
	x := &rpmmd.Update{
		ID: "SA-1", Type: "security", Severity: "Important",
		References: []rpmmd.UpdateReference{{Type: "bugzilla", Href: "b"}, {Type: "cve", Href: "https://cve/1", Title: "CVE-1"}},
		Collections: []rpmmd.UpdateCollection{{Packages: []rpmmd.UpdatePackage{
			{Name: "foo", Epoch: "0", Version: "2", Release: "1", Arch: "noarch"}, {Name: "bar", Epoch: "1", Version: "2", Release: "1", Arch: "noarch"},
		}}, {Packages: []rpmmd.UpdatePackage{{Name: "foo", Epoch: "0", Version: "2", Release: "1", Arch: "noarch"}}}},
	}
	require.Nil(t, advisoryFor(x, map[string]bool{"baz-1-1.noarch": true}))
	a := advisoryFor(x, map[string]bool{"foo-2-1.noarch": true})
	require.Equal(t, &Advisory{ID: "SA-1", Kind: AdvisorySecurity, Severity: 3, Packages: []string{"foo-2-1.noarch"}, CVEs: []CVEReference{{"https://cve/1", "CVE-1"}}}, a)
	require.Equal(t, a, advisoryFromVariant(gvariant.FromBytes(advisoryType.Elem(), a.variant().Bytes())))
	require.Equal(t, []string{"bar-1:2-1.noarch"}, advisoryFor(x, map[string]bool{"bar-1:2-1.noarch": true}).Packages)
}

func TestMatchPackages(t *testing.T) {
	list := []pkglist.Package{{Name: "Foo", Epoch: "1", Version: "2", Release: "3", Arch: "x86_64"}, {Name: "bar", Epoch: "0", Version: "1", Release: "1", Arch: "noarch"}}
	for pattern, want := range map[string]int{"foo": 1, "f*": 1, "FOO.X86_64": 1, "foo-2-3": 1, "foo-1:2-3.x86_64": 1, "b?r": 1, "*": 2, "fo": 0, "[fb]*": 2, "[": 0} {
		require.Len(t, MatchPackages(list, []string{pattern}), want, pattern)
	}
	require.Len(t, MatchPackages(list, nil), 2)
	require.Equal(t, &list[0], packageOf("Foo", "1:2-3", "x86_64"))
	diff := pkglist.Compare(list[:1], list[1:])
	require.Equal(t, diff.Summary(), diffFromVariant(diffVariant(diff)).Summary())
}
