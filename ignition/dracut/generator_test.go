package dracut_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ignition/dracut"
)

// generate runs the generator and lists the links it made.
func generate(t *testing.T, cmdline string, live bool) (links map[string]string, env string) {
	t.Helper()
	dir := t.TempDir()
	opts := &dracut.GenerateOptions{
		UnitDir: filepath.Join(dir, "units"), CmdlineFile: filepath.Join(dir, "cmdline"), EnvFile: filepath.Join(dir, "env"),
		IsLive: func() bool { return live },
	}
	if err := os.WriteFile(opts.CmdlineFile, []byte(cmdline+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 { // a second time makes no difference
		if err := dracut.Generate(opts); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(opts.EnvFile)
	if err != nil {
		t.Fatal(err)
	}
	return readLinks(t, opts.UnitDir), string(data)
}

func readLinks(t *testing.T, dir string) map[string]string {
	t.Helper()
	links := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		links[name], err = os.Readlink(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return links
}

var (
	first = map[string]string{
		"initrd.target.requires/ignition-complete.target":            "../ignition-complete.target",
		"initrd-parse-etc.service.requires/ignition-complete.target": "../ignition-complete.target",
		"ignition-complete.target.requires/ignition-diskful.target":  "../ignition-diskful.target",
	}
	later = map[string]string{
		"initrd.target.requires/ignition-subsequent.target":                      "../ignition-subsequent.target",
		"ignition-subsequent.target.requires/ignition-diskful-subsequent.target": "../ignition-diskful-subsequent.target",
	}
)

// TestGenerate has the results of Ignition 2.26's generator, and one link more.
func TestGenerate(t *testing.T) {
	for _, c := range []struct {
		cmdline  string
		want     map[string]string
		platform string
	}{
		{"", later, ""},
		{"a ignition.firstboot b", first, ""},
		{"ignition.firstboot=", later, ""},
		{"ignition.firstboot=0", later, ""},
		{"ignition.firstboot=no", later, ""},
		{"ignition.firstboot=off", later, ""},
		{"ignition.firstboot=NO ignition.platform.id=a=b", first, "a=b"},
		{"ignition.firstboot=1", first, ""},
		{"ignition.firstboot=false", first, ""},
		{"ignition.firstboot ignition.firstboot=0", later, ""},
		{"ignition.firstboot=0 ignition.firstboot=2", first, ""},
		{"ignition.firstboot ignition.platform.id=qemu ignition.platform.id=aws", first, "aws"},
		{"ignition.platform.id", later, "ignition.platform.id"},
		{`ignition.platform.id="x"`, later, `"x"`},
		{"ignition.platform.id= ignition.firstboot=x=0", first, ""},
		{"xignition.firstboot=1", later, ""},
		{`foo="a ignition.firstboot b"`, first, ""},
		{"\tignition.firstboot\t\n", first, ""},
	} {
		links, env := generate(t, c.cmdline, false)
		if !maps.Equal(links, c.want) {
			t.Errorf("%q: links %v, want %v", c.cmdline, links, c.want)
		}
		if want := "PLATFORM_ID=" + c.platform + "\n"; env != want {
			t.Errorf("%q: environment %q, want %q", c.cmdline, env, want)
		}
	}
}

func TestGenerateForALiveSystem(t *testing.T) {
	links, _ := generate(t, "ignition.firstboot", true)
	want := []string{"initrd-parse-etc.service.requires/ignition-complete.target", "initrd.target.requires/ignition-complete.target"}
	if got := slices.Sorted(maps.Keys(links)); !slices.Equal(got, want) {
		t.Errorf("links are %q", got)
	}
}

func TestGenerateLinksNothingWithoutEnvironment(t *testing.T) {
	dir := t.TempDir()
	cmdline := filepath.Join(dir, "cmdline")
	if err := os.WriteFile(cmdline, []byte("ignition.firstboot"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, opts := range map[string]*dracut.GenerateOptions{
		"no environment":  {UnitDir: dir + "/units", CmdlineFile: cmdline, EnvFile: dir + "/missing/env"},
		"no command line": {UnitDir: dir + "/units", CmdlineFile: dir + "/missing", EnvFile: dir + "/env"},
		"no unit dir":     {CmdlineFile: cmdline, EnvFile: dir + "/env"},
	} {
		if err := dracut.Generate(opts); err == nil {
			t.Errorf("%s: no error", name)
		}
		if _, err := os.Stat(dir + "/units"); err == nil {
			t.Errorf("%s: units were linked", name)
		}
	}
}

func ExampleGenerate() {
	dir, err := os.MkdirTemp("", "generator")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	cmdline := filepath.Join(dir, "cmdline")
	os.WriteFile(cmdline, []byte("root=LABEL=root ignition.platform.id=metal ignition.firstboot\n"), 0o644)

	err = dracut.Generate(&dracut.GenerateOptions{
		UnitDir: dir, CmdlineFile: cmdline, EnvFile: filepath.Join(dir, "env"),
		IsLive: func() bool { return false },
	})
	if err != nil {
		panic(err)
	}
	env, _ := os.ReadFile(filepath.Join(dir, "env"))
	target, _ := os.Readlink(filepath.Join(dir, "initrd.target.requires/ignition-complete.target"))
	fmt.Println(strings.TrimSpace(string(env)), target)
	// Output: PLATFORM_ID=metal ../ignition-complete.target
}

func ExampleWriteFiles() {
	tree, err := os.MkdirTemp("", "tree")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(tree)
	helper := []byte("#!/bin/sh\nexec rdcore kargs --boot-device /dev/disk/by-label/boot --create-if-changed /run/kargs-reboot \"$@\"\n")
	if err := dracut.WriteFiles(tree, &dracut.Options{KargsHelper: helper}); err != nil {
		panic(err)
	}
	targets, _ := filepath.Glob(tree + dracut.DefaultModuleDir + "/*.target")
	for _, t := range targets {
		fmt.Println(filepath.Base(t))
	}
	// Output:
	// ignition-complete.target
	// ignition-diskful-subsequent.target
	// ignition-diskful.target
	// ignition-subsequent.target
}

func TestGenerateNeedsADirectory(t *testing.T) {
	for _, o := range []*dracut.GenerateOptions{nil, {}} {
		if err := dracut.Generate(o); err == nil || err.Error() != "no unit directory" {
			t.Errorf("error %v", err)
		}
	}
}
