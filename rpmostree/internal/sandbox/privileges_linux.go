package sandbox

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// capabilities returns those of the calling thread; the second element has numbers from 32.
func capabilities() ([2]unix.CapUserData, error) {
	var data [2]unix.CapUserData
	h := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	err := unix.Capget(&h, &data[0])
	return data, os.NewSyscallError("capget", err)
}

// dropPrivileges leaves programs that this thread starts with the capabilities given. Root gets all of the
// bounding set and the inheritable set when it executes a file, so these two are what counts; the thread
// keeps its own.
func dropPrivileges(keep []int) error {
	kept := map[int]bool{}
	for _, c := range keep {
		kept[c] = true
	}
	for c := 0; c <= lastCapability(); c++ {
		if kept[c] {
			continue
		}
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(c), 0, 0, 0); err != nil && err != unix.EINVAL {
			return fmt.Errorf("dropping capability %d: %w", c, err)
		}
	}
	data, err := capabilities()
	if err != nil {
		return err
	}
	data[0].Inheritable, data[1].Inheritable = 0, 0
	h := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	if err := unix.Capset(&h, &data[0]); err != nil {
		return os.NewSyscallError("capset", err)
	}
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil && err != unix.EINVAL {
		return fmt.Errorf("clearing the ambient capabilities: %w", err)
	}
	// Neither set-user-id files nor file capabilities can give back what was dropped.
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("setting no_new_privs: %w", err)
	}
	// Makes /proc/1 and its links unreachable, and the process untraceable, before programs exist.
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("setting dumpable: %w", err)
	}
	return nil
}

// lastCapability is the highest number that the kernel knows. /proc is that of the sandbox.
func lastCapability() int {
	data, err := os.ReadFile("/proc/sys/kernel/cap_last_cap")
	if n, perr := strconv.Atoi(strings.TrimSpace(string(data))); err == nil && perr == nil && n < 64 {
		return n
	}
	return 63
}

// limitProcesses bounds fork bombs. The limit of setrlimit(2) does not hold for the real root, but from Linux
// 6.14 on each PID namespace has its own range of PIDs; before, that setting was the whole system's.
func limitProcesses(n int, userNS bool) error {
	if n < 0 {
		return nil
	}
	n = max(n, 400) // the kernel wants more than 300
	if pidMaxIsPrivate() {
		err := os.WriteFile("/proc/sys/kernel/pid_max", []byte(strconv.Itoa(n)), 0)
		if err == nil {
			return nil
		}
		if !userNS {
			return err
		}
	}
	if !userNS {
		return fmt.Errorf("limiting the processes of root needs Linux 6.14: %w", unix.ENOSYS)
	}
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NPROC, &old); err != nil {
		return err
	}
	limit := min(uint64(n), old.Max)
	return unix.Setrlimit(unix.RLIMIT_NPROC, &unix.Rlimit{Cur: limit, Max: limit})
}

func pidMaxIsPrivate() bool {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return false
	}
	var major, minor int
	if n, _ := fmt.Sscanf(unix.ByteSliceToString(u.Release[:]), "%d.%d", &major, &minor); n != 2 {
		return false
	}
	return major > 6 || major == 6 && minor >= 14
}
