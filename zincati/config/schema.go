package config

import (
	"fmt"
	"time"

	"github.com/nestos-dev/nestos/zincati/config/internal/tomltree"
	"github.com/nestos-dev/nestos/zincati/strategy"
)

// fragment is what one file says; nil means that it does not say.
type fragment struct {
	steadyInterval *time.Duration
	spread         *bool

	baseURL         *string
	clientWariness  *bool
	group           *string
	nodeUUID        *string
	wariness        *float64
	allowDowngrade  *bool
	enabled         *bool
	replaceStaged   *bool
	strategy        *string
	fleetLockURL    *string
	fleetLockZone   *string
	periodicZone    *string
	markerPath      *string
	fleetLockWindow []strategy.Window
	periodicWindow  []strategy.Window
}

// parseFragment reads a file, which is UTF-8.
func parseFragment(text string) (*fragment, error) {
	root, err := tomltree.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("failed to parse TOML: %w", err)
	}
	f, d := &fragment{}, &decoder{text}
	if err := d.structure(root, "", "ConfigFragment", f.schema(d)); err != nil {
		return nil, fmt.Errorf("failed to parse TOML: %w", err)
	}
	return f, nil
}

// schema lists the keys. Where a table may be an array, the order of the keys without additive counts.
func (f *fragment) schema(d *decoder) []field {
	return []field{
		d.section("agent", "AgentFragment", d.section("timing", "AgentTiming",
			f.interval(d), additive(d.boolean("spread", &f.spread)))),
		d.section("cincinnati", "CincinnatiFragment",
			d.text("base_url", &f.baseURL), additive(d.boolean("client_wariness", &f.clientWariness))),
		d.section("identity", "IdentityFragment",
			d.text("group", &f.group), d.text("node_uuid", &f.nodeUUID), f.rolloutWariness(d)),
		d.section("updates", "UpdateFragment",
			d.boolean("allow_downgrade", &f.allowDowngrade),
			d.boolean("enabled", &f.enabled),
			d.text("strategy", &f.strategy),
			d.section("fleet_lock", "UpdateFleetLock", d.text("base_url", &f.fleetLockURL),
				additive(d.windows("window", &f.fleetLockWindow)), additive(d.text("time_zone", &f.fleetLockZone))),
			d.section("periodic", "UpdatePeriodic",
				d.windows("window", &f.periodicWindow), d.text("time_zone", &f.periodicZone)),
			additive(d.section("marker_file", "UpdateMarkerFile", d.text("path", &f.markerPath))),
			additive(d.boolean("replace_staged", &f.replaceStaged))),
	}
}

// section returns a field for a table.
func (d *decoder) section(name, structName string, fields ...field) field {
	return field{name: name, decode: func(v *tomltree.Value, path string) error {
		return d.structure(v, path, structName, fields)
	}}
}

func additive(f field) field {
	f.additive = true
	return f
}

func required(f field) field {
	f.required = true
	return f
}

// maxInterval keeps the steady interval, which may be 2^64-1 seconds, within what durations can be added up to.
const maxInterval = 100 * 365 * 24 * time.Hour

func (f *fragment) interval(d *decoder) field {
	return field{name: "steady_interval_secs", decode: func(v *tomltree.Value, path string) error {
		const expected = "a nonzero u64"
		secs, err := d.unsigned(v, path, 64, expected)
		if err != nil {
			return err
		}
		if secs == 0 {
			return d.fail(v, path, "invalid value: integer `0`, expected "+expected)
		}
		interval := maxInterval
		if secs < uint64(maxInterval/time.Second) {
			interval = time.Duration(secs) * time.Second
		}
		f.steadyInterval = &interval
		return nil
	}}
}

func (f *fragment) rolloutWariness(d *decoder) field {
	return field{name: "rollout_wariness", decode: func(v *tomltree.Value, path string) error {
		w, err := d.float(v, path)
		f.wariness = &w
		return err
	}}
}

// windows returns a field for the windows of a calendar.
func (d *decoder) windows(name string, to *[]strategy.Window) field {
	return field{name: name, decode: func(v *tomltree.Value, path string) error {
		return d.list(v, path, func(v *tomltree.Value, path string) error {
			w, err := d.window(v, path)
			*to = append(*to, w)
			return err
		})
	}}
}

func (d *decoder) window(v *tomltree.Value, path string) (w strategy.Window, err error) {
	var start *string
	err = d.structure(v, path, "UpdatePeriodicWindow", []field{
		{name: "days", required: true, decode: func(v *tomltree.Value, path string) error {
			return d.list(v, path, func(v *tomltree.Value, path string) error {
				day, err := d.str(v, path)
				w.Days = append(w.Days, day)
				return err
			})
		}},
		required(d.text("start_time", &start)),
		{name: "length_minutes", required: true, decode: func(v *tomltree.Value, path string) error {
			n, err := d.unsigned(v, path, 32, "u32")
			w.LengthMinutes = uint32(n)
			return err
		}},
	})
	if start != nil {
		w.StartTime = *start
	}
	return w, err
}
