package mountapi

import (
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/errno"
)

// In runs f in the mount namespace that a file such as /proc/1/ns/mnt names.
// f's paths are those of that namespace; it must do all its file work on the
// goroutine that it is called on.
func In(namespace string, f func() error) error {
	return onThread(func() error {
		fd, err := unix.Open(namespace, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return errno.New("open", namespace, err)
		}
		defer unix.Close(fd)
		// A thread that shares its working directory may not change namespaces.
		if err := unix.Unshare(unix.CLONE_FS); err != nil {
			return errno.Wrap("unshare", err)
		}
		if err := unix.Setns(fd, unix.CLONE_NEWNS); err != nil {
			return errno.New("setns", namespace, err)
		}
		return f()
	})
}

// InPrivate runs f in a copy of the present mount namespace, whose changes nobody
// else sees and which ends with f. f must do all its file work on the goroutine
// that it is called on.
func InPrivate(f func() error) error {
	return onThread(func() error {
		if err := unix.Unshare(unix.CLONE_FS | unix.CLONE_NEWNS); err != nil {
			return errno.Wrap("unshare", err)
		}
		if err := Propagate("/", unix.MS_REC|unix.MS_PRIVATE); err != nil {
			return err
		}
		return f()
	})
}

// onThread runs f on a thread that ends with it, as its state cannot be restored.
func onThread(f func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		done <- f()
	}()
	return <-done
}
