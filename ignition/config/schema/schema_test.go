package schema_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/nestos-dev/nestos/ignition/config/schema"
	"github.com/nestos-dev/nestos/ignition/config/schema/internal/generate"
)

var update = flag.Bool("update", false, "write the documents anew")

var versions = []struct {
	name, types string
}{
	{"3.0.0", "v3_0"}, {"3.1.0", "v3_1"}, {"3.2.0", "v3_2"}, {"3.3.0", "v3_3"},
	{"3.4.0", "v3_4"}, {"3.5.0", "v3_5"}, {"3.6.0", "v3_6"}, {"3.7.0-experimental", "v3_7_experimental"},
}

// TestDocuments makes sure that the documents are those of the types.
func TestDocuments(t *testing.T) {
	for minor, v := range versions {
		want, err := generate.Document(v.name, minor, "../"+v.types+"/types/types.go")
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile("documents/"+v.name+".json", want, 0o644); err != nil {
				t.Fatal(err)
			}
			continue // what is embedded is the former document
		}
		got, err := schema.JSON(v.name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("the schema of %s does not fit the types any more; run this test with -update", v.name)
		}
	}
}

func TestJSONUnknownVersion(t *testing.T) {
	for _, version := range []string{"", "2.2.0", "3.7.0", "../schema.go"} {
		if _, err := schema.JSON(version); err == nil {
			t.Errorf("there is a schema for %q", version)
		}
	}
}

// checkerFor returns what checks configs of a version.
func checkerFor(t *testing.T, version string) checker {
	t.Helper()
	text, err := schema.JSON(version)
	if err != nil {
		t.Fatal(err)
	}
	var root map[string]any
	if err := json.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	return checker{root}
}

func parse(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}
