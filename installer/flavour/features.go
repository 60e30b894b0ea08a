package flavour

import (
	"encoding/json"
	"fmt"
)

// Features is what a live image says that its software can do: features.json on an ISO and
// in an initramfs. Images without it can do none of this.
type Features struct {
	// InstallerConfig is set if the installer reads configs in [Flavour.ConfigDir].
	InstallerConfig bool `json:"installer-config"`
	// InstallerConfigDirectives are the keys that such a config may have.
	InstallerConfigDirectives map[string]bool `json:"installer-config-directives"`
	// LiveInitrdNetwork is set if keyfiles in [Flavour.KeyfileDir] are used.
	LiveInitrdNetwork bool `json:"live-initrd-network"`
}

// ParseFeatures reads features.json. Unknown keys are ignored.
func ParseFeatures(data []byte) (Features, error) {
	var f Features
	if err := json.Unmarshal(data, &f); err != nil {
		return Features{}, fmt.Errorf("parsing features: %w", err)
	}
	return f, nil
}
