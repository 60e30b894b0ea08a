package pkglist_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/rpmostree/pkglist"
	"github.com/stretchr/testify/require"
)

func pkg(s string) pkglist.Package {
	f := strings.Fields(s)
	return pkglist.Package{Name: f[0], Epoch: f[1], Version: f[2], Release: f[3], Arch: f[4]}
}

func TestCompareArchs(t *testing.T) {
	old := []pkglist.Package{pkg("glibc 0 2.34 1 i686"), pkg("glibc 0 2.34 1 x86_64"), pkg("down 0 2 1 noarch"), pkg("arch 0 1 1 noarch")}
	new := []pkglist.Package{pkg("glibc 0 2.35 1 x86_64"), pkg("down 0 1 1 noarch"), pkg("arch 0 1 1 x86_64")}
	pkglist.Sort(old)
	pkglist.Sort(new)
	d := pkglist.Compare(old, new)
	var b strings.Builder
	require.NoError(t, d.WriteDiff(&b))
	require.Equal(t, "!arch-1-1.noarch\n=arch-1-1.x86_64\n!down-2-1.noarch\n=down-1-1.noarch\n-glibc-2.34-1.i686\n!glibc-2.34-1.x86_64\n=glibc-2.35-1.x86_64\n", b.String())
	require.Equal(t, "2 upgraded, 1 downgraded, 1 removed", d.Summary())
	data, err := json.Marshal(d.Of(pkglist.Downgraded))
	require.NoError(t, err)
	require.JSONEq(t, `[["down",3,{"PreviousPackage":["down","2-1","noarch"],"NewPackage":["down","1-1","noarch"]}]]`, string(data))
	require.Empty(t, pkglist.Compare(old, old))
}

func TestVersionNumber(t *testing.T) {
	// echo -n '0:a-1-1.noarch1:b-2-1.noarch' | sha1sum
	require.Equal(t, "2:"+sum, pkglist.Version([]pkglist.Package{pkg("b 1 2 1 noarch"), pkg("a 0 1 1 noarch")}))
}

const sum = "7a876b7967195c9d9e795b3abe88e6aa57f4bae8"
