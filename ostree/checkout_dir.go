package ostree

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sys/unix"
)

// outDir is a directory of the destination. It is closed, and given its final metadata if it is new,
// when the last task that needs it is done.
type outDir struct {
	fd      int
	foreign bool // belongs to the caller
	fresh   bool // made by this checkout; nobody else can have entered it
	plain   bool // what is made in it belongs to the effective user and group
	path    string
	meta    *object.DirMeta
	refs    atomic.Int32
}

func (d *outDir) retain() { d.refs.Add(1) }

// checkoutTask is a directory to make (files is nil) or some files to put into one.
type checkoutTask struct {
	parent     *outDir // of a directory; the place of files
	name, path string
	tree, meta object.Checksum
	depth      int
	top        bool
	files      []object.FileEntry
}

// The files of a directory go to several workers if there is content to copy. Links are better made
// by one worker, as the kernel lets nobody else into the directory meanwhile.
const (
	filesPerTask = 48
	linksPerTask = 1024
)

// maxTreeDepth bounds the nesting of directories, which a damaged repository could make endless.
const maxTreeDepth = 2000

var errTooDeep = fmt.Errorf("directories are nested more than %d levels deep", maxTreeDepth)

// taskQueue is a stack of tasks shared by workers. Last in, first out means depth first, so that the
// number of open directories stays near the depth of the tree.
type taskQueue struct {
	checkout *checkout
	mu       sync.Mutex
	wake     sync.Cond
	tasks    []checkoutTask
	active   int
	err      error
}

func newTaskQueue(c *checkout) *taskQueue {
	q := &taskQueue{checkout: c}
	q.wake.L = &q.mu
	return q
}

func (q *taskQueue) push(tasks ...checkoutTask) {
	for i := range tasks {
		tasks[i].parent.retain()
	}
	q.mu.Lock()
	q.tasks = append(q.tasks, tasks...)
	q.mu.Unlock()
	if len(tasks) == 1 {
		q.wake.Signal()
	} else {
		q.wake.Broadcast()
	}
}

// next waits for a task; ok is false when all work is done or has failed.
func (q *taskQueue) next() (t checkoutTask, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.err == nil && len(q.tasks) == 0 && q.active > 0 {
		q.wake.Wait()
	}
	if q.err != nil || len(q.tasks) == 0 {
		q.wake.Broadcast()
		return t, false
	}
	last := len(q.tasks) - 1
	t, q.tasks[last] = q.tasks[last], checkoutTask{}
	q.tasks = q.tasks[:last]
	q.active++
	return t, true
}

func (q *taskQueue) done(err error) {
	q.mu.Lock()
	q.active--
	if err != nil && q.err == nil {
		q.err = err
	}
	wake := q.err != nil || q.active == 0 && len(q.tasks) == 0
	q.mu.Unlock()
	if wake {
		q.wake.Broadcast()
	}
}

func (q *taskQueue) run(ctx context.Context) error {
	var wg sync.WaitGroup
	for range checkoutWorkers() {
		wg.Go(func() {
			w := &checkoutWorker{checkout: q.checkout, queue: q}
			for {
				t, ok := q.next()
				if !ok {
					return
				}
				err := ctx.Err()
				if err == nil {
					err = w.task(&t)
				}
				if e := w.release(t.parent, err == nil); err == nil {
					err = e
				}
				q.done(err)
			}
		})
	}
	wg.Wait()
	for _, t := range q.tasks {
		q.checkout.release(t.parent, false)
	}
	return q.err
}

// checkoutWorkers is more than there are processors, since workers wait for the disk.
func checkoutWorkers() int { return max(4, runtime.GOMAXPROCS(0)) }

// checkoutWorker is one goroutine's view, with its buffers.
type checkoutWorker struct {
	*checkout
	queue *taskQueue
	buf   []byte
}

func (w *checkoutWorker) task(t *checkoutTask) error {
	if t.files == nil {
		return w.directory(t)
	}
	return w.files(t.parent, t.files)
}

func (w *checkoutWorker) files(d *outDir, files []object.FileEntry) error {
	for i := range files {
		p := ""
		if w.needPath {
			p = joinTree(d.path, files[i].Name)
		}
		if err := w.file(d, &files[i], p); err != nil {
			return err
		}
	}
	return nil
}

