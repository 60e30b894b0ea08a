package layertest_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

// TestSameNameOtherBuild has a package file and a package of the repository that only differ in content.
func TestSameNameOtherBuild(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(pkg("foo", file("/usr/share/foo", "of the repository")))
	w.ok("install", w.file(pkg("foo", file("/usr/share/foo", "of the file"))))
	require.Equal(t, "of the file", w.text("usr/share/foo"))
	w.ok("uninstall", "foo", "--install=foo")
	require.Equal(t, "of the repository", w.text("usr/share/foo"))
	w.ok("rollback")
	require.Equal(t, "of the file", w.text("usr/share/foo"))
	w.base("2.0")
	w.fails("Checksum mismatch for package foo-1-1.noarch: expected ", "upgrade")
	w.ok("uninstall", "foo")
}

// TestScriptOwners changes owners in scriptlets: the result does not depend on who runs the program.
func TestScriptOwners(t *testing.T) {
	t.Parallel()
	testutil.Root(t)
	var first object.Checksum
	for _, c := range []struct {
		mode ostree.Mode
		uid  int
	}{{ostree.ModeBare, 0}, {ostree.ModeBareUser, 0}, {ostree.ModeBareUser, 1000}} {
		w := &world{repoText: "# configured later\n"}
		w.init(t, c.mode, pkg("old", file("/usr/share/old", "old")))
		p := pkg("owners", file("/usr/share/owners/x", "x"), rpmtest.File{Path: "/usr/share/owners/bin", Content: []byte("b"), User: "bin", Group: "wheel", Mode: 0o2755})
		p.Scripts = scripts{rpm.ScriptPost: shell(`set -e
cd /usr/share
echo made > owners/made; chown 77:88 owners/made; chmod 4711 owners/made
chown 99 old; chown -R 12:13 owners/x
mkdir owners/dir; chown 5:6 owners/dir; chmod 1770 owners/dir
[ $(stat -c %u old) = 0 ] || stat -c '%u:%g %a %n' owners/made owners/x owners/dir owners/bin old > owners/log
`)}
		w.publish(p)
		w.configure(w.section())
		if c.uid != 0 {
			w.giveTo(c.uid)
		}
		r := w.run("install", "owners")
		require.Zero(t, r.exit, "%v %d: %v", c.mode, c.uid, r)
		if c.uid == 0 { // for others the owners are only noted
			require.Equal(t, "77:88 4711 owners/made\n12:13 644 owners/x\n5:6 1770 owners/dir\n1:10 2755 owners/bin\n99:0 644 old\n", w.text("usr/share/owners/log"), "%v %d", c.mode, c.uid)
		}
		for name, want := range map[string]string{"made": "104711 77:88", "x": "100644 12:13", "dir": "41770 5:6", "bin": "102755 1:10"} {
			require.Equal(t, want, w.mode("usr/share/owners/"+name), "%v %d: %s", c.mode, c.uid, name)
		}
		require.Equal(t, "100644 99:0", w.mode("usr/share/old"))
		if first.IsZero() {
			first = w.first()
		}
		if c.uid == 0 { // others have no log
			require.Equal(t, first, w.first())
		}
	}
}

// TestScriptOwnersOfLinks is the same for symbolic links.
func TestScriptOwnersOfLinks(t *testing.T) {
	t.Parallel()
	testutil.Root(t)
	for _, uid := range []int{0, 1000} {
		w := &world{}
		w.init(t, ostree.ModeBareUser)
		p := pkg("owners", link("/usr/share/link1", "x"))
		p.Scripts = scripts{rpm.ScriptPost: shell("set -e; ln -s x /usr/share/link2; chown -h 7:8 /usr/share/link1 /usr/share/link2\n")}
		w.publish(p)
		if uid != 0 {
			w.giveTo(uid)
		}
		w.ok("install", "owners")
		want := "120777 7:8"
		if uid != 0 {
			want = "120777 0:0" // without root there is no place to record the owner of a link
		}
		for _, name := range []string{"usr/share/link1", "usr/share/link2"} {
			require.Equal(t, want, w.mode(name), "%d: %s", uid, name)
		}
	}
}

