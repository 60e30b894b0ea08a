package boottest_test

import (
	"regexp"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/pkglist"
	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

// dnfRow is a package in the table that dnf shows; long names are on lines of their own.
var dnfRow = regexp.MustCompile(`(\S+)\s+(noarch|x86_64)\s+(\S+)\s+base\s`)

// checkDNF compares the packages of a composition with those that dnf would install.
func (m *machine) checkDNF(tf *treefile.Treefile, packages []pkglist.Package) {
	m.t.Helper()
	args := []string{
		"--installroot", m.path("dnf"), "--releasever", tf.Releasever.String(), "--repofrompath", "base,file://" + m.path("base"), "--repo", "base",
		"--nogpgcheck", "--setopt", "install_weak_deps=False", "--setopt", "cachedir=" + m.path("dnf/cache"), "--assumeno", "install",
	}
	r := testutil.Run(m.t, nil, testutil.Tool(m.t, "dnf"), append(args, tf.Packages...)...)
	var want, got []string
	for _, row := range dnfRow.FindAllStringSubmatch(r.Stdout, -1) {
		want = append(want, row[1]+"-"+row[3]+"."+row[2])
	}
	for _, p := range packages {
		got = append(got, p.Name+"-"+p.EVR()+"."+p.Arch)
	}
	slices.Sort(want)
	slices.Sort(got)
	if len(want) == 0 || !slices.Equal(got, want) {
		m.t.Errorf("the composition has the packages\n%s\ndnf would install\n%s\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"), r.Stderr)
	}
}
