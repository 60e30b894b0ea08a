package livetest_test

import (
	"flag"
	"os"
	"os/exec"
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
	cmd := exec.CommandContext(t.Context(), testutil.Tool(t, "go"),
		append([]string{"build", "-trimpath", "-ldflags", "-s -w", "-o", dir + "/"}, packages...)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	return dir
}

// kernel returns the path of Debian's kernel for virtual machines.
func kernel(t *testing.T) string {
	t.Helper()
	images, err := filepath.Glob("/boot/vmlinuz-*-cloud-amd64")
	if err != nil || len(images) == 0 {
		testutil.Missing(t, "needs the package linux-image-cloud-amd64")
	}
	return images[len(images)-1]
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
