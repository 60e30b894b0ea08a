package sandbox

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path"
	"runtime"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// In an ordinary user's sandbox there is only one user, and giving a file to another fails. Scripts do that, and the
// tree can hold it, so the calls that change owners are handed to process 1 by a seccomp filter, which writes the
// owner into an attribute of the file. Programs do not see it, but Changes does.

// ownerXattr holds "UID:GID".
const ownerXattr = "user.nestos.owner"

// ownerCall is a system call that changes owners; the fields are the numbers of its arguments, -1 for none.
type ownerCall struct {
	number                   uintptr
	dir, path, ids, flagsArg int
	noFollow                 bool
}

// portableOwnerCalls exist on all architectures.
var portableOwnerCalls = []ownerCall{
	{unix.SYS_FCHOWN, 0, -1, 1, -1, false},
	{unix.SYS_FCHOWNAT, 0, 1, 2, 4, false},
}

// ownerCalls returns those of this architecture.
func ownerCalls() []ownerCall { return append(oldOwnerCalls, portableOwnerCalls...) }

// auditArch is how the kernel's filters call the architecture.
func auditArch() (uint32, bool) {
	arch, ok := map[string]uint32{
		"amd64": unix.AUDIT_ARCH_X86_64, "arm64": unix.AUDIT_ARCH_AARCH64, "riscv64": unix.AUDIT_ARCH_RISCV64,
		"loong64": unix.AUDIT_ARCH_LOONGARCH64, "ppc64le": unix.AUDIT_ARCH_PPC64LE, "s390x": unix.AUDIT_ARCH_S390X,
	}[runtime.GOARCH]
	return arch, ok
}

// The kernel's structures of linux/seccomp.h.
type (
	seccompData struct {
		number  int32
		arch    uint32
		address uint64
		args    [6]uint64
	}
	notification struct {
		id         uint64
		pid, flags uint32
		data       seccompData
	}
	notificationResponse struct {
		id    uint64
		value int64
		errno int32
		flags uint32
	}
)

// recordOwners installs the filter for programs of this thread and serves the calls.
func recordOwners() error {
	arch, ok := auditArch()
	if !ok {
		return fmt.Errorf("recording owners on %s: %w", runtime.GOARCH, unix.ENOSYS)
	}
	filter := ownerFilter(arch)
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	fd, _, e := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER, uintptr(unsafe.Pointer(&program)))
	runtime.KeepAlive(filter)
	if e != 0 {
		return os.NewSyscallError("seccomp", e)
	}
	go serveOwners(fd)
	return nil
}

// ownerFilter lets everything pass but the calls of ownerCalls.
func ownerFilter(arch uint32) []unix.SockFilter {
	const load, equal, ret = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, unix.BPF_RET | unix.BPF_K
	calls := ownerCalls()
	n := len(calls)
	f := []unix.SockFilter{
		{Code: load, K: 4}, {Code: equal, K: arch, Jf: uint8(n + 1)}, {Code: load, K: 0},
	}
	for i, c := range calls {
		f = append(f, unix.SockFilter{Code: equal, K: uint32(c.number), Jt: uint8(n - i)})
	}
	return append(f, unix.SockFilter{Code: ret, K: unix.SECCOMP_RET_ALLOW}, unix.SockFilter{Code: ret, K: unix.SECCOMP_RET_USER_NOTIF})
}

func serveOwners(fd uintptr) {
	for {
		var n notification
		_, _, e := unix.Syscall(unix.SYS_IOCTL, fd, unix.SECCOMP_IOCTL_NOTIF_RECV, uintptr(unsafe.Pointer(&n)))
		switch e {
		case 0:
		case unix.EINTR, unix.ENOENT: // the program was killed meanwhile
			continue
		default:
			return
		}
		r := notificationResponse{id: n.id}
		if err := changeOwner(fd, &n); err != nil {
			r.errno = -int32(errnoOf(err))
		}
		unix.Syscall(unix.SYS_IOCTL, fd, unix.SECCOMP_IOCTL_NOTIF_SEND, uintptr(unsafe.Pointer(&r)))
	}
}

func errnoOf(err error) unix.Errno {
	var a answer
	a.fail(err)
	if a.Errno == 0 {
		return unix.EIO
	}
	return unix.Errno(a.Errno)
}

// changeOwner does what the program asked for.
func changeOwner(listener uintptr, n *notification) error {
	for _, c := range ownerCalls() {
		if uintptr(n.data.number) != c.number {
			continue
		}
		target, err := c.target(n)
		if err != nil {
			return err
		}
		defer unix.Close(target)
		if _, _, e := unix.Syscall(unix.SYS_IOCTL, listener, unix.SECCOMP_IOCTL_NOTIF_ID_VALID, uintptr(unsafe.Pointer(&n.id))); e != 0 {
			return e // the process that was looked at may be another one with its number
		}
		return setOwner(target, uint32(n.data.args[c.ids]), uint32(n.data.args[c.ids+1]))
	}
	return unix.ENOSYS
}

