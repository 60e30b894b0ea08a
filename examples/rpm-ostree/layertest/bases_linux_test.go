package layertest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
)

// layers installs a package on an unusual base.
func (w *world) layers(t testing.TB) {
	t.Helper()
	testutil.Root(t)
	w.init(t, ostree.ModeBare, pkg("old", file("/usr/share/old", "old")))
	w.publish(scripted("svc", "1"))
	w.ok("install", "svc")
	require.Equal(t, []string{"svc-1-1.noarch"}, w.layered())
	w.unchanged("upgrade")
}

// rpmNames are the names of the packages that the real rpm finds in a database of the first deployment.
func (w *world) rpmNames(db string) []string {
	w.t.Helper()
	r := testutil.Run(w.t, nil, testutil.Tool(w.t, "rpm"), "--root", w.checkout(), "--dbpath", db, "-qa", "--qf", "%{name}\n")
	return sortedLines(r.Stdout)
}

// TestBaseWithoutBaseDatabase is one of an old composer.
func TestBaseWithoutBaseDatabase(t *testing.T) {
	t.Parallel()
	w := &world{noList: true, databases: func(b []byte) map[string][]byte { return map[string][]byte{"usr/share/rpm/rpmdb.sqlite": b} }}
	w.layers(t)
	require.Contains(t, w.rpmNames("/usr/share/rpm"), "svc")
	require.Contains(t, w.rpmNames("/usr/share/rpm"), "old")
	r := w.run("db", "diff", w.deployments()[1].Commit.String(), w.first().String())
	require.Contains(t, r.stdout, "Added:\n  svc-1-1.noarch\n")
}

// TestDatabaseInSysimage is where rpm itself has it now.
func TestDatabaseInSysimage(t *testing.T) {
	t.Parallel()
	w := &world{databases: func(b []byte) map[string][]byte {
		return map[string][]byte{"usr/lib/sysimage/rpm/rpmdb.sqlite": b, "usr/lib/sysimage/rpm-ostree-base-db/rpmdb.sqlite": b}
	}}
	w.layers(t)
	require.Contains(t, w.rpmNames("/usr/lib/sysimage/rpm"), "svc")
}

// TestNoDatabase is no tree to layer on.
func TestNoDatabase(t *testing.T) {
	t.Parallel()
	testutil.Root(t)
	w := &world{noList: true, databases: func([]byte) map[string][]byte { return map[string][]byte{"usr/share/empty": nil} }}
	w.init(t, ostree.ModeBare)
	w.publish(pkg("foo"))
	before, err := listOf(w)
	require.NoError(t, err)
	r := w.run("install", "foo")
	if r.exit != 0 {
		after, err := listOf(w)
		require.NoError(t, err)
		require.Equal(t, before, after, r)
	}
	if r.exit == 0 { // then it has one now
		require.Equal(t, []string{"foo"}, w.rpmNames("/usr/share/rpm"))
	}
	w.checkSystem()
}
