//go:build unix

package etcmerge_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree/sysroot/etcmerge"
	"golang.org/x/sys/unix"
)

// Directories of the new defaults that became links.
func TestLinksInTarget(t *testing.T) {
	for _, test := range []struct{ name, next, at, err string }{
		{"relative inside", "mv sub real; ln -s real sub", "real", ""},
		{"absolute inside", "mv sub real; ln -s /etc/real sub", "real", ""},
		{"up and back", "mv sub real; ln -s ../etc/real sub", "real", ""},
		{"above the root and back", "mv sub real; ln -s ../../../etc/./real// sub", "real", ""},
		{"through another link", "mkdir x; mv sub x/real; ln -s x y; ln -s y/real sub", "x/real", ""},
		{"to etc itself", "rm -r sub; ln -s . sub", ".", ""},
		{"relative outside", "rm -r sub; ln -s ../outside sub", "", "link out of /etc: 'sub'"},
		{"absolute outside", "rm -r sub; ln -s $(realpath ../outside) sub", "", "link out of /etc: 'sub'"},
		{"through a link outside", "rm -r sub; ln -s ../outside x; ln -s x/y sub", "", "link out of /etc: 'sub'"},
		{"back from outside", "rm -r sub; ln -s ../outside/../etc/deep sub", "", "link out of /etc: 'sub'"},
		{"the root", "rm -r sub; ln -s / sub", "", "link out of /etc: 'sub'"},
		{"circle", "rm -r sub; ln -s sub sub", "", "opendir(sub): Too many levels of symbolic links"},
		{"two circles", "rm -r sub; ln -s x sub; ln -s sub x", "", "opendir(sub): Too many levels of symbolic links"},
		{"to a file", "rm -r sub; ln -s a.conf sub", "", "opendir(sub): Not a directory"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Mkdir(dir+"/outside", 0o755); err != nil {
				t.Fatal(err)
			}
			sh(t, dir, "mkdir outside/y; echo 1 > outside/d.conf; echo 1 > outside/c.conf; cp -a outside before")
			orig, modified, target := trees(t, scripts{orig: base, edit: "chmod 700 sub; echo 1 > sub/n; rm sub/c.conf; echo 2 > sub/d.conf"})
			// The target lies beside the directory outside.
			if err := os.Rename(target, dir+"/etc"); err != nil {
				t.Fatal(err)
			}
			target = dir + "/etc"
			sh(t, target, test.next)
			// Only what is below sub counts, as sub itself would be replaced.
			sh(t, orig, "chmod 700 sub")
			_, err := etcmerge.Merge(t.Context(), open(t, orig), open(t, modified), open(t, target), nil)
			testutil.SameTree(t, dir+"/before", dir+"/outside", nil)
			if test.err != "" {
				var conflict *etcmerge.ConflictError
				if !errors.As(err, &conflict) || !strings.Contains(conflict.Conflicts[len(conflict.Conflicts)-1].Text, test.err) {
					t.Fatalf("%v, want %s", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for path, want := range map[string]string{"": "d 700", "n": "f 644 1", "d.conf": "f 644 2", "c.conf": "-"} {
				if got := describe(filepath.Join(target, test.at, path)); got != want {
					t.Errorf("%s/%s is %s, want %s", test.at, path, got, want)
				}
			}
		})
	}
}

// A removal below a link that leads out removes nothing there, and is no conflict.
func TestRemovalOutside(t *testing.T) {
	orig, modified, target := trees(t, scripts{orig: base, edit: "rm sub/c.conf", next: "rm -r sub; mkdir ../out; echo 1 > ../out/c.conf; ln -s ../out sub"})
	if _, err := etcmerge.Merge(t.Context(), open(t, orig), open(t, modified), open(t, target), nil); err != nil {
		t.Fatal(err)
	}
	if got := describe(filepath.Join(target, "../out/c.conf")); got != "f 644 1" {
		t.Error(got)
	}
}

// Links of the administrator are not followed, things that block are not opened.
func TestModifiedIsNotFollowed(t *testing.T) {
	orig, modified, target := trees(t, scripts{orig: base, edit: "rm -r deep; ln -s / deep; rm a.conf; mkfifo a.conf; ln -s ../.. new; rm b.conf; ln -s /dev/zero b.conf",
		next: "rm -r deep"})
	c, err := etcmerge.Compare(t.Context(), open(t, orig), open(t, modified))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(c.Lines(), ","); got != "M    a.conf,M    b.conf,M    deep,A    new" {
		t.Error(got)
	}
	if _, err := etcmerge.Merge(t.Context(), open(t, orig), open(t, modified), open(t, target), nil); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"deep": "l /", "a.conf": "-", "new": "l ../..", "b.conf": "l /dev/zero"} {
		if got := describe(filepath.Join(target, path)); got != want {
			t.Errorf("%s is %s", path, got)
		}
	}
}

func TestSameFile(t *testing.T) {
	dir := t.TempDir()
	sh(t, dir, "mkdir o m; head -c 300000 /dev/zero > o/big; ln o/big m/big; cp o/big o/copy; cp -p o/big m/copy; printf 1 | dd of=m/copy bs=1 seek=299999 conv=notrunc 2>/dev/null")
	c, err := etcmerge.Compare(t.Context(), open(t, dir+"/o"), open(t, dir+"/m"))
	if err != nil || strings.Join(c.Lines(), ",") != "M    copy" {
		t.Error(c, err)
	}
}

func TestNoXattrs(t *testing.T) {
	testutil.UserXattrs(t, t.TempDir())
	orig, modified, target := trees(t, scripts{orig: base, edit: "mkdir n; echo 1 > n/x; echo 2 > y"})
	for _, p := range []string{"n", "n/x", "y"} {
		if err := unix.Setxattr(filepath.Join(modified, p), "user.a", []byte("1"), 0); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := etcmerge.Merge(t.Context(), open(t, orig), open(t, modified), open(t, target), &etcmerge.Options{NoXattrs: true}); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"n", "n/x", "y"} {
		if _, err := unix.Getxattr(filepath.Join(target, p), "user.a", make([]byte, 10)); !errors.Is(err, unix.ENODATA) {
			t.Errorf("%s: %v", p, err)
		}
	}
}

func TestCancelled(t *testing.T) {
	orig, modified, target := trees(t, scripts{orig: base, edit: "echo 1 > n"})
	ctx, cancel := context.WithCancel(t.Context())
	opts := &etcmerge.Options{Compared: func(*etcmerge.Changes) { cancel() }}
	if _, err := etcmerge.Merge(ctx, open(t, orig), open(t, modified), open(t, target), opts); !errors.Is(err, context.Canceled) {
		t.Errorf("Merge: %v", err)
	}
	if _, err := etcmerge.Compare(ctx, open(t, orig), open(t, modified)); !errors.Is(err, context.Canceled) {
		t.Errorf("Compare: %v", err)
	}
}

// The handles can be used again, and are not moved.
func TestHandles(t *testing.T) {
	orig, modified, _ := trees(t, scripts{orig: base, edit: "echo 1 > n"})
	o, m := open(t, orig), open(t, modified)
	for range 2 {
		c, err := etcmerge.Compare(t.Context(), o, m)
		if err != nil || strings.Join(c.Lines(), ",") != "A    n" {
			t.Error(c, err)
		}
	}
	if names, err := o.Readdirnames(-1); err != nil || len(names) != 5 {
		t.Error(names, err)
	}
}

func BenchmarkCompare(b *testing.B) {
	dir := b.TempDir()
	for _, side := range []string{"o", "m"} {
		for i := range 2000 {
			p := filepath.Join(dir, side, string(rune('a'+i%26)), "d", filepath.Base(strings.Repeat("x", 1+i/26)))
			if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
				b.Fatal(err)
			}
			if err := os.WriteFile(p, make([]byte, 2000), 0o644); err != nil {
				b.Fatal(err)
			}
		}
	}
	o, m := open(b, dir+"/o"), open(b, dir+"/m")
	b.ReportAllocs()
	for b.Loop() {
		if c, err := etcmerge.Compare(b.Context(), o, m); err != nil || len(c.Lines()) != 0 {
			b.Fatal(c, err)
		}
	}
}
