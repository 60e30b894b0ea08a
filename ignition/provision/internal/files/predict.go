//go:build unix

package files

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/ignition/provision/internal/tree"
	"github.com/nestos-dev/nestos/ignition/provision/plan"
)

// overlay is what earlier steps of a plan leave at resolved paths.
type overlay map[string]mark

// mark is one of these. What is below a marked path is what has marks itself.
type mark struct {
	there bool
	mode  uint32 // type of file
}

// mounted marks a directory that an empty file system will be mounted on.
func (o overlay) mounted(name string) {
	if strings.HasPrefix(name, "/") && name != "/dev" && !strings.HasPrefix(name, "/dev/") {
		o[path.Clean(name)] = mark{true, unix.S_IFDIR}
	}
}

// covers reports what the overlay knows about a path.
func (o overlay) covers(p string) (m mark, known bool) {
	if len(o) == 0 {
		return mark{}, false
	}
	if m, known = o[p]; known {
		return m, true
	}
	for up := path.Dir(p); ; up = path.Dir(up) {
		if _, known = o[up]; known || up == "/" {
			return mark{}, known
		}
	}
}

// step describes what will happen to an entry.
func (w *writer) step(e *entry) plan.Step {
	s := plan.Step{Kind: e.kind.String(), Name: e.path, Entry: e.where, Detail: e.detail()}
	v := w.predict(e)
	s.Verb, s.Destroys, s.Err = v.verb, v.destroys, v.err
	if v.err != nil {
		s.Err = fmt.Errorf("error creating %s: %w", e.shown, v.err)
		if w.text != "" {
			s.Err = fmt.Errorf("%s: %w", w.text, s.Err)
		}
		s.Detail = v.err.Error()
	}
	return s
}

func (w *writer) predict(e *entry) verdict {
	there, err := tree.Info{}, error(nil)
	exists := false
	if m, known := w.guess.covers(e.path); known {
		exists, there.Mode = m.there, m.mode
	} else if there, err = w.t.Lstat(e.path); err == nil {
		exists = true
	} else if !tree.Missing(err) {
		return verdict{verb: plan.Fail, err: err}
	}
	if w.dry {
		if _, err := w.owner(e); err != nil && !w.willExist(e, err) {
			return verdict{verb: plan.Fail, err: err}
		}
	}
	v := w.judge(e, exists, there)
	if v.verb == plan.Create || v.destroys {
		w.guess[e.path] = mark{true, map[kind]uint32{directory: unix.S_IFDIR, file: unix.S_IFREG, symlink: unix.S_IFLNK, hardlink: unix.S_IFREG}[e.kind]}
	}
	return v
}

// willExist reports whether an unknown owner is one that this stage makes.
func (w *writer) willExist(e *entry, err error) bool {
	if !errors.Is(err, tree.ErrUnknown) {
		return false
	}
	made := func(o owner, made map[string]bool, find func(string) error) bool {
		if o.id != nil || o.name == nil || *o.name == "" || made[*o.name] {
			return true
		}
		return find(*o.name) == nil
	}
	a := w.t.Accounts()
	return made(e.user, w.newUsers, func(n string) error { _, err := a.User(n); return err }) &&
		made(e.group, w.newGroups, func(n string) error { _, err := a.Group(n); return err })
}

// detail says what the config wants.
func (e *entry) detail() string {
	var d []string
	switch {
	case e.mode != nil:
		d = append(d, fmt.Sprintf("mode %04o", *e.mode))
	case e.kind == file && e.contents != nil:
		d = append(d, fmt.Sprintf("mode %04o", defaultFileMode))
	}
	if s := e.user.String(); s != "" {
		d = append(d, "user "+s)
	}
	if s := e.group.String(); s != "" {
		d = append(d, "group "+s)
	}
	if e.contents != nil {
		if s := scheme(*e.contents); s != "" {
			d = append(d, "contents from "+s)
		} else if e.contents.inline == nil {
			d = append(d, "empty")
		}
	}
	if n := len(e.appends); n > 0 {
		d = append(d, fmt.Sprintf("%d to append", n))
	}
	switch e.kind {
	case symlink:
		d = append(d, "to "+e.target)
	case hardlink:
		d = append(d, "hard, to "+e.target)
	}
	return strings.Join(d, ", ")
}

func (o owner) String() string {
	switch {
	case o.id != nil:
		return fmt.Sprint(*o.id)
	case o.name != nil:
		return *o.name
	default:
		return ""
	}
}
