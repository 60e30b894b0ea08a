package ostree

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/internal/progress"
	"github.com/nestos-dev/nestos/ostree/delta"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sign"
)

// DeltaOptions say which static delta to generate, and how. The zero value of everything but To is right.
type DeltaOptions struct {
	// From is the commit that the delta starts from; zero makes a delta from scratch.
	From object.Checksum
	// To is the commit that the delta leads to.
	To object.Checksum

	// MinFallbackSize is the size in bytes above which a file that shares nothing with an older one is left out
	// of the delta, to be fetched as an object; 0 means 4,000,000, negative never. A delta that leaves
	// something out cannot be applied offline.
	MinFallbackSize int64
	// MaxBsdiffSize bounds the sum of the sizes, in bytes, of two files that are compared by bsdiff; 0 means
	// 128,000,000, negative switches bsdiff off.
	MaxBsdiffSize int64
	// MaxChunkSize is the size in bytes, before compression, at which a part ends; 0 means 32,000,000. A
	// part has at least one object.
	MaxChunkSize int64
	// BigEndian writes the sizes in the superblock in big-endian order.
	BigEndian bool
	// Inline puts the parts into the superblock, so that the delta is a single file.
	Inline bool
	// Metadata comes first in the superblock's metadata.
	Metadata *object.Dict
	// Filename is where the superblock is written instead of the repository; parts are called 0, 1 … in the same
	// directory.
	Filename string
	// IfNotExists leaves a delta that the repository has as it is.
	IfNotExists bool
	// Engine and SecretKeys sign the superblock.
	Engine     sign.Engine
	SecretKeys [][]byte
	// Time is the date of the delta; the zero time means now. Seconds count.
	Time time.Time

	// Concurrency is how many files are compared and how many parts are compressed at the same time; 0 means
	// as many as there are processors. Each takes up to 450 MiB of memory. The delta is the same for every value.
	Concurrency int
	// OnEvent is told what is being done, from one goroutine at a time; nil for nobody.
	OnEvent func(DeltaEvent)
	// Progress receives events of task "delta", with the bytes of the new objects that are packed.
	Progress Progress
}

// Defaults of [DeltaOptions], in bytes.
const (
	DefaultDeltaFallbackSize = 4_000_000
	DefaultDeltaBsdiffSize   = 128_000_000
	DefaultDeltaChunkSize    = 32_000_000
)

// withDefaults returns a copy in which every limit is a number to compare with.
func (o DeltaOptions) withDefaults() *DeltaOptions {
	if o.MinFallbackSize == 0 {
		o.MinFallbackSize = DefaultDeltaFallbackSize
	}
	if o.MaxBsdiffSize == 0 {
		o.MaxBsdiffSize = DefaultDeltaBsdiffSize
	}
	if o.MaxChunkSize == 0 {
		o.MaxChunkSize = DefaultDeltaChunkSize
	}
	if o.Concurrency <= 0 {
		o.Concurrency = runtime.GOMAXPROCS(0)
	}
	return &o
}

// DeltaStats tells what a generated delta consists of.
type DeltaStats struct {
	Name   delta.Name
	Exists bool // nothing was done, since the repository has the delta

	Parts        int
	Size         uint64 // of the parts, in bytes
	USize        uint64 // of the objects in the parts, in bytes
	Loose        uint64 // of the objects that are in the parts as a whole, as the repository stores them
	Copied       int    // files made by copying from older ones
	CopiedBytes  uint64 // that they copy
	Patched      int    // files made by patching older ones
	Fallbacks    int    // files left out
	FallbackSize uint64 // of these as the repository stores them
}

