package ostree

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nestos-dev/nestos/ostree/object"
)

// FsckOptions adjust [Repo.Fsck]. The zero value verifies everything, stops at the first damaged
// object, and deletes nothing.
type FsckOptions struct {
	// All goes on after damaged objects.
	All bool
	// Delete removes damaged objects and marks the commits that used them as partial, so that a pull
	// brings them again. It goes on after damaged objects too.
	Delete bool
	// AddTombstones replaces every commit whose parent is not there by a tombstone.
	AddTombstones bool
	// VerifyBindings checks that commits carry the names of the refs that lead to them.
	VerifyBindings bool
	// VerifyBackRefs also checks that the refs which commits name lead to them. It implies VerifyBindings.
	VerifyBackRefs bool
	// Report is told what happens, one call at a time; nil is fine.
	Report func(FsckEvent)
}

// FsckEventKind says what an event is, and by that where a command prints it.
type FsckEventKind uint8

// The kinds of events.
const (
	FsckStage    FsckEventKind = iota + 1 // a step begins: standard output, unless quiet
	FsckProgress                          // Done of Total objects are verified: standard output
	FsckProblem                           // something is wrong, or was done about it: standard error
	FsckNote                              // a result: standard output
)

// FsckEvent is one message of a running [Repo.Fsck].
type FsckEvent struct {
	Kind        FsckEventKind
	Text        string // the line to print; empty for FsckProgress
	Done, Total int    // only of FsckProgress
}

// FsckFinding is an object that is missing or damaged.
type FsckFinding struct {
	Object  object.Name
	Commits []object.Checksum // the verified commits that reach it, sorted
	Err     error             // matches [ErrNotFound] if the object is missing
}

// FsckReport is the result of [Repo.Fsck].
type FsckReport struct {
	Commits     int // complete commits, whose objects were verified
	Objects     int // objects reachable from them
	Partial     int // commits marked partial, which were not verified
	PartialFsck int // of those, the ones that an earlier run marked because of damage
	// Findings lists what is wrong, ordered by object: up to the first damaged object, or everything with All or Delete.
	Findings   []FsckFinding
	Marked     []object.Checksum // commits that were marked partial now
	Deleted    []object.Name     // damaged objects that were deleted
	Tombstones []object.Checksum // commits replaced by tombstones
}

// ErrRepositoryCorrupt is returned by [Repo.Fsck] when objects are missing or damaged.
var ErrRepositoryCorrupt = errors.New("Repository corruption encountered")

// PartialCommitsError reports that commits are incomplete because of damage that was found earlier.
type PartialCommitsError struct{ Count int }

// Error returns the reference implementation's text.
func (e *PartialCommitsError) Error() string {
	return fmt.Sprintf("%d partial commits from fsck-detected corruption", e.Count)
}

// Fsck verifies that refs lead to commits, and that every object of every complete commit is there and
// has the checksum it is named by, reading on all cores. Commits marked partial are only counted. With a
// parent repository its commits and objects are verified too.
//
// Missing objects are reported and their commits marked as damaged (state "f"), which a pull repairs.
// A damaged object ends the run with an error that names it, or with All or Delete is reported like
// a missing one. The children of a damaged directory are not known, and so not verified below it.
//
// Messages and their order do not depend on scheduling: findings come sorted by object, after the
// last progress event. The report is valid also when there is an error: [ErrRepositoryCorrupt] when
// something was found, else a [*PartialCommitsError] if earlier damage is not repaired.
//
// The repository is locked: exclusively with Delete or AddTombstones, else shared. In the first case the run counts as
// the handle's transaction, as [Repo.Prune] does.
func (r *Repo) Fsck(ctx context.Context, opts *FsckOptions) (*FsckReport, error) {
	if opts == nil {
		opts = &FsckOptions{}
	}
	removes := opts.Delete || opts.AddTombstones
	if removes {
		if !r.txnBusy.CompareAndSwap(false, true) {
			return &FsckReport{}, fmt.Errorf("fsck: %w", ErrTransactionRunning)
		}
		defer r.txnBusy.Store(false)
	}
	unlock, err := r.lock(ctx, removes)
	if err != nil {
		return &FsckReport{}, err
	}
	defer unlock()
	f := &fsck{repo: r, opts: *opts, report: &FsckReport{}, loaded: map[object.Checksum]*object.Commit{}}
	f.opts.VerifyBindings = f.opts.VerifyBindings || f.opts.VerifyBackRefs
	return f.report, f.run(ctx)
}

