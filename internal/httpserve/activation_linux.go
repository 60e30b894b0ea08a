package httpserve

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// firstPassed is SD_LISTEN_FDS_START: systemd passes its sockets from this descriptor on.
const firstPassed = 3

func passedListeners(c *Config) ([]net.Listener, error) {
	n, err := passedCount(c)
	if err != nil {
		return nil, err
	}
	names := strings.Split(c.ListenFDNames, ":")
	var found []net.Listener
	for i := range n {
		fd := firstPassed + i
		unix.CloseOnExec(fd)
		if c.Name != "" && (i >= len(names) || names[i] != c.Name) {
			continue
		}
		l, err := passedListener(fd)
		if err != nil {
			for _, open := range found {
				open.Close()
			}
			return nil, fmt.Errorf("descriptor %d passed by systemd: %w", fd, err)
		}
		found = append(found, l)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("systemd passed %d sockets, none with the name %q (%s)", n, c.Name, c.ListenFDNames)
	}
	return found, nil
}

func passedCount(c *Config) (int, error) {
	pid, err := strconv.Atoi(c.ListenPID)
	if err != nil || pid != os.Getpid() {
		return 0, errors.New("socket activation: systemd passed no sockets to this process (LISTEN_PID)")
	}
	n, err := strconv.Atoi(c.ListenFDs)
	if err != nil || n < 1 || n > 1<<16 {
		return 0, fmt.Errorf("socket activation: LISTEN_FDS is %q, not a number of sockets", c.ListenFDs)
	}
	return n, nil
}

// passedListener duplicates the descriptor and leaves the original open: closing the listener at the end of the
// process then never makes systemd's socket refuse connections early.
func passedListener(fd int) (net.Listener, error) {
	if on, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN); err != nil {
		return nil, os.NewSyscallError("getsockopt", err)
	} else if on == 0 {
		return nil, errors.New("not a listening socket (Accept=yes is not supported)")
	}
	dup, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, firstPassed)
	if err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	f := os.NewFile(uintptr(dup), "listener")
	defer f.Close()
	l, err := net.FileListener(f)
	if u, ok := l.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false) // the path belongs to systemd
	}
	return l, err
}
