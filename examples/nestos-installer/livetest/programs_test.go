package livetest_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
)

var accel = flag.String("accel", "tcg", "QEMU's accelerator")

func TestMain(m *testing.M) { os.Exit(testutil.MainInMemory(m)) }

// build builds programs of this module into a folder.
func build(t *testing.T, packages ...string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	testutil.Tool(t, "go")
	require.NoError(t, testutil.GoBuild(t.Context(), append([]string{"-o", dir + "/"}, packages...)...))
	return dir
}

// must runs a program, which must succeed, and returns what it printed.
func must(t *testing.T, name string, args ...string) string {
	t.Helper()
	return testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, name), args...).Stdout
}

// write writes a file with its directory.
func write(t *testing.T, path string, data []byte, mode os.FileMode) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, data, mode))
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return data
}

func words(text string) []string { return strings.Fields(text) }
