package ostree

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/fetch"
	"github.com/nestos-dev/nestos/internal/progress"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"
)

// puller is one pull. Its work is a queue of objects to obtain, which begins with the commits asked
// for and grows as their directories are read; see pull_scan.go for what an object leads to.
type puller struct {
	repo       *Repo
	opts       *PullOptions
	remote     *Remote // nil for a URL
	remoteName string  // below which refs are written; "" for local refs

	local     *Repo // where objects come from, instead of the network
	ownsLocal bool
	client    *fetch.Client // nil when local
	meta      []string      // base URLs for metadata
	content   []string      // base URLs for content and deltas
	server    serverConfig

	summary         *Summary // nil if the remote has none or it is not needed
	summarySig      []byte
	metalinkSummary []byte
	gzip            bool // ask for compressed transfers
	signLocal       bool // verify sign-API signatures although the source is local
	refs            []*pullRef
	commits         []object.Checksum // asked for without a ref
	sizes           map[object.Checksum]int64
	verify          commitVerifier
	notBefore       *object.Commit // of TimestampCheckFromRev
	subpaths        subpathSet
	deltas          *deltaChooser // nil when static deltas are out of the question

	txn   *Txn
	links linkability
	known knownDirs
	queue *pullQueue

	mu          sync.Mutex
	seen        map[object.Name]struct{}
	commitDepth map[object.Checksum]int // of every commit visited: how many parents are followed

	stats pullCounters
	start time.Time
	task  *progress.Task
}

type pullCounters struct {
	metaFetched, contentFetched, metaImported, contentImported, parts atomic.Int64
	receivedBefore                                                    int64
	refreshed                                                         atomic.Int64 // bytes of detached metadata of commits that were here already
}

func (r *Repo) newPuller(remote string, opts *PullOptions) (*puller, error) {
	if err := checkPullOptions(opts); err != nil {
		return nil, err
	}
	p := &puller{repo: r, opts: opts, remoteName: remote, start: time.Now(), subpaths: newSubpathSet(opts.Subpaths),
		seen: map[object.Name]struct{}{}, commitDepth: map[object.Checksum]int{}, sizes: map[object.Checksum]int64{}}
	if isFileURL(remote) {
		p.remoteName = opts.RemoteName
	} else {
		m, err := r.Remote(remote)
		if err != nil {
			return nil, err
		}
		p.remote = m
	}
	if r.Mode() == ModeArchive && opts.Deltas == DeltasRequired {
		return nil, errors.New("Can't use static deltas in an archive repo")
	}
	if p.remote == nil && opts.URL == "" {
		p.meta = []string{remote}
	}
	return p, nil
}

func (p *puller) close() {
	if p.client != nil {
		p.client.Close()
	}
	if p.ownsLocal {
		p.local.Close()
	}
}

// run is the whole pull: find out what to get, get it, make it visible.
func (p *puller) run(ctx context.Context) (*PullStats, error) {
	p.task = progress.Start(p.opts.Progress, Event{Task: "pull", ID: p.remoteName, Text: "Receiving objects"})
	p.repo.log.Debug("pull", "remote", p.remoteName, "depth", p.opts.Depth, "mirror", p.opts.Mirror, "subpaths", p.opts.Subpaths)
	stats, err := p.perform(ctx)
	p.task.End(err)
	if err == nil {
		p.repo.log.Info("pull complete", "remote", p.remoteName, "refs", len(stats.Refs), "gpg", stats.GPG, "sign", stats.Sign,
			"transport", stats.Transport, "bytes", stats.BytesTransferred, "duration", stats.Duration)
	}
	return stats, err
}

func (p *puller) perform(ctx context.Context) (*PullStats, error) {
	if err := p.prepare(ctx); err != nil {
		return nil, err
	}
	if p.local != nil {
		unlock, err := p.local.LockShared(ctx)
		if err != nil {
			return nil, err
		}
		defer unlock()
	}
	if err := p.repo.checkWritable(); err != nil {
		return nil, err
	}
	txn, err := p.repo.beginPull(ctx, p.opts)
	if err != nil {
		return nil, err
	}
	p.txn = txn
	defer txn.Abort()
	if err := p.obtainAll(ctx); err != nil {
		return nil, err
	}
	if p.opts.DryRun {
		return p.finish(), nil
	}
	if err := p.publish(ctx); err != nil {
		return nil, err
	}
	return p.finish(), nil
}

