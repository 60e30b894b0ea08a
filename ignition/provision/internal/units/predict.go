//go:build unix

package units

import (
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/provision/internal/tree"
	"github.com/nestos-dev/nestos/ignition/provision/plan"
	"github.com/nestos-dev/nestos/internal/confine"
)

// fail makes a step one that cannot be done, if there is an error.
func fail(s *plan.Step, err error) {
	if err != nil {
		s.Verb, s.Destroys, s.Err = plan.Fail, false, fmt.Errorf("failed to create units: %w", err)
		s.Detail = err.Error()
	}
}

// foreseeWrite tells the forecast what write makes, or returns why it will fail.
func (m *manager) foreseeWrite(u types.Unit) error {
	if m.guess == nil {
		return nil
	}
	for _, d := range u.Dropins {
		if d.Contents != nil {
			if err := m.foreseeFile(u.Name+".d", d.Name); err != nil {
				return err
			}
		}
	}
	if u.Contents == nil || *u.Contents == "" {
		return nil
	}
	return m.foreseeFile(u.Name)
}

func (m *manager) foreseeFile(elem ...string) error {
	p, err := m.path(elem...)
	if err != nil {
		return err
	}
	if st, err := m.guess.Lstat(p); err == nil && st.Directory() {
		return fmt.Errorf("writing %s: %w", m.t.Path(p), unix.EISDIR)
	}
	return m.guess.Make(p, unix.S_IFREG, "")
}

func (m *manager) foreseeMask(name string, mask bool) error {
	if m.guess == nil {
		return nil
	}
	p, err := m.path(name)
	if err != nil {
		return err
	}
	if mask {
		return m.guess.Make(p, unix.S_IFLNK, "/dev/null")
	}
	masked, _, err := m.look(name)
	if masked {
		m.guess.Remove(p)
	}
	return err
}

// foreseePreset returns why no line can be added to the preset file.
func (m *manager) foreseePreset() error {
	if m.guess == nil {
		return nil
	}
	p, err := m.see().Resolve(presetFile)
	if err != nil {
		return err
	}
	st, err := m.guess.Lstat(p)
	switch {
	case err == nil && !st.Regular():
		return fmt.Errorf("open %s: %w", m.t.Path(p), confine.ErrNotRegular)
	case tree.Missing(err):
		return m.guess.Make(p, unix.S_IFREG, "")
	}
	return err
}
