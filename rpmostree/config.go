package rpmostree

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"time"

	"github.com/nestos-dev/nestos/internal/keyfile"
)

// ConfigPath is where the configuration of the service is.
const ConfigPath = "/etc/rpm-ostreed.conf"

// UpdatePolicy says what the automatic update does.
type UpdatePolicy string

// The update policies.
const (
	PolicyNone  UpdatePolicy = "none"
	PolicyCheck UpdatePolicy = "check" // look for updates, and tell
	PolicyStage UpdatePolicy = "stage" // deploy updates for the next boot
	PolicyApply UpdatePolicy = "apply" // deploy updates and reboot
)

// Config is the group "Daemon" of the configuration. The zero value has the defaults.
type Config struct {
	AutomaticUpdatePolicy UpdatePolicy  // empty means none
	IdleExitTimeout       time.Duration // of the service; 0 means 60 s, less than 0 never
	LockLayering          bool          // layering and overriding are forbidden
	NoRecommends          bool          // weak dependencies are not followed
}

// ParseConfig reads the configuration.
func ParseConfig(data []byte) (Config, error) {
	var c Config
	f, err := keyfile.Parse(data)
	if err != nil {
		return c, fmt.Errorf("rpm-ostreed.conf: %w", err)
	}
	policy, err := f.String("Daemon", "AutomaticUpdatePolicy")
	if missing, err := absent(err); err != nil {
		return c, err
	} else if !missing {
		if c.AutomaticUpdatePolicy, err = ParseUpdatePolicy(policy); err != nil {
			return c, fmt.Errorf("rpm-ostreed.conf: %w", err)
		}
	}
	idle, err := f.String("Daemon", "IdleExitTimeout")
	if missing, err := absent(err); err != nil {
		return c, err
	} else if !missing {
		n, err := strconv.ParseUint(idle, 10, 31)
		if err != nil {
			return c, fmt.Errorf("rpm-ostreed.conf: invalid IdleExitTimeout %q", idle)
		}
		if c.IdleExitTimeout = time.Duration(n) * time.Second; n == 0 {
			c.IdleExitTimeout = -1
		}
	}
	if c.LockLayering, err = boolean(f, "LockLayering", false); err != nil {
		return c, err
	}
	recommends, err := boolean(f, "Recommends", true)
	c.NoRecommends = !recommends
	return c, err
}

// ParseUpdatePolicy reads the name of a policy.
func ParseUpdatePolicy(s string) (UpdatePolicy, error) {
	switch p := UpdatePolicy(s); p {
	case PolicyNone, PolicyCheck, PolicyStage, PolicyApply:
		return p, nil
	case "off", "":
		return PolicyNone, nil
	}
	return "", fmt.Errorf("Invalid value for AutomaticUpdatePolicy: '%s'", s)
}

// absent tells a key that is not there from other errors.
func absent(err error) (bool, error) {
	if errors.Is(err, keyfile.ErrKeyNotFound) || errors.Is(err, keyfile.ErrGroupNotFound) {
		return true, nil
	}
	return false, err
}

func boolean(f *keyfile.File, key string, def bool) (bool, error) {
	v, err := f.Bool("Daemon", key)
	missing, err := absent(err)
	switch {
	case err != nil:
		return def, fmt.Errorf("rpm-ostreed.conf: %w", err)
	case missing:
		return def, nil
	}
	return v, nil
}

// LoadConfig reads the configuration of the service and uses it from now on: that of the running system, or of the
// deployment that a new one inherits /etc from. A system without one has the defaults.
func (s *System) LoadConfig() error {
	if !s.IsBooted() {
		stateroot, err := s.Stateroot()
		if err != nil || s.root.MergeDeployment(stateroot) == nil {
			return nil // operations will tell what is missing
		}
	}
	root, err := s.configRoot()
	if err != nil {
		return err
	}
	defer root.Close()
	data, err := root.ReadFile(ConfigPath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	s.opts.Config, err = ParseConfig(data)
	return err
}

// Config returns the configuration in use.
func (s *System) Config() Config { return s.opts.Config }
