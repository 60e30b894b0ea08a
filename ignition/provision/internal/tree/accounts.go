//go:build unix

package tree

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/confine"
)

// maxDatabase bounds a passwd or group file.
const maxDatabase = 64 << 20

// ErrUnknown is the error of accounts that are not there.
var ErrUnknown = errors.New("not found")

// User is a line of passwd.
type User struct {
	Name     string
	UID, GID int
	Home     string
}

// Group is a line of group.
type Group struct {
	Name string
	GID  int
}

// Accounts looks users and groups up as the C library would after chroot(2):
// in /etc, then in /usr/lib, where image based systems have those of the image.
type Accounts struct {
	root   *confine.Root
	users  table[User]
	groups table[Group]
}

// User returns the user with the given name. The error is ErrUnknown or about the files.
func (a *Accounts) User(name string) (User, error) {
	u, ok, err := a.users.find(a.root, "passwd", name, parseUser)
	if err == nil && !ok {
		err = fmt.Errorf("user: unknown user user %q %w", name, ErrUnknown)
	}
	return u, err
}

// Group returns the group with the given name. The error is ErrUnknown or about the files.
func (a *Accounts) Group(name string) (Group, error) {
	g, ok, err := a.groups.find(a.root, "group", name, parseGroup)
	if err == nil && !ok {
		err = fmt.Errorf("group: unknown group group %q %w", name, ErrUnknown)
	}
	return g, err
}

// table is the content of a database with what the files looked like when read.
type table[T any] struct {
	stamps [2]string
	byName map[string]T
}

func (t *table[T]) find(root *confine.Root, file, name string, parse func(string) (string, T, bool)) (T, bool, error) {
	var zero T
	files := [2]string{"/etc/" + file, "/usr/lib/" + file}
	var stamps [2]string
	for i, f := range files {
		s, err := stamp(root, f)
		if err != nil {
			return zero, false, err
		}
		stamps[i] = s
	}
	if t.byName == nil || stamps != t.stamps {
		entries := map[string]T{}
		for i, f := range files {
			if stamps[i] == "" {
				continue
			}
			data, err := readDatabase(root, f)
			if err != nil {
				return zero, false, err
			}
			parseDatabase(data, entries, parse)
		}
		t.byName, t.stamps = entries, stamps
	}
	v, ok := t.byName[name]
	return v, ok, nil
}

// stamp identifies the present content of a file; nothing if it is missing.
func stamp(root *confine.Root, name string) (string, error) {
	st, err := root.Stat(name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	var ino uint64
	if sys, ok := st.Sys().(*syscall.Stat_t); ok {
		ino = uint64(sys.Ino)
	}
	return fmt.Sprint(ino, " ", st.Size(), " ", st.ModTime().UnixNano()), nil
}

func readDatabase(root *confine.Root, name string) ([]byte, error) {
	f, err := root.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := confine.ReadRegular(f, maxDatabase)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return data, nil
}

// parseDatabase adds the lines that have the format; the first of a name counts.
func parseDatabase[T any](data []byte, to map[string]T, parse func(string) (string, T, bool)) {
	for line := range bytes.SplitSeq(data, []byte("\n")) {
		if name, v, ok := parse(string(line)); ok {
			if _, dup := to[name]; !dup {
				to[name] = v
			}
		}
	}
}

func parseUser(line string) (string, User, bool) {
	f := strings.Split(line, ":")
	if len(f) < 6 || !realName(f[0]) {
		return "", User{}, false
	}
	uid, err1 := strconv.ParseUint(f[2], 10, 32)
	gid, err2 := strconv.ParseUint(f[3], 10, 32)
	return f[0], User{Name: f[0], UID: int(uid), GID: int(gid), Home: f[5]}, err1 == nil && err2 == nil
}

func parseGroup(line string) (string, Group, bool) {
	f := strings.Split(line, ":")
	if len(f) < 3 || !realName(f[0]) {
		return "", Group{}, false
	}
	gid, err := strconv.ParseUint(f[2], 10, 32)
	return f[0], Group{Name: f[0], GID: int(gid)}, err == nil
}

// realName refuses comments and the compat format's signs.
func realName(s string) bool { return s != "" && !strings.ContainsAny(s[:1], "#+-") }
