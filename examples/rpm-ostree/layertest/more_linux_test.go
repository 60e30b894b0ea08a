package layertest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

// TestReplacementChangesShape has files that move, become directories, links, or another package's.
func TestReplacementChangesShape(t *testing.T) {
	t.Parallel()
	shape := func(v string, files ...rpmtest.File) *rpmtest.Spec { return version(pkg("shape", files...), v) }
	old := shape("1", file("/usr/share/a", "file"), file("/usr/share/b/x", "x"), dir("/usr/share/b", 0o755), link("/usr/share/c", "a"), file("/usr/share/d", "d"), file("/usr/share/moved", "m"),
		file("/usr/share/shared", "s"), file("/etc/shape.conf", "1"), file("/opt/shape/x", "1"), dir("/var/lib/shape", 0o700), rpmtest.File{Path: "/usr/share/suid", Mode: 0o4755, Content: []byte("1")},
		file("/usr/share/hard1", "h"), rpmtest.File{Path: "/usr/share/hard2", HardLink: "/usr/share/hard1"}, dir("/usr/share/emptied", 0o755), file("/usr/share/emptied/x", "x"), file("/usr/share/kept/x", "x"))
	w := newWorld(t, old, pkg("other", file("/usr/share/shared", "s"), file("/usr/share/kept/y", "y")))
	next := shape("2", file("/usr/share/a/inside", "now a directory"), link("/usr/share/b", "a"), file("/usr/share/c", "now a file"), rpmtest.File{Path: "/usr/share/d", Mode: 0o755, Content: []byte("d")},
		file("/etc/shape.conf", "2"), file("/opt/shape/y", "2"), rpmtest.File{Path: "/usr/share/suid", Mode: 0o755, Content: []byte("1")}, file("/usr/share/hard1", "h2"))
	part := pkg("part", file("/usr/share/moved", "m2"))
	w.ok("override", "replace", w.file(next), "--install="+w.file(part))
	require.Equal(t, "now a directory", w.text("usr/share/a/inside"))
	require.Equal(t, "a", w.header("usr/share/b").Symlink)
	require.Equal(t, "now a file", w.text("usr/share/c"))
	require.Equal(t, "100755 0:0", w.mode("usr/share/d"))
	require.Equal(t, "100755 0:0", w.mode("usr/share/suid"))
	require.Equal(t, "m2", w.text("usr/share/moved"))
	require.Equal(t, "s", w.text("usr/share/shared"))
	require.Equal(t, "2", w.text("usr/etc/shape.conf"))
	require.Equal(t, "y", w.text("usr/share/kept/y"))
	w.missing("usr/share/hard2", "usr/lib/opt/shape/x", "usr/share/emptied", "usr/share/kept/x", "usr/lib/rpm-ostree/tmpfiles.d/shape.conf.old")
	require.NotContains(t, w.text("usr/lib/tmpfiles.d/rpm-ostree-autovar.conf"), "/var/lib/shape")
	w.rpmOK()
	w.ok("reset")
	require.Equal(t, "x", w.text("usr/share/b/x"))
}

// TestFilesystemPackage comes first whatever its name.
func TestFilesystemPackage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	fs := &rpmtest.Spec{Name: "filesystem", Version: "4", Files: []rpmtest.File{
		dir("/usr", 0o755), dir("/usr/bin", 0o755), dir("/usr/sbin", 0o755), dir("/usr/lib", 0o755), dir("/usr/lib64", 0o755), link("/bin", "usr/bin"), link("/sbin", "usr/sbin"), link("/lib", "usr/lib"), link("/lib64", "usr/lib64"),
		dir("/etc", 0o755), dir("/srv", 0o755), dir("/home", 0o755), dir("/mnt", 0o755), dir("/proc", 0o555), dir("/usr/local", 0o755), dir("/usr/share/new", 0o755), dir("/afs", 0o755),
	}, Scripts: scripts{rpm.ScriptPostTrans: shell("echo must not run > /usr/share/new/x; exit 1\n")}}
	w.ok("override", "replace", w.file(fs))
	require.Equal(t, "40755 0:0", w.mode("usr/share/new"))
	w.missing("usr/share/new/x", "srv", "home", "afs")
	require.Contains(t, w.layered(), "filesystem-4-1.noarch")
}

