package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ostree/sysroot/prepareroot"
)

func TestRun(t *testing.T) {
	root, out := t.TempDir(), t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(root, "run/ostree"), 0o755))
	opts := func() *prepareroot.GenerateOptions {
		return &prepareroot.GenerateOptions{Root: root, Cmdline: "ostree=/ostree/boot.0/os/abc/0"}
	}
	var stdout, stderr bytes.Buffer
	require.Equal(t, 1, run([]string{out}, opts(), &stdout, &stderr))
	require.Equal(t, "ostree-system-generator: This program takes three or no arguments\n", stderr.String())
	stderr.Reset()
	require.Zero(t, run([]string{out, "early", "late"}, opts(), &stdout, &stderr), "%s", &stderr)
	require.FileExists(t, filepath.Join(out, "var.mount"))
	require.Equal(t, 1, run([]string{out, "early", "late"}, opts(), &stdout, &stderr), "the units are there already")
	require.Contains(t, stderr.String(), "File exists")
	require.Empty(t, stdout.String())
}

func TestHelp(t *testing.T) {
	for _, c := range []struct{ arg, want string }{
		{"--help", usage}, {"-h", usage}, {"--version", "ostree-system-generator " + version + "\n"},
	} {
		var stdout, stderr bytes.Buffer
		opts := &prepareroot.GenerateOptions{Root: t.TempDir()}
		require.Zero(t, run([]string{c.arg}, opts, &stdout, &stderr), c.arg)
		require.Equal(t, c.want, stdout.String())
		require.Empty(t, stderr.String())
	}
}
