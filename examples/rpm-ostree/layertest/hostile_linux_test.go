package layertest_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
)

// TestHostileScripts try to harm the machine, other files and the repository. The last deployment and all objects must
// be what they were; what scripts may change is their own tree.
func TestHostileScripts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pkg("base", file("/usr/share/base", "base"), file("/etc/base", "base")))
	outside := w.dir + "/outside"
	require.NoError(t, os.WriteFile(outside, []byte("safe"), 0o666))
	for name, body := range map[string]string{
		"truncate":  "for f in /usr/bin/* /usr/share/* /etc/*; do (echo -n '' >> $f) 2>/dev/null; done; truncate -s 0 /usr/share/base /etc/base; chmod 0777 /usr/share/base; chown 7:7 /usr/share/base; ln /usr/share/base /usr/share/base2; exit 0",
		"outside":   "echo bad > " + outside + "; echo bad > /proc/1/root" + outside + "; echo bad > /proc/self/cwd/.." + outside + "; ls /proc/1/root/ > /usr/share/log; exit 0",
		"mount":     "mount -o remount,rw / 2>/dev/null && echo remounted > /usr/share/log; mount -t tmpfs x /usr/share 2>/dev/null && echo mounted > /usr/log; mount --bind / /tmp 2>/dev/null && echo bound > /usr/log; exit 0",
		"device":    "mknod /usr/share/disk b 1 0 2>/dev/null; mknod /usr/share/tty c 5 0 2>/dev/null; exit 0",
		"fifo":      "mknod /usr/share/pipe p; exit 0",
		"processes": "sleep 1000 & setsid sleep 1001 >/dev/null 2>&1 & (sleep 1002 </dev/null >/dev/null 2>&1 &) ; exit 0",
		"kill":      "kill -9 -1; kill -9 $PPID; kill -9 1; exit 0",
		"output":    "i=0; while [ $i -lt 300 ]; do dd if=/dev/zero bs=4096 count=1 2>/dev/null; i=$((i+1)); done; echo; printf '\\033[2J\\001\\n'; exit 0",
		"database":  "rm -rf /usr/share/rpm/*; echo x > /usr/share/rpm/rpmdb.sqlite; exit 0",
		"passwd":    "echo 'evil:x:0:0::/:/bin/sh' >> /etc/passwd; echo 'root::::::::' > /etc/shadow; exit 0",
		"etclink":   "rm -rf /etc/base; ln -s /../../../../../../" + outside + " /etc/base; ln -sf " + outside + " /usr/share/abs; exit 0",
		"network":   "nc -w 1 127.0.0.1 1 </dev/null && echo connected > /usr/share/log; exit 0",
		"fork":      "f() { sleep 0.1; }; i=0; while [ $i -lt 200 ]; do f & i=$((i+1)); done; exit 0",
		"names":     "touch '/usr/share/new\nline' '/usr/share/ blank ' '/usr/share/-rf' /usr/share/.wh.base; exit 0",
		"immutable": "mkdir -m 000 /usr/share/locked; touch /usr/share/locked/x; chmod 000 /usr/share/locked; exit 0",
	} {
		p := pkg(name, file("/usr/share/of-"+name, "x"))
		p.Scripts = scripts{rpm.ScriptPost: shell(body + "\n")}
		w.publish(p)
	}
	before, err := take(w.deploymentDir(w.deployments()[0]), nil)
	require.NoError(t, err)
	base := w.first()
	for _, name := range []string{"truncate", "outside", "mount", "device", "fifo", "processes", "kill", "output", "database", "passwd", "etclink", "network", "fork", "names", "immutable"} {
		snap := w.snapshot()
		r := w.run("install", name)
		w.checkSystem()
		if r.exit != 0 {
			if d := diff(snap, w.snapshot()); len(d) > 0 {
				t.Errorf("%v\n%s", r, strings.Join(d, "\n"))
			}
			t.Logf("%s: %s", name, r.stderr)
		} else {
			if name != "passwd" {
				require.NotContains(t, w.text("usr/share/of-"+name), "bad")
			}
			for _, line := range w.rpmCheck() {
				if !regexp.MustCompile(`/usr/share/base|/etc/|/usr/bin/`).MatchString(line) {
					t.Errorf("%s: rpm -V: %s", name, line)
				}
			}
			if b, err := w.tree().ReadFile("usr/share/log"); err == nil {
				require.NotRegexp(t, "remounted|mounted|bound|connected|sysroot", string(b), name)
			}
			w.ok("uninstall", name)
		}
		require.Equal(t, base, w.first(), name)
		after, err := take(w.deploymentDir(w.deployments()[0]), nil)
		require.NoError(t, err)
		if d := diff(before, after); len(d) > 0 && name != "etc" {
			t.Errorf("%s: the deployment changed:\n%s", name, strings.Join(d[:min(9, len(d))], "\n"))
		}
		require.Equal(t, "safe", readFile(t, outside), name)
	}
}

