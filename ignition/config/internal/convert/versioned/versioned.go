// Package versioned is what the packages of the single versions have in common.
package versioned

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/nestos-dev/nestos/ignition/config"
	"github.com/nestos-dev/nestos/ignition/config/internal/convert"
	"github.com/nestos-dev/nestos/ignition/config/report"
	newest "github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// Parse parses a config of exactly one version, with the types C.
func Parse[C any](raw []byte, version config.Version) (C, report.Report, error) {
	var cfg, none C
	_, rpt, err := config.ParseVersion(raw, version)
	if err != nil {
		return none, rpt, err
	}
	if err := convert.Decode(raw, string(version), &cfg, string(version)); err != nil {
		return none, rpt, err
	}
	return cfg, rpt, nil
}

// ParseCompatible parses a config of a version, with the types C, or an older one.
func ParseCompatible[C any](raw []byte, version config.Version) (C, report.Report, error) {
	var cfg, none C
	_, rpt, err := config.ParseCompatible(raw, version)
	if err == nil {
		err = convert.Decode(raw, versionOf(raw), &cfg, string(version))
	}
	if err != nil {
		return none, rpt, err
	}
	return cfg, rpt, nil
}

// versionOf is the version of a valid config.
func versionOf(raw []byte) string {
	var header struct {
		Ignition struct{ Version config.Version }
	}
	if json.Unmarshal(raw, &header) == nil && slices.Contains(config.Versions(), header.Ignition.Version) {
		return string(header.Ignition.Version)
	}
	// It is spelt otherwise, as in 03.5.0.
	doc, _ := config.ParseDocument(raw)
	return string(doc.Version)
}

// Validate checks the config that cfg points to by the rules of its version; own is
// what it has as ignition.version.
func Validate(cfg any, own string, version config.Version) report.Report {
	var lifted newest.Config
	if err := convert.Config(&lifted, cfg, own, convert.KeepModes); err != nil {
		panic(err) // newer types lack nothing
	}
	return config.Validate(&lifted, version, nil)
}

// ToNewest lifts the config that cfg points to.
func ToNewest(cfg any, version config.Version) newest.Config {
	var lifted newest.Config
	if err := convert.Translate(&lifted, string(config.Newest), cfg, string(version)); err != nil {
		panic(err) // newer types lack nothing
	}
	return lifted
}

// FromNewest is the inverse of ToNewest where there is one.
func FromNewest[C any](cfg newest.Config, version config.Version) (C, error) {
	var lowered, none C
	if err := convert.Translate(&lowered, string(version), &cfg, string(config.Newest)); err != nil {
		return none, fmt.Errorf("version %s: %w", version, err)
	}
	return lowered, nil
}