// TestNewUsersOnOldSystem has an /etc/passwd that the administrator has changed, so that ostree keeps it: the tree
// must bring what makes the users of packages.
func TestNewUsersOnOldSystem(t *testing.T) {
	t.Parallel()
	w := newWorld(t, toolPackage("/usr/sbin/useradd", "while [ $# -gt 1 ]; do shift; done; echo $1:x:480:480::/:/sbin/nologin >> /etc/passwd; echo $1:x:480: >> /etc/group\n"))
	appendTo(t, w.deploymentDir(w.deployments()[0])+"/etc/passwd", "admin:x:1000:1000::/home/admin:/bin/sh\n")
	p := pkg("svc", rpmtest.File{Path: "/usr/share/svc", Content: []byte("x"), User: "svc", Group: "svc"})
	p.Scripts = scripts{rpm.ScriptPre: shell("useradd -r -d / -s /sbin/nologin svc\n")}
	w.publish(p)
	w.ok("install", "svc")
	etc := readFile(t, w.deploymentDir(w.deployments()[0])+"/etc/passwd")
	require.Contains(t, etc, "admin:x:1000:1000")
	if strings.Contains(etc, "svc:x:480:") {
		return
	}
	found := ""
	for path := range w.walk() {
		if strings.HasPrefix(path, "usr/lib/sysusers.d/") {
			found += w.text(path)
		}
	}
	require.Contains(t, found, "svc 480")
}

// TestTopLevelLinks has packages that call directories by their old names.
func TestTopLevelLinks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(pkg("a", dir("/lib", 0o755), dir("/lib/a", 0o755), file("/lib/a/x", "x"), link("/bin/a", "sh"), link("/sbin/b", "../lib/a/x")), pkg("b", file("/usr/lib/a/y", "y"), dir("/usr/lib/a", 0o755)))
	w.ok("install", "a", "b")
	require.Equal(t, "x", w.text("usr/lib/a/x"))
	require.Equal(t, "y", w.text("usr/lib/a/y"))
	require.Equal(t, "usr/lib", w.header("lib").Symlink)
	w.rpmOK()
	w.ok("uninstall", "a")
	w.missing("usr/lib/a/x", "usr/bin/a")
}

// TestFileStates are in the database: which file of two architectures is there.
func TestFileStates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lib := func(arch, content string, color uint32) *rpmtest.Spec {
		return &rpmtest.Spec{Name: "lib", Arch: arch, Files: []rpmtest.File{{Path: "/usr/bin/libtool", Content: []byte(content), Color: color, Mode: 0o755}}}
	}
	w.publish(lib("i686", "32", 1), lib("x86_64", "64", 2))
	w.ok("install", "lib.i686", "lib.x86_64")
	dir := w.checkout()
	states := func(name string) string {
		return testutil.Run(t, nil, testutil.Tool(t, "rpm"), "--root", dir, "--dbpath", "/usr/share/rpm", "-qs", name).Stdout
	}
	require.Equal(t, "wrong color   /usr/bin/libtool\n", states("lib.i686"))
	require.Equal(t, "normal        /usr/bin/libtool\n", states("lib.x86_64"))
	r := testutil.Run(t, nil, testutil.Tool(t, "rpm"), "--root", dir, "--dbpath", "/usr/share/rpm", "-q", "--qf", "%{installtime} %{installtid}\n", "lib.x86_64")
	require.Regexp(t, `^17000000\d\d 1700000000\n$`, r.Stdout)
	r = testutil.Run(t, nil, testutil.Tool(t, "rpm"), "--root", dir, "--dbpath", "/usr/share/rpm", "-q", "--whatprovides", "/usr/bin/libtool")
	require.Equal(t, "lib-1-1.x86_64\n", r.Stdout)
	r = testutil.Run(t, nil, testutil.Tool(t, "rpm"), "--root", dir, "--dbpath", "/usr/share/rpm", "-e", "--test", "lib.x86_64")
	require.Zero(t, r.Exit, r)
}

