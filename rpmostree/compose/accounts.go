package compose

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

// addAccounts puts users and groups into the tree that it begins with, before scripts look for them. Entries of
// packages with other names stay.
func (b *build) addAccounts(ctx context.Context, a *treefile.Accounts) error {
	if a == nil {
		return nil
	}
	own, err := accountsOf(b.tree, "usr/etc")
	if err != nil {
		return err
	}
	users, groups := treefile.UniqueUsers(a.Users, own.Users), treefile.UniqueGroups(a.Groups, own.Groups)
	if err := b.writeKeeping(ctx, "usr/etc/passwd", 0o644, treefile.FormatUsers(users)); err != nil {
		return err
	}
	if err := b.writeKeeping(ctx, "usr/etc/group", 0o644, treefile.FormatGroups(groups)); err != nil {
		return err
	}
	if !a.FromFile {
		return nil
	}
	if err := b.addEntries(ctx, "usr/etc/shadow", treefile.ShadowFor(users)); err != nil {
		return err
	}
	return b.addEntries(ctx, "usr/etc/gshadow", treefile.GShadowFor(groups))
}

// writeKeeping writes a file with the owner and mode that it has already.
func (b *build) writeKeeping(ctx context.Context, name string, mode uint32, text []byte) error {
	attr := rootfs.Attr{Mode: mode}
	if i, err := b.tree.Stat(name); err == nil {
		attr = rootfs.Attr{UID: i.Header.UID, GID: i.Header.GID, Mode: i.Header.Mode & 0o7777}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := b.ensureParent(name); err != nil {
		return err
	}
	return b.tree.WriteFile(ctx, name, attr, text)
}

// addEntries adds those lines to a file of passwords whose first field it does not have.
func (b *build) addEntries(ctx context.Context, name string, lines []byte) error {
	text, err := b.tree.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	known := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		user, _, _ := strings.Cut(line, ":")
		known[user] = true
	}
	for line := range strings.Lines(string(lines)) {
		if user, _, _ := strings.Cut(line, ":"); !known[user] {
			text = append(text, line...)
		}
	}
	return b.writeKeeping(ctx, name, 0, text)
}

// reader is what both trees in memory and commits are.
type reader interface {
	ReadFile(name string) ([]byte, error)
}

