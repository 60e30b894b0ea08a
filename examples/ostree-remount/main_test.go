package main

import (
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
