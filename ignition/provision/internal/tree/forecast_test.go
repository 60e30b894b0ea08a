//go:build unix

package tree

import (
	"errors"
	"fmt"
	"testing"

	"golang.org/x/sys/unix"
)

func TestForecast(t *testing.T) {
	tr := open(t, Options{}, "d/f", "d/e/", "out /../../d", "dangling nowhere/x", "loop loop", "f")
	f := tr.Forecast()
	look := func(p string) string {
		st, err := f.Lstat(p)
		if errno, ok := errors.AsType[unix.Errno](err); ok {
			return unix.ErrnoName(errno)
		}
		must(t, err)
		return map[uint32]string{unix.S_IFREG: "file", unix.S_IFDIR: "directory", unix.S_IFLNK: "link"}[st.Type()]
	}
	check := func(when string, want map[string]string) {
		t.Helper()
		for p, w := range want {
			if got := look(p); got != w {
				t.Errorf("%s: %s is %s, want %s", when, p, got, w)
			}
		}
	}
	check("before", map[string]string{
		"/": "directory", "/d/f": "file", "/out": "link", "/out/f": "file", "/out/../f": "file", "/f/x": "ENOTDIR",
		"/no/x": "ENOENT", "/loop/x": "ELOOP", "/dangling/x": "ENOENT", "/d/./e/": "directory", "/out/f/x": "ENOTDIR",
	})
	// A link that will be there leads to what is there, and to what will be.
	must(t, f.Make("/l", unix.S_IFLNK, "d"))
	must(t, f.Make("/l/new/deep", unix.S_IFREG, ""))
	must(t, f.Make("/l2", unix.S_IFLNK, "/later"))
	check("links", map[string]string{
		"/l": "link", "/l/f": "file", "/d/new": "directory", "/d/new/deep": "file", "/d/new/no": "ENOENT", "/l/e/../f": "file", "/l2/x": "ENOENT",
	})
	if err := f.Make("/l2/x", unix.S_IFREG, ""); !errors.Is(err, unix.ENOTDIR) {
		t.Errorf("below a dangling link: %v", err)
	}
	if err := f.Make("/d/f/x", unix.S_IFREG, ""); !errors.Is(err, unix.ENOTDIR) {
		t.Errorf("below a file: %v", err)
	}
	must(t, f.Make("/later", unix.S_IFDIR, ""))
	must(t, f.Make("/l2/x", unix.S_IFREG, ""))
	check("later", map[string]string{"/later/x": "file", "/l2/x": "file"})
	for name, want := range map[string]string{"/l2/x": "/later/x", "/l/f": "/d/f", "/l": "/l", "/dangling/y/../z": "/nowhere/x/z"} {
		if got, err := f.Resolve(name); err != nil || got != want {
			t.Errorf("%s is %s, want %s: %v", name, got, want, err)
		}
	}
	if target, err := f.Readlink("/l"); err != nil || target != "d" {
		t.Errorf("target %s %v", target, err)
	}
	// Other names of files.
	must(t, f.Link("/d/f", "/h"))
	must(t, f.Link("/h", "/h2"))
	a, _ := f.Lstat("/d/f")
	b, _ := f.Lstat("/h2")
	c, _ := f.Lstat("/l2/x")
	if !a.Same(b) || a.Same(c) {
		t.Errorf("identities %v %v %v", a, b, c)
	}
	if err := f.Link("/d", "/h3"); !errors.Is(err, unix.EPERM) {
		t.Errorf("link to a directory: %v", err)
	}
	if err := f.Link("/none", "/h3"); !errors.Is(err, unix.ENOENT) {
		t.Errorf("link to nothing: %v", err)
	}
	// What is replaced has nothing below it.
	must(t, f.Make("/d", unix.S_IFDIR, ""))
	f.Remove("/later")
	check("replaced", map[string]string{"/d/f": "ENOENT", "/d/new": "ENOENT", "/later": "ENOENT", "/l2/x": "ENOENT", "/h": "file"})
	f.Mount("/out/mnt")
	check("mounted", map[string]string{"/d/mnt": "directory"})
	if !f.Changed("/d/mnt/x") || f.Changed("/f") {
		t.Error("wrong changes")
	}
}

func BenchmarkForecast(b *testing.B) {
	tr := open(b, Options{})
	for b.Loop() {
		f := tr.Forecast()
		for i := range 10000 {
			must(b, f.Make(fmt.Sprintf("/new/%d/%d", i%1000, i), unix.S_IFDIR, ""))
		}
	}
}
