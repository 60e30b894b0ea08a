package layertest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

const realSpec = `
Name: real
Version: 1.2
Release: 3
Epoch: 4
Summary: Built by rpmbuild
License: MIT
BuildArch: noarch
AutoReqProv: no
Requires(pre): /bin/sh
Requires: (dep if busybox)
Recommends: hint

%description
All of it.

%install
mkdir -p %{buildroot}/usr/bin %{buildroot}/etc/real.d %{buildroot}/opt/real %{buildroot}/var/lib/real %{buildroot}/usr/share/doc/real %{buildroot}/run/real
echo '#!/bin/sh' > %{buildroot}/usr/bin/real; chmod 755 %{buildroot}/usr/bin/real
ln %{buildroot}/usr/bin/real %{buildroot}/usr/bin/real-hard; ln -s real %{buildroot}/usr/bin/real-soft
echo conf > %{buildroot}/etc/real.d/conf; echo opt > %{buildroot}/opt/real/file; echo doc > %{buildroot}/usr/share/doc/real/README; echo data > %{buildroot}/var/lib/real/data
echo %%{notexpanded} > %{buildroot}/usr/bin/cap; chmod 755 %{buildroot}/usr/bin/cap

%pre
echo "pre $1" >> /usr/share/real.log
%post -p /bin/sh
echo "post $1 %{name}" >> /usr/share/real.log
%posttrans
echo "posttrans $1" >> /usr/share/real.log
%preun
exit 1
%transfiletriggerin -- /usr/share/dep
sort >> /usr/share/real.log

%files
/usr/bin/real
/usr/bin/real-hard
/usr/bin/real-soft
%attr(4755,bin,wheel) %caps(cap_net_admin,cap_net_raw=ep) /usr/bin/cap
%dir /etc/real.d
%config(noreplace) /etc/real.d/conf
/opt/real
%attr(0750,bin,bin) %dir /var/lib/real
%ghost /var/lib/real/data
%doc /usr/share/doc/real/README
%dir /run/real
%ghost /etc/real.d/ghost
`

// TestRealPackage is built by rpmbuild, in a repository made by createrepo_c.
func TestRealPackage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(dir+"/real.spec", []byte(realSpec), 0o644))
	cmd := exec.Command(testutil.Tool(t, "rpmbuild"), "-bb", "--define", "_topdir "+dir, "--define", "_rpmdir "+dir, "--define", "__os_install_post %{nil}", "--define", "_build_id_links none",
		"--define", "_binary_payload w3.zstdio", dir+"/real.spec")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	list, err := filepath.Glob(dir + "/noarch/*.rpm")
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.NoError(t, os.Rename(list[0], w.packages+"/"+filepath.Base(list[0])))
	rpmtest.Write(t, w.packages, pkg("dep", file("/usr/share/dep/x", "x")))
	rpmtest.Write(t, w.packages, pkg("hint", file("/usr/share/hint", "x")))
	require.NoError(t, os.RemoveAll(w.packages+"/repodata"))
	testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, "createrepo_c"), "-q", w.packages)
	w.ok("install", "real")
	require.Equal(t, []string{"dep-1-1.noarch", "hint-1-1.noarch", "real-4:1.2-3.noarch"}, w.layered())
	require.Equal(t, "pre 1\npost 1 real\nposttrans 1\n/usr/share/dep/x\n", w.text("usr/share/real.log"))
	require.Equal(t, "104755 1:10", w.mode("usr/bin/cap"))
	got, _ := w.header("usr/bin/cap").Xattrs.Get("security.capability")
	require.Equal(t, caps(0x30), string(got))
	require.Contains(t, w.pkgRefs(), "real/4_3A1.2-3.noarch")
	require.Contains(t, w.text("usr/lib/tmpfiles.d/rpm-ostree-autovar.conf"), "d /var/lib/real 0750 bin bin - -\n")
	w.missing("usr/etc/real.d/ghost")
	require.Empty(t, w.rpmCheck())
}

