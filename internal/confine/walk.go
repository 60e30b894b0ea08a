//go:build unix

package confine

import (
	"errors"
	"strings"

	"golang.org/x/sys/unix"
)

// maxLinks is the kernel's limit for links in one resolution.
const maxLinks = 40

// walker resolves a name without help of the kernel. Every directory on the
// way is held open, so that ".." is a step back in the list and never asks the
// file system, whose answer may have changed.
type walker struct {
	root  *Root
	start int
	open  []int    // directories entered, the root excluded
	todo  []string // components that remain
	links int
	// mkdir, if set, creates a missing directory.
	mkdir func(dir int, name string) error
}

// walk returns the directory that holds the last component of name and that
// component. With follow it is not a link (unless the tree changes meanwhile).
func (r *Root) walk(name string, follow bool) (at, error) {
	w, err := r.walker(name)
	if err != nil {
		return at{}, err
	}
	defer w.close()
	last, err := w.run(follow)
	if err != nil {
		return at{}, err
	}
	return w.result(last), nil
}

func (r *Root) walker(name string) (*walker, error) {
	if name == "" {
		return nil, unix.ENOENT
	}
	if strings.ContainsRune(name, 0) {
		return nil, unix.EINVAL
	}
	if len(name) >= unix.PathMax {
		return nil, unix.ENAMETOOLONG
	}
	fd, err := r.fd()
	return &walker{root: r, start: fd, todo: components(name)}, err
}

// components splits a name. A trailing slash becomes ".", which makes the
// component before it a directory to enter.
func components(name string) []string {
	var list []string
	parts := strings.Split(name, "/")
	for i, c := range parts {
		last := i == len(parts)-1
		if c == "" || c == "." {
			if last {
				list = append(list, ".")
			}
			continue
		}
		list = append(list, c)
	}
	return list
}

// run consumes todo and returns the last component, "." for the directory reached.
func (w *walker) run(follow bool) (string, error) {
	for len(w.todo) > 0 {
		c := w.todo[0]
		w.todo = w.todo[1:]
		switch {
		case c == ".":
		case c == "..":
			w.up()
		case len(w.todo) > 0:
			if err := w.enter(c); err != nil {
				return "", err
			}
		case !follow:
			return c, nil
		default:
			isLink, err := w.expand(c)
			if err != nil && !errors.Is(err, unix.ENOENT) {
				return "", err
			}
			if !isLink {
				return c, nil
			}
		}
	}
	return ".", nil
}

// enter opens a directory, or queues the target of a link.
func (w *walker) enter(name string) error {
	fd, err := openRetry(w.cur(), name, dirFlags|unix.O_NOFOLLOW, 0)
	if errors.Is(err, unix.ENOENT) && w.mkdir != nil {
		if err := w.mkdir(w.cur(), name); err != nil && !errors.Is(err, unix.EEXIST) {
			return err
		}
		fd, err = openRetry(w.cur(), name, dirFlags|unix.O_NOFOLLOW, 0)
	}
	if err == nil {
		w.open = append(w.open, fd)
		return nil
	}
	if !errors.Is(err, unix.ENOTDIR) && !errors.Is(err, unix.ELOOP) {
		return err
	}
	isLink, linkErr := w.expand(name)
	if linkErr != nil {
		return linkErr
	}
	if !isLink {
		return unix.ENOTDIR
	}
	return nil
}

// expand puts the target of a link in front of todo; false means no link.
func (w *walker) expand(name string) (bool, error) {
	target, err := readlinkat(w.cur(), name)
	if errors.Is(err, unix.EINVAL) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if w.links++; w.links > maxLinks {
		return false, unix.ELOOP
	}
	if target == "" {
		return false, unix.ENOENT
	}
	if target[0] == '/' {
		w.close()
	}
	w.todo = append(components(target), w.todo...)
	return true, nil
}

func (w *walker) cur() int {
	if n := len(w.open); n > 0 {
		return w.open[n-1]
	}
	return w.start
}

func (w *walker) up() {
	if n := len(w.open); n > 0 {
		unix.Close(w.open[n-1])
		w.open = w.open[:n-1]
	}
}

// result hands the current directory over to the caller.
func (w *walker) result(name string) at {
	n := len(w.open)
	if n == 0 {
		return at{w.start, name, w.root}
	}
	fd := w.open[n-1]
	w.open = w.open[:n-1]
	return at{dir: fd, name: name}
}

func (w *walker) close() {
	for len(w.open) > 0 {
		w.up()
	}
}

func readlinkat(dir int, name string) (string, error) {
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(dir, name, buf)
	if err != nil {
		return "", err
	}
	if n == len(buf) {
		return "", unix.ENAMETOOLONG
	}
	return string(buf[:n]), nil
}