// fsck is one run of [Repo.Fsck].
type fsck struct {
	repo   *Repo
	opts   FsckOptions
	report *FsckReport

	corrupt bool
	loaded  map[object.Checksum]*object.Commit // commits of refs that were found to be good

	commits    []*seenCommit // the complete ones, sorted
	orphans    []object.Checksum
	set        *ObjectSet
	bad        map[object.Name]error // commits and dirtrees found bad while marking
	lostTree   error                 // the first dirtree that is missing
	verified   int
	lastReport int
}

func (f *fsck) emit(kind FsckEventKind, format string, args ...any) {
	if f.opts.Report != nil {
		f.opts.Report(FsckEvent{Kind: kind, Text: fmt.Sprintf(format, args...)})
	}
}

func (f *fsck) run(ctx context.Context) error {
	f.emit(FsckStage, "Validating refs...")
	if err := f.checkRefs(ctx); err != nil {
		return err
	}
	f.emit(FsckStage, "Validating refs in collections...")
	if err := f.checkCollectionRefs(ctx); err != nil {
		return err
	}
	f.emit(FsckStage, "Enumerating commits...")
	if err := f.listCommits(ctx); err != nil {
		return err
	}
	f.emit(FsckStage, "Verifying content integrity of %d commit objects...", f.report.Commits)
	if err := f.mark(ctx); err != nil {
		return err
	}
	found, err := f.verify(ctx)
	if err != nil {
		return err
	}
	if err := f.settle(ctx, found); err != nil {
		return err
	}
	return f.finish()
}

// listCommits sorts all commits into complete and partial ones.
func (f *fsck) listCommits(ctx context.Context) error {
	commits, err := f.repo.commitsWithParents(ctx)
	if err != nil {
		return err
	}
	f.bad = map[object.Name]error{}
	h := newHistory(f.repo)
	for _, c := range commits {
		if err := ctx.Err(); err != nil {
			return err
		}
		state, err := f.repo.anyState(c)
		if err != nil {
			return err
		}
		s, err := h.load(c)
		if err != nil {
			f.bad[object.Name{Checksum: c, Type: object.TypeCommit}] = err
			s = &seenCommit{sum: c}
		} else if err := f.checkCommit(s); err != nil {
			return err
		}
		if state == CommitPartialFsck {
			f.report.PartialFsck++
		}
		if state.Partial() {
			f.report.Partial++
		} else {
			f.commits = append(f.commits, s)
		}
	}
	f.report.Commits = len(f.commits)
	return nil
}

// checkCommit does what is asked for on every commit, partial or not.
func (f *fsck) checkCommit(s *seenCommit) error {
	if f.opts.VerifyBackRefs {
		commit, err := f.repo.LoadCommit(s.sum)
		if err != nil {
			return err
		}
		if err := f.checkBackRefs(s.sum, commit); err != nil {
			return err
		}
	}
	if !f.opts.AddTombstones || s.parent.IsZero() {
		return nil
	}
	found, err := f.repo.HasObject(object.Name{Checksum: s.parent, Type: object.TypeCommit})
	if err == nil && !found {
		f.orphans = append(f.orphans, s.sum)
	}
	return err
}

// mark collects the objects of the complete commits.
func (f *fsck) mark(ctx context.Context) error {
	f.set = NewObjectSet()
	w := &treeWalker{repo: f.repo, set: f.set, unusable: func(n object.Name, err error) error {
		f.bad[n] = err
		if f.lostTree == nil && errors.Is(err, ErrNotFound) {
			f.lostTree = err
		}
		return nil
	}}
	var readable []*seenCommit
	for _, c := range f.commits {
		n := object.Name{Checksum: c.sum, Type: object.TypeCommit}
		f.set.Add(n)
		if f.bad[n] == nil {
			readable = append(readable, c)
		}
	}
	err := w.commits(ctx, readable, false)
	f.report.Objects = f.set.Len()
	return err
}

