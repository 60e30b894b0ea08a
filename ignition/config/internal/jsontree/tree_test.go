package jsontree_test

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ignition/config/internal/jsontree"
)

// value builds what encoding/json would.
func value(t *jsontree.Tree, n jsontree.Node) any {
	switch t.Kind(n) {
	case jsontree.Bool:
		return t.True(n)
	case jsontree.Number:
		return json.Number(t.Value(n))
	case jsontree.String:
		return t.Value(n)
	case jsontree.Array:
		list := []any{}
		for c := t.First(n); c < t.End(n); c = t.Next(c) {
			list = append(list, value(t, c))
		}
		return list
	case jsontree.Object:
		object := map[string]any{}
		for c := t.First(n); c < t.End(n); c = t.Next(c) {
			object[t.Key(c)] = value(t, c)
		}
		return object
	}
	return nil
}

func compare(t *testing.T, text string) {
	tree, err := jsontree.Parse([]byte(text))
	var want any
	wantErr := json.Unmarshal([]byte(text), &want)
	if valid := json.Valid([]byte(text)); valid != (err == nil) {
		t.Fatalf("Parse(%q) = %v, encoding/json says valid: %v", text, err, valid)
	}
	if err != nil {
		return
	}
	if tree.Overflows() != (wantErr != nil) {
		t.Fatalf("Overflows is %v for %q, encoding/json: %v", tree.Overflows(), text, wantErr)
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&want); err != nil {
		t.Fatal(err)
	}
	if got := value(tree, 0); !reflect.DeepEqual(got, want) {
		t.Fatalf("%q: got %#v, want %#v", text, got, want)
	}
}

var texts = []string{
	`{"a":[1,-0,2.5e3,"x",true,false,null,{}],"b":{"c":[]},"a":1}`,
	`"\u00e9\ud83d\ude00\ud83dx\udc00\ud83d\ud83d\ude00\"\\\/\b\f\n\r\t"`,
	"\"\xff\xc3\x28é\"", `"\x"`, "\"\n\"", `"\u12g4"`, `"`, `"\`, `"\u12`,
	` [ 1 , 2 ] `, `[1,]`, `[,1]`, `[1 2]`, `{"a":1,}`, `{"a"}`, `{"a":}`, `{a:1}`, `{"a" : 1 , "b":2}`,
	`01`, `-`, `1.`, `.5`, `1e`, `1e+`, `1E-5`, `-0.0`, `+1`, `1e400`, `[1e-400]`, `1` + strings.Repeat("0", 309), `1` + strings.Repeat("0", 308),
	``, ` `, `nul`, `nulll`, `true false`, "\ufeff{}", `[`, `]`, `{]`, `[}`,
}

func TestAgainstEncodingJSON(t *testing.T) {
	for _, text := range texts {
		compare(t, text)
	}
}

func TestDepth(t *testing.T) {
	for depth, want := range map[int]error{jsontree.MaxDepth: nil, jsontree.MaxDepth + 1: jsontree.ErrSyntax} {
		for _, text := range []string{
			strings.Repeat("[", depth) + strings.Repeat("]", depth),
			strings.Repeat(`{"a":`, depth) + "1" + strings.Repeat("}", depth),
		} {
			if _, err := jsontree.Parse([]byte(text)); err != want {
				t.Errorf("depth %d: %v, want %v", depth, err, want)
			}
			if json.Valid([]byte(text)) != (want == nil) {
				t.Errorf("encoding/json has another limit than %d", jsontree.MaxDepth)
			}
		}
	}
}

func TestPositions(t *testing.T) {
	text := "{\"a\":\n [10, {\"b\": null}],\n\"c\":\"d\"}"
	tree, err := jsontree.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	f := jsontree.NewFinder(tree)
	for path, want := range map[string]string{
		"": "1:2", "a": "2:3", "a 0": "2:3", "a 1": "2:8", "a 1 b": "2:13", "a 1 x y": "2:8", "a 7": "2:3", "c": "3:5", "c 0": "3:5", "z": "1:2",
	} {
		var p []any
		for _, e := range strings.Fields(path) {
			if i, err := strconv.Atoi(e); err == nil {
				p = append(p, i)
			} else {
				p = append(p, e)
			}
		}
		line, col := f.LineCol(tree.Start(f.Deepest(p)))
		if got := strconv.Itoa(line) + ":" + strconv.Itoa(col); got != want {
			t.Errorf("%q is at %s, want %s", path, got, want)
		}
	}
	if line, col := f.LineCol(len(text)); line != 0 || col != 0 {
		t.Errorf("beyond the text: %d, %d", line, col)
	}
}

func TestLargeObjectsAndArrays(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"l":[`)
	for i := range 50 {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(i))
	}
	b.WriteString(`]`)
	for i := range 50 {
		b.WriteString(`,"k` + strconv.Itoa(i%40) + `":` + strconv.Itoa(i))
	}
	tree, err := jsontree.Parse([]byte(b.String() + "}"))
	if err != nil {
		t.Fatal(err)
	}
	f := jsontree.NewFinder(tree)
	for i := range 40 {
		want := i
		if i < 10 {
			want = i + 40
		}
		if n, ok := f.Member(0, "k"+strconv.Itoa(i)); !ok || tree.Value(n) != strconv.Itoa(want) {
			t.Errorf("k%d: %v, %v", i, n, ok)
		}
		if n := f.Deepest([]any{"l", i}); tree.Value(n) != strconv.Itoa(i) {
			t.Errorf("element %d is %s", i, tree.Value(n))
		}
	}
	count := 0
	f.Members(0, func(string, jsontree.Node) { count++ })
	if count != 41 {
		t.Errorf("%d members", count)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range texts {
		f.Add(text)
	}
	f.Fuzz(compare)
}
