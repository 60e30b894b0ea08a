package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// renderCase is one recorded run of Ignition's fetch stage.
type renderCase struct {
	ID     string
	Text   string
	Exit   int
	Cache  *string
	State  *string
	Log    []string
	Stderr string
}

// TestRender runs the stage fetch as the recorded runs did: same cache and state
// to the byte, same log, same exit status.
func TestRender(t *testing.T) {
	data, err := os.ReadFile("testdata/render.jsonl")
	require.NoError(t, err)
	for line := range bytes.Lines(data) {
		var c renderCase
		require.NoError(t, json.Unmarshal(line, &c))
		t.Run(c.ID, func(t *testing.T) { renderOne(t, &c) })
	}
}

func renderOne(t *testing.T, c *renderCase) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	require.NoError(t, os.WriteFile(in("c.ign"), []byte(c.Text), 0o600))
	require.NoError(t, os.WriteFile(in("cmdline"), []byte("quiet\n"), 0o600))
	env := map[string]string{
		"IGNITION_CONFIG_FILE":               in("c.ign"),
		"IGNITION_SYSTEM_CONFIG_DIR":         in("s"),
		"IGNITION_SYSTEM_LOCAL_CONFIG_DIR":   in("l"),
		"IGNITION_SYSTEM_RUNTIME_CONFIG_DIR": in("r"),
		"IGNITION_KERNEL_CMDLINE_PATH":       in("cmdline"),
	}
	got := runProgram(t, env, "", "ignition", "-platform", "file", "-stage", "fetch", "-root", "/", "-log-to-stdout",
		"-config-cache", in("cache.json"), "-neednet", in("neednet"), "-state-file", in("state"))

	require.Equal(t, c.Exit, got.code, "%s%s", got.stdout, got.stderr)
	require.Equal(t, c.Cache, fileText(in("cache.json")))
	require.Equal(t, c.State, fileText(in("state")))
	log := strings.Split(strings.TrimSuffix(strings.ReplaceAll(got.stdout, dir, "TMP"), "\n"), "\n")
	log = slices.DeleteFunc(log, func(l string) bool { return strings.HasPrefix(l, "INFO     : Ignition "+version) })
	slices.Sort(log)
	require.Equal(t, c.Log, log)
	if c.Exit == 0 {
		require.Equal(t, c.Stderr, got.stderr)
	} else {
		require.Contains(t, got.stderr, "will not boot")
	}
	_, err := os.Stat(in("neednet"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func fileText(name string) *string {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil
	}
	text := string(data)
	return &text
}
