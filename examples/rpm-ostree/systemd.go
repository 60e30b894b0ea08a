//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/run"
	"github.com/nestos-dev/nestos/rpmostree"
)

// ownUnit is the unit of systemd that this process belongs to; empty if it is not known.
func ownUnit() string {
	data, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return ""
	}
	return unitOf(string(data))
}

// unitOf finds the unit in the control groups of a process.
func unitOf(cgroup string) string {
	for line := range strings.Lines(cgroup) {
		_, rest, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok {
			continue
		}
		controllers, group, ok := strings.Cut(rest, ":")
		if !ok || controllers != "" && controllers != "name=systemd" {
			continue
		}
		for ; group != "/" && group != "." && group != ""; group = path.Dir(group) {
			base := path.Base(group)
			if strings.HasSuffix(base, ".service") || strings.HasSuffix(base, ".scope") {
				return base
			}
		}
	}
	return ""
}

// unitProperties asks systemd for properties of a unit.
func (p *program) unitProperties(ctx context.Context, unit string, names ...string) (map[string]string, error) {
	out, err := run.Output(ctx, p.runner, "systemctl", "show", "--property="+strings.Join(names, ","), "--", unit)
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if key, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "="); ok {
			values[key] = value
		}
	}
	return values, nil
}

// checkDriver refuses to go on if another program drives the updates. One whose unit does not run is ignored.
func (c *command) checkDriver(s *rpmostree.System, bypass bool) error {
	if bypass {
		return nil
	}
	err := s.CheckDriver(ownUnit())
	driver, ok := errors.AsType[*rpmostree.DriverError](err)
	if !ok {
		return err
	}
	props, perr := c.unitProperties(c.ctx, driver.Driver.Unit, "ActiveState", "Documentation")
	if perr != nil {
		return err // nobody to ask
	}
	if !slices.Contains([]string{"active", "activating", "reloading", "failed", ""}, props["ActiveState"]) {
		return nil
	}
	return err
}

// reboot restarts the machine. Who holds it back is told.
func (c *command) reboot(s *rpmostree.System) error {
	if !s.IsBooted() {
		return nil // an image that is being built
	}
	if err := c.checkInhibitors(); err != nil {
		return err
	}
	_, err := c.runner.Run(c.ctx, run.Command("systemctl", "reboot"))
	return err
}

// inhibitors are locks of logind, as busctl prints them: what, who, why, mode, uid, pid.
type inhibitors struct {
	Data [][][]any `json:"data"`
}

func (c *command) checkInhibitors() error {
	out, err := run.Output(c.ctx, c.runner, "busctl", "--json=short", "call", "org.freedesktop.login1", "/org/freedesktop/login1",
		"org.freedesktop.login1.Manager", "ListInhibitors")
	if err != nil {
		return nil // without logind nobody can hold a lock
	}
	var list inhibitors
	if json.Unmarshal(out, &list) != nil || len(list.Data) == 0 {
		return nil
	}
	for _, l := range list.Data[0] {
		if len(l) < 4 {
			continue
		}
		what, _ := l[0].(string)
		who, _ := l[1].(string)
		why, _ := l[2].(string)
		if l[3] == "block" && slices.Contains(strings.Split(what, ":"), "shutdown") {
			return errors.New("Reboot blocked by a systemd inhibitor lock in `block` mode\nHeld by: " + who + "\nReason: " + why)
		}
	}
	return nil
}
