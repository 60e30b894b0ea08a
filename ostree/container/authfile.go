package container

import (
	"os"
	"path/filepath"
)

// FindAuthFile returns the first of the files in which podman and docker keep credentials for registries: that of
// REGISTRY_AUTH_FILE, $XDG_RUNTIME_DIR/containers/auth.json, $HOME/.config/containers/auth.json and
// $HOME/.docker/config.json. It is for RegistryOptions.AuthFile; empty means that there is none. lookup returns variables
// of the environment, such as os.Getenv.
func FindAuthFile(lookup func(name string) string) string {
	candidates := []string{lookup("REGISTRY_AUTH_FILE")}
	for _, place := range []struct{ base, name string }{
		{"XDG_RUNTIME_DIR", "containers/auth.json"}, {"HOME", ".config/containers/auth.json"}, {"HOME", ".docker/config.json"},
	} {
		if dir := lookup(place.base); dir != "" {
			candidates = append(candidates, filepath.Join(dir, place.name))
		}
	}
	for _, name := range candidates {
		if st, err := os.Stat(name); err == nil && st.Mode().IsRegular() {
			return name
		}
	}
	return ""
}
