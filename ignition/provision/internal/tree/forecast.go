//go:build unix

package tree

import (
	"maps"
	"math"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// Sight is what can be looked at: a [Tree] as it is, or a [Forecast] of it.
type Sight interface {
	// Resolve, Lstat and Readlink are those of [Tree].
	Resolve(name string) (string, error)
	Lstat(p string) (Info, error)
	Readlink(p string) (string, error)
}

// Forecast is a tree as it will be after changes that are only planned. Names are
// resolved with the links that will be there.
type Forecast struct {
	t     *Tree
	marks map[string]mark // by names without links
	made  uint64
}

// mark is what will be at a name.
type mark struct {
	there  bool
	fresh  bool // a directory that has only what other marks say
	info   Info
	target string // of a link
}

// Forecast returns one without changes.
func (t *Tree) Forecast() *Forecast { return &Forecast{t: t, marks: map[string]mark{}} }

// place is where a name leads.
type place struct {
	path string // without links, unless something is missing or in the way
	mark
	err      error // why it is not there
	dangling bool  // a link on the way has no target
	// up are the directories above, from the root on.
	up []place
}

// seek follows a name as [Tree.Resolve] does; the last component only on demand.
func (f *Forecast) seek(name string, last bool) (place, error) {
	root := place{path: "/", mark: mark{there: true, info: Info{Mode: unix.S_IFDIR}}}
	if m, ok := f.marks["/"]; ok {
		root.mark = m
	} else if st, err := f.t.Lstat("/"); err == nil {
		root.info = st
	}
	at, stack := root, []place(nil)
	budget, linkRest := maxLinks, math.MaxInt
	rest := strings.Split(name, "/")
	for len(rest) > 0 {
		c := rest[0]
		rest = rest[1:]
		switch c {
		case "", ".":
			continue
		case "..":
			if n := len(stack); n > 0 {
				at, stack = stack[n-1], stack[:n-1]
			}
			continue
		}
		next, err := f.child(at, c)
		if err != nil {
			return at, err
		}
		next.dangling = at.dangling || next.err != nil && at.err == nil && len(rest) >= linkRest
		if next.there && next.info.Symlink() && (last || more(rest)) {
			if budget--; budget < 0 {
				return at, unix.ELOOP
			}
			linkRest = min(linkRest, len(rest))
			if strings.HasPrefix(next.target, "/") {
				at, stack = root, nil
			}
			rest = append(strings.Split(next.target, "/"), rest...)
			continue
		}
		at, stack = next, append(stack, at)
	}
	at.up = stack
	return at, nil
}

func more(rest []string) bool {
	for _, c := range rest {
		if c != "" && c != "." {
			return true
		}
	}
	return false
}

// child is what has a name in a place.
func (f *Forecast) child(at place, name string) (place, error) {
	p := place{path: path.Join(at.path, name), err: at.err}
	if p.err == nil && !at.info.Directory() {
		p.err = unix.ENOTDIR
	}
	if p.err != nil {
		return p, nil
	}
	m, known := f.marks[p.path]
	switch {
	case known:
		p.mark = m
	case at.fresh:
	default:
		st, err := f.t.Lstat(p.path)
		if err != nil && !Missing(err) {
			return p, unwrapErrno(err)
		}
		p.there, p.info = err == nil, st
		if p.there && st.Symlink() {
			if p.target, err = f.t.Readlink(p.path); err != nil {
				return p, unwrapErrno(err)
			}
		}
	}
	if !p.there {
		p.err = unix.ENOENT
	}
	return p, nil
}

// Resolve is [Tree.Resolve] after the changes.
func (f *Forecast) Resolve(name string) (string, error) {
	dir, base := path.Split(path.Clean("/" + name))
	at, err := f.seek(dir, true)
	return path.Join(at.path, base), f.t.pathError("resolve", name, err)
}

// ResolveAll is [Tree.ResolveAll] after the changes.
func (f *Forecast) ResolveAll(name string) (string, error) {
	at, err := f.seek(name, true)
	return at.path, f.t.pathError("resolve", name, err)
}

// Lstat is [Tree.Lstat] after the changes. What the changes make has the type in its
// mode and an identity, nothing else.
func (f *Forecast) Lstat(p string) (Info, error) {
	at, err := f.seek(p, false)
	if err == nil {
		err = at.err
	}
	return at.info, f.t.pathError("lstat", p, err)
}

// Readlink is [Tree.Readlink] after the changes.
func (f *Forecast) Readlink(p string) (string, error) {
	at, err := f.seek(p, false)
	if err == nil {
		err = at.err
	}
	if err == nil && !at.info.Symlink() {
		err = unix.EINVAL
	}
	return at.target, f.t.pathError("readlink", p, err)
}

// Changed reports whether the changes concern a name or one above it.
func (f *Forecast) Changed(p string) bool {
	for ; ; p = path.Dir(p) {
		if _, ok := f.marks[p]; ok {
			return true
		}
		if p == "/" {
			return false
		}
	}
}

// Mount has an empty directory at a name.
func (f *Forecast) Mount(name string) {
	p, err := f.ResolveAll(name)
	if err != nil {
		p = path.Clean("/" + name)
	}
	f.clear(p)
	f.marks[p] = mark{there: true, fresh: true, info: f.new(unix.S_IFDIR)}
}

// Make puts something new, with a type such as unix.S_IFREG, in the place of what is
// at a name. Directories above it that are missing are made. The error is that of
// something in their way.
func (f *Forecast) Make(p string, kind uint32, target string) error {
	return f.put(p, mark{there: true, fresh: kind == unix.S_IFDIR, info: f.new(kind), target: target})
}

// Link gives what is at a name another one.
func (f *Forecast) Link(target, p string) error {
	from, err := f.seek(target, false)
	if err == nil {
		err = from.err
	}
	if err == nil && from.info.Directory() {
		err = unix.EPERM
	}
	if err != nil {
		return f.t.pathError("link", p, err)
	}
	return f.put(p, from.mark)
}

// Remove has nothing at a name.
func (f *Forecast) Remove(p string) {
	if at, err := f.seek(p, false); err == nil && at.err == nil {
		f.clear(at.path)
		f.marks[at.path] = mark{}
	}
}

func (f *Forecast) put(p string, m mark) error {
	at, err := f.seek(p, false)
	switch {
	case err != nil:
	case at.dangling: // mkdir(2) does not follow links
		err = unix.ENOTDIR
	case at.err == unix.ENOENT || at.err == nil:
		for _, dir := range at.up {
			if !dir.there {
				f.marks[dir.path] = mark{there: true, fresh: true, info: f.new(unix.S_IFDIR)}
			}
		}
		if at.there && at.info.Directory() {
			f.clear(at.path)
		}
		f.marks[at.path] = m
	default:
		err = at.err
	}
	return f.t.pathError("mkdir", path.Dir(p), err)
}

// clear forgets what would be below a directory.
func (f *Forecast) clear(p string) {
	below := strings.TrimSuffix(p, "/") + "/"
	maps.DeleteFunc(f.marks, func(k string, _ mark) bool { return k != p && strings.HasPrefix(k, below) })
}

// new is something with an identity that nothing else has.
func (f *Forecast) new(kind uint32) Info {
	f.made++
	return Info{Mode: kind, Dev: math.MaxUint64, Ino: f.made}
}
