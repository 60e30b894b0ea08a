package jsonpath_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/rpmostree/internal/jsonpath"
	"github.com/stretchr/testify/require"
)

func TestQuery(t *testing.T) {
	doc := json.RawMessage(`{"deployments":[{"id":"a","meta":{"x.y":1},"booted":true},{"id":"b","booted":false}],"transaction":null,"id":"top"}`)
	for expr, want := range map[string]string{
		"$.deployments[0].id":            `["a"]`,
		"$.deployments[-1].id":           `["b"]`,
		"$.deployments[0,1]['booted']":   `[true,false]`,
		"$.deployments[*].id":            `["a","b"]`,
		`$["deployments"][0].meta.*`:     `[1]`,
		"$.deployments[0].meta['x.y']":   `[1]`,
		"$..id":                          `["top","a","b"]`,
		"$.transaction":                  `[null]`,
		"$.none.id":                      `[]`,
		"$.deployments[5]":               `[]`,
		"$.deployments.id":               `[]`,
		"$.id[0]":                        `[]`,
		"$.deployments[0].meta":          `[{"x.y":1}]`,
		"$.deployments[1]['id','booted]": "error: Malformed slice expression",
		"deployments":                    "error: Only one root node is allowed in a JSONPath expression",
		"$.deployments[?(@.booted)]":     "error: [?(@.booted)] is not supported",
		"$.":                             "error: Missing member name or wildcard after . character",
		"$..[0]":                         `error: expression "$..[0]" is not supported`,
		"$x":                             "error: Invalid first character 'x'",
		"$[0:1]":                         "error: [0:1] is not supported",
	} {
		found, err := jsonpath.Query(expr, doc)
		if text, ok := strings.CutPrefix(want, "error: "); ok {
			require.EqualError(t, err, "While compiling jsonpath: "+text, expr)
			continue
		}
		require.NoError(t, err, expr)
		got, err := json.Marshal(found)
		require.NoError(t, err)
		require.Equal(t, want, string(got), expr)
	}
}
