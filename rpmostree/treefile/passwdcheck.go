package treefile

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// UserIDs returns the ids of users by name.
func UserIDs(users []User) map[string]IDs {
	out := make(map[string]IDs, len(users))
	for _, u := range users {
		out[u.Name] = IDs{u.UID, u.GID}
	}
	return out
}

// GroupIDs returns the ids of groups by name.
func GroupIDs(groups []Group) map[string]uint32 {
	out := make(map[string]uint32, len(groups))
	for _, g := range groups {
		out[g.Name] = g.GID
	}
	return out
}

// ExpectedUsers returns what check-passwd compares the users of the tree with. previous are those of
// usr/lib/passwd in the previous commit, nil if there is none.
func (t *Treefile) ExpectedUsers(previous []User) (map[string]IDs, error) {
	switch c := t.CheckPasswd; {
	case c == nil || c.Type == CheckPrevious:
		return UserIDs(previous), nil
	case c.Type == CheckFile:
		users, err := t.usersFromFile()
		return UserIDs(users), err
	default:
		return maps.Clone(c.Entries), nil
	}
}

// ExpectedGroups returns what check-groups compares the groups of the tree with; see ExpectedUsers.
func (t *Treefile) ExpectedGroups(previous []Group) (map[string]uint32, error) {
	switch c := t.CheckGroups; {
	case c == nil || c.Type == CheckPrevious:
		return GroupIDs(previous), nil
	case c.Type == CheckFile:
		groups, err := t.groupsFromFile()
		return GroupIDs(groups), err
	default:
		out := make(map[string]uint32, len(c.Entries))
		for name, e := range c.Entries {
			out[name] = e.GID
		}
		return out, nil
	}
}

func (t *Treefile) usersFromFile() ([]User, error) {
	data, err := t.readExternal(t.CheckPasswd.File)
	if err != nil {
		return nil, err
	}
	users, err := ParsePasswd(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.CheckPasswd.File.Name, err)
	}
	return users, nil
}

func (t *Treefile) groupsFromFile() ([]Group, error) {
	data, err := t.readExternal(t.CheckGroups.File)
	if err != nil {
		return nil, err
	}
	groups, err := ParseGroup(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.CheckGroups.File.Name, err)
	}
	return groups, nil
}

// Accounts are the users and groups that a tree begins with, before packages are installed.
type Accounts struct {
	Users  []User
	Groups []Group
	// FromFile means that they come from the files of check-passwd and check-groups rather than from the
	// previous commit; the tree then needs the entries of ShadowFor and GShadowFor as well.
	FromFile bool
}

// InitialAccounts returns what preserve-passwd puts into a new tree; nil if nothing. previous are the
// accounts of the previous commit, those of usr/etc before those of usr/lib; nil if there is none.
func (t *Treefile) InitialAccounts(previous *Accounts) (*Accounts, error) {
	if !or(t.PreservePasswd, true) {
		return nil, nil
	}
	users := t.CheckPasswd != nil && t.CheckPasswd.Type == CheckFile
	groups := t.CheckGroups != nil && t.CheckGroups.Type == CheckFile
	switch {
	case users && !groups:
		return nil, errors.New("configured to migrate passwd data from JSON, and group data from commit")
	case groups && !users:
		return nil, errors.New("configured to migrate passwd data from commit, and group data from JSON")
	case users:
		return t.accountsFromFiles()
	case previous == nil:
		return nil, nil
	}
	return &Accounts{UniqueUsers(previous.Users), UniqueGroups(previous.Groups), false}, nil
}

func (t *Treefile) accountsFromFiles() (*Accounts, error) {
	users, err := t.usersFromFile()
	if err != nil {
		return nil, err
	}
	groups, err := t.groupsFromFile()
	if err != nil {
		return nil, err
	}
	return &Accounts{UniqueUsers(users), UniqueGroups(groups), true}, nil
}

// CheckUsers compares the users of a new tree with those that are expected. Users may be new; they may be
// missing if ignore has their name or "*", or if inUse says that no file has their id. notes are messages
// for the user.
func CheckUsers(expected, users map[string]IDs, ignore Set, inUse func(uid uint32) (bool, error)) (notes []string, err error) {
	notes, err = missing("User", "user", "passwd", expected, users, ignore, func(e IDs) (bool, error) { return inUse(e.UID) })
	if err != nil {
		return notes, err
	}
	var added []string
	for _, name := range slices.Sorted(maps.Keys(users)) {
		now := users[name]
		was, ok := expected[name]
		switch {
		case !ok:
			added = append(added, name)
		case was.UID != now.UID:
			return notes, fmt.Errorf("passwd UID changed: %s (%d to %d)", name, was.UID, now.UID)
		case was.GID != now.GID:
			return notes, fmt.Errorf("passwd GID changed: %s (%d to %d)", name, was.GID, now.GID)
		}
	}
	if added != nil {
		notes = append(notes, "New passwd entries: "+strings.Join(added, ", "))
	}
	return notes, nil
}

// CheckGroups compares the groups of a new tree with those that are expected; see [CheckUsers].
func CheckGroups(expected, groups map[string]uint32, ignore Set, inUse func(gid uint32) (bool, error)) (notes []string, err error) {
	notes, err = missing("Group", "group", "group", expected, groups, ignore, inUse)
	if err != nil {
		return notes, err
	}
	var added []string
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		now := groups[name]
		was, ok := expected[name]
		switch {
		case !ok:
			added = append(added, name)
		case was != now:
			return notes, fmt.Errorf("group GID changed: %s (%d to %d)", name, was, now)
		}
	}
	if added != nil {
		notes = append(notes, "New group entries: "+strings.Join(added, ", "))
	}
	return notes, nil
}

// missing judges what is expected and not there.
func missing[T any](what, lower, file string, expected, have map[string]T, ignore Set, inUse func(T) (bool, error)) (notes []string, err error) {
	for _, name := range slices.Sorted(maps.Keys(expected)) {
		if _, ok := have[name]; ok {
			continue
		}
		if ignore.Contains("*") || ignore.Contains(name) {
			notes = append(notes, fmt.Sprintf("Ignored %s missing from new %s file: %s", lower, file, name))
			continue
		}
		used, err := inUse(expected[name])
		if err != nil {
			return notes, err
		}
		if used {
			return notes, fmt.Errorf("%s missing from new %s file: %s", what, file, name)
		}
		notes = append(notes, fmt.Sprintf("Unused %s removed from new %s file: %s", lower, file, name))
	}
	return notes, nil
}
