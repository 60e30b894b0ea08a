package sshkeys

import (
	"context"
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// asUser calls f with the rights of a user and returns its results, or the context's error if that ends first.
// finally is called when f has ended, or was not called.
func asUser(ctx context.Context, a account, f func() (bool, error), finally func()) (bool, error) {
	type result struct {
		changed bool
		err     error
	}
	ended := func() error {
		return fmt.Errorf("writing the keys of user %q: %w", a.name, context.Cause(ctx))
	}
	if ctx.Err() != nil {
		finally()
		return false, ended()
	}
	done := make(chan result, 1)
	onOwnThread(func() {
		defer finally()
		if err := become(a); err != nil {
			done <- result{err: err}
			return
		}
		changed, err := f()
		done <- result{changed, err}
	})
	select {
	case r := <-done:
		return r.changed, r.err
	case <-ctx.Done():
	}
	select {
	case r := <-done: // at the same moment
		return r.changed, r.err
	default:
		return false, ended()
	}
}

// onOwnThread starts f on a thread that ends with it, so that whatever f does to the identity of its thread can
// never be seen by anything else.
func onOwnThread(f func()) {
	go func() {
		runtime.LockOSThread() // and never unlocked
		if unix.Gettid() != os.Getpid() {
			f()
			return
		}
		// The process's first thread cannot end: the runtime would keep it for ever, and its identity is what
		// /proc shows as the process's. It is occupied here until f has found another.
		started := make(chan struct{})
		go func() {
			runtime.LockOSThread()
			close(started)
			f()
		}()
		<-started
		runtime.UnlockOSThread()
	}()
}

// become gives the calling thread, and no other, the rights of a user for files and no other power: what a process
// of the user could do, less the user's supplementary groups. Its real and effective ids stay, so that the user
// can neither stop nor trace it.
func become(a account) error {
	if os.Geteuid() == 0 && a.uid == 0 {
		return nil
	}
	if os.Geteuid() != a.uid {
		if err := setIDs(a); err != nil {
			return fmt.Errorf("failed to switch user/group: acting as user %q (%d:%d) takes root's rights: %w",
				a.name, a.uid, a.gid, err)
		}
	}
	// Changing the id takes away the capabilities that concern files, but for example not CAP_SYS_RESOURCE,
	// which would ignore the user's quota.
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if err := unix.Capset(&header, &none[0]); err != nil {
		return fmt.Errorf("failed to switch user/group: giving up capabilities: %w", err)
	}
	return nil
}

// setIDs changes the groups and the file system's user of the calling thread. The functions of package syscall
// would change all threads.
func setIDs(a account) error {
	if _, _, errno := unix.RawSyscall(unix.SYS_SETGROUPS, 0, 0, 0); errno != 0 {
		// A user name space may forbid it. Without groups there is nothing to give up.
		if groups, err := unix.Getgroups(); err != nil || len(groups) > 0 {
			return errno
		}
	}
	// These do not fail, they return the former id: asking tells.
	if _, err := unix.SetfsgidRetGid(a.gid); err != nil {
		return err
	}
	if _, err := unix.SetfsuidRetUid(a.uid); err != nil {
		return err
	}
	gid, _ := unix.SetfsgidRetGid(-1)
	uid, _ := unix.SetfsuidRetUid(-1)
	if gid != a.gid || uid != a.uid {
		return unix.EPERM
	}
	return nil
}