// TestHostilePackages have paths that lead elsewhere.
func TestHostilePackages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	evil := func(name string, change func(b *rpm.HeaderBuilder), files ...rpmtest.File) string {
		s := pkg(name, files...)
		s.Header = change
		return w.file(s)
	}
	x := file("/usr/share/x", "x")
	names := func(dir, base string) func(*rpm.HeaderBuilder) {
		return func(b *rpm.HeaderBuilder) {
			b.SetStrings(rpm.TagDirnames, dir)
			b.SetStrings(rpm.TagBasenames, base)
		}
	}
	for _, path := range []string{
		evil("dotdot", names("/usr/share/../../../../tmp/", "evil"), x), evil("dotdotname", names("/usr/share/", ".."), x), evil("slash", names("/usr/share/", "a/../../../../../tmp/evil"), x),
		evil("relative", names("usr/share/", "x"), x), evil("emptyname", names("/usr/share/", ""), x), evil("dots", names("/usr/./share//", "x"), x), evil("nul", names("/usr/share/", "."), x),
		evil("badname", func(b *rpm.HeaderBuilder) { b.SetString(rpm.TagName, "../../../share/evil") }, dir("/var/lib/x", 0o755)), evil("hugesize", func(b *rpm.HeaderBuilder) { b.SetUint32s(rpm.TagFileSizes, 0xfffffff0) }, x),
		evil("baddigest", func(b *rpm.HeaderBuilder) { b.SetStrings(rpm.TagFileDigests, strings.Repeat("0", 64)) }, x),
		evil("long", func(*rpm.HeaderBuilder) {}, file("/usr/share/"+strings.Repeat("a", 300), "x")),
		evil("deep", func(*rpm.HeaderBuilder) {}, file("/usr/share/"+strings.Repeat("a/", 3000)+"x", "x")),
	} {
		snap := w.snapshot()
		r := w.run("install", path)
		w.checkSystem()
		if r.exit == 0 {
			t.Logf("%s is accepted", filepath.Base(path))
			for p := range w.walk() {
				if strings.Contains(p, "evil") || strings.Contains(p, "..") {
					t.Errorf("%s has put %q into the tree", path, p)
				}
			}
			w.ok("uninstall", "--all")
			continue
		}
		require.Equal(t, 1, r.exit, r)
		if d := diff(snap, w.snapshot()); len(d) > 0 {
			t.Errorf("%v\n%s", r, strings.Join(d, "\n"))
		}
	}
	require.NoFileExists(t, "/tmp/evil")
	// Links of one package must not lead files of another out of the tree.
	w.publish(pkg("alink", link("/usr/share/out", w.dir)), pkg("bfile", file("/usr/share/out/evil", "x")), pkg("aetc", link("/usr/share/etclink", "../etc")), pkg("betc", file("/usr/share/etclink/evil", "x")))
	for _, list := range [][]string{{"alink", "bfile"}, {"aetc", "betc"}} {
		w.run(append([]string{"install"}, list...)...)
		w.checkSystem()
		require.NoFileExists(t, w.dir+"/evil")
	}
}

// walk returns all paths of the first deployment's commit.
func (w *world) walk() map[string]bool {
	w.t.Helper()
	out := map[string]bool{}
	var walk func(dir string)
	tree := w.tree()
	walk = func(dir string) {
		list, err := tree.ReadDir(dir)
		require.NoError(w.t, err)
		for _, e := range list {
			p := filepath.Join(dir, e.Name())
			out[p] = true
			if e.IsDir() {
				walk(p)
			}
		}
	}
	walk(".")
	return out
}

// edit changes primary.xml of the repository, and what describes it.
func (w *world) edit(change func(primary string) string) {
	w.t.Helper()
	_, err := rpmmd.CreateRepo(w.t.Context(), w.packages, &rpmmd.CreateOptions{Time: epoch, Compression: "none", SimpleNames: true})
	require.NoError(w.t, err)
	name := w.packages + "/repodata/primary.xml"
	old := readFile(w.t, name)
	text := change(old)
	require.NotEqual(w.t, old, text)
	require.NoError(w.t, os.WriteFile(name, []byte(text), 0o644))
	repomd := readFile(w.t, w.packages+"/repodata/repomd.xml")
	sum := func(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) }
	repomd = strings.ReplaceAll(repomd, sum(old), sum(text))
	repomd = strings.ReplaceAll(repomd, fmt.Sprintf("<size>%d</size>", len(old)), fmt.Sprintf("<size>%d</size>", len(text)))
	repomd = strings.ReplaceAll(repomd, fmt.Sprintf("<open-size>%d</open-size>", len(old)), fmt.Sprintf("<open-size>%d</open-size>", len(text)))
	require.NoError(w.t, os.WriteFile(w.packages+"/repodata/repomd.xml", []byte(repomd), 0o644))
}

