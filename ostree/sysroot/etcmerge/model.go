//go:build unix

package etcmerge

import (
	"context"
	"io/fs"
	"path"
	"strings"
)

// model is a tree in which a merge is tried: target as it is, and what was changed in thought.
type model struct {
	target, modified func(path string) (entry, error) // lstat
	root             node
	actions          []Action
}

// node is a path that was changed, or is above such a path.
type node struct {
	state    state
	from     string // for mirrored: the path in modified
	children map[string]*node
}

type state int

const (
	untouched state = iota // as in target
	absent
	made     // a new directory; what is in it has nodes
	mirrored // a copy of what is at from in modified, with all below it
)

func (t *model) lstat(p string) (entry, error) {
	n, nearest, rest := &t.root, &t.root, p
	for todo := p; todo != ""; {
		var name string
		name, todo, _ = strings.Cut(todo, "/")
		if n = n.children[name]; n == nil {
			break
		}
		if n.state != untouched {
			nearest, rest = n, todo
		}
	}
	switch {
	case nearest.state == untouched:
		return t.target(p)
	case nearest.state == mirrored:
		e, err := t.modified(path.Join(nearest.from, rest))
		if !copyable(e) {
			e = entry{}
		}
		return e, err
	case nearest.state == made && rest == "":
		return entry{exists: true, mode: fs.ModeDir}, nil
	}
	return entry{}, nil
}

// set changes a path, and forgets what was changed below it.
func (t *model) set(p string, s state, from string) {
	n := &t.root
	for name := range strings.SplitSeq(p, "/") {
		child := n.children[name]
		if child == nil {
			child = &node{}
			if n.children == nil {
				n.children = map[string]*node{}
			}
			n.children[name] = child
		}
		n = child
	}
	*n = node{state: s, from: from}
}

func (t *model) act(op Op, p string) { t.actions = append(t.actions, Action{op, p}) }

func (t *model) removeAll(p string) error {
	e, err := t.lstat(p)
	if err == nil && e.exists {
		t.act(OpRemove, p)
		t.set(p, absent, "")
	}
	return err
}

func (t *model) unlink(p string) error {
	t.act(OpRemove, p)
	t.set(p, absent, "")
	return nil
}

func (t *model) mkdir(p string) error {
	t.act(OpMkdir, p)
	t.set(p, made, "")
	return nil
}

func (t *model) stamp(p, _ string) error {
	t.act(OpAttributes, p)
	return nil
}

func (t *model) copy(_ context.Context, p, from string) error {
	t.act(OpCopy, p)
	t.set(p, mirrored, from)
	return nil
}

func (t *model) ignore(p string) { t.act(OpIgnore, p) }

func (t *model) removeOutside(p string) { t.act(OpIgnore, p) }
