package layertest_test

import (
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/stretchr/testify/require"
)

// caps is the form of file capabilities in an attribute: version 2 with the effective bit.
func caps(bits byte) string {
	return string([]byte{1, 0, 0, 2, 0, bits, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
}

func TestFilesOfAllKinds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pkg("owner", file("/usr/share/owned", "same")))
	p := pkg("zoo",
		rpmtest.File{Path: "/etc/zoo.conf", Content: []byte("a=1\n"), Flags: rpm.FileConfig | rpm.FileNoReplace, Mode: 0o640},
		rpmtest.File{Path: "/etc/zoo.d", Mode: 0o40700},
		rpmtest.File{Path: "/etc/zoo.missing", Content: []byte("x"), Flags: rpm.FileConfig | rpm.FileMissingOK},
		rpmtest.File{Path: "/usr/share/ghost", Flags: rpm.FileGhost},
		rpmtest.File{Path: "/var/log/zoo.log", Flags: rpm.FileGhost},
		rpmtest.File{Path: "/run/zoo", Mode: 0o40755, Flags: rpm.FileGhost},
		rpmtest.File{Path: "/etc/ghost.conf", Flags: rpm.FileGhost | rpm.FileConfig},
		rpmtest.File{Path: "/usr/share/ghostdir", Mode: 0o40755, Flags: rpm.FileGhost},
		rpmtest.File{Path: "/usr/bin/ping", Mode: 0o755, Content: []byte("ping"), Caps: "cap_net_raw=ep"},
		rpmtest.File{Path: "/usr/bin/su", Mode: 0o4755, Content: []byte("su")},
		rpmtest.File{Path: "/usr/bin/wall", Mode: 0o2755, Content: []byte("wall")},
		rpmtest.File{Path: "/usr/share/sticky", Mode: 0o41777},
		rpmtest.File{Path: "/usr/share/secret", Mode: 0o100000, Content: []byte("s")},
		rpmtest.File{Path: "/usr/share/readonlydir", Mode: 0o40555}, file("/usr/share/readonlydir/x", "x"),
		rpmtest.File{Path: "/usr/share/empty"},
		rpmtest.File{Path: "/usr/share/hard1", Content: []byte("hard")}, rpmtest.File{Path: "/usr/lib/hard2", HardLink: "/usr/share/hard1"},
		rpmtest.File{Path: "/etc/hard3", HardLink: "/usr/share/hard1"}, rpmtest.File{Path: "/opt/zoo/hard4", HardLink: "/usr/share/hard1"},
		rpmtest.File{Path: "/usr/share/hard-empty1"}, rpmtest.File{Path: "/usr/share/hard-empty2", HardLink: "/usr/share/hard-empty1"},
		link("/usr/share/abs", "/etc/zoo.conf"), link("/usr/share/up", "../../../../etc/passwd"), link("/usr/share/dangling", "nowhere"),
		rpmtest.File{Path: "/usr/share/doc/zoo/README", Content: []byte("read"), Flags: rpm.FileDoc},
		rpmtest.File{Path: "/usr/share/licenses/zoo/MIT", Content: []byte("mit"), Flags: rpm.FileDoc | rpm.FileLicense},
		file("/bin/viabin", "b"), file("/lib/vialib", "l"), file("/sbin/viasbin", "s"), file("/lib64/vialib64", "6"),
		file("/boot/zoo.img", "boot"),
		file("/usr/share/name with spaces", "sp"), file("/usr/share/ünïcode", "u"), file("/usr/share/new\nline", "n"), file("/usr/share/%percent", "p"),
		file("/usr/share/owned", "same"),
		rpmtest.File{Path: "/usr/libexec/zoo/deep/er/file", Content: []byte("deep")},
	)
	p.Arch = "x86_64"
	w.publish(p)
	w.ok("install", "zoo")
	for name, want := range map[string]string{
		"usr/etc/zoo.conf": "100640 0:0", "usr/etc/zoo.d": "40700 0:0", "usr/etc/zoo.missing": "100644 0:0", "usr/bin/ping": "100755 0:0", "usr/bin/su": "104755 0:0",
		"usr/bin/wall": "102755 0:0", "usr/share/sticky": "41777 0:0", "usr/share/secret": "100000 0:0", "usr/share/readonlydir": "40755 0:0", "usr/share/empty": "100644 0:0",
		"usr/bin/viabin": "100755 0:0", "usr/lib/vialib": "100644 0:0", "usr/sbin/viasbin": "100755 0:0", "usr/lib64/vialib64": "100644 0:0", "usr/lib/ostree-boot/zoo.img": "100644 0:0",
		"usr/share/name with spaces": "100644 0:0", "usr/share/ünïcode": "100644 0:0", "usr/share/new\nline": "100644 0:0", "usr/share/%percent": "100644 0:0",
		"usr/share/hard1": "100644 0:0", "usr/lib/hard2": "100644 0:0", "usr/etc/hard3": "100644 0:0", "usr/lib/opt/zoo/hard4": "100644 0:0", "usr/libexec/zoo": "40755 0:0",
	} {
		require.Equal(t, want, w.mode(name), name)
	}
	for _, name := range []string{"usr/share/hard1", "usr/lib/hard2", "usr/etc/hard3", "usr/lib/opt/zoo/hard4"} {
		require.Equal(t, "hard", w.text(name), name)
	}
	got, _ := w.header("usr/bin/ping").Xattrs.Get("security.capability")
	require.Equal(t, caps(0x20), string(got))
	require.Equal(t, "../../../../etc/passwd", w.header("usr/share/up").Symlink)
	require.Equal(t, "/etc/zoo.conf", w.header("usr/share/abs").Symlink)
	w.missing("usr/share/ghost", "var/log", "run/zoo", "usr/etc/ghost.conf", "opt", "boot/zoo.img", "etc")
	require.Contains(t, w.text("usr/lib/tmpfiles.d/rpm-ostree-autovar.conf"), "L /opt/zoo - - - - ../../usr/lib/opt/zoo\n")
	for _, line := range w.rpmCheck() {
		// rpm escapes the names; the read-only directory is kept writable for its owner.
		if !strings.Contains(line, "/usr/share/readonlydir") && !strings.Contains(line, "missing     /usr/share/ghost") {
			t.Errorf("rpm -V: %s", line)
		}
	}
	w.publish(pkg("bytes", file("/usr/share/\xff\xfe", "b"))) // no name for ostree
	w.fails("UTF-8", "install", "bytes")
}

