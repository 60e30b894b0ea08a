//go:build unix

package units

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/internal/oplog"
	"github.com/nestos-dev/nestos/ignition/provision/plan"
	"github.com/nestos-dev/nestos/internal/run"
)

// preset is a line of the preset file.
type preset struct {
	name      string // of the unit, or of the template with its suffix
	enabled   bool
	instances []string // of a template, in the config's order
}

// line is what follows "enable" or "disable" with the given instances.
func (p preset) line(instances []string) string {
	return strings.Join(append([]string{p.name}, instances...), " ")
}

// units are the names of the units that the line is about, by instance.
func (p preset) unit(instance string) string {
	before, after, _ := strings.Cut(p.name, "@")
	return before + "@" + instance + after
}

// collect returns the lines for the units that are to be enabled or disabled,
// sorted by unit and state. Instances of one template share a line.
func collect(units []types.Unit) ([]preset, error) {
	lines := map[string]*preset{}
	for _, u := range units {
		if u.Enabled == nil {
			continue
		}
		state := "disabled"
		if *u.Enabled {
			state = "enabled"
		}
		name, instance, isInstance, err := split(u.Name)
		if err != nil {
			return nil, err
		}
		key := name + "-" + state
		if lines[key] == nil {
			lines[key] = &preset{name: name, enabled: *u.Enabled}
		}
		if isInstance {
			lines[key].instances = append(lines[key].instances, instance)
		}
	}
	var all []preset
	for _, key := range slices.Sorted(maps.Keys(lines)) {
		all = append(all, *lines[key])
	}
	return all, nil
}

// split takes an instance like echo@a.service apart: echo@.service and a.
func split(name string) (unit, instance string, isInstance bool, err error) {
	at := strings.IndexByte(name, '@')
	if at < 0 {
		return name, "", false, nil
	}
	dot := strings.LastIndexByte(name, '.')
	if dot < at {
		return "", "", false, fmt.Errorf("no systemd unit extension in %q", name)
	}
	return name[:at+1] + name[dot:], name[at+1 : dot], true, nil
}

func (m *manager) planPresets(p *plan.Plan, presets []preset) {
	if len(presets) == 0 {
		return
	}
	instances := false
	for i, ps := range presets {
		instances = instances || ps.instances != nil
		s := plan.Step{Verb: plan.Append, Kind: "preset", Name: ps.line(ps.instances), Detail: "enabled on first boot"}
		if !ps.enabled {
			s.Detail = "disabled, if it is enabled"
		} else {
			fail(&s, m.foreseePreset())
		}
		s.Do = func(ctx context.Context) error {
			if i == 0 {
				if err := m.notePresets(); err != nil {
					return err
				}
			}
			return m.apply(ctx, ps)
		}
		p.Add(s)
	}
	if !instances {
		return
	}
	last := &p.Steps[len(p.Steps)-1]
	before := last.Do
	last.Do = func(ctx context.Context) error {
		if err := before(ctx); err != nil {
			return err
		}
		return m.warnOld(ctx)
	}
}

func (m *manager) notePresets() error {
	p, err := m.t.Resolve(presetFile)
	if err != nil {
		return err
	}
	return m.t.Note(p)
}

func (m *manager) apply(ctx context.Context, ps preset) error {
	if ps.enabled {
		line := ps.line(ps.instances)
		return m.h.Log.Op(fmt.Sprintf("setting preset to enabled for %q", line), func(*oplog.Logger) error {
			return m.append("enable " + line)
		})
	}
	return m.h.Log.Op(fmt.Sprintf("setting preset to disabled for %q", ps.line(ps.instances)), func(log *oplog.Logger) error {
		return m.disable(ctx, log, ps)
	})
}

// disable disables the units of a line that are enabled, and writes the line with them.
func (m *manager) disable(ctx context.Context, log *oplog.Logger, ps preset) error {
	if ps.instances == nil {
		was, err := m.disableOne(ctx, log, ps.name)
		if err != nil || !was {
			return err
		}
		return m.append("disable " + ps.name)
	}
	var enabled []string
	for _, instance := range ps.instances {
		was, err := m.disableOne(ctx, log, ps.unit(instance))
		if err != nil {
			return err
		}
		if was {
			enabled = append(enabled, instance)
		}
	}
	if enabled == nil {
		return nil
	}
	return m.append("disable " + ps.line(enabled))
}

// disableOne reports whether the unit was enabled, and disables it.
func (m *manager) disableOne(ctx context.Context, log *oplog.Logger, unit string) (bool, error) {
	c := run.Command("systemctl", "--root", m.t.Base(), "is-enabled", unit)
	if _, err := log.Try(ctx, m.h.Run, c); err != nil {
		if oplog.Exit(err) < 0 {
			return false, fmt.Errorf("asking whether %s is enabled: %w", unit, err)
		}
		return false, nil // not enabled, or no such unit
	}
	err := log.Op(fmt.Sprintf("removing enablement symlink(s) for %q", unit), func(log *oplog.Logger) error {
		c := run.Command("systemctl", "--root", m.t.Base(), "disable", unit)
		if _, err := log.Try(ctx, m.h.Run, c); err != nil {
			return fmt.Errorf("cannot remove symlink(s) for %s: %w", unit, err)
		}
		return nil
	})
	return err == nil, err
}

func (m *manager) append(line string) error {
	p, err := m.t.Resolve(presetFile)
	if err != nil {
		return err
	}
	return m.t.AppendLine(p, []byte(line+"\n"))
}

// warnOld warns of systemd versions that do not know instances in presets. Where no
// systemd runs, as in container builds, there is none to ask.
func (m *manager) warnOld(ctx context.Context) error {
	version, err := m.version(ctx)
	if err != nil {
		return err
	}
	if version == "" {
		m.h.Log.Debug("no systemd is running, its version is unknown")
		return nil
	}
	digits := strings.TrimLeft(version, "v")
	if end := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
		digits = digits[:end]
	}
	n, err := strconv.Atoi(digits)
	if err != nil {
		return fmt.Errorf("parsing systemd version %q: %w", version, err)
	}
	if n < 240 {
		m.h.Log.Warning("The version of systemd (%q) is less than 240. Enabling/disabling instantiated units may not work. See https://github.com/coreos/ignition/issues/586 for more information.", version)
	}
	return nil
}