// accountsOf reads the users and groups of some directories of a tree. Files that do not exist are empty.
func accountsOf(tree reader, dirs ...string) (*treefile.Accounts, error) {
	a := &treefile.Accounts{}
	for _, dir := range dirs {
		text, err := tree.ReadFile(path.Join(dir, "passwd"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		users, err := treefile.ParsePasswd(text)
		if err != nil {
			return nil, fmt.Errorf("%s/passwd: %w", dir, err)
		}
		text, err = tree.ReadFile(path.Join(dir, "group"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		groups, err := treefile.ParseGroup(text)
		if err != nil {
			return nil, fmt.Errorf("%s/group: %w", dir, err)
		}
		a.Users, a.Groups = append(a.Users, users...), append(a.Groups, groups...)
	}
	return a, nil
}

const nsswitch = "usr/etc/nsswitch.conf"

// hasAltfiles tells whether programs of the tree find users in usr/lib: it has the module for that, or names it in
// its configuration. Without it the users stay in usr/etc, where the three-way merge of /etc brings new ones to
// systems in use.
func (b *build) hasAltfiles() (bool, error) {
	for _, dir := range []string{"usr/lib64", "usr/lib"} {
		names, err := b.tree.Names(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return false, err
		}
		if slices.Contains(names, "libnss_altfiles.so.2") {
			return true, nil
		}
		for _, name := range names {
			if !strings.HasSuffix(name, "-linux-gnu") { // the directories of Debian
				continue
			}
			if ok, err := b.tree.Exists(path.Join(dir, name, "libnss_altfiles.so.2")); err != nil || ok {
				return ok, err
			}
		}
	}
	text, err := b.tree.ReadFile(nsswitch)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "passwd:") && slices.Contains(strings.Fields(line), "altfiles") {
			return true, nil
		}
	}
	return false, err
}

// migrateAccounts moves users and groups, except root, to usr/lib.
func (b *build) migrateAccounts(ctx context.Context) error {
	altfiles, err := b.hasAltfiles()
	if err != nil || !altfiles {
		return err
	}
	etc, err := accountsOf(b.tree, "usr/etc")
	if err != nil {
		return err
	}
	lib, err := accountsOf(b.tree, "usr/lib")
	if err != nil {
		return err
	}
	var keep []string
	if b.tf != nil {
		keep = b.tf.EtcGroupMembers
	}
	b.message("Migrating /usr/etc/passwd to /usr/lib/")
	stay, move := treefile.SplitUsers(etc.Users)
	if err := b.writeKeeping(ctx, "usr/etc/passwd", 0o644, treefile.FormatUsers(stay)); err != nil {
		return err
	}
	if err := b.writeKeeping(ctx, "usr/lib/passwd", 0o644, treefile.FormatUsers(treefile.UniqueUsers(lib.Users, move))); err != nil {
		return err
	}
	b.message("Migrating /usr/etc/group to /usr/lib/")
	stayGroups, moveGroups := treefile.SplitGroups(etc.Groups, keep)
	if err := b.writeKeeping(ctx, "usr/etc/group", 0o644, treefile.FormatGroups(stayGroups)); err != nil {
		return err
	}
	if err := b.writeKeeping(ctx, "usr/lib/group", 0o644, treefile.FormatGroups(treefile.UniqueGroups(lib.Groups, moveGroups))); err != nil {
		return err
	}
	if i, err := b.tree.Lstat(nsswitch); err == nil && i.IsSymlink() {
		return nil // another program, such as authselect, owns it
	}
	return b.rewrite(ctx, nsswitch, treefile.AddAltfiles)
}

// checkAccounts compares users and groups with those that are expected; previous are those of the previous commit
// in the same place, nil if there is none.
func (b *build) checkAccounts(previous reader) error {
	dir := "usr/etc"
	if ok, err := b.tree.Exists("usr/lib/passwd"); err != nil {
		return err
	} else if ok {
		dir = "usr/lib"
	}
	now, err := accountsOf(b.tree, dir)
	if err != nil {
		return err
	}
	var old *treefile.Accounts
	if previous != nil {
		if old, err = accountsOf(previous, dir); err != nil {
			return err
		}
	} else {
		old = &treefile.Accounts{}
	}
	owners := &ownerSet{tree: b.tree}
	if compared(b.tf.CheckPasswd, previous) {
		expected, err := b.tf.ExpectedUsers(old.Users)
		if err != nil {
			return err
		}
		users := treefile.UserIDs(now.Users)
		delete(expected, "root")
		delete(users, "root")
		notes, err := treefile.CheckUsers(expected, users, b.tf.IgnoreRemovedUsers, owners.hasUser)
		b.notes(notes)
		if err != nil {
			return err
		}
	}
	if !compared(b.tf.CheckGroups, previous) {
		return nil
	}
	expected, err := b.tf.ExpectedGroups(old.Groups)
	if err != nil {
		return err
	}
	groups := treefile.GroupIDs(now.Groups)
	delete(expected, "root")
	delete(groups, "root")
	notes, err := treefile.CheckGroups(expected, groups, b.tf.IgnoreRemovedGroups, owners.hasGroup)
	b.notes(notes)
	return err
}

// compared tells whether there is something to compare with.
func compared(c *treefile.Check, previous reader) bool {
	switch {
	case c == nil || c.Type == treefile.CheckPrevious:
		return previous != nil
	default:
		return c.Type != treefile.CheckNone
	}
}

func (b *build) notes(list []string) {
	for _, n := range list {
		b.message("%s", n)
	}
}

// ownerSet are the owners of the files of a tree, which are looked at when the first is asked for.
type ownerSet struct {
	tree       *rootfs.Tree
	uids, gids map[uint32]bool
}

func (o *ownerSet) load() error {
	if o.uids != nil {
		return nil
	}
	o.uids, o.gids = map[uint32]bool{}, map[uint32]bool{}
	return o.tree.Walk("", func(_ string, i *rootfs.Info) error {
		o.uids[i.Header.UID], o.gids[i.Header.GID] = true, true
		return nil
	})
}

func (o *ownerSet) hasUser(uid uint32) (bool, error) {
	err := o.load()
	return o.uids[uid], err
}

func (o *ownerSet) hasGroup(gid uint32) (bool, error) {
	err := o.load()
	return o.gids[gid], err
}