// TestSkippedScripts are on the list of what never runs.
func TestSkippedScripts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var names []string
	for name, kind := range map[string]rpm.ScriptKind{
		"glibc": rpm.ScriptPre, "coreutils": rpm.ScriptPre, "ca-certificates": rpm.ScriptPre, "bash": rpm.ScriptPost, "libgcc": rpm.ScriptPost, "gdb": rpm.ScriptPre, "fedora-release": rpm.ScriptPostTrans,
	} {
		w.publish(&rpmtest.Spec{Name: name, Scripts: scripts{kind: shell("exit 1\n")}})
		names = append(names, name)
	}
	db := pkg("man-db", file("/usr/share/man/x", "x"))
	db.TransFileTriggers = []rpm.Trigger{trigger(evr.TriggerIn, "exit 1", "/usr/share/man")}
	w.publish(db)
	w.ok(append([]string{"install", "man-db"}, names...)...)
}

// TestModulesOfReplacedKernel were not all in the package: depmod and dracut have made some.
func TestModulesOfReplacedKernel(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pkg("not-kernel", file("/usr/lib/modules/6.1.0/modules.dep", "x"), file("/usr/lib/modules/6.1.0/extra/own.ko", "x")))
	k := kernel("6.2.0", "second")
	k.Files = k.Files[:2] // without initramfs
	dracut := toolPackage("/usr/bin/dracut", "while [ \"$1\" != -f ]; do shift; done; echo made > $2\n")
	w.ok("override", "replace", w.file(k), "--install="+w.file(dracut))
	require.True(t, strings.HasPrefix(w.text("usr/lib/modules/6.2.0/initramfs.img"), "made\n"))
	w.missing("usr/lib/modules/6.1.0/vmlinuz", "usr/lib/modules/6.1.0/initramfs.img")
	w.ok("override", "reset", "kernel")
	require.Equal(t, "initramfs of first", w.text("usr/lib/modules/6.1.0/initramfs.img"))
}

// TestDryRun tells, and does nothing.
func TestDryRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(pkg("foo", file("/usr/share/foo", "x")))
	before := w.snapshot()
	r := w.run("install", "--dry-run", "foo")
	require.Zero(t, r.exit, r)
	require.Contains(t, r.stdout, "foo-1-1.noarch")
	require.Contains(t, r.stdout, "Exiting because of '--dry-run' option")
	require.Empty(t, diff(before, w.snapshot()))
	w.checkSystem()
	require.Empty(t, w.pkgRefs())
	w.fails("Packages not found: nosuch", "install", "--dry-run", "nosuch")
	before = w.snapshot()
	r = w.run("install", "--download-only", "foo")
	require.Zero(t, r.exit, r)
	require.Empty(t, diff(before, w.snapshot()))
	require.NoError(t, os.RemoveAll(w.packages))
	w.ok("install", "-C", "foo")
}

// TestRemoteBase follows a branch of another repository.
func TestRemoteBase(t *testing.T) {
	t.Parallel()
	ostree := testutil.Tool(t, "ostree")
	w := newWorld(t)
	source := w.dir + "/source"
	run := func(args ...string) {
		t.Helper()
		testutil.Run(t, &testutil.RunOptions{Must: true}, ostree, args...)
	}
	run("init", "--repo="+source, "--mode=archive")
	push := func() {
		t.Helper()
		run("pull-local", "--repo="+source, w.sysroot+"/ostree/repo", branch)
		run("refs", "--repo="+w.sysroot+"/ostree/repo", "--delete", branch)
		run("prune", "--repo="+w.sysroot+"/ostree/repo", "--refs-only")
	}
	push()
	run("remote", "add", "--repo="+w.sysroot+"/ostree/repo", "--no-gpg-verify", "nest", "file://"+source)
	w.publish(pkg("foo", file("/usr/bin/foo", "x")))
	w.ok("rebase", "nest:"+branch)
	require.Contains(t, w.originText(), "refspec=nest:"+branch+"\n")
	w.ok("install", "foo")
	w.unchanged("upgrade")
	w.base("2.0")
	push()
	w.ok("upgrade")
	require.Equal(t, "'2.0'", w.meta("version"))
	require.Equal(t, []string{"foo-1-1.noarch"}, w.layered())
	w.ok("deploy", "1.0")
	require.Equal(t, "'1.0'", w.meta("version"))
	w.ok("upgrade")

	// The remote is broken.
	w.base("3.0", pkg("large", rpmtest.File{Path: "/usr/share/large", Content: noise(100000)}))
	push()
	list, err := filepath.Glob(source + "/objects/*/*.filez")
	require.NoError(t, err)
	for _, f := range list {
		if i, err := os.Stat(f); err == nil && i.Size() > 90000 && i.Size() < 200000 {
			require.NoError(t, os.Truncate(f, 50000))
		}
	}
	before := w.snapshot()
	r := w.run("upgrade")
	require.Equal(t, 1, r.exit, r)
	d := diff(before, w.snapshot())
	require.Empty(t, d)
	w.checkSystem()
	require.NoError(t, os.Rename(source, source+".away"))
	require.Equal(t, 1, w.run("upgrade").exit)
	w.checkSystem()
	w.ok("uninstall", "foo") // needs nobody else
}

