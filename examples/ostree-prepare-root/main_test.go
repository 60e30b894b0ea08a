package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		args           []string
		exit           int
		stdout, stderr string
	}{
		{nil, 1, "", "ostree-prepare-root: usage: ostree-prepare-root SYSROOT [KERNEL_CMDLINE]\n"},
		{[]string{"--"}, 1, "", "ostree-prepare-root: usage: ostree-prepare-root SYSROOT [KERNEL_CMDLINE]\n"},
		{[]string{"--nope", "/x"}, 1, "", "ostree-prepare-root: Error parsing options: Unknown option --nope\n"},
		{[]string{"--help"}, 0, usage, ""},
		{[]string{"--version"}, 0, "ostree-prepare-root " + version + "\n", ""},
		{[]string{"/does-not-exist", "quiet"}, 1, "", "ostree-prepare-root: realpath(\"/does-not-exist\"): No such file or directory\n"},
		{[]string{"--", t.TempDir(), "quiet"}, 1, "", "ostree-prepare-root: No ostree target found\n"},
	} {
		var stdout, stderr bytes.Buffer
		require.Equal(t, c.exit, run(c.args, &stdout, &stderr), "%q", c.args)
		require.Equal(t, c.stdout, stdout.String())
		require.Equal(t, c.stderr, stderr.String())
	}
}
