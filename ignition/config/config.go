package config

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nestos-dev/nestos/ignition/config/internal/engine"
	"github.com/nestos-dev/nestos/ignition/config/report"
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// Errors of parsing. With ErrInvalid there is a report that says what is wrong;
// the others come alone.
var (
	// ErrEmpty reports a text of no bytes.
	ErrEmpty = errors.New("not a config (empty)")
	// ErrInvalid reports a text that is no JSON, or a config that breaks the rules of its version.
	ErrInvalid = errors.New("config is not valid")
	// ErrInvalidVersion reports an ignition.version that is not of the form of a version.
	ErrInvalidVersion = errors.New("invalid config version (couldn't parse)")
	// ErrUnknownVersion reports a version that is none of [Versions], or not the wanted one.
	ErrUnknownVersion = errors.New("unsupported config version")
)

// Config is a config in the types of the newest version.
type Config = types.Config

// Version is a version of the format, for instance "3.5.0".
type Version string

// Newest is the version that configs are translated to; it may change still.
// NewestStable is the newest version that does not change any more.
const (
	Newest       Version = "3.7.0-experimental"
	NewestStable Version = "3.6.0"
)

// Versions are all versions, oldest to newest.
func Versions() []Version {
	var all []Version
	for _, name := range engine.Names() {
		all = append(all, Version(name))
	}
	return all
}

// number is the engine's number of v.
func (v Version) number() (engine.Version, error) {
	n, semantic, known := engine.ParseVersion(string(v))
	switch {
	case !semantic:
		return 0, ErrInvalidVersion
	case !known:
		return 0, fmt.Errorf("%w %q", ErrUnknownVersion, string(v))
	}
	return n, nil
}

// Parse reads a config of any version and returns it in the newest. The report
// may hold warnings without an error. With an error the config is empty.
func Parse(raw []byte) (Config, report.Report, error) {
	return result(ParseDocument(raw))
}

// ParseCompatible is Parse for a program that knows no versions after max: newer
// configs give ErrUnknownVersion.
func ParseCompatible(raw []byte, max Version) (Config, report.Report, error) {
	v, err := max.number()
	if err != nil {
		return Config{}, report.Report{}, err
	}
	return result(parseUpTo(raw, v))
}

// ParseVersion reads a config that must be of version v, and returns it in the
// newest. Other versions give ErrUnknownVersion; what has the wrong type for v is
// reported before the version is looked at.
func ParseVersion(raw []byte, v Version) (Config, report.Report, error) {
	n, err := v.number()
	if err != nil {
		return Config{}, report.Report{}, err
	}
	return result(parseExactly(raw, n))
}

func result(d *Document, err error) (Config, report.Report, error) {
	return d.Config, d.Report, err
}

// NewestEmpty is a config of the newest version that says nothing.
func NewestEmpty() Config {
	return Config{Ignition: types.Ignition{Version: string(Newest)}}
}

// Marshal writes a config as JSON on one line without a line feed: fields in
// alphabetical order, absent values and empty lists left out, objects never. It
// is the format of Ignition's cache.
func Marshal(cfg *Config) ([]byte, error) {
	data, err := json.Marshal(cfg)
	if err != nil {
		return nil, fmt.Errorf("writing config: %w", err)
	}
	return data, nil
}

// ValidateOptions says what Validate does not check.
type ValidateOptions struct {
	// NoDuplicates leaves out the check for several entries with one key.
	NoDuplicates bool
}

// Validate checks a config by the rules of version v, which the config must name.
// Its types are the newest; what v does not have must not be set. Entries have
// paths but no positions. With nil options everything is checked.
func Validate(cfg *Config, v Version, opt *ValidateOptions) report.Report {
	n, err := v.number()
	if err != nil {
		var r report.Report
		r.Add(report.Error, report.Path{"ignition", "version"}, err.Error())
		return r
	}
	var sink engine.Sink
	engine.Validate(cfg, n, &sink)
	if opt == nil || !opt.NoDuplicates {
		engine.Duplicates(cfg, &sink)
	}
	return sink.Report
}
