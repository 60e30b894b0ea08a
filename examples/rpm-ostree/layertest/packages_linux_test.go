package layertest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/stretchr/testify/require"
)

func TestConflicts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pkg("base", file("/usr/share/base", "base")), version(pkg("old", file("/usr/share/old", "old")), "1"))
	with := func(name string, change func(*rpmtest.Spec), files ...rpmtest.File) {
		s := pkg(name, files...)
		change(s)
		w.publish(s)
	}
	with("conf", func(s *rpmtest.Spec) { s.Conflicts = []string{"base"} })
	with("confver", func(s *rpmtest.Spec) { s.Conflicts = []string{"base < 1"} })
	with("obs", func(s *rpmtest.Spec) { s.Obsoletes = []string{"old < 2"} }, file("/usr/share/obs", "obs"))
	with("newer", func(s *rpmtest.Spec) { s.Requires = []string{"old >= 2"} })
	with("old", func(s *rpmtest.Spec) { s.Version = "2" })
	with("needs", func(s *rpmtest.Spec) { s.Requires = []string{"nowhere = 3"} })
	with("hurt", func(s *rpmtest.Spec) { s.Requires = []string{"needs"} })
	with("differing", func(*rpmtest.Spec) {}, file("/usr/share/base", "other"))
	with("identical", func(*rpmtest.Spec) {}, file("/usr/share/base", "base"))
	with("othermode", func(*rpmtest.Spec) {}, rpmtest.File{Path: "/usr/share/base", Content: []byte("base"), Mode: 0o600})
	with("a", func(*rpmtest.Spec) {}, file("/usr/share/same", "a"))
	with("b", func(*rpmtest.Spec) {}, file("/usr/share/same", "b"))
	with("filevsdir", func(*rpmtest.Spec) {}, file("/usr/share/base/x", "b"))
	with("dirvsfile", func(*rpmtest.Spec) {}, file("/usr/share", "b"))
	with("emptydir", func(*rpmtest.Spec) {}, dir("/usr/share/base", 0o755))
	with("linkvsfile", func(*rpmtest.Spec) {}, link("/usr/share/base", "x"))
	with("dirmode", func(*rpmtest.Spec) {}, dir("/usr/share", 0o700))
	with("config", func(*rpmtest.Spec) {}, file("/etc/passwd", "root:x:0:0::/:/bin/false\n"))

	r := w.fails("Could not depsolve transaction; 1 problem detected:\n Problem: ", "install", "conf")
	require.Contains(t, r.stderr, "package conf-1-1.noarch from extra conflicts with base provided by base-1-1.noarch from @System")
	// The base is locked, so that the solver does not even find these.
	w.fails("Problem: package obs-1-1.noarch from extra obsoletes old < 2 provided by old-1-1.noarch from @System", "install", "obs")
	r = w.fails("Problem: cannot install both old-2-1.noarch from extra and old-1-1.noarch from @System", "install", "newer")
	require.Contains(t, r.stderr, "package newer-1-1.noarch from extra requires old >= 2, but none of the providers can be installed")
	w.fails("nothing provides nowhere = 3 needed by needs-1-1.noarch from extra", "install", "hurt")
	w.fails("Packages not found: alpha, zeta", "install", "zeta", "confver", "alpha")
	w.fails("File exists", "install", "differing")
	w.fails("File exists", "install", "othermode")
	w.fails("File exists", "install", "a", "b")
	w.fails("Checkout filevsdir-1-1.noarch: ", "install", "filevsdir")
	w.fails("Checkout dirvsfile-1-1.noarch: ", "install", "dirvsfile")
	w.fails("Checkout emptydir-1-1.noarch: ", "install", "emptydir")
	w.fails("Checkout linkvsfile-1-1.noarch: ", "install", "linkvsfile")
	w.fails("Checkout config-1-1.noarch: ", "install", "config")
	w.ok("install", "identical", "confver", "dirmode")
	require.Equal(t, "40755 0:0", w.mode("usr/share"))
	w.ok("uninstall", "identical", "confver", "dirmode")
	require.Equal(t, "base", w.text("usr/share/base"))

	w.ok("install", "--force-replacefiles", w.packages+"/differing-1-1.noarch.rpm")
	require.Equal(t, "other", w.text("usr/share/base"))
	require.Contains(t, w.originText(), "requested-local-fileoverride=")
}

