package testutil

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// KillAt runs a program under ptrace and kills it with SIGKILL right before its n-th system call that
// changes a file system, counted from 1 over all of its threads. It returns the number of such calls that
// were begun, and what the program did; Exit is -1 if it was killed. With n = 0 it only counts.
//
// Between two such calls nothing changes on disk, so all n together are every state that a kill can leave
// behind. Data written to files without a name is not counted, nor are calls that only make things durable.
func KillAt(t testing.TB, opts *RunOptions, n int, name string, args ...string) (*Result, int) {
	t.Helper()
	if opts == nil {
		opts = &RunOptions{}
	}
	out := filepath.Join(t.TempDir(), "output")
	f, err := os.Create(out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatal(err)
	}
	attr := &os.ProcAttr{
		Dir: opts.Dir, Files: []*os.File{nil, f, f},
		Env: append(append(os.Environ(), "LC_ALL=C.UTF-8", "TZ=UTC"), opts.Env...),
		// A process group of its own lets the tracer wait for its threads only.
		Sys: &unix.SysProcAttr{Ptrace: true, Setpgid: true},
	}
	k := &killer{at: n, fresh: map[int]bool{}}
	var status unix.WaitStatus
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // whoever starts a traced process is the one that may trace it
		defer runtime.UnlockOSThread()
		var err error
		status, err = k.run(path, append([]string{name}, args...), attr)
		done <- err
	}()
	if err := <-done; err != nil {
		t.Fatalf("tracing %s: %v", name, err)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	r := &Result{Args: append([]string{name}, args...), Stdout: string(text), Exit: -1}
	if status.Exited() {
		r.Exit = status.ExitStatus()
	}
	if opts.Must && r.Exit != 0 {
		t.Fatalf("exit status %d\n%s", r.Exit, r)
	}
	return r, k.calls
}

// killer follows the threads of one process.
type killer struct {
	pid, at, calls int
	fresh          map[int]bool // threads that have been seen
}

func (k *killer) run(path string, args []string, attr *os.ProcAttr) (status unix.WaitStatus, err error) {
	p, err := os.StartProcess(path, args, attr)
	if err != nil {
		return 0, err
	}
	k.pid = p.Pid
	defer p.Release()
	if _, err := unix.Wait4(k.pid, &status, unix.WALL, nil); err != nil {
		return 0, err
	}
	const options = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_EXITKILL
	if err := unix.PtraceSetOptions(k.pid, options); err != nil {
		return 0, err
	}
	k.fresh[k.pid] = true
	if err := unix.PtraceSyscall(k.pid, 0); err != nil {
		return 0, err
	}
	for {
		tid, err := unix.Wait4(-k.pid, &status, unix.WALL, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return 0, err
		}
		if !status.Stopped() {
			if tid == k.pid {
				return status, nil
			}
			continue
		}
		if err := k.stopped(tid, status.StopSignal()); err != nil {
			return 0, err
		}
	}
}

// stopped handles one stop of one thread and lets it go on.
func (k *killer) stopped(tid int, sig unix.Signal) error {
	deliver := 0
	switch {
	case sig == unix.SIGTRAP|0x80:
		changes, err := k.entersChange(tid)
		if err != nil {
			return err
		}
		if changes {
			k.calls++
			if k.calls == k.at {
				return unix.Kill(k.pid, unix.SIGKILL)
			}
		}
	case sig == unix.SIGTRAP: // a new thread, or the program's start
	case sig == unix.SIGSTOP && !k.fresh[tid]:
		k.fresh[tid] = true
	default:
		deliver = int(sig)
	}
	if err := unix.PtraceSyscall(tid, deliver); err != nil && err != unix.ESRCH {
		return err
	}
	return nil
}

// syscallInfo is struct ptrace_syscall_info at the entry of a call.
type syscallInfo struct {
	op   uint8
	_    [3]uint8
	arch uint32
	ip   uint64
	sp   uint64
	nr   uint64
	args [6]uint64
}

const (
	ptraceGetSyscallInfo = 0x420e
	syscallEntry         = 1
)

// entersChange tells whether a thread is about to begin a call that changes a file system.
func (k *killer) entersChange(tid int) (bool, error) {
	var info syscallInfo
	_, _, e := unix.Syscall6(unix.SYS_PTRACE, ptraceGetSyscallInfo, uintptr(tid), unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0)
	if e == unix.ESRCH {
		return false, nil // killed meanwhile
	}
	if e != 0 {
		return false, errors.New("PTRACE_GET_SYSCALL_INFO: " + e.Error())
	}
	if info.op != syscallEntry {
		return false, nil
	}
	switch info.nr {
	case unix.SYS_OPENAT:
		return info.args[2]&unix.O_CREAT != 0, nil // O_TMPFILE has a bit of its own
	case unix.SYS_WRITE, unix.SYS_PWRITE64, unix.SYS_FTRUNCATE:
		return k.named(int32(info.args[0])), nil
	case unix.SYS_COPY_FILE_RANGE:
		return k.named(int32(info.args[2])), nil
	}
	return changingCalls[info.nr], nil
}

// named tells whether a descriptor of the program belongs to a file that others can see.
func (k *killer) named(fd int32) bool {
	if fd <= 2 {
		return false
	}
	link, err := os.Readlink("/proc/" + strconv.Itoa(k.pid) + "/fd/" + strconv.Itoa(int(fd)))
	return err == nil && strings.HasPrefix(link, "/") && !strings.HasPrefix(link, "/dev/") && !strings.HasSuffix(link, " (deleted)")
}

var changingCalls = func() map[uint64]bool {
	calls := map[uint64]bool{}
	for _, nr := range append([]uint64{
		unix.SYS_LINKAT, unix.SYS_RENAMEAT2, unix.SYS_UNLINKAT, unix.SYS_MKDIRAT, unix.SYS_SYMLINKAT, unix.SYS_MKNODAT,
		unix.SYS_FCHMOD, unix.SYS_FCHMODAT, unix.SYS_FCHOWN, unix.SYS_FCHOWNAT, unix.SYS_UTIMENSAT,
		unix.SYS_SETXATTR, unix.SYS_LSETXATTR, unix.SYS_FSETXATTR, unix.SYS_REMOVEXATTR, unix.SYS_LREMOVEXATTR, unix.SYS_FREMOVEXATTR,
	}, oldCalls...) {
		calls[nr] = true
	}
	return calls
}()
