//go:build unix

package passwd

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/internal/oplog"
	"github.com/nestos-dev/nestos/ignition/provision/internal/tree"
	"github.com/nestos-dev/nestos/ignition/provision/plan"
	"github.com/nestos-dev/nestos/internal/run"
)

func (m *manager) planUser(p *plan.Plan, u types.PasswdUser, entry string) error {
	there, err := predicted(u.Name, m.users, m.hasUser)
	if err != nil {
		return err
	}
	wanted := !isFalse(u.ShouldExist)
	m.users[u.Name] = wanted
	s := plan.Step{Kind: "user", Name: u.Name, Entry: entry, Do: m.doUser(u)}
	switch {
	case wanted && there:
		s.Verb, s.Detail = plan.Change, join("exists", userDetail(u))
	case wanted:
		s.Verb, s.Detail = plan.Create, userDetail(u)
	case there:
		s.Verb, s.Detail, s.Destroys = plan.Delete, "with the home directory", true
	default:
		s.Verb, s.Detail = plan.Keep, "does not exist"
	}
	p.Add(s)
	if wanted && len(u.SSHAuthorizedKeys) > 0 {
		s := plan.Step{
			Verb: plan.Create, Kind: "ssh keys", Name: u.Name, Entry: entry,
			Detail: fmt.Sprintf("%d, in %s", len(u.SSHAuthorizedKeys), m.keysFile()), Do: m.doKeys(u),
		}
		if err := m.foreseeKeys(u, there); err != nil {
			s.Verb = plan.Fail
			s.Err = fmt.Errorf("failed to create users/groups: failed to configure users: failed to add keys to user %q: failed to set SSH key: %w", u.Name, err)
			s.Detail = err.Error()
		}
		p.Add(s)
	}
	return nil
}

func userDetail(u types.PasswdUser) string {
	var d string
	if u.UID != nil {
		d = join(d, fmt.Sprintf("uid %d", *u.UID))
	}
	if notEmpty(u.HomeDir) {
		d = join(d, "home "+*u.HomeDir)
	}
	if notEmpty(u.PrimaryGroup) {
		d = join(d, "group "+*u.PrimaryGroup)
	}
	if len(u.Groups) > 0 {
		d = join(d, "groups "+groupList(u))
	}
	if notEmpty(u.Shell) {
		d = join(d, "shell "+*u.Shell)
	}
	if notEmpty(u.PasswordHash) {
		d = join(d, "with password")
	}
	return d
}

func groupList(u types.PasswdUser) string {
	names := make([]string, len(u.Groups))
	for i, g := range u.Groups {
		names[i] = string(g)
	}
	return strings.Join(names, ",")
}

func (m *manager) doUser(u types.PasswdUser) do {
	return func(ctx context.Context) error {
		what, err := "create user", m.ensureUser(ctx, u)
		if err == nil && !isFalse(u.ShouldExist) {
			what, err = "modify home directory permissions for", m.homePermissions(u)
			if err == nil {
				what, err = "set password for", m.setPassword(ctx, u)
			}
		}
		if err != nil {
			err = fmt.Errorf("failed to configure users: failed to %s %q: %w", what, u.Name, err)
		}
		return err
	}
}

func (m *manager) log() *oplog.Logger { return m.h.Log.With("ensureUsers") }

func (m *manager) ensureUser(ctx context.Context, u types.PasswdUser) error {
	there, err := m.hasUser(u.Name)
	if err != nil {
		return err
	}
	if isFalse(u.ShouldExist) {
		if !there {
			return nil
		}
		c := run.Command("userdel", "--remove", "--root", m.t.Base(), u.Name)
		if _, err := m.log().Cmd(ctx, m.h.Run, fmt.Sprintf("deleting user %q", u.Name), c); err != nil {
			return fmt.Errorf("failed to delete user %q: %w", u.Name, err)
		}
		return nil
	}
	c := run.Command("useradd", m.useradd(u)...)
	if there {
		c = run.Command("usermod", m.usermod(u)...)
	}
	_, err = m.log().Cmd(ctx, m.h.Run, fmt.Sprintf("creating or modifying user %q", u.Name), c, secretsOf(u.PasswordHash)...)
	return err
}

