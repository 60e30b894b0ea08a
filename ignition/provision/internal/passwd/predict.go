//go:build unix

package passwd

import (
	"fmt"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/provision/internal/tree"
)

// foreseeKeys returns, in a dry run, why the keys of a user cannot be written. What
// programs will do to the home directory is not known: only what is there for sure
// counts.
func (m *manager) foreseeKeys(u types.PasswdUser, there bool) error {
	if m.guess == nil {
		return nil
	}
	account, err := m.t.Accounts().User(u.Name)
	known := there && err == nil // and not one that an earlier step makes
	// usermod moves a home directory, and what is in it.
	if known && notEmpty(u.HomeDir) && path.Clean(*u.HomeDir) != path.Clean(account.Home) {
		return nil
	}
	home := account.Home
	if !known {
		if !notEmpty(u.HomeDir) {
			return nil
		}
		home = *u.HomeDir
	}
	if home, err = m.guess.ResolveAll(home); err != nil {
		return err
	}
	// Ids that usermod changes, and directories that are made as mount points, are
	// not those of now.
	as := actor{uid: account.UID, gid: account.GID}
	as.known = known && u.UID == nil && !notEmpty(u.PrimaryGroup) && !m.guess.Changed(home)
	return m.foreseeKeysFile(home, as)
}

// actor is who writes the keys, where it is known.
type actor struct {
	known    bool
	uid, gid int
}

// foreseeKeysFile follows the steps of keyWriter.
func (m *manager) foreseeKeysFile(home string, as actor) error {
	p := home
	st, err := m.guess.Lstat(p)
	for up := p; tree.Missing(err) && as.known && up != "/"; {
		// The writer makes it itself, in the first directory that is there.
		up = path.Dir(up)
		st, err = m.guess.Lstat(up)
		if err == nil && !as.may(st) {
			return fmt.Errorf("creating %s: %w", m.t.Path(home), unix.EACCES)
		}
		if err == nil && st.Directory() {
			return nil
		}
	}
	if tree.Missing(err) {
		return nil
	}
	for name := range strings.SplitSeq(path.Dir(m.keysFile()), "/") {
		if err != nil {
			return err
		}
		if !st.Directory() {
			return fmt.Errorf("open %s: %w", m.t.Path(p), unix.ENOTDIR)
		}
		next := path.Join(p, name)
		dir := st
		if st, err = m.guess.Lstat(next); tree.Missing(err) {
			if !as.may(dir) {
				return fmt.Errorf("mkdir %s: %w", m.t.Path(next), unix.EACCES)
			}
			return nil
		}
		p = next
	}
	if err != nil {
		return err
	}
	if !st.Directory() {
		return fmt.Errorf("open %s: %w", m.t.Path(p), unix.ENOTDIR)
	}
	if !as.may(st) {
		return fmt.Errorf("writing in %s: %w", m.t.Path(p), unix.EACCES)
	}
	file := path.Join(home, m.keysFile())
	if st, err := m.guess.Lstat(file); err == nil && st.Directory() {
		return fmt.Errorf("writing %s: %w", m.t.Path(file), unix.EISDIR)
	}
	return nil
}

// may reports whether entries can be made in a directory; yes where that is not known.
func (i actor) may(dir tree.Info) bool {
	if !i.known || i.uid == 0 {
		return true
	}
	bits := dir.Mode
	switch {
	case i.uid == dir.UID:
		bits >>= 6
	case i.gid == dir.GID:
		bits >>= 3
	}
	return bits&0o3 == 0o3
}