// TestPackagesByURL are fetched first.
func TestPackagesByURL(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.file(pkg("foo", file("/usr/share/foo", "x")))
	s := serve(t, w.dir+"/files")
	w.ok("install", s.URL+"/foo-1-1.noarch.rpm")
	require.Contains(t, w.originText(), "requested-local="+localOf(t, w, "foo"))
	w.fails("404", "install", s.URL+"/bar-1-1.noarch.rpm")
	w.ok("uninstall", "foo")
	w.ok("install", "file://"+w.dir+"/files/foo-1-1.noarch.rpm")
}

// TestOriginThatIsDamaged is told, and changes nothing.
func TestOriginThatIsDamaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(pkg("foo"))
	name := w.deploymentDir(w.deployments()[0]) + ".origin"
	for _, text := range []string{"[origin]\n", "nothing", "[origin]\nrefspec=a\ncontainer-image-reference=ostree-unverified-registry:x/y\n", "[origin]\nrefspec=" + branch + "\nunconfigured-state=register first\n"} {
		require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
		before := w.snapshot()
		r := w.run("upgrade")
		require.Equal(t, 1, r.exit, r)
		require.Empty(t, diff(before, w.snapshot()))
		if strings.Contains(text, "unconfigured") {
			require.Contains(t, r.stderr, "origin unconfigured-state: register first")
		}
	}
}

func TestInitramfs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, toolPackage("/usr/bin/dracut", `args="$*"
while [ "$1" != -f ]; do shift; done
{ echo "$args"; cat /etc/special; } > "$2"
`))
	w.publish(pkg("foo"))
	special := w.deploymentDir(w.deployments()[0]) + "/etc/special"
	require.NoError(t, os.WriteFile(special, []byte("host\n"), 0o644))
	r := w.ok("initramfs", "--enable", "--arg=-I", "--arg=/etc/special")
	require.Contains(t, r.stdout, "Initramfs regeneration is now: enabled")
	require.Contains(t, w.text("usr/lib/modules/6.1.0/initramfs.img"), "-I /etc/special --kver 6.1.0\nhost\n")
	require.Contains(t, w.originText(), "[rpmostree]\nregenerate-initramfs=true\ninitramfs-args=-I;/etc/special;\n")
	require.NotEqual(t, w.deployments()[0].BootChecksum, w.deployments()[1].BootChecksum)
	w.ok("install", "foo")
	w.unchanged("upgrade")
	w.fails("initramfs regeneration state is already enabled", "initramfs", "--enable")
	w.ok("initramfs", "--disable")
	require.Equal(t, "initramfs of first", w.text("usr/lib/modules/6.1.0/initramfs.img"))
	w.ok("initramfs-etc", "--track=/etc/special")
	list, err := filepath.Glob(w.sysroot + "/boot/ostree/initramfs-overlays/*.img")
	require.NoError(t, err)
	require.Len(t, list, 1)
	w.fails("Path outside /etc forbidden: /usr/x", "initramfs-etc", "--track=/usr/x")
	w.ok("initramfs-etc", "--untrack-all")
	w.ok("cleanup", "-r")
	require.NotContains(t, w.originText(), "rpmostree]")
	list, err = filepath.Glob(w.sysroot + "/boot/ostree/initramfs-overlays/*.img")
	require.NoError(t, err)
	require.Empty(t, list)
}
