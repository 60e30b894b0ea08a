//go:build unix

package etcmerge

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// entry is what is at a path of a tree; mode has the type.
type entry struct {
	exists bool
	mode   fs.FileMode
	link   string
}

// errOutside tells that a path leaves /etc.
var errOutside = errors.New("path leaves /etc")

// maxLinks is the kernel's limit.
const maxLinks = 40

// resolve returns the path without links of a directory below target, which is taken for /etc. The error is
// errOutside, or an errno as opening the directory would give.
func resolve(t tree, dir string) (string, error) {
	todo := strings.Split(dir, "/")
	// done is where we are, from the root: nothing, or "etc" and more.
	done := []string{"etc"}
	for links := 0; len(todo) > 0; {
		name := todo[0]
		todo = todo[1:]
		switch {
		case name == "" || name == ".":
			continue
		case name == "..":
			done = done[:max(len(done)-1, 0)]
			continue
		case len(done) == 0 && name == "etc": // a directory, we have it open
			done = []string{name}
			continue
		case len(done) == 0:
			return "", errOutside
		}
		here := strings.Join(append(done[1:len(done):len(done)], name), "/")
		e, err := t.lstat(here)
		switch {
		case err != nil:
			return "", err
		case !e.exists:
			return "", unix.ENOENT
		case e.mode&fs.ModeSymlink != 0:
			if links++; links > maxLinks {
				return "", unix.ELOOP
			}
			if strings.HasPrefix(e.link, "/") {
				done = nil
			}
			todo = append(strings.Split(e.link, "/"), todo...)
		case !e.mode.IsDir():
			return "", unix.ENOTDIR
		default:
			done = append(done, name)
		}
	}
	if len(done) == 0 {
		return "", errOutside
	}
	return path.Join(done[1:]...), nil
}

// parentOf splits a path; the directory of a name without one is "".
func parentOf(p string) (dir, base string) {
	dir, base = path.Split(p)
	return strings.TrimSuffix(dir, "/"), base
}
