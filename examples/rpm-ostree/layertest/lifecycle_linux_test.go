package layertest_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

// status is what "status --json" prints of the deployments.
func (w *world) status() []map[string]any {
	w.t.Helper()
	r := w.run("status", "--json")
	require.Zero(w.t, r.exit, r)
	var s map[string]any
	require.NoError(w.t, json.Unmarshal([]byte(r.stdout), &s))
	require.Len(w.t, s, 4)
	var out []map[string]any
	for _, d := range s["deployments"].([]any) {
		out = append(out, d.(map[string]any))
	}
	return out
}

// TestInactiveRequests are those that the base fulfils: they wait, and come back to life.
func TestInactiveRequests(t *testing.T) {
	t.Parallel()
	tool := func(v string) *rpmtest.Spec { return version(pkg("tool", file("/usr/bin/tool", v)), v) }
	w := newWorld(t, tool("1"))
	base := w.first()
	w.publish(tool("2"), pkg("other", file("/usr/share/other", "o")))
	w.fails(`"tool" is already provided by: tool-1-1.noarch. Use --allow-inactive to explicitly require it.`, "install", "tool")
	r := w.ok("install", "--allow-inactive", "tool")
	require.Contains(t, r.stdout, "Inactive requests:\n  tool (already provided by tool-1-1.noarch)\n")
	require.Equal(t, base, w.first(), "nothing is layered")
	require.Contains(t, w.originText(), "requested=tool;")
	d := w.status()[0]
	require.Equal(t, []any{"tool"}, d["requested-packages"])
	require.Equal(t, []any{}, d["packages"])
	w.unchanged("upgrade")

	w.ok("install", "other") // the inactive one is no obstacle
	require.Equal(t, []string{"other-1-1.noarch"}, w.layered())
	require.Equal(t, "['other']", w.meta("rpmostree.packages"))
	w.base("2.0") // drops it
	w.ok("upgrade")
	require.Equal(t, []string{"other-1-1.noarch", "tool-2-1.noarch"}, w.layered())
	require.Equal(t, "['other', 'tool']", w.meta("rpmostree.packages"))
	w.base("3.0", tool("3"))
	w.ok("upgrade")
	require.Equal(t, []string{"other-1-1.noarch"}, w.layered())
	require.Equal(t, "3", w.text("usr/bin/tool"))
	require.Contains(t, w.originText(), "requested=other;tool;")
	w.rpmOK()
	w.ok("uninstall", "tool")
	require.Contains(t, w.originText(), "requested=other;\n")
	w.ok("uninstall", "--all")
	require.NotContains(t, w.originText(), "requested")
	r = w.run("uninstall", "--all")
	require.Contains(t, r.stdout, "No change.")
	require.Zero(t, r.exit)
	w.fails("Package/capability 'other' is not currently requested", "uninstall", "other")
	w.unchanged("uninstall", "--idempotent", "other")

	// A request for what an override has removed.
	w.ok("override", "remove", "tool")
	w.fails("Cannot request 'tool' provided by removed package 'tool-3-1.noarch'", "install", "tool")
	w.missing("usr/bin/tool")
}

// TestInactiveOverrides wait too.
func TestInactiveOverrides(t *testing.T) {
	t.Parallel()
	tool := func(v string) *rpmtest.Spec { return version(pkg("tool", file("/usr/bin/tool", v)), v) }
	gone := pkg("gone", file("/usr/share/gone", "g"))
	w := newWorld(t, tool("1"), gone)
	w.ok("override", "remove", "gone")
	w.ok("override", "replace", w.file(tool("2")))
	w.missing("usr/share/gone")
	second := w.base("2.0") // without both
	w.ok("upgrade")
	require.Equal(t, second, w.first())
	require.Contains(t, w.originText(), "remove=gone;")
	require.Contains(t, w.originText(), "replace-local=")
	d := w.status()[0]
	require.Equal(t, []any{"gone"}, d["requested-base-removals"])
	require.NotContains(t, d, "base-checksum")
	// The file is gone, the cache keeps the package.
	require.NoError(t, os.RemoveAll(w.dir+"/files"))
	require.Contains(t, w.pkgRefs(), "tool/2-1.noarch")
	w.base("3.0", tool("1"), gone)
	w.ok("upgrade")
	require.Equal(t, "2", w.text("usr/bin/tool"))
	w.missing("usr/share/gone")
	w.ok("override", "reset", "--all")
	require.Equal(t, "1", w.text("usr/bin/tool"))
	require.Equal(t, "g", w.text("usr/share/gone"))
	w.fails(`Package "nosuch" not found`, "override", "remove", "nosuch")
	w.fails("No overrides for package 'tool'", "override", "reset", "tool")
	w.ok("override", "remove", "tool")
	w.fails("Override already exists for package 'tool'", "override", "remove", "tool")
	w.fails("Override already exists for package 'tool'", "override", "replace", w.file(tool("2")))
	w.ok("override", "reset", "tool-1-1.noarch")
}

