package container_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nestos-dev/nestos/ostree/container"
	"github.com/stretchr/testify/require"
)

func TestFindAuthFile(t *testing.T) {
	dir := t.TempDir()
	env := map[string]string{
		"REGISTRY_AUTH_FILE": filepath.Join(dir, "own.json"), "XDG_RUNTIME_DIR": filepath.Join(dir, "run"), "HOME": filepath.Join(dir, "home"),
	}
	lookup := func(name string) string { return env[name] }
	require.Empty(t, container.FindAuthFile(lookup))
	require.Empty(t, container.FindAuthFile(func(string) string { return "" }))
	// From the last to the first: each hides those that were made before.
	for _, name := range []string{"home/.docker/config.json", "home/.config/containers/auth.json", "run/containers/auth.json", "own.json"} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(path, 0o755))
		require.NotEqual(t, path, container.FindAuthFile(lookup), "a directory")
		require.NoError(t, os.Remove(path))
		require.NoError(t, os.WriteFile(path, []byte("{}"), 0o600))
		require.Equal(t, path, container.FindAuthFile(lookup))
	}
}
