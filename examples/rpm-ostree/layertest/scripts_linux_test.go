package layertest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/stretchr/testify/require"
)

// TestScriptOrder runs every kind of scriptlet: three run, in phases over all packages, the others do not.
func TestScriptOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	all := func(name string) scripts {
		out := scripts{}
		for kind, text := range map[rpm.ScriptKind]string{rpm.ScriptPre: "pre", rpm.ScriptPost: "post", rpm.ScriptPostTrans: "posttrans"} {
			out[kind] = shell(fmt.Sprintf("test -e /usr/share/zlib && test -e /usr/share/app || exit 9\necho %s %s $# $1 >> /usr/share/log\n", text, name))
		}
		for _, kind := range []rpm.ScriptKind{rpm.ScriptPreTrans, rpm.ScriptPreUn, rpm.ScriptPostUn, rpm.ScriptVerify, rpm.ScriptPreUnTrans, rpm.ScriptPostUnTrans} {
			out[kind] = shell("echo must not run >> /usr/share/log; exit 1\n")
		}
		return out
	}
	bad := "echo must not run >> /usr/share/log; exit 1\n"
	app := &rpmtest.Spec{Name: "app", Requires: []string{"zlib"}, Files: []rpmtest.File{file("/usr/share/app", "x")}, Scripts: all("app"),
		Triggers: []rpm.Trigger{trigger(evr.TriggerUn, bad, "busybox"), trigger(evr.TriggerPostUn, bad, "busybox")}}
	zlib := &rpmtest.Spec{Name: "zlib", Files: []rpmtest.File{file("/usr/share/zlib", "x")}, Scripts: all("zlib"),
		FileTriggers: []rpm.Trigger{trigger(evr.TriggerIn, bad, "/usr/share")}, TransFileTriggers: []rpm.Trigger{trigger(evr.TriggerUn, bad, "/usr/share"), trigger(evr.TriggerPostUn, bad, "/usr/share")}}
	w.publish(app, zlib)
	w.ok("install", "app")
	require.Equal(t, "pre zlib 1 1\npre app 1 1\npost zlib 1 1\npost app 1 1\nposttrans zlib 1 1\nposttrans app 1 1\n", w.text("usr/share/log"))
	for _, line := range w.rpmCheck() {
		require.Contains(t, line, "%verify(") // the one that rpm runs itself
	}
}

// TestScriptOfReplacement is given 2, as an update is.
func TestScriptOfReplacement(t *testing.T) {
	t.Parallel()
	note := func(v string) *rpmtest.Spec {
		return &rpmtest.Spec{Name: "tool", Version: v, Files: []rpmtest.File{file("/usr/bin/tool", v)}, Scripts: scripts{
			rpm.ScriptPre: shell("echo pre $1 >> /usr/share/log\n"), rpm.ScriptPost: shell("echo post $1 >> /usr/share/log\n"),
			rpm.ScriptPreUn: shell("exit 1"), rpm.ScriptPostUn: shell("exit 1"), rpm.ScriptPostTrans: shell("echo posttrans $1 >> /usr/share/log\n")}}
	}
	w := newWorld(t, note("5"))
	for _, v := range []string{"6", "4"} {
		w.ok("override", "replace", w.file(note(v)))
		require.Equal(t, "pre 2\npost 2\nposttrans 2\n", strings.ReplaceAll(w.text("usr/share/log"), "posttrans 1", "posttrans 2"))
		require.Equal(t, v, w.text("usr/bin/tool"))
		w.ok("override", "reset", "tool")
	}
	w.missing("usr/share/log")
}