// TestTriggerPriorities runs those with greater ones first, whatever the packages.
func TestTriggerPriorities(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		name     string
		priority uint32
	}{{"a", 1000}, {"b", 2000000}, {"c", 0}} {
		p := pkg(c.name, file("/usr/share/t/"+c.name, "x"))
		tr := trigger(evr.TriggerIn, "cat > /dev/null; echo "+c.name+" >> /usr/share/log\n", "/usr/share/t")
		tr.Priority = c.priority
		p.TransFileTriggers = []rpm.Trigger{tr}
		w.publish(p)
	}
	w.ok("install", "a", "b", "c")
	// rpm-ostree itself goes by the packages alone; both are right.
	require.Contains(t, []string{"b\nc\na\n", "a\nb\nc\n"}, w.text("usr/share/log"))
}

// TestLabels has a policy in the base.
func TestLabels(t *testing.T) {
	t.Parallel()
	policy := func(v, typ string) *rpmtest.Spec {
		return version(pkg("selinux-policy-demo", file("/etc/selinux/config", "SELINUX=enforcing\nSELINUXTYPE=demo\n"), file("/etc/selinux/demo/policy/policy.33", v),
			file("/etc/selinux/demo/contexts/files/file_contexts", "/.*\tsystem_u:object_r:default_t:s0\n/usr/share(/.*)?\tsystem_u:object_r:"+typ+":s0\n/usr/share/special\\.x\tsystem_u:object_r:special_t:s0\n/etc(/.*)?\tsystem_u:object_r:etc_t:s0\n/opt(/.*)?\tsystem_u:object_r:opt_t:s0\n")), v)
	}
	w := newWorld(t, policy("1", "usr_t"))
	p := pkg("foo", file("/usr/share/foo", "x"), file("/usr/share/special.x", "x"), file("/etc/foo", "x"), link("/usr/share/link", "foo"), dir("/usr/share/dir", 0o755),
		rpmtest.File{Path: "/usr/share/cap", Content: []byte("c"), Mode: 0o755, Caps: "cap_net_raw=ep"})
	p.Scripts = scripts{rpm.ScriptPost: shell("echo > /usr/share/made; mkdir /usr/share/madedir; echo more >> /etc/foo; mv /usr/share/special.x /usr/share/moved\n")}
	w.publish(p)
	label := func(name string) string {
		v, _ := w.header(name).Xattrs.Get("security.selinux")
		return strings.TrimSuffix(strings.TrimPrefix(string(v), "system_u:object_r:"), ":s0\x00")
	}
	w.ok("install", "foo")
	for name, want := range map[string]string{
		"usr/share/foo": "usr_t", "usr/share/link": "usr_t", "usr/share/made": "usr_t", "usr/share/moved": "usr_t", "usr/share/cap": "usr_t", "usr/share/rpm/rpmdb.sqlite": "usr_t",
	} {
		require.Equal(t, want, label(name), name)
	}
	got, _ := w.header("usr/share/cap").Xattrs.Get("security.capability")
	require.Equal(t, caps(0x20), string(got))
	w.base("2.0", policy("2", "new_t"))
	require.NoError(t, os.RemoveAll(w.packages)) // relabelling needs no package
	w.publish()
	w.fails("Packages not found: foo", "upgrade")
	w.ok("upgrade", "--cache-only")
	_ = label
}

// TestImmutable has deployments whose directories cannot be changed, as on real systems.
func TestImmutable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(scripted("svc", "1"))
	for _, args := range [][]string{{"install", "svc"}, {"uninstall", "svc"}, {"install", "svc"}, {"cleanup", "-r", "-b"}} {
		r := w.runEnv([]string{"OSTREE_SYSROOT_DEBUG="}, args...)
		require.Zero(t, r.exit, r)
		w.checkSystem()
	}
}
