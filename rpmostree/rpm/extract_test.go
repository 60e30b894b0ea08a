package rpm_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

// owners are the numbers of the users in test packages, as in the passwd file that installRoot writes.
var owners = map[string]int{"root": 0, "daemon": 1, "bin": 2, "adm": 4, "disk": 6}

// ownerOf maps unknown names to root, as rpm does.
func ownerOf(f *rpm.File) (uid, gid int, err error) { return owners[f.User], owners[f.Group], nil }

// installRoot makes a tree that real rpm can install into, with a database.
func installRoot(t testing.TB) string {
	t.Helper()
	testutil.Root(t)
	root := t.TempDir()
	var passwd, group strings.Builder
	for _, name := range []string{"root", "daemon", "bin", "adm", "disk"} {
		id := string(rune('0' + owners[name]))
		passwd.WriteString(name + ":x:" + id + ":" + id + "::/:/bin/sh\n")
		group.WriteString(name + ":x:" + id + ":\n")
	}
	if err := os.Mkdir(filepath.Join(root, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"passwd": passwd.String(), "group": group.String()} {
		if err := os.WriteFile(filepath.Join(root, "etc", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, "rpm"), "--root", root, "--dbpath", "/db", "--initdb")
	return root
}

// rpmInstall installs a package with real rpm, without its scriptlets.
func rpmInstall(t testing.TB, root, path string, more ...string) *testutil.Result {
	args := []string{"--root", root, "--dbpath", "/db", "-i", "--nodeps", "--noscripts", "--notriggers", "--ignorearch", "--ignoreos", "--nosignature"}
	return testutil.Run(t, nil, testutil.Tool(t, "rpm"), append(append(args, more...), path)...)
}

func TestExtractEqualsRPM(t *testing.T) {
	testutil.Root(t)
	eachPackage(t, func(t *testing.T, path string) {
		p := open(t, path)
		if p.IsSource() {
			t.Skip("a package of sources")
		}
		want := installRoot(t)
		if r := rpmInstall(t, want, path); r.Exit != 0 {
			t.Fatal(r)
		}
		got := t.TempDir()
		if err := os.Mkdir(filepath.Join(got, "etc"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := p.Extract(t.Context(), got, &rpm.ExtractOptions{Owner: ownerOf}); err != nil {
			t.Fatal(err)
		}
		skip := func(p string) bool {
			first, _, _ := strings.Cut(strings.Trim(p, "/"), "/")
			return first == "db" || first == "tmp" || first == "var" || p == "etc/passwd" || p == "etc/group"
		}
		testutil.SameTree(t, got, want, &testutil.SameOptions{IgnoreRoot: true, Skip: skip})
		compareTimes(t, p, got, want)
	})
}

// compareTimes compares the times of files; directories change theirs when real rpm creates files in them later.
func compareTimes(t *testing.T, p *rpm.Package, got, want string) {
	files, err := p.Header.Files()
	if err != nil {
		t.Fatal(err)
	}
	for i := range files {
		f := &files[i]
		if f.IsGhost() || f.IsDir() {
			continue
		}
		a, err := os.Lstat(filepath.Join(got, f.Path))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.Lstat(filepath.Join(want, f.Path))
		if err != nil {
			t.Fatal(err)
		}
		if !f.IsSymlink() && !a.ModTime().Equal(b.ModTime()) {
			t.Errorf("%s has the time %v, not %v", f.Path, a.ModTime(), b.ModTime())
		}
	}
}

func build(t testing.TB, s *rpmtest.Spec) *rpm.Package {
	t.Helper()
	data, err := rpmtest.Build(s)
	if err != nil {
		t.Fatal(err)
	}
	p, err := rpm.Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestExtractStaysInside(t *testing.T) {
	outside := t.TempDir()
	dir := t.TempDir()
	p := build(t, &rpmtest.Spec{Name: "evil", Files: []rpmtest.File{
		{Path: "/a", LinkTo: outside},
		{Path: "/a/planted", Content: []byte("x")},
		{Path: "/b", LinkTo: "../../../../../../" + outside},
		{Path: "/b/planted", Content: []byte("x")},
		{Path: "/../../../../../.." + outside + "/dots", Content: []byte("x")},
	}})
	// It may succeed or fail, but all that it does is below dir.
	if err := p.Extract(context.Background(), dir, nil); err != nil {
		t.Log(err)
	}
	left, err := os.ReadDir(outside)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 0 {
		t.Fatalf("%v appeared outside", left)
	}
}

func TestExtractReplacesWhatIsInTheWay(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "target")
	if err := os.WriteFile(target, []byte("untouched"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("target", filepath.Join(dir, "file")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "link"), []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := build(t, &rpmtest.Spec{Name: "new", Files: []rpmtest.File{
		{Path: "/file", Content: []byte("new"), Mode: 0o640, MTime: 1600000000},
		{Path: "/link", LinkTo: "file"},
		{Path: "/other", HardLink: "/file"},
	}})
	if err := p.Extract(t.Context(), dir, nil); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"target": "untouched", "file": "new", "link": "new", "other": "new"} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s is %q, %v", name, got, err)
		}
	}
	info, err := os.Lstat(filepath.Join(dir, "file"))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o640 || !info.ModTime().Equal(time.Unix(1600000000, 0)) {
		t.Errorf("the file has mode %v and time %v", info.Mode(), info.ModTime())
	}
}

func TestExtractSkippingTheContentOfASet(t *testing.T) {
	dir := t.TempDir()
	p := build(t, &rpmtest.Spec{Name: "links", Files: []rpmtest.File{
		{Path: "/a", Content: []byte("shared")}, {Path: "/b", HardLink: "/a"}, {Path: "/c", HardLink: "/a"}, {Path: "/d", HardLink: "/a"},
	}})
	skip := func(f *rpm.File) bool { return f.Path == "/d" || f.Path == "/b" }
	if err := p.Extract(t.Context(), dir, &rpm.ExtractOptions{Skip: skip}); err != nil {
		t.Fatal(err)
	}
	a, errA := os.Stat(filepath.Join(dir, "a"))
	c, errC := os.Stat(filepath.Join(dir, "c"))
	if errA != nil || errC != nil || !os.SameFile(a, c) || a.Size() != 6 {
		t.Fatal(errA, errC)
	}
	for _, name := range []string{"b", "d"} {
		if _, err := os.Lstat(filepath.Join(dir, name)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWrongContentIsNotLeft(t *testing.T) {
	p := build(t, &rpmtest.Spec{Name: "wrong", Files: []rpmtest.File{{Path: "/a", Content: []byte("x")}},
		Header: func(b *rpm.HeaderBuilder) { b.SetStrings(rpm.TagFileDigests, strings.Repeat("0", 64)) }})
	dir := t.TempDir()
	if err := p.Extract(t.Context(), dir, nil); !errors.Is(err, rpm.ErrDigest) {
		t.Fatalf("the error is %v", err)
	}
	if _, err := os.Lstat(filepath.Join(dir, "a")); !errors.Is(err, os.ErrNotExist) {
		t.Fatal("the file with the wrong content is there")
	}
}
