package fsfreeze

import (
	"errors"
	"io"
	"os"
	"runtime"
	"slices"
	"time"
	"unsafe"

	"github.com/nestos-dev/nestos/internal/errno"
	"golang.org/x/sys/unix"
)

func flush(dir *os.File, opts *Options) error {
	timeout := watchdogTimeout
	if opts.TestFreeze {
		timeout = time.Second
	}
	r, err := freezeThaw(dir, opts.TestFreeze, timeout)
	if err != nil {
		return err
	}
	switch {
	case r.kind == resultClone:
		return errno.Wrap("clone", unix.Errno(r.freeze))
	case r.kind == resultWatchdog && opts.TestFreeze:
		if opts.TestOutput != nil {
			io.WriteString(opts.TestOutput, "fifreeze watchdog was run\n")
		}
		return ErrTest
	case r.kind != resultDone:
		return ErrInterrupted
	case slices.Contains(unfreezable, unix.Errno(r.freeze)):
		return syncfs(dir)
	case r.freeze != 0:
		return errno.Wrap("ioctl(FIFREEZE)", unix.Errno(r.freeze))
	case r.thaw != 0 && unix.Errno(r.thaw) != unix.EINVAL: // EINVAL: somebody else has thawed it
		return errno.Wrap("ioctl(FITHAW)", unix.Errno(r.thaw))
	}
	return nil
}

// unfreezable are the errors of FIFREEZE that say that it is not for this file system, this caller, or now.
var unfreezable = []unix.Errno{unix.EOPNOTSUPP, unix.ENOSYS, unix.EPERM, unix.EBUSY, unix.ENOTTY}

func syncfs(dir *os.File) error {
	for {
		err := unix.Syncfs(int(dir.Fd()))
		runtime.KeepAlive(dir)
		if !errors.Is(err, unix.EINTR) {
			return errno.Wrap("syncfs", err)
		}
	}
}

// freezeThaw has the two processes made and waits for the watchdog's report.
func freezeThaw(dir *os.File, hang bool, timeout time.Duration) (r report, err error) {
	reportR, reportW, err := os.Pipe()
	if err != nil {
		return r, err
	}
	defer reportR.Close()
	var work [2]int
	if err := unix.Pipe2(work[:], unix.O_CLOEXEC); err != nil {
		reportW.Close()
		return r, errno.Wrap("pipe2", err)
	}
	c := &child{
		dir: dir.Fd(), report: reportW.Fd(), workR: uintptr(work[0]), workW: uintptr(work[1]),
		timeout: unix.NsecToTimespec(int64(timeout)), retry: unix.NsecToTimespec(int64(time.Second)), maxFD: maxFD(),
	}
	if hang {
		c.hang = 1
	}
	// The worker keeps the report pipe open too: the caller sees its end only when both are gone.
	c.watchdogGaps = gaps(c.dir, c.report, c.workR, c.workW)
	c.workerGaps = gaps(c.dir, c.report, c.workW)

	runtime.LockOSThread() // spawn changes the thread's signal mask for a moment
	pid, e := c.spawn()
	runtime.UnlockOSThread()
	runtime.KeepAlive(dir)
	reportW.Close()
	unix.Close(work[0])
	unix.Close(work[1])
	if e != 0 {
		return r, errno.Wrap("clone", e)
	}
	buf := make([]byte, unsafe.Sizeof(r))
	if _, err := io.ReadFull(reportR, buf); err == nil {
		r = *(*report)(unsafe.Pointer(&buf[0]))
	} else if err != io.EOF && err != io.ErrUnexpectedEOF {
		return r, err
	}
	if r.kind == resultWatchdog && !hang {
		// The worker may hang in the kernel for long; the watchdog stays with it.
		go reap(int(pid))
	} else {
		reap(int(pid))
	}
	return r, nil
}

func reap(pid int) {
	for {
		if _, err := unix.Wait4(pid, nil, unix.WALL, nil); err != unix.EINTR {
			return
		}
	}
}

// gaps returns the ranges of descriptors between those to keep, for close_range.
func gaps(keep ...uintptr) (g [5]gap) {
	slices.Sort(keep)
	next, n := uintptr(0), 0
	for _, fd := range keep {
		if fd > next {
			g[n] = gap{next, fd - 1}
			n++
		}
		next = fd + 1
	}
	g[n] = gap{next, 1<<32 - 1}
	for n++; n < len(g); n++ {
		g[n] = gap{1, 0}
	}
	return g
}

// maxFD bounds the descriptors that are closed one by one on kernels before 5.9.
func maxFD() uintptr {
	var lim unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &lim); err != nil {
		return 1 << 16
	}
	return uintptr(min(lim.Cur, 1<<16))
}