// beginPull starts the transaction of a pull.
func (r *Repo) beginPull(ctx context.Context, o *PullOptions) (*Txn, error) {
	return r.Begin(ctx, &TxnOptions{NoFsync: o.NoFsync, PerObjectFsync: o.PerObjectFsync})
}

// obtainAll fills the queue with the commits and works until it is empty.
func (p *puller) obtainAll(ctx context.Context) error {
	if err := mkdirAllAt(p.repo.dirFD, "state"); err != nil {
		return err
	}
	if err := p.known.init(p.repo, p.txn); err != nil {
		return err
	}
	if p.local != nil {
		p.links = p.linkabilityOf(p.local)
	}
	if p.client != nil {
		p.stats.receivedBefore = p.client.BytesReceived()
	}
	p.queue = newPullQueue()
	p.queueCommits()
	g, ctx := errgroup.WithContext(ctx)
	stop := context.AfterFunc(ctx, p.queue.stop)
	defer stop()
	for range p.workers() {
		g.Go(func() error { return p.work(ctx) })
	}
	return g.Wait()
}

// workers is how many objects are worked on at the same time. Over a network some wait for replies
// while as many others as there are cores hash and inflate what has arrived.
func (p *puller) workers() int {
	cores := runtime.GOMAXPROCS(0)
	if p.local != nil {
		return cores
	}
	n := p.opts.MaxRequests
	if n <= 0 {
		n = fetch.DefaultMaxConcurrent
	}
	return n + cores
}

// queueCommits begins with each commit once, with all refs that name it.
func (p *puller) queueCommits() {
	byCommit := map[object.Checksum][]*pullRef{}
	order := []object.Checksum{}
	note := func(c object.Checksum, ref *pullRef) {
		if _, ok := byCommit[c]; !ok {
			order = append(order, c)
		}
		byCommit[c] = append(byCommit[c], ref)
	}
	for _, c := range p.commits {
		note(c, nil)
	}
	for _, ref := range p.refs {
		note(ref.got, ref)
	}
	for _, c := range order {
		refs := byCommit[c]
		p.queue.push(func(ctx context.Context) error { return p.requested(ctx, c, refs) })
	}
}

func (p *puller) work(ctx context.Context) error {
	for {
		t, ok := p.queue.next()
		if !ok {
			return ctx.Err()
		}
		var err error
		if t.run != nil {
			err = t.run(ctx)
		} else {
			err = p.obtainFile(ctx, t.file)
		}
		p.queue.done()
		if err != nil {
			return err
		}
	}
}

// publish commits the transaction, after which the commits are complete.
func (p *puller) publish(ctx context.Context) error {
	if err := p.setRefs(); err != nil {
		return err
	}
	if _, err := p.txn.Commit(ctx); err != nil {
		return err
	}
	if err := p.copySummary(); err != nil {
		return err
	}
	return p.clearPartial()
}

// copySummary gives a mirror of everything the remote's summary.
func (p *puller) copySummary() error {
	if !p.mirrorsAll() || p.summary == nil {
		return nil
	}
	fsync := p.repo.Config().Fsync && !p.opts.NoFsync
	if err := p.repo.replaceFile("summary", p.summary.Bytes(), 0o644, fsync); err != nil {
		return err
	}
	if p.summarySig == nil {
		if err := unix.Unlinkat(p.repo.dirFD, "summary.sig", 0); err != nil && err != unix.ENOENT {
			return errno.New("unlinkat", "summary.sig", err)
		}
		return nil
	}
	return p.repo.replaceFile("summary.sig", p.summarySig, 0o644, fsync)
}

func (p *puller) finish() *PullStats {
	s := &PullStats{
		Local:           p.local != nil,
		MetadataFetched: int(p.stats.metaFetched.Load()), ContentFetched: int(p.stats.contentFetched.Load()),
		MetadataImported: int(p.stats.metaImported.Load()), ContentImported: int(p.stats.contentImported.Load()),
		DeltaParts: int(p.stats.parts.Load()), ContentBytesWritten: p.txn.Stats().ContentBytesWritten,
		Duration: time.Since(p.start), dryRun: p.opts.DryRun,
	}
	switch {
	case p.local != nil:
		s.BytesTransferred = p.stats.refreshed.Load()
	case p.client != nil:
		s.BytesTransferred = p.client.BytesReceived() - p.stats.receivedBefore
	}
	if p.deltas != nil {
		s.Delta = p.deltas.totals()
	}
	for _, ref := range p.refs {
		s.Refs = append(s.Refs, ref.CollectionRef)
	}
	slices.SortFunc(s.Refs, func(a, b CollectionRef) int {
		return cmp.Or(strings.Compare(a.Collection, b.Collection), strings.Compare(a.Ref, b.Ref))
	})
	p.describeSecurity(s)
	return s
}