func (w *checkoutWorker) directory(t *checkoutTask) error {
	if t.depth > maxTreeDepth {
		return errTooDeep
	}
	if w.opts.Skip != nil && w.opts.Skip(t.path) {
		return nil
	}
	tree, err := w.repo.LoadDirTree(t.tree)
	if err != nil {
		return err
	}
	if err := uniqueNames(tree); err != nil {
		return fmt.Errorf("%s.dirtree: %w", t.tree, err)
	}
	meta, err := w.metas.load(w.repo, t.meta)
	if err != nil {
		return err
	}
	if w.opts.Whiteouts && isOpaque(tree) {
		if err := emptyForOpaque(t); err != nil {
			return err
		}
	}
	d, err := w.makeDir(t)
	if err != nil {
		return err
	}
	d.meta = meta
	d.retain()
	err = w.fill(t, d, tree)
	if e := w.release(d, err == nil); err == nil {
		err = e
	}
	return err
}

// uniqueNames refuses a directory that has a name twice: what a checkout would make of it would
// depend on the order of work. Lists that are sorted, as the format wants them, are merged for that.
func uniqueNames(t *object.DirTree) error {
	last := ""
	for f, d := 0, 0; f < len(t.Files) || d < len(t.Dirs); {
		var name string
		if d == len(t.Dirs) || f < len(t.Files) && t.Files[f].Name < t.Dirs[d].Name {
			name = t.Files[f].Name
			f++
		} else {
			name = t.Dirs[d].Name
			d++
		}
		if name <= last {
			return uniqueUnsorted(t)
		}
		last = name
	}
	return nil
}

func uniqueUnsorted(t *object.DirTree) error {
	seen := make(map[string]bool, len(t.Files)+len(t.Dirs))
	for i := range t.Files {
		if err := addUnique(seen, t.Files[i].Name); err != nil {
			return err
		}
	}
	for i := range t.Dirs {
		if err := addUnique(seen, t.Dirs[i].Name); err != nil {
			return err
		}
	}
	return nil
}

func addUnique(seen map[string]bool, name string) error {
	if seen[name] {
		return fmt.Errorf("Duplicate filename '%s'", name)
	}
	seen[name] = true
	return nil
}

// fill queues what is in a directory. Files come off the stack before subdirectories.
func (w *checkoutWorker) fill(t *checkoutTask, d *outDir, tree *object.DirTree) error {
	if d.fresh && !w.mode.user {
		if err := w.setXattrs(d.fd, w.xattrsFor(d.meta.Xattrs), d.path, object.ModeDir); err != nil {
			return err
		}
	}
	// Whiteouts remove what is there, so their order against the other entries counts.
	if w.hasWhiteouts(tree) {
		if err := w.files(d, tree.Files); err != nil {
			return err
		}
		tree.Files = nil
	}
	tasks := make([]checkoutTask, 0, len(tree.Dirs)+len(tree.Files)/filesPerTask+1)
	for i := len(tree.Dirs) - 1; i >= 0; i-- {
		sub := &tree.Dirs[i]
		s := checkoutTask{parent: d, name: sub.Name, tree: sub.Tree, meta: sub.Meta, depth: t.depth + 1}
		if w.needPath {
			s.path = joinTree(d.path, sub.Name)
		}
		tasks = append(tasks, s)
	}
	batch := filesPerTask
	if !w.opts.ForceCopy && w.repo.Mode().IsBare() {
		batch = linksPerTask
	}
	for files := tree.Files; len(files) > 0; {
		n := min(len(files), batch)
		tasks = append(tasks, checkoutTask{parent: d, files: files[:n]})
		files = files[n:]
	}
	if len(tasks) > 0 {
		w.queue.push(tasks...)
	}
	return nil
}

// makeDir makes or enters a directory. Only the destination itself may be reached through symlinks.
func (w *checkoutWorker) makeDir(t *checkoutTask) (*outDir, error) {
	d := &outDir{path: t.path, fresh: true, plain: t.parent.plain}
	err := unix.Mkdirat(t.parent.fd, t.name, 0o700)
	if err == unix.EEXIST && w.mode.overwrite != OverwriteNone {
		d.fresh = false
	} else if err != nil {
		return nil, errno.Wrap("mkdirat", err)
	}
	flags := unix.O_RDONLY | unix.O_DIRECTORY
	if !t.top {
		flags |= unix.O_NOFOLLOW
	}
	d.fd, err = openat(t.parent.fd, t.name, flags, 0)
	if !d.fresh && err == unix.ENOTDIR && w.opts.Whiteouts && w.mode.overwrite == OverwriteUnion {
		if err = unix.Unlinkat(t.parent.fd, t.name, 0); err != nil {
			return nil, errno.New("unlinkat", t.name, err)
		}
		if err = unix.Mkdirat(t.parent.fd, t.name, 0o700); err != nil {
			return nil, errno.Wrap("mkdirat", err)
		}
		d.fresh = true
		d.fd, err = openat(t.parent.fd, t.name, flags, 0)
	}
	if err != nil {
		return nil, errno.New("opendir", t.name, err)
	}
	if err := w.inspect(t, d); err != nil {
		unix.Close(d.fd)
		return nil, err
	}
	return d, nil
}