// TestRemovalOfNeeded must say who needs it.
func TestRemovalOfNeeded(t *testing.T) {
	t.Parallel()
	user := pkg("user", file("/usr/share/user", "u"))
	user.Requires = []string{"lib"}
	w := newWorld(t, pkg("lib", file("/usr/share/lib", "l"), file("/usr/share/both", "b")), user, pkg("shares", file("/usr/share/both", "b")))
	r := w.fails("Could not depsolve transaction", "override", "remove", "lib")
	require.Contains(t, r.stderr, "user")
	w.ok("override", "remove", "lib", "user")
	require.Equal(t, "b", w.text("usr/share/both"), "another package has it too")
	w.rpmOK()
	w.publish(pkg("again"), version(pkg("lib", file("/usr/share/lib", "2")), "2"))
	w.fails("lib", "install", "lib") // removed, and requested from a repository
}

// TestLocalPackages stay over upgrades although their files are gone.
func TestLocalPackages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	agent := pkg("agent", file("/usr/share/agent", "1"))
	agent.Requires = []string{"dep"}
	w.publish(pkg("dep", file("/usr/share/dep", "d")))
	path := w.file(agent)
	w.ok("install", path)
	require.Equal(t, []string{"agent-1-1.noarch", "dep-1-1.noarch"}, w.layered())
	p, err := rpm.Open(path)
	require.NoError(t, err)
	require.NoError(t, p.Close())
	require.Contains(t, w.originText(), "requested-local="+localOf(t, w, "agent")+";")
	require.Equal(t, "@as []", w.meta("rpmostree.packages"))
	require.Equal(t, []any{"agent-1-1.noarch"}, w.status()[0]["requested-local-packages"])
	w.fails("Package 'agent-1-1.noarch' is already layered", "install", path)
	w.unchanged("install", "--idempotent", path)
	require.NoError(t, os.RemoveAll(w.dir+"/files"))
	w.base("2.0")
	w.ok("upgrade")
	require.Equal(t, "1", w.text("usr/share/agent"))
	w.ok("cleanup", "-b")
	w.base("3.0")
	w.ok("upgrade")
	w.rpmOK()
	newer := pkg("agent", file("/usr/share/agent", "2"))
	newer.Version = "2"
	w.fails("agent", "install", w.file(newer)) // both at once cannot be
	w.ok("install", w.dir+"/files/agent-2-1.noarch.rpm", "--uninstall=agent")
	require.Equal(t, []string{"agent-2-1.noarch"}, w.layered())
	w.ok("uninstall", "agent-2-1.noarch")
	require.Empty(t, w.layered())
	// The same name and version, but another package.
	one, two := w.file(pkg("twice", file("/usr/share/twice", "1"))), ""
	w.ok("install", one)
	w.ok("uninstall", "twice")
	two = w.file(pkg("twice", file("/usr/share/twice", "2")))
	w.ok("install", two)
	require.Equal(t, "2", w.text("usr/share/twice"))
}

