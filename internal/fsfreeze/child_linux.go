package fsfreeze

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The methods below run in processes that are copies of one thread of a Go process: there is no scheduler, no
// garbage collector and no growing of stacks. As in syscall.forkAndExecInChild they may use nothing but raw
// system calls, the fields of child, which the parent has filled, and the little stack that is left to
// functions which are not split; the linker checks the latter.

// child is all that the watchdog and the worker know. What would be local variables are fields of it, as the
// stack is small, the more so in a build without optimization.
type child struct {
	dir, report, workR, workW uintptr
	hang                      uintptr // 1: the worker stops between freeze and thaw
	timeout, retry, nap       unix.Timespec
	tries                     uintptr
	watchdogGaps, workerGaps  [5]gap
	maxFD                     uintptr
	out, in                   report
	poll                      unix.PollFd
	all, old                  uint64 // signal masks
	worker                    uintptr
	freezeErr, thawErr        syscall.Errno

	ret uintptr // of the last system call
	err syscall.Errno
}

// gap is a range of descriptors to close; it is empty if last is smaller than first.
type gap struct{ first, last uintptr }

// report is what the worker tells the watchdog, and the watchdog the caller. It is smaller than PIPE_BUF, so
// that it is there whole or not at all.
type report struct {
	kind         uint32
	freeze, thaw uint32 // errnos
}

const (
	resultNone     = iota // the watchdog was killed
	resultDone            // both ioctls returned
	resultWatchdog        // the watchdog had to thaw
	resultClone           // there is no worker, freeze tells why
)

const (
	ioctlFreeze = 0xc0045877 // FIFREEZE
	ioctlThaw   = 0xc0045878 // FITHAW
)

// spawn starts the watchdog as a copy of the process, with all signals blocked before anything runs in it. The
// runtime's preemption signal is among them, and without it a function that is not split is not preempted.
//
//go:nosplit
//go:norace
func (c *child) spawn() (pid uintptr, e syscall.Errno) {
	c.all = ^uint64(0)
	c.call(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&c.all)), uintptr(unsafe.Pointer(&c.old)), 8)
	if c.err != 0 {
		return 0, c.err
	}
	// No CLONE_VM: unlike with vfork the two share no memory, so this function may return in the parent.
	// No exit signal: a program's own waits for any child are not disturbed.
	c.call(unix.SYS_CLONE, 0, 0, 0, 0)
	if c.err == 0 && c.ret == 0 {
		c.start()
		c.watch()
	}
	pid, e = c.ret, c.err
	c.call(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&c.old)), 0, 8)
	return pid, e
}

// start makes the worker.
//
//go:nosplit
//go:norace
func (c *child) start() {
	c.call(unix.SYS_SETSID, 0, 0, 0, 0)
	c.closeGaps(&c.watchdogGaps)
	c.call(unix.SYS_CLONE, 0, 0, 0, 0)
	if c.err != 0 {
		c.freezeErr = c.err
		c.send(c.report, resultClone)
		c.exit()
	}
	if c.ret == 0 {
		c.closeGaps(&c.workerGaps)
		c.work()
	}
	c.worker = c.ret
	c.call(unix.SYS_CLOSE, c.workW, 0, 0, 0)
}