func TestScriptEnvironment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(&rpmtest.Spec{Name: "env", Scripts: scripts{rpm.ScriptPost: shell(`exec > /usr/share/log 2>&1
env | grep -v -e ^_= -e ^PWD= -e ^SHLVL= | sort
echo 0=$0 pwd=$(pwd) uid=$(id -u)
readlink /proc/self/fd/0
cat
test -e /run/ostree-booted && echo booted
test -e /usr/share/rpm/rpmdb.sqlite && echo database
ls /home /root /srv /sys/class 2>/dev/null | grep -c . | sed 's/[1-9][0-9]*/some/'
ip -o link | wc -l
echo x > /tmp/x && echo y > /var/tmp/y && echo z > /run/z && echo written
touch /var/lib/evil /var/evil /evil 2>/dev/null && echo too much
ls /etc/passwd
`)}, Files: []rpmtest.File{file("/usr/share/x", "")}}, &rpmtest.Spec{Name: "state", Requires: []string{"env"},
		Scripts: scripts{rpm.ScriptPre: shell("echo told > /var/lib/rpm-state/state\n"), rpm.ScriptPostTrans: shell("cat /var/lib/rpm-state/state > /usr/share/state\n")}})
	w.ok("install", "state")
	log := w.text("usr/share/log")
	require.True(t, strings.HasPrefix(log, "LANG=C\nPATH=/usr/sbin:/usr/bin\nSOURCE_DATE_EPOCH=1700000000\nSYSTEMD_OFFLINE=1\n0=/proc/self/fd/5 pwd=/ uid=0\n/dev/null\nbooted\n") ||
		strings.HasPrefix(log, "LANG=C.UTF-8\nPATH=/usr/sbin:/usr/bin\nSOURCE_DATE_EPOCH=1700000000\nSYSTEMD_OFFLINE=1\n0=/proc/self/fd/5 pwd=/ uid=0\n/dev/null\nbooted\n"), log)
	require.NotContains(t, log, "database")
	require.NotContains(t, log, "too much")
	require.Contains(t, log, "\n1\nwritten\n", "one network interface, and files that vanish")
	require.Equal(t, "told\n", w.text("usr/share/state"))
	w.missing("tmp/x", "var/tmp", "var/lib", "run/z", "evil")
	w.rpmOK()
}

func TestScriptInterpreters(t *testing.T) {
	t.Parallel()
	ldconfig := toolPackage("/usr/sbin/ldconfig", "echo ldconfig $# >> /usr/share/log\n")
	ldconfig.Provides = []string{"/sbin/ldconfig"}
	// What takes the place of rpm --eval.
	eval := toolPackage("/usr/bin/rpm", "[ $1 = --eval ] || exit 1\necho \"$2\" | sed -e 's#%{demo_dir}#/usr/share/demo#g; s#%%#%#g'\n")
	w := newWorld(t, ldconfig, eval)
	interpreter := file("/usr/bin/interp", "#!/bin/sh\necho interp \"$1\" \"$3\" >> /usr/share/log; cat $2 >> /usr/share/log\n")
	w.publish(
		&rpmtest.Spec{Name: "p", Scripts: scripts{rpm.ScriptPost: {Prog: []string{"/sbin/ldconfig"}}}},
		&rpmtest.Spec{Name: "args", Scripts: scripts{rpm.ScriptPost: {Prog: []string{"/bin/sh", "-e"}, Body: "false\necho not reached\n", HasBody: true}}},
		&rpmtest.Spec{Name: "own", Bare: true, Files: []rpmtest.File{interpreter}, Scripts: scripts{rpm.ScriptPost: {Prog: []string{"/usr/bin/interp", "-x"}, Body: "body\n", HasBody: true}}},
		&rpmtest.Spec{Name: "expand", Scripts: scripts{rpm.ScriptPost: {Body: "echo %{demo_dir} 100%% %{undefined} >> /usr/share/log\n", HasBody: true, Flags: 1}}},
		&rpmtest.Spec{Name: "noexpand", Scripts: scripts{rpm.ScriptPost: shell("echo '%{demo_dir}' 100%% >> /usr/share/log\n")}},
		&rpmtest.Spec{Name: "missing", Bare: true, Scripts: scripts{rpm.ScriptPost: {Prog: []string{"/usr/bin/nosuch"}, Body: "x\n", HasBody: true}}},
		&rpmtest.Spec{Name: "empty", Scripts: scripts{rpm.ScriptPost: shell("")}},
		&rpmtest.Spec{Name: "qformat", Scripts: scripts{rpm.ScriptPost: {Body: "echo %{NAME}\n", HasBody: true, Flags: 2}}},
	)
	w.ok("install", "p", "own", "noexpand", "empty", "expand")
	log := w.text("usr/share/log")
	for _, line := range []string{"ldconfig 0\n", "interp -x 1\nbody\n", "%{demo_dir} 100%%\n", "/usr/share/demo 100% %{undefined}\n"} {
		require.Contains(t, log, line)
	}
	w.fails("Running %post for args: bwrap(/bin/sh): Child process exited with code 1", "install", "args")
	w.fails("Running %post for missing: ", "install", "missing")
	w.fails("query format in '%post' of package 'qformat' is not supported", "install", "qformat")
}