// setOwner makes the file root's, by which the kernel checks permissions and clears mode bits, and records the owner.
// An id of all ones stays as it is.
func setOwner(fd int, uid, gid uint32) error {
	if err := unix.Fchownat(fd, "", 0, 0, unix.AT_EMPTY_PATH); err != nil {
		return err
	}
	const keep = ^uint32(0)
	name := fdPath(fd)
	oldUID, oldGID := recordedOwner(name)
	if uid == keep {
		uid = oldUID
	}
	if gid == keep {
		gid = oldGID
	}
	var err error
	if uid == 0 && gid == 0 {
		if err = unix.Removexattr(name, ownerXattr); err == unix.ENODATA {
			err = nil
		}
	} else {
		err = unix.Setxattr(name, ownerXattr, fmt.Appendf(nil, "%d:%d", uid, gid), 0)
	}
	switch err {
	case unix.EPERM, unix.EOPNOTSUPP, unix.ELOOP, unix.ENOENT, unix.EACCES:
		return nil // links, devices and the like have no such attributes
	}
	return err
}

func recordedOwner(name string) (uid, gid uint32) {
	var value [32]byte
	n, err := unix.Getxattr(name, ownerXattr, value[:])
	if err != nil {
		return 0, 0
	}
	uid, gid, _ = parseOwner(value[:n])
	return uid, gid
}

func parseOwner(value []byte) (uid, gid uint32, ok bool) {
	u, g, _ := strings.Cut(string(value), ":")
	x, err := strconv.ParseUint(u, 10, 32)
	y, err2 := strconv.ParseUint(g, 10, 32)
	return uint32(x), uint32(y), err == nil && err2 == nil
}

// target opens what the program means.
func (c *ownerCall) target(n *notification) (int, error) {
	proc := fmt.Sprintf("/proc/%d/", n.pid)
	name, noFollow := "", c.noFollow
	if c.path >= 0 {
		var err error
		if name, err = readString(proc+"mem", n.data.args[c.path]); err != nil {
			return 0, err
		}
	}
	empty := c.path < 0
	if c.flagsArg >= 0 {
		flags := n.data.args[c.flagsArg]
		noFollow = flags&unix.AT_SYMLINK_NOFOLLOW != 0
		empty = name == "" && flags&unix.AT_EMPTY_PATH != 0
	}
	if name == "" && !empty {
		return 0, unix.ENOENT
	}
	base, err := c.base(n, proc, name)
	if err != nil || empty {
		return base, err
	}
	defer unix.Close(base)
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC}
	if noFollow {
		how.Flags |= unix.O_NOFOLLOW
	}
	if path.IsAbs(name) {
		how.Resolve = unix.RESOLVE_IN_ROOT
	}
	return unix.Openat2(base, name, &how)
}

// base opens the directory that a name is relative to; without a name, the file itself.
func (c *ownerCall) base(n *notification, proc, name string) (int, error) {
	switch {
	case path.IsAbs(name):
		return unix.Open(proc+"root", unix.O_PATH|unix.O_CLOEXEC, 0)
	case c.dir < 0 || int32(n.data.args[c.dir]) == unix.AT_FDCWD:
		return unix.Open(proc+"cwd", unix.O_PATH|unix.O_CLOEXEC, 0)
	}
	fd, err := unix.Open(fmt.Sprintf("%sfd/%d", proc, int32(n.data.args[c.dir])), unix.O_PATH|unix.O_CLOEXEC, 0)
	if err == unix.ENOENT {
		err = unix.EBADF
	}
	return fd, err
}

// readString reads a name from a process's memory. What lies behind it may not be readable, so pages are read one by one.
func readString(mem string, address uint64) (string, error) {
	f, err := os.Open(mem)
	if err != nil {
		return "", err
	}
	defer f.Close()
	var name []byte
	page := make([]byte, 4096)
	for len(name) < unix.PathMax {
		n, err := f.ReadAt(page[:4096-address%4096], int64(address))
		if i := bytes.IndexByte(page[:n], 0); i >= 0 {
			return string(append(name, page[:i]...)), nil
		}
		if err != nil {
			return "", &fs.PathError{Op: "read", Path: mem, Err: unix.EFAULT}
		}
		name = append(name, page[:n]...)
		address += uint64(n)
	}
	return "", unix.ENAMETOOLONG
}