// TestTopLevelDirectories is about what an image has no place for.
func TestTopLevelDirectories(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(
		pkg("srv", file("/srv/x", "x")), pkg("home", dir("/home/user", 0o755)), pkg("own", file("/mydir/x", "x")), pkg("rootfile", file("/x", "x")),
		pkg("rootfiles", file("/root/.bashrc", "x"), file("/usr/share/rootfiles", "x")),
		pkg("local", file("/usr/local/bin/x", "x")),
		pkg("device", rpmtest.File{Path: "/usr/share/null", Mode: 0o20666, Rdev: 1<<8 | 3}), pkg("fifo", rpmtest.File{Path: "/usr/share/fifo", Mode: 0o10644}),
		pkg("boot", dir("/boot/loader", 0o700), file("/boot/loader/x", "x")),
	)
	const text = "Unsupported path; see https://github.com/projectatomic/rpm-ostree/issues/233"
	w.fails("Analyzing /srv/x: "+text, "install", "srv")
	w.fails(text, "install", "home")
	w.fails("Analyzing /mydir/x: "+text, "install", "own")
	w.fails(text, "install", "rootfile")
	w.fails("device", "install", "device")
	w.fails("fifo", "install", "fifo")
	w.ok("install", "rootfiles", "local", "boot")
	w.missing("root", "boot/loader")
	require.Equal(t, "x", w.text("usr/local/bin/x"))
	require.Equal(t, "x", w.text("usr/lib/ostree-boot/loader/x"))
	require.Equal(t, "x", w.text("usr/share/rootfiles"))
}

// TestLocalIsLink has a base where /usr/local is in /var.
func TestLocalIsLink(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pkg("locallink", link("/usr/local", "../var/usrlocal")))
	w.publish(pkg("local", file("/usr/local/bin/x", "x")))
	w.fails("local", "install", "local")
}

