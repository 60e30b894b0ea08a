package admintest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// tracer kills a program before one of its calls that change a file system, like testutil.KillAt, which does
// not count the calls that freeze and thaw file systems or mark files immutable. Only the program itself is
// followed and killed, not its children: a helper that thaws for it must live on.
type tracer struct {
	path   string
	args   []string
	env    []string
	dir    string
	chroot string
	at     int // 0 only counts
	// helpers makes the tracer follow children too, count only what freezes and thaws, and kill whoever does it.
	helpers bool

	calls  []string // the names of the calls that were begun
	status unix.WaitStatus
	output string
	pid    int
	fresh  map[int]bool
}

// run executes the program and returns its exit status, -1 when it was killed.
func (k *tracer) run(t testing.TB) int {
	t.Helper()
	f, err := os.CreateTemp(t.TempDir(), "output")
	require.NoError(t, err)
	defer f.Close()
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // whoever starts a traced process is the one that may trace it
		defer runtime.UnlockOSThread()
		done <- k.trace(f)
	}()
	require.NoError(t, <-done)
	text, err := os.ReadFile(f.Name())
	require.NoError(t, err)
	k.output = string(text)
	if k.status.Exited() {
		return k.status.ExitStatus()
	}
	return -1
}

func (k *tracer) trace(out *os.File) error {
	k.fresh = map[int]bool{}
	p, err := os.StartProcess(k.path, append([]string{"ostree"}, k.args...), &os.ProcAttr{
		Dir: k.dir, Env: k.env, Files: []*os.File{nil, out, out},
		Sys: &unix.SysProcAttr{Ptrace: true, Setpgid: true, Chroot: k.chroot},
	})
	if err != nil {
		return err
	}
	defer p.Release()
	k.pid = p.Pid
	if _, err := unix.Wait4(k.pid, &k.status, unix.WALL, nil); err != nil {
		return err
	}
	options := unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_EXITKILL
	if k.helpers {
		options = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEVFORK
	}
	if err := unix.PtraceSetOptions(k.pid, options); err != nil {
		return err
	}
	k.fresh[k.pid] = true
	if err := unix.PtraceSyscall(k.pid, 0); err != nil {
		return err
	}
	var exit unix.WaitStatus
	for {
		// What this thread has started or traces; not the children of other tests.
		tid, err := unix.Wait4(-1, &k.status, unix.WALL|unix.WNOTHREAD, nil)
		if err == unix.EINTR {
			continue
		}
		if k.helpers && err == unix.ECHILD { // all of them are gone
			k.status = exit
			return nil
		}
		if err != nil {
			return err
		}
		if k.status.Stopped() && !k.thread(tid) {
			if err := unix.PtraceDetach(tid); err != nil && err != unix.ESRCH {
				return err
			}
			continue
		}
		if !k.status.Stopped() {
			if tid == k.pid {
				if exit = k.status; !k.helpers {
					return nil
				}
			}
			continue
		}
		if err := k.stopped(tid, k.status.StopSignal()); err != nil {
			return err
		}
	}
}

// thread tells the threads of the program from children that came under trace because of how they were cloned.
func (k *tracer) thread(tid int) bool {
	if k.fresh[tid] || k.helpers {
		return true
	}
	_, err := os.Stat(fmt.Sprintf("/proc/%d/task/%d", k.pid, tid))
	return err == nil
}

func (k *tracer) stopped(tid int, sig unix.Signal) error {
	deliver := 0
	switch {
	case sig == unix.SIGTRAP|0x80:
		if name := k.change(tid); name != "" {
			k.calls = append(k.calls, name)
			if len(k.calls) == k.at {
				victim := k.pid
				if k.helpers {
					victim = tid
				}
				if err := unix.Kill(victim, unix.SIGKILL); err != nil || !k.helpers {
					return err
				}
			}
		}
	case sig == unix.SIGTRAP:
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

// change returns the name of the call that a thread is about to begin if that changes a file system.
func (k *tracer) change(tid int) string {
	var info struct {
		op   uint8
		_    [23]byte
		nr   uint64
		args [6]uint64
	}
	const getSyscallInfo, entry = 0x420e, 1
	_, _, e := unix.Syscall6(unix.SYS_PTRACE, getSyscallInfo, uintptr(tid), unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0)
	if e != 0 || info.op != entry {
		return ""
	}
	if k.helpers && info.nr != unix.SYS_IOCTL {
		return ""
	}
	switch info.nr {
	case unix.SYS_OPENAT:
		if info.args[2]&unix.O_CREAT != 0 {
			return "openat"
		}
		return ""
	case unix.SYS_WRITE, unix.SYS_PWRITE64, unix.SYS_FTRUNCATE:
		return k.named(int32(info.args[0]), "write")
	case unix.SYS_COPY_FILE_RANGE:
		return k.named(int32(info.args[2]), "copy_file_range")
	case unix.SYS_IOCTL:
		if name := ioctls[info.args[1]]; !k.helpers || name != "SETFLAGS" {
			return name
		}
		return ""
	}
	if slices.Contains(oldCalls, info.nr) {
		return "renameat"
	}
	return changes[info.nr]
}

// named returns call if a descriptor of the program belongs to a file that others can see.
func (k *tracer) named(fd int32, call string) string {
	link, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", k.pid, fd))
	if err == nil && fd > 2 && filepath.IsAbs(link) && !strings.HasPrefix(link, "/dev/") && !strings.HasSuffix(link, " (deleted)") {
		return call
	}
	return ""
}

const fifreeze, fithaw = 0xc0045877, 0xc0045878

var ioctls = map[uint64]string{fifreeze: "FIFREEZE", fithaw: "FITHAW", unix.FS_IOC_SETFLAGS: "SETFLAGS"}

var changes = map[uint64]string{
	unix.SYS_LINKAT: "linkat", unix.SYS_RENAMEAT2: "renameat2", unix.SYS_UNLINKAT: "unlinkat", unix.SYS_MKDIRAT: "mkdirat", unix.SYS_SYMLINKAT: "symlinkat",
	unix.SYS_MKNODAT: "mknodat", unix.SYS_FCHMOD: "fchmod", unix.SYS_FCHMODAT: "fchmodat", unix.SYS_FCHOWN: "fchown", unix.SYS_FCHOWNAT: "fchownat",
	unix.SYS_UTIMENSAT: "utimensat", unix.SYS_SETXATTR: "setxattr", unix.SYS_LSETXATTR: "lsetxattr", unix.SYS_FSETXATTR: "fsetxattr",
	unix.SYS_REMOVEXATTR: "removexattr", unix.SYS_LREMOVEXATTR: "lremovexattr", unix.SYS_FREMOVEXATTR: "fremovexattr",
}