// TestLibraries have two architectures side by side.
func TestMultilib(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lib := func(arch, dir, content string, color uint32) *rpmtest.Spec {
		return &rpmtest.Spec{Name: "lib", Arch: arch, Files: []rpmtest.File{
			{Path: dir + "/lib.so", Content: []byte(content), Color: color, Mode: 0o755}, {Path: "/usr/bin/libtool", Content: []byte(content), Color: color, Mode: 0o755},
			{Path: "/usr/share/lib.conf", Content: []byte("same")},
		}}
	}
	w.publish(lib("i686", "/usr/lib", "32", 1), lib("x86_64", "/usr/lib64", "64", 2), &rpmtest.Spec{Name: "app32", Arch: "i686", Requires: []string{"lib(x86-32)"}},
		&rpmtest.Spec{Name: "foreign", Arch: "aarch64"}, &rpmtest.Spec{Name: "onlyold", Arch: "i686", Files: []rpmtest.File{file("/usr/bin/onlyold", "32")}})
	w.ok("install", "lib")
	require.Equal(t, []string{"lib-1-1.x86_64"}, w.layered())
	w.ok("install", "lib.i686", "lib.x86_64", "--uninstall=lib")
	require.Equal(t, []string{"lib-1-1.i686", "lib-1-1.x86_64"}, w.layered())
	require.Equal(t, "64", w.text("usr/bin/libtool"))
	require.Equal(t, "32", w.text("usr/lib/lib.so"))
	require.Equal(t, "64", w.text("usr/lib64/lib.so"))
	w.rpmOK()
	w.ok("install", "onlyold")
	w.fails("foreign", "install", "foreign")
	w.ok("uninstall", "lib.x86_64")
	require.Equal(t, []string{"lib-1-1.i686", "onlyold-1-1.i686"}, w.layered())
	require.Equal(t, "32", w.text("usr/bin/libtool"))
}

// TestRequestForms asks for packages in all the ways there are.
func TestRequestForms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two := &rpmtest.Spec{Name: "foo", Epoch: "1", Version: "1", Arch: "x86_64"}, &rpmtest.Spec{Name: "foo", Version: "2", Epoch: "1", Arch: "x86_64"}
	low := &rpmtest.Spec{Name: "foo", Version: "9", Arch: "x86_64"}
	one.Files, two.Files, low.Files = []rpmtest.File{file("/usr/bin/foo", "1")}, []rpmtest.File{file("/usr/bin/foo", "2"), file("/usr/share/only2", "")}, []rpmtest.File{file("/usr/share/low", "")}
	w.publish(one, two, low,
		&rpmtest.Spec{Name: "prov-b", Provides: []string{"virtual = 2", "config(x)"}}, &rpmtest.Spec{Name: "prov-a", Provides: []string{"virtual = 1"}},
		&rpmtest.Spec{Name: "g++", Version: "1~rc1"}, &rpmtest.Spec{Name: "a_b", Version: "2^git"}, &rpmtest.Spec{Name: "rich"}, &rpmtest.Spec{Name: "with-dash-1", Version: "2"},
	)
	for _, c := range []struct{ request, got, ref string }{
		{"foo", "foo-1:2-1.x86_64", "foo/1_3A2-1.x86__64"}, {"foo.x86_64", "foo-1:2-1.x86_64", ""}, {"foo-1", "foo-1:1-1.x86_64", ""}, {"foo-1-1", "foo-1:1-1.x86_64", ""},
		{"foo-1:1-1.x86_64", "foo-1:1-1.x86_64", ""}, {"foo-1:1", "foo-1:1-1.x86_64", ""}, {"foo < 1:2", "foo-1:1-1.x86_64", ""}, {"foo = 1:2-1", "foo-1:2-1.x86_64", ""}, {"foo-9", "foo-9-1.x86_64", "foo/9-1.x86__64"},
		{"foo < 1:0", "foo-9-1.x86_64", ""}, {"/usr/bin/foo", "foo-1:2-1.x86_64", ""}, {"/usr/share/only2", "foo-1:2-1.x86_64", ""}, {"virtual >= 2", "prov-b-1-1.noarch", ""}, {"virtual = 1", "prov-a-1-1.noarch", ""},
		{"virtual", "prov-b-1-1.noarch", ""}, {"config(x)", "prov-b-1-1.noarch", ""}, {"g++", "g++-1~rc1-1.noarch", "g_2B_2B/1_7Erc1-1.noarch"}, {"a_b", "a_b-2^git-1.noarch", "a__b/2_5Egit-1.noarch"},
		{"with-dash-1", "with-dash-1-2-1.noarch", ""},
	} {
		w.ok("install", c.request)
		require.Equal(t, []string{c.got}, w.layered(), c.request)
		require.Equal(t, []string{c.request}, []string(w.origin().Packages), c.request)
		require.Equal(t, "["+quote(c.request)+"]", w.meta("rpmostree.packages"))
		if c.ref != "" {
			require.Contains(t, w.pkgRefs(), c.ref)
		}
		w.ok("uninstall", c.request)
		require.Empty(t, w.layered())
	}
	w.fails("Packages not found: foo > 5:0", "install", "foo > 5:0")
	w.fails("Packages not found: /nosuch", "install", "/nosuch")
	w.fails("Packages not found: foo-3", "install", "foo-3")
}