// GenerateDelta makes a static delta: a file, with its parts, that turns a client's copy of one commit into
// another in a few requests. It holds the metadata objects that are new, and for each new file the best of three
// ways: the file as a whole; copies from a similar file of the old commit with the rest in between; or a binary
// patch to it. Files are compared, and parts compressed, on all cores; the bytes only depend on the
// repository, the options and the time.
//
// The delta is built aside and takes the place of an older one of the same name in one step, when all of it is
// on disk. A killed run leaves a directory in tmp/ that the next transaction removes. When the context ends, what is being compressed
// at that moment is finished in the background.
func (r *Repo) GenerateDelta(ctx context.Context, opts *DeltaOptions) (*DeltaStats, error) {
	if opts == nil || opts.To.IsZero() {
		return nil, errors.New("a delta needs a target")
	}
	if err := r.writeErr; err != nil {
		return nil, err
	}
	g := &deltaGenerator{repo: r, opts: opts.withDefaults(), name: delta.Name{From: opts.From, To: opts.To}}
	g.stats.Name = g.name
	if opts.IfNotExists && opts.Filename == "" {
		found, err := r.HasStaticDelta(g.name)
		if found || err != nil {
			g.stats.Exists = found
			return &g.stats, err
		}
	}
	unlock, err := r.LockShared(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	g.task = progress.Start(opts.Progress, Event{Task: "delta", ID: g.name.String(), Text: "Generating static delta"})
	err = g.run(ctx)
	g.end()
	g.task.End(err)
	if err != nil {
		return nil, fmt.Errorf("generating static delta %s: %w", g.name, err)
	}
	return &g.stats, nil
}

// deltaGenerator is one run of GenerateDelta.
type deltaGenerator struct {
	repo  *Repo
	opts  *DeltaOptions
	name  delta.Name
	plan  *deltaPlan
	stage *deltaStage
	super delta.Superblock
	stats DeltaStats
	task  *progress.Task

	mu    sync.Mutex
	ended bool
}

// tell passes an event on, unless the run is over: parts may be compressed longer than that.
func (g *deltaGenerator) tell(e DeltaEvent) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.opts.OnEvent != nil && !g.ended {
		g.opts.OnEvent(e)
	}
}

func (g *deltaGenerator) end() {
	g.mu.Lock()
	g.ended = true
	g.mu.Unlock()
}

func (g *deltaGenerator) run(ctx context.Context) (err error) {
	if err := g.loadHead(); err != nil {
		return err
	}
	if g.plan, err = g.repo.planDelta(ctx, g.name); err != nil {
		return err
	}
	g.tell(&DeltaScanned{g.plan.modified, len(g.plan.metadata) + 1, len(g.plan.regular), len(g.plan.symlinks)})
	if err := g.compare(ctx); err != nil {
		return err
	}
	if g.stage, err = g.repo.newDeltaStage(); err != nil {
		return err
	}
	defer g.stage.close()
	if err := g.pack(ctx); err != nil {
		return err
	}
	if err := g.writeSuperblock(); err != nil {
		return err
	}
	return g.place(ctx)
}

// loadHead fills in what the superblock has besides the parts.
func (g *deltaGenerator) loadHead() (err error) {
	s := &g.super
	s.Name = g.name
	s.Endianness.Big = g.opts.BigEndian
	now := g.opts.Time
	if now.IsZero() {
		now = time.Now()
	}
	s.Timestamp = uint64(now.Unix())
	if s.Commit, err = g.repo.loadVerified(object.Name{Checksum: g.name.To, Type: object.TypeCommit}); err != nil {
		return err
	}
	md := &object.Dict{}
	if g.opts.Metadata != nil {
		for _, k := range g.opts.Metadata.Keys() {
			v, _ := g.opts.Metadata.Get(k)
			md.Set(k, v)
		}
	}
	mark := byte('l')
	if s.Endianness.Big {
		mark = 'B'
	}
	md.Set(delta.KeyEndianness, gvariant.NewByte(mark))
	detached, err := g.repo.LoadCommitMeta(g.name.To)
	if err != nil {
		return err
	}
	if detached.IsValid() {
		md.Set(g.name.KeyCommitMeta(), detached)
	}
	s.Metadata = md.Value()
	return nil
}
