package compose_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree/compose"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
	"github.com/stretchr/testify/require"
)

// with is the minimal treefile with further packages and text.
func with(packages, text string) string {
	return strings.Replace(minimal, "[kernel]", "[kernel"+strings.Join(append([]string{""}, strings.Fields(packages)...), ", ")+"]", 1) + text
}

func (w *world) mode(c object.Checksum, name string) os.FileMode {
	w.t.Helper()
	i, err := w.fs(c).Lstat(name)
	require.NoError(w.t, err)
	return i.Mode()
}

func TestPackageKeys(t *testing.T) {
	w := newWorld(t)
	w.packages(
		&rpmtest.Spec{Name: "app", Recommends: []string{"nice"}, Requires: []string{"lib"}},
		&rpmtest.Spec{Name: "nice"}, &rpmtest.Spec{Name: "lib"},
		&rpmtest.Spec{Name: "other", Files: []rpmtest.File{
			{Path: "/usr/share/doc/other/README", Content: []byte("d"), Flags: rpm.FileDoc}, {Path: "/usr/share/licenses/other", Content: []byte("l"), Flags: rpm.FileDoc | rpm.FileLicense},
			{Path: "/usr/bin/other", Mode: 0o755, Content: []byte("o")},
			{Path: "/usr/share/locale/de.mo", Content: []byte("de"), Langs: "de"}, {Path: "/usr/share/locale/pt_BR.mo", Content: []byte("pt"), Langs: "pt_BR"},
		}},
	)
	has := func(res *compose.Result, name string) bool {
		for _, p := range res.Packages {
			if p.Name == name {
				return true
			}
		}
		return false
	}
	dry := func(o *compose.TreeOptions) { o.DryRun = true }
	require.True(t, has(w.compose(with("app", ""), dry), "nice"))
	require.False(t, has(w.compose(with("app", "recommends: false\n"), dry), "nice"))
	require.False(t, has(w.compose(with("app", "exclude-packages: [nice]\n"), dry), "nice"))
	_, err := w.try(with("app", "exclude-packages: [lib]\n"), dry)
	require.ErrorContains(t, err, "Could not depsolve transaction; 1 problem detected:")
	_, err = w.try(with("app", "exclude-packages: [app]\n"), dry)
	require.ErrorContains(t, err, "app")
	_, err = w.try(with("nothing", ""), dry)
	require.EqualError(t, err, "Packages not found: nothing")
	require.True(t, has(w.compose(with("", "packages-"+compose.Machine()+": [app]\n"), dry), "app"))
	_, err = w.try(strings.Replace(minimal, "[test]", "[nowhere]", 1), dry)
	require.EqualError(t, err, "Unknown rpm-md repository: nowhere")

	res := w.compose(with("other", "documentation: false\nreadonly-executables: true\ninstall-langs: [pt]\n"))
	require.False(t, w.exists(res.Commit, "usr/share/doc/other/README"))
	require.True(t, w.exists(res.Commit, "usr/share/licenses/other"))
	require.Equal(t, os.FileMode(0o555), w.mode(res.Commit, "usr/bin/other"))
	require.False(t, w.exists(res.Commit, "usr/share/locale/de.mo"))
	require.True(t, w.exists(res.Commit, "usr/share/locale/pt_BR.mo"))
}

func TestRepoPackages(t *testing.T) {
	w := newWorld(t)
	w.packages(&rpmtest.Spec{Name: "app", Version: "9"})
	rpmtest.Write(t, mkdir(t, w.path("second")), &rpmtest.Spec{Name: "app", Version: "1"})
	w.createRepo("second")
	dry := func(o *compose.TreeOptions) { o.DryRun = true }
	text := strings.Replace(minimal, "[test]", "[test, second]", 1)
	version := func(text string) string {
		for _, p := range w.compose(text, dry).Packages {
			if p.Name == "app" {
				return p.Version
			}
		}
		return ""
	}
	require.Equal(t, "9", version(strings.Replace(text, "[kernel]", "[kernel, app]", 1)))
	require.Equal(t, "1", version(text+"repo-packages: [{repo: second, packages: [app]}]\n"))
	_, err := w.try(text+"repo-packages: [{repo: third, packages: [app]}]\n", dry)
	require.ErrorContains(t, err, "Unknown rpm-md repository: third")
	// A repository for locked packages offers nothing else.
	text = strings.Replace(minimal, "[kernel]", "[kernel, app]", 1)
	require.Equal(t, "9", version(text+"lockfile-repos: [second]\n"))
}

