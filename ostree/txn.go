package ostree

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/humansize"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sys/unix"
)

// Txn is a transaction: objects and refs that become part of the repository together, at
// [Txn.Commit], or not at all. Objects wait in a staging directory that only this boot uses; a killed
// run's staged objects are found again by the next transaction and not written twice.
//
// The methods that write objects may be called from several goroutines.
type Txn struct {
	repo    *Repo
	unlock  func()
	stage   string // name of the staging directory below tmp/; "" when objects are written directly
	stageFD int    // where objects are linked: the staging directory or objects/
	tmpFD   int    // where they are built
	lockFD  int

	links   string // name of the directory for symlinks below tmp/, if one was needed
	linksFD int

	createMask     uint32 // permission bits that file creation loses here (umask, default ACL)
	perObjectFsync bool
	fsync          bool
	dirs           [256]atomic.Bool
	verity         verityState

	spaceLimited bool
	blockSize    uint64
	freeBlocks   atomic.Int64
	outOfSpace   atomic.Bool

	stats txnCounters

	mu       sync.Mutex
	refs     map[refKey]refUpdate
	consumed []string // source directories to remove after the commit
	sizes    map[object.Name]sizeRecord
	finished bool

	noSummary bool // this transaction is part of making the summary
}

type txnCounters struct {
	metaTotal, metaWritten, contentTotal, contentWritten, contentBytes, cacheHits atomic.Int64
}

// TxnStats counts what a transaction did.
type TxnStats struct {
	MetadataTotal, MetadataWritten int
	ContentTotal, ContentWritten   int
	ContentBytesWritten            int64 // payload bytes of the content objects written
	CacheHits                      int   // files whose checksum was known without reading them
}

// Stats returns the counts up to now.
func (t *Txn) Stats() TxnStats {
	s := &t.stats
	return TxnStats{int(s.metaTotal.Load()), int(s.metaWritten.Load()), int(s.contentTotal.Load()),
		int(s.contentWritten.Load()), s.contentBytes.Load(), int(s.cacheHits.Load())}
}

// ErrTransactionRunning reports a second transaction on one handle; use a handle for each.
var ErrTransactionRunning = errors.New("a transaction is already in progress on this repository handle")

// TxnOptions adjust a transaction.
type TxnOptions struct {
	NoFsync        bool // do not make anything durable, whatever core.fsync says
	PerObjectFsync bool // make each object durable as it is written, as with core.per-object-fsync
}

// Begin starts a transaction. It waits for the shared repository lock. Every transaction must be
// ended by [Txn.Commit] or [Txn.Abort].
func (r *Repo) Begin(ctx context.Context, opts *TxnOptions) (*Txn, error) {
	if opts == nil {
		opts = &TxnOptions{}
	}
	if err := r.checkWritable(); err != nil {
		return nil, err
	}
	t := &Txn{repo: r, stageFD: -1, tmpFD: -1, lockFD: -1, refs: map[refKey]refUpdate{},
		fsync: r.config.Fsync && !opts.NoFsync, perObjectFsync: r.config.PerObjectFsync || opts.PerObjectFsync}
	if !r.txnBusy.CompareAndSwap(false, true) {
		return nil, ErrTransactionRunning
	}
	var err error
	if t.unlock, err = r.lock(ctx, false); err != nil {
		r.txnBusy.Store(false)
		return nil, err
	}
	if err := t.open(); err != nil {
		t.release()
		return nil, err
	}
	r.txn.Store(t)
	return t, nil
}

func (t *Txn) open() error {
	r := t.repo
	if err := t.measureSpace(); err != nil {
		return err
	}
	if !t.fsync || t.perObjectFsync {
		t.stageFD, t.tmpFD = r.objectsFD, r.tmpFD
	} else {
		if err := t.openStaging(); err != nil {
			return err
		}
		t.tmpFD = t.stageFD
	}
	t.verity.init(r.config)
	return t.probeCreateMask()
}

// probeCreateMask learns which permission bits survive file creation, so that an fchmod is only
// spent on objects that need it.
func (t *Txn) probeCreateMask() error {
	f, err := newTmpFile(t.tmpFD, 0o777)
	if err != nil {
		return err
	}
	defer f.close()
	var st unix.Stat_t
	if err := unix.Fstat(f.fd, &st); err != nil {
		return errno.Wrap("fstat", err)
	}
	t.createMask = 0o7777 &^ (uint32(st.Mode) & 0o777)
	return nil
}

