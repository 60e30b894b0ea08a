//go:build unix

package passwd

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/provision/internal/host"
	"github.com/nestos-dev/nestos/ignition/provision/internal/tree"
	"github.com/nestos-dev/nestos/ignition/provision/plan"
)

// Plan returns the steps for the groups, then the users of a config. In a dry run
// guess is what earlier steps leave, otherwise nil.
func Plan(h *host.Host, t *tree.Tree, guess *tree.Forecast, cfg *types.Passwd) (*plan.Plan, error) {
	m := &manager{h: h, t: t, guess: guess, groups: map[string]bool{}, users: map[string]bool{}}
	p := &plan.Plan{}
	for i, g := range cfg.Groups {
		if err := m.planGroup(p, g, fmt.Sprintf("$.passwd.groups.%d", i)); err != nil {
			return nil, fmt.Errorf("failed to configure groups: %w", err)
		}
	}
	for i, u := range cfg.Users {
		if err := m.planUser(p, u, fmt.Sprintf("$.passwd.users.%d", i)); err != nil {
			return nil, fmt.Errorf("failed to configure users: %w", err)
		}
	}
	return p, nil
}

// manager plans and does the changes.
type manager struct {
	h *host.Host
	t *tree.Tree
	// guess is what earlier steps of a dry run leave.
	guess *tree.Forecast
	// What earlier steps make (true) or delete (false), by name.
	groups, users map[string]bool
}

// hasUser and hasGroup look the account up; present counts only without an error.
func (m *manager) hasUser(name string) (bool, error) {
	_, err := m.t.Accounts().User(name)
	return present(err)
}

func (m *manager) hasGroup(name string) (bool, error) {
	_, err := m.t.Accounts().Group(name)
	return present(err)
}

func present(err error) (bool, error) {
	if errors.Is(err, tree.ErrUnknown) {
		return false, nil
	}
	return err == nil, err
}

// predicted is has with what earlier steps of the plan do.
func predicted(name string, steps map[string]bool, has func(string) (bool, error)) (bool, error) {
	if there, ok := steps[name]; ok {
		return there, nil
	}
	return has(name)
}

// NotePaths notes what the programs changed and what may have been made by them
// for relabeling: the databases and the home directories.
func NotePaths(t *tree.Tree, cfg *types.Passwd) error {
	if len(cfg.Groups) == 0 && len(cfg.Users) == 0 {
		return nil
	}
	t.Forget()
	if err := noteDatabases(t); err != nil {
		return err
	}
	for _, u := range cfg.Users {
		if isTrue(u.NoCreateHome) || isFalse(u.ShouldExist) {
			continue
		}
		home, err := homeOf(t, u)
		if err != nil {
			return err
		}
		p, err := t.Resolve(home)
		if err != nil {
			return err
		}
		// A link is taken to have its label already; /root is one on image based systems.
		if st, err := t.Lstat(p); err == nil && st.Symlink() {
			if p, err = t.ResolveAll(home); err != nil {
				return err
			}
		}
		t.Label(p)
	}
	return nil
}

func noteDatabases(t *tree.Tree) error {
	etc, err := t.ResolveAll("/etc")
	if err != nil {
		return err
	}
	entries, err := t.Root().ReadDir(etc)
	if tree.Missing(err) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		for _, prefix := range []string{"passwd", "group", "shadow", "gshadow", "subuid", "subgid", ".pwd.lock"} {
			if strings.HasPrefix(e.Name(), prefix) && (prefix != ".pwd.lock" || e.Name() == prefix) {
				t.Label(path.Join(etc, e.Name()))
				break
			}
		}
	}
	return nil
}

// homeOf returns the home directory that a user has or will have.
func homeOf(t *tree.Tree, u types.PasswdUser) (string, error) {
	if notEmpty(u.HomeDir) {
		return *u.HomeDir, nil
	}
	account, err := t.Accounts().User(u.Name)
	return account.Home, err
}

func isTrue(b *bool) bool     { return b != nil && *b }
func isFalse(b *bool) bool    { return b != nil && !*b }
func notEmpty(s *string) bool { return s != nil && *s != "" }

// secretsOf are the arguments that must not be logged.
func secretsOf(hash *string) []string {
	if !notEmpty(hash) || *hash == "*" {
		return nil
	}
	return []string{*hash}
}

// do is the form of a step's function.
type do = func(context.Context) error
