package layertest_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
)

// giveTo lets an ordinary user run the program on the world.
func (w *world) giveTo(uid int) {
	w.t.Helper()
	for d := filepath.Dir(w.dir); ; d = filepath.Dir(d) {
		i, err := os.Stat(d)
		require.NoError(w.t, err)
		if i.Mode()&1 != 0 {
			break
		}
		require.NoError(w.t, os.Chmod(d, 0o755))
	}
	out, err := exec.Command("chown", "-Rh", fmt.Sprintf("%d:%d", uid, uid), w.dir).CombinedOutput()
	require.NoError(w.t, err, string(out))
	w.uid = uid
}

// TestSameCommit makes the same change twice as root, in a repository for users, and as such a user.
func TestSameCommit(t *testing.T) {
	t.Parallel()
	testutil.Root(t)
	const config = "# configured later\n"
	var first object.Checksum
	for _, c := range []struct {
		name string
		mode ostree.Mode
		uid  int
	}{{"root", ostree.ModeBare, 0}, {"root again", ostree.ModeBare, 0}, {"root, bare-user", ostree.ModeBareUser, 0}, {"user", ostree.ModeBareUser, 1000}} {
		w := &world{repoText: config}
		w.init(t, c.mode, pkg("old", file("/usr/share/old", "old")), pkg("gone"))
		p := scripted("svc", "1")
		p.Files = append(p.Files, file("/usr/share/x", "x"))
		p.Files[len(p.Files)-1].Caps = "cap_net_raw=ep"
		more := scripted("more", "1")
		more.Requires = []string{"svc"}
		w.publish(p, more)
		w.configure(w.section())
		if c.uid != 0 {
			w.giveTo(c.uid)
		}
		r := w.run("override", "remove", "gone", "--install=more")
		require.Zero(t, r.exit, "%s: %v", c.name, r)
		w.fsck()
		if first.IsZero() {
			first = w.first()
			continue
		}
		if got := w.first(); got != first {
			t.Errorf("%s: commit %s, want %s", c.name, got, first)
			r := testutil.Run(t, nil, testutil.Tool(t, "ostree"), "--repo="+w.sysroot+"/ostree/repo", "ls", "-RXC", got.String())
			t.Logf("%s: %.3000s", c.name, r.Stdout)
		}
	}
}

// TestUser does everything that root does in other tests, briefly.
func TestUser(t *testing.T) {
	t.Parallel()
	testutil.Root(t) // makes the world
	w := &world{repoText: "# configured later\n"}
	w.init(t, ostree.ModeBareUser, pkg("old", file("/usr/share/old", "old")), pkg("tool", file("/usr/bin/tool", "1")))
	w.publish(scripted("svc", "1"))
	bad := pkg("bad", file("/usr/share/bad", "b"))
	bad.Scripts = scripts{rpm.ScriptPre: shell("exit 1")}
	w.publish(bad)
	w.configure(w.section())
	tool := w.file(version(pkg("tool", file("/usr/bin/tool", "2")), "2"))
	w.giveTo(1000)
	w.ok("install", "svc")
	require.Equal(t, "100644 480:480", w.mode("usr/share/svc/owned"))
	require.Equal(t, "100644 0:0", w.mode("usr/share/svc/made"))
	w.fails("Running %prein for bad", "install", "bad")
	w.ok("override", "replace", tool)
	w.ok("rollback")
	w.ok("cleanup", "-r", "-b", "-m")
	w.ok("uninstall", "svc")
	w.ok("kargs", "--append=debug")
	list, err := filepath.Glob(w.sysroot + "/ostree/deploy/demo/deploy/*.origin")
	require.NoError(t, err)
	require.NotEmpty(t, list)
}