func TestRepovarsAndSourceRoot(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, os.Rename(w.path("rpms"), w.path("rpms-11")))
	w.file("config/test.repo", "[test]\nname=test\nbaseurl=file://"+w.dir+"/$kind-$releasever\nenabled=1\n")
	dry := func(o *compose.TreeOptions) { o.DryRun = true }
	w.compose(minimal+"repovars: {kind: rpms}\nreleasever: 11\n", dry)

	w.file("root/etc/yum.repos.d/a.repo", "[test]\nname=test\nbaseurl=file://"+w.dir+"/$kind-$releasever\nenabled=1\n[off]\nname=off\nenabled=0\nbaseurl=file:///nonexistent\n")
	w.file("root/etc/dnf/vars/kind", "rpms\n")
	w.file("root/usr/lib/os-release", "ID=x\nVERSION_ID=11\n")
	w.compose(strings.Replace(minimal, "repos: [test]\n", "", 1), dry, func(o *compose.TreeOptions) { o.SourceRoot = w.path("root") })
	w.said("Enabled rpm-md repositories: test")
	w.file("root/etc/yum.repos.d/a.repo", "")
	_, err := w.try(strings.Replace(minimal, "repos: [test]\n", "", 1), dry, func(o *compose.TreeOptions) { o.SourceRoot = w.path("root") })
	require.EqualError(t, err, "No enabled repositories")
}

func TestFileKeys(t *testing.T) {
	w := newWorld(t)
	w.file("config/sub/tool", "#!/bin/sh\n")
	require.NoError(t, os.Chmod(w.path("config/sub/tool"), 0o755))
	w.file("config/conf", "x\n")
	res := w.compose(minimal + `
units: [a.service, b.timer]
default-target: multi-user.target
remove-files: [usr/bin/mv, etc/shadow, nothing]
add-files:
  - [sub/tool, /usr/libexec/deep/tool]
  - [conf, /etc/conf.d/conf]
  - [conf, bin/from-bin]
metadata: {summary: x}
add-commit-metadata: {'my.key': value, 'my.number': 3}
container-cmd: [/sbin/init]
repo-metadata: detached
`)
	require.Equal(t, "/usr/lib/systemd/system/a.service", w.link(res.Commit, "usr/etc/systemd/system/multi-user.target.wants/a.service"))
	require.Equal(t, "multi-user.target", w.link(res.Commit, "usr/lib/systemd/system/default.target"))
	require.False(t, w.exists(res.Commit, "usr/bin/mv"))
	require.False(t, w.exists(res.Commit, "usr/etc/shadow"))
	require.Equal(t, os.FileMode(0o755), w.mode(res.Commit, "usr/libexec/deep/tool"))
	require.Equal(t, "x\n", w.read(res.Commit, "usr/etc/conf.d/conf"))
	require.Equal(t, "x\n", w.read(res.Commit, "usr/bin/from-bin"))
	w.said("Adding a.service to multi-user.target.wants")
	w.said("Deleting: usr/bin/mv")
	w.said("Adding file etc/conf.d/conf")
	repo := "--repo=" + w.path("repo")
	require.Equal(t, "'value'\n", w.tool("ostree", repo, "show", "--print-metadata-key=my.key", "os/test"))
	require.Equal(t, "int64 3\n", w.tool("ostree", repo, "show", "--print-metadata-key=my.number", "os/test"))
	require.Equal(t, "['/sbin/init']\n", w.tool("ostree", repo, "show", "--print-metadata-key=ostree.container-cmd", "os/test"))
	require.Contains(t, w.tool("ostree", repo, "show", "--print-detached-metadata-key=rpmostree.rpmmd-repos", "os/test"), "'id': <'test'>")
	_, ok := w.commit(res.Commit).Metadata.Lookup("rpmostree.rpmmd-repos")
	require.False(t, ok)

	_, err := w.try(minimal + "remove-files: [/usr/bin/mv]\n")
	require.ErrorContains(t, err, "Invalid absolute path: /usr/bin/mv")
	_, err = w.try(minimal + "remove-files: [usr/../etc]\n")
	require.ErrorContains(t, err, "Invalid '..' in path: usr/../etc")
}

