package v3_5

import (
	"github.com/nestos-dev/nestos/ignition/config/internal/convert/versioned"
	"github.com/nestos-dev/nestos/ignition/config/merge"
	"github.com/nestos-dev/nestos/ignition/config/report"
	"github.com/nestos-dev/nestos/ignition/config/v3_5/types"
	newest "github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// Version is what ignition.version is in these configs.
const Version = "3.5.0"

// Parse parses a config of version 3.5.0. The errors are those of the package
// ignition/config: ErrEmpty, ErrUnknownVersion if it is of another version, ErrInvalid
// if the report has an error in it.
func Parse(raw []byte) (types.Config, report.Report, error) {
	return versioned.Parse[types.Config](raw, Version)
}

// ParseCompatibleVersion parses a config of version 3.5.0 or older and translates it
// to 3.5.0. The report is about the config as it was written.
func ParseCompatibleVersion(raw []byte) (types.Config, report.Report, error) {
	return versioned.ParseCompatible[types.Config](raw, Version)
}

// Merge returns child laid over parent; see the package merge for how.
func Merge(parent, child types.Config) types.Config {
	return merge.Merge(parent, child)
}

// Validate checks a config by the rules of version 3.5.0. Entries of the report have
// paths but no positions, since there is no text.
func Validate(cfg types.Config) report.Report {
	return versioned.Validate(&cfg, cfg.Ignition.Version, Version)
}

// ToNewest translates a config to the newest version.
// The setuid, setgid and sticky bits of modes are left out, since they have no effect
// in this version.
func ToNewest(cfg types.Config) newest.Config {
	return versioned.ToNewest(&cfg, Version)
}

// FromNewest writes a config of the newest types as one of version 3.5.0. It fails,
// naming the place, if the config sets something that 3.5.0 does not have. Values are
// not checked; [Validate] does that.
func FromNewest(cfg newest.Config) (types.Config, error) {
	return versioned.FromNewest[types.Config](cfg, Version)
}
