package config

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nestos-dev/nestos/zincati/strategy"
)

// Inputs is the configuration of the agent: what the fragments say, and the defaults for what they do not.
type Inputs struct {
	SteadyInterval time.Duration // between two questions for updates; at least 1 s, at most 100 years
	Spread         bool          // keep the questions of a fleet's nodes apart

	CincinnatiBaseURL string // template, see ExpandURL; "" is an error of CincinnatiURL
	ClientWariness    bool   // evaluate rollouts here, so that all nodes ask the same question

	Group    string   // never empty
	NodeUUID string   // "" = derived from the machine id
	Wariness *float64 // any number but NaN; nil = not configured

	AllowDowngrade bool
	Enabled        bool
	ReplaceStaged  bool // let a newer release take the place of one that is staged

	Strategy strategy.Settings // its FleetLockURL is a template still, see StrategySettings

	Files []string // fragments in the order in which they were read, as paths in the root
}

func defaults(root string) *Inputs {
	return &Inputs{
		SteadyInterval: 300 * time.Second,
		Group:          "default",
		Enabled:        true,
		Strategy: strategy.Settings{
			Name: strategy.Immediate, PeriodicZone: "UTC", FleetLockZone: "UTC", Root: root,
			MarkerPath: strategy.DefaultMarkerPath, ZoneDir: strategy.DefaultZoneDir, Localtime: strategy.DefaultLocaltime,
		},
	}
}

// Read reads the fragments below root ("" means "/") and merges them: of each key the last file that has it counts,
// windows add up. log may be nil.
//
// A file that cannot be read, is not UTF-8 or TOML, or has a known key of the wrong type is an error, whose chain
// names the file, the line, the column and the key. What values mean is judged by those who use them: package
// identity, [strategy.New], [Inputs.CincinnatiURL].
func Read(root string, log *slog.Logger) (*Inputs, error) {
	if root == "" {
		root = "/"
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	in, err := readAndMerge(root, log)
	if err != nil {
		return nil, fmt.Errorf("failed to read and merge config fragments: %w", err)
	}
	in.emptyMeansDefault()
	return in, nil
}

func readAndMerge(root string, log *slog.Logger) (*Inputs, error) {
	files, err := readFragments(root)
	if err != nil {
		return nil, err
	}
	in := defaults(root)
	for _, file := range files {
		f, err := parseFragment(file.text)
		if err != nil {
			return nil, fmt.Errorf("failed to read file '%s': %w", showPath(file.path), err)
		}
		in.merge(f)
		in.Files = append(in.Files, file.path)
		log.LogAttrs(context.Background(), slog.LevelDebug, "read configuration fragment", slog.String("path", file.path))
	}
	return in, nil
}

func set[T any](to *T, value *T) {
	if value != nil {
		*to = *value
	}
}

func (in *Inputs) merge(f *fragment) {
	set(&in.SteadyInterval, f.steadyInterval)
	set(&in.Spread, f.spread)
	set(&in.CincinnatiBaseURL, f.baseURL)
	set(&in.ClientWariness, f.clientWariness)
	set(&in.Group, f.group)
	set(&in.NodeUUID, f.nodeUUID)
	if f.wariness != nil {
		in.Wariness = f.wariness
	}
	set(&in.AllowDowngrade, f.allowDowngrade)
	set(&in.Enabled, f.enabled)
	set(&in.ReplaceStaged, f.replaceStaged)
	s := &in.Strategy
	set(&s.Name, f.strategy)
	set(&s.FleetLockURL, f.fleetLockURL)
	set(&s.FleetLockZone, f.fleetLockZone)
	set(&s.PeriodicZone, f.periodicZone)
	set(&s.MarkerPath, f.markerPath)
	s.FleetLockWindows = append(s.FleetLockWindows, f.fleetLockWindow...)
	s.PeriodicWindows = append(s.PeriodicWindows, f.periodicWindow...)
}

func (in *Inputs) emptyMeansDefault() {
	for _, d := range []struct {
		value *string
		name  string
	}{
		{&in.Group, "default"},
		{&in.Strategy.Name, strategy.Immediate},
		{&in.Strategy.MarkerPath, strategy.DefaultMarkerPath},
	} {
		if *d.value == "" {
			*d.value = d.name
		}
	}
}

// CincinnatiURL is the base URL of the graph server with its variables replaced. Without one there is nothing to ask.
func (in *Inputs) CincinnatiURL(vars map[string]string) (string, error) {
	const context = "failed to validate cincinnati configuration: %w"
	if in.CincinnatiBaseURL == "" {
		return "", fmt.Errorf(context, errors.New("empty Cincinnati base URL"))
	}
	u, err := ExpandURL(in.CincinnatiBaseURL, vars)
	if err != nil {
		return "", fmt.Errorf(context, err)
	}
	return u, nil
}

// StrategySettings are the settings for [strategy.New], the variables in the URL of the lock server replaced if that
// strategy is chosen.
func (in *Inputs) StrategySettings(vars map[string]string) (strategy.Settings, error) {
	s := in.Strategy
	if s.Name != strategy.FleetLock {
		return s, nil
	}
	u, err := ExpandURL(s.FleetLockURL, vars)
	if err != nil {
		return strategy.Settings{}, fmt.Errorf("failed to validate update strategy configuration: %w", err)
	}
	s.FleetLockURL = u
	return s, nil
}