// TestSystemctl only presets units while scriptlets run.
func TestSystemctl(t *testing.T) {
	t.Parallel()
	w := newWorld(t, toolPackage("/usr/bin/systemctl", "echo real $* >> /usr/share/log\n"), toolPackage("/usr/sbin/sss_cache", "exit 1\n"))
	before := w.text("usr/bin/systemctl")
	p := pkg("unit", file("/usr/lib/systemd/system/unit.service", "[Service]\n"))
	p.Scripts = scripts{rpm.ScriptPost: shell("systemctl enable unit.service; systemctl --no-reload preset unit.service; systemctl preset other.service; systemctl daemon-reload || exit 3; systemctl --root=/x enable y\n")}
	w.publish(p)
	r := w.ok("install", "unit")
	log := w.text("usr/share/log")
	require.Contains(t, log, "real preset other.service\n")
	require.Contains(t, log, "real --root=/x enable y\n")
	require.NotContains(t, log, "daemon-reload")
	require.NotContains(t, log, "enable unit")
	require.Contains(t, r.stdout+r.stderr, "rpm-ostree-systemctl: Ignored non-preset command: enable unit.service\n")
	require.Equal(t, before, w.text("usr/bin/systemctl"))
	require.Equal(t, "100755 0:0", w.mode("usr/sbin/sss_cache"))
	for path := range w.walk() {
		require.NotContains(t, path, "rpmostreesave")
	}
	// A scriptlet that fails must not leave the wrappers either.
	bad := pkg("bad")
	bad.Scripts = scripts{rpm.ScriptPost: shell("exit 1\n")}
	w.publish(bad)
	w.fails("Running %post for bad", "install", "bad")
}

// TestNameService keeps the configuration of the base.
func TestNameService(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pkg("base-config", file("/etc/nsswitch.conf", "passwd: files altfiles\n")))
	w.publish(pkg("other", file("/etc/nsswitch.conf", "passwd: files\n"), file("/usr/share/other", "x")))
	w.ok("install", "other")
	require.Equal(t, "passwd: files altfiles\n", w.text("usr/etc/nsswitch.conf"))
}

// TestOddRequests have characters that mean something in origin files.
func TestOddRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	epoch := &rpmtest.Spec{Name: "epoch", Epoch: "3", Version: "1", Release: "2", Arch: "x86_64", Files: []rpmtest.File{file("/usr/share/epoch", "e")}}
	path := w.file(epoch)
	w.ok("install", path)
	require.Contains(t, w.originText(), ":epoch-3:1-2.x86_64;")
	w.base("2.0")
	w.ok("upgrade")
	w.ok("uninstall", "epoch-3:1-2.x86_64")
	require.Empty(t, w.layered())
	w.fails("Packages not found: a;b", "install", "a;b")
	w.fails("Packages not found: a\\b", "install", `a\b`)
	w.publish(&rpmtest.Spec{Name: "semi", Provides: []string{`odd(x;y\z)`}})
	w.ok("install", `odd(x;y\z)`)
	require.Equal(t, []string{`odd(x;y\z)`}, []string(w.origin().Packages))
	w.base("3.0")
	w.ok("upgrade")
	require.Equal(t, []string{"semi-1-1.noarch"}, w.layered())
	w.ok("uninstall", `odd(x;y\z)`)
	w.fails("", "install", "")
	w.fails("", "install", "new\nline")
	w.fails("", "install", strings.Repeat("long", 5000))
}

// TestAllCommandsWithoutDeployment have nothing to work on.
func TestNoDeployment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fails("No previous deployment for OS 'other'", "install", "--os=other", "foo")
	other := *w
	other.sysroot = w.dir + "/nothing"
	for _, args := range [][]string{{"install", "foo"}, {"status"}, {"upgrade"}, {"kargs"}, {"cleanup", "-b"}, {"rollback"}} {
		r := other.run(args...)
		require.Equal(t, 1, r.exit, r)
		require.True(t, strings.HasPrefix(r.stderr, "error: "), r)
	}
}
