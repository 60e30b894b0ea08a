//go:build unix

package units

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/internal/oplog"
	"github.com/nestos-dev/nestos/ignition/internal/systemdbus"
	"github.com/nestos-dev/nestos/ignition/provision/internal/host"
	"github.com/nestos-dev/nestos/ignition/provision/internal/tree"
	"github.com/nestos-dev/nestos/ignition/provision/plan"
)

const (
	unitDir    = "/etc/systemd/system"
	presetFile = "/etc/systemd/system-preset/20-ignition.preset"
)

// Check refuses names that are no file names, so that nothing is written outside of
// the directory of units, and no line can be added to the preset file.
func Check(cfg *types.Systemd) error {
	for i, u := range cfg.Units {
		err := checkName("unit", u.Name, u.Enabled != nil)
		for _, d := range u.Dropins {
			if err == nil {
				if err = checkName("drop-in", d.Name, false); err != nil {
					err = fmt.Errorf("unit %q: %w", u.Name, err)
				}
			}
		}
		if err != nil {
			return &plan.StepError{Step: plan.Step{Entry: fmt.Sprintf("$.systemd.units.%d", i)}, Err: err}
		}
	}
	return nil
}

func checkName(kind, name string, inPreset bool) error {
	bad := name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00")
	if inPreset && strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		bad = true // the preset file has words in lines
	}
	if bad {
		return fmt.Errorf("invalid %s name %q: must be a plain file name", kind, name)
	}
	return nil
}

// Plan returns the steps for all units of a config, which passed [Check]. In a dry run
// guess is what earlier steps leave, otherwise nil.
func Plan(h *host.Host, t *tree.Tree, guess *tree.Forecast, cfg *types.Systemd) (*plan.Plan, error) {
	m := &manager{h: h, t: t, guess: guess, version: func(ctx context.Context) (string, error) { return systemdbus.Version(ctx, h.SystemdSocket) }}
	p := &plan.Plan{}
	for i, u := range cfg.Units {
		if err := m.planUnit(p, u, fmt.Sprintf("$.systemd.units.%d", i)); err != nil {
			return nil, err
		}
	}
	presets, err := collect(cfg.Units)
	if err != nil {
		return nil, err
	}
	m.planPresets(p, presets)
	return p, nil
}

// manager plans and does the changes.
type manager struct {
	h       *host.Host
	t       *tree.Tree
	guess   *tree.Forecast // in a dry run
	version func(ctx context.Context) (string, error)
}

func (m *manager) planUnit(p *plan.Plan, u types.Unit, entry string) error {
	var parts []string
	for _, d := range u.Dropins {
		if d.Contents != nil {
			parts = append(parts, "drop-in "+d.Name)
		}
	}
	if u.Contents != nil && *u.Contents != "" {
		parts = append(parts, "contents")
	}
	masked, there, err := m.look(u.Name)
	if err != nil && m.guess == nil {
		return err
	}
	files := plan.Step{
		Verb: verb(len(parts) > 0, there), Kind: "unit", Name: u.Name, Entry: entry, Detail: strings.Join(parts, ", "),
		Do: func(ctx context.Context) error { return m.write(u) },
	}
	fail(&files, m.foreseeWrite(u))
	p.Add(files)
	if u.Mask == nil {
		return nil
	}
	s := plan.Step{Verb: plan.Create, Kind: "unit", Name: u.Name, Entry: entry, Detail: "masked", Destroys: there && !masked}
	s.Do = func(context.Context) error { return m.mask(u.Name) }
	if !*u.Mask {
		s.Verb, s.Detail, s.Destroys = plan.Keep, "not masked", false
		if masked {
			s.Verb, s.Detail = plan.Delete, "unmasked"
		}
		s.Do = func(context.Context) error { return m.unmask(u.Name) }
	}
	fail(&s, m.foreseeMask(u.Name, *u.Mask))
	p.Add(s)
	return nil
}

func verb(writes, there bool) plan.Verb {
	switch {
	case !writes:
		return plan.Keep
	case there:
		return plan.Change
	default:
		return plan.Create
	}
}

// look reports whether a unit's file is there, and whether it is the link of a masked one.
func (m *manager) look(name string) (masked, there bool, err error) {
	p, err := m.path(name)
	if err != nil {
		return false, false, err
	}
	st, err := m.see().Lstat(p)
	if tree.Missing(err) {
		return false, false, nil
	}
	if err != nil {
		return false, false, err
	}
	if !st.Symlink() {
		return false, true, nil
	}
	target, err := m.see().Readlink(p)
	return target == "/dev/null", true, err
}

// see returns what the steps are planned by.
func (m *manager) see() tree.Sight {
	if m.guess != nil {
		return m.guess
	}
	return m.t
}

func (m *manager) path(elem ...string) (string, error) {
	return m.see().Resolve(path.Join(append([]string{unitDir}, elem...)...))
}

// write writes the drop-ins that have contents, even empty ones, and the unit if it is not empty.
func (m *manager) write(u types.Unit) error {
	return m.h.Log.Op(fmt.Sprintf("processing unit %q", u.Name), func(log *oplog.Logger) error {
		labeled := false
		for _, d := range u.Dropins {
			if d.Contents == nil {
				continue
			}
			p, err := m.path(u.Name+".d", d.Name)
			if err != nil {
				return err
			}
			text := fmt.Sprintf("writing systemd drop-in %q at %q", d.Name, m.t.Path(p))
			if err := log.Op(text, m.file(p, *d.Contents)); err != nil {
				return err
			}
			if !labeled {
				m.t.Label(path.Dir(p))
				labeled = true
			}
		}
		if u.Contents == nil || *u.Contents == "" {
			return nil
		}
		p, err := m.path(u.Name)
		if err != nil {
			return err
		}
		text := fmt.Sprintf("writing unit %q at %q", u.Name, m.t.Path(p))
		if err := log.Op(text, m.file(p, *u.Contents)); err != nil {
			return err
		}
		m.t.Label(p)
		return nil
	})
}

func (m *manager) file(p, contents string) func(*oplog.Logger) error {
	return func(*oplog.Logger) error { return m.t.WriteFile(p, []byte(contents)) }
}

func (m *manager) mask(name string) error {
	return m.h.Log.Op(fmt.Sprintf("masking unit %q", name), func(*oplog.Logger) error {
		p, err := m.path(name)
		if err != nil {
			return err
		}
		if st, err := m.t.Lstat(p); err == nil && st.Directory() {
			if err := m.t.Remove(p); err != nil {
				return err
			}
		}
		if err := m.t.Symlink("/dev/null", p, tree.NoOwner(), true); err != nil {
			return err
		}
		m.t.Label(p)
		return nil
	})
}

func (m *manager) unmask(name string) error {
	masked, _, err := m.look(name)
	if err != nil || !masked {
		return err
	}
	return m.h.Log.Op(fmt.Sprintf("unmasking unit %q", name), func(*oplog.Logger) error {
		p, err := m.path(name)
		if err != nil {
			return err
		}
		return m.t.Remove(p)
	})
}