// inspect looks at a directory that need not be like its parent: the destination, or one that was
// there before.
func (w *checkoutWorker) inspect(t *checkoutTask, d *outDir) error {
	if !t.top && d.fresh {
		return nil
	}
	var st unix.Stat_t
	if err := unix.Fstat(d.fd, &st); err != nil {
		return errno.Wrap("fstat", err)
	}
	if w.opts.RequireHardlinks && uint64(st.Dev) != w.dev {
		return fmt.Errorf("Unable to do hardlink checkout across devices (src=%d destination=%d)", w.dev, uint64(st.Dev))
	}
	d.plain = st.Uid == w.euid && st.Gid == w.egid && uint32(st.Mode)&unix.S_ISGID == 0
	return nil
}

// release drops a reference; the last one finishes the directory, unless the checkout has failed.
func (c *checkout) release(d *outDir, finish bool) error {
	if d.refs.Add(-1) > 0 || d.foreign {
		return nil
	}
	var err error
	if finish {
		err = c.finishDir(d)
	}
	unix.Close(d.fd)
	return err
}

// finishDir sets owner, mode and time when everything in the directory has been made, so that nobody
// else can interfere with it before.
func (c *checkout) finishDir(d *outDir) error {
	if d.fresh {
		// Mode before owner: whoever gives a directory away may not change its mode any more. The
		// set-id bits of a directory survive a change of owner.
		if err := unix.Fchmod(d.fd, d.meta.Mode&c.mode.dirMask); err != nil {
			return errno.Wrap("fchmod", err)
		}
		if !c.mode.user && !(d.plain && d.meta.UID == c.euid && d.meta.GID == c.egid) {
			if err := unix.Fchown(d.fd, int(d.meta.UID), int(d.meta.GID)); err != nil {
				return errno.Wrap("fchown", err)
			}
		}
		if !c.opts.ForceCopy {
			if err := setZeroMtime(d.fd); err != nil {
				return errno.Wrap("futimens", err)
			}
		}
	}
	if c.fsync {
		if err := unix.Fsync(d.fd); err != nil {
			return errno.Wrap("fsync", err)
		}
	}
	return nil
}

const (
	whiteoutPrefix    = ".wh."
	opaqueWhiteout    = ".wh..wh..opq"
	passthroughPrefix = ".ostree-wh."
)

func isOpaque(tree *object.DirTree) bool {
	for i := range tree.Files {
		if tree.Files[i].Name == opaqueWhiteout {
			return true
		}
	}
	return false
}

func (c *checkout) hasWhiteouts(tree *object.DirTree) bool {
	if !c.opts.Whiteouts && !c.opts.PassthroughWhiteouts {
		return false
	}
	for i := range tree.Files {
		name := tree.Files[i].Name
		if c.opts.Whiteouts && strings.HasPrefix(name, whiteoutPrefix) ||
			c.opts.PassthroughWhiteouts && strings.HasPrefix(name, passthroughPrefix) {
			return true
		}
	}
	return false
}

// emptyForOpaque removes the directory that an opaque whiteout replaces; of a destination that is
// not an entry of some other directory only the content.
func emptyForOpaque(t *checkoutTask) error {
	base := t.name[strings.LastIndexByte(t.name, '/')+1:]
	if !t.top || base != "" && base != "." && base != ".." {
		return removeTree(t.parent.fd, t.name)
	}
	fd, err := openat(t.parent.fd, t.name, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	if err != nil {
		return errno.New("opendir", t.name, err)
	}
	defer unix.Close(fd)
	names, err := readDirNames(fd)
	for i := 0; err == nil && i < len(names); i++ {
		err = removeTree(fd, names[i])
	}
	return err
}
