package sshkeys

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/journal"
)

// The message ids by which the journal's readers, such as Fedora CoreOS' console-login-helper-messages, find
// the entries.
const (
	wroteID   = "0f7d7a502f2d433caa1323440a6b4190"
	removedID = "f8b91c53f5544868a3a10d0dcf68e9ea"
)

// fileName is the name of the key file in ~/.ssh/authorized_keys.d.
const fileName = "afterburn"

// Install makes the keys, one a line, the content of the file .ssh/authorized_keys.d/afterburn in a user's home
// directory, or removes it if there are no keys. Directories that are missing on the way get the mode 0755, the
// file 0600. Everything is done with the user's rights, as the package documentation tells, so the file and the
// directories are the user's. Other files are left alone. The journal gets an entry about each change.
//
// The process must be root or the user. A user that does not exist is an [*UnknownUserError]; otherwise
// errors tell the step and wrap that of the system, and leave the old file in place, or, if only the
// synchronization of the directory failed, the new one.
//
// When the context ends Install returns, even if the system is waiting for a file server that does not answer;
// nothing is replaced or removed later, except by a step that had begun.
func Install(ctx context.Context, user string, keys []Key, opt *InstallOptions) (Installed, error) {
	if opt == nil {
		opt = &InstallOptions{}
	}
	text, err := render(keys)
	if err != nil {
		return Installed{}, err
	}
	where := "/"
	if opt.Root != "" {
		where = filepath.Clean(opt.Root)
	}
	root, err := confine.OpenRoot(where)
	if err != nil {
		return Installed{}, fmt.Errorf("opening the root directory: %w", err)
	}
	account, err := findUser(ctx, root, user, opt.lookup(where))
	if err != nil {
		root.Close()
		return Installed{}, err
	}
	dir := strings.TrimRight(account.home, "/") + "/.ssh/authorized_keys.d"
	file := keyFile{ctx: ctx, root: root, dir: dir}
	done := Installed{Path: path.Join(dir, fileName)}
	changed, err := asUser(ctx, account, func() (bool, error) { return file.set(text) }, func() { root.Close() })
	if err != nil && !changed {
		return done, err
	}
	done.Wrote, done.Removed = changed && len(keys) > 0, changed && len(keys) == 0
	if changed {
		opt.tellJournal(account.name, done)
	}
	return done, err
}

// tellJournal sends the entry about a change.
func (o *InstallOptions) tellJournal(user string, done Installed) {
	if o.Journal == "-" {
		return
	}
	verb, id := "wrote", wroteID
	if done.Removed {
		verb, id = "removed", removedID
	}
	err := journal.Send(o.Journal,
		journal.Field{Name: "MESSAGE", Value: verb + " ssh authorized keys file for user: " + user},
		journal.Field{Name: "PRIORITY", Value: "6"},
		journal.Field{Name: "MESSAGE_ID", Value: id},
		journal.Field{Name: "AFTERBURN_USER_NAME", Value: user},
		journal.Field{Name: "AFTERBURN_PATH", Value: done.Path})
	if err != nil && o.Logger != nil {
		o.Logger.Warn("failed to send information to journald: " + err.Error())
	}
}
