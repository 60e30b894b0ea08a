package main

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ostree/sysroot/prepareroot"
)

func TestNoLabelsWithoutSELinux(t *testing.T) {
	opts := &prepareroot.RemountOptions{}
	require.NoError(t, loadLabels(opts, filepath.Join(t.TempDir(), "enforce")))
	require.Nil(t, opts.Labels)
}

func TestHelp(t *testing.T) {
	for _, c := range []struct {
		arg            string
		exit           int
		stdout, stderr string
	}{
		{"--help", 0, usage, ""},
		{"-h", 0, usage, ""},
		{"--version", 0, "ostree-remount " + version + "\n", ""},
		{"--nope", 1, "", "ostree-remount: This program takes no arguments, see --help\n"},
		{"help", 1, "", "ostree-remount: This program takes no arguments, see --help\n"},
	} {
		var stdout, stderr bytes.Buffer
		require.Equal(t, c.exit, inform([]string{c.arg}, &stdout, &stderr), c.arg)
		require.Equal(t, c.stdout, stdout.String())
		require.Equal(t, c.stderr, stderr.String())
	}
}