// TestRepositoryThatLies has metadata that are not true.
func TestRepositoryThatLies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(pkg("foo", file("/usr/share/foo", "x")))
	sub := func(pattern, with string) func(string) string {
		return func(s string) string { return regexp.MustCompile(pattern).ReplaceAllString(s, with) }
	}
	for _, c := range []struct {
		name, text string
		change     func(string) string
	}{
		{"checksum", "foo", sub(`pkgid="YES">[0-9a-f]{64}`, `pkgid="YES">`+strings.Repeat("a", 64))},
		{"smaller", "foo", sub(`package="\d+"`, `package="100"`)},
		{"larger", "foo", sub(`package="\d+"`, `package="1000000000000"`)},
		{"version", "foo", sub(`ver="1" rel="1"`, `ver="2" rel="1"`)},
		{"name", "bar", sub(`<name>foo</name>`, `<name>bar</name>`)},
		{"location", "foo", sub(`href="foo-`, `href="../files/foo-`)},
		{"outside", "foo", sub(`href="[^"]*"`, `href="../../../../../../etc/passwd"`)},
		{"truncated", "primary", func(s string) string { return s[:len(s)/2] }},
		{"no xml", "primary", func(string) string { return "\x00\x01 nothing" }},
		{"bomb", "primary", func(s string) string {
			return strings.Replace(s, "<metadata", "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]>\n<metadata", 1) + "&b;"
		}},
	} {
		w.edit(c.change)
		want := "foo"
		if c.name == "name" {
			want = "bar"
		}
		snap := w.snapshot()
		r := w.run("install", want)
		if r.exit != 1 {
			t.Errorf("%s: %v", c.name, r)
		}
		if d := diff(snap, w.snapshot()); len(d) > 0 {
			t.Errorf("%s: %v\n%s", c.name, r, strings.Join(d, "\n"))
		}
		t.Logf("%s: %s", c.name, r.stderr)
		w.checkSystem()
		if r.exit == 0 {
			w.ok("uninstall", "--all")
		}
		w.ok("cleanup", "-r", "-b", "-m")
	}
	// Documents that are not what repomd.xml says.
	w.publish()
	list, err := filepath.Glob(w.packages + "/repodata/*primary.xml.gz")
	require.NoError(t, err)
	for _, name := range list {
		data := []byte(readFile(t, name))
		require.NoError(t, os.WriteFile(name, append(bytes.Clone(data[:len(data)-1]), data[len(data)-1]^1), 0o644))
	}
	w.fails("primary", "install", "foo")
	require.NoError(t, os.WriteFile(w.packages+"/repodata/repomd.xml", []byte("<repomd"), 0o644))
	w.fails("repomd", "install", "foo")
	// A package that was replaced after the metadata were made.
	require.NoError(t, os.RemoveAll(w.packages+"/repodata"))
	w.publish()
	rpmtest.Write(t, w.packages, pkg("foo", file("/usr/share/foo", "another")))
	w.fails("foo-1-1.noarch", "install", "foo")
}

// TestManyFiles has a package with more files than usual.
func TestManyFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := pkg("many")
	for i := range 5000 {
		p.Files = append(p.Files, file(fmt.Sprintf("/usr/share/many/%d/%d", i%50, i), fmt.Sprint(i)))
		p.Provides = append(p.Provides, fmt.Sprintf("cap(%d)", i))
	}
	w.publish(p)
	w.ok("install", "cap(77)")
	require.Equal(t, "4999", w.text("usr/share/many/49/4999"))
	w.rpmOK()
}

// TestConfigurationBehindLinks has configuration that is reached through absolute links: they count from the
// deployment, not from the machine's root.
func TestConfigurationBehindLinks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pkg("config", file("/usr/lib/demo/rpm-ostreed.conf", "[Daemon]\nLockLayering=true\n"), file("/usr/lib/demo/repos/extra.repo", "# later\n")))
	w.publish(pkg("foo", file("/usr/share/foo", "x")))
	etc := w.deploymentDir(w.deployments()[0]) + "/etc"
	require.NoError(t, os.Symlink("/usr/lib/demo/rpm-ostreed.conf", etc+"/rpm-ostreed.conf"))
	w.fails("Cannot operate; `LockLayering=true` in configuration.", "install", "foo")
	// One that would only lead somewhere on the machine leads nowhere.
	require.NoError(t, os.Remove(etc+"/rpm-ostreed.conf"))
	outside := w.dir + "/outside"
	require.NoError(t, os.MkdirAll(outside, 0o755))
	appendTo(t, outside+"/rpm-ostreed.conf", "[Daemon]\nLockLayering=true\n")
	appendTo(t, outside+"/extra.repo", w.section())
	require.NoError(t, os.Symlink(outside+"/rpm-ostreed.conf", etc+"/rpm-ostreed.conf"))
	w.ok("install", "foo")
	etc = w.deploymentDir(w.deployments()[0]) + "/etc"
	require.NoError(t, os.RemoveAll(etc+"/yum.repos.d"))
	require.NoError(t, os.Symlink(outside, etc+"/yum.repos.d"))
	w.fails("No enabled repositories", "upgrade", "--install=bar")
}
