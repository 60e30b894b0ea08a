package ostree

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nestos-dev/nestos/internal/errno"
	"golang.org/x/sys/unix"
)

// repoLock is the lock on a repository's .lock file: shared by everything that adds objects or walks
// them, exclusive for what removes objects. It is recursive within a handle: the strongest of the
// states asked for is held.
type repoLock struct {
	mu        sync.Mutex
	fd        int // -1 until the first lock
	shared    int
	exclusive int
}

// ErrLocked is the cause when a lock was not given before its time-out.
var ErrLocked = errors.New("Resource temporarily unavailable")

// lock takes the repository lock and returns its release. Without write access to the repository, or
// with core.locking=false, nothing is locked.
func (r *Repo) lock(ctx context.Context, exclusive bool) (unlock func(), err error) {
	if !r.Config().Locking || !r.writable {
		return func() {}, nil
	}
	kind := "shared"
	if exclusive {
		kind = "exclusive"
	}
	if err := r.lockState.push(ctx, r, exclusive); err != nil {
		return nil, fmt.Errorf("Locking repo %s failed: %w", kind, err)
	}
	var once sync.Once
	return func() { once.Do(func() { r.lockState.pop(exclusive) }) }, nil
}

// LockShared keeps objects from being pruned until unlock is called. It waits up to
// core.lock-timeout-secs for an exclusive holder to finish.
func (r *Repo) LockShared(ctx context.Context) (unlock func(), err error) { return r.lock(ctx, false) }

// LockExclusive keeps everyone else from adding, walking or removing objects until unlock is called.
func (r *Repo) LockExclusive(ctx context.Context) (unlock func(), err error) {
	return r.lock(ctx, true)
}

func (l *repoLock) push(ctx context.Context, r *Repo, exclusive bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fd < 0 {
		fd, err := openat(r.dirFD, ".lock", unix.O_RDWR|unix.O_CREAT|unix.O_NOFOLLOW, 0o660)
		if err != nil {
			return errno.New("openat", ".lock", err)
		}
		l.fd = fd
	}
	switch {
	case exclusive && l.exclusive == 0, !exclusive && l.exclusive == 0 && l.shared == 0:
		if err := l.wait(ctx, r.Config().LockTimeout, exclusive); err != nil {
			return err
		}
	}
	if exclusive {
		l.exclusive++
	} else {
		l.shared++
	}
	return nil
}

// wait polls, since a blocking lock could not be abandoned when the context ends.
func (l *repoLock) wait(ctx context.Context, timeout time.Duration, exclusive bool) error {
	deadline := time.Now().Add(timeout)
	pause := 5 * time.Millisecond
	for {
		err := lockFile(l.fd, exclusive)
		if err == nil {
			return nil
		}
		if err != unix.EAGAIN && err != unix.EINTR {
			return errno.Wrap("fcntl", err)
		}
		if timeout >= 0 && time.Now().After(deadline) {
			return ErrLocked
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		pause = min(2*pause, time.Second)
	}
}

func (l *repoLock) pop(exclusive bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if exclusive {
		l.exclusive--
	} else {
		l.shared--
	}
	switch {
	case l.exclusive > 0:
	case l.shared > 0 && exclusive:
		lockFile(l.fd, false) // downgrade; cannot fail while we hold the stronger lock
	case l.shared == 0:
		unlockFile(l.fd)
	}
}

func (l *repoLock) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fd >= 0 {
		unix.Close(l.fd)
		l.fd = -1
	}
}