func TestRemoveFromPackages(t *testing.T) {
	w := newWorld(t)
	w.packages(
		&rpmtest.Spec{Name: "one", Files: []rpmtest.File{
			{Path: "/usr/share/one", Mode: 0o40755}, {Path: "/usr/share/one/a", Content: []byte("a")}, {Path: "/usr/share/shared", Content: []byte("s")}, {Path: "/usr/share/kept", Content: []byte("k")},
		}},
		&rpmtest.Spec{Name: "two", Files: []rpmtest.File{{Path: "/usr/share/shared", Content: []byte("s")}}},
	)
	res := w.compose(with("one two", "remove-from-packages: [[one, /usr/share/one, shared]]\n"))
	require.False(t, w.exists(res.Commit, "usr/share/one"))
	require.True(t, w.exists(res.Commit, "usr/share/shared"), "two has it")
	require.True(t, w.exists(res.Commit, "usr/share/kept"))
	_, err := w.try(with("one", "remove-from-packages: [[three, x]]\n"))
	require.ErrorContains(t, err, "Unable to find package 'three' specified in remove-from-packages")
}

func TestPostprocessScripts(t *testing.T) {
	w := newWorld(t)
	w.file("config/post.sh", "#!/bin/sh\nset -e\ncat /usr/share/one > /usr/share/two\necho from file\n")
	text := minimal + `
postprocess:
  - |
    #!/bin/sh
    set -e
    echo one > /usr/share/one
    echo changed >> /etc/os-release
    sed -i 's/hosts: files dns/hosts: files/' /etc/nsswitch.conf
    rm /usr/bin/touch
    ls /usr/share/rpm
    echo $SOURCE_DATE_EPOCH
  - "#!/usr/bin/cat\ntext\n"
postprocess-script: post.sh
`
	_, err := w.try(text)
	require.EqualError(t, err, "postprocess-script must be executable")
	require.NoError(t, os.Chmod(w.path("config/post.sh"), 0o755))
	res := w.compose(text)
	require.Equal(t, "one\n", w.read(res.Commit, "usr/share/two"))
	require.Contains(t, w.read(res.Commit, "usr/etc/nsswitch.conf"), "hosts: files\n")
	require.False(t, w.exists(res.Commit, "usr/bin/touch"))
	require.Contains(t, w.output.String(), "1700000000\n")
	require.Contains(t, w.output.String(), "text\n")
	require.Contains(t, w.output.String(), "from file\n")
	require.False(t, w.exists(res.Commit, "usr/bin/rpmostree-postprocess-inline-0"))
	w.said("Executing `postprocess` inline script '1'")
	w.said("Executing postprocessing script")
	_, err = w.try(minimal + "postprocess: [\"#!/bin/sh\\nexit 4\\n\"]\n")
	require.ErrorContains(t, err, "postprocess[0]: bwrap(/usr/bin/rpmostree-postprocess-inline-0): Child process exited with code 4")
	w.fsck()
}

func TestFinalize(t *testing.T) {
	w := newWorld(t)
	w.file("config/finalize.d/20-b", "#!/bin/sh\nset -e\ntest -f /usr/share/a\necho b > /usr/share/b\necho x > $RPMOSTREE_WORKDIR/x\ntest -f usr/lib/tmpfiles.d/rpm-ostree-0-integration.conf\n")
	w.file("config/finalize.d/10-a", "#!/bin/sh\necho a > /usr/share/a\necho e > /etc/e\n")
	for _, n := range []string{"10-a", "20-b"} {
		require.NoError(t, os.Chmod(w.path("config/finalize.d/"+n), 0o755))
	}
	res := w.compose("edition: '2024'\n" + minimal)
	require.Equal(t, "b\n", w.read(res.Commit, "usr/share/b"))
	require.Equal(t, "e\n", w.read(res.Commit, "usr/etc/e"))
	require.NoDirExists(t, w.path("cache/finalize-workdir"))
	// The defaults of the edition.
	require.True(t, w.mode(res.Commit, "tmp").IsDir())
	require.NotZero(t, w.mode(res.Commit, "tmp")&os.ModeSticky)
	require.False(t, w.exists(res.Commit, "usr/lib/ostree-boot"))
}