// TestUpgrade follows the base with layers on it.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	lib := func(v string) *rpmtest.Spec { return version(pkg("lib", file("/usr/share/lib", v)), v) }
	w := newWorld(t, lib("1"))
	app := pkg("app", file("/usr/bin/app", "a"), file("/etc/app.conf", "default\n"))
	app.Requires = []string{"lib"}
	w.publish(app)
	r := w.run("upgrade")
	require.Zero(t, r.exit)
	require.Contains(t, r.stdout, "No upgrade available.")
	w.unchanged("upgrade")
	w.ok("install", "app")
	first := w.first()
	require.NoError(t, os.WriteFile(w.deploymentDir(w.deployments()[0])+"/etc/app.conf", []byte("edited\n"), 0o644))
	w.unchanged("upgrade")
	next := w.base("2.0", lib("2"))
	r = w.ok("upgrade")
	require.Contains(t, r.stdout, "Upgraded:\n  demo-release 1.0-1 -> 2.0-1\n  lib 1-1 -> 2-1\n")
	require.Contains(t, r.stdout, `Run "systemctl reboot" to start a reboot`)
	require.Equal(t, next, w.commit(w.first()).Parent)
	require.Equal(t, "edited\n", readFile(t, w.deploymentDir(w.deployments()[0])+"/etc/app.conf"))
	require.Equal(t, "default\n", w.text("usr/etc/app.conf"))
	require.Len(t, w.deployments(), 2)
	r = w.run("db", "diff", first.String(), w.first().String())
	require.Zero(t, r.exit, r)
	require.Equal(t, "ostree diff commit from: "+first.String()+"\nostree diff commit to:   "+w.first().String()+"\nUpgraded:\n  demo-release 1.0-1 -> 2.0-1\n  lib 1-1 -> 2-1\n", r.stdout)
	r = w.run("db", "diff", "--format=json", first.String(), w.first().String())
	var d map[string]any
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &d), r)
	require.Len(t, d["pkgdiff"], 2)
	r = w.run("db", "list", w.first().String())
	require.Contains(t, r.stdout, "ostree commit: "+w.first().String()+"\n app-1-1.noarch\n busybox-1-1.x86_64\n")

	// The new base does not work with the package: nothing happens.
	conflicting := pkg("hostile")
	conflicting.Conflicts = []string{"app"}
	w.base("3.0", lib("3"), conflicting)
	w.fails("Could not depsolve transaction", "upgrade")
	w.base("4.0", lib("4"), pkg("taken", file("/usr/bin/app", "other")))
	w.fails("File exists", "upgrade")
	w.base("5.0") // lib is gone, the repository has none
	w.fails("nothing provides lib needed by app-1-1.noarch", "upgrade")
	w.publish(lib("9"))
	w.ok("upgrade")
	require.Equal(t, []string{"app-1-1.noarch", "lib-9-1.noarch"}, w.layered())
	w.ok("upgrade", "--uninstall=app")
	require.Empty(t, w.layered())
	w.rpmOK()
}

func TestRollbackKargsPins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(pkg("foo", file("/usr/bin/foo", "x")))
	w.fails("No rollback deployment found", "rollback")
	base := w.first()
	w.ok("install", "foo")
	layered := w.first()
	r := w.ok("rollback")
	require.Contains(t, r.stdout, "Moving '"+base.String()+".0' to be first deployment\n")
	require.Equal(t, base, w.first())
	require.NotContains(t, w.originText(), "foo")
	w.ok("rollback")
	require.Equal(t, layered, w.first())

	r = w.run("kargs")
	require.Regexp(t, `^root=UUID=x quiet ostree=/ostree/boot\.[01]/demo/[0-9a-f]{64}/\d\n$|^root=UUID=x ostree=\S+ quiet\n$`, strings.TrimPrefix(r.stdout, "The kernel arguments are:\n"))
	w.ok("kargs", "--append=a=1", "--append=a=2", "--append-if-missing=a=1", "--delete=quiet", `--append=foo="b c"`)
	require.Equal(t, layered, w.first())
	require.Contains(t, w.run("kargs").stdout, `a=1 a=2 foo="b c"`)
	require.Contains(t, w.originText(), "requested=foo;")
	w.fails("Multiple values for key 'a' found", "kargs", "--delete=a")
	w.fails("No key 'nosuch' found", "kargs", "--delete=nosuch")
	w.ok("kargs", "--replace=a=1=3", "--delete-if-present=nosuch")
	require.Contains(t, w.run("kargs").stdout, "a=3 a=2")
	w.unchanged("kargs", "--append-if-missing=a=3")
	w.ok("uninstall", "foo")
	require.Contains(t, w.run("kargs").stdout, `a=3 a=2 foo="b c"`, "the next deployment has them too")
	r = w.ok("cleanup", "-p")
	require.Contains(t, r.stdout, "Deployments unchanged.")
	n := len(w.deployments())
	require.Equal(t, 2, n)
	w.ok("cleanup", "-r")
	require.Len(t, w.deployments(), 1)
	require.Empty(t, w.pkgRefs())
	w.fails("At least one cleanup option must be specified", "cleanup")
}