const stagingPrefix = "staging-"

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
	t.stage, t.stageFD, t.lockFD = name, fd, lock
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

func lockStaging(tmpFD int, name string) (fd int, ok bool, err error) {
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
	return fd, true, nil
}

// measureSpace sets the budget of blocks that the transaction may use (core.min-free-space-*).
func (t *Txn) measureSpace() error {
	c := t.repo.config
	if c.MinFreeSpaceBytes == 0 && c.MinFreeSpacePercent == 0 {
		return nil
	}
	size, total, free, err := diskSpace(t.repo.dirFD)
	if err != nil {
		return errno.Wrap("fstatvfs", err)
	}
	reserved := total / 100 * uint64(c.MinFreeSpacePercent)
	if c.MinFreeSpaceBytes > 0 {
		reserved = c.MinFreeSpaceBytes / size
	}
	t.spaceLimited, t.blockSize = true, size
	t.freeBlocks.Store(int64(free) - int64(reserved))
	return nil
}

// SpaceError reports that writing would leave less free space than the repository's configuration demands.
type SpaceError struct {
	Requested int64 // bytes
	text      string
}

// Error returns the reference implementation's text.
func (e *SpaceError) Error() string { return e.text }

// reserve takes the blocks of an object out of the budget.
func (t *Txn) reserve(size int64) error {
	if !t.spaceLimited {
		return nil
	}
	if t.freeBlocks.Add(-(size/int64(t.blockSize) + 1)) >= 0 {
		return nil
	}
	t.outOfSpace.Store(true)
	return t.repo.spaceError(size)
}

// AvailableBytes returns how many bytes the transaction may still write; ok is false if there is no limit.
func (t *Txn) AvailableBytes() (n int64, ok bool) {
	return max(t.freeBlocks.Load(), 0) * int64(t.blockSize), t.spaceLimited
}

func (r *Repo) spaceError(size int64) error {
	e := &SpaceError{Requested: size}
	if c := r.config; c.MinFreeSpaceBytes > 0 {
		e.text = fmt.Sprintf("min-free-space-size %dMB would be exceeded, at least %s requested", c.MinFreeSpaceBytes>>20, humansize.Format(uint64(size)))
	} else {
		e.text = fmt.Sprintf("min-free-space-percent '%d%%' would be exceeded, at least %s requested", c.MinFreeSpacePercent, humansize.Format(uint64(size)))
	}
	return e
}

// Commit makes everything that was written part of the repository. The order is: objects reach the
// disk (syncfs), get their names in objects/, those directories are made durable, then the refs are
// written. A kill before the last step leaves objects that no ref names yet; a kill during it leaves
// some refs old and some new, each complete. The summary is regenerated when the configuration asks for it.
func (t *Txn) Commit(ctx context.Context) (TxnStats, error) {
	if t.finished {
		return t.Stats(), errors.New("the transaction has ended")
	}
	if t.repo.testErrors["pre-commit"] {
		t.Abort()
		return t.Stats(), errors.New("OSTREE_REPO_TEST_ERROR_PRE_COMMIT specified")
	}
	if err := t.publish(); err != nil {
		t.Abort()
		return t.Stats(), err
	}
	if err := t.repo.cleanTmp(t.stage); err != nil {
		t.Abort()
		return t.Stats(), err
	}
	changed := len(t.refs) > 0
	err := t.writeRefs()
	if err == nil {
		err = t.removeConsumed()
	}
	t.finished = true
	t.release()
	if err == nil && changed && t.repo.config.AutoUpdateSummary && !t.noSummary {
		err = t.repo.UpdateSummary(ctx, nil)
	}
	return t.Stats(), err
}

// publish moves the staged objects into objects/ and makes them durable. Commit objects come last,
// when everything that they need is there for good: whatever walks all commits must find them whole.
func (t *Txn) publish() error {
	if !t.fsync {
		return nil
	}
	if t.stage == "" {
		return t.syncObjectDirs(t.touchedDirs())
	}
	if err := syncFilesystem(t.repo.dirFD); err != nil {
		return errno.Wrap("syncfs", err)
	}
	dirs, err := readDirNames(t.stageFD)
	if err != nil {
		return err
	}
	dirs = slices.DeleteFunc(dirs, func(d string) bool { return len(d) != 2 || !object.IsHex(d) })
	isCommit := func(name string) bool { return strings.HasSuffix(name, ".commit") }
	for _, commits := range []bool{false, true} {
		if err := t.publishDirs(dirs, func(name string) bool { return isCommit(name) == commits }); err != nil {
			return err
		}
	}
	return t.dropStaging()
}

