package validatecmd

import (
	"bytes"
	"fmt"
	"regexp"
)

// butane is how a config begins that people write, in YAML.
var butane = regexp.MustCompile(`(?m)^variant: *[a-z0-9-]+ *$`)

// RefuseButane tells those who take a Butane config for one of Ignition what to do.
func RefuseButane(name string, raw []byte) error {
	if bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) || !butane.Match(raw) {
		return nil
	}
	return fmt.Errorf("%s is a Butane config, which butane translates: butane %s > config.ign", name, name)
}
