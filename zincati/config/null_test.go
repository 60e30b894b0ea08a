package config_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nestos-dev/nestos/zincati/config"
)

// TestNullLinks masks a fragment by links that lead to /dev/null as their text says, however it is written.
func TestNullLinks(t *testing.T) {
	for target, masked := range map[string]bool{
		"/dev/null": true, "/dev//null": true, "//dev/null": true, "/dev/./null": true, "/dev/null/": true, "/./dev/null/.": true,
		"dev/null": false, "/dev/../dev/null": false, "/dev/nul": false, "/dev/null/x": false, "/dev": false, "/": false, "null": false,
	} {
		root := t.TempDir()
		write(t, root, "usr/lib/zincati/config.d/10.toml", "updates.enabled = false\n")
		dir := filepath.Join(root, "run/zincati/config.d")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, filepath.Join(dir, "10.toml")); err != nil {
			t.Fatal(err)
		}
		in, err := config.Read(root, nil)
		if err != nil {
			t.Fatal(err)
		}
		if in.Enabled != masked {
			t.Errorf("a link to %q masks: %t", target, in.Enabled)
		}
	}
}
