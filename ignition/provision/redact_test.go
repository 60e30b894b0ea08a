package provision_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/provision"
)

// fill sets every string of a value to its own path and a mark, lists to two elements.
func fill(v reflect.Value, path string) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), path+"."+v.Type().Field(i).Name)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), path)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), path)
		fill(v.Index(1), path)
	case reflect.String:
		if strings.HasSuffix(path, ".Source") {
			v.SetString("data:,mark" + path)
			return
		}
		v.SetString("mark" + path)
	}
}

// TestRedact fills a config with marks: those that are left must be on the list of
// what is not secret, and the original must be as it was.
func TestRedact(t *testing.T) {
	var cfg types.Config
	fill(reflect.ValueOf(&cfg).Elem(), "")
	before, err := json.Marshal(cfg)
	require.NoError(t, err)
	after, err := json.Marshal(provision.Redact(cfg))
	require.NoError(t, err)
	unchanged, err := json.Marshal(cfg)
	require.NoError(t, err)
	require.Equal(t, before, unchanged)

	for _, secret := range []string{".Source", ".PasswordHash", ".HTTPHeaders.Value", "Units.Contents", "Dropins.Contents", "Custom.Config"} {
		require.Contains(t, string(before), secret)
		for part := range strings.SplitSeq(string(after), `"`) {
			require.False(t, strings.Contains(part, "mark.") && strings.HasSuffix(part, secret), part)
		}
	}
	require.Contains(t, string(after), "mark.Storage.Files.Node.Path")
}

func TestRedactURLs(t *testing.T) {
	source := func(s string) string {
		cfg := types.Config{Ignition: types.Ignition{Config: types.IgnitionConfig{Replace: types.Resource{Source: &s}}}}
		return *provision.Redact(cfg).Ignition.Config.Replace.Source
	}
	require.Equal(t, "https://example.com/a/b", source("https://example.com/a/b"))
	require.Equal(t, "https://redacted@example.com/a?<redacted>", source("https://me:SECRET@example.com/a?sig=SECRET"))
	require.Equal(t, "data:,<redacted>", source("DATA:text/plain;base64,U0VDUkVU"))
	require.Equal(t, "<redacted>", source("http://[::1%zz]:SECRET"))
}
