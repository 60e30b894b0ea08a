package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// childName is the name under which the program runs itself. Nothing else starts programs with it.
const childName = "nestos-sandbox-init"

// controlFD is the child's end of the socket.
const controlFD = 3

// ready is set by Main. Without it the child would be a second run of the whole program, inside the
// namespaces: there is no way to tell other than to remember the call.
var ready atomic.Bool

// Main must be called first thing by programs, and by TestMain of tests, that use [Start]. In the process that
// Start makes of the same program it does not return.
func Main() {
	if len(os.Args) > 0 && os.Args[0] == childName {
		childMain()
		os.Exit(1)
	}
	ready.Store(true)
}

// CheckMain returns ErrNoMain unless [Main] was called.
func CheckMain() error {
	if !ready.Load() {
		return ErrNoMain
	}
	return nil
}

// Session is a running sandbox. Its methods may be called by several goroutines; programs run one after the
// other.
type Session struct {
	mu     sync.Mutex // held during a request
	sock   *os.File
	upper  *os.File // holds the lock
	config Config
	userNS bool
	uid    uint32 // who is root in the user namespace
	gid    uint32

	child  *os.Process
	dead   chan struct{} // closed when the child has been waited for
	closed sync.Once
	err    error // of Close
}

// Start begins a session. The context is for the start only.
func Start(ctx context.Context, config *Config) (*Session, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	set, err := newSetup(config)
	if err != nil {
		return nil, err
	}
	upper, err := lockUpper(set.Upper)
	if err != nil {
		return nil, fmt.Errorf("starting sandbox: %w", err)
	}
	s := &Session{config: *config, upper: upper}
	s.config.Root, s.config.Upper = set.Root, set.Upper
	s.userNS, s.uid, s.gid = set.UserNS, uint32(os.Geteuid()), uint32(os.Getegid())
	if err := s.start(ctx, set); err != nil {
		s.Close()
		return nil, fmt.Errorf("starting sandbox: %w", err)
	}
	return s, nil
}

func newSetup(c *Config) (*setup, error) {
	if err := CheckMain(); err != nil {
		return nil, err
	}
	set := &setup{
		ReadWrite: c.ReadWrite, ReadOnlyUsr: c.ReadOnlyUsr, UserNS: needUserNS(),
		Hide: c.Hide, Covers: c.Covers, Capabilities: c.Capabilities, Processes: c.Processes,
	}
	if c.Root == "" || c.Upper == "" {
		return nil, errors.New("sandbox.Config needs Root and Upper")
	}
	var err error
	if set.Root, err = filepath.Abs(c.Root); err != nil {
		return nil, err
	}
	if set.Upper, err = filepath.Abs(c.Upper); err != nil {
		return nil, err
	}
	for _, b := range c.Binds {
		if b.Source, err = filepath.Abs(b.Source); err != nil {
			return nil, err
		}
		set.Binds = append(set.Binds, b)
	}
	if set.Hide == nil {
		set.Hide = []string{"usr/share/rpm"}
	}
	if set.Capabilities == nil {
		set.Capabilities = DefaultCapabilities()
	}
	if set.Processes == 0 {
		set.Processes = 4096
	}
	return set, nil
}

// needUserNS tells whether only a user namespace gives the right to make the others: root may lack it, in
// containers.
func needUserNS() bool {
	if os.Geteuid() != 0 {
		return true
	}
	caps, err := capabilities()
	return err != nil || caps[0].Effective&(1<<unix.CAP_SYS_ADMIN) == 0
}

// lockUpper opens the scratch directory and excludes other sessions.
func lockUpper(path string) (*os.File, error) {
	f, err := os.OpenFile(path, unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			err = ErrBusy
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

func (s *Session) start(ctx context.Context, set *setup) error {
	if err := s.spawn(set.UserNS); err != nil {
		return err
	}
	a, files, err := s.ask(ctx, &request{Setup: set})
	if err != nil {
		return err
	}
	closeAll(files)
	logger := s.config.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	for _, n := range a.Notes {
		logger.Debug("sandbox set-up", "note", n)
	}
	return a.err()
}

// spawn starts the child in its namespaces.
func (s *Session) spawn(userNS bool) error {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socketpair", err)
	}
	s.sock = os.NewFile(uintptr(pair[0]), "sandbox")
	theirs := os.NewFile(uintptr(pair[1]), "sandbox")
	defer theirs.Close()

	err = s.spawnIn(theirs, userNS, unix.CLONE_NEWCGROUP)
	if errors.Is(err, unix.EINVAL) {
		err = s.spawnIn(theirs, userNS, 0) // a kernel without cgroup namespaces
	}
	if err != nil && userNS {
		return fmt.Errorf("making a user namespace: %w", err)
	}
	return err
}

func (s *Session) spawnIn(control *os.File, userNS bool, more uintptr) error {
	cmd := &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{childName}, Env: []string{"GOMAXPROCS=2"}, Dir: "/",
		ExtraFiles: []*os.File{control},
		SysProcAttr: &syscall.SysProcAttr{
			Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWNET | more,
			Pdeathsig:  unix.SIGKILL,
		},
	}
	if userNS {
		cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	started := make(chan error)
	dead := make(chan struct{})
	go func() {
		// The kernel kills the child when the thread that made it ends, so this one is kept.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		s.child = cmd.Process
		started <- err
		if err == nil {
			cmd.Wait()
		}
		close(dead)
	}()
	if err := <-started; err != nil {
		return err
	}
	s.dead = dead
	return nil
}

// ask sends a request and waits for the answer. When the context ends the sandbox is killed, since what the
// program would do then is unknown.
func (s *Session) ask(ctx context.Context, r *request, files ...*os.File) (*answer, []*os.File, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	if err := sendRequest(int(s.sock.Fd()), r, files...); err != nil {
		return nil, nil, s.ended(ctx, err)
	}
	stop := context.AfterFunc(ctx, func() { s.child.Kill() })
	defer stop()
	a, got, err := receiveAnswer(int(s.sock.Fd()))
	runtime.KeepAlive(s.sock)
	if err != nil {
		return nil, nil, s.ended(ctx, err)
	}
	return a, got, nil
}

// ended is the error for a conversation that broke off.
func (s *Session) ended(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		<-s.dead
		return ctx.Err()
	case errors.Is(err, io.EOF), errors.Is(err, unix.EPIPE), errors.Is(err, unix.ECONNRESET), errors.Is(err, unix.EBADF):
		return ErrEnded
	}
	return err
}

