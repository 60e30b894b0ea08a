//go:build unix

package tree

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/confine"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// open returns a tree with the given links, "name target", and directories, "name/".
func open(t testing.TB, opt Options, entries ...string) *Tree {
	t.Helper()
	root := t.TempDir()
	for _, e := range entries {
		name, target, isLink := strings.Cut(e, " ")
		p := filepath.Join(root, name)
		must(t, os.MkdirAll(filepath.Dir(p), 0o755))
		switch {
		case isLink:
			must(t, os.Symlink(target, p))
		case strings.HasSuffix(name, "/"):
			must(t, os.MkdirAll(p, 0o755))
		default:
			must(t, os.WriteFile(p, nil, 0o644))
		}
	}
	tr, err := Open(root, opt)
	must(t, err)
	t.Cleanup(func() { tr.Close() })
	return tr
}

func TestResolve(t *testing.T) {
	tr := open(t, Options{}, "d/sub/", "file", "abs /d", "rel d", "x/y/up ../../../../d", "chain x/y/up/sub", "last /nowhere",
		"dangling /gone/deep", "dots d/sub/../sub/..", "l1 l2", "l2 l1", "self self/x", "root /", "trailing d/")
	for name, want := range map[string]string{
		"/": "/", "/a": "/a", "/no/such/dir": "/no/such/dir", "/abs/f": "/d/f", "/rel/f": "/d/f", "/x/y/up/f": "/d/f",
		"/chain/f": "/d/sub/f", "/last": "/last", "/dangling/f": "/gone/deep/f", "/dots/f": "/d/f", "/root/root/abs/f": "/d/f",
		"/trailing/f": "/d/f", "/rel/sub/../f": "/d/f", "/../../abs/f": "/d/f", "/file/f": "/file/f", "/abs/sub/f": "/d/sub/f",
	} {
		for range 2 { // the second time from memory
			if got, err := tr.Resolve(name); err != nil || got != want {
				t.Errorf("%s is %s (%v), want %s", name, got, err, want)
			}
		}
	}
	for _, name := range []string{"/l1/f", "/self/f"} {
		if got, err := tr.Resolve(name); !errors.Is(err, unix.ELOOP) {
			t.Errorf("%s is %s (%v)", name, got, err)
		}
	}
	if got, err := tr.ResolveAll("/chain"); err != nil || got != "/d/sub" {
		t.Errorf("chain is %s (%v)", got, err)
	}
}

func TestDepth(t *testing.T) {
	for name, want := range map[string]int{"/": 0, "/a": 1, "/a/b": 2} {
		if got := Depth(name); got != want {
			t.Errorf("depth of %s is %d", name, got)
		}
	}
}

func TestNote(t *testing.T) {
	tr := open(t, Options{Relabel: true}, "d/", "link /nowhere")
	for _, p := range []string{"/d/f", "/d/new/x/y", "/top", "/never", "/link"} {
		must(t, tr.Note(p))
	}
	must(t, tr.WriteFile("/d/f", nil))
	must(t, tr.WriteFile("/d/new/x/y", nil))
	must(t, tr.Note("/d/new/x/z"))
	must(t, tr.WriteFile("/d/new/x/z", nil))
	must(t, tr.WriteFile("/top", nil))
	got, err := tr.Labels()
	must(t, err)
	want := []string{"/d/f", "/d/new", "/d/new/x/z", "/link", "/top"}
	for i := range want {
		want[i] = tr.Path(want[i])
	}
	if !slices.Equal(got, want) {
		t.Errorf("labels %q, want %q", got, want)
	}
	off := open(t, Options{})
	must(t, off.Note("/x"))
	must(t, off.WriteFile("/x", nil))
	if got, err := off.Labels(); err != nil || len(got) != 0 {
		t.Errorf("labels %q %v", got, err)
	}
}

func TestStale(t *testing.T) {
	digits := func(i int) string { return fmt.Sprintf("%016x", i) }
	for _, remove := range []bool{true, false} {
		tr := open(t, Options{RemoveStale: remove}, "d/"+TempPrefix+digits(1), "d/"+TempPrefix+digits(2)+"/", "d/other",
			"d/"+TempPrefix+"keep", "d/"+TempPrefix+digits(3), "d/"+TempPrefix+"0123456789ABCDEF", "d/"+TempPrefix+digits(1)+"0",
			"d/"+TempPrefix+digits(4)+" other")
		must(t, unix.Mkfifo(tr.Path("/d/"+TempPrefix+digits(5)), 0o600))
		must(t, unix.Chmod(tr.Path("/d/"+TempPrefix+digits(1)), 0o4755))
		tr.Protect("/elsewhere/" + TempPrefix + digits(3))
		must(t, tr.WriteFile("/d/f", nil))
		entries, err := os.ReadDir(tr.Path("/d"))
		must(t, err)
		var got []string
		for _, e := range entries {
			got = append(got, strings.TrimPrefix(e.Name(), TempPrefix))
		}
		want := []string{digits(1), digits(1) + "0", digits(2), digits(3), digits(4), digits(5), "0123456789ABCDEF", "keep", "f", "other"}
		if remove {
			want = slices.Delete(slices.Delete(want, 4, 5), 0, 1)
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("RemoveStale %v: %q, want %q", remove, got, want)
		}
	}
}

