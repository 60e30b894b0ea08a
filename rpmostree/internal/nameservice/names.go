package nameservice

import (
	"errors"
	"io/fs"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
)

// Names maps the names of users and groups to numbers.
type Names struct {
	users, groups map[string]uint32
}

// ParseNames reads the contents of passwd and group files; of several entries of one name the first
// counts. Lines that cannot be understood are skipped, as the C library does.
func ParseNames(passwd, group []string) *Names {
	n := &Names{users: map[string]uint32{"root": 0}, groups: map[string]uint32{"root": 0}}
	for _, text := range passwd {
		addNames(n.users, text)
	}
	for _, text := range group {
		addNames(n.groups, text)
	}
	return n
}

func addNames(m map[string]uint32, text string) {
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimSpace(line), ":")
		if len(fields) < 3 || fields[0] == "" || strings.HasPrefix(fields[0], "#") {
			continue
		}
		id, err := strconv.ParseUint(fields[2], 10, 32)
		if _, known := m[fields[0]]; err == nil && (!known || fields[0] == "root") {
			m[fields[0]] = uint32(id)
		}
	}
}

// UID returns the number of a user.
func (n *Names) UID(user string) (uint32, bool) {
	id, ok := n.users[user]
	return id, ok
}

// GID returns the number of a group.
func (n *Names) GID(group string) (uint32, bool) {
	id, ok := n.groups[group]
	return id, ok
}

// Load reads the users and groups of a tree: those of /etc first, then the vendor's.
func Load(t *rootfs.Tree) (*Names, error) {
	var passwd, group []string
	for _, dir := range []string{"etc", "usr/etc", "usr/lib"} {
		for _, f := range []struct {
			name string
			list *[]string
		}{{"passwd", &passwd}, {"group", &group}} {
			text, ok, err := readOptional(t, dir+"/"+f.name)
			if err != nil {
				return nil, err
			}
			if ok {
				*f.list = append(*f.list, text)
			}
		}
	}
	return ParseNames(passwd, group), nil
}

func readOptional(t *rootfs.Tree, name string) (string, bool, error) {
	b, err := t.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	return string(b), err == nil, err
}
