package osrelease_test

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/nestos-dev/nestos/internal/osrelease"
)

func TestParse(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want map[string]string
	}{
		"empty":                        {"", nil},
		"plain":                        {"ID=demo\n", map[string]string{"ID": "demo"}},
		"no line end":                  {"ID=demo", map[string]string{"ID": "demo"}},
		"quotes":                       {"A=\"x y\"\nB='x \"y'\nC=a\"b\"'c'd\n", map[string]string{"A": "x y", "B": "x \"y", "C": "abcd"}},
		"comments and others":          {"#A=1\nB\n #C=1\n", map[string]string{" #C": "1"}},
		"blanks stay":                  {" ID = demo # x\n", map[string]string{" ID ": " demo # x"}},
		"broken keeps the earlier one": {"A=1\nA=\"2\nA='\n", map[string]string{"A": "1"}},
		"the last counts":              {"A=1\nA=2\n", map[string]string{"A": "2"}},
		"second equals sign":           {"A=b=c\n", map[string]string{"A": "b=c"}},
		"escapes":                      {`A=a\ b\"c` + "\n" + `B="a\"b\\c\$d\e"` + "\n" + `C='\'` + "\n" + `D=\`, map[string]string{"A": `a b"c`, "B": `a"b\c$d\e`, "C": `\`, "D": ""}},
		"carriage return":              {"A=b\r\n", map[string]string{"A": "b\r"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := osrelease.Parse([]byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			if !maps.Equal(map[string]string(got), c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"not UTF-8": "A=\xff\n",
		"NUL":       "A=\x00\n",
		"too long":  strings.Repeat("#", osrelease.MaxSize+1),
	} {
		if _, err := osrelease.Parse([]byte(text)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestLoad(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string // content, or "-> target"
		want  string            // name, or "error: text"
	}{
		"usr":          {map[string]string{"usr/lib/os-release": "PRETTY_NAME=U\n", "etc/os-release": "PRETTY_NAME=E\n"}, "U"},
		"etc":          {map[string]string{"etc/os-release": "ID=e\n"}, "e"},
		"link":         {map[string]string{"etc/os-release": "-> /usr/share/rel", "usr/share/rel": "ID=e\n"}, "e"},
		"stays inside": {map[string]string{"usr/lib/os-release": "-> ../../../../../../../../../../../etc/os-release"}, "error: Reading /etc/os-release: openat(etc/os-release): No such file or directory"},
		"pretty first": {map[string]string{"etc/os-release": "ID=e\nPRETTY_NAME=P\n"}, "P"},
		"empty pretty": {map[string]string{"etc/os-release": "ID=e\nPRETTY_NAME=\n"}, ""},
		"missing":      {nil, "error: Reading /etc/os-release: openat(etc/os-release): No such file or directory"},
		"no name":      {map[string]string{"usr/lib/os-release": "NAME=x\n"}, "error: No PRETTY_NAME or ID in /etc/os-release"},
		"loop":         {map[string]string{"usr/lib/os-release": "-> os-release"}, "error: Reading /usr/lib/os-release: openat(usr/lib/os-release): Too many levels of symbolic links"},
		"broken":       {map[string]string{"usr/lib/os-release": "ID=\xff\n"}, "error: Reading /usr/lib/os-release: Invalid UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			fill(t, dir, c.files)
			tree, err := os.Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer tree.Close()
			var got string
			rel, err := osrelease.Load(tree)
			if err == nil {
				got, err = rel.Name()
			}
			if err != nil {
				got = "error: " + err.Error()
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func fill(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if target, ok := strings.CutPrefix(text, "-> "); ok && err == nil {
			err = os.Symlink(target, path)
		} else if err == nil {
			err = os.WriteFile(path, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestVersionID(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	for name, c := range map[string]struct {
		tree fstest.MapFS
		want string
	}{
		"etc first":     {fstest.MapFS{"etc/os-release": file("VERSION_ID=2\n"), "usr/lib/os-release": file("VERSION_ID=1\n")}, "2"},
		"usr otherwise": {fstest.MapFS{"usr/lib/os-release": file("VERSION_ID=\"1\"\n")}, "1"},
		"no key":        {fstest.MapFS{"etc/os-release": file("ID=demo\n"), "usr/lib/os-release": file("VERSION_ID=1\n")}, ""},
		"no file":       {fstest.MapFS{}, ""},
	} {
		if got, err := osrelease.VersionID(c.tree); got != c.want || err != nil {
			t.Errorf("%s: %q, %v, want %q", name, got, err, c.want)
		}
	}
	if _, err := osrelease.VersionID(fstest.MapFS{"etc/os-release": file("A=\xff")}); err == nil || !strings.HasPrefix(err.Error(), "etc/os-release: ") {
		t.Errorf("no text: %v", err)
	}
}
