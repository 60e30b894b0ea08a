package ostree

import (
	"context"
	"errors"
	"fmt"

	"github.com/nestos-dev/nestos/internal/humansize"
	"github.com/nestos-dev/nestos/internal/progress"
	"github.com/nestos-dev/nestos/ostree/delta"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sign"
	"golang.org/x/sync/errgroup"
)

// ApplyDeltaOptions adjust [Repo.ApplyDeltaOffline].
type ApplyDeltaOptions struct {
	// Engine and Keys verify the signatures of the delta; without Engine they are not looked at, which
	// core.sign-verify-deltas forbids. Nil Keys are the system's: by these, a delta that is not signed passes
	// unless core.sign-verify-deltas is set.
	Engine sign.Engine
	Keys   *sign.Keys
	// Progress receives events of task "apply-delta", with the parts as items.
	Progress Progress
}

// ErrDeltaKeyNeeded reports that the repository demands signed deltas (core.sign-verify-deltas) and no key was
// given.
var ErrDeltaKeyNeeded = errors.New("Key is mandatory to check delta signature")

// ErrDeltaSource is wrapped by the error for a delta whose base is not in the repository.
var ErrDeltaSource = errors.New("commit not in repository")

// deltaSourceError has the reference implementation's text.
type deltaSourceError struct{ from object.Checksum }

func (e *deltaSourceError) Error() string {
	return fmt.Sprintf("Commit %s, which is the delta source, is not in repository", e.from)
}

func (e *deltaSourceError) Is(target error) bool {
	return target == ErrDeltaSource || target == ErrNotFound
}

// ApplyDeltaOffline brings the target commit of a delta into the repository, from its files: path is the
// superblock, or the directory in which it has that name, with the parts beside it or inside. The commit that the
// delta starts from must be there. No ref is written.
//
// Every object is verified, and the target becomes visible when all of its objects are there; a delta that is
// damaged, hostile or incomplete changes nothing.
func (r *Repo) ApplyDeltaOffline(ctx context.Context, path string, opts *ApplyDeltaOptions) (object.Checksum, error) {
	if opts == nil {
		opts = &ApplyDeltaOptions{}
	}
	if err := r.checkWritable(); err != nil {
		return object.Checksum{}, err
	}
	d, err := openDeltaPath(path)
	if err != nil {
		return object.Checksum{}, err
	}
	defer d.close()
	if err := r.checkDeltaSignature(d.Superblock, opts); err != nil {
		return object.Checksum{}, err
	}
	task := progress.Start(opts.Progress, Event{Task: "apply-delta", ID: d.Name.String(), Text: "Applying static delta"})
	err = r.applyDelta(ctx, d, task)
	task.End(err)
	return d.Name.To, err
}

// checkDeltaSignature verifies a delta if there is something to verify it with.
func (r *Repo) checkDeltaSignature(s *delta.Superblock, opts *ApplyDeltaOptions) error {
	if opts.Engine == nil {
		if r.Config().SignVerifyDeltas {
			return ErrDeltaKeyNeeded
		}
		return nil
	}
	if !s.Signed && opts.Keys == nil && !r.Config().SignVerifyDeltas {
		return nil
	}
	_, err := r.verifySuperblock(s, opts.Engine, opts.Keys)
	return err
}

func (r *Repo) applyDelta(ctx context.Context, d *openedDelta, task *progress.Task) error {
	t, err := r.Begin(ctx, nil)
	if err != nil {
		return err
	}
	defer t.Abort()
	if from := d.Name.From; !from.IsZero() {
		found, err := r.HasObject(object.Name{Checksum: from, Type: object.TypeCommit})
		if err != nil {
			return err
		}
		if !found {
			return &deltaSourceError{from}
		}
	}
	if len(d.Fallbacks) > 0 {
		return errors.New("Cannot execute delta offline: contains nonempty http fallback entries")
	}
	if err := r.applyParts(ctx, t, d, task); err != nil {
		return err
	}
	if err := r.finishDelta(ctx, t, d); err != nil {
		return fmt.Errorf("static delta %s: %w", d.Name, err)
	}
	if _, err := t.Commit(ctx); err != nil {
		return err
	}
	return r.SetCommitState(d.Name.To, CommitComplete)
}

// applyParts executes the parts that make something new, a few at a time.
func (r *Repo) applyParts(ctx context.Context, t *Txn, d *openedDelta, task *progress.Task) error {
	var missing []int
	var needed uint64
	for i := range d.Parts {
		all, err := r.hasAll(d.Parts[i].Objects)
		if err != nil {
			return err
		}
		if !all {
			missing = append(missing, i)
			needed += d.Parts[i].USize
		}
	}
	if free, limited := t.AvailableBytes(); limited && needed > uint64(free) {
		return fmt.Errorf("Delta requires %s free space, but only %s available", humansize.Format(needed), humansize.Format(uint64(free)))
	}
	task.AddTotal(0, int64(len(missing)))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(maxDeltaParts)
	for _, i := range missing {
		g.Go(func() error {
			if err := applyPart(ctx, t.DeltaStore(ctx), d, i, fdPath(r.tmpFD)); err != nil {
				return d.partError(i, err)
			}
			task.Add(0, 1)
			return nil
		})
	}
	return g.Wait()
}

func applyPart(ctx context.Context, store delta.Store, d *openedDelta, i int, tmp string) error {
	file, err := d.openPart(i)
	if err != nil {
		return err
	}
	defer file.Close()
	return delta.ApplyPart(ctx, store, &d.Parts[i], file, tmp)
}

func (r *Repo) hasAll(names []object.Name) (bool, error) {
	for _, n := range names {
		if found, err := r.HasObject(n); !found || err != nil {
			return false, err
		}
	}
	return true, nil
}

// finishDelta writes the commit, after a look that nothing of it is missing.
func (r *Repo) finishDelta(ctx context.Context, t *Txn, d *openedDelta) error {
	to := object.Name{Checksum: d.Name.To, Type: object.TypeCommit}
	found, err := r.HasObject(to)
	if err != nil {
		return err
	}
	if !found {
		if md, ok := d.InlineCommitMeta(); ok {
			if err := t.WriteCommitMeta(to.Checksum, md); err != nil {
				return err
			}
		}
	}
	commit, err := object.ParseCommit(d.Commit)
	if err != nil {
		return fmt.Errorf("%s: %w", to, err)
	}
	set := NewObjectSet()
	w := &treeWalker{repo: r, set: set}
	if err := w.walk(ctx, w.enter(nil, commit.Tree, commit.Meta)); err != nil {
		return err
	}
	for n := range set.All() {
		if found, err := r.HasObject(n); err != nil {
			return err
		} else if !found {
			return &NotFoundError{n}
		}
	}
	if found {
		return nil
	}
	_, err = t.WriteMeta(object.TypeCommit, &to.Checksum, d.Commit)
	return err
}
