//go:build unix

package filelock

import (
	"context"
	"errors"
	"os"
	"path"
	"sync"
	"time"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/errno"
	"golang.org/x/sys/unix"
)

// Held is a lock that is held. If it becomes unreachable without [Held.Unlock] the garbage collector
// releases it, so keep it.
type Held struct {
	mu   sync.Mutex
	dir  *os.File // the directory of the file
	base string
	file *os.File // nil when released
}

// waitInterval is the time between two calls of onWait; pollInterval bounds that between two attempts.
const (
	waitInterval = 3 * time.Second
	pollInterval = 100 * time.Millisecond
)

// TryLock takes the lock of the file with the given name below dir if it is free; held is false if another
// has it. Links in the directory part of name are resolved below dir. dir may be closed while the lock is held.
func TryLock(dir *os.File, name string) (l *Held, held bool, err error) {
	root, err := confine.FromFile(dir)
	if err != nil {
		return nil, false, plain(err)
	}
	defer root.Close()
	parent, err := root.OpenFile(path.Dir(name), os.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, false, plain(err)
	}
	l, held, err = tryLock(parent, path.Base(name))
	if !held {
		parent.Close()
	}
	return l, held, plain(err)
}

// Lock is [TryLock] that waits until the lock is free or ctx ends. As long as it waits it calls onWait, which
// may be nil: at once, and every three seconds.
func Lock(ctx context.Context, dir *os.File, name string, onWait func()) (*Held, error) {
	pause := 5 * time.Millisecond
	var next time.Time
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		l, held, err := TryLock(dir, name)
		if err != nil || held {
			return l, err
		}
		if now := time.Now(); onWait != nil && !now.Before(next) {
			onWait()
			next = now.Add(waitInterval)
		}
		// A lock request that waits in the kernel could not be abandoned.
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, pollInterval)
	}
}

// Unlock removes the file and releases the lock. A second call does nothing. The lock is released in any case;
// the error is about the file, which stays then.
func (l *Held) Unlock() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	// A file that somebody put in the place of ours is not ours to remove.
	same, err := l.named()
	if err == nil && same {
		err = unix.Unlinkat(int(l.dir.Fd()), l.base, 0)
	}
	if e := l.file.Close(); err == nil {
		err = e
	}
	l.dir.Close()
	l.file = nil
	return plain(err)
}

func tryLock(parent *os.File, base string) (*Held, bool, error) {
	for {
		fd, err := openLockFile(int(parent.Fd()), base)
		if err != nil {
			return nil, false, err
		}
		l := &Held{dir: parent, base: base, file: os.NewFile(uintptr(fd), base)}
		err = lockFD(fd)
		if errors.Is(err, unix.EINTR) {
			l.file.Close()
			continue
		}
		if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EACCES) {
			l.file.Close()
			return nil, false, nil
		}
		same := false
		if err == nil {
			same, err = l.named()
		}
		if err != nil {
			l.file.Close()
			return nil, false, err
		}
		if same {
			return l, true, nil
		}
		l.file.Close() // the previous holder has removed it
	}
}

func openLockFile(dirfd int, base string) (int, error) {
	for {
		fd, err := unix.Openat(dirfd, base, unix.O_RDWR|unix.O_CREAT|unix.O_NOCTTY|unix.O_NOFOLLOW|unix.O_CLOEXEC|unix.O_NONBLOCK, 0o600)
		if !errors.Is(err, unix.EINTR) {
			return fd, err
		}
	}
}

// named tells whether the name leads to the locked file.
func (l *Held) named() (bool, error) {
	var locked, there unix.Stat_t
	if err := unix.Fstat(int(l.file.Fd()), &locked); err != nil {
		return false, err
	}
	err := unix.Fstatat(int(l.dir.Fd()), l.base, &there, unix.AT_SYMLINK_NOFOLLOW)
	if errors.Is(err, unix.ENOENT) {
		return false, nil
	}
	return err == nil && locked.Dev == there.Dev && locked.Ino == there.Ino, err
}

// systemError has the wording of the C library alone, as libglnx reports errors of lock files.
type systemError struct{ err error }

func plain(err error) error {
	if err == nil {
		return nil
	}
	return &systemError{err}
}

func (e *systemError) Error() string { return errno.Text(e.err) }
func (e *systemError) Unwrap() error { return e.err }
