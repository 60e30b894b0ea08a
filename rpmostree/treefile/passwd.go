package treefile

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// User is a line of a passwd file.
type User struct {
	Name, Password     string
	UID, GID           uint32
	GECOS, Home, Shell string
}

// Group is a line of a group file.
type Group struct {
	Name, Password string
	GID            uint32
	Members        []string
}

// String returns the line, without a newline.
func (u User) String() string {
	return fmt.Sprintf("%s:%s:%d:%d:%s:%s:%s", u.Name, u.Password, u.UID, u.GID, u.GECOS, u.Home, u.Shell)
}

// String returns the line, without a newline.
func (g Group) String() string {
	return fmt.Sprintf("%s:%s:%d:%s", g.Name, g.Password, g.GID, strings.Join(g.Members, ","))
}

// ParsePasswd reads a passwd file. Empty lines, comments and the "+" and "-" lines of NSS are skipped.
func ParsePasswd(data []byte) ([]User, error) {
	var users []User
	err := nameLines(data, "passwd", func(line string) bool {
		f := strings.SplitN(line, ":", 7)
		if len(f) < 7 {
			return false
		}
		uid, ok1 := parseID(f[2])
		gid, ok2 := parseID(f[3])
		users = append(users, User{f[0], f[1], uid, gid, f[4], f[5], f[6]})
		return ok1 && ok2
	})
	return users, err
}

// ParseGroup reads a group file; see [ParsePasswd].
func ParseGroup(data []byte) ([]Group, error) {
	var groups []Group
	err := nameLines(data, "group", func(line string) bool {
		f := strings.SplitN(line, ":", 4)
		if len(f) < 4 {
			return false
		}
		gid, ok := parseID(f[2])
		var members []string
		if f[3] != "" {
			members = strings.Split(f[3], ",")
		}
		groups = append(groups, Group{f[0], f[1], gid, members})
		return ok
	})
	return groups, err
}

func parseID(s string) (uint32, bool) {
	if strings.HasPrefix(s, "+") {
		return 0, false
	}
	v, err := strconv.ParseUint(s, 10, 32)
	return uint32(v), err == nil
}

// nameLines calls parse for the lines with entries, the first of which is 1 in messages.
func nameLines(data []byte, what string, parse func(line string) bool) error {
	n := 0
	for line := range bytes.Lines(data) {
		n++
		s := string(bytes.TrimSuffix(bytes.TrimSuffix(line, []byte{'\n'}), []byte{'\r'}))
		if s == "" || strings.IndexByte("#+-", s[0]) >= 0 {
			continue
		}
		if !parse(s) {
			return fmt.Errorf("failed to parse %s entry at line %d, content: %s", what, n, clip(s))
		}
	}
	return nil
}

// FormatUsers returns the text of a passwd file.
func FormatUsers(users []User) []byte {
	var b bytes.Buffer
	for _, u := range users {
		b.WriteString(u.String() + "\n")
	}
	return b.Bytes()
}

// FormatGroups returns the text of a group file.
func FormatGroups(groups []Group) []byte {
	var b bytes.Buffer
	for _, g := range groups {
		b.WriteString(g.String() + "\n")
	}
	return b.Bytes()
}

// ShadowFor returns a shadow file with a locked entry for each user.
func ShadowFor(users []User) []byte {
	var b bytes.Buffer
	for _, u := range users {
		b.WriteString(u.Name + ":*::0:99999:7:::\n")
	}
	return b.Bytes()
}

// GShadowFor returns a gshadow file with an entry for each group.
func GShadowFor(groups []Group) []byte {
	var b bytes.Buffer
	for _, g := range groups {
		b.WriteString(g.Name + ":::\n")
	}
	return b.Bytes()
}

// UniqueUsers joins lists; of entries with the same name the first one stays.
func UniqueUsers(lists ...[]User) []User {
	return unique(func(u User) string { return u.Name }, lists)
}

// UniqueGroups joins lists; of entries with the same name the first one stays.
func UniqueGroups(lists ...[]Group) []Group {
	return unique(func(g Group) string { return g.Name }, lists)
}

func unique[T any](name func(T) string, lists [][]T) []T {
	var out []T
	seen := map[string]bool{}
	for _, list := range lists {
		for _, e := range list {
			if !seen[name(e)] {
				seen[name(e)] = true
				out = append(out, e)
			}
		}
	}
	return out
}

// SplitUsers divides the users of a tree: those with uid 0 stay in /etc, the others move to /usr/lib.
func SplitUsers(users []User) (etc, lib []User) {
	for _, u := range users {
		if u.UID == 0 {
			etc = append(etc, u)
		} else {
			lib = append(lib, u)
		}
	}
	return etc, lib
}

// SplitGroups divides the groups of a tree as [SplitUsers] does with users. Groups in keep, the value of
// etc-group-members, are in both, after those with gid 0.
func SplitGroups(groups []Group, keep []string) (etc, lib []Group) {
	var both []Group
	kept := NewSet(keep...)
	for _, g := range groups {
		switch {
		case g.GID == 0:
			etc = append(etc, g)
			continue
		case kept.Contains(g.Name):
			both = append(both, g)
		}
		lib = append(lib, g)
	}
	return append(etc, both...), lib
}
