package customize_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// decode returns JSON objects as values, with resources decoded and without fields that say
// nothing, and other text as it is.
func decode(t *testing.T, data []byte) any {
	var v any
	if len(data) == 0 || data[0] != '{' || json.Unmarshal(data, &v) != nil {
		return string(data)
	}
	if bytes.HasSuffix(data, []byte("\n")) && bytes.Count(data, []byte("\n")) == 1 {
		return map[string]any{"one line of JSON": simplify(t, v)}
	}
	return simplify(t, v)
}

func simplify(t *testing.T, v any) any {
	switch v := v.(type) {
	case []any:
		for n := range v {
			v[n] = simplify(t, v[n])
		}
	case map[string]any:
		return simplifyObject(t, v)
	}
	return v
}

func simplifyObject(t *testing.T, v map[string]any) any {
	if source, ok := v["source"].(string); ok && v["compression"] == "gzip" && strings.HasPrefix(source, "data:;base64,") {
		require.Len(t, v, 2)
		return map[string]any{"gzip": decode(t, unpack(t, strings.TrimPrefix(source, "data:;base64,")))}
	}
	for key, field := range v {
		field = simplify(t, field)
		list, isList := field.([]any)
		object, isObject := field.(map[string]any)
		if field == nil || isList && len(list) == 0 || isObject && len(object) == 0 {
			delete(v, key)
			continue
		}
		v[key] = field
	}
	if name, ok := v["name"].(string); ok && strings.Contains(name, "-install-") {
		if text, ok := v["contents"].(string); ok {
			v["contents"] = unitText(t, text)
		}
	}
	return v
}

// unitText is the text of a unit without what each program says in words of its own.
func unitText(t *testing.T, text string) []any {
	lines := strings.Split(text, "\n")
	require.True(t, strings.HasPrefix(lines[0], "# "))
	require.Equal(t, "", lines[1])
	var rest []any
	for _, line := range lines[1:] {
		if strings.HasPrefix(line, "Documentation=https://") {
			line = "Documentation=a URL"
		}
		rest = append(rest, line)
	}
	return rest
}

func unpack(t *testing.T, text string) []byte {
	data, err := base64.StdEncoding.DecodeString(text)
	require.NoError(t, err)
	r, err := gzip.NewReader(bytes.NewReader(data))
	require.NoError(t, err)
	data, err = io.ReadAll(r)
	require.NoError(t, err)
	return data
}
