package config_test

import (
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/installer/config"
)

// FuzzParse: what is read can be written and is read again as the same.
func FuzzParse(f *testing.F) {
	f.Add(config.ExampleConfig())
	var cases []struct{ YAML string }
	readJSON(f, "parse.json", &cases)
	for i, c := range cases {
		if i%10 == 0 {
			f.Add([]byte(c.YAML))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := config.Parse(data)
		if err != nil {
			if len(err.Error()) > 2000+len(data) {
				t.Fatalf("error of %d bytes", len(err.Error()))
			}
			return
		}
		requireSame(t, c)
	})
}

// FuzzEncode: any text survives being written and read.
func FuzzEncode(f *testing.F) {
	var lists []struct{ Texts []string }
	readJSON(f, "encode.json", &lists)
	for _, list := range lists {
		for _, text := range list.Texts {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		if utf8.ValidString(text) {
			requireSame(t, &config.Config{Stream: text, AppendKarg: []string{text, "", text}, DestDevice: text})
		}
	})
}

func requireSame(t *testing.T, c *config.Config) {
	data, err := c.Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := config.Parse(data)
	if err != nil {
		t.Fatalf("%v: %q", err, data)
	}
	if !slices.Equal(c.Args(), again.Args()) {
		t.Fatalf("%q became %q", c.Args(), again.Args())
	}
}

// FuzzGlob compares with a naive matcher that follows the grammar.
func FuzzGlob(f *testing.F) {
	for _, seed := range [][2]string{{"a*b", "aab"}, {"**/a", "x/y/a"}, {"[!a-c]?", "da"}, {"d/**", "d/e"}, {"[]]", "]"}, {"a/**/b", "a/b"}, {"**/", "x"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, name string) {
		if len(pattern) > 20 || len(name) > 20 {
			return
		}
		glob, err := config.CompileGlob(pattern)
		if err != nil {
			return
		}
		if got, want := glob.Match(name), naiveGlob([]rune(pattern), []rune(name)); got != want {
			t.Fatalf("%q on %q: got %t", pattern, name, got)
		}
	})
}

// naiveGlob matches a valid pattern by trying everything.
func naiveGlob(p, name []rune) bool {
	switch {
	case len(p) == 0:
		return len(name) == 0
	case len(p) >= 2 && p[0] == '*' && p[1] == '*':
		if len(p) == 2 || len(p) == 3 { // a slash at the end is nothing more
			return true
		}
		for i := range len(name) + 1 {
			if (i == 0 || name[i-1] == '/') && naiveGlob(p[3:], name[i:]) {
				return true
			}
		}
		return false
	case p[0] == '*':
		for i := range len(name) + 1 {
			if naiveGlob(p[1:], name[i:]) {
				return true
			}
		}
		return false
	case len(name) == 0:
		return false
	case p[0] == '?':
		return naiveGlob(p[1:], name[1:])
	case p[0] == '[':
		negate := p[1] == '!'
		if negate {
			p = p[1:]
		}
		end := 2 + slices.Index(p[2:], ']')
		in := false
		for set := p[1:end]; len(set) > 0; set = set[1:] {
			if len(set) > 2 && set[1] == '-' {
				in = in || set[0] <= name[0] && name[0] <= set[2]
				set = set[2:]
				continue
			}
			in = in || set[0] == name[0]
		}
		return in != negate && naiveGlob(p[end+1:], name[1:])
	}
	return p[0] == name[0] && naiveGlob(p[1:], name[1:])
}

// FuzzCanonicalURL: the canonical form is its own.
func FuzzCanonicalURL(f *testing.F) {
	for _, seed := range []string{"http://Foo:80/a/../b c?d e#f", "HTTPS://u:p@[::1]:1/%2e%2E/", "http://é/", "x:y", "http://a\\b@c:/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once, err := config.CanonicalURL(s)
		if err != nil {
			return
		}
		twice, err := config.CanonicalURL(once)
		if err != nil || once != twice {
			t.Fatalf("%q: %q, then %q (%v)", s, once, twice, err)
		}
	})
}