// pullTask is a step that finds more work, or a file object to obtain.
type pullTask struct {
	run  func(context.Context) error
	file object.Checksum
}

// pullQueue hands out work: steps first, in order, since they show how much there is to do, then delta parts
// (two at a time, as they take memory), then files. It is empty for good when nothing waits and nobody works.
type pullQueue struct {
	mu        sync.Mutex
	wake      sync.Cond
	steps     fifo[func(context.Context) error]
	parts     fifo[func(context.Context) error]
	files     fifo[object.Checksum]
	busy      int
	busyParts int
	stopped   bool
}

const maxDeltaParts = 2

func newPullQueue() *pullQueue {
	q := &pullQueue{}
	q.wake.L = &q.mu
	return q
}

func (q *pullQueue) push(run func(context.Context) error) {
	q.mu.Lock()
	q.steps.push(run)
	q.mu.Unlock()
	q.wake.Signal()
}

func (q *pullQueue) pushPart(run func(context.Context) error) {
	q.mu.Lock()
	q.parts.push(func(ctx context.Context) error {
		defer q.partDone()
		return run(ctx)
	})
	q.mu.Unlock()
	q.wake.Signal()
}

func (q *pullQueue) partDone() {
	q.mu.Lock()
	q.busyParts--
	q.mu.Unlock()
	q.wake.Signal()
}

func (q *pullQueue) pushFiles(list []object.Checksum) {
	if len(list) == 0 {
		return
	}
	q.mu.Lock()
	for _, c := range list {
		q.files.push(c)
	}
	q.mu.Unlock()
	q.wake.Broadcast()
}

// next waits for work; ok is false when there will be none.
func (q *pullQueue) next() (t pullTask, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for !q.stopped {
		if run, ok := q.steps.pop(); ok {
			q.busy++
			return pullTask{run: run}, true
		}
		if q.busyParts < maxDeltaParts {
			if run, ok := q.parts.pop(); ok {
				q.busy++
				q.busyParts++
				return pullTask{run: run}, true
			}
		}
		if c, ok := q.files.pop(); ok {
			q.busy++
			return pullTask{file: c}, true
		}
		if q.busy == 0 {
			q.stopped = true
			q.wake.Broadcast()
			break
		}
		q.wake.Wait()
	}
	return pullTask{}, false
}

func (q *pullQueue) done() {
	q.mu.Lock()
	q.busy--
	idle := q.busy == 0
	q.mu.Unlock()
	if idle {
		q.wake.Broadcast()
	}
}

func (q *pullQueue) stop() {
	q.mu.Lock()
	q.stopped = true
	q.mu.Unlock()
	q.wake.Broadcast()
}

// fifo is a queue that gives its memory back as it empties.
type fifo[T any] struct {
	list []T
	head int
}

func (f *fifo[T]) push(v T) { f.list = append(f.list, v) }

func (f *fifo[T]) pop() (v T, ok bool) {
	if f.head == len(f.list) {
		return v, false
	}
	var zero T
	v, f.list[f.head] = f.list[f.head], zero
	f.head++
	if f.head == len(f.list) {
		f.list, f.head = f.list[:0], 0
	}
	return v, true
}

// knownDirs remembers which two-digit directories held no objects when the pull began: there is
// nothing to look for in them.
type knownDirs struct {
	any        [256]bool
	other      bool        // there is a parent repository
	everywhere atomic.Bool // a static delta has stored objects: they may be anywhere
}

func (k *knownDirs) init(r *Repo, t *Txn) error {
	k.other = r.parent != nil
	for _, fd := range []int{r.objectsFD, t.stageFD} {
		names, err := readDirNames(fd)
		if err != nil {
			return err
		}
		for _, n := range names {
			var b byte
			if len(n) == 2 && object.IsHex(n) {
				fmt.Sscanf(n, "%02x", &b)
				k.any[b] = true
			}
		}
	}
	return nil
}

// has is [Repo.HasObject] that knows where not to look. Objects that this pull itself stored may be missed.
func (p *puller) has(n object.Name) (bool, error) {
	if !p.known.any[n.Checksum[0]] && !p.known.other && !p.known.everywhere.Load() {
		return false, nil
	}
	return p.repo.HasObject(n)
}
