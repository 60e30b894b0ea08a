//go:build unix

package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/ignition/provision/internal/tree"
	"github.com/nestos-dev/nestos/ignition/provision/plan"
)

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
	if w.guess == nil {
		return verdict{verb: plan.Change} // the step will look itself
	}
	exists, there, err := w.look(e)
	if err != nil {
		return verdict{verb: plan.Fail, err: err}
	}
	v := w.judge(e, exists, there)
	if v.err != nil {
		return v
	}
	if v.verb == plan.Keep && v.note != "" {
		return v
	}
	if e.kind != hardlink { // which has the owner of its target
		if _, err := w.owner(e); err != nil && !w.willExist(e, err) {
			return verdict{verb: plan.Fail, err: err}
		}
	}
	if err := w.tryContents(e); err != nil {
		return failure("failed to create file %q: %w", e.shown, err)
	}
	if v.destroys || v.verb == plan.Create {
		if err := w.foresee(e, exists && there.Directory()); err != nil {
			return verdict{verb: plan.Fail, err: err}
		}
	}
	return v
}

// foresee tells the forecast what an entry makes, or returns why it cannot.
func (w *writer) foresee(e *entry, wasDirectory bool) error {
	if e.path == "/" {
		return fmt.Errorf("error removing existing file %s: %w", e.shown, unix.EBUSY)
	}
	if wasDirectory {
		w.guess.Remove(e.path)
	}
	switch e.kind {
	case directory:
		if err := w.guess.Make(e.path, unix.S_IFDIR, ""); err != nil {
			return fmt.Errorf("failed to create directory %s: %w", e.shown, err)
		}
	case file:
		if err := w.guess.Make(e.path, unix.S_IFREG, ""); err != nil {
			return fmt.Errorf("failed to create file %q: %w", e.shown, err)
		}
	case symlink:
		if err := w.guess.Make(e.path, unix.S_IFLNK, e.target); err != nil {
			return fmt.Errorf("failed to create link %q: could not create symlink: %w", e.shown, err)
		}
	default:
		target, err := w.target(e)
		if err == nil {
			err = w.guess.Link(target, e.path)
		}
		if p, ok := errors.AsType[*fs.PathError](err); ok {
			err = &os.LinkError{Op: "link", Old: w.t.Path(target), New: e.shown, Err: p.Err}
		}
		if err != nil {
			return fmt.Errorf("failed to create link %q: %w", e.shown, err)
		}
	}
	return nil
}

// tryContents decodes and verifies the contents that need no network.
func (w *writer) tryContents(e *entry) error {
	if e.kind != file || w.fetcher == nil {
		return nil
	}
	all := e.appends
	if e.contents != nil {
		all = append([]content{*e.contents}, all...)
	}
	for _, c := range all {
		if s := scheme(c); c.inline != nil || s != "" && s != "data" {
			continue
		}
		if err := w.fetch(w.ctx, c, io.Discard); err != nil {
			return err
		}
	}
	return nil
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