// TestStaleAlias: a directory that is reached by another name has files of this run.
func TestStaleAlias(t *testing.T) {
	tr := open(t, Options{RemoveStale: true}, "b/", "a b")
	f, err := tr.Create("/a/x")
	must(t, err)
	must(t, tr.WriteFile("/b/y", nil))
	must(t, f.Commit(NoOwner(), 0o644))
	tr.Forget()
	// Even where a directory looks like another one, as on some file systems.
	f, err = tr.Create("/a/z")
	must(t, err)
	clear(tr.cleaned)
	tr.Forget()
	must(t, tr.WriteFile("/b/y", nil))
	must(t, f.Commit(NoOwner(), 0o644))
}

// TestReplacedLink: a name that led through a link does not, after that is replaced.
func TestReplacedLink(t *testing.T) {
	for name, replace := range map[string]func(*Tree) error{
		"file":   func(tr *Tree) error { return tr.WriteFile("/l/l", nil) },
		"link":   func(tr *Tree) error { return tr.Symlink("f", "/l/l", NoOwner(), true) },
		"remove": func(tr *Tree) error { return tr.Remove("/l/l") },
	} {
		tr := open(t, Options{}, "l .", "f")
		must(t, tr.WriteFile("/l/x", nil))
		must(t, replace(tr))
		_ = tr.WriteFile("/l/y", nil)
		if _, err := os.Lstat(tr.Path("/y")); err == nil {
			t.Errorf("%s: the link that is gone was followed", name)
		}
	}
}

func TestTempName(t *testing.T) {
	if n, ok := tempNumber(tempName(1<<63 + 5)); !ok || n != 1<<63+5 {
		t.Errorf("%x %v", n, ok)
	}
	if _, ok := tempNumber(TempName()); !ok {
		t.Error("not the form of temporary names")
	}
	for _, s := range []string{"", TempPrefix, TempPrefix + "+123456789abcdef", TempPrefix + "0x23456789abcdef", "x" + tempName(1)} {
		if _, ok := tempNumber(s); ok {
			t.Errorf("%q has the form", s)
		}
	}
}

func TestLines(t *testing.T) {
	tr := open(t, Options{}, "f")
	for _, c := range []struct{ had, want string }{{"", "n\n"}, {"a", "a\nn\n"}, {"a\n", "a\nn\n"}, {"\n", "\nn\n"}} {
		must(t, os.WriteFile(tr.Path("/f"), []byte(c.had), 0o644))
		if open, err := tr.Unfinished("/f"); err != nil || open != (c.had == "a") {
			t.Errorf("%q: %v %v", c.had, open, err)
		}
		must(t, tr.AppendLine("/f", []byte("n\n")))
		if data, _ := os.ReadFile(tr.Path("/f")); string(data) != c.want {
			t.Errorf("%q: %q", c.had, data)
		}
	}
}

// TestManyDirectories uses more of them than stay open, and holds files in some.
func TestManyDirectories(t *testing.T) {
	tr := open(t, Options{})
	var held []*NewFile
	for i := range 3 * maxDirs {
		p := fmt.Sprintf("/d%d/f", i)
		f, err := tr.Create(p)
		must(t, err)
		if i%10 == 0 {
			held = append(held, f)
			continue
		}
		must(t, f.Commit(NoOwner(), 0o644))
	}
	for _, f := range held {
		must(t, f.Commit(NoOwner(), 0o600))
	}
	must(t, tr.Sync())
	for i := range 3 * maxDirs {
		if _, err := os.Stat(tr.Path(fmt.Sprintf("/d%d/f", i))); err != nil {
			t.Error(err)
		}
	}
	if len(tr.dirs) > maxDirs {
		t.Errorf("%d directories are open", len(tr.dirs))
	}
	for _, d := range tr.dirs {
		if d.refs != 1 {
			t.Errorf("a directory is held %d times", d.refs)
		}
	}
}

