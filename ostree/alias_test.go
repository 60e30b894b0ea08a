package ostree_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/stretchr/testify/require"
)

// TestAliasComments sees that the comments of types whose definition cannot be looked up, since it is in an
// internal package, list exactly their methods and fields.
func TestAliasComments(t *testing.T) {
	for name, tc := range map[string]struct {
		file string
		typ  reflect.Type
	}{
		"Variant":  {"object/variant.go", reflect.TypeFor[object.Variant]()},
		"Dict":     {"object/variant.go", reflect.TypeFor[*object.Dict]()},
		"Event":    {"progress.go", reflect.TypeFor[ostree.Event]()},
		"Progress": {"progress.go", reflect.TypeFor[ostree.Progress]()},
		"Cookie":   {"cookies.go", reflect.TypeFor[ostree.Cookie]()},
	} {
		doc := typeComment(t, tc.file, name)
		if name == "Progress" { // has no table
			require.Equal(t, []string{"Report"}, members(tc.typ))
			require.Contains(t, doc, "with the method Report(")
			continue
		}
		require.ElementsMatch(t, members(tc.typ), listed(doc), name)
	}
	// The prose about the counts of an Event.
	doc := typeComment(t, "progress.go", "Event")
	count := reflect.TypeOf(ostree.Event{}.Bytes)
	prose, ok := between(doc, "have the fields ", "In JSON")
	require.True(t, ok)
	require.ElementsMatch(t, members(count), regexp.MustCompile(`[A-Z]\w*`).FindAllString(prose, -1))
}

func between(s, from, to string) (string, bool) {
	_, s, found := strings.Cut(s, from)
	s, _, ended := strings.Cut(s, to)
	return s, found && ended
}

// members lists the exported fields and methods of a type.
func members(t reflect.Type) (names []string) {
	for m := range t.Methods() {
		names = append(names, m.Name)
	}
	if t.Kind() == reflect.Struct {
		for f := range t.Fields() {
			if f.IsExported() {
				names = append(names, f.Name)
			}
		}
	}
	return names
}

func typeComment(t *testing.T, file, name string) string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
	require.NoError(t, err)
	for _, d := range parsed.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.TYPE && g.Specs[0].(*ast.TypeSpec).Name.Name == name {
			require.True(t, g.Specs[0].(*ast.TypeSpec).Assign.IsValid(), "%s is no alias any more", name)
			return g.Doc.Text()
		}
	}
	t.Fatalf("no type %s in %s", name, file)
	return ""
}

// listed returns the names in the first column of a comment's tables.
func listed(doc string) (names []string) {
	arguments := regexp.MustCompile(`\([^)]*\)`)
	for line := range strings.Lines(doc) {
		row, ok := strings.CutPrefix(line, "\t")
		if !ok {
			continue
		}
		column, _, _ := strings.Cut(row, "  ")
		names = append(names, slices.Collect(strings.SplitSeq(arguments.ReplaceAllString(strings.TrimSpace(column), ""), ", "))...)
	}
	return names
}