func quote(s string) string { return "'" + s + "'" }

func TestRichAndWeak(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pkg("have"))
	w.publish(
		&rpmtest.Spec{Name: "rich-if", Requires: []string{"(extra-a if have)", "(extra-b if nothave)"}}, &rpmtest.Spec{Name: "extra-a"}, &rpmtest.Spec{Name: "extra-b"},
		&rpmtest.Spec{Name: "rich-or", Requires: []string{"(nowhere or extra-b)"}}, &rpmtest.Spec{Name: "rich-and", Requires: []string{"(extra-a and nowhere)"}},
		&rpmtest.Spec{Name: "rich-with", Requires: []string{"(cap-x with cap-y)"}}, &rpmtest.Spec{Name: "x-only", Provides: []string{"cap-x"}}, &rpmtest.Spec{Name: "xy", Provides: []string{"cap-x", "cap-y"}},
		&rpmtest.Spec{Name: "rec", Recommends: []string{"extra-a", "nowhere"}, Suggests: []string{"extra-b"}}, &rpmtest.Spec{Name: "supp", Supplements: []string{"rec"}}, &rpmtest.Spec{Name: "enh", Enhances: []string{"rec"}},
		&rpmtest.Spec{Name: "supprich", Supplements: []string{"(rec and have)"}},
	)
	for _, c := range []struct {
		request string
		want    []string
	}{
		{"rich-if", []string{"extra-a", "rich-if"}}, {"rich-or", []string{"extra-b", "rich-or"}}, {"rich-with", []string{"rich-with", "xy"}},
		{"rec", []string{"extra-a", "rec", "supp", "supprich"}},
	} {
		for i := range c.want {
			c.want[i] += "-1-1.noarch"
		}
		w.ok("install", c.request)
		require.Equal(t, c.want, w.layered(), c.request)
		w.rpmOK()
		w.ok("uninstall", c.request)
	}
	w.fails("nothing provides (extra-a and nowhere) needed by rich-and-1-1.noarch from extra", "install", "rich-and")
	appendTo(t, w.deploymentDir(w.deployments()[0])+"/etc/rpm-ostreed.conf", "[Daemon]\nRecommends=false\n")
	w.ok("install", "rec")
	require.Equal(t, []string{"rec-1-1.noarch"}, w.layered())
	appendTo(t, w.deploymentDir(w.deployments()[0])+"/etc/rpm-ostreed.conf", "LockLayering=true\n")
	w.fails("Cannot operate; `LockLayering=true` in configuration.", "install", "supp")
	w.fails("Cannot operate; `LockLayering=true` in configuration.", "override", "remove", "have")
}

// TestRebuilt is a package that was built again with the same name and version.
func TestRebuilt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(pkg("foo", file("/usr/share/foo", "first")))
	w.ok("install", "foo")
	w.publish(pkg("foo", file("/usr/share/foo", "second")))
	w.ok("upgrade")
	require.Equal(t, "second", w.text("usr/share/foo"))
	w.unchanged("upgrade")
	// The one that is deployed second still has the first.
	b, err := w.repo().CommitFS(w.deployments()[1].Commit)
	require.NoError(t, err)
	text, err := b.ReadFile("usr/share/foo")
	require.NoError(t, err)
	require.Equal(t, "first", string(text))
	w.rpmOK()
}

func TestSpecialPackages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	source := w.file(&rpmtest.Spec{Name: "src", Source: true, Files: []rpmtest.File{{Path: "src.spec", Content: []byte("x")}}})
	w.fails("appears to be a source RPM", "install", source)
	w.fails("No such file or directory", "install", w.dir+"/nosuch.rpm")
	broken := w.dir + "/broken.rpm"
	appendTo(t, broken, "this is no package")
	w.fails("", "install", broken)
	same := w.file(kernel("6.1.0", "first"))
	w.fails("Package 'kernel-6.1.0-1.x86_64' is already in the base", "install", same)
	w.fails("Request to reinstall exact base package versions: kernel-6.1.0-1.x86_64", "override", "replace", same)
	w.publish(pkg("noscript"), &rpmtest.Spec{Name: "nothing"}, &rpmtest.Spec{Name: "v6", V6: true, Files: []rpmtest.File{file("/usr/share/v6", "6")}},
		&rpmtest.Spec{Name: "stripped", Stripped: true, Files: []rpmtest.File{file("/usr/share/stripped", "s")}})
	for _, c := range []string{"gzip", "xz", "zstd", "lzma", "none"} {
		w.publish(&rpmtest.Spec{Name: "z-" + c, Compressor: c, Files: []rpmtest.File{file("/usr/share/z-"+c, c)}})
	}
	w.ok("install", "noscript", "nothing", "v6", "stripped", "z-gzip", "z-xz", "z-zstd", "z-lzma", "z-none")
	require.Len(t, w.layered(), 9)
	require.Equal(t, "lzma", w.text("usr/share/z-lzma"))
	require.Equal(t, "6", w.text("usr/share/v6"))
}

