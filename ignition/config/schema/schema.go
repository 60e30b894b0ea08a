package schema

import (
	"embed"
	"fmt"
)

//go:embed documents
var documents embed.FS

// JSON returns the schema of a version, given as in ignition.version, for instance
// "3.5.0" or "3.7.0-experimental".
func JSON(version string) ([]byte, error) {
	text, err := documents.ReadFile("documents/" + version + ".json")
	if err != nil {
		return nil, fmt.Errorf("no schema for config version %q", version)
	}
	return text, nil
}
