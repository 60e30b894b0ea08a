package selinux_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/nestos-dev/nestos/internal/selinux"
)

const (
	file = 0o100644
	dir  = 0o040755
	link = 0o120777
	char = 0o020600
	disk = 0o060600
	fifo = 0o010600
	sock = 0o140600
)

var smallCases = []struct {
	path  string
	mode  uint32
	label string // the type, or nothing for no label
}{
	{"/", dir, "root_t"},
	{"//", dir, "root_t"},
	{"/unknown", file, "default_t"},
	{"/usr", dir, "usr_t"},
	{"/usrlocal", dir, "default_t"},
	{"/usr/share/x", file, "usr_t"},
	{"/usr/bin/ls", file, "bin_t"},
	{"/usr/bin/bash", file, "shell_exec_t"}, // exact entries come before later expressions
	{"/usr/bin/bash", link, "bin_t"},
	{"/usr/bin/bash", 0, "shell_exec_t"},
	{"/usr/bin/dash", file, "late_t"},
	{"/bin/bash", file, "shell_exec_t"},
	{"/binary", file, "default_t"},
	{"/usr/lib/libc.so.6", file, "lib_t"},
	{"/usr/lib/libc.so.6", link, "usr_t"},
	{"/usr/lib/x/libc.so", link, "lib_link_t"},
	{"/usr/share/man/man1", dir, "man_t"},
	{"/usr/man", dir, "man_t"},
	{"/usr/share/manual", dir, "usr_t"},
	{"/lib/libc.so", file, "lib_t"},
	{"/lib/sub/passwd", file, "etc_t"},
	{"/myroot/libc.so", file, "lib_t"},
	{"/alt/usr", dir, "usr_t"},
	{"/alt", dir, "root_t"},
	{"/etc/shadow-", file, "shadow_t"},
	{"//etc///shadow-/", file, "shadow_t"},
	{"/etc/name.with+signs", file, "signs_t"},
	{"/etc/nameXwith+signs", file, "etc_t"},
	{"/etc/one/a", file, "one_t"},
	{"/etc/one/a/b", file, "etc_t"},
	{"/etc/any/a", file, "any_t"},
	{"/etc/any/a/b", file, "etc_t"},
	{"/etc/byte/a", file, "byte_t"},
	{"/etc/byte/\xff", file, "byte_t"},
	{"/etc/byte/é", file, "etc_t"}, // two bytes
	{"/etc/yes.ahead", file, "ahead_t"},
	{"/etc/not.ahead", file, "etc_t"},
	{"/etc/xx-xx.ref", file, "ref_t"},
	{"/etc/xx-x.ref", file, "etc_t"},
	{"/dev/sda", disk, "disk_t"},
	{"/dev/tty", char, "device_t"},
	{"/dev/log", sock, "log_t"},
	{"/dev/initctl", fifo, "initctl_t"},
	{"/dev/x", file, "default_t"},
	{"/proc", dir, "mnt_t"},
	{"/proc/1", dir, ""},
	{"/tmp/x", file, ""},
	{"/var/cache/exact", file, ""},
	{"/home/me", dir, "user_home_dir_t"},
	{"/home/me/x", file, "user_home_t"},
	{"/home/me/www/x", file, "www_t"},
	{"/home/special", dir, "special_t"},
	{"relative", file, ""},
}

