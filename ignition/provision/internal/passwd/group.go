//go:build unix

package passwd

import (
	"context"
	"fmt"
	"strconv"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/provision/plan"
	"github.com/nestos-dev/nestos/internal/run"
)

func (m *manager) planGroup(p *plan.Plan, g types.PasswdGroup, entry string) error {
	there, err := predicted(g.Name, m.groups, m.hasGroup)
	if err != nil {
		return err
	}
	wanted := !isFalse(g.ShouldExist)
	m.groups[g.Name] = wanted
	s := plan.Step{Kind: "group", Name: g.Name, Entry: entry, Do: m.doGroup(g)}
	switch {
	case wanted && there:
		s.Verb, s.Detail = plan.Change, "exists"
	case wanted:
		s.Verb = plan.Create
	case there:
		s.Verb, s.Destroys = plan.Delete, true
	default:
		s.Verb, s.Detail = plan.Keep, "does not exist"
	}
	if wanted && g.Gid != nil {
		s.Detail = join(s.Detail, fmt.Sprintf("gid %d", *g.Gid))
	}
	p.Add(s)
	return nil
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ", " + b
}

func (m *manager) doGroup(g types.PasswdGroup) do {
	return func(ctx context.Context) error {
		err := m.ensureGroup(ctx, g)
		if err != nil {
			err = fmt.Errorf("failed to configure groups: failed to create group %q: %w", g.Name, err)
		}
		return err
	}
}

func (m *manager) ensureGroup(ctx context.Context, g types.PasswdGroup) error {
	there, err := m.hasGroup(g.Name)
	if err != nil {
		return err
	}
	log := m.h.Log.With("ensureGroups")
	if isFalse(g.ShouldExist) {
		if !there {
			return nil
		}
		c := run.Command("groupdel", "--root", m.t.Base(), g.Name)
		if _, err := log.Cmd(ctx, m.h.Run, fmt.Sprintf("deleting group %q", g.Name), c); err != nil {
			return fmt.Errorf("failed to delete group %q: %w", g.Name, err)
		}
		return nil
	}
	args := []string{"--root", m.t.Base()}
	if g.Gid != nil {
		args = append(args, "--gid", strconv.Itoa(*g.Gid))
	}
	args = option(args, "--password", g.PasswordHash)
	program, text := "groupmod", fmt.Sprintf("modifying group %q", g.Name)
	if !there {
		program, text = "groupadd", fmt.Sprintf("adding group %q", g.Name)
		if isTrue(g.System) {
			args = append(args, "--system")
		}
	}
	_, err = log.Cmd(ctx, m.h.Run, text, run.Command(program, append(args, g.Name)...), secretsOf(g.PasswordHash)...)
	return err
}

// option adds an option with its argument, unless that is empty.
func option(args []string, name string, arg *string) []string {
	if notEmpty(arg) {
		args = append(args, name, *arg)
	}
	return args
}