func TestLayouts(t *testing.T) {
	w := newWorld(t)
	w.packages(&rpmtest.Spec{Name: "acme", Files: []rpmtest.File{{Path: "/opt/acme/x", Content: []byte("x")}}})
	compat := "usr/lib/tmpfiles.d/rpm-ostree-0-integration-opt-usrlocal-compat.conf"

	res := w.compose(with("acme", "opt-usrlocal: root\ntmp-is-dir: true\nmachineid-compat: false\nboot-location: new\n"))
	require.Equal(t, "x", w.read(res.Commit, "opt/acme/x"))
	require.True(t, w.mode(res.Commit, "usr/local").IsDir())
	require.NotContains(t, w.read(res.Commit, "usr/lib/tmpfiles.d/rpm-ostree-autovar.conf"), "/opt/acme")
	require.Equal(t, "L /var/usrlocal - - - - ../usr/local\nL /var/opt - - - - ../opt\n", w.read(res.Commit, compat))
	require.True(t, w.mode(res.Commit, "tmp").IsDir())
	require.False(t, w.exists(res.Commit, "usr/etc/machine-id"))
	boot, err := w.fs(res.Commit).ReadDir("usr/lib/ostree-boot")
	require.NoError(t, err)
	require.Len(t, boot, 1)
	require.True(t, strings.HasPrefix(boot[0].Name(), "vmlinuz-"+kver+"-"))

	res = w.compose(with("acme", "opt-usrlocal: state-overlay\nboot-location: modules\n"))
	require.Equal(t, "usr/lib/opt", w.link(res.Commit, "opt"))
	require.Equal(t, "../ostree-state-overlay@usr-lib-opt.service", w.link(res.Commit, "usr/lib/systemd/system/local-fs.target.requires/ostree-state-overlay@usr-lib-opt.service"))
	require.True(t, w.mode(res.Commit, "usr/local").IsDir())
	require.Contains(t, w.read(res.Commit, compat), "L /var/opt - - - - ../usr/lib/opt\n")
	require.False(t, w.exists(res.Commit, "usr/lib/ostree-boot"))

	w.file("config/pr.conf", "[root]\ntransient = true\n")
	text := with("acme", "add-files: [[pr.conf, /usr/lib/ostree/prepare-root.conf]]\n")
	_, err = w.try(text)
	require.EqualError(t, err, "Transient root conflicts with tmp-is-dir: false")
	res = w.compose(text + "tmp-is-dir: true\n")
	for _, name := range []string{"opt", "mnt", "media", "usr/local"} {
		require.True(t, w.mode(res.Commit, name).IsDir(), name)
	}

	_, err = w.try(minimal + "machineid-compat: false\nunits: [a.service]\n")
	require.EqualError(t, err, "'units' directive is incompatible with machineid-compat = false")
	w.file("config/pr.conf", "HOME=/home\nSHELL=/bin/sh\n")
	res = w.compose(minimal + "add-files: [[pr.conf, /etc/default/useradd]]\n")
	require.Equal(t, "HOME=/var/home\nSHELL=/bin/sh\n", w.read(res.Commit, "usr/etc/default/useradd"))
}

func TestContainer(t *testing.T) {
	w := newWorld(t)
	text := "ref: os/test\nrepos: [test]\npackages: [busybox]\n"
	_, err := w.try(text + "selinux: false\n")
	require.ErrorContains(t, err, "/usr/lib/modules is empty")
	_, err = w.try(strings.Replace(minimal, "selinux: false\n", "", 1))
	require.EqualError(t, err, "selinux is enabled in the treefile, but the tree has no SELinux policy")
	res := w.compose(text + "container: true\n")
	_, bootable := w.commit(res.Commit).Metadata.Lookup("ostree.bootable")
	require.False(t, bootable)
	require.True(t, w.mode(res.Commit, "tmp").IsDir())
}