func (t *Txn) publishDirs(dirs []string, now func(name string) bool) error {
	var touched []string
	for _, dir := range dirs {
		moved, err := t.publishDir(dir, now)
		if err != nil {
			return err
		}
		if moved {
			touched = append(touched, dir)
		}
	}
	return t.syncObjectDirs(touched)
}

func (t *Txn) touchedDirs() []string {
	var out []string
	for i := range t.dirs {
		if t.dirs[i].Load() {
			out = append(out, fmt.Sprintf("%02x", i))
		}
	}
	return out
}

// publishDir moves the objects of one two-digit directory whose turn it is; the directory as a whole
// when that is all of them and objects/ has none of that name yet.
func (t *Txn) publishDir(dir string, now func(name string) bool) (moved bool, err error) {
	r := t.repo
	src, err := openDirAt(t.stageFD, dir)
	if err == unix.ENOENT {
		return false, nil // moved as a whole before
	}
	if err != nil {
		return false, errno.New("openat", dir, err)
	}
	defer unix.Close(src)
	names, err := readDirNames(src)
	if err != nil {
		return false, err
	}
	all := len(names)
	names = slices.DeleteFunc(names, func(n string) bool { return !now(n) })
	if len(names) == 0 {
		return false, nil
	}
	if len(names) == all {
		err := renameNoReplace(t.stageFD, dir, r.objectsFD, dir)
		if err == nil {
			return true, nil
		}
		if err != unix.EEXIST && err != unix.ENOTEMPTY {
			return false, errno.New("renameat", dir, err)
		}
	}
	if err := unix.Mkdirat(r.objectsFD, dir, 0o777); err != nil && err != unix.EEXIST {
		return false, errno.New("mkdirat", "objects/"+dir, err)
	}
	dst, err := openDirAt(r.objectsFD, dir)
	if err != nil {
		return false, errno.New("openat", "objects/"+dir, err)
	}
	defer unix.Close(dst)
	for _, n := range names {
		if err := publishObject(src, dst, n); err != nil {
			return false, errno.New("renameat", dir+"/"+n, err)
		}
	}
	return true, nil
}

func publishObject(src, dst int, name string) error {
	if strings.HasSuffix(name, ".commitmeta") {
		return unix.Renameat(src, name, dst, name)
	}
	err := renameNoReplace(src, name, dst, name)
	if err == unix.EEXIST {
		return unix.Unlinkat(src, name, 0)
	}
	return err
}

func (t *Txn) syncObjectDirs(dirs []string) error {
	for _, dir := range dirs {
		fd, err := openDirAt(t.repo.objectsFD, dir)
		if err != nil {
			return errno.New("openat", "objects/"+dir, err)
		}
		err = unix.Fsync(fd)
		unix.Close(fd)
		if err != nil {
			return errno.New("fsync", "objects/"+dir, err)
		}
	}
	if len(dirs) == 0 {
		return nil
	}
	if err := unix.Fsync(t.repo.objectsFD); err != nil {
		return errno.New("fsync", "objects", err)
	}
	return nil
}

func (t *Txn) dropStaging() error {
	if err := removeTree(t.repo.tmpFD, t.stage); err != nil {
		return err
	}
	unix.Unlinkat(t.repo.tmpFD, t.stage+"-lock", 0)
	t.stage = ""
	return nil
}

// Abort ends the transaction without making anything visible. The staged objects stay for the next
// transaction of this boot, unless there was a lack of space. It does nothing after Commit.
func (t *Txn) Abort() error {
	if t.finished {
		return nil
	}
	t.finished = true
	var err error
	if t.stage != "" && t.outOfSpace.Load() {
		err = t.dropStaging()
	}
	t.release()
	return err
}

func (t *Txn) release() {
	t.repo.txn.Store(nil)
	if t.links != "" {
		unix.Close(t.linksFD)
		_ = removeTree(t.repo.tmpFD, t.links) // the next transaction tries again
		t.links = ""
	}
	if t.lockFD >= 0 {
		unix.Close(t.stageFD)
		unix.Close(t.lockFD)
		t.lockFD, t.stageFD, t.tmpFD = -1, -1, -1
	}
	if t.unlock != nil {
		t.unlock()
	}
	t.repo.txnBusy.Store(false)
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
	if now.Sub(time.Unix(mtime.Unix())) <= r.config.TmpExpiry {
		return nil
	}
	return removeTree(r.tmpFD, name)
}
