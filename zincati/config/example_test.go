package config_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/zincati/config"
)

// Two fragments, the later of which names another group.
func ExampleRead() {
	root, err := os.MkdirTemp("", "root")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(root)
	for name, text := range map[string]string{
		"usr/lib/zincati/config.d/50-vendor.toml": "cincinnati.base_url = 'https://updates.example.com/${stream}/'\nidentity.group = 'default'\n",
		"etc/zincati/config.d/55-local.toml":      "[identity]\ngroup = 'canary'\n",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			fmt.Println(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			fmt.Println(err)
		}
	}

	in, err := config.Read(root, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	url, err := in.CincinnatiURL(map[string]string{"stream": "stable"})
	fmt.Println(in.Group, in.SteadyInterval, url, err)
	// Output: canary 5m0s https://updates.example.com/stable/ <nil>
}

func ExampleExpandURL() {
	u, err := config.ExpandURL("https://${group}.example.com/${basearch}/${other}/", map[string]string{"group": "canary", "basearch": "x86_64"})
	fmt.Println(u, err)
	// Output: https://canary.example.com/x86_64/${other}/ <nil>
}
