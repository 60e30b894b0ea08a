package layertest_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

// TestCombinations change several things in one transaction.
func TestCombinations(t *testing.T) {
	t.Parallel()
	tool := func(v string) *rpmtest.Spec { return version(pkg("tool", file("/usr/bin/tool", v)), v) }
	w := newWorld(t, tool("1"), pkg("telnet", file("/usr/bin/telnet", "t")), pkg("gone"))
	base := w.first()
	w.publish(pkg("a"), pkg("b"), pkg("c"), tool("3"))
	w.ok("install", "a")
	w.ok("install", "b", "--uninstall=a")
	require.Equal(t, []string{"b-1-1.noarch"}, w.layered())
	w.ok("uninstall", "--all", "--install=c")
	require.Equal(t, []string{"c-1-1.noarch"}, w.layered())
	w.ok("override", "remove", "telnet", "--replace="+w.file(tool("2")), "--install=a", "--uninstall=c")
	require.Equal(t, []string{"a-1-1.noarch", "tool-2-1.noarch", "-telnet-1-1.noarch", "-tool-1-1.noarch"}, w.layered())
	w.ok("override", "reset", "telnet", "--uninstall=a")
	require.Equal(t, []string{"tool-2-1.noarch", "-tool-1-1.noarch"}, w.layered())
	w.ok("override", "reset", "--all")
	w.fails("--freeze is not supported", "override", "replace", "--experimental", "--freeze", "--from", "repo=extra", "tool")
	w.fails("Non-local replacement overrides not implemented yet", "override", "replace", "telnet")
	w.fails("Parsing override source", "override", "replace", "--experimental", "--from", "extra", "telnet")
	w.ok("reset", "--install=a")
	require.Equal(t, []string{"a-1-1.noarch"}, w.layered())
	w.base("2.0", tool("1"))
	w.ok("upgrade", "--install=b", "--uninstall=a")
	require.Equal(t, []string{"b-1-1.noarch"}, w.layered())
	require.NotEqual(t, base, w.commit(w.first()).Parent)
	w.ok("reset", "--overlays")
	require.Empty(t, w.layered())
	// Nothing of a change happens when a part of it fails.
	w.fails("Packages not found: nosuch", "install", "a", "nosuch", w.file(pkg("local")))
	require.NotContains(t, w.originText(), "local")
	w.fails("not currently requested", "install", "a", "--uninstall=never")
	w.fails(`Package "never" not found`, "override", "remove", "tool", "never")
}

// TestQuestions only ask.
func TestQuestions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	foo := pkg("foo", file("/usr/share/foo", "x"))
	foo.Summary = "A thing to layer"
	w.publish(foo, pkg("other"))
	before := w.snapshot()
	r := w.run("search", "layer")
	require.Contains(t, r.stdout, "===== Summary Matched =====\nfoo : A thing to layer\n")
	require.Contains(t, w.run("search", "nosuchthing").stdout, "No matches found.")
	r = w.run("db", "version", w.first().String())
	require.Regexp(t, `^ostree commit: [0-9a-f]{64}\n  rpmdbv is: +5:[0-9a-f]{40}\n$`, r.stdout)
	r = w.run("db", "list", w.first().String(), "ker*")
	require.Equal(t, "ostree commit: "+w.first().String()+"\n kernel-6.1.0-1.x86_64\n", r.stdout)
	r = w.run("initramfs")
	require.Contains(t, r.stdout, "Initramfs regeneration: disabled")
	require.Contains(t, w.run("initramfs-etc").stdout, "No tracked files.")
	require.Contains(t, w.run("override", "reset", "--all").stdout, "No change.")
	r = w.run("upgrade", "--check")
	require.Equal(t, 77, r.exit, r)
	require.Contains(t, r.stdout, "No updates available.")
	for _, args := range [][]string{{"apply-live"}, {"usroverlay"}, {"finalize-deployment", "--allow-missing-checksum"}, {"cancel"}} {
		require.Equal(t, 1, w.run(args...).exit, args)
	}
	require.Equal(t, 1, w.run("nosuchcommand").exit)
	require.Equal(t, 1, w.run("install", "--nosuchoption", "foo").exit)
	require.Equal(t, 1, w.run("install").exit)
	require.Empty(t, diff(before, w.snapshot()))
	w.base("2.0")
	r = w.run("upgrade", "--check")
	require.Zero(t, r.exit, r)
	require.Contains(t, r.stdout, "AvailableUpdate:")
	require.Contains(t, r.stdout, "2.0")
}

// TestRebuild takes requests from files.
func TestRebuild(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pkg("gone"))
	w.publish(pkg("foo", file("/usr/share/foo", "x")), pkg("bar"))
	dir := w.deploymentDir(w.deployments()[0]) + "/etc/rpm-ostree/origin.d"
	require.Contains(t, w.run("ex", "rebuild").stdout, "No changes to apply.")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	require.NoError(t, os.WriteFile(dir+"/10-a.yaml", []byte("packages:\n  - foo\noverride-remove:\n  - gone\n"), 0o644))
	require.NoError(t, os.WriteFile(dir+"/20-b.yaml", []byte("packages: [bar]\n"), 0o644))
	w.ok("ex", "rebuild")
	require.Equal(t, []string{"bar-1-1.noarch", "foo-1-1.noarch", "-gone-1-1.noarch"}, w.layered())
	require.NoFileExists(t, dir+"/10-a.yaml")
	require.NoError(t, os.MkdirAll(w.deploymentDir(w.deployments()[0])+"/etc/rpm-ostree/origin.d", 0o755))
	require.NoError(t, os.WriteFile(w.deploymentDir(w.deployments()[0])+"/etc/rpm-ostree/origin.d/bad.yaml", []byte("nonsense: 1\n"), 0o644))
	w.fails("nonsense", "ex", "rebuild")
}

// TestOutput is what scripts read: lines for the steps, and JSON.
func TestOutput(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := scripted("svc", "1")
	p.Scripts[rpm.ScriptPost] = shell("echo hello; echo error >&2\n")
	w.publish(p)
	r := w.ok("install", "svc")
	var steps []string
	for line := range strings.Lines(r.stdout) {
		if name, ok := strings.CutSuffix(strings.TrimSpace(line), "...done"); ok {
			steps = append(steps, name)
		}
	}
	base := w.deployments()[1].Commit.String()[:7]
	require.Equal(t, []string{"Checking out tree " + base, "Updating metadata for 'extra'", "Importing rpm-md", "Resolving dependencies", "Downloading from 'extra'", "Importing packages", "Checking out packages",
		"Running pre scripts", "Running post scripts", "Writing rpmdb", "Writing OSTree commit", "Deploying"}, steps)
	require.Contains(t, r.stdout+r.stderr, "svc.post: hello\n")
	require.Contains(t, r.stdout+r.stderr, "svc.post: error\n")
	require.Contains(t, r.stdout, "rpm-md repo 'extra'; generated: 2023-11-14T22:13:23Z solvables: 1\n")
	require.Contains(t, r.stdout, "Will download: 1 package (")
	require.Contains(t, r.stdout, "Added:\n  svc-1-1.noarch\nChanges queued for next boot. Run \"systemctl reboot\" to start a reboot\n")
	r = w.run("status", "--json")
	require.True(t, json.Valid([]byte(r.stdout)))
	require.Contains(t, r.stdout, `"requested-packages" : [`)
	r = w.run("uninstall", "svc")
	require.Contains(t, r.stdout, "Removed:\n  svc-1-1.noarch\n")
}