func TestLua(t *testing.T) {
	t.Parallel()
	lua := func(body string) rpm.Script { return rpm.Script{Prog: []string{"<lua>"}, Body: body, HasBody: true} }
	w := newWorld(t, toolPackage("/usr/sbin/ldconfig", "echo ldconfig >> /usr/share/log\n"))
	w.publish(
		&rpmtest.Spec{Name: "lua", Scripts: scripts{rpm.ScriptPost: lua("print('x')\n")}},
		&rpmtest.Spec{Name: "luapre", Scripts: scripts{rpm.ScriptPre: lua("print('x')\n")}},
		&rpmtest.Spec{Name: "luaun", Scripts: scripts{rpm.ScriptPostUn: lua("print('x')\n"), rpm.ScriptPreTrans: lua("print('x')\n")}},
		&rpmtest.Spec{Name: "luaskip", Scripts: scripts{rpm.ScriptPost: lua("x = 1\n-- rpm-ostree-skip this\nerror('x')\n")}},
		&rpmtest.Spec{Name: "luatoolate", Scripts: scripts{rpm.ScriptPost: lua(strings.Repeat("x = 1\n", 10) + "-- rpm-ostree-skip\n")}},
		&rpmtest.Spec{Name: "glibc-common", Scripts: scripts{rpm.ScriptPost: lua("print('x')\n")}},
	)
	w.fails("Package 'lua' has (currently) unsupported <lua> script in '%post'", "install", "lua")
	w.fails("Package 'luapre' has (currently) unsupported <lua> script in '%pre", "install", "luapre")
	w.fails("Package 'luatoolate' has (currently) unsupported <lua> script in '%post'", "install", "luatoolate")
	w.ok("install", "luaun", "luaskip", "glibc-common")
	require.Contains(t, w.text("usr/share/log"), "ldconfig")
}

func TestScriptsThatFail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	add := func(name string, s *rpmtest.Spec) {
		s.Name, s.Files = name, []rpmtest.File{file("/usr/share/"+name, "x"), file("/etc/"+name, "x")}
		w.publish(s)
	}
	add("pre", &rpmtest.Spec{Scripts: scripts{rpm.ScriptPre: shell("echo said\nexit 3")}})
	add("post", &rpmtest.Spec{Scripts: scripts{rpm.ScriptPost: shell("exit 4")}})
	add("posttrans", &rpmtest.Spec{Scripts: scripts{rpm.ScriptPostTrans: shell("kill -9 $$")}})
	add("trigger", &rpmtest.Spec{TransFileTriggers: []rpm.Trigger{trigger(evr.TriggerIn, "cat >/dev/null; exit 5", "/usr/share")}})
	add("triggerin", &rpmtest.Spec{Triggers: []rpm.Trigger{trigger(evr.TriggerIn, "true", "busybox")}})
	add("triggerprein", &rpmtest.Spec{Triggers: []rpm.Trigger{trigger(evr.TriggerPreIn, "true", "busybox")}})
	add("destroy", &rpmtest.Spec{Scripts: scripts{rpm.ScriptPost: shell("rm -rf /usr/* /etc/* 2>/dev/null; exit 0")}})
	r := w.fails("Running %prein for pre: bwrap(/bin/sh): Child process exited with code 3", "install", "pre")
	require.Contains(t, r.stdout+r.stderr, "pre.prein: said\n")
	w.fails("Running %post for post: bwrap(/bin/sh): Child process exited with code 4", "install", "post")
	w.fails("Running %posttrans for posttrans: bwrap(/bin/sh): Child process killed by signal 9", "install", "posttrans")
	w.fails("Executing %transfiletriggerin for trigger: bwrap(/bin/sh): Child process exited with code 5", "install", "trigger")
	w.fails("Package 'triggerin' has (currently) unsupported script of type '%triggerin'; see https://github.com/coreos/rpm-ostree/issues/749", "install", "triggerin")
	w.fails("Package 'triggerprein' has (currently) unsupported script of type '%triggerprein'", "install", "triggerprein")
	w.fails("Sanity-checking final rootfs: ", "install", "destroy")
	require.Len(t, w.deployments(), 1)
}