func TestExisting(t *testing.T) {
	tr := open(t, Options{}, "f", "l f", "d/")
	must(t, unix.Mkfifo(tr.Path("/fifo"), 0o644))
	for _, p := range []string{"/l", "/d", "/fifo"} {
		if f, err := tr.Existing(p); !errors.Is(err, confine.ErrNotRegular) {
			t.Errorf("%s: %v %v", p, f, err)
		}
		if err := tr.AppendLine(p, []byte("x\n")); !errors.Is(err, confine.ErrNotRegular) {
			t.Errorf("append to %s: %v", p, err)
		}
	}
	must(t, tr.AppendLine("/f", []byte("x\n")))
	must(t, tr.AppendLine("/n/new", []byte("x\n")))
	must(t, tr.AppendLine("/n/new", []byte("y\n")))
	if data, _ := os.ReadFile(tr.Path("/n/new")); string(data) != "x\ny\n" {
		t.Errorf("lines %q", data)
	}
}

func TestSpecialBits(t *testing.T) {
	tr := open(t, Options{}, "f")
	must(t, unix.Chmod(tr.Path("/f"), 0o4755))
	f, err := tr.Existing("/f")
	must(t, err)
	defer f.Close()
	must(t, tr.SetOwnerMode(f, NoOwner(), nil))
	if st, err := FStat(f); err != nil || st.Mode&0o7777 != 0o755 {
		t.Errorf("mode %o %v: like chown, setting the owner clears special bits", st.Mode, err)
	}
}

func TestAccounts(t *testing.T) {
	tr := open(t, Options{}, "usr/lib/", "etc/")
	set := func(name, text string) { must(t, os.WriteFile(tr.Path(name), []byte(text), 0o644)) }
	if _, err := tr.Accounts().User("a"); !errors.Is(err, ErrUnknown) || err.Error() != `user: unknown user user "a" not found` {
		t.Errorf("error %v", err)
	}
	set("/etc/passwd", "a:x:1:2::/home/a:/bin/sh\na:x:9:9::/:/\nbad:x:-1:2::/:/\nshort:x:1\n#c:x:1:1::/:/\n+n:x:1:1::/:/\n")
	set("/usr/lib/passwd", "a:x:7:7::/:/\nlib:x:3:4::/lib:/sbin/nologin")
	set("/usr/lib/group", "g:x:5:a,b\n")
	for name, want := range map[string]User{"a": {"a", 1, 2, "/home/a"}, "lib": {"lib", 3, 4, "/lib"}} {
		if got, err := tr.Accounts().User(name); err != nil || got != want {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
	for _, name := range []string{"bad", "short", "#c", "+n", ""} {
		if got, err := tr.Accounts().User(name); !errors.Is(err, ErrUnknown) {
			t.Errorf("%q: %+v %v", name, got, err)
		}
	}
	if g, err := tr.Accounts().Group("g"); err != nil || g.GID != 5 {
		t.Errorf("group %+v %v", g, err)
	}
	set("/etc/passwd", "new:x:1:2::/home/a:/bin/sh\n")
	if _, err := tr.Accounts().User("new"); err != nil {
		t.Errorf("a change was not seen: %v", err)
	}
}

func FuzzAccounts(f *testing.F) {
	f.Add([]byte("root:x:0:0:root:/root:/bin/bash\nbob:x:1000:1000::/home/bob:\n"), "bob")
	f.Add([]byte("+::::::\n#a:b:1:1:c:d:e\n:x:1:1:::\nx:::::\n"), "x")
	f.Add([]byte("a:x:4294967296:1::/:\na:x:4294967295:1::/:"), "a")
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		users := map[string]User{}
		parseDatabase(data, users, parseUser)
		for n, u := range users {
			if n != u.Name || n == "" || strings.ContainsAny(n, ":\n") || u.UID < 0 || u.UID > 1<<32-1 || u.GID < 0 || u.GID > 1<<32-1 ||
				!bytes.Contains(data, []byte(n+":")) {
				t.Errorf("%q: %+v", n, u)
			}
		}
		// What was found is found again in a line of its own.
		if u, ok := users[name]; ok {
			again := map[string]User{}
			parseDatabase(fmt.Appendf(nil, "%s:x:%d:%d:c:%s:s", u.Name, u.UID, u.GID, u.Home), again, parseUser)
			if again[name] != u {
				t.Errorf("%+v became %+v", u, again[name])
			}
		}
		groups := map[string]Group{}
		parseDatabase(data, groups, parseGroup)
		if lines := bytes.Count(data, []byte("\n")) + 1; len(groups) > lines || len(users) > lines {
			t.Errorf("%d users and %d groups in %d lines", len(users), len(groups), lines)
		}
	})
}