func TestVar(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pkg("tmpfiles", file("/usr/lib/tmpfiles.d/own.conf", "d /var/lib/configured 0700 root root -\n")))
	p := pkg("var",
		file("/etc/d.conf", "x"), file("/opt/acme/bin/x", "x"), file("/opt/beta", "x"), link("/opt/gamma", "acme"), dir("/opt/acme/empty", 0o750),
		rpmtest.File{Path: "/var/lib/d", Mode: 0o40750, User: "bin", Group: "wheel"}, file("/var/lib/d/seed", "x"), dir("/run/d", 0o755), link("/var/lib/d/link", "/usr/share/d"),
		dir("/var/run/old", 0o711), dir("/var/lib/configured", 0o755), dir("/var/lib/with space", 0o1777), link("/run/link", "../var/lib/d"),
		dir("/var/lib/alternatives", 0o755), file("/var/lib/alternatives/x", "x"), dir("/var/lib/rpm", 0o755), file("/var/lib/rpm/Packages", "x"),
		rpmtest.File{Path: "/var/cache/ghost", Mode: 0o40700, Flags: rpm.FileGhost},
		file("/var/lib/selinux/targeted/active", "x"),
		rpmtest.File{Path: "/usr/lib/tmpfiles.d/var.conf", Content: []byte("d /var/lib/own 0755 - - -\n")}, dir("/var/lib/own", 0o700),
	)
	w.publish(p)
	w.ok("install", "var")
	require.Equal(t, `# This file was generated by rpm-ostree.
L /opt/acme - - - - ../../usr/lib/opt/acme
L /opt/beta - - - - ../../usr/lib/opt/beta
L /opt/gamma - - - - ../../usr/lib/opt/gamma
d /run/d 0755 root root - -
L /run/link - - - - ../var/lib/d
d /run/old 0711 root root - -
L /var/lib/alternatives - - - - ../../usr/lib/alternatives
d /var/lib/d 0750 bin wheel - -
L /var/lib/d/link - - - - /usr/share/d
d '/var/lib/with space' 1777 root root - -
`, w.text("usr/lib/tmpfiles.d/rpm-ostree-autovar.conf"))
	require.Equal(t, "x", w.text("usr/lib/alternatives/x"))
	require.Equal(t, "x", w.text("usr/lib/opt/beta"))
	require.Equal(t, "40750 0:0", w.mode("usr/lib/opt/acme/empty"))
	require.Equal(t, "x", w.text("usr/etc/selinux/targeted/active"))
	w.missing("var/lib", "run/d", "opt")
	require.NotEmpty(t, w.text("usr/lib/rpm-ostree/tmpfiles.d/var.conf"))
	w.rpmOK()
	w.ok("uninstall", "var")
	w.missing("usr/lib/rpm-ostree/tmpfiles.d/var.conf", "usr/lib/tmpfiles.d/rpm-ostree-autovar.conf", "usr/lib/opt")
}

// TestTmpfilesOfRemoved forgets what a removed package of the base wanted.
func TestTmpfilesOfRemoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pkg("gone", dir("/var/lib/gone", 0o755), file("/opt/gone/x", "x"), file("/etc/gone", "x")), pkg("stays", dir("/var/lib/stays", 0o755)))
	w.ok("override", "remove", "gone")
	w.missing("usr/lib/rpm-ostree/tmpfiles.d/gone.conf", "usr/lib/opt/gone/x", "usr/etc/gone")
	require.NotContains(t, w.text("usr/lib/tmpfiles.d/rpm-ostree-autovar.conf"), "gone")
	require.Contains(t, w.text("usr/lib/tmpfiles.d/rpm-ostree-autovar.conf"), "/var/lib/stays")
	require.Equal(t, []string{"-gone-1-1.noarch"}, w.layered())
}

// TestLinksOfOtherPackages puts files through links that another package brings.
func TestLinksOfOtherPackages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pkg("links", link("/usr/share/inner", "real"), dir("/usr/share/real", 0o755), link("/usr/share/outer", "/tmp"), link("/usr/share/up", "../../../../../../../../dev/shm"), link("/usr/share/loop", "loop")))
	w.publish(pkg("through", file("/usr/share/inner/x", "x")), pkg("out", file("/usr/share/outer/evil", "x")), pkg("above", file("/usr/share/up/evil", "x")), pkg("looping", file("/usr/share/loop/x", "x")),
		pkg("linkself", link("/usr/share/self", "/etc")), pkg("aself", file("/usr/share/self/evil", "x")))
	// Directories through links are a conflict for ostree's checkout; what counts is that nothing leaves the tree.
	for _, name := range []string{"through", "out", "above", "looping"} {
		if r := w.run("install", name); r.exit != 0 {
			require.Contains(t, r.stderr, "error: ")
		}
	}
	w.run("install", "linkself", "aself")
	w.checkSystem()
	require.NoFileExists(t, "/tmp/evil")
	require.NoFileExists(t, "/dev/shm/evil")
	require.NoFileExists(t, "/etc/evil")
}