// TestKernelWithoutTools makes a bootable tree of a kernel that needs neither depmod nor dracut, without any program in it.
func TestKernelWithoutTools(t *testing.T) {
	w := newWorld(t)
	dir := "/usr/lib/modules/" + kver
	files := []rpmtest.File{{Path: dir, Mode: 0o40755}, {Path: dir + "/vmlinuz", Content: []byte("kernel image")}, {Path: dir + "/initramfs.img", Content: []byte("image")}}
	w.packages(&rpmtest.Spec{Name: "tiny-kernel", Requires: []string{"filesystem"}, Files: files},
		&rpmtest.Spec{Name: "modules", Files: []rpmtest.File{{Path: dir + "/kernel/a.ko", Content: []byte("module")}}})
	const text = "ref: os/test\nrepos: [test]\npackages: [tiny-kernel]\nselinux: false\n"
	res := w.compose(text)
	_, bootable := w.commit(res.Commit).Metadata.Lookup("ostree.bootable")
	require.True(t, bootable)
	require.Equal(t, "image", w.read(res.Commit, "usr/lib/modules/"+kver+"/initramfs.img"))
	require.False(t, w.exists(res.Commit, "usr/lib/modules/"+kver+"/modules.dep"))
	_, err := w.try(strings.Replace(text, "[tiny-kernel]", "[tiny-kernel, modules]", 1))
	require.ErrorContains(t, err, "Finalizing kernel: running depmod")
}

func TestUnsupportedKeys(t *testing.T) {
	w := newWorld(t)
	for text, key := range map[string]string{"cliwrap: true\n": "cliwrap", "ima: true\n": "ima", "boot-location: kernel-install\n": "boot-location: kernel-install", "rpmdb: host\n": "rpmdb: host"} {
		_, err := w.try(minimal + text)
		require.EqualError(t, err, "treefile: "+key+": not supported")
	}
}

func TestLayers(t *testing.T) {
	w := newWorld(t)
	add := func(ref string, files map[string]string) {
		dir := t.TempDir()
		for name, text := range files {
			require.NoError(t, os.MkdirAll(dir+"/"+name[:strings.LastIndexByte(name, '/')], 0o755))
			require.NoError(t, os.WriteFile(dir+"/"+name, []byte(text), 0o644))
		}
		txn, err := w.repo.Begin(t.Context(), nil)
		require.NoError(t, err)
		defer txn.Abort()
		tree := ostree.NewTree()
		require.NoError(t, txn.AddDirectory(t.Context(), tree, dir, &ostree.Modifier{Filter: func(e *ostree.Entry) bool { e.UID, e.GID = 0, 0; return true }}))
		dt, dm, err := txn.WriteTree(tree)
		require.NoError(t, err)
		c, err := txn.WriteCommit(t.Context(), dt, dm, nil)
		require.NoError(t, err)
		require.NoError(t, txn.SetRef(ref, c))
		_, err = txn.Commit(t.Context())
		require.NoError(t, err)
	}
	add("layer/new", map[string]string{"usr/share/layer": "new", "usr/etc/layer.conf": "conf"})
	add("layer/over", map[string]string{"usr/lib/os-release": "ID=layer\n"})
	one := w.compose(minimal + "ostree-layers: [layer/new]\nostree-override-layers: [layer/over]\n")
	require.Equal(t, "new", w.read(one.Commit, "usr/share/layer"))
	require.Equal(t, "conf", w.read(one.Commit, "usr/etc/layer.conf"))
	require.Equal(t, "ID=layer\n", w.read(one.Commit, "usr/lib/os-release"))
	add("layer/new", map[string]string{"usr/share/layer": "newer"})
	require.True(t, w.compose(minimal+"ostree-layers: [layer/new]\nostree-override-layers: [layer/over]\n").Changed, "the content of layers counts")
	_, err := w.try(minimal + "ostree-layers: [layer/over]\n")
	require.ErrorContains(t, err, "Checking out layer layer/over: Hardlinking")
	_, err = w.try(minimal + "ostree-layers: [none]\n")
	require.ErrorContains(t, err, "layer none: ")
}

func mkdir(t *testing.T, dir string) string {
	t.Helper()
	require.NoError(t, os.MkdirAll(dir, 0o755))
	return dir
}

