package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path"
	"runtime"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/confine"
)

// child is process 1 of the sandbox.
type child struct {
	root  *confine.Root // what programs see
	notes []string
}

// childMain serves requests until the other side is gone. The capabilities that programs get are properties of
// the thread that makes them, so all work is done on one.
func childMain() {
	runtime.LockOSThread()
	closeInherited()
	// What programs send to process 1 must not end it. Ignored signals would be ignored in programs too.
	signal.Notify(make(chan os.Signal, 1))

	type message struct {
		r     *request
		files []*os.File
	}
	requests := make(chan message)
	go func() {
		for {
			r, files, err := receiveRequest(controlFD)
			if err != nil {
				os.Exit(0) // and with process 1 everything else ends
			}
			requests <- message{r, files}
		}
	}()
	c := new(child)
	for m := range requests {
		a, file := c.serve(m.r, m.files)
		closeAll(m.files)
		if file == nil {
			sendAnswer(controlFD, a)
			continue
		}
		sendAnswer(controlFD, a, file)
		file.Close()
	}
}

// ignoreUncaught sets what happens to the two signals that Go does not let be caught, as C libraries use them. Without
// a handler the kernel discards what programs send to process 1 as a rule, but not if the main thread happens to
// block it, as Go does for moments. A program is started with the default, lest it inherits that they are ignored.
func ignoreUncaught(ignore bool) {
	var action [8]uint64 // more than the kernel's structure; the handler is its first field on all architectures
	if ignore {
		action[0] = 1 // SIG_IGN
	}
	for _, s := range []uintptr{32, 34} {
		unix.RawSyscall6(unix.SYS_RT_SIGACTION, s, uintptr(unsafe.Pointer(&action)), 0, unsafe.Sizeof(action[0]), 0, 0)
	}
}

// closeInherited keeps programs from descriptors that whoever started the parent left open in it.
func closeInherited() {
	if unix.CloseRange(controlFD, ^uint(0), unix.CLOSE_RANGE_CLOEXEC) == nil {
		return
	}
	for fd := controlFD; fd < 1<<16; fd++ { // before Linux 5.11
		unix.CloseOnExec(fd)
	}
}

func (c *child) serve(r *request, files []*os.File) (*answer, *os.File) {
	a := new(answer)
	var file *os.File
	var err error
	switch {
	case r.Setup != nil && r.Setup.Remove:
		err = removeAll(r.Setup.Upper)
	case r.Setup != nil:
		err = c.setup(r.Setup)
		a.Notes = c.notes
	case c.root == nil:
		err = errors.New("the sandbox is not set up")
	case r.Run != nil:
		err = c.run(r.Run, files, a)
	case r.Attrs != nil:
		err = c.setAttrs(r.Attrs)
	case r.Open != nil:
		file, err = c.open(*r.Open)
	default:
		err = errors.New("unknown request")
	}
	if err != nil {
		a.fail(err)
	}
	return a, file
}

// run runs a program, and ends when none of its processes is left.
func (c *child) run(r *command, files []*os.File, a *answer) error {
	attr, closers, err := processFiles(r, files)
	defer closeAll(closers)
	if err != nil {
		return err
	}
	attr.Dir, attr.Env = "/", r.Env
	attr.Sys = &syscall.SysProcAttr{Setsid: !r.Terminal}
	program, err := lookup(r.Argv[0], r.Env)
	if err != nil {
		return err
	}
	ignoreUncaught(false)
	pid, err := syscall.ForkExec(program, r.Argv, attr)
	ignoreUncaught(true)
	closeAll(files) // the end of the output must be seen
	if err != nil {
		return err
	}
	a.Started = true
	status := reap(pid)
	unix.Kill(-1, unix.SIGKILL)
	reap(-1)
	a.Code = status.ExitStatus()
	if status.Signaled() {
		a.Code, a.Signal = 0, int(status.Signal())
	}
	return nil
}

