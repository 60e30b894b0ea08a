package tomltree_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"math"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

	"github.com/nestos-dev/nestos/zincati/config/internal/tomltree"
)

func seeds(t testing.TB) (texts []string) {
	t.Helper()
	f, err := os.Open("../../testdata/zincati-0.0.32.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var v struct{ TOML string }
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		texts = append(texts, v.TOML)
	}
	if len(texts) < 400 {
		t.Fatalf("%d seeds", len(texts))
	}
	return texts
}

// plain converts a value to what package toml makes of it.
func plain(v *tomltree.Value) any {
	switch v.Kind {
	case tomltree.Boolean:
		return v.Bool
	case tomltree.Integer:
		return v.Int.Int64()
	case tomltree.Float:
		return v.Float
	case tomltree.String:
		return v.Str
	case tomltree.Datetime:
		return time.Time{}
	case tomltree.Array:
		items := []any{}
		for _, e := range v.Items {
			items = append(items, plain(e))
		}
		return items
	}
	table := map[string]any{}
	for _, k := range v.Keys() {
		table[k] = plain(v.Get(k))
	}
	return table
}

// same compares; dates and times are only compared as such, and ends of lines in strings by their number.
func same(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for k := range a {
			if _, ok := b[k]; !ok || !same(a[k], b[k]) {
				return false
			}
		}
		return true
	case []any:
		return sameList(a, b)
	case float64:
		b, ok := b.(float64)
		return ok && (a == b || math.IsNaN(a) && math.IsNaN(b))
	case string:
		b, ok := b.(string)
		return ok && strings.ReplaceAll(a, "\r\n", "\n") == strings.ReplaceAll(b, "\r\n", "\n")
	case time.Time:
		_, ok := b.(time.Time)
		return ok
	}
	return a == b
}

func sameList(a []any, b any) bool {
	var items []any
	switch b := b.(type) {
	case []any:
		items = b
	case []map[string]any:
		for _, e := range b {
			items = append(items, e)
		}
	default:
		return false
	}
	if len(a) != len(items) {
		return false
	}
	for i := range a {
		if !same(a[i], items[i]) {
			return false
		}
	}
	return true
}

// lenient reports whether package toml is known to accept what causes a message: it lets dotted keys add to tables that
// are defined elsewhere, and has other limits.
func lenient(message string) bool {
	for _, m := range []string{"recurs", "duplicate key", "cannot extend", "invalid offset"} {
		if strings.Contains(message, m) {
			return true
		}
	}
	return false
}

// check parses text, compares with package toml where that accepts it, and says whether it was valid.
func check(t *testing.T, text string) bool {
	t.Helper()
	root, err := tomltree.Parse(text)
	var other map[string]any
	_, otherErr := toml.Decode(text, &other)
	if err != nil {
		var e *tomltree.Error
		if !errors.As(err, &e) || e.Line < 1 || e.Line > 1+strings.Count(text, "\n") || e.Column < 1 || e.Message == "" || utf8.RuneCountInString(e.Excerpt) > 160 {
			t.Fatalf("%q: error %#v", text, err)
		}
		if otherErr == nil && !lenient(e.Message) {
			t.Errorf("%q: %v, but package toml reads %v", text, err, other)
		}
		return false
	}
	if otherErr == nil && !same(plain(root), other) {
		t.Errorf("%q: got %v, package toml reads %v", text, plain(root), other)
	}
	return true
}

func TestLikePackageTOML(t *testing.T) {
	valid := 0
	for _, text := range append(seeds(t), "a=\"\"\"\r\nx\r\ny\"\"\"", "a=1979-05-27 07:32:00.999-07:00\nb=[07:32:00, 1979-05-27]", "[a.'b c'.\"d\\te\"]\nf=-0x") {
		if check(t, text) {
			valid++
		}
	}
	t.Logf("%d valid", valid)
}

func TestTimeIsLinear(t *testing.T) {
	const n = 1 << 20
	for _, part := range []string{"[", "{", "[a]\n", "[[a]]\n", "a=1\n", "a.", "x='", "x=\"\"\"\\\n", "\\", "#", "\n", " ", "x=[1,", "9", "x=\"\\u00e9", "[a.b.c.d]\n", "x={a=1,"} {
		text := strings.Repeat(part, n/len(part))
		for _, begin := range []string{"", "x=", "x=[", "x=\"\"\"", "x='''", "x=0x", "x=1."} {
			start := time.Now()
			_, err := tomltree.Parse(begin + text)
			if d := time.Since(start); d > time.Minute {
				t.Errorf("%q and many %q: %v (%.80v)", begin, part, d, err)
			}
		}
	}
}

func TestLongLinesAreCut(t *testing.T) {
	text := "x='" + strings.Repeat("\u00e9", 500) + "' y='" + strings.Repeat("z", 1000) + "'"
	_, err := tomltree.Parse(text)
	var e *tomltree.Error
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	lines := strings.Split(err.Error(), "\n")
	if e.Line != 1 || e.Column != 506 || len(lines) != 5 || len(lines[3]) > 170 {
		t.Fatalf("%v", err)
	}
	caret := strings.Index(lines[3], "^")
	if shown := []rune(lines[2]); shown[caret] != 'y' {
		t.Errorf("points at %q:\n%v", shown[caret], err)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range seeds(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return
		}
		check(t, text)
	})
}
