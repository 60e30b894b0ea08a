package interop

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/nestos-dev/nestos/ignition/config/schema"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestSchemas gives configs that upstream takes to another project's implementation of
// JSON Schema, with the documents of this module.
func TestSchemas(t *testing.T) {
	schemas := map[string]*jsonschema.Schema{}
	for _, v := range versions {
		schemas[v.name] = compileSchema(t, v.name)
	}
	compare(t, 1, func(s source) (string, string) {
		g := newGenerator(s)
		text := g.plain()
		if !bytes.Contains(text, []byte(`"version":"`+g.version.name+`"`)) {
			return "", "" // spelt oddly, which a schema does not take
		}
		if want, panicked := attempt(parseTheirs, text); panicked || want.err != "" {
			return "", ""
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			return "not JSON", err.Error()
		}
		if err := schemas[g.version.name].Validate(value); err != nil {
			return "valid for upstream, not for the schema", fmt.Sprintf("config %s\n%v", text, err)
		}
		return "", ""
	})
}

func compileSchema(t *testing.T, version string) *jsonschema.Schema {
	t.Helper()
	text, err := schema.JSON(version)
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("config.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("config.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}
