package outfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// maxLinks is how many symbolic links are followed on one way, as many as Linux does.
const maxLinks = 40

// walker goes from directory to directory.
type walker struct {
	dir   *os.File // where it is
	stat  unix.Stat_t
	at    string // the name of dir, for errors
	links int
	me    uint32
	top   uint32 // the owner of "/"
	make  bool   // make directories that are missing
}

// walk opens the directory at an absolute path.
func walk(path string, make bool) (*walker, error) {
	w := &walker{me: uint32(os.Geteuid()), make: make}
	if err := w.restart(); err != nil {
		return nil, err
	}
	if err := w.follow(path); err != nil {
		w.dir.Close()
		return nil, err
	}
	return w, nil
}

func (w *walker) restart() error {
	dir, err := os.OpenFile("/", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	if err := w.enter(dir, "/"); err != nil {
		return err
	}
	w.top = w.stat.Uid
	return nil
}

// enter makes dir the present directory.
func (w *walker) enter(dir *os.File, at string) error {
	if err := unix.Fstat(int(dir.Fd()), &w.stat); err != nil {
		dir.Close()
		return &fs.PathError{Op: "stat", Path: at, Err: err}
	}
	if w.dir != nil {
		w.dir.Close()
	}
	w.dir, w.at = dir, at
	return nil
}

// follow goes where a path, relative or absolute, leads to.
func (w *walker) follow(path string) error {
	if strings.HasPrefix(path, "/") {
		if err := w.change(func() error { return w.restart() }); err != nil {
			return err
		}
	}
	for name := range strings.SplitSeq(path, "/") {
		if name == "" || name == "." {
			continue
		}
		if err := w.change(func() error { return w.step(name) }); err != nil {
			return err
		}
	}
	return nil
}

// change carries a step out and judges where it led to.
func (w *walker) change(step func() error) error {
	from, at := w.stat.Uid, w.at
	if err := step(); err != nil {
		return err
	}
	return w.judge(from, at, w.stat.Uid, w.at)
}

// trusted reports who may lead anywhere: root, who runs the program, and who owns the root directory, which is somebody
// else than root in a user namespace without the system's users.
func (w *walker) trusted(uid uint32) bool { return uid == 0 || uid == w.me || uid == w.top }

// judge refuses a way on which somebody leads to what is not theirs.
func (w *walker) judge(from uint32, at string, to uint32, next string) error {
	if w.trusted(from) || from == to {
		return nil
	}
	return &UnsafeError{Path: next, From: at, Owner: int(from)}
}

func (w *walker) step(name string) error {
	next := filepath.Join(w.at, name)
	fd, err := unix.Openat(int(w.dir.Fd()), name, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	switch {
	case errors.Is(err, unix.ENOENT) && w.make:
		if err := unix.Mkdirat(int(w.dir.Fd()), name, 0o777); err != nil && !errors.Is(err, unix.EEXIST) {
			return &fs.PathError{Op: "mkdir", Path: next, Err: err}
		}
		w.make = false // once is enough, should somebody remove it
		defer func() { w.make = true }()
		return w.step(name)
	case errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP): // a link, maybe
		return w.link(name, next)
	case err != nil:
		return &fs.PathError{Op: "open", Path: next, Err: err}
	}
	return w.enter(os.NewFile(uintptr(fd), next), next)
}

// link follows a symbolic link. Its owner decided where it leads to.
func (w *walker) link(name, next string) error {
	var st unix.Stat_t
	if err := unix.Fstatat(int(w.dir.Fd()), name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return &fs.PathError{Op: "stat", Path: next, Err: err}
	}
	if st.Mode&unix.S_IFMT != unix.S_IFLNK {
		return &fs.PathError{Op: "open", Path: next, Err: unix.ENOTDIR}
	}
	if err := w.judge(w.stat.Uid, w.at, st.Uid, next); err != nil {
		return err
	}
	target, err := w.readlink(name, next)
	if err != nil {
		return err
	}
	// The link's owner is where the way begins.
	owner := w.stat.Uid
	w.stat.Uid = st.Uid
	if w.trusted(st.Uid) {
		w.stat.Uid = owner
	}
	return w.follow(target)
}

func (w *walker) readlink(name, next string) (string, error) {
	if w.links++; w.links > maxLinks {
		return "", &fs.PathError{Op: "open", Path: next, Err: unix.ELOOP}
	}
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(int(w.dir.Fd()), name, buf)
	if err != nil {
		return "", &fs.PathError{Op: "readlink", Path: next, Err: err}
	}
	return string(buf[:n]), nil
}

// ours reports whether only root and the user who runs the program can change the present directory.
func (w *walker) ours() bool {
	return w.trusted(w.stat.Uid) && w.stat.Mode&0o022 == 0
}

// UnsafeError reports a way that a user leads to what is not theirs.
type UnsafeError struct {
	// Path is where the way leads to, From where it comes from, which belongs to Owner.
	Path, From string
	Owner      int
}

// Error names the place, whose it is, and where it leads.
func (e *UnsafeError) Error() string {
	return fmt.Sprintf("unsafe path: %s belongs to user %d, who leads to %s of another user", e.From, e.Owner, e.Path)
}
