package ostree

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

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
	staged  *stagedDir // the staging directory for readers; nil when objects are written directly

	publishing atomic.Bool // staged objects are on their way to objects/
	finished   atomic.Bool
	// outside is held for reading by methods of Repo that write into whatever transaction is running, so that it
	// does not end before they are done.
	outside sync.RWMutex

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
	bindings map[object.Checksum][]string // the refs that commits of this transaction are bound to
	consumed []string                     // source directories to remove after the commit
	sizes    map[object.Name]sizeRecord

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

// ErrTransactionRunning reports a second transaction on one handle, or one beside a [Repo.Prune] or a [Repo.Fsck] that
// deletes; use a handle for each.
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
		fsync: r.Config().Fsync && !opts.NoFsync, perObjectFsync: r.Config().PerObjectFsync || opts.PerObjectFsync}
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
	t.verity.init(r.Config())
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

// measureSpace sets the budget of blocks that the transaction may use (core.min-free-space-*).
func (t *Txn) measureSpace() error {
	c := t.repo.Config()
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

// reserve takes the blocks of an object out of the budget. One that does not fit takes nothing, so that
// others that are written at the same time are not blamed.
func (t *Txn) reserve(size int64) error {
	if !t.spaceLimited {
		return nil
	}
	return t.reserveBlocks(size/int64(t.blockSize)+1, size)
}

// reserveBlocks is reserve for a part of an object; size in bytes is for the message.
func (t *Txn) reserveBlocks(blocks, size int64) error {
	for {
		free := t.freeBlocks.Load()
		if free < blocks {
			t.outOfSpace.Store(true)
			return t.repo.spaceError(size)
		}
		if t.freeBlocks.CompareAndSwap(free, free-blocks) {
			return nil
		}
	}
}

// noteSpace remembers that a write failed for lack of space: what was staged is then not kept for another try, which
// would need the room as well.
func (t *Txn) noteSpace(err error) {
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) {
		t.outOfSpace.Store(true)
	}
}

// AvailableBytes returns how many bytes the transaction may still write; ok is false if there is no limit.
func (t *Txn) AvailableBytes() (n int64, ok bool) {
	return max(t.freeBlocks.Load(), 0) * int64(t.blockSize), t.spaceLimited
}

func (r *Repo) spaceError(size int64) error {
	e := &SpaceError{Requested: size}
	if c := r.Config(); c.MinFreeSpaceBytes > 0 {
		e.text = fmt.Sprintf("min-free-space-size %dMB would be exceeded, at least %s requested", c.MinFreeSpaceBytes>>20, humansize.Format(uint64(size)))
	} else {
		e.text = fmt.Sprintf("min-free-space-percent '%d%%' would be exceeded, at least %s requested", c.MinFreeSpacePercent, humansize.Format(uint64(size)))
	}
	return e
}

// ErrTransactionEnded is the error of a [Txn] that was committed or aborted before.
var ErrTransactionEnded = errors.New("the transaction has ended")

// checkRunning is an error when the transaction has ended: what is written then would get lost.
func (t *Txn) checkRunning() error {
	if t.finished.Load() {
		return ErrTransactionEnded
	}
	return nil
}

// Commit makes everything that was written part of the repository. The order is: objects reach the
// disk (syncfs), get their names in objects/, those directories are made durable, then the refs are
// written. A kill before the last step leaves objects that no ref names yet; a kill during it leaves
// some refs old and some new, each complete. The summary is regenerated when the configuration asks for it.
// A transaction that has ended is [ErrTransactionEnded].
func (t *Txn) Commit(ctx context.Context) (TxnStats, error) {
	changed, err := t.commit()
	if err == nil && changed && t.repo.Config().AutoUpdateSummary && !t.noSummary {
		err = t.repo.UpdateSummary(ctx, nil)
	}
	return t.Stats(), err
}

func (t *Txn) commit() (refsChanged bool, err error) {
	t.outside.Lock()
	defer t.outside.Unlock()
	if err := t.checkRunning(); err != nil {
		return false, err
	}
	defer func() {
		if err != nil {
			t.abort()
		}
	}()
	if t.repo.testErrors["pre-commit"] {
		return false, errors.New("OSTREE_REPO_TEST_ERROR_PRE_COMMIT specified")
	}
	if err := t.publish(); err != nil {
		return false, err
	}
	if err := t.repo.cleanTmp(t.stage); err != nil {
		return false, err
	}
	if err := t.writeRefs(); err != nil {
		return false, err
	}
	if err := t.removeConsumed(); err != nil {
		return false, err
	}
	t.finished.Store(true)
	t.release()
	return len(t.refs) > 0, nil
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
	t.publishing.Store(true)
	dirs, err := readDirNames(t.stageFD)
	if err != nil {
		return err
	}
	dirs = slices.DeleteFunc(dirs, func(d string) bool { return len(d) != 2 || !object.IsHex(d) })
	if len(dirs) == 0 {
		return t.dropStaging() // only refs change
	}
	if err := syncFilesystem(t.repo.dirFD); err != nil {
		return errno.Wrap("syncfs", err)
	}
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
// transaction of this boot, unless there was a lack of space. It does nothing after Commit, and on nil, so that it can
// be deferred before the error of [Repo.Begin] is looked at.
func (t *Txn) Abort() error {
	if t == nil {
		return nil
	}
	t.outside.Lock()
	defer t.outside.Unlock()
	return t.abort()
}

// abort is Abort for a caller that holds outside.
func (t *Txn) abort() error {
	if t.finished.Swap(true) {
		return nil
	}
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
		t.staged.release()
		if t.stage != "" {
			unix.Unlinkat(t.repo.tmpFD, t.stage+"-lock", 0)
		}
		unix.Close(t.lockFD)
		t.lockFD, t.stageFD, t.tmpFD = -1, -1, -1
	}
	if t.unlock != nil {
		t.unlock()
	}
	t.repo.txnBusy.Store(false)
}