// TestFileTriggers has triggers of the base, which see the new files, and of new packages, which see all.
func TestFileTriggers(t *testing.T) {
	t.Parallel()
	show := func(name string) string {
		return "{ echo " + name + " $#; cat; } >> /usr/share/log\n"
	}
	old := pkg("old", file("/usr/share/fonts/old", "x"), file("/usr/share/icons/old", "x"), file("/usr/share/fontsold", "x"))
	old.TransFileTriggers = []rpm.Trigger{
		trigger(evr.TriggerIn, show("base-fonts"), "/usr/share/fonts", "/usr/share/icons"), trigger(evr.TriggerIn, show("base-none"), "/usr/share/nothing"),
		trigger(evr.TriggerIn, show("base-etc"), "/etc"), trigger(evr.TriggerIn, show("base-local"), "/usr/local"), trigger(evr.TriggerIn, show("base-root"), "/"),
	}
	w := newWorld(t, old)
	newer := pkg("new", file("/usr/share/fonts/new", "x"), file("/usr/share/fontsnew", "x"), file("/etc/new", "x"), link("/usr/share/icons/new", "nowhere"))
	newer.TransFileTriggers = []rpm.Trigger{trigger(evr.TriggerIn, show("new-icons"), "/usr/share/icons/"), trigger(evr.TriggerIn, show("new-lib"), "/usr/lib/rare")}
	newer.Scripts = scripts{rpm.ScriptPost: shell("echo made > /usr/share/icons/made\n")}
	more := pkg("more", file("/usr/lib/rare64/x", "x"), file("/usr/lib/rare", "x"), dir("/usr/share/fonts/dir", 0o755))
	w.publish(newer, more)
	w.ok("install", "new", "more")
	require.Equal(t, `base-fonts 0
/usr/share/fonts/new
/usr/share/fontsnew
/usr/share/icons/new
new-icons 0
/usr/share/icons/made
/usr/share/icons/new
/usr/share/icons/old
new-lib 0
/usr/lib/rare
/usr/lib/rare64/x
`, strings.ReplaceAll(w.text("usr/share/log"), "/usr/share/fonts/dir\n", ""))
}

// TestScriptsSee tells what scripts see of /etc, /opt and each other's files, and that their changes are kept.
func TestScriptsSee(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pkg("conf", file("/etc/conf.d/old", "old\n"), file("/usr/share/old", "old\n"), file("/usr/share/gone/x", "x"), file("/usr/share/hard", "h"),
		rpmtest.File{Path: "/usr/share/hard2", HardLink: "/usr/share/hard"}))
	p := pkg("p", file("/etc/conf.d/new", "new\n"), file("/opt/p/bin/p", "p"), file("/usr/share/p", "p\n"))
	p.Scripts = scripts{rpm.ScriptPost: shell(`set -e
test -L /etc && exit 1
cat /etc/conf.d/new /usr/etc/conf.d/old /opt/p/bin/p > /usr/share/seen
echo more >> /etc/conf.d/old; echo more >> /usr/share/old; echo more >> /usr/share/p
rm -r /usr/share/gone; mkdir -m 0750 /usr/share/made; ln -s target /usr/share/made/link; echo x > /usr/share/made/file; chmod 4711 /usr/share/made/file
echo changed > /usr/share/hard
mv /usr/share/p /usr/share/moved
touch -d @5 /usr/share/old
`)}
	w.publish(p)
	before := w.tree()
	w.ok("install", "p")
	require.Equal(t, "new\nold\np", w.text("usr/share/seen"))
	require.Equal(t, "old\nmore\n", w.text("usr/etc/conf.d/old"))
	require.Equal(t, "old\nmore\n", w.text("usr/share/old"))
	require.Equal(t, "p\nmore\n", w.text("usr/share/moved"))
	require.Equal(t, "40750 0:0", w.mode("usr/share/made"))
	require.Equal(t, "104711 0:0", w.mode("usr/share/made/file"))
	require.Equal(t, "target", w.header("usr/share/made/link").Symlink)
	require.Equal(t, "changed\n", w.text("usr/share/hard"))
	w.missing("usr/share/gone", "usr/share/p", "etc", "opt")
	old, err := before.ReadFile("usr/share/hard")
	require.NoError(t, err)
	require.Equal(t, "h", string(old))
}
