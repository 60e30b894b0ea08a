package ostree

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/delta"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sys/unix"
)

// PruneOptions say what to keep. The zero value keeps every commit and deletes what none of them needs.
//
// RetainBranchDepth, OnlyBranches and the two times each imply RefsOnly.
type PruneOptions struct {
	// RefsOnly keeps only commits that refs lead to, instead of all commits.
	RefsOnly bool
	// Keep are further commits to keep, without their history, as if refs led to them: those of deployments.
	// One that is not there is no error.
	Keep []object.Checksum
	// Depth is how many generations of parents of a kept commit are kept too; nil or negative: all.
	Depth *int
	// NoPrune only counts.
	NoPrune bool
	// DeleteCommit, a checksum in text form, is deleted before anything else, and a tombstone is left
	// in its place; core.tombstone-commits is switched on for that. It must not be the target of a ref.
	DeleteCommit string
	// StaticDeltasOnly makes DeleteCommit delete the static deltas to that commit, not the commit.
	StaticDeltasOnly bool
	// KeepYoungerThan keeps of each branch its own commit, and the ancestors as far back as none is
	// older than this (in whole seconds).
	KeepYoungerThan time.Time
	// KeepUnreferencedYoungerThan also keeps commits that no ref leads to, without their history,
	// unless they are older than this.
	KeepUnreferencedYoungerThan time.Time
	// RetainBranchDepth overrides Depth and KeepYoungerThan by branch: the depth, negative for all.
	RetainBranchDepth map[string]int
	// OnlyBranches prunes just these branches: of all others without a RetainBranchDepth the whole
	// history is kept. They must exist.
	OnlyBranches []string
	// CommitOnly looks at and deletes nothing but commit objects; their trees become unreachable and
	// stay until the next prune.
	CommitOnly bool
}

// PruneStats tells what was, or with NoPrune would be, deleted. Only commits, dirtrees, dirmetas, files
// and payload links are counted.
type PruneStats struct {
	Objects int          // objects looked at
	Pruned  int          // of them unreachable
	Freed   uint64       // bytes that the unreachable ones take
	Deltas  []delta.Name // static deltas deleted
}

// Errors of contradictory [PruneOptions].
var (
	ErrDeltasOnlyNeedsCommit = errors.New("--static-deltas-only requires --delete-commit; see https://github.com/ostreedev/ostree/issues/1479")
	ErrDeleteAndNoPrune      = errors.New("Cannot specify both --delete-commit and --no-prune")
)

