package faulttest_test

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// tracer runs a program under ptrace and kills it before one of its changes: of files, devices and mounts. Package
// testutil has one that sees changes of file systems only.
type tracer struct {
	killAt  int      // number of the change, from 1; 0 is none
	changes []string // names of the calls that were begun
	pid     int
	killed  bool
	seen    map[int]bool
	status  unix.WaitStatus
}

// trace runs the program, killed before a change unless killAt is 0.
func (s *session) trace(killAt int, args ...string) (*result, []string) {
	s.t.Helper()
	out, err := os.CreateTemp("", "trace")
	require.NoError(s.t, err)
	defer out.Close()
	require.NoError(s.t, os.Remove(out.Name()))
	cmd := exec.Command(program(s.t), args...)
	cmd.Env, cmd.Stderr = s.environment(), out
	cmd.SysProcAttr = &unix.SysProcAttr{Ptrace: true, Setpgid: true}
	k := &tracer{killAt: killAt, seen: map[int]bool{}}
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // for good: only the thread that has started a process may trace it
		done <- k.run(cmd)
	}()
	require.NoError(s.t, <-done)
	text := make([]byte, 1<<16)
	n, _ := out.ReadAt(text, 0)
	r := &result{args: args, stderr: string(text[:n]), exit: -1}
	if k.status.Exited() {
		r.exit = k.status.ExitStatus()
	}
	return r, k.changes
}

func (k *tracer) run(cmd *exec.Cmd) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	k.pid = cmd.Process.Pid
	defer cmd.Process.Release()
	if _, err := unix.Wait4(k.pid, &k.status, unix.WALL, nil); err != nil {
		return err
	}
	if err := unix.PtraceSetOptions(k.pid, unix.PTRACE_O_TRACESYSGOOD|unix.PTRACE_O_TRACECLONE|unix.PTRACE_O_EXITKILL); err != nil {
		return err
	}
	k.seen[k.pid] = true
	if err := unix.PtraceSyscall(k.pid, 0); err != nil {
		return err
	}
	for {
		var status unix.WaitStatus
		// Not for all: the thread may have children from before.
		tid, err := unix.Wait4(-k.pid, &status, unix.WALL|unix.WNOTHREAD, nil)
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.ECHILD:
			return nil
		case err != nil:
			return err
		case status.Stopped():
			err = k.stopped(tid, status.StopSignal())
		case tid == k.pid:
			k.status = status
		}
		if err != nil && err != unix.ESRCH { // it may have been killed meanwhile
			return err
		}
	}
}

func (k *tracer) stopped(tid int, signal unix.Signal) error {
	deliver := 0
	switch {
	case signal == unix.SIGTRAP|0x80:
		if name := change(tid); name != "" && !k.killed {
			k.changes = append(k.changes, name)
			if len(k.changes) == k.killAt {
				k.killed = true
				return unix.Kill(k.pid, unix.SIGKILL)
			}
		}
	case signal == unix.SIGTRAP:
	case signal == unix.SIGSTOP && !k.seen[tid]:
		k.seen[tid] = true
	default:
		deliver = int(signal)
	}
	return unix.PtraceSyscall(tid, deliver)
}

// call is struct ptrace_syscall_info at the entry of a call.
type call struct {
	op     uint8
	_      [3]uint8
	arch   uint32
	ip, sp uint64
	nr     uint64
	args   [6]uint64
}

// change names the call that a thread is about to begin if it changes something.
func change(tid int) string {
	const getSyscallInfo, entry = 0x420e, 1
	var c call
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, getSyscallInfo, uintptr(tid), unsafe.Sizeof(c), uintptr(unsafe.Pointer(&c)), 0, 0)
	if errno != 0 || c.op != entry {
		return ""
	}
	switch c.nr {
	case unix.SYS_OPENAT:
		if c.args[2]&(unix.O_CREAT|unix.O_TRUNC) == 0 {
			return ""
		}
		return "openat"
	case unix.SYS_WRITE, unix.SYS_PWRITE64, unix.SYS_COPY_FILE_RANGE, unix.SYS_SENDFILE, unix.SYS_SPLICE:
		return written(tid, &c)
	case unix.SYS_IOCTL:
		return requests[uint32(c.args[1])]
	}
	if name := oldCalls[c.nr]; name != "" && runtime.GOARCH == "amd64" {
		return name
	}
	return changing[c.nr]
}

// oldCalls are some that only old architectures have.
var oldCalls = map[uint64]string{82: "rename", 84: "rmdir", 264: "renameat"}

// written names a call that writes if it does so to a file or device that others can see.
func written(tid int, c *call) string {
	fd := c.args[0]
	if c.nr == unix.SYS_COPY_FILE_RANGE || c.nr == unix.SYS_SPLICE {
		fd = c.args[2]
	}
	var st unix.Stat_t
	if unix.Stat(fmt.Sprintf("/proc/%d/fd/%d", tid, int32(fd)), &st) != nil {
		return ""
	}
	kind := st.Mode & unix.S_IFMT
	if kind == unix.S_IFBLK || kind == unix.S_IFREG && st.Nlink > 0 {
		return changing[c.nr]
	}
	return ""
}

var changing = map[uint64]string{
	unix.SYS_WRITE: "write", unix.SYS_PWRITE64: "pwrite64", unix.SYS_COPY_FILE_RANGE: "copy_file_range", unix.SYS_SENDFILE: "sendfile", unix.SYS_SPLICE: "splice",
	unix.SYS_FSYNC: "fsync", unix.SYS_FDATASYNC: "fdatasync", unix.SYS_SYNC_FILE_RANGE: "sync_file_range", unix.SYS_FALLOCATE: "fallocate", unix.SYS_FTRUNCATE: "ftruncate",
	unix.SYS_MKDIRAT: "mkdirat", unix.SYS_MKNODAT: "mknodat", unix.SYS_UNLINKAT: "unlinkat", unix.SYS_SYMLINKAT: "symlinkat", unix.SYS_LINKAT: "linkat", unix.SYS_RENAMEAT2: "renameat2",
	unix.SYS_FCHMOD: "fchmod", unix.SYS_FCHMODAT: "fchmodat", unix.SYS_FCHOWN: "fchown", unix.SYS_FCHOWNAT: "fchownat", unix.SYS_FSETXATTR: "fsetxattr", unix.SYS_UTIMENSAT: "utimensat",
	unix.SYS_MOUNT: "mount", unix.SYS_UMOUNT2: "umount2", unix.SYS_UNSHARE: "unshare",
}

// requests are ioctl's.
var requests = map[uint32]string{
	unix.BLKRRPART: "BLKRRPART", unix.BLKPG: "BLKPG", unix.BLKFLSBUF: "BLKFLSBUF", unix.BLKZEROOUT: "BLKZEROOUT", unix.LOOP_CONFIGURE: "LOOP_CONFIGURE",
	unix.LOOP_CTL_GET_FREE: "LOOP_CTL_GET_FREE", unix.LOOP_CLR_FD: "LOOP_CLR_FD", unix.LOOP_SET_FD: "LOOP_SET_FD",
}
