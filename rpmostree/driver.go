package rpmostree

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree/object"
)

// UpdateDriver is a program that has taken over the updates of the running system, until the next reboot.
type UpdateDriver struct {
	Name string // for people
	Unit string // of systemd
}

// DriverError refuses an update because another program drives them.
type DriverError struct{ Driver UpdateDriver }

// Error returns the reference program's text.
func (e *DriverError) Error() string {
	return fmt.Sprintf("Updates and deployments are driven by %[1]s (%[2]s)\nSee %[1]s's documentation for details.\nUse --bypass-driver to bypass %[1]s and perform the operation.", e.Driver.Name, e.Driver.Unit)
}

// defaultRunDir is where the state of a running system is.
const defaultRunDir = "/run"

func (s *System) runDir() string {
	if s.opts.RunDir != "" {
		return s.opts.RunDir
	}
	return defaultRunDir
}

func (s *System) driverFile() string {
	return filepath.Join(s.runDir(), "rpm-ostree/update-driver.gv")
}

// UpdateDriver returns who has registered; nil if nobody has, or the system is not running.
func (s *System) UpdateDriver() (*UpdateDriver, error) {
	if !s.IsBooted() {
		return nil, nil
	}
	data, err := os.ReadFile(s.driverFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	v := gvariant.FromBytes("a{sv}", data)
	d := &UpdateDriver{Name: textOf(v, "driver-name"), Unit: textOf(v, "driver-sd-unit")}
	if d.Name == "" {
		return nil, fmt.Errorf("%s: no name of an update driver", s.driverFile())
	}
	return d, nil
}

// RegisterDriver records who drives the updates of the running system.
func (s *System) RegisterDriver(ctx context.Context, d UpdateDriver) error {
	if !s.IsBooted() {
		return ErrNotBooted
	}
	if err := os.MkdirAll(filepath.Dir(s.driverFile()), 0o755); err != nil {
		return err
	}
	var dict object.Dict
	dict.Set("driver-name", gvariant.NewString(d.Name))
	dict.Set("driver-sd-unit", gvariant.NewString(d.Unit))
	return atomicfile.WriteFile(s.driverFile(), dict.Value().Bytes(), 0o644, nil)
}

// CheckDriver refuses an operation on the base if another program than the caller's unit drives updates.
func (s *System) CheckDriver(unit string) error {
	d, err := s.UpdateDriver()
	if err != nil || d == nil || d.Unit == unit {
		return err
	}
	return &DriverError{*d}
}

// cachedUpdateFile is where the last check for updates left its result.
func (s *System) cachedUpdateFile() (string, error) {
	dir, err := s.cacheDir()
	return filepath.Join(dir, "cached-update.gv"), err
}

// CachedUpdate returns what the last check for updates found, nil if there was none or nothing new.
func (s *System) CachedUpdate() (*object.Dict, error) {
	name, err := s.cachedUpdateFile()
	if err != nil {
		return nil, nil // no stateroot to speak of
	}
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	v := gvariant.FromBytes("a{sv}", data)
	if !v.IsNormal() {
		return nil, nil // a cache that is damaged is none
	}
	return gvariant.DictFromValue(v), nil
}