func TestUsers(t *testing.T) {
	t.Parallel()
	svc := func() *rpmtest.Spec {
		p := pkg("svc",
			rpmtest.File{Path: "/usr/share/svc", Mode: 0o640, Content: []byte("x"), User: "svc", Group: "svcgrp"},
			rpmtest.File{Path: "/usr/bin/setuid", Mode: 0o4750, Content: []byte("su"), User: "svc", Group: "wheel"},
			rpmtest.File{Path: "/usr/bin/capable", Mode: 0o755, Content: []byte("c"), User: "svc", Group: "svcgrp", Caps: "cap_net_raw=ep"},
			rpmtest.File{Path: "/usr/share/svcdir", Mode: 0o42770, User: "root", Group: "svcgrp"},
			rpmtest.File{Path: "/usr/share/svclink", LinkTo: "svc", User: "svc", Group: "svcgrp"},
			rpmtest.File{Path: "/etc/svc", Mode: 0o600, Content: []byte("x"), User: "svc", Group: "svcgrp"},
			rpmtest.File{Path: "/opt/svc/x", Mode: 0o600, Content: []byte("x"), User: "svc", Group: "svcgrp"},
			rpmtest.File{Path: "/usr/share/hard1", Mode: 0o644, Content: []byte("hard"), User: "svc", Group: "svcgrp"},
			rpmtest.File{Path: "/usr/share/hard2", HardLink: "/usr/share/hard1", User: "svc", Group: "svcgrp", Mode: 0o644},
			rpmtest.File{Path: "/var/lib/svc", Mode: 0o40700, User: "svc", Group: "svcgrp"},
			rpmtest.File{Path: "/usr/share/svcghost", User: "svc", Group: "svcgrp", Flags: rpm.FileGhost},
		)
		p.Scripts = scripts{
			rpm.ScriptPre: shell("getent() { grep ^$2: /etc/$1; }\ngetent group svcgrp || groupadd -r -g 477 svcgrp || exit 1\ngetent passwd svc || useradd -r -u 478 -g svcgrp -d / -s /sbin/nologin svc || exit 2\n"),
			// Later scripts see the owners.
			rpm.ScriptPost: shell("stat -c '%u:%g %a %n' /usr/share/svc /usr/bin/setuid /usr/share/svcdir > /usr/share/log\n"),
		}
		return p
	}
	tools := []*rpmtest.Spec{
		toolPackage("/usr/sbin/groupadd", "while [ $# -gt 1 ]; do [ $1 = -g ] && gid=$2; shift; done\necho $1:x:$gid: >> /etc/group\n"),
		toolPackage("/usr/sbin/useradd", "while [ $# -gt 1 ]; do [ $1 = -u ] && uid=$2; shift; done\ngid=$(grep ^svcgrp /etc/group | awk -F: '{print $3}')\necho $1:x:$uid:$gid::/:/sbin/nologin >> /etc/passwd\n"),
	}
	check := func(w *world) {
		for name, want := range map[string]string{
			"usr/share/svc": "100640 478:477", "usr/bin/setuid": "104750 478:10", "usr/bin/capable": "100755 478:477", "usr/share/svcdir": "42770 0:477", "usr/share/svclink": "120777 478:477",
			"usr/etc/svc": "100600 478:477", "usr/lib/opt/svc/x": "100600 478:477", "usr/share/hard1": "100644 478:477", "usr/share/hard2": "100644 478:477",
		} {
			require.Equal(t, want, w.mode(name), name)
		}
		got, _ := w.header("usr/bin/capable").Xattrs.Get("security.capability")
		require.Equal(t, caps(0x20), string(got))
		require.Contains(t, w.text("usr/lib/tmpfiles.d/rpm-ostree-autovar.conf"), "d /var/lib/svc 0700 svc svcgrp - -\n")
		require.Equal(t, "478:477 640 /usr/share/svc\n478:10 4750 /usr/bin/setuid\n0:477 2770 /usr/share/svcdir\n", w.text("usr/share/log"))
	}
	t.Run("etc", func(t *testing.T) {
		w := newWorld(t, tools...)
		w.publish(svc())
		w.ok("install", "svc")
		check(w)
		require.Contains(t, w.text("usr/etc/passwd"), "svc:x:478:477:")
		for _, line := range w.rpmCheck() {
			require.Regexp(t, `/etc/(passwd|group|shadow)$`, line)
		}
	})
	t.Run("altfiles", func(t *testing.T) {
		alt := pkg("altfiles", file("/usr/lib/passwd", "daemon:x:2:2::/:/sbin/nologin\n"), file("/usr/lib/group", "daemon:x:2:\nwheel:x:10:\n"))
		w := newWorld(t, append(tools, alt)...)
		etc := w.text("usr/etc/passwd")
		w.publish(svc())
		w.ok("install", "svc")
		check(w)
		require.Equal(t, etc, w.text("usr/etc/passwd"))
		require.Contains(t, w.text("usr/lib/passwd"), "svc:x:478:477:")
		require.Contains(t, w.text("usr/lib/passwd"), "daemon:x:2:2:")
	})
}

