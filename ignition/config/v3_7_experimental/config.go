package v3_7_experimental

import (
	"github.com/nestos-dev/nestos/ignition/config/internal/convert/versioned"
	"github.com/nestos-dev/nestos/ignition/config/merge"
	"github.com/nestos-dev/nestos/ignition/config/report"
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// Version is what ignition.version is in these configs.
const Version = "3.7.0-experimental"

// Parse parses a config of version 3.7.0-experimental. The errors are those of the package
// ignition/config: ErrEmpty, ErrUnknownVersion if it is of another version, ErrInvalid
// if the report has an error in it.
func Parse(raw []byte) (types.Config, report.Report, error) {
	return versioned.Parse[types.Config](raw, Version)
}

// ParseCompatibleVersion parses a config of version 3.7.0-experimental or older and translates it
// to 3.7.0-experimental. The report is about the config as it was written.
func ParseCompatibleVersion(raw []byte) (types.Config, report.Report, error) {
	return versioned.ParseCompatible[types.Config](raw, Version)
}

// Merge returns child laid over parent; see the package merge for how.
func Merge(parent, child types.Config) types.Config {
	return merge.Merge(parent, child)
}

// Validate checks a config by the rules of version 3.7.0-experimental. Entries of the report have
// paths but no positions, since there is no text.
func Validate(cfg types.Config) report.Report {
	return versioned.Validate(&cfg, cfg.Ignition.Version, Version)
}

// ToNewest returns a config with lists of its own. There is no newer version.
func ToNewest(cfg types.Config) types.Config {
	return versioned.ToNewest(&cfg, Version)
}

// FromNewest returns a config with lists of its own. It never fails.
func FromNewest(cfg types.Config) (types.Config, error) {
	return versioned.FromNewest[types.Config](cfg, Version)
}