func TestRebaseAndDeploy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pkg("only1", file("/usr/share/only1", "1")))
	w.publish(pkg("foo", file("/usr/bin/foo", "x")))
	w.ok("install", "foo")
	other := w.baseOn("other/2/x86_64", "9.0", pkg("only2"))
	w.fails("Old and new refs are equal: "+branch, "rebase", branch)
	w.fails("nosuch", "rebase", ":nosuch/branch")
	w.ok("rebase", ":other/2/x86_64")
	require.Equal(t, other, w.commit(w.first()).Parent)
	require.Contains(t, w.originText(), "baserefspec=other/2/x86_64\n")
	require.Equal(t, []string{"foo-1-1.noarch"}, w.layered())
	require.Equal(t, "'9.0'", w.meta("version"))
	w.rpmOK()
	w.fails("nosuch/branch", "rebase", ":nosuch/branch", "--uninstall=foo")

	second := w.baseOn("other/2/x86_64", "9.1")
	w.baseOn("other/2/x86_64", "9.2")
	r := w.ok("deploy", "9.1")
	require.Contains(t, r.stdout, "Resolving version '9.1'")
	require.Equal(t, second, w.commit(w.first()).Parent)
	require.Contains(t, w.originText(), "override-commit="+second.String())
	w.fails("Version 77 not found in other/2/x86_64", "deploy", "version=77")
	w.fails("Checksum "+strings.Repeat("a", 64)+" not found in other/2/x86_64", "deploy", strings.Repeat("a", 64))
	w.ok("deploy", "revision="+other.String())
	require.Equal(t, other, w.commit(w.first()).Parent)
	w.ok("upgrade")
	require.NotContains(t, w.originText(), "override-commit")
	require.Equal(t, "'9.2'", w.meta("version"))
	w.fails("is chronologically older than current revision", "deploy", "--disallow-downgrade", "--skip-branch-check", other.String())

	// Pinned to a commit.
	w.ok("rebase", other.String())
	require.Contains(t, w.originText(), "baserefspec="+other.String())
	r = w.run("upgrade")
	require.Contains(t, r.stdout, "Pinned to commit")
	require.Zero(t, r.exit)
	w.ok("uninstall", "foo")
	require.Equal(t, other, w.first())
	require.Contains(t, w.originText(), "refspec="+other.String())
}

func TestStatus(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pkg("telnet", file("/usr/bin/telnet", "t")), pkg("tool", file("/usr/bin/tool", "1")))
	w.publish(pkg("vim", file("/usr/bin/vim", "v")))
	d := w.status()[0]
	for key, want := range map[string]any{
		"id": "demo-" + w.first().String() + ".0", "osname": "demo", "checksum": w.first().String(), "serial": 0.0, "booted": false, "staged": false, "pinned": false, "unlocked": "none",
		"version": "1.0", "origin": branch, "requested-packages": []any{}, "packages": []any{}, "regenerate-initramfs": false, "requested-local-packages": []any{}, "requested-base-removals": []any{},
	} {
		require.Equal(t, want, d[key], key)
	}
	require.NotContains(t, d, "base-checksum")
	base := w.first()
	w.ok("install", "vim")
	w.ok("override", "remove", "telnet")
	w.ok("override", "replace", w.file(version(pkg("tool", file("/usr/bin/tool", "2")), "2")))
	d = w.status()[0]
	require.Equal(t, base.String(), d["base-checksum"])
	require.Equal(t, []any{"vim"}, d["packages"])
	require.Equal(t, []any{"telnet"}, d["requested-base-removals"])
	require.Equal(t, []any{[]any{"telnet-1-1.noarch", "telnet", 0.0, "1", "1", "noarch"}}, d["base-removals"])
	require.Equal(t, []any{"tool-2-1.noarch"}, d["requested-base-local-replacements"])
	require.Len(t, d["base-local-replacements"], 1)
	require.Equal(t, true, d["layered-commit-meta"].(map[string]any)["rpmostree.clientlayer"])
	r := w.run("status")
	for _, line := range []string{"BaseCommit: " + base.String(), "RemovedBasePackages: telnet 1-1", "LocalOverrides: tool 1-1 -> 2-1", "LayeredPackages: vim"} {
		require.Contains(t, r.stdout, line)
	}
}

