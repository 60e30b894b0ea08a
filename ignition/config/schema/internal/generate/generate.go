// Package generate makes JSON Schema documents from the Go types of a version and the
// rules that a schema can express.
package generate

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// schema is a JSON Schema.
type schema = map[string]any

// Document returns the schema of a version, whose types are in the given Go file.
// Comments there become descriptions.
func Document(version string, minor int, file string) ([]byte, error) {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
	if err != nil {
		return nil, fmt.Errorf("reading types: %w", err)
	}
	g := generator{version: version, minor: minor, types: typesOf(parsed), defs: schema{}}
	root := g.object("Config")
	maps.Copy(root, schema{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"$id":     "urn:ignition:config:" + version,
		"title":   "Ignition config " + version,
		"$defs":   g.defs,
	})
	text, err := json.MarshalIndent(root, "", "  ")
	return append(text, '\n'), err
}

type typeDecl struct {
	expr ast.Expr
	doc  string
}

func typesOf(file *ast.File) map[string]typeDecl {
	types := map[string]typeDecl{}
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.TYPE {
			continue
		}
		for _, spec := range gen.Specs {
			spec := spec.(*ast.TypeSpec)
			types[spec.Name.Name] = typeDecl{spec.Type, sentence(gen.Doc.Text())}
		}
	}
	return types
}

// sentence joins the lines of a comment.
func sentence(comment string) string { return strings.Join(strings.Fields(comment), " ") }

type generator struct {
	version string
	minor   int
	types   map[string]typeDecl
	defs    schema // by name of the Go type
}

// object is the schema of a struct.
func (g *generator) object(name string) schema {
	o := schema{"type": "object", "description": g.types[name].doc}
	properties := schema{}
	g.fields(name, properties)
	o["properties"] = properties
	if required := g.required(name); len(required) > 0 {
		o["required"] = required
	} else {
		o["type"] = []string{"object", "null"}
	}
	for _, rule := range objectRules[name] {
		if more := rule(g); more != nil {
			o["allOf"] = append(conditions(o), more)
		}
	}
	return o
}

func conditions(o schema) []schema {
	of, _ := o["allOf"].([]schema)
	return of
}

// fields adds the fields of a struct, those of embedded structs too.
func (g *generator) fields(name string, properties schema) {
	for _, f := range g.types[name].expr.(*ast.StructType).Fields.List {
		if len(f.Names) == 0 {
			g.fields(f.Type.(*ast.Ident).Name, properties)
			continue
		}
		tag := reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("json")
		key, _, _ := strings.Cut(tag, ",")
		field := g.typeOf(f.Type)
		if text := sentence(f.Comment.Text()); text != "" {
			field["description"] = text
		}
		if rule, ok := g.rule(name, key); ok {
			maps.Copy(field, rule)
		}
		properties[key] = field
	}
}

// rule is what is known about the values of a field besides its type.
func (g *generator) rule(owner, key string) (schema, bool) {
	make, ok := fieldRules[owner+"."+key]
	if !ok {
		return nil, false
	}
	return make(g), true
}

func (g *generator) typeOf(expr ast.Expr) schema {
	switch expr := expr.(type) {
	case *ast.StarExpr:
		return g.typeOf(expr.X)
	case *ast.ArrayType:
		return schema{"type": []string{"array", "null"}, "items": g.typeOf(expr.Elt)}
	case *ast.Ident:
		return g.named(expr.Name)
	}
	panic(fmt.Sprintf("unexpected %T among the types", expr))
}

func (g *generator) named(name string) schema {
	switch name {
	case "string":
		return schema{"type": []string{"string", "null"}}
	case "int":
		return schema{"type": []string{"integer", "null"}}
	case "bool":
		return schema{"type": []string{"boolean", "null"}}
	}
	decl := g.types[name]
	if _, ok := decl.expr.(*ast.StructType); !ok {
		return g.typeOf(decl.expr)
	}
	if _, done := g.defs[name]; !done {
		g.defs[name] = nil
		g.defs[name] = g.object(name)
	}
	return schema{"$ref": "#/$defs/" + name}
}

// required are the fields without which an object is not valid.
func (g *generator) required(name string) []string {
	required := slices.Clone(requiredFields[name])
	if name == "Link" && g.minor >= 3 {
		required = append(required, "target")
	}
	return required
}
