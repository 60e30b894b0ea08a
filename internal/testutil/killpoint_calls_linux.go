package testutil

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

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

// changes returns the name of the call that a thread is about to begin if that changes a file system.
func changes(tid int) (string, error) {
	var info syscallInfo
	_, _, e := unix.Syscall6(unix.SYS_PTRACE, ptraceGetSyscallInfo, uintptr(tid), unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0)
	if e == unix.ESRCH {
		return "", nil // killed meanwhile
	}
	if e != 0 {
		return "", fmt.Errorf("PTRACE_GET_SYSCALL_INFO: %w", e)
	}
	if info.op != syscallEntry {
		return "", nil
	}
	c, ok := changingCalls[info.nr]
	if !ok {
		c = oldCalls[info.nr]
	}
	if info.nr == unix.SYS_IOCTL {
		c = requests[uint32(info.args[1])]
	}
	if c.when != nil && !c.when(tid, &info.args) {
		return "", nil
	}
	return c.name, nil
}

// call is a system call that changes a file system.
type call struct {
	name string
	when func(tid int, args *[6]uint64) bool // nil: always
}

// to is the condition of calls that write to the descriptor in an argument.
func to(arg int) func(int, *[6]uint64) bool {
	return func(tid int, args *[6]uint64) bool { return named(tid, int32(args[arg])) }
}

// named tells whether a descriptor of a thread belongs to a file that others can see. Its path does not
// tell: it ends in "(deleted)" for good once the file had no name, and begins with /dev on a memory file
// system there.
func named(tid int, fd int32) bool {
	var st unix.Stat_t
	err := unix.Stat(fmt.Sprintf("/proc/%d/fd/%d", tid, fd), &st)
	return err == nil && st.Mode&unix.S_IFMT == unix.S_IFREG && st.Nlink > 0
}

// creates is the condition of calls that open, with the flags in an argument. O_TMPFILE has a bit of its own.
func creates(arg int) func(int, *[6]uint64) bool {
	return func(_ int, args *[6]uint64) bool { return args[arg]&(unix.O_CREAT|unix.O_TRUNC) != 0 }
}

// createsHow is the same for openat2, which has the flags at the beginning of a structure.
func createsHow(tid int, args *[6]uint64) bool {
	var flags [8]byte
	_, err := unix.PtracePeekData(tid, uintptr(args[2]), flags[:])
	return err == nil && binary.NativeEndian.Uint64(flags[:])&(unix.O_CREAT|unix.O_TRUNC) != 0
}

// changingCalls are those that every architecture has.
var changingCalls = map[uint64]call{
	unix.SYS_OPENAT: {"openat", creates(2)}, unix.SYS_OPENAT2: {"openat2", createsHow},
	unix.SYS_WRITE: {"write", to(0)}, unix.SYS_WRITEV: {"writev", to(0)}, unix.SYS_PWRITE64: {"pwrite64", to(0)},
	unix.SYS_PWRITEV: {"pwritev", to(0)}, unix.SYS_PWRITEV2: {"pwritev2", to(0)}, unix.SYS_COPY_FILE_RANGE: {"copy_file_range", to(2)},
	unix.SYS_SENDFILE: {"sendfile", to(0)}, unix.SYS_SPLICE: {"splice", to(2)},
	unix.SYS_FTRUNCATE: {"ftruncate", to(0)}, unix.SYS_FALLOCATE: {"fallocate", to(0)}, unix.SYS_TRUNCATE: {name: "truncate"},

	unix.SYS_LINKAT: {name: "linkat"}, unix.SYS_RENAMEAT2: {name: "renameat2"}, unix.SYS_UNLINKAT: {name: "unlinkat"},
	unix.SYS_MKDIRAT: {name: "mkdirat"}, unix.SYS_SYMLINKAT: {name: "symlinkat"}, unix.SYS_MKNODAT: {name: "mknodat"},
	unix.SYS_FCHMOD: {name: "fchmod"}, unix.SYS_FCHMODAT: {name: "fchmodat"}, unix.SYS_FCHMODAT2: {name: "fchmodat2"},
	unix.SYS_FCHOWN: {name: "fchown"}, unix.SYS_FCHOWNAT: {name: "fchownat"}, unix.SYS_UTIMENSAT: {name: "utimensat"},
	unix.SYS_SETXATTR: {name: "setxattr"}, unix.SYS_LSETXATTR: {name: "lsetxattr"}, unix.SYS_FSETXATTR: {name: "fsetxattr"},
	unix.SYS_SETXATTRAT: {name: "setxattrat"}, unix.SYS_REMOVEXATTRAT: {name: "removexattrat"}, unix.SYS_FILE_SETATTR: {name: "file_setattr"},
	unix.SYS_REMOVEXATTR: {name: "removexattr"}, unix.SYS_LREMOVEXATTR: {name: "lremovexattr"}, unix.SYS_FREMOVEXATTR: {name: "fremovexattr"},
}

// requests are ioctl's.
var requests = map[uint32]call{
	0xc0045877: {name: "FIFREEZE"}, 0xc0045878: {name: "FITHAW"},
	unix.FS_IOC_SETFLAGS: {name: "SETFLAGS"}, unix.FS_IOC_ENABLE_VERITY: {name: "ENABLE_VERITY"},
	unix.FICLONE: {"FICLONE", to(0)}, unix.FICLONERANGE: {"FICLONERANGE", to(0)},
}
