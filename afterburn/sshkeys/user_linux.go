package sshkeys

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/run"
)

// account is an entry of the passwd database.
type account struct {
	name     string
	uid, gid int
	home     string
}

// passwdFiles are the databases below a root, in their order: the system's own and that of nss-altfiles, which
// image-based systems keep their users in.
var passwdFiles = [...]string{"etc/passwd", "usr/lib/passwd"}

// lookup returns the function to ask for users whom the files do not have.
func (o *InstallOptions) lookup(root string) func(context.Context, string) (string, error) {
	switch {
	case o.Lookup != nil:
		return o.Lookup
	case root == "/":
		return func(ctx context.Context, name string) (string, error) {
			return getent(ctx, &run.Exec{Logger: o.Logger}, name)
		}
	}
	return func(context.Context, string) (string, error) { return "", nil }
}

// findUser looks a user up in the files below root, then by the function.
func findUser(ctx context.Context, root *confine.Root, name string, lookup func(context.Context, string) (string, error)) (account, error) {
	for _, file := range passwdFiles {
		a, ok, err := findInFile(root, file, name)
		if err != nil {
			return account{}, fmt.Errorf("looking for user %q: %w", name, err)
		}
		if ok {
			return a, a.check()
		}
	}
	line, err := lookup(ctx, name)
	if err != nil {
		return account{}, fmt.Errorf("looking for user %q: %w", name, err)
	}
	if a, ok := parseAccount(strings.TrimSuffix(line, "\n"), name); ok {
		return a, a.check()
	}
	return account{}, &UnknownUserError{Name: name}
}

// check refuses what would make the file appear in an arbitrary place.
func (a account) check() error {
	if !strings.HasPrefix(a.home, "/") {
		return fmt.Errorf("the home directory %q of user %q is not an absolute path", a.home, a.name)
	}
	return nil
}

// findInFile finds the first entry of a user in a file, which may be missing.
func findInFile(root *confine.Root, file, name string) (a account, ok bool, err error) {
	f, err := root.OpenFile(file, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return a, false, nil
	}
	if err != nil {
		return a, false, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return a, false, errors.Join(err, fmt.Errorf("/%s is not a regular file", file))
	}
	lines := bufio.NewReaderSize(f, 4096)
	for {
		line, long, err := lines.ReadLine()
		if errors.Is(err, io.EOF) {
			return a, false, nil
		}
		if err != nil {
			return a, false, err
		}
		// The line is complete: longer ones are no entries, and are skipped.
		if !long {
			if a, ok = parseAccount(string(line), name); ok {
				return a, true, nil
			}
			continue
		}
		for long && err == nil {
			_, long, err = lines.ReadLine()
		}
	}
}

// parseAccount reads a line of passwd(5) if it is the one of the user.
func parseAccount(line, name string) (account, bool) {
	rest, ok := strings.CutPrefix(line, name+":")
	// Names that begin with + or - ask for other databases.
	if !ok || name == "" || strings.ContainsAny(name, ":\n\x00") || name[0] == '+' || name[0] == '-' {
		return account{}, false
	}
	fields := strings.Split(rest, ":") // password, uid, gid, description, home; the shell may be missing
	if len(fields) < 5 {
		return account{}, false
	}
	uid, ok1 := parseID(fields[1])
	gid, ok2 := parseID(fields[2])
	return account{name: name, uid: uid, gid: gid, home: fields[4]}, ok1 && ok2
}

// parseID reads a user or group id. The highest number means "no id" to the kernel and would keep root's.
func parseID(s string) (int, bool) {
	n, err := strconv.ParseUint(s, 10, 32)
	return int(n), err == nil && n != 1<<32-1
}

// getent asks the system's name services. Exit status 2 is its way to say that there is no such user.
func getent(ctx context.Context, r run.Runner, name string) (string, error) {
	if name == "" || name[0] == '-' {
		return "", nil
	}
	out, err := run.Output(ctx, r, "getent", "passwd", name)
	var status *run.ExitError
	if errors.Is(err, exec.ErrNotFound) || errors.As(err, &status) && status.Exit == 2 {
		return "", nil
	}
	return string(out), err
}