func TestSysusers(t *testing.T) {
	t.Parallel()
	const body = `for f in /usr/lib/sysusers.d/*.conf; do
  while read type name id rest; do
    [ "$type" = u ] || continue
    grep -q "^$name:" /etc/passwd || { echo "$name:x:$id:$id::/:/sbin/nologin" >> /etc/passwd; echo "$name:x:$id:" >> /etc/group; }
  done < $f
done
`
	w := newWorld(t, toolPackage("/usr/bin/systemd-sysusers", body), toolPackage("/usr/bin/rpm", "[ \"$*\" = '--eval %{?__systemd_sysusers}' ] && echo /usr/bin/systemd-sysusers\n"))
	p := pkg("svc", file("/usr/lib/sysusers.d/svc.conf", "u svc 479 \"Service\" / -\n"), rpmtest.File{Path: "/usr/share/svc", Content: []byte("x"), User: "svc", Group: "svc", Mode: 0o600})
	p.Scripts = scripts{rpm.ScriptPre: shell("grep svc /etc/passwd > /usr/share/log\n")}
	w.publish(p)
	w.ok("install", "svc")
	require.Equal(t, "100600 479:479", w.mode("usr/share/svc"))
	require.Contains(t, w.text("usr/share/log"), "svc:x:479:479")
}

func TestUsersThatAreMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(pkg("nouser", rpmtest.File{Path: "/usr/share/x", Content: []byte("x"), User: "nobodyhere"}), pkg("nogroup", rpmtest.File{Path: "/usr/share/y", Content: []byte("x"), Group: "nogrouphere"}))
	w.fails("While applying overrides for pkg nouser: Could not find user 'nobodyhere' in passwd file", "install", "nouser")
	w.fails("While applying overrides for pkg nogroup: Could not find group 'nogrouphere' in group file", "install", "nogroup")
}

// TestLocalUsers are those that the administrator has added: scripts see them, the tree does not get them.
func TestLocalUsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pkg("altfiles", file("/usr/lib/passwd", "daemon:x:2:2::/:/sbin/nologin\n"), file("/usr/lib/group", "daemon:x:2:\n")))
	etc := w.deploymentDir(w.deployments()[0]) + "/etc/passwd"
	appendTo(t, etc, "admin:x:1000:1000::/home/admin:/bin/sh\n")
	p := pkg("svc", file("/usr/share/svc", "x"))
	p.Scripts = scripts{rpm.ScriptPre: shell("cat /etc/passwd /usr/lib/passwd | grep -c ^admin: > /usr/share/log\n")}
	w.publish(p)
	w.ok("install", "svc")
	require.Equal(t, "1\n", w.text("usr/share/log"))
	require.NotContains(t, w.text("usr/lib/passwd")+w.text("usr/etc/passwd"), "admin")
	require.Contains(t, readFile(t, w.deploymentDir(w.deployments()[0])+"/etc/passwd"), "admin:x:1000")
}
