package confine

import (
	"errors"
	"runtime"

	"golang.org/x/sys/unix"
)

// dirFlags open a directory to continue from.
const dirFlags = unix.O_PATH | unix.O_DIRECTORY

// handleFlags open anything without touching it.
func handleFlags(follow bool) int {
	if follow {
		return unix.O_PATH | unix.O_CLOEXEC
	}
	return unix.O_PATH | unix.O_CLOEXEC | unix.O_NOFOLLOW
}

const inRoot = unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS

// probeOpenat2 reports whether openat2 may be used: Linux 5.6 has it, system
// call filters may forbid it.
func probeOpenat2(dir int) bool {
	fd, err := unix.Openat2(dir, ".", &unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: inRoot})
	if err != nil {
		return false
	}
	unix.Close(fd)
	return true
}

// openKernel resolves and opens a name in one system call.
func (r *Root) openKernel(name string, flags int, mode uint32) (int, error) {
	dir, err := r.fd()
	if err != nil {
		return -1, err
	}
	defer runtime.KeepAlive(r)
	how := &unix.OpenHow{Flags: uint64(flags | unix.O_CLOEXEC), Resolve: inRoot}
	if flags&(unix.O_CREAT|unix.O_TMPFILE&^unix.O_DIRECTORY) != 0 {
		how.Mode = uint64(mode)
	}
	for range maxRetries {
		fd, err := unix.Openat2(dir, name, how)
		switch {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EAGAIN): // something was renamed or mounted meanwhile, anywhere in the system
		case errors.Is(err, unix.EXDEV):
		default:
			return fd, err
		}
	}
	if flags&unix.O_NONBLOCK != 0 {
		return -1, unix.EAGAIN // or somebody has a lease on the file
	}
	return -1, errUnstable
}

// openChild opens a directory entry, not through links and not across mount
// points (EBUSY), for reading.
func (r *Root) openChild(dir int, name string) (int, error) {
	const flags = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC
	if r.openat2 {
		how := &unix.OpenHow{Flags: flags, Resolve: unix.RESOLVE_NO_XDEV | unix.RESOLVE_NO_SYMLINKS}
		for {
			fd, err := unix.Openat2(dir, name, how)
			switch {
			case errors.Is(err, unix.EINTR):
			case errors.Is(err, unix.EXDEV):
				return -1, unix.EBUSY
			default:
				return fd, err
			}
		}
	}
	fd, err := openRetry(dir, name, flags, 0)
	if err != nil {
		return -1, err
	}
	if err := sameMount(dir, fd); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}
