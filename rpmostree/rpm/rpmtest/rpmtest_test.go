package rpmtest_test

import (
	"bytes"
	"go/build"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

// everything is a package with all that a Spec can describe.
func everything(compressor string) *rpmtest.Spec {
	return &rpmtest.Spec{
		Name: "kitchen", Epoch: "2", Version: "1.5~rc2", Release: "7.fc40", Arch: "x86_64",
		Summary: "A kitchen", Description: "With\nlines & <signs>", URL: "https://example.com/", Vendor: "V", Packager: "P <p@example.com>",
		Locales: []string{"de"}, SummaryIn: []string{"Eine Küche"},
		Provides: []string{"cook = 1"}, Requires: []string{"knives >= 2", "(salt or pepper)"}, Conflicts: []string{"fire"},
		Obsoletes: []string{"cellar < 3"}, Recommends: []string{"wine"}, Suggests: []string{"beer"},
		Supplements: []string{"house"}, Enhances: []string{"hut"}, Order: []string{"plumbing"},
		RequiresPre: []string{"hands"}, RequiresPost: []string{"sponge"},
		Prefixes:   []string{"/usr"},
		Changelog:  []rpmtest.Change{{Time: 1600000000, Author: "A <a@b> - 1-1", Text: "- did it"}},
		Compressor: compressor,
		Files: []rpmtest.File{
			{Path: "/usr/bin/cook", Mode: 0o4755, Content: []byte("#!/bin/sh\n"), Caps: "cap_net_raw=ep"},
			{Path: "/usr/bin/a", HardLink: "/usr/bin/cook"},
			{Path: "/usr/bin/zz", HardLink: "/usr/bin/cook"},
			{Path: "/usr/share/kitchen", Mode: rpm.ModeDir | 0o755},
			{Path: "/usr/share/kitchen/empty"},
			{Path: "/usr/share/kitchen/link", LinkTo: "../../bin/cook"},
			{Path: "/etc/kitchen.conf", Content: bytes.Repeat([]byte("a = 1\n"), 1000), Flags: rpm.FileConfig | rpm.FileNoReplace},
			{Path: "/var/log/kitchen.log", Flags: rpm.FileGhost, User: "cook", Group: "cook"},
			{Path: "/usr/share/doc/kitchen", Flags: rpm.FileDoc, Langs: "de", Content: []byte("doc")},
		},
		Scripts: map[rpm.ScriptKind]rpm.Script{
			rpm.ScriptPre: {Body: "true"}, rpm.ScriptPost: {Prog: []string{"/sbin/ldconfig"}},
			rpm.ScriptPostTrans: {Body: "echo $1", Prog: []string{"/bin/sh", "-e"}},
		},
		Triggers: []rpm.Trigger{{Script: rpm.Script{Body: "echo t"},
			Conditions: []evr.Dep{{Name: "bash", Flags: evr.TriggerIn}, {Name: "zsh", Flags: evr.TriggerUn | evr.Less, Version: "5"}}}},
		TransFileTriggers: []rpm.Trigger{{Script: rpm.Script{Body: "cat"}, Conditions: []evr.Dep{{Name: "/usr/lib", Flags: evr.TriggerIn}}, Priority: 5}},
	}
}

func TestRealRPMAcceptsPackages(t *testing.T) {
	rpmPath, keys := testutil.Tool(t, "rpm"), testutil.Tool(t, "rpmkeys")
	cpio := testutil.Tool(t, "rpm2cpio")
	testutil.Root(t)
	for _, compressor := range []string{"gzip", "xz", "zstd", "lzma", "none"} {
		t.Run(compressor, func(t *testing.T) {
			db := t.TempDir()
			path := rpmtest.Write(t, t.TempDir(), everything(compressor))
			run := func(name string, args ...string) string {
				r := testutil.Run(t, &testutil.RunOptions{Must: true}, name, args...)
				return r.Stdout
			}
			if got := run(rpmPath, "--dbpath", db, "-qp", "--nosignature", path); got != "kitchen-1.5~rc2-7.fc40.x86_64\n" {
				t.Errorf("rpm -qp prints %q", got)
			}
			if got := run(keys, "--dbpath", db, "-Kv", path); strings.Count(got, ": OK") < 4 {
				t.Errorf("rpmkeys -Kv prints %s", got)
			}
			archive := run(cpio, path)
			if !strings.Contains(archive, "./usr/share/kitchen/link") || !strings.Contains(archive, "TRAILER!!!") {
				t.Error("the archive lacks members")
			}
			root := t.TempDir()
			testutil.Run(t, &testutil.RunOptions{Must: true}, rpmPath, "--root", root, "--dbpath", "/db", "--initdb")
			run(rpmPath, "--root", root, "--dbpath", "/db", "-i", "--nodeps", "--noscripts", "--notriggers", "--justdb", "--ignorearch", "--relocate", "/usr=/usr", path)
			if got := run(rpmPath, "--root", root, "--dbpath", "/db", "-ql", "kitchen"); strings.Count(got, "\n") != 9 {
				t.Errorf("rpm -ql prints %s", got)
			}
		})
	}
}

func TestCreaterepoAcceptsPackages(t *testing.T) {
	createrepo := testutil.Tool(t, "createrepo_c")
	dir := t.TempDir()
	rpmtest.Write(t, dir, everything("gzip"))
	rpmtest.Write(t, dir, &rpmtest.Spec{Name: "empty"})
	rpmtest.Write(t, dir, &rpmtest.Spec{Name: "sources", Source: true, Files: []rpmtest.File{{Path: "s.spec", Flags: rpm.FileSpec, Content: []byte("Name: s")}}})
	r := testutil.Run(t, &testutil.RunOptions{Must: true}, createrepo, "--compress-type=gz", dir)
	if found, _ := filepath.Glob(filepath.Join(dir, "repodata", "*primary.xml.gz")); len(found) != 1 {
		t.Fatal(r)
	}
}

func TestSameSpecGivesSameBytes(t *testing.T) {
	for _, compressor := range []string{"gzip", "xz", "zstd", "lzma", "none"} {
		a, err := rpmtest.Build(everything(compressor))
		if err != nil {
			t.Fatal(err)
		}
		b, err := rpmtest.Build(everything(compressor))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a, b) {
			t.Errorf("%s: two builds differ", compressor)
		}
	}
}

// TestImports looks at what programs link that make packages.
func TestImports(t *testing.T) {
	p, err := build.ImportDir(".", 0)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(p.Imports, "os") || slices.Contains(p.Imports, "testing") {
		t.Errorf("imports are %v", p.Imports)
	}
}

func TestWrongSpecs(t *testing.T) {
	for name, s := range map[string]*rpmtest.Spec{
		"no name":        {},
		"epoch":          {Name: "x", Epoch: "one"},
		"dependency":     {Name: "x", Requires: []string{"a >="}},
		"compressor":     {Name: "x", Compressor: "zip"},
		"link to nobody": {Name: "x", Files: []rpmtest.File{{Path: "/a", HardLink: "/b"}}},
	} {
		if _, err := rpmtest.Build(s); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
