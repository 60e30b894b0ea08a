package osrelease_test

import (
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/osrelease"
)

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"NAME=DemoOS\nID=demo\nVERSION_ID=1\nPRETTY_NAME=\"DemoOS 1\"\n",
		"#\n=\nA='\nB=\"\\\nC=\\", "A=a\"b\"'c'\\d\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rel, err := osrelease.Parse([]byte(text))
		if err != nil {
			return
		}
		// What was read comes back from its quoted form, unless lines and
		// comments come in between.
		for key, value := range rel {
			if len(value) > len(text) {
				t.Fatalf("value of %q is longer than the text", key)
			}
			if strings.Contains(value, "\n") || strings.HasPrefix(key, "#") {
				t.Fatalf("impossible: %q=%q", key, value)
			}
			again, err := osrelease.Parse([]byte(key + "=" + quote(value)))
			if err != nil || again[key] != value {
				t.Fatalf("%q=%q came back as %q, %v", key, value, again, err)
			}
		}
	})
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
