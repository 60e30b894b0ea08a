package ostree

import (
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sys/unix"
)

const stagingPrefix = "staging-"

// stagedDir is the staging directory for those who only look into it, in any goroutine: the descriptor is closed when
// the transaction has ended and the last of them is done.
type stagedDir struct {
	fd    int
	users atomic.Int32 // the transaction is one of them
}

func newStagedDir(fd int) *stagedDir {
	s := &stagedDir{fd: fd}
	s.users.Store(1)
	return s
}

// look calls f with the directory, or is ENOENT when the transaction has ended.
func (s *stagedDir) look(path string, f func(root int, path string) error) error {
	for {
		n := s.users.Load()
		if n == 0 {
			return unix.ENOENT
		}
		if s.users.CompareAndSwap(n, n+1) {
			break
		}
	}
	defer s.release()
	return f(s.fd, path)
}

func (s *stagedDir) release() {
	if s.users.Add(-1) == 0 {
		unix.Close(s.fd)
	}
}

// openStaging takes over a staging directory that an interrupted transaction of this boot left, or makes one.
func (t *Txn) openStaging() error {
	id, err := t.repo.bootID()
	if err != nil {
		return err
	}
	prefix := stagingPrefix + id + "-"
	names, err := readDirNames(t.repo.tmpFD)
	if err != nil {
		return err
	}
	for _, n := range names {
		if !strings.HasPrefix(n, prefix) || strings.HasSuffix(n, "-lock") {
			continue
		}
		ok, err := t.tryStaging(n)
		if ok {
			err = t.dropStagedCommits()
		}
		if ok || err != nil {
			return err
		}
	}
	for range 100 {
		name := prefix + randomSuffix()
		err := unix.Mkdirat(t.repo.tmpFD, name, 0o775)
		if err == unix.EEXIST {
			continue
		}
		if err != nil {
			return errno.New("mkdirat", "tmp/"+name, err)
		}
		if ok, err := t.tryStaging(name); ok || err != nil {
			return err
		}
	}
	return errors.New("no free name for a staging directory")
}

// tryStaging locks a staging directory; ok is false if another process holds it.
func (t *Txn) tryStaging(name string) (ok bool, err error) {
	lock, ok, err := lockStaging(t.repo.tmpFD, name)
	if !ok || err != nil {
		return false, err
	}
	fd, err := openDirAt(t.repo.tmpFD, name)
	if err != nil {
		unix.Unlinkat(t.repo.tmpFD, name+"-lock", 0)
		unix.Close(lock)
		if err == unix.ENOENT {
			return false, nil
		}
		return false, errno.New("openat", "tmp/"+name, err)
	}
	t.stage, t.stageFD, t.lockFD, t.staged = name, fd, lock, newStagedDir(fd)
	return true, nil
}

// dropStagedCommits removes commit objects, with their detached metadata, from a staging directory that
// was taken over, unless they are marked partial as those of a pull are. They were written when all that
// they need was there; since then a prune may have removed whatever was not staged with them.
func (t *Txn) dropStagedCommits() error {
	dirs, err := readDirNames(t.stageFD)
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		if len(dir) != 2 || !object.IsHex(dir) {
			continue
		}
		fd, err := openDirAt(t.stageFD, dir)
		if err != nil {
			return errno.New("openat", dir, err)
		}
		err = t.dropCommitsIn(fd, dir)
		unix.Close(fd)
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *Txn) dropCommitsIn(fd int, dir string) error {
	files, err := readDirNames(fd)
	if err != nil {
		return err
	}
	for _, f := range files {
		n, ok := object.ParseLoosePath(dir, f)
		if !ok || n.Type != object.TypeCommit && n.Type != object.TypeCommitMeta {
			continue
		}
		state, err := t.repo.CommitState(n.Checksum)
		if err != nil {
			return err
		}
		if state.Partial() {
			continue
		}
		if err := unix.Unlinkat(fd, f, 0); err != nil && err != unix.ENOENT {
			return errno.New("unlinkat", dir+"/"+f, err)
		}
	}
	return nil
}

// lockStaging takes the lock of a staging directory if it is free. Whoever holds it removes the file when
// done, so a lock counts only if the file is still there.
func lockStaging(tmpFD int, name string) (fd int, ok bool, err error) {
	for {
		fd, err = openat(tmpFD, name+"-lock", unix.O_RDWR|unix.O_CREAT|unix.O_NOFOLLOW, 0o600)
		if err != nil {
			return -1, false, errno.New("openat", "tmp/"+name+"-lock", err)
		}
		if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err != nil {
			unix.Close(fd)
			if err == unix.EWOULDBLOCK {
				return -1, false, nil
			}
			return -1, false, errno.Wrap("flock", err)
		}
		var held, named unix.Stat_t
		if err := unix.Fstat(fd, &held); err != nil {
			unix.Close(fd)
			return -1, false, errno.Wrap("fstat", err)
		}
		if err := unix.Fstatat(tmpFD, name+"-lock", &named, unix.AT_SYMLINK_NOFOLLOW); err == nil && named.Ino == held.Ino && named.Dev == held.Dev {
			return fd, true, nil
		}
		unix.Close(fd)
	}
}

// cleanTmp removes what earlier runs left in tmp/: staging directories of other boots, what nobody holds
// the lock of, and anything older than core.tmp-expiry-secs. The cache stays.
func (r *Repo) cleanTmp(own string) error {
	names, err := readDirNames(r.tmpFD)
	if err != nil {
		return err
	}
	id, err := r.bootID()
	if err != nil {
		return err
	}
	now := time.Now()
	for _, n := range names {
		switch {
		case n == "cache", own != "" && strings.HasPrefix(n, own):
		case strings.HasPrefix(n, stagingPrefix) && strings.HasSuffix(n, "-lock"):
			dir := strings.TrimSuffix(n, "-lock")
			if _, found := slices.BinarySearch(names, dir); found {
				continue
			}
			if err := r.removeStaging(dir); err != nil {
				return err
			}
		case strings.HasPrefix(n, stagingPrefix+id):
		case strings.HasPrefix(n, stagingPrefix):
			if err := r.removeStaging(n); err != nil {
				return err
			}
		case strings.HasPrefix(n, tmpPrefix) && r.removeUnowned(n):
		default:
			if err := r.expireTmp(n, now); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *Repo) removeStaging(name string) error {
	fd, ok, err := lockStaging(r.tmpFD, name)
	if !ok || err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := removeTree(r.tmpFD, name); err != nil {
		return err
	}
	unix.Unlinkat(r.tmpFD, name+"-lock", 0)
	return nil
}

// removeUnowned removes a temporary file or directory that no process has locked; false if it is still there.
func (r *Repo) removeUnowned(name string) bool {
	fd, err := openat(r.tmpFD, name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return err == unix.ENOENT
	}
	defer unix.Close(fd)
	if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return err == unix.EWOULDBLOCK // in use
	}
	return removeTree(r.tmpFD, name) == nil
}

func (r *Repo) expireTmp(name string, now time.Time) error {
	var st unix.Stat_t
	if err := unix.Fstatat(r.tmpFD, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		if err == unix.ENOENT {
			return nil
		}
		return errno.New("fstatat", "tmp/"+name, err)
	}
	mtime := statMtime(&st)
	if now.Sub(time.Unix(mtime.Unix())) <= r.Config().TmpExpiry {
		return nil
	}
	return removeTree(r.tmpFD, name)
}
