package debrpm_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/debrpm"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

var update = flag.Bool("update", false, "write testdata")

const kitchenControl = `Package: kitchen
Source: house (2:3.0-1)
Version: 1:1.5-rc1-2+b1
Architecture: amd64
Maintainer: A Cook <cook@example.com>
Section: misc
Homepage: https://example.com
Pre-Depends: libc6 (>> 2.36)
Depends: perl:any, knife (>= 2-1) | axe
Recommends: salt
Suggests: pepper
Breaks: restaurant
Conflicts: canteen (<< 2)
Provides: kitchen, cooking (= 1.5)
Description: where food is made
 There are many of them.
 .
 Some are large.
`

// kitchenFiles has all kinds of files.
func kitchenFiles() []file {
	when := time.Unix(1600000000, 0)
	add := func(kind byte, name, link string, mode int64, content string) file {
		return file{tar.Header{Typeflag: kind, Name: name, Linkname: link, Mode: mode, Uname: "root", Gname: "root", ModTime: when}, content}
	}
	list := []file{
		add(tar.TypeDir, "./", "", 0o755, ""),
		add(tar.TypeDir, "./bin/", "", 0o755, ""),
		add(tar.TypeReg, "./bin/cook", "", 0o4755, "#!/bin/sh\n"),
		add(tar.TypeSymlink, "./bin/boil", "cook", 0o777, ""),
		add(tar.TypeSymlink, "./bin/fry", "../etc/alternatives/fry", 0o777, ""),
		add(tar.TypeSymlink, "./bin/oven", "/usr/bin/oven", 0o777, ""),
		add(tar.TypeDir, "./lib/", "", 0o755, ""),
		add(tar.TypeDir, "./lib/kitchen/", "", 0o755, ""),
		add(tar.TypeReg, "./lib/kitchen/a", "", 0o644, "same"),
		add(tar.TypeLink, "./lib/kitchen/b", "./lib/kitchen/a", 0o644, ""),
		add(tar.TypeDir, "./usr/lib/kitchen/", "", 0o700, ""),
		add(tar.TypeDir, "./usr/share/", "", 0o755, ""),
		add(tar.TypeReg, "./usr/bin/oven", "", 0o755, "oven"),
		add(tar.TypeReg, "./etc/kitchen.conf", "", 0o640, "salt=1\n"),
		add(tar.TypeReg, "./usr/share/doc/kitchen/copyright", "", 0o644, "free"),
		add(tar.TypeReg, "./usr/share/doc/kitchen/README", "", 0o644, "read"),
		add(tar.TypeReg, "./usr/share/locale/de/LC_MESSAGES/kitchen.mo", "", 0o644, "Küche"),
		add(tar.TypeReg, "./usr/share/man/fr/man1/cook.1.gz", "", 0o644, "cuisiner"),
		add(tar.TypeChar, "./usr/lib/kitchen/null", "", 0o666, ""),
		add(tar.TypeFifo, "./usr/lib/kitchen/pipe", "", 0o600, ""),
	}
	list[13].Gname = "shadow"
	list[18].Devmajor, list[18].Devminor = 1, 3
	list[12].PAXRecords = map[string]string{"SCHILY.xattr.security.capability": "\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"}
	return list
}

func spec(t testing.TB, data []byte) *rpmtest.Spec {
	t.Helper()
	d, err := debrpm.Read(bytes.NewReader(data))
	check(t, err)
	s, err := d.Spec(nil)
	check(t, err)
	return s
}

func TestSpec(t *testing.T) {
	s := spec(t, deb(t, ".xz", kitchenControl, "/etc/kitchen.conf\nremove-on-upgrade /etc/old.conf\n", kitchenFiles()...))
	var got strings.Builder
	fmt.Fprintf(&got, "%s %s:%s-%s %s %s\n", s.Name, s.Epoch, s.Version, s.Release, s.Arch, s.SourceRPM)
	fmt.Fprintf(&got, "%s|%s|%s|%s|%s\n%s\n", s.Summary, s.Packager, s.Group, s.URL, s.License, s.Description)
	fmt.Fprintf(&got, "pre %q requires %q recommends %q suggests %q provides %q conflicts %q\n",
		s.RequiresPre, s.Requires, s.Recommends, s.Suggests, s.Provides, s.Conflicts)
	for _, f := range s.Files {
		fmt.Fprintf(&got, "%s %o %s:%s flags=%d langs=%s caps=%s rdev=%d %s%s%q\n", f.Path, f.Mode, f.User, f.Group, f.Flags, f.Langs, f.Caps, f.Rdev, f.LinkTo, f.HardLink, f.Content)
	}
	if *update {
		check(t, os.WriteFile("testdata/kitchen.txt", []byte(got.String()), 0o644))
	}
	want, err := os.ReadFile("testdata/kitchen.txt")
	check(t, err)
	if got.String() != string(want) {
		t.Errorf("got\n%s\ninstead of\n%s", got.String(), want)
	}
}

