package nameservice

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
)

// databases are the files below /etc that tools for users and groups change, with the one of the vendor's files
// that they belong to.
var databases = []struct{ name, vendor string }{
	{"passwd", "passwd"}, {"group", "group"}, {"shadow", "passwd"}, {"gshadow", "group"}, {"subuid", "passwd"}, {"subgid", "passwd"},
}

// Local are the files of the system that a tree is made for: the administrator's users and groups, which
// scripts shall see so that they do not add them a second time.
type Local struct {
	Passwd, Group string
}

// State is what Finish has to put back.
type State struct {
	vendor map[string]file   // by name below usr/lib: as they were, "passwd" and "group"
	saved  map[string]file   // by name below etc: as they were; only those that existed
	before map[string]string // of a tree without a vendor's list: "passwd" and "group" in etc
}

type file struct {
	text string
	attr rootfs.Attr
}

// Prepare makes the files ready for scripts: locks and backups go away, and with altfiles the vendor's
// users take the place of those in etc, and the local ones are added to the vendor's.
func Prepare(ctx context.Context, t *rootfs.Tree, local Local) (*State, error) {
	if err := removeLeftovers(t); err != nil {
		return nil, err
	}
	s := &State{vendor: map[string]file{}, saved: map[string]file{}}
	// Without the vendor's users there are no vendor's groups either: all is in etc.
	if ok, err := t.Exists("usr/lib/passwd"); err != nil || !ok {
		return s, errors.Join(err, s.remember(t))
	}
	for _, name := range []string{"passwd", "group"} {
		if err := keep(s.vendor, t, "usr/lib", name); err != nil {
			return nil, err
		}
	}
	for _, d := range databases {
		if _, ok := s.vendor[d.vendor]; !ok {
			continue
		}
		if err := keep(s.saved, t, "etc", d.name); err != nil {
			return nil, err
		}
	}
	for _, f := range []struct{ name, local string }{{"passwd", local.Passwd}, {"group", local.Group}} {
		if err := s.show(ctx, t, f.name, f.local); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// remember reads the users of a tree that has all of them in etc.
func (s *State) remember(t *rootfs.Tree) (err error) {
	s.before = map[string]string{}
	for _, name := range []string{"passwd", "group"} {
		if s.before[name], _, err = readOptional(t, "etc/"+name); err != nil {
			return err
		}
	}
	return nil
}

func removeLeftovers(t *rootfs.Tree) error {
	if err := t.RemoveAll("etc/.pwd.lock"); err != nil {
		return err
	}
	for _, d := range databases {
		if err := t.RemoveAll("etc/" + d.name + "-"); err != nil {
			return err
		}
	}
	return nil
}

// keep remembers a file, if it exists.
func keep(files map[string]file, t *rootfs.Tree, dir, name string) error {
	text, ok, err := readOptional(t, dir+"/"+name)
	if err != nil || !ok {
		return err
	}
	attr, err := attrOf(t, dir+"/"+name)
	files[name] = file{text, attr}
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
func (s *State) show(ctx context.Context, t *rootfs.Tree, name, local string) error {
	vendor, ok := s.vendor[name]
	if !ok {
		return nil
	}
	text := lines(vendor.text)
	if err := t.WriteFile(ctx, "etc/"+name, vendor.attr, []byte(text)); err != nil {
		return err
	}
	return t.WriteFile(ctx, "usr/lib/"+name, vendor.attr, []byte(text+missing(text, local)))
}

// missing returns the entries of more whose names are not in text.
func missing(text, more string) string {
	known := map[string]bool{}
	for line := range strings.Lines(text) {
		name, _, _ := strings.Cut(line, ":")
		known[name] = true
	}
	var b strings.Builder
	for line := range strings.Lines(more) {
		if name, _, _ := strings.Cut(line, ":"); !known[name] {
			known[name] = true
			b.WriteString(line)
		}
	}
	return lines(b.String())
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
	if err := s.restore(ctx, t); err != nil {
		return err
	}
	return normalizeShadow(ctx, t)
}

func (s *State) restore(ctx context.Context, t *rootfs.Tree) error {
	for _, name := range []string{"passwd", "group"} {
		vendor, ok := s.vendor[name]
		if !ok {
			continue
		}
		// A script may have removed the file; the local entries are none of the vendor's in any case.
		text, ok, err := readOptional(t, "etc/"+name)
		if err != nil {
			return err
		}
		if !ok {
			text = vendor.text
		}
		if err := t.WriteFile(ctx, "usr/lib/"+name, vendor.attr, []byte(lines(text))); err != nil {
			return err
		}
	}
	for _, d := range databases {
		if _, ok := s.vendor[d.vendor]; !ok {
			continue
		}
		if err := s.putBack(ctx, t, d.name); err != nil {
			return err
		}
	}
	return nil
}

// putBack gives a file in etc the state that it had.
func (s *State) putBack(ctx context.Context, t *rootfs.Tree, name string) error {
	if f, ok := s.saved[name]; ok {
		return t.WriteFile(ctx, "etc/"+name, f.attr, []byte(f.text))
	}
	return t.RemoveAll("etc/" + name)
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
