//go:build unix

package tree

import (
	"errors"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// maxLinks is how many links one name may lead through, as in the kernel.
const maxLinks = 40

// Resolve returns the absolute name in the root that name stands for when the
// links in all components but the last are followed, as chroot(2) would. Missing
// components are taken as they are. What was found once is remembered until
// [Tree.Forget].
func (t *Tree) Resolve(name string) (string, error) {
	dir, base := path.Split(path.Clean("/" + name))
	parent, ok := t.parents[dir]
	if !ok {
		budget := maxLinks
		var err error
		if parent, err = t.walk("/", dir, &budget); err != nil {
			return "", t.pathError("resolve", name, err)
		}
		t.parents[dir] = parent
	}
	return path.Join(parent, base), nil
}

// ResolveAll is [Tree.Resolve] with the last component followed too.
func (t *Tree) ResolveAll(name string) (string, error) {
	budget := maxLinks
	p, err := t.walk("/", name, &budget)
	return p, t.pathError("resolve", name, err)
}

// walk follows rel from the resolved directory from.
func (t *Tree) walk(from, rel string, budget *int) (string, error) {
	if strings.HasPrefix(rel, "/") {
		from = "/"
	}
	for name := range strings.SplitSeq(rel, "/") {
		switch name {
		case "", ".":
		case "..":
			from = path.Dir(from) // no component of it is a link
		default:
			var err error
			if from, err = t.step(from, name, budget); err != nil {
				return "", err
			}
		}
	}
	return from, nil
}

// step follows one component from a resolved directory.
func (t *Tree) step(dir, name string, budget *int) (string, error) {
	p := path.Join(dir, name)
	if to, ok := t.steps[p]; ok {
		return to, nil
	}
	to := p
	if t.missing[dir] {
		t.missing[p] = true
	} else {
		target, err := t.root.Readlink(p)
		switch {
		case err == nil:
			if *budget--; *budget < 0 {
				return "", unix.ELOOP
			}
			if to, err = t.walk(dir, target, budget); err != nil {
				return "", err
			}
		case Missing(err):
			t.missing[p] = true
		case errors.Is(err, unix.EINVAL), notDirectory(err): // not a link
		default:
			return "", err
		}
	}
	t.steps[p] = to
	return to, nil
}

// Depth is the number of components of a resolved name.
func Depth(name string) int {
	if name == "/" {
		return 0
	}
	return strings.Count(name, "/")
}