func TestCompressors(t *testing.T) {
	want := spec(t, deb(t, "", kitchenControl, "", kitchenFiles()...))
	for _, c := range []string{".gz", ".xz", ".zst"} {
		got := spec(t, deb(t, c, kitchenControl, "", kitchenFiles()...))
		a, err := rpmtest.Build(got)
		check(t, err)
		b, err := rpmtest.Build(want)
		check(t, err)
		if !bytes.Equal(a, b) {
			t.Errorf("%s gives another package", c)
		}
	}
}

func TestBadPackages(t *testing.T) {
	good := deb(t, ".gz", kitchenControl, "", kitchenFiles()...)
	for name, data := range map[string][]byte{
		"empty":       nil,
		"no ar":       []byte("PK\x03\x04"),
		"cut off":     good[:len(good)-20],
		"no data":     good[:bytes.Index(good, []byte("data.tar"))],
		"other ar":    []byte("!<arch>\n" + fmt.Sprintf("%-16s%-12d%-6d%-6d%-8o%-10d`\n", "x/", 0, 0, 0, 0, 0)),
		"version":     bytes.Replace(good, []byte("2.0\n"), []byte("3.0\n"), 1),
		"wrong sizes": bytes.Replace(good, []byte("`\n"), []byte("x\n"), 1),
	} {
		if _, err := debrpm.Read(bytes.NewReader(data)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	twice := []file{{tar.Header{Typeflag: tar.TypeReg, Name: "./bin/x"}, "a"}, {tar.Header{Typeflag: tar.TypeReg, Name: "./usr/bin/x"}, "b"}}
	for name, data := range map[string][]byte{
		"merged twice":  deb(t, ".gz", kitchenControl, "", twice...),
		"nameless user": deb(t, ".gz", kitchenControl, "", file{tar.Header{Typeflag: tar.TypeReg, Name: "./x", Uid: 5}, ""}),
		"no version":    deb(t, ".gz", "Package: a\nArchitecture: all\n", ""),
		"dependency":    deb(t, ".gz", kitchenControl+"Enhances: a b\n", ""),
	} {
		d, err := debrpm.Read(bytes.NewReader(data))
		if err == nil {
			_, err = d.Spec(nil)
		}
		if err == nil || (name != "merged twice" && !errors.Is(err, debrpm.ErrFormat)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRPM lets rpm read what was converted.
func TestRPM(t *testing.T) {
	program := testutil.Tool(t, "rpm")
	dir := t.TempDir()
	in := filepath.Join(dir, "kitchen.deb")
	check(t, os.WriteFile(in, deb(t, ".xz", kitchenControl, "/etc/kitchen.conf\n", kitchenFiles()...), 0o644))
	out, err := debrpm.Convert(t.Context(), dir, []string{in}, nil)
	check(t, err)
	if want := "kitchen-1.5_rc1-2+b1.x86_64.rpm"; len(out) != 1 || filepath.Base(out[0]) != want {
		t.Fatalf("%q", out)
	}
	run := func(args ...string) string {
		return testutil.Run(t, &testutil.RunOptions{Must: true}, program, append([]string{"--dbpath", dir}, append(args, out[0])...)...).Stdout
	}
	if got := run("-K"); !strings.Contains(got, "digests OK") {
		t.Error(got)
	}
	requires := strings.Split(run("-qpR"), "\n")
	for _, dep := range []string{"libc6 >= 2.36", "(knife >= 2-1 or axe)", "perl", "rpmlib(RichDependencies) <= 4.12.0-1", "rpmlib(FileCaps) <= 4.6.1-1"} {
		if !slices.Contains(requires, dep) {
			t.Errorf("%q is not among %q", dep, requires)
		}
	}
	if got := run("-qp", "--provides"); !strings.Contains(got, "/bin/cook\n") || !strings.Contains(got, "cooking = 1.5\n") || strings.Contains(got, "kitchen\n") {
		t.Errorf("provides %q", got)
	}
	if got := run("-qpc"); got != "/etc/kitchen.conf\n" {
		t.Errorf("configuration files: %q", got)
	}
	if got := run("-qp", "--qf", "[%{FILENAMES} %{FILECAPS}\n]"); !strings.Contains(got, "/usr/bin/oven cap_net_raw=ep\n") {
		t.Errorf("capabilities: %s", got)
	}
}

// TestFilesystem checks that the directories which others leave out are there.
func TestFilesystem(t *testing.T) {
	s := debrpm.Filesystem()
	var paths []string
	for _, f := range s.Files {
		paths = append(paths, f.Path)
		if f.LinkTo != "" && f.LinkTo[0] != '/' && !slices.Contains(debrpm.StandardDirs, "/"+f.LinkTo) {
			t.Errorf("%s leads to %s, which is not there", f.Path, f.LinkTo)
		}
		if f.Mode&rpm.ModeType != rpm.ModeDir && f.LinkTo == "" {
			t.Errorf("%s is neither directory nor link", f.Path)
		}
	}
	for _, dir := range debrpm.StandardDirs {
		if !slices.Contains(paths, dir) {
			t.Errorf("%s is missing", dir)
		}
	}
}
