package nameservice

import (
	"context"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
)

// databases are the files below /etc that tools for users and groups change.
var databases = []string{"passwd", "group", "shadow", "gshadow", "subuid", "subgid"}

// Local are the files of the system that a tree is made for: the administrator's users and groups, which
// scripts shall see so that they do not add them a second time.
type Local struct {
	Passwd, Group string
}

// State is what Finish has to put back.
type State struct {
	altfiles bool
	saved    map[string]savedFile // by name below etc; only those that existed
}

type savedFile struct {
	text string
	attr rootfs.Attr
}

// Prepare makes the files ready for scripts: locks and backups go away, and with altfiles the vendor's
// users take the place of those in etc, and the local ones are added to the vendor's.
func Prepare(ctx context.Context, t *rootfs.Tree, local Local) (*State, error) {
	if err := removeLeftovers(t); err != nil {
		return nil, err
	}
	s := &State{saved: map[string]savedFile{}}
	var err error
	if s.altfiles, err = t.Exists("usr/lib/passwd"); err != nil || !s.altfiles {
		return s, err
	}
	for _, name := range databases {
		if err := s.save(t, name); err != nil {
			return nil, err
		}
	}
	for _, f := range []struct{ name, local string }{{"passwd", local.Passwd}, {"group", local.Group}} {
		if err := show(ctx, t, f.name, f.local); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func removeLeftovers(t *rootfs.Tree) error {
	if err := t.RemoveAll("etc/.pwd.lock"); err != nil {
		return err
	}
	for _, name := range databases {
		if err := t.RemoveAll("etc/" + name + "-"); err != nil {
			return err
		}
	}
	return nil
}

func (s *State) save(t *rootfs.Tree, name string) error {
	text, ok, err := readOptional(t, "etc/"+name)
	if err != nil || !ok {
		return err
	}
	attr, err := attrOf(t, "etc/"+name)
	s.saved[name] = savedFile{text, attr}
	return err
}

func attrOf(t *rootfs.Tree, name string) (rootfs.Attr, error) {
	i, err := t.Stat(name)
	if err != nil {
		return rootfs.Attr{}, err
	}
	return rootfs.Attr{UID: i.Header.UID, GID: i.Header.GID, Mode: i.Header.Mode & 0o7777, Xattrs: i.Header.Xattrs}, nil
}

// show puts the vendor's file into etc and appends the local entries to the vendor's.
func show(ctx context.Context, t *rootfs.Tree, name, local string) error {
	vendor, ok, err := readOptional(t, "usr/lib/"+name)
	if err != nil || !ok {
		return err
	}
	attr, err := attrOf(t, "usr/lib/"+name)
	if err != nil {
		return err
	}
	if err := t.WriteFile(ctx, "etc/"+name, attr, []byte(vendor)); err != nil {
		return err
	}
	return t.WriteFile(ctx, "usr/lib/"+name, attr, []byte(lines(vendor)+lines(local)))
}

// lines ends a text with a newline if it is not empty.
func lines(text string) string {
	if text != "" && !strings.HasSuffix(text, "\n") {
		return text + "\n"
	}
	return text
}

// Finish takes what the scripts made: with altfiles the users in etc become the vendor's, and the files
// that were in etc come back. Dates of the last change of passwords that nobody can use are removed, so
// that the same scripts make the same files on every day.
func (s *State) Finish(ctx context.Context, t *rootfs.Tree) error {
	if err := removeLeftovers(t); err != nil {
		return err
	}
	if s.altfiles {
		if err := s.restore(ctx, t); err != nil {
			return err
		}
	}
	return normalizeShadow(ctx, t)
}

func (s *State) restore(ctx context.Context, t *rootfs.Tree) error {
	for _, name := range []string{"passwd", "group"} {
		text, ok, err := readOptional(t, "etc/"+name)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		attr, err := attrOf(t, "usr/lib/"+name)
		if err != nil {
			return err
		}
		if err := t.WriteFile(ctx, "usr/lib/"+name, attr, []byte(lines(text))); err != nil {
			return err
		}
	}
	for _, name := range databases {
		f, ok := s.saved[name]
		var err error
		if ok {
			err = t.WriteFile(ctx, "etc/"+name, f.attr, []byte(f.text))
		} else {
			err = t.RemoveAll("etc/" + name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func normalizeShadow(ctx context.Context, t *rootfs.Tree) error {
	text, ok, err := readOptional(t, "etc/shadow")
	if err != nil || !ok {
		return err
	}
	normal := BlankLastChange(text)
	if normal == text {
		return nil
	}
	attr, err := attrOf(t, "etc/shadow")
	if err != nil {
		return err
	}
	return t.WriteFile(ctx, "etc/shadow", attr, []byte(normal))
}

// BlankLastChange empties the day of the last change in the lines of a shadow file whose password is
// locked ("!…" or "*…").
func BlankLastChange(text string) string {
	all := slices.Collect(strings.Lines(text))
	for i, line := range all {
		fields := strings.Split(line, ":")
		if len(fields) < 9 || fields[1] == "" || fields[1][0] != '!' && fields[1][0] != '*' {
			continue
		}
		fields[2] = ""
		all[i] = strings.Join(fields, ":")
	}
	return strings.Join(all, "")
}