func loadSmall(t testing.TB) *selinux.Policy {
	t.Helper()
	p, err := selinux.Load(os.DirFS("testdata/root"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestLookup(t *testing.T) {
	p := loadSmall(t)
	for _, c := range smallCases {
		got := lookup(t, p, c.path, c.mode)
		if c.label == "" && got != "<<none>>" || c.label != "" && !strings.Contains(got, ":"+c.label+":") {
			t.Errorf("%q %o: %s, want %s", c.path, c.mode, got, c.label)
		}
	}
	if _, _, err := p.Lookup("", file); err == nil {
		t.Error("the empty path is accepted")
	}
}

// lookup gives the label or <<none>>.
func lookup(t testing.TB, p *selinux.Policy, path string, mode uint32) string {
	t.Helper()
	label, ok, err := p.Lookup(path, mode)
	if err != nil {
		t.Errorf("%s: %v", path, err)
	}
	if !ok {
		return "<<none>>"
	}
	return label
}

func TestConcurrentLookups(t *testing.T) {
	p := loadSmall(t)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for j := range len(smallCases) * 4 {
				c := smallCases[(i*7+j)%len(smallCases)]
				if _, _, err := p.Lookup(c.path, c.mode); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
}

func TestLoad(t *testing.T) {
	p := loadSmall(t)
	if p.Name() != "small" {
		t.Errorf("name %q", p.Name())
	}
	if want := fmt.Sprintf("%x", sha256.Sum256([]byte("new"))); p.Checksum() != want {
		t.Errorf("checksum %q, want that of policy.31", p.Checksum())
	}
}

func TestLoadFindsOrRefuses(t *testing.T) {
	config := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	const enabled = "SELINUX=Enforcing\nSELINUXTYPE= p \n"
	const contexts = "selinux/p/contexts/files/file_contexts"
	all := config("/.* a:b:c\n")
	cases := []struct {
		name string
		root fstest.MapFS
		want string // part of the error, or nothing
	}{
		{"usr/etc", fstest.MapFS{"usr/etc/selinux/config": config(enabled), "usr/etc/" + contexts: all}, ""},
		{"no config", fstest.MapFS{}, selinux.ErrNoPolicy.Error()},
		{"etc/selinux hides usr/etc", fstest.MapFS{"etc/selinux/x": all, "usr/etc/selinux/config": config(enabled), "usr/etc/" + contexts: all}, selinux.ErrNoPolicy.Error()},
		{"disabled", fstest.MapFS{"etc/selinux/config": config("SELINUX=disabled\nSELINUXTYPE=p\n"), "etc/" + contexts: all}, selinux.ErrNoPolicy.Error()},
		{"commented out", fstest.MapFS{"etc/selinux/config": config("#SELINUX=enforcing\nSELINUXTYPE=p\n"), "etc/" + contexts: all}, selinux.ErrNoPolicy.Error()},
		{"no type", fstest.MapFS{"etc/selinux/config": config("SELINUX=enforcing\n")}, "invalid SELINUXTYPE"},
		{"type is a path", fstest.MapFS{"etc/selinux/config": config("SELINUX=enforcing\nSELINUXTYPE=../p\n")}, "invalid SELINUXTYPE"},
		{"no contexts", fstest.MapFS{"etc/selinux/config": config(enabled)}, "file does not exist"},
		{"nothing for /", fstest.MapFS{"etc/selinux/config": config(enabled), "etc/" + contexts: config("/x a:b:c\n")}, "no label for /"},
		{"bad expression for /", fstest.MapFS{"etc/selinux/config": config(enabled), "etc/" + contexts: config("(.* a:b:c\n")}, "not supported"},
		{"bad line", fstest.MapFS{"etc/selinux/config": config(enabled), "etc/" + contexts: all, "etc/" + contexts + ".local": config("\n/x\n")}, "file_contexts.local: line 2 is missing fields"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p, err := selinux.Load(c.root)
			switch {
			case c.want == "" && (err != nil || p.Name() != "p" || p.Checksum() != ""):
				t.Error(p, err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("error %v, want %q", err, c.want)
			}
			if c.want == selinux.ErrNoPolicy.Error() && !errors.Is(err, selinux.ErrNoPolicy) {
				t.Error("not ErrNoPolicy")
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"/a -x l":     `file_contexts: line 1 has invalid file type "-x"`,
		"\n/a é":      "file_contexts: line 2 has non-ASCII characters",
		"#c\n/a":      "file_contexts: line 2 is missing fields",
		"/a regular ": "",
	} {
		_, err := selinux.Parse(selinux.Files{Contexts: []byte(text)})
		if got := fmt.Sprint(err); want != "" && got != want || want == "" && err != nil {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestBadExpressionsFailWhereTheyCount(t *testing.T) {
	p, err := selinux.Parse(selinux.Files{Contexts: []byte("/a)|(?:b x\n/fine y\n")})
	if err != nil {
		t.Fatal(err)
	}
	if label, ok, err := p.Lookup("/fine", file); label != "y" || !ok || err != nil {
		t.Error(label, ok, err)
	}
	if _, _, err := p.Lookup("/other", file); err == nil || !strings.Contains(err.Error(), "not supported") {
		t.Error(err)
	}
}

func TestBacktrackingIsBounded(t *testing.T) {
	p, err := selinux.Parse(selinux.Files{Contexts: []byte(`(?=/)((a|/)+)+\2b x`)})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.Lookup("/"+strings.Repeat("a", 60), file); err == nil {
		t.Error("no error")
	}
}
