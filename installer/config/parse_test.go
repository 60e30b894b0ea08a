package config_test

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/nestos-dev/nestos/installer/config"
)

func readJSON(t testing.TB, name string, v any) {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, v))
}

// TestParseRecorded compares with what coreos-installer 0.26 made of the same documents:
// its line "Running with arguments", or its error.
func TestParseRecorded(t *testing.T) {
	var cases []struct{ YAML, Args, Error string }
	readJSON(t, "parse.json", &cases)
	require.Greater(t, len(cases), 500)
	for _, c := range cases {
		got, err := config.Parse([]byte(c.YAML))
		if c.Error != "" {
			require.EqualError(t, err, c.Error, "%q", c.YAML)
			continue
		}
		require.NoError(t, err, "%q", c.YAML)
		require.Equal(t, c.Args, strings.Join(got.Args(), " "), "%q", c.YAML)
	}
}

func TestParseBroken(t *testing.T) {
	for _, text := range []string{"}", "stream: [a", "stream: \"a", "\tstream: x", "stream: - x", "stream: *a", "\xff", "a: b: c", "stream: x\n--- {}\n", "stream: x\n...\nplatform: y\n"} {
		_, err := config.Parse([]byte(text))
		require.Error(t, err, text)
		require.NotContains(t, err.Error(), "yaml: ", text)
	}
}

func TestParseBounded(t *testing.T) {
	_, err := config.Parse(bytes.Repeat([]byte("\n"), config.MaxSize))
	require.NoError(t, err)
	_, err = config.Parse(bytes.Repeat([]byte("\n"), config.MaxSize+1))
	require.EqualError(t, err, "more than 1048576 bytes")
}

func TestParseYAMLVersion(t *testing.T) {
	for _, version := range []string{"1.1", "1.2"} {
		c, err := config.Parse([]byte("%YAML " + version + "\n---\nplatform: metal\n"))
		require.NoError(t, err)
		require.Equal(t, "metal", c.Platform)
	}
	for _, text := range []string{"%YAML 2.0\n---\nplatform: x\n", "%YAML 1.20\n---\nplatform: x\n", "%YAML 1.2"} {
		_, err := config.Parse([]byte(text))
		require.Error(t, err, text)
	}
}

func TestExampleConfigHasAllKeys(t *testing.T) {
	example := config.ExampleConfig()
	c, err := config.Parse(example)
	require.NoError(t, err)
	var doc yaml.Node
	require.NoError(t, yaml.Unmarshal(example, &doc))
	var keys []string
	for i, n := range doc.Content[0].Content {
		if i%2 == 0 {
			keys = append(keys, n.Value)
		}
	}
	require.Equal(t, config.Keys(), keys)
	// every value differs from the default
	args := strings.Join(c.Args(), " ")
	for _, key := range keys[:len(keys)-1] {
		require.Contains(t, args, "--"+key)
	}
	example[0] = 'x'
	require.False(t, bytes.Equal(example, config.ExampleConfig()), "the caller's copy is his own")
}

func TestEncodeRecorded(t *testing.T) {
	var lists []struct {
		Texts []string
		YAML  string
	}
	readJSON(t, "encode.json", &lists)
	for _, c := range lists {
		requireEncoded(t, c.YAML, &config.Config{AppendKarg: c.Texts})
	}
	var whole []struct {
		Config config.Config
		YAML   string
	}
	readJSON(t, "customize.json", &whole)
	require.Greater(t, len(whole), 30)
	for _, c := range whole {
		requireEncoded(t, c.YAML, &c.Config)
	}
}

// requireEncoded checks the bytes, and that they are read as the same.
func requireEncoded(t *testing.T, want string, c *config.Config) {
	t.Helper()
	got, err := c.Encode()
	require.NoError(t, err)
	require.Equal(t, want, string(got))
	again, err := config.Parse(got)
	require.NoError(t, err)
	require.Equal(t, c.Args(), again.Args())
}

func TestEncode(t *testing.T) {
	data, err := new(config.Config).Encode()
	require.NoError(t, err)
	require.Equal(t, "{}\n", string(data))

	full, err := config.Parse(config.ExampleConfig())
	require.NoError(t, err)
	data, err = full.Encode()
	require.NoError(t, err)
	again, err := config.Parse(data)
	require.NoError(t, err)
	require.True(t, reflect.DeepEqual(full, again))

	_, err = (&config.Config{AppendKarg: []string{"a", "\xff"}}).Encode()
	require.EqualError(t, err, `append-karg: "\xff" is not UTF-8`)
}

func TestDefaultsAreLeftOut(t *testing.T) {
	c := config.Config{NetworkDir: config.DefaultNetworkDir, FetchRetries: config.Retries{}, Console: []string{}}
	require.Empty(t, c.Args())
	// Empty text in a file is not the same as nothing.
	given, err := config.Parse([]byte("network-dir: ''\nstream: ''\n"))
	require.NoError(t, err)
	require.Equal(t, []string{"--stream", "", "--network-dir", ""}, given.Args())
	data, err := given.Encode()
	require.NoError(t, err)
	require.Equal(t, "stream: ''\nnetwork-dir: ''\n", string(data))
}