// Run runs a program to its end, and then kills what it left running. A program that does not succeed, or
// that cannot be started, is an [*ExitError]. When the context ends, the whole sandbox does.
func (s *Session) Run(ctx context.Context, c *Cmd) error {
	if len(c.Argv) == 0 {
		return errors.New("sandbox.Cmd needs Argv")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isClosed() {
		return ErrEnded
	}
	r := &command{Argv: slices.Clone(c.Argv), Env: c.Env}
	if r.Env == nil {
		r.Env = DefaultEnv()
	}
	fs, err := openStreams(c, r)
	if err != nil {
		return err
	}
	if c.Script != nil {
		r.Argv = append(r.Argv, "/proc/self/fd/5")
	}
	r.Argv = append(r.Argv, c.Args...)
	a, files, err := s.ask(ctx, &request{Run: r}, fs.files()...)
	fs.finish()
	if err != nil {
		return err
	}
	closeAll(files)
	switch {
	case !a.Started:
		return &ExitError{Program: c.Argv[0], Err: a.err()}
	case a.Code != 0 || a.Signal != 0:
		return &ExitError{Program: c.Argv[0], Code: a.Code, Signal: a.Signal}
	}
	return fs.err
}

// SetAttrs sets owners, modes and attributes of files as programs see them. The files of Config.Root do not
// change. It stops at the first error.
func (s *Session) SetAttrs(ctx context.Context, list []Attrs) error {
	if len(list) == 0 {
		return nil
	}
	_, err := s.simple(ctx, &request{Attrs: list})
	return err
}

// Open opens a regular file, as programs see it, for reading. The path is relative to the root; links are
// followed.
func (s *Session) Open(ctx context.Context, path string) (*os.File, error) {
	files, err := s.simple(ctx, &request{Open: &path})
	if err != nil {
		return nil, err
	}
	if len(files) != 1 {
		closeAll(files)
		return nil, errors.New("the sandbox sent no file")
	}
	return files[0], nil
}

func (s *Session) simple(ctx context.Context, r *request) ([]*os.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isClosed() {
		return nil, ErrEnded
	}
	a, files, err := s.ask(ctx, r)
	if err != nil {
		return nil, err
	}
	if err := a.err(); err != nil {
		closeAll(files)
		return nil, err
	}
	return files, nil
}

func (s *Session) isClosed() bool {
	select {
	case <-s.dead:
		return true
	default:
		return false
	}
}

// Close ends the sandbox with all of its processes and mounts. What programs changed stays in Config.Upper.
func (s *Session) Close() error {
	s.closed.Do(func() {
		if s.dead != nil {
			s.child.Kill()
			<-s.dead
		}
		s.mu.Lock() // a request that was under way has ended with the child
		defer s.mu.Unlock()
		if s.sock != nil {
			s.err = s.sock.Close()
		}
		s.err = errors.Join(s.err, s.upper.Close())
	})
	return s.err
}

// Remove removes a directory that was the Upper of sandboxes which have ended, whatever programs left there. What
// does not exist is no error.
func Remove(ctx context.Context, path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if err := removeAll(path); err == nil || !errors.Is(err, os.ErrPermission) || os.Geteuid() == 0 || !ready.Load() {
		return err
	}
	// A directory without permissions, such as overlay file systems make. In a user namespace they do not count.
	upper, err := lockUpper(path)
	if err != nil {
		return err
	}
	s := &Session{upper: upper}
	defer s.Close()
	if err := s.start(ctx, &setup{Upper: path, Remove: true, UserNS: true}); err != nil {
		return fmt.Errorf("removing %s: %w", path, err)
	}
	return removeAll(path)
}