// watch waits for the worker, and thaws on anything but its report.
//
//go:nosplit
//go:norace
func (c *child) watch() {
	for {
		c.poll.Fd, c.poll.Events = int32(c.workR), unix.POLLIN
		// The kernel counts c.timeout down.
		c.call(unix.SYS_PPOLL, uintptr(unsafe.Pointer(&c.poll)), 1, uintptr(unsafe.Pointer(&c.timeout)), 0)
		if c.err == unix.EINTR {
			continue
		}
		if c.err == 0 && c.ret == 0 {
			c.thaw()
			c.send(c.report, resultWatchdog)
			if c.hang != 0 {
				c.call(unix.SYS_KILL, c.worker, uintptr(unix.SIGKILL), 0, 0)
				break
			}
			// The freeze may still be under way and take effect after our thaw. The worker must not be
			// killed for the same reason.
			c.timeout = c.retry
			continue
		}
		c.call(unix.SYS_READ, c.workR, uintptr(unsafe.Pointer(&c.in)), unsafe.Sizeof(c.in), 0)
		if c.err == unix.EINTR {
			continue
		}
		if c.err == 0 && c.ret == unsafe.Sizeof(c.in) && c.in.kind == resultDone {
			c.freezeErr, c.thawErr = syscall.Errno(c.in.freeze), syscall.Errno(c.in.thaw)
			if c.thawErr != 0 && c.thawErr != unix.EINVAL {
				c.thaw()
			}
			c.send(c.report, resultDone)
		} else {
			c.thaw()
			c.send(c.report, resultWatchdog)
		}
		break
	}
	c.call(unix.SYS_WAIT4, c.worker, 0, unix.WALL, 0)
	if c.hang != 0 {
		c.thaw() // it may have been killed in the middle of its freeze
	}
	c.exit()
}

// work is the whole life of the worker.
//
//go:nosplit
//go:norace
func (c *child) work() {
	c.call(unix.SYS_IOCTL, c.dir, ioctlFreeze, 0, 0)
	c.freezeErr = c.err
	for c.hang != 0 {
		c.call(unix.SYS_PPOLL, 0, 0, 0, 0)
	}
	switch c.freezeErr {
	case unix.EBUSY, unix.EPERM, unix.EOPNOTSUPP, unix.ENOTTY, unix.ENOSYS:
		// Not frozen, or by somebody else.
	default:
		// Even after another error: what failed may have taken effect.
		c.thaw()
	}
	c.send(c.workW, resultDone)
	c.exit()
}

// thaw does not give up at the first error: what was frozen must not stay so. EINVAL says that it is not frozen.
//
//go:nosplit
//go:norace
func (c *child) thaw() {
	for c.tries = 0; c.tries < 100; c.tries++ {
		c.call(unix.SYS_IOCTL, c.dir, ioctlThaw, 0, 0)
		c.thawErr = c.err
		if c.err == 0 || c.err == unix.EINVAL {
			return
		}
		c.nap.Sec, c.nap.Nsec = 0, 10_000_000
		c.call(unix.SYS_PPOLL, 0, 0, uintptr(unsafe.Pointer(&c.nap)), 0)
	}
}

//go:nosplit
//go:norace
func (c *child) send(fd uintptr, kind uint32) {
	c.out.kind, c.out.freeze, c.out.thaw = kind, uint32(c.freezeErr), uint32(c.thawErr)
	for {
		c.call(unix.SYS_WRITE, fd, uintptr(unsafe.Pointer(&c.out)), unsafe.Sizeof(c.out), 0)
		if c.err != unix.EINTR {
			return
		}
	}
}

// closeGaps closes what was inherited: the other ends of pipes, whose end would not be seen otherwise, and the
// program's files, which must not be held longer than the program lives. Constant indexes need no bounds check,
// which could panic.
//
//go:nosplit
//go:norace
func (c *child) closeGaps(g *[5]gap) {
	c.closeRange(&g[0])
	c.closeRange(&g[1])
	c.closeRange(&g[2])
	c.closeRange(&g[3])
	c.closeRange(&g[4])
}

//go:nosplit
//go:norace
func (c *child) closeRange(g *gap) {
	if g.first > g.last {
		return
	}
	c.call(unix.SYS_CLOSE_RANGE, g.first, g.last, 0, 0)
	if c.err == 0 {
		return
	}
	for ; g.first <= g.last && g.first < c.maxFD; g.first++ { // before Linux 5.9
		c.call(unix.SYS_CLOSE, g.first, 0, 0, 0)
	}
}

//go:nosplit
//go:norace
func (c *child) exit() {
	for {
		c.call(unix.SYS_EXIT_GROUP, 0, 0, 0, 0)
	}
}

//go:nosplit
//go:norace
func (c *child) call(nr, a1, a2, a3, a4 uintptr) {
	c.ret, _, c.err = syscall.RawSyscall6(nr, a1, a2, a3, a4, 0, 0)
}
