package resource_test

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/resource"
)

func TestNeedsNetwork(t *testing.T) {
	for source, want := range map[string]bool{
		"": false, "data:,x": false, "DATA:,x": false, "path": false, "http://h": true, "https://h": true,
		"tftp://h/x": true, "s3://b/k": true, "arn:aws:s3:::b/k": true, "gs://b/o": true, ":": false,
	} {
		require.Equal(t, want, resource.NeedsNetwork(source), source)
	}
}

func TestConfigNeedsNetwork(t *testing.T) {
	yes, no, text, empty := true, false, "{}", ""
	with := func(edit func(*types.Luks)) *types.Config {
		var cfg types.Config
		cfg.Storage.Luks = make([]types.Luks, 1)
		edit(&cfg.Storage.Luks[0])
		return &cfg
	}
	tang := func(ad *string) *types.Config {
		return with(func(l *types.Luks) { l.Clevis.Tang = []types.Tang{{URL: "http://t", Advertisement: ad}} })
	}
	custom := func(need *bool) *types.Config {
		return with(func(l *types.Luks) { l.Clevis.Custom.NeedsNetwork = need })
	}
	require.False(t, resource.ConfigNeedsNetwork(&types.Config{}))
	require.True(t, resource.ConfigNeedsNetwork(tang(nil)))
	require.True(t, resource.ConfigNeedsNetwork(tang(&empty)))
	require.False(t, resource.ConfigNeedsNetwork(tang(&text)))
	require.True(t, resource.ConfigNeedsNetwork(custom(&yes)))
	require.False(t, resource.ConfigNeedsNetwork(custom(&no)))
}

// Each Resource that the types can hold is looked at.
func TestNoResourceIsForgotten(t *testing.T) {
	paths := 0
	var walk func(root *types.Config, v reflect.Value, path string)
	walk = func(root *types.Config, v reflect.Value, path string) {
		switch {
		case v.Type() == reflect.TypeFor[types.Resource]():
			paths++
			for source, want := range map[string]bool{"data:,x": false, "http://h": true} {
				v.Set(reflect.ValueOf(from(source)))
				require.Equal(t, want, resource.ConfigNeedsNetwork(root), path)
			}
			v.SetZero()
		case v.Kind() == reflect.Struct:
			for i := range v.NumField() {
				walk(root, v.Field(i), path+"."+v.Type().Field(i).Name)
			}
		case v.Kind() == reflect.Slice:
			v.Set(reflect.MakeSlice(v.Type(), 2, 2))
			if v.Type().Elem() == reflect.TypeFor[types.Tang]() {
				v.SetZero()
				return
			}
			walk(root, v.Index(1), path+"[]")
			v.SetZero()
		}
	}
	var cfg types.Config
	walk(&cfg, reflect.ValueOf(&cfg).Elem(), "")
	require.Equal(t, 6, paths)
}