func (m *manager) useradd(u types.PasswdUser) []string {
	args := option([]string{"--root", m.t.Base()}, "--home-dir", u.HomeDir)
	if isTrue(u.NoCreateHome) {
		args = append(args, "--no-create-home")
	} else {
		args = append(args, "--create-home")
	}
	for _, flag := range []struct {
		name string
		on   *bool
	}{{"--no-user-group", u.NoUserGroup}, {"--system", u.System}, {"--no-log-init", u.NoLogInit}} {
		if isTrue(flag.on) {
			args = append(args, flag.name)
		}
	}
	// Without a password nobody may log in with one.
	return common(append(args, "--password", passwordOf(u)), u)
}

func (m *manager) usermod(u types.PasswdUser) []string {
	args := []string{"--root", m.t.Base()}
	if notEmpty(u.HomeDir) {
		args = append(args, "--home", *u.HomeDir, "--move-home")
	}
	if u.PasswordHash != nil {
		args = append(args, "--password", passwordOf(u))
	}
	return common(args, u)
}

func passwordOf(u types.PasswdUser) string {
	if notEmpty(u.PasswordHash) {
		return *u.PasswordHash
	}
	return "*"
}

// common adds what useradd and usermod call by the same names.
func common(args []string, u types.PasswdUser) []string {
	if u.UID != nil {
		args = append(args, "--uid", strconv.Itoa(*u.UID))
	}
	args = option(args, "--comment", u.Gecos)
	args = option(args, "--gid", u.PrimaryGroup)
	if len(u.Groups) > 0 {
		args = append(args, "--groups", groupList(u))
	}
	return append(option(args, "--shell", u.Shell), u.Name)
}

// setPassword sets the password once more on its own, as Ignition 2.26 does.
func (m *manager) setPassword(ctx context.Context, u types.PasswdUser) error {
	if u.PasswordHash == nil {
		return nil
	}
	c := run.Command("usermod", "--root", m.t.Base(), "--password", passwordOf(u), u.Name)
	_, err := m.log().Cmd(ctx, m.h.Run, fmt.Sprintf("setting password for %q", u.Name), c, secretsOf(u.PasswordHash)...)
	return err
}

// homePermissions gives the directories that were made as mount points at or below
// the home directory to its user: useradd leaves an existing home as it is.
func (m *manager) homePermissions(u types.PasswdUser) error {
	if isTrue(u.NoCreateHome) {
		return nil
	}
	account, err := m.t.Accounts().User(u.Name)
	if err != nil {
		return err
	}
	home := account.Home
	if notEmpty(u.HomeDir) {
		home = *u.HomeDir
	}
	m.t.Forget()
	for _, dir := range m.h.State.NotatedDirectories {
		if dir != home && !strings.HasPrefix(dir, strings.TrimSuffix(home, "/")+"/") {
			continue
		}
		if err := m.give(dir, account); err != nil {
			return err
		}
	}
	return nil
}

func (m *manager) give(dir string, u tree.User) error {
	p, err := m.t.Resolve(dir)
	if err != nil {
		return fmt.Errorf("calculating path of %q: %w", dir, err)
	}
	f, err := m.t.Root().OpenFile(p, os.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return fmt.Errorf("changing ownership of %q: %w", m.t.Path(p), err)
	}
	defer f.Close()
	mode := uint32(0o700)
	if err := m.t.SetOwnerMode(f, tree.Owner{UID: u.UID, GID: u.GID}, &mode); err != nil {
		return fmt.Errorf("changing ownership of %q: %w", m.t.Path(p), err)
	}
	return nil
}
