package passwd

import (
	"fmt"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// asUser calls f with the file system identity of a user: its ids, its primary group
// alone, none of root's capabilities for files.
//
// The identity belongs to a thread. It is one that f has alone and that ends with it,
// so that nothing else can ever run with it, nor f's identity be left half restored.
func asUser(uid, gid int, f func() error) error {
	if uid == os.Geteuid() && (uid != 0 || gid == os.Getegid()) {
		return f()
	}
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		err := become(uid, gid)
		if err == nil {
			err = f()
		}
		done <- err
	}()
	return <-done
}

// become changes the identity of the calling thread only, unlike what packages
// syscall and unix do for setgroups.
func become(uid, gid int) error {
	groups := [1]uint32{uint32(gid)}
	_, _, errno := unix.RawSyscall(unix.SYS_SETGROUPS, uintptr(len(groups)), uintptr(unsafe.Pointer(&groups[0])), 0)
	if errno != 0 {
		return fmt.Errorf("acting as user %d: %w", uid, errno)
	}
	// These calls do not fail, they return the former id: asking tells.
	if _, err := unix.SetfsgidRetGid(gid); err != nil {
		return fmt.Errorf("acting as group %d: %w", gid, err)
	}
	if _, err := unix.SetfsuidRetUid(uid); err != nil {
		return fmt.Errorf("acting as user %d: %w", uid, err)
	}
	nowGID, _ := unix.SetfsgidRetGid(-1)
	nowUID, _ := unix.SetfsuidRetUid(-1)
	if nowGID != gid || nowUID != uid {
		return fmt.Errorf("acting as user %d: %w", uid, unix.EPERM)
	}
	return nil
}