func TestKernels(t *testing.T) {
	t.Parallel()
	w := newWorld(t, toolPackage("/usr/bin/depmod-unused", ""))
	second := w.file(kernel("6.2.0", "second"))
	w.fails("cannot install both kernel-6.2.0-1.x86_64", "install", second)
	w.ok("override", "replace", second)
	require.Equal(t, "second", w.text("usr/lib/modules/6.2.0/vmlinuz"))
	w.missing("usr/lib/modules/6.1.0")
	require.Equal(t, "'6.2.0'", w.meta("ostree.linux"))
	require.NotEqual(t, w.deployments()[0].BootChecksum, w.deployments()[1].BootChecksum)
	other := kernel("6.3.0", "other")
	other.Name = "kernel-other"
	w.publish(other)
	w.fails("Multiple kernels (vmlinuz) found in: ", "install", "kernel-other")
	w.fails("", "override", "remove", "kernel") // none is left
	w.ok("override", "reset", "kernel")
	require.Equal(t, "first", w.text("usr/lib/modules/6.1.0/vmlinuz"))
	w.rpmOK()
}

// TestMetadata is what is recorded about a layered commit.
func TestMetadata(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pkg("telnet", file("/usr/bin/telnet", "t")), pkg("tool", file("/usr/bin/tool", "1")), pkg("other", file("/usr/bin/other", "1")))
	w.publish(pkg("vim", file("/usr/bin/vim", "v")), version(pkg("other", file("/usr/bin/other", "2")), "2"))
	w.ok("install", "vim", "/usr/bin/vim")
	base := w.deployments()[1].Commit
	w.ok("override", "replace", w.file(version(pkg("tool", file("/usr/bin/tool", "2")), "2")), "--remove=telnet")
	w.ok("override", "replace", "--experimental", "--from", "repo=extra", "other")
	c := w.commit(w.first())
	require.Equal(t, base, c.Parent)
	require.Empty(t, c.Subject+c.Body)
	require.EqualValues(t, epoch.Unix(), c.Timestamp)
	for key, want := range map[string]string{
		"version": "'1.0'", "rpmostree.clientlayer": "true", "rpmostree.clientlayer_version": "uint32 6", "rpmostree.packages": "['/usr/bin/vim', 'vim']", "rpmostree.modules": "@as []",
		"rpmostree.removed-base-packages":         "[<('telnet-1-1.noarch', 'telnet', uint64 0, '1', '1', 'noarch')>]",
		"rpmostree.replaced-base-packages":        "[(<('tool-2-1.noarch', 'tool', uint64 0, '2', '1', 'noarch')>, <('tool-1-1.noarch', 'tool', uint64 0, '1', '1', 'noarch')>)]",
		"rpmostree.replaced-base-remote-packages": "{'repo=extra': <[(<('other-2-1.noarch', 'other', uint64 0, '2', '1', 'noarch')>, <('other-1-1.noarch', 'other', uint64 0, '1', '1', 'noarch')>)]>}",
		"rpmostree.rpmmd-repos":                   fmt.Sprintf("[{'id': <'extra'>, 'timestamp': <uint64 %d>}]", epoch.Unix()+w.published),
		"ostree.bootable":                         "true", "ostree.linux": "'6.1.0'",
	} {
		require.Equal(t, want, w.meta(key), key)
	}
	require.Regexp(t, `^'[0-9a-f]{128}'$`, w.meta("rpmostree.state-sha512"))
	require.Contains(t, w.meta("rpmostree.rpmdb.pkglist"), "('busybox', '0', '1', '1', 'x86_64'), ('demo-release', '0', '1.0', '1', 'noarch')")
	require.Equal(t, "[origin]\nbaserefspec="+branch+"\n\n[packages]\nrequested=/usr/bin/vim;vim;\n\n[overrides]\nremove=telnet;\nreplace-local="+localOf(t, w, "tool")+";\nreplace=repo=extra,other;\n", strings.TrimRight(w.originText(), "\n")+"\n")
	require.Equal(t, []string{"other-2-1.noarch", "tool-2-1.noarch", "vim-1-1.noarch", "-other-1-1.noarch", "-telnet-1-1.noarch", "-tool-1-1.noarch"}, w.layered())
	w.rpmOK()
	w.missing("usr/bin/telnet")
	require.ElementsMatch(t, []string{"other/2-1.noarch", "tool/2-1.noarch", "vim/1-1.noarch"}, w.pkgRefs())
}
