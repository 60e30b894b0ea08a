//go:build unix

package passwd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/internal/oplog"
	"github.com/nestos-dev/nestos/ignition/provision/internal/tree"
	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/journal"
)

// keysMessageID is the journal's message id for keys that were written.
const keysMessageID = "225067b87bbd4a0cb6ab151f82fa364b"

// keysFile is the file for keys, in the home directory.
func (m *manager) keysFile() string {
	if m.h.Settings.AuthorizedKeysFragment {
		return ".ssh/authorized_keys.d/ignition"
	}
	return ".ssh/authorized_keys"
}

func (m *manager) doKeys(u types.PasswdUser) do {
	return func(context.Context) error {
		err := m.log().Op(fmt.Sprintf("adding ssh keys to user %q", u.Name), func(*oplog.Logger) error {
			return m.addKeys(u)
		})
		if err != nil {
			err = fmt.Errorf("failed to configure users: failed to add keys to user %q: %w", u.Name, err)
		}
		return err
	}
}

func (m *manager) addKeys(u types.PasswdUser) error {
	account, err := m.t.Accounts().User(u.Name)
	if errors.Is(err, tree.ErrUnknown) {
		return fmt.Errorf("unable to lookup user %q", u.Name)
	}
	if err != nil {
		return err
	}
	m.t.Forget()
	home, err := m.t.ResolveAll(account.Home)
	if err != nil {
		return fmt.Errorf("failed to set SSH key: %w", err)
	}
	file := m.t.Path(path.Join(home, m.keysFile()))
	w := keyWriter{root: m.t.Root(), home: home, file: m.keysFile(), shown: file, keys: joinKeys(u.SSHAuthorizedKeys)}
	err = asUser(account.UID, account.GID, w.write)
	if err == nil {
		err = m.t.Changed(home)
	}
	if err != nil {
		return fmt.Errorf("failed to set SSH key: %w", err)
	}
	// Only where a journal is.
	_ = journal.Send(m.h.Settings.JournalSocket,
		journal.Field{Name: "MESSAGE", Value: "wrote ssh authorized keys file for user: " + u.Name},
		journal.Field{Name: "PRIORITY", Value: "6"},
		journal.Field{Name: "MESSAGE_ID", Value: keysMessageID},
		journal.Field{Name: "IGNITION_USER_NAME", Value: u.Name},
		journal.Field{Name: "IGNITION_PATH", Value: file})
	return nil
}

func joinKeys(keys []types.SSHAuthorizedKey) string {
	lines := make([]string, len(keys))
	for i, k := range keys {
		lines[i] = string(k)
	}
	all := strings.Join(lines, "\n")
	if !strings.HasSuffix(all, "\n") {
		all += "\n"
	}
	return all
}

// keyWriter writes a file of keys. It runs with the user's identity, so that it can
// do nothing that the user could not.
type keyWriter struct {
	root        *confine.Root
	home        string // without links
	file, shown string
	keys        string
}

func (w *keyWriter) write() error {
	dir, err := w.directory()
	if err != nil {
		return fmt.Errorf("creating parent dirs for %q: %w", w.shown, err)
	}
	defer dir.Close()
	if err := w.replace(int(dir.Fd()), path.Base(w.file)); err != nil {
		return fmt.Errorf("writing file %q: %w", w.shown, err)
	}
	return nil
}

// directory opens the directory of the file, making what is missing. Below the home
// directory nothing may be a link: it could lead to another place that the user may
// write to, where the keys would be for somebody else.
func (w *keyWriter) directory() (*os.File, error) {
	if err := w.root.MkdirAll(w.home, 0o700); err != nil {
		return nil, errnoOf(err)
	}
	dir, err := w.root.OpenFile(w.home, os.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, errnoOf(err)
	}
	for name := range strings.SplitSeq(path.Dir(w.file), "/") {
		next, err := enter(dir, name)
		dir.Close()
		if err != nil {
			return nil, err
		}
		dir = next
	}
	return dir, nil
}

// enter opens a directory in dir, which it makes if it is missing.
func enter(dir *os.File, name string) (*os.File, error) {
	fd := int(dir.Fd())
	err := unix.Mkdirat(fd, name, 0o700)
	if err != nil && !errors.Is(err, unix.EEXIST) {
		return nil, err
	}
	sub, err := unix.Openat(fd, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(sub), name), nil
}

// replace puts a new file in the place of whatever is there, but a directory: links,
// other names of a file and FIFOs are left behind, not written to.
func (w *keyWriter) replace(dir int, name string) error {
	temp, fd := "", -1
	for i := range 100 {
		var err error
		temp = tree.TempName()
		fd, err = unix.Openat(dir, temp, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
		if err == nil {
			break
		}
		if !errors.Is(err, unix.EEXIST) || i == 99 {
			return err
		}
	}
	f := os.NewFile(uintptr(fd), temp)
	_, err := f.WriteString(w.keys)
	if err2 := f.Close(); err == nil {
		err = err2
	}
	if err == nil {
		err = unix.Renameat(dir, temp, dir, name)
	}
	if err != nil {
		_ = unix.Unlinkat(dir, temp, 0)
	}
	return err
}

// errnoOf leaves out the path, which is in the message already.
func errnoOf(err error) error {
	if e, ok := errors.AsType[unix.Errno](err); ok {
		return e
	}
	return err
}
