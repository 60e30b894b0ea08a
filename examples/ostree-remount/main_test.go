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
		args []string
		want string
		only bool
	}{
		{[]string{"--help"}, usage, true},
		{[]string{"-h"}, usage, true},
		{[]string{"--version"}, "ostree-remount " + version + "\n", true},
		{[]string{"--nope"}, "", false},
		{nil, "", false},
	} {
		var stdout bytes.Buffer
		require.Equal(t, c.only, inform(c.args, &stdout), "%q", c.args)
		require.Equal(t, c.want, stdout.String())
	}
}
