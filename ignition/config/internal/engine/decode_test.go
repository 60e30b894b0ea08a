package engine

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ignition/config/internal/configgen"
	"github.com/nestos-dev/nestos/ignition/config/internal/jsontree"
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// compareDecode reads a text as each version and compares with encoding/json.
func compareDecode(t *testing.T, text []byte) {
	t.Helper()
	tree, err := jsontree.Parse(text)
	if err != nil {
		return
	}
	for v := V3_0; v <= Newest; v++ {
		got, err := Decode(tree, v)
		want := newConfig(v)
		if wantErr := json.Unmarshal(text, want); (err == nil) != (wantErr == nil) {
			t.Fatalf("%s as %s: %v, encoding/json: %v", text, v, err, wantErr)
		}
		if err != nil {
			continue
		}
		if v == Newest {
			if !reflect.DeepEqual(got, want.(*types.Config)) {
				t.Fatalf("%s as %s:\ngot  %s\nwant %s", text, v, marshal(t, got), marshal(t, want))
			}
			continue
		}
		// What an older version writes is read back as what was decoded.
		again := marshal(t, want)
		tree, err := jsontree.Parse(again)
		if err != nil {
			t.Fatal(err)
		}
		reread, err := Decode(tree, v)
		if err != nil || string(marshal(t, reread)) != string(marshal(t, got)) {
			t.Fatalf("%s as %s: %v\ngot  %s\nwant %s", text, v, err, marshal(t, got), marshal(t, reread))
		}
	}
	var stub versionStub
	wantErr := json.Unmarshal(text, &stub)
	got, err := VersionOf(tree)
	if (err == nil) != (wantErr == nil) || err == nil && got != stub.Ignition.Version {
		t.Fatalf("version of %s: %q, %v; encoding/json: %q, %v", text, got, err, stub.Ignition.Version, wantErr)
	}
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestDecodeLikeEncodingJSON(t *testing.T) {
	for _, text := range []string{
		`{}`, `null`, `[]`, `1`, `{"ignition":null}`, `{"ignition":1}`, `{"ignition":{"version":1}}`, `{"IGNITION":{"verſion":"x"}}`,
		`{"storage":{"files":[{"path":"/a","user":{"id":1}},{"path":"/b"},{"mode":1}],"files":[{"mode":5}],"files":[{"group":{"name":"x"}},{"path":"/z"},{},null,{"path":"/q"}]}}`,
		`{"storage":{"files":[{"path":"/a"}],"files":[],"files":[{"mode":1}]}}`,
		`{"storage":{"files":[{"path":"/a"}],"files":null,"files":[{"mode":1}]}}`,
		`{"storage":{"raid":[{"devices":["a","b","c"],"devices":["d"],"devices":[null,null]}]}}`,
		`{"storage":{"raid":[{"level":"a","level":null}],"links":[{"target":"x","target":null}]}}`,
		`{"storage":{"luKs":[{"clevis":{"custom":{"pin":"a"},"custom":{"config":"b"}}}]},"Storage":{"luks":[{"clevis":{"custom":null}}]}}`,
		`{"storage":{"luks":[{"clevis":{"tpm2":true},"clevis":null}]}}`,
		`{"passwd":{"users":[{"uid":1.0}]}}`, `{"passwd":{"users":[{"uid":-0}]}}`, `{"passwd":{"users":[{"uid":9223372036854775808}]}}`,
		`{"passwd":{"users":[{"name":"\ud83d\ude00\ud83d\u0000` + "\xff" + `"}]}}`,
		`{"systemd":{"units":[{"enabled":"true"}]}}`, `{"systemd":{"units":{}}}`, `{"systemd":{"units":[[]]}}`,
	} {
		compareDecode(t, []byte(text))
	}
	for seed := range uint64(600) {
		g := configgen.New(seed)
		g.Odd = []int{0, 10, 60}[seed%3]
		compareDecode(t, g.Config())
	}
}

func FuzzDecode(f *testing.F) {
	for seed := range uint64(20) {
		g := configgen.New(seed)
		f.Add(g.Config())
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) < 1<<12 {
			compareDecode(t, text)
		}
	})
}

// TestSchemaIsComplete compares the table with the types of each version: all their
// keys are known, and those that a version adds are not before.
func TestSchemaIsComplete(t *testing.T) {
	var all strings.Builder
	for v := V3_0; v <= Newest; v++ {
		all.Reset()
		fill(&all, reflect.TypeOf(newConfig(v)).Elem())
		tree, err := jsontree.Parse([]byte(all.String()))
		if err != nil {
			t.Fatal(err)
		}
		cfg, err := Decode(tree, v)
		if err != nil {
			t.Fatalf("%s: %v: %s", v, err, DecodeError([]byte(all.String()), v))
		}
		var sink Sink
		UnusedKeys(cfg, tree, jsontree.NewFinder(tree), v, &sink)
		if len(sink.Report.Entries) > 0 {
			t.Errorf("%s: %s", v, sink.Report)
		}
		if v == V3_0 || v == V3_6 || v == V3_7 {
			continue // they add nothing
		}
		cfg, err = Decode(tree, v-1)
		if err != nil {
			t.Fatalf("%s as %s: %v", v, v-1, err)
		}
		if UnusedKeys(cfg, tree, jsontree.NewFinder(tree), v-1, &sink); len(sink.Report.Entries) == 0 {
			t.Errorf("%s has nothing that %s lacks", v, v-1)
		}
	}
}

// fill writes a value with every field of a type.
func fill(b *strings.Builder, t reflect.Type) {
	switch t.Kind() {
	case reflect.Pointer:
		fill(b, t.Elem())
	case reflect.Slice:
		b.WriteByte('[')
		fill(b, t.Elem())
		b.WriteByte(']')
	case reflect.Struct:
		b.WriteByte('{')
		fillFields(b, t)
		b.WriteString("}")
	case reflect.String:
		b.WriteString(`"x"`)
	case reflect.Int:
		b.WriteString("1")
	case reflect.Bool:
		b.WriteString("true")
	}
}

func fillFields(b *strings.Builder, t reflect.Type) {
	for i := range t.NumField() {
		f := t.Field(i)
		if i > 0 {
			b.WriteByte(',')
		}
		if f.Anonymous {
			fillFields(b, f.Type)
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		b.WriteString(`"` + name + `":`)
		fill(b, f.Type)
	}
}