func TestAdvisories(t *testing.T) {
	w := newWorld(t)
	w.file("updateinfo.xml", `<?xml version="1.0"?>
<updates>
<update type="security"><id>SA-2</id><title>t</title><severity>Important</severity>
<references><reference href="https://b/1" id="1" title="CVE-2023-1 twice" type="bugzilla"/><reference href="https://a/1" id="1" title="CVE-2023-1 kernel: x" type="bugzilla"/></references>
<pkglist><collection short="x"><name>x</name>
<package name="kernel" version="6.6.0" release="1" epoch="0" arch="`+compose.Machine()+`"><filename>k.rpm</filename></package>
<package name="other" version="1" release="1" epoch="0" arch="noarch"><filename>o.rpm</filename></package></collection></pkglist></update>
<update type="bugfix"><id>BA-1</id><pkglist><collection><package name="setup" version="1" release="1" epoch="0" arch="noarch"/></collection></pkglist></update>
<update type="security"><id>SA-1</id><pkglist><collection><package name="setup" version="0" release="1" epoch="0" arch="noarch"/></collection></pkglist></update>
</updates>
`)
	_, err := rpmmd.CreateRepo(t.Context(), w.path("rpms"), &rpmmd.CreateOptions{Time: epoch, Documents: []rpmmd.ExtraDocument{{Type: "updateinfo", Path: w.path("updateinfo.xml")}}})
	require.NoError(t, err)
	repo := "--repo=" + w.path("repo")
	w.compose(minimal)
	want := "[('SA-2', 1, 3, ['kernel-6.6.0-1." + compose.Machine() + "'], {'cve_references': <[('https://a/1', 'CVE-2023-1 kernel: x')]>})]"
	require.Equal(t, want, strings.ReplaceAll(strings.TrimSpace(w.tool("ostree", repo, "show", "--print-metadata-key=rpmostree.advisories", "os/test")), "uint32 ", ""))
	res := w.compose(minimal + "advisories-metadata: disabled\n")
	_, ok := w.commit(res.Commit).Metadata.Lookup("rpmostree.advisories")
	require.False(t, ok)
	w.compose(minimal + "advisories-metadata: detached\n")
	require.Contains(t, w.tool("ostree", repo, "show", "--print-detached-metadata-key=rpmostree.advisories", "os/test"), "SA-2")
}

func TestSysusersForced(t *testing.T) {
	w := newWorld(t)
	w.packages(&rpmtest.Spec{Name: "sys", Requires: []string{"busybox"}, Files: []rpmtest.File{
		{Path: "/usr/lib/sysusers.d/sys.conf", Content: []byte("u sys 333\n")},
		{Path: "/usr/bin/systemd-sysusers", Mode: 0o755, Content: []byte("#!/bin/sh\necho sys:x:333:333::/:/bin/false >> /etc/passwd\necho sys:x:333: >> /etc/group\n")},
		{Path: "/usr/bin/sys", Mode: 0o755, User: "sys", Group: "sys", Content: []byte("x")},
	}})
	w.compose(with("sys", "sysusers: compose-forced\n"))
	require.Contains(t, w.tool("ostree", "--repo="+w.path("repo"), "ls", "os/test", "/usr/bin/sys"), "-00755 333 333")
	_, err := w.try(with("sys", "preserve-passwd: false\n"))
	require.ErrorContains(t, err, "Could not find user 'sys' in passwd file")
}

func TestDevicesAreLeftOut(t *testing.T) {
	w := newWorld(t)
	w.packages(&rpmtest.Spec{Name: "dev", Files: []rpmtest.File{{Path: "/usr/share/null", Mode: 0o20666, Rdev: 1<<8 | 3}, {Path: "/usr/share/ok", Content: []byte("ok")}}})
	res := w.compose(with("dev", ""))
	require.False(t, w.exists(res.Commit, "usr/share/null"))
	require.True(t, w.exists(res.Commit, "usr/share/ok"))
	_, err := w.try(with("dev", "ignore-devices: false\n"))
	require.EqualError(t, err, "treefile: ignore-devices: false: not supported")
}

func TestNormalizedDatabase(t *testing.T) {
	w := newWorld(t)
	now := func(o *compose.TreeOptions) { o.Epoch, o.ForceNoCache = time.Time{}, true }
	one, two := w.compose(minimal+"rpmdb-normalize: true\n", now), w.compose(minimal+"rpmdb-normalize: true\n", now)
	require.Equal(t, w.commit(one.Commit).Tree, w.commit(two.Commit).Tree)
	require.Greater(t, w.commit(one.Commit).Timestamp, uint64(epoch.Unix()))
}
