package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/clap"
)

// TestInputsAreBounded: what is too large is refused by its size, before it is in memory.
func TestInputsAreBounded(t *testing.T) {
	dir := t.TempDir()
	huge, half, image := filepath.Join(dir, "huge"), filepath.Join(dir, "half"), filepath.Join(dir, "w.iso")
	for path, size := range map[string]int64{huge: 1 << 40, half: maxInputs/2 + 1} {
		require.NoError(t, os.WriteFile(path, nil, 0o644))
		require.NoError(t, os.Truncate(path, size))
	}
	(&session{t: t, data: "testdata"}).prepare([]string{"fixture", "iso/embed-areas-2021-12.iso", image})
	before, err := os.ReadFile(image)
	require.NoError(t, err)
	w := newWorld(t, "coreos-installer")
	const limit = "\n\nCaused by:\n    too large: files to embed may have 64 MiB in all\n"
	for _, option := range []string{
		"dest-ignition", "live-ignition", "ignition-ca", "pre-install", "post-install", "installer-config", "network-keyfile", "network-nmstate",
	} {
		require.Equal(t, 1, w.do("iso", "customize", "--"+option, huge, image), option)
		require.Equal(t, "Error: reading "+huge+limit, w.stderr.String(), option)
	}
	for _, args := range [][]string{
		{"iso", "ignition", "embed", "-i", huge, image},
		{"iso", "network", "embed", "-k", huge, image},
		{"pxe", "ignition", "wrap", "-i", huge},
		{"pxe", "network", "wrap", "-k", huge},
	} {
		require.Equal(t, 1, w.do(args...), args)
		require.Equal(t, "Error: reading "+huge+limit, w.stderr.String(), args)
	}

	// All of them count together, in each command anew.
	for range 2 {
		require.Equal(t, 1, w.do("iso", "customize", "--ignition-ca", half, "--ignition-ca", half, image))
		require.Equal(t, "Error: reading "+half+limit, w.stderr.String())
	}
	require.Equal(t, int64(maxInputs/2+1), w.inputs)

	// Of what has no size no more is read than can be used.
	stdin := &endless{}
	w.Stdin = stdin
	require.Equal(t, 1, w.do("pxe", "ignition", "wrap"))
	require.Equal(t, "Error: reading stdin"+limit, w.stderr.String())
	require.LessOrEqual(t, stdin.n, int64(maxInputs+1))

	require.Equal(t, 1, w.do("install", "-c", huge))
	require.Equal(t, "Error: parsing config file "+huge+"\n\nCaused by:\n    more than 1048576 bytes\n", w.stderr.String())

	after, err := os.ReadFile(image)
	require.NoError(t, err)
	require.Equal(t, before, after)
}

type endless struct{ n int64 }

func (e *endless) Read(p []byte) (int, error) {
	e.n += int64(len(p))
	return len(p), nil
}

func TestWorded(t *testing.T) {
	require.NoError(t, worded(nil))
	require.Equal(t, io.EOF, worded(io.EOF))
	err := worded(fmt.Errorf("copying: %w", fmt.Errorf("reading: %w", context.Canceled)))
	require.Equal(t, []string{"copying", "reading", "interrupted"}, clap.Levels(err))
	require.EqualError(t, err, "copying: reading: interrupted")
	require.EqualError(t, worded(errors.Join(context.Canceled)), "interrupted")
}