// processFiles are the program's descriptors: 0, 1, 2 and, for a script, 5.
func processFiles(r *command, files []*os.File) (*syscall.ProcAttr, []*os.File, error) {
	var closers []*os.File
	next := func(given bool) (uintptr, error) {
		if given {
			if len(files) == 0 {
				return 0, errors.New("request lacks a file")
			}
			f := files[0]
			files = files[1:]
			return f.Fd(), nil
		}
		// The sandbox's own, which is on a read-only mount: the host's could be given another mode through it.
		f, err := os.OpenFile("/dev/null", os.O_RDWR, 0)
		if err != nil {
			return 0, err
		}
		closers = append(closers, f)
		return f.Fd(), nil
	}
	const none = ^uintptr(0)
	fds := []uintptr{none, none, none, none, none, none}
	take := func(fd int, given bool) (err error) {
		fds[fd], err = next(given)
		return err
	}
	var err error
	if r.Terminal {
		err = take(0, true)
		fds[1], fds[2] = fds[0], fds[0]
	} else if err = take(1, r.Output); err == nil {
		fds[2] = fds[1]
		if r.Stderr {
			err = take(2, true)
		}
		if err == nil {
			err = take(0, r.Input)
		}
	}
	if err == nil && r.Script {
		err = take(5, true)
	}
	return &syscall.ProcAttr{Files: fds}, closers, err
}

// reap waits for the process pid, or, with -1, until there is none, and for all others that end meanwhile:
// process 1 is the parent of those who lost theirs.
func reap(pid int) unix.WaitStatus {
	for {
		var status unix.WaitStatus
		got, err := unix.Wait4(-1, &status, unix.WALL, nil)
		switch {
		case err == unix.EINTR:
		case err != nil: // ECHILD
			return 0
		case got == pid && (status.Exited() || status.Signaled()):
			return status
		}
	}
}

// lookup finds a program as execvp(3) does.
func lookup(name string, env []string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	dirs := "/usr/sbin:/usr/bin"
	for _, e := range env {
		if v, ok := strings.CutPrefix(e, "PATH="); ok {
			dirs = v
		}
	}
	for _, dir := range strings.Split(dirs, ":") {
		file := path.Join("/", dir, name)
		if st, err := os.Stat(file); err == nil && st.Mode().IsRegular() && st.Mode()&0o111 != 0 {
			return file, nil
		}
	}
	return "", fmt.Errorf("%s: %w", name, unix.ENOENT)
}

func (c *child) setAttrs(list []Attrs) error {
	for i := range list {
		if err := c.setAttr(&list[i]); err != nil {
			return err
		}
	}
	return nil
}

// setAttr sets the owner first: that clears set-user-id bits and capabilities.
func (c *child) setAttr(a *Attrs) error {
	st, err := c.root.Lstat(a.Path)
	if err != nil {
		return err
	}
	if err := c.root.Lchown(a.Path, a.UID, a.GID); err != nil {
		return err
	}
	if st.Mode()&fs.ModeSymlink == 0 {
		if err := c.root.Chmod(a.Path, fileMode(a.Mode)); err != nil {
			return err
		}
	}
	for _, x := range a.Xattrs {
		if err := c.root.LSetXattr(a.Path, x.Name, x.Value); err != nil {
			return err
		}
	}
	return nil
}

func fileMode(mode uint32) fs.FileMode {
	m := fs.FileMode(mode & 0o777)
	if mode&unix.S_ISUID != 0 {
		m |= fs.ModeSetuid
	}
	if mode&unix.S_ISGID != 0 {
		m |= fs.ModeSetgid
	}
	if mode&unix.S_ISVTX != 0 {
		m |= fs.ModeSticky
	}
	return m
}

func (c *child) open(name string) (*os.File, error) {
	f, err := c.root.OpenFile(name, unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: name, Err: confine.ErrNotRegular}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// removeAll removes the content of a directory that belongs to the caller, and the directory.
func removeAll(dir string) error {
	parent, err := confine.OpenRoot(path.Dir(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer parent.Close()
	return parent.RemoveAll(path.Base(dir))
}
