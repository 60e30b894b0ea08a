package testutil

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

func traceChanges(t testing.TB, opts *TraceOptions, name string, args []string) *Trace {
	t.Helper()
	r := &Trace{Result: Result{Args: append([]string{name}, args...), Exit: -1}}
	k := &tracer{opts: opts, seen: map[int]bool{}}
	out, err := k.run(r.Args)
	if err != nil {
		t.Fatalf("tracing %s: %v", name, err)
	}
	r.Stdout, r.Changes = out, k.changes
	if k.status.Exited() {
		r.Exit = k.status.ExitStatus()
	}
	if opts.Must && r.Exit != 0 {
		t.Fatalf("exit status %d\n%s", r.Exit, r)
	}
	return r
}

// tracer follows one program.
type tracer struct {
	opts    *TraceOptions
	pid     int
	seen    map[int]bool // threads that have begun
	changes []string
	killed  bool
	status  unix.WaitStatus // how the program ended
}

// run runs the program and returns its output.
func (k *tracer) run(args []string) (string, error) {
	out, err := scratchFile("")
	if err != nil {
		return "", err
	}
	defer out.Close()
	cmd, err := k.command(args)
	if err != nil {
		return "", err
	}
	cmd.Stdout, cmd.Stderr = out, out
	if k.opts.Stdin != "" {
		in, err := scratchFile(k.opts.Stdin)
		if err != nil {
			return "", err
		}
		defer in.Close()
		cmd.Stdin = in
	}
	if err := onOwnThread(func() error { return k.trace(cmd) }); err != nil {
		return "", err
	}
	text, err := io.ReadAll(io.NewSectionReader(out, 0, 1<<30))
	return string(text), err
}

// scratchFile makes a file without a name: what the program writes there is not a change.
func scratchFile(content string) (*os.File, error) {
	f, err := os.CreateTemp("", "trace")
	if err != nil {
		return nil, err
	}
	if err = os.Remove(f.Name()); err == nil {
		_, err = f.WriteString(content)
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (k *tracer) command(args []string) (*exec.Cmd, error) {
	path := k.opts.Path
	if path == "" {
		var err error
		if path, err = exec.LookPath(args[0]); err != nil {
			return nil, err
		}
	}
	env := append([]string{}, k.opts.Env...) // not nil, which would mean the test's
	if !k.opts.CleanEnv {
		env = append(append(os.Environ(), "LC_ALL=C.UTF-8", "TZ=UTC"), k.opts.Env...)
	}
	dir := k.opts.Dir
	if dir == "" && k.opts.Chroot != "" {
		dir = "/"
	}
	return &exec.Cmd{
		Path: path, Args: args, Env: env, Dir: dir,
		SysProcAttr: &unix.SysProcAttr{Ptrace: true, Setpgid: true, Chroot: k.opts.Chroot},
	}, nil
}

// onOwnThread runs f on an operating system's thread for itself that has no children. Only the thread that
// has started a traced process may trace it, and what another goroutine has started from the same thread
// must not be mixed up with it.
func onOwnThread(f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		var err error
		if unix.Waitid(unix.P_ALL, 0, nil, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT|unix.WALL|unix.WNOTHREAD, nil) == unix.ECHILD {
			err = f()
		} else {
			err = onOwnThread(f) // this thread is taken, so it will be another one
		}
		if err == nil {
			runtime.UnlockOSThread()
		} // or the thread ends with the goroutine, which frees or kills what it still traces
		done <- err
	}()
	return <-done
}

func (k *tracer) trace(cmd *exec.Cmd) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	k.pid = cmd.Process.Pid
	defer cmd.Process.Release()
	if _, err := unix.Wait4(k.pid, &k.status, unix.WALL, nil); err != nil {
		return err
	}
	if !k.status.Stopped() {
		return fmt.Errorf("it ended before it began: %v", k.status)
	}
	options := unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACECLONE
	if k.opts.Helpers { // no EXITKILL: a helper may have to clean up when the test is interrupted
		options |= unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEVFORK
	} else {
		options |= unix.PTRACE_O_EXITKILL
	}
	if err := unix.PtraceSetOptions(k.pid, options); err != nil {
		return err
	}
	k.seen[k.pid] = true
	if err := resume(unix.PtraceSyscall(k.pid, 0)); err != nil {
		return err
	}
	return k.follow()
}

// follow goes on until nothing is left to trace.
func (k *tracer) follow() error {
	for {
		var status unix.WaitStatus
		// Not the process group: the program, or a child before it is let go, may have left it.
		tid, err := unix.Wait4(-1, &status, unix.WALL|unix.WNOTHREAD, nil)
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.ECHILD:
			return nil
		case err != nil:
			return err
		case status.Stopped() && k.follows(tid):
			err = k.stopped(tid, status.StopSignal())
		case status.Stopped():
			err = resume(unix.PtraceDetach(tid))
		case tid == k.pid:
			k.status = status
		}
		if err != nil {
			return err
		}
	}
}

// follows tells the threads of the program from its children: one that was cloned with another signal than
// SIGCHLD for its end comes under trace as if it were a thread.
func (k *tracer) follows(tid int) bool {
	if k.seen[tid] || k.opts.Helpers {
		return true
	}
	_, err := os.Stat(fmt.Sprintf("/proc/%d/task/%d", k.pid, tid))
	return err == nil
}

// stopped handles one stop of one thread and lets it go on.
func (k *tracer) stopped(tid int, sig unix.Signal) error {
	deliver := 0
	switch {
	case sig == unix.SIGTRAP|0x80:
		if err := k.call(tid); err != nil {
			return err
		}
	case sig == unix.SIGTRAP: // a new thread, or the program's start
	case sig == unix.SIGSTOP && !k.seen[tid]:
		k.seen[tid] = true
	default:
		deliver = int(sig)
	}
	return resume(unix.PtraceSyscall(tid, deliver))
}

// resume is the result of letting a thread go on, which may have been killed meanwhile.
func resume(err error) error {
	if err == unix.ESRCH {
		return nil
	}
	return err
}

// call counts the call that a thread is about to begin, and kills if its turn has come. A process that is
// killed now does not carry it out any more.
func (k *tracer) call(tid int) error {
	name, err := changes(tid)
	if err != nil || name == "" || k.opts.Only != nil && !slices.Contains(k.opts.Only, name) {
		return err
	}
	if k.killed && !k.opts.Helpers { // another thread of a dead program
		return nil
	}
	k.changes = append(k.changes, name)
	if len(k.changes) != k.opts.KillAt {
		return nil
	}
	k.killed = true
	if k.opts.Helpers {
		return unix.Kill(tid, unix.SIGKILL)
	}
	return unix.Kill(k.pid, unix.SIGKILL)
}