// ParseBranchDepth reads "BRANCH=DEPTH", the form in which command lines give [PruneOptions].RetainBranchDepth.
func ParseBranchDepth(s string) (branch string, depth int, err error) {
	branch, text, ok := strings.Cut(s, "=")
	if !ok {
		return "", 0, fmt.Errorf("Invalid value %s, must specify BRANCH=DEPTH", s)
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if errors.Is(err, strconv.ErrRange) {
		return "", 0, fmt.Errorf("Out of range depth %s", text)
	}
	if err != nil {
		return "", 0, fmt.Errorf("Invalid depth %s", text)
	}
	return branch, int(n), nil
}

func (o *PruneOptions) depth() int {
	if o.Depth == nil {
		return -1
	}
	return *o.Depth
}

// byBranch tells whether what is kept depends on the branch.
func (o *PruneOptions) byBranch() bool {
	return len(o.RetainBranchDepth) > 0 || len(o.OnlyBranches) > 0 || !o.KeepYoungerThan.IsZero()
}

func (o *PruneOptions) check() error {
	switch {
	case o.DeleteCommit != "" && o.NoPrune:
		return ErrDeleteAndNoPrune
	case o.StaticDeltasOnly && o.DeleteCommit == "":
		return ErrDeltasOnlyNeedsCommit
	}
	return nil
}

// Prune deletes the loose objects that no kept commit needs, then static deltas to commits that are
// not there, then what earlier runs left in state/ and tmp/, with cached summaries of remotes that are no
// longer configured. Detached metadata goes with its commit. A directory object that is missing or damaged, except below a commit that is marked
// partial, is an error before anything is deleted, since what it names could not be told.
//
// On its handle it counts as a transaction, unless nothing is deleted: beside one it is [ErrTransactionRunning], and so
// is a transaction beside it. The handle's other methods may run at the same time.
//
// The exclusive lock is taken before refs and commits are listed, so that a commit made at the same
// time is either finished and seen, or begins after.
//
// Kill safety: unreachable commit objects are deleted first (each before its partial mark), and their
// directories made durable, before any dirtree, dirmeta or file is touched. So at every moment a commit
// that is still there has all its objects, or is marked partial as it was; what a killed run leaves is
// unreachable and is found by the next one. Of a static delta the index and the superblock go before
// the parts, so that no reader finds a delta without them.
func (r *Repo) Prune(ctx context.Context, opts *PruneOptions) (*PruneStats, error) {
	if opts == nil {
		opts = &PruneOptions{}
	}
	if err := opts.check(); err != nil {
		return nil, err
	}
	if !opts.NoPrune {
		if err := r.checkWritable(); err != nil {
			return nil, err
		}
		if !r.txnBusy.CompareAndSwap(false, true) {
			return nil, fmt.Errorf("pruning: %w", ErrTransactionRunning)
		}
		defer r.txnBusy.Store(false)
	}
	unlock, err := r.lock(ctx, !opts.NoPrune)
	if err != nil {
		return nil, err
	}
	defer unlock()
	p := &pruner{repo: r, opts: opts, keep: NewObjectSet(), history: newHistory(r), stats: &PruneStats{}}
	return p.stats, p.run(ctx)
}

// pruner is one run of [Repo.Prune].
type pruner struct {
	repo    *Repo
	opts    *PruneOptions
	keep    *ObjectSet
	history *history
	stats   *PruneStats
}

func (p *pruner) run(ctx context.Context) error {
	if err := p.deleteRequested(ctx); err != nil {
		return err
	}
	if err := p.gather(ctx); err != nil {
		return err
	}
	if err := p.history.mark(ctx, p.keep, p.opts.CommitOnly); err != nil {
		return err
	}
	if err := p.sweep(ctx); err != nil || p.opts.NoPrune {
		return err
	}
	if err := p.pruneDeltas(ctx); err != nil {
		return err
	}
	if err := p.repo.pruneMarks(); err != nil {
		return err
	}
	if err := p.repo.cleanTmp(""); err != nil {
		return err
	}
	return p.repo.pruneSummaryCache()
}

// deleteRequested carries DeleteCommit out.
func (p *pruner) deleteRequested(ctx context.Context) error {
	text := p.opts.DeleteCommit
	switch {
	case text == "":
		return nil
	case p.opts.StaticDeltasOnly:
		to, err := object.ParseChecksum(text)
		if err != nil {
			return err
		}
		if err := p.deleteDeltas(ctx, func(n delta.Name) (bool, error) { return n.To == to, nil }); err != nil {
			return err
		}
		return p.repo.pruneDeltaIndexes(func(c object.Checksum) (bool, error) { return c == to, nil })
	}
	c, err := object.ParseChecksum(text)
	if err != nil {
		return missingCommit(text)
	}
	if err := p.checkUnreferenced(c); err != nil {
		return err
	}
	n := object.Name{Checksum: c, Type: object.TypeCommit}
	if found, err := p.repo.hasOwnObject(n); err != nil {
		return err
	} else if !found {
		return missingCommit(text)
	}
	if err := p.repo.enableTombstones(); err != nil {
		return err
	}
	return p.repo.DeleteObject(n)
}

// missingCommit is what deleting a commit of that name would fail with, even if no commit can have it.
func missingCommit(text string) error {
	path := text + ".commit"
	if len(text) > 2 {
		path = text[:2] + "/" + text[2:] + ".commit"
	}
	return fmt.Errorf("Deleting object %s.commit: %w", text, errno.New("unlinkat", path, unix.ENOENT))
}

func (p *pruner) checkUnreferenced(c object.Checksum) error {
	refs, err := p.repo.Refs("")
	if err != nil {
		return err
	}
	for _, ref := range refs {
		if ref.Checksum == c {
			return fmt.Errorf("Commit '%s' is referenced by '%s'", c, ref.Refspec())
		}
	}
	more, err := p.repo.heldCollectionRefs()
	if err != nil {
		return err
	}
	for _, ref := range more {
		if ref.Checksum == c {
			return fmt.Errorf("Commit '%s' is referenced by %s", c, CollectionRef{ref.Collection, ref.Name})
		}
	}
	return nil
}

// enableTombstones switches core.tombstone-commits on.
func (r *Repo) enableTombstones() error {
	if r.Config().TombstoneCommits {
		return nil
	}
	r.configMu.Lock()
	defer r.configMu.Unlock()
	return r.changeConfig(func(c *Config) error { return c.Set("core", "tombstone-commits", "true") })
}

// gather collects the commits to keep.
func (p *pruner) gather(ctx context.Context) error {
	o := p.opts
	refsOnly := o.RefsOnly || o.byBranch() || !o.KeepUnreferencedYoungerThan.IsZero()
	var roots []object.Checksum
	var err error
	switch {
	case o.byBranch():
		if err := p.gatherBranches(ctx); err != nil {
			return err
		}
	case refsOnly:
		roots, err = p.repo.CommitsOfRefs()
	default:
		roots, err = p.repo.Commits(ctx)
	}
	if err != nil {
		return err
	}
	for _, c := range roots {
		if _, err := p.history.walk(ctx, c, o.depth()); err != nil {
			return err
		}
	}
	for _, c := range o.Keep {
		if _, err := p.history.walk(ctx, c, 0); err != nil {
			return err
		}
	}
	if o.KeepUnreferencedYoungerThan.IsZero() {
		return nil
	}
	return p.gatherUnreferenced(ctx)
}

// gatherBranches applies the rules that differ by branch. Mirrored refs of other collections have no
// name that an option could give; they follow the rule for all branches.
func (p *pruner) gatherBranches(ctx context.Context) error {
	only := map[string]bool{}
	for _, b := range p.opts.OnlyBranches {
		if _, err := p.repo.ResolveRev(b); err != nil {
			return err
		}
		only[b] = true
	}
	refs, err := p.repo.Refs("")
	if err != nil {
		return err
	}
	mirrored, err := p.repo.heldCollectionRefs()
	if err != nil {
		return err
	}
	for _, ref := range mirrored {
		if ref.Collection != p.repo.CollectionID() {
			refs = append(refs, ref)
		}
	}
	for _, ref := range refs {
		name := ref.Refspec()
		depth, retained := p.opts.RetainBranchDepth[name]
		if ref.Collection != "" {
			retained = false
		}
		switch {
		case retained:
		case len(only) > 0 && (ref.Collection != "" || !only[name]):
			depth = -1
		case !p.opts.KeepYoungerThan.IsZero():
			if err := p.gatherYounger(ctx, ref.Checksum); err != nil {
				return err
			}
			continue
		default:
			depth = p.opts.depth()
		}
		if _, err := p.history.walk(ctx, ref.Checksum, depth); err != nil {
			return err
		}
	}
	return nil
}

// gatherYounger keeps a branch's commit, and history as long as it is not older than the limit.
func (p *pruner) gatherYounger(ctx context.Context, c object.Checksum) error {
	for {
		s, err := p.history.load(c)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := p.history.walk(ctx, c, 0); err != nil {
			return err
		}
		if olderThan(s.time, p.opts.KeepYoungerThan) || s.parent.IsZero() {
			return nil
		}
		parent, err := p.history.load(s.parent)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if olderThan(parent.time, p.opts.KeepYoungerThan) {
			return nil
		}
		c = s.parent
	}
}

func olderThan(timestamp uint64, limit time.Time) bool {
	return limit.Unix() > 0 && timestamp < uint64(limit.Unix())
}

func (p *pruner) gatherUnreferenced(ctx context.Context) error {
	commits, err := p.repo.Commits(ctx)
	if err != nil {
		return err
	}
	for _, c := range commits {
		s, err := p.history.load(c)
		if err != nil {
			return err
		}
		if olderThan(s.time, p.opts.KeepUnreferencedYoungerThan) {
			continue
		}
		if _, err := p.history.walk(ctx, c, 0); err != nil {
			return err
		}
	}
	return nil
}