// settle reports the findings in order and acts on them. found ends with the first damaged object
// unless the run goes on after such.
func (f *fsck) settle(ctx context.Context, found []FsckFinding) error {
	if len(found) == 0 {
		return nil
	}
	if err := f.findOwners(ctx, found); err != nil {
		return err
	}
	for i := range found {
		f.report.Findings = append(f.report.Findings, found[i])
		if err := f.settleOne(&found[i]); err != nil {
			return err
		}
	}
	return nil
}

func (f *fsck) findOwners(ctx context.Context, found []FsckFinding) error {
	names := make([]object.Name, len(found))
	for i := range found {
		names[i] = found[i].Object
	}
	owners, err := f.repo.objectOwners(ctx, f.commits, names)
	if err != nil {
		return err
	}
	for i, list := range owners {
		for _, c := range list {
			found[i].Commits = append(found[i].Commits, f.commits[c].sum)
		}
	}
	return nil
}

func (f *fsck) settleOne(p *FsckFinding) error {
	lost := errors.Is(p.Err, ErrNotFound)
	if lost {
		f.emit(FsckProblem, "Object missing in commits %s: %s", commitList(p.Commits), p.Object)
	} else {
		err := fmt.Errorf("In commits %s: %w", commitList(p.Commits), p.Err)
		if !f.opts.Delete && !f.opts.All {
			return err
		}
		f.emit(FsckProblem, "%s", err)
	}
	f.corrupt = true
	if f.opts.Delete && !lost {
		f.delete(p.Object)
		lost = true
	}
	if !lost || p.Object.Type == object.TypeCommit {
		return nil
	}
	return f.markPartial(p.Commits)
}

func commitList(list []object.Checksum) string {
	var b strings.Builder
	for i, c := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(c.String())
	}
	return b.String()
}

// delete removes a damaged object; one of a parent repository stays there. What cannot be deleted, a
// directory in the place of an object for example, is no reason to leave its commits unmarked.
func (f *fsck) delete(n object.Name) {
	own, err := f.repo.hasOwnObject(n)
	if err == nil && own {
		err = f.repo.DeleteObject(n)
	}
	switch {
	case err != nil:
		f.repo.log.Warn("damaged object was not deleted", "object", n.String(), "error", err)
	case own:
		f.report.Deleted = append(f.report.Deleted, n)
	}
}

// markPartial marks commits as damaged, each once.
func (f *fsck) markPartial(commits []object.Checksum) error {
	for _, c := range commits {
		state, err := f.repo.CommitState(c)
		if err != nil {
			return err
		}
		if state.Partial() {
			continue
		}
		f.emit(FsckProblem, "Marking commit as partial: %s", c)
		if err := f.repo.SetCommitState(c, CommitPartialFsck); err != nil {
			return err
		}
		f.report.Marked = append(f.report.Marked, c)
	}
	return nil
}

func (f *fsck) finish() error {
	if err := f.addTombstones(); err != nil {
		return err
	}
	if !f.opts.AddTombstones && f.report.Partial > 0 {
		f.emit(FsckNote, "%d partial commits not verified", f.report.Partial)
	}
	switch {
	case f.lostTree != nil && !f.opts.All && !f.opts.Delete:
		return f.lostTree
	case f.corrupt:
		return ErrRepositoryCorrupt
	case f.report.PartialFsck > 0:
		return &PartialCommitsError{f.report.PartialFsck}
	}
	f.emit(FsckNote, "object fsck of %d commits completed successfully - no errors found.", f.report.Commits)
	return nil
}

func (f *fsck) addTombstones() error {
	if len(f.orphans) == 0 {
		return nil
	}
	if err := f.repo.enableTombstones(); err != nil {
		return err
	}
	for _, c := range f.orphans {
		n := object.Name{Checksum: c, Type: object.TypeCommit}
		own, err := f.repo.hasOwnObject(n)
		if err != nil {
			return err
		}
		if !own {
			continue
		}
		f.emit(FsckNote, "Adding tombstone for commit %s", c)
		if err := f.repo.DeleteObject(n); err != nil {
			return err
		}
		f.report.Tombstones = append(f.report.Tombstones, c)
	}
	return nil
}
