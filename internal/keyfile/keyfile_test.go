package keyfile_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/keyfile"
)

func parse(t *testing.T, text string) *keyfile.File {
	t.Helper()
	f, err := keyfile.Parse([]byte(text))
	if err != nil {
		t.Fatalf("Parse(%q): %v", text, err)
	}
	return f
}

func TestParseKeepsEveryByte(t *testing.T) {
	texts := []string{
		"", "\n", "# only\n", "[a]", "[a]\nb=1", "[a] \t\n", "  [a]\n\t b \t=  1  \n",
		"# top\n\n[core]\nmode=archive\n; = odd\n\n\n# tail\n",
		"[a]\nb=1\nb=2\n[c]\n[a]\nb=3\n", "[a]\r\nb=1\r\n\r\n# c\r\n",
		"[d]\nName=x\nName[de]=y\nName[sr@latin]=z\n", "[a]\nb=\xff\n#\xfe\n", "   \n[a]\n   \nx=1\n",
	}
	for _, text := range texts {
		if got := string(parse(t, text).Bytes()); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func TestParseErrors(t *testing.T) {
	const notUnderstood = "Key file contains line “%s” which is not a key-value pair, group, or comment"
	cases := []struct {
		text string
		line int
		want string
	}{
		{"b=1\n", 1, "Key file does not start with a group"},
		{"[a]=1\n", 1, "Key file does not start with a group"},
		{"# c\n[a]\nfoo\n", 3, fmt.Sprintf(notUnderstood, "foo")},
		{"[a]\n  =1\n", 2, fmt.Sprintf(notUnderstood, "  =1")},
		{"[a] x\n", 1, fmt.Sprintf(notUnderstood, "[a] x")},
		{"[a\n", 1, fmt.Sprintf(notUnderstood, "[a")},
		{"[a]]\n", 1, fmt.Sprintf(notUnderstood, "[a]]")},
		{"\ufeff[a]\n", 1, fmt.Sprintf(notUnderstood, "\ufeff[a]")},
		{"[a]\nfoo\xff\n", 2, fmt.Sprintf(notUnderstood, "foo\ufffd")},
		{"[a]\nb=1\x00\n", 2, fmt.Sprintf(notUnderstood, "b=1\x00")},
		{"[]\n", 1, "Invalid group name: "},
		{"[a[b]\n", 1, "Invalid group name: a[b"},
		{"[a\tb]\n", 1, "Invalid group name: a\tb"},
		{"[a]\nb[de=1\n", 2, "Invalid key name: b[de"},
		{"[a]\nx [de]=1\n", 2, "Invalid key name: x [de]"},
		{"[a]\nx[de@y+Z]=1\n", 2, "Invalid key name: x[de@y+Z]"},
		{"[a]\nEncoding=latin1\n", 2, "Key file contains unsupported encoding “latin1”"},
	}
	for _, c := range cases {
		_, err := keyfile.Parse([]byte(c.text))
		var parseErr *keyfile.ParseError
		if !errors.As(err, &parseErr) {
			t.Errorf("%q: error %v", c.text, err)
			continue
		}
		if err.Error() != c.want || parseErr.Line != c.line {
			t.Errorf("%q: line %d: %q, want line %d: %q", c.text, parseErr.Line, err, c.line, c.want)
		}
	}
}

func TestErrorTextIsBounded(t *testing.T) {
	_, err := keyfile.Parse([]byte(strings.Repeat("x", 1<<20)))
	if err == nil || len(err.Error()) > 2000 {
		t.Errorf("error of %d bytes", len(err.Error()))
	}
}

func TestLookup(t *testing.T) {
	f := parse(t, "[a]\nb=1\nb=2\nt[de]=x\n[c]\n[a]\nq=z\n")
	if got := f.Groups(); !slices.Equal(got, []string{"a", "c"}) {
		t.Errorf("groups %q", got)
	}
	if got, err := f.Keys("a"); err != nil || !slices.Equal(got, []string{"b", "t[de]", "q"}) {
		t.Errorf("keys %q, %v", got, err)
	}
	if got, _ := f.Value("a", "b"); got != "2" {
		t.Errorf("b is %q, the last one must count", got)
	}
	if !f.HasKey("a", "q") || f.HasKey("a", "") || f.HasKey("x", "b") || !f.HasGroup("c") || f.HasGroup("") {
		t.Error("HasKey or HasGroup")
	}
	_, err := f.Value("core", "nope")
	if !errors.Is(err, keyfile.ErrGroupNotFound) || errors.Is(err, keyfile.ErrKeyNotFound) {
		t.Error(err)
	}
	_, err = f.Value("a", "nope")
	if !errors.Is(err, keyfile.ErrKeyNotFound) || err.Error() != "Key file does not have key “nope” in group “a”" {
		t.Error(err)
	}
	for _, err := range []error{f.Remove("nope", "x"), f.RemoveGroup("nope")} {
		if !errors.Is(err, keyfile.ErrGroupNotFound) || err.Error() != "Key file does not have group “nope”" {
			t.Error(err)
		}
	}
	if _, err = f.Keys("nope"); !errors.Is(err, keyfile.ErrGroupNotFound) {
		t.Error(err)
	}
}

func TestEdit(t *testing.T) {
	set := func(group, key, value string) func(*keyfile.File) error {
		return func(f *keyfile.File) error { return f.SetValue(group, key, value) }
	}
	cases := []struct {
		name, before string
		edit         func(*keyfile.File) error
		after        string
	}{
		{"first group", "", set("a", "n", "v"), "[a]\nn=v\n"},
		{"new group after a blank line", "[a]\nb=1\n", set("c", "n", "v"), "[a]\nb=1\n\n[c]\nn=v\n"},
		{"new group, blank line there", "[a]\nb=1\n\n", set("c", "n", "v"), "[a]\nb=1\n\n[c]\nn=v\n"},
		{"new group, no newline at end", "[a]", set("c", "n", "v"), "[a]\n\n[c]\nn=v\n"},
		{"new group after a comment", "# x", set("c", "n", "v"), "# x\n\n[c]\nn=v\n"},
		{"new key before the separating line", "[a]\nb=1\n\n[c]\n", set("a", "n", "v"), "[a]\nb=1\nn=v\n\n[c]\n"},
		{"new key before the next group's comment", "[a]\nb=1\n\n# c\n[c]\n", set("a", "n", "v"), "[a]\nb=1\nn=v\n\n# c\n[c]\n"},
		{"new key after an unterminated line", "[a]\nb=1", set("a", "n", "v"), "[a]\nb=1\nn=v\n"},
		{"new key in an empty group", "[a]", set("a", "n", "v"), "[a]\nn=v\n"},
		{"changed key keeps its layout", "[a]\n b = 1\r\n#c\n", set("a", "b", "22"), "[a]\n b = 22\r\n#c\n"},
		{"last of two is changed", "[a]\nb=1\nb=2\n", set("a", "b", "3"), "[a]\nb=1\nb=3\n"},
		{"value with leading space", "[a]\nb=1\n", set("a", "b", "  x "), "[a]\nb=  x \n"},
		{"remove all of a key", "[a]\nb=1\nc=2\nb[de]=1\nb=3\n", func(f *keyfile.File) error { return f.Remove("a", "b") }, "[a]\nc=2\nb[de]=1\n"},
		{"remove the last group", "[a]\nb=1\n\n[c]\nd=2\n", func(f *keyfile.File) error { return f.RemoveGroup("c") }, "[a]\nb=1\n"},
		{"remove the first group", "# top\n\n[a]\nb=1\n\n[c]\nd=2\n", func(f *keyfile.File) error { return f.RemoveGroup("a") }, "# top\n\n[c]\nd=2\n"},
		{"remove the only group", "[a]\nb=1\n", func(f *keyfile.File) error { return f.RemoveGroup("a") }, ""},
		{"remove a middle group", "[a]\n[c]\nd=2\n[e]\n", func(f *keyfile.File) error { return f.RemoveGroup("c") }, "[a]\n\n[e]\n"},
		{"remove a group in two places", "[a]\nb=1\n\n[c]\n\n[a]\nb=2\n", func(f *keyfile.File) error { return f.RemoveGroup("a") }, "[c]\n"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := parse(t, c.before)
			clone := f.Clone()
			if err := c.edit(f); err != nil {
				t.Fatal(err)
			}
			if got := string(f.Bytes()); got != c.after {
				t.Errorf("got %q, want %q", got, c.after)
			}
			if got := string(clone.Bytes()); got != c.before {
				t.Errorf("the clone changed to %q", got)
			}
		})
	}
}

func TestAddAndRemoveRestores(t *testing.T) {
	const text = "[core]\nrepo_version=1\nmode=bare\n"
	f := parse(t, text)
	if err := f.SetValue(`remote "o"`, "url", "http://x"); err != nil {
		t.Fatal(err)
	}
	if err := f.RemoveGroup(`remote "o"`); err != nil {
		t.Fatal(err)
	}
	if got := string(f.Bytes()); got != text {
		t.Errorf("got %q", got)
	}
}

func TestSetRefuses(t *testing.T) {
	f := keyfile.New()
	for _, c := range [][3]string{
		{"", "k", "v"}, {"a]", "k", "v"}, {"a\n", "k", "v"}, {"a", "", "v"}, {"a", "k=", "v"}, {"a", " k", "v"},
		{"a", "k[", "v"}, {"a", "#k", "v"}, {"a", "[k]", "v"}, {"a", "k\n", "v"}, {"a", "k", "v\nw=1"}, {"a", "k", "v\x00"}, {"a", "k", "v\r"},
	} {
		if err := f.SetValue(c[0], c[1], c[2]); err == nil {
			t.Errorf("SetValue(%q) is accepted", c)
		}
	}
	if len(f.Bytes()) != 0 {
		t.Errorf("something was written: %q", f.Bytes())
	}
}