// TestConfigurationFiles are merged by ostree, not by rpm.
func TestConfigurationFiles(t *testing.T) {
	t.Parallel()
	conf := func(v string) *rpmtest.Spec {
		return version(pkg("conf", rpmtest.File{Path: "/etc/conf", Content: []byte("default " + v), Flags: rpm.FileConfig}, rpmtest.File{Path: "/etc/noreplace", Content: []byte("default " + v), Flags: rpm.FileConfig | rpm.FileNoReplace}), v)
	}
	w := newWorld(t, conf("1"))
	etc := func() string { return w.deploymentDir(w.deployments()[0]) + "/etc/" }
	require.NoError(t, os.WriteFile(etc()+"conf", []byte("mine"), 0o644))
	w.ok("override", "replace", w.file(conf("2")))
	require.Equal(t, "mine", readFile(t, etc()+"conf"))
	require.Equal(t, "default 2", readFile(t, etc()+"noreplace"))
	require.Equal(t, "default 2", w.text("usr/etc/conf"))
	for _, pattern := range []string{"*.rpmnew", "*.rpmsave", "*.rpmorig"} {
		list, _ := filepath.Glob(etc() + pattern)
		require.Empty(t, list)
	}
	w.rpmOK()
}

// TestResetAndCombined drops everything at once.
func TestReset(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pkg("telnet", file("/usr/bin/telnet", "t")))
	base := w.first()
	w.publish(pkg("vim", file("/usr/bin/vim", "v")), pkg("htop"))
	w.ok("install", "vim")
	w.ok("override", "remove", "telnet", "--install=htop")
	require.Equal(t, []string{"htop-1-1.noarch", "vim-1-1.noarch", "-telnet-1-1.noarch"}, w.layered())
	w.ok("reset", "--overrides")
	require.Equal(t, []string{"htop-1-1.noarch", "vim-1-1.noarch"}, w.layered())
	w.ok("reset")
	require.Equal(t, base, w.first())
	require.Contains(t, w.originText(), "[origin]\nrefspec="+branch+"\n")
	require.NotContains(t, w.originText(), "baserefspec")
}

// TestOldDeploymentsStay compares the second deployment and all objects with what they were.
func TestOldDeploymentsStay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pkg("tool", file("/usr/bin/tool", "1")))
	w.publish(scripted("svc", "1"))
	objects := func() map[string]string {
		s, err := take(w.sysroot+"/ostree/repo/objects", nil)
		require.NoError(t, err)
		return s
	}
	old, before := w.deployments()[0], objects()
	tree, err := take(w.deploymentDir(old), nil)
	require.NoError(t, err)
	w.ok("install", "svc")
	after := objects()
	for path, line := range before {
		if !strings.HasPrefix(line, "4") && after[path] != line {
			t.Errorf("%s: %s, was %s", path, after[path], line)
		}
	}
	again, err := take(w.deploymentDir(w.deployments()[1]), nil)
	require.NoError(t, err)
	require.Empty(t, diff(tree, again))
	// Files that nobody changed are shared.
	a, err := os.Stat(w.deploymentDir(w.deployments()[0]) + "/usr/bin/busybox")
	require.NoError(t, err)
	b, err := os.Stat(w.deploymentDir(w.deployments()[1]) + "/usr/bin/busybox")
	require.NoError(t, err)
	require.True(t, os.SameFile(a, b))
}

// TestUnknownKeys of origin files are kept.
func TestUnknownKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(pkg("foo"))
	appendTo(t, w.deploymentDir(w.deployments()[0])+".origin", "\n[vendor]\nkey=value\n[libostree-transient]\npinned=true\n")
	w.ok("install", "foo")
	require.Contains(t, w.originText(), "[vendor]\nkey=value\n")
	require.NotContains(t, w.originText(), "pinned")
	require.Len(t, w.deployments(), 2)
	w.ok("uninstall", "foo")
	require.Len(t, w.deployments(), 3, "the pinned one stays")
	require.True(t, slices.ContainsFunc(w.status(), func(d map[string]any) bool { return d["pinned"] == true }))
}
