package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/zincati/config/internal/tomltree"
)

// Whatever a file says: it has sane values, or the error names a place in it.
func FuzzFragment(f *testing.F) {
	data, err := os.ReadFile("testdata/zincati-0.0.32.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	for line := range bytes.Lines(data) {
		var v struct{ TOML string }
		if err := json.Unmarshal(line, &v); err != nil {
			f.Fatal(err)
		}
		f.Add(v.TOML)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return
		}
		fragment, err := parseFragment(text)
		var place *tomltree.Error
		if err != nil {
			if !errors.As(err, &place) || !strings.HasPrefix(err.Error(), "failed to parse TOML: TOML parse error at line ") {
				t.Fatalf("got %v", err)
			}
			return
		}
		in := defaults("/")
		in.merge(fragment)
		in.emptyMeansDefault()
		if in.Group == "" || in.Strategy.Name == "" || in.SteadyInterval <= 0 || in.Wariness != nil && *in.Wariness != *in.Wariness {
			t.Fatalf("%+v", in)
		}
	})
}
