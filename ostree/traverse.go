package ostree

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nestos-dev/nestos/ostree/object"
)

// TraverseOptions say what belongs to a commit. The zero value takes the commits given, with their
// trees and without their history.
type TraverseOptions struct {
	// Depth is how many generations of parents are taken too; negative means all. History that was
	// never fetched ends silently.
	Depth int
	// CommitOnly leaves the trees out.
	CommitOnly bool
}

// Traverse returns the names of all objects reachable from commits: the commits themselves, dirtrees,
// dirmetas and files, whether or not those objects are present. Directories are read on all cores,
// each once. A directory that is missing is an error unless the commit is marked partial; a commit
// or dirtree whose bytes do not have its checksum is a [*ChecksumError].
func (r *Repo) Traverse(ctx context.Context, commits []object.Checksum, opts *TraverseOptions) (*ObjectSet, error) {
	if opts == nil {
		opts = &TraverseOptions{}
	}
	unlock, err := r.LockShared(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	h := newHistory(r)
	for _, c := range commits {
		found, err := h.walk(ctx, c, opts.Depth)
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, &NotFoundError{object.Name{Checksum: c, Type: object.TypeCommit}}
		}
	}
	set := NewObjectSet()
	return set, h.mark(ctx, set, opts.CommitOnly)
}

// CommitsReachable returns a commit and its ancestors, newest first: at most depth generations of
// parents, all of them if depth is negative. It ends where a parent is not in the repository.
func (r *Repo) CommitsReachable(ctx context.Context, from object.Checksum, depth int) ([]object.Checksum, error) {
	h := newHistory(r)
	found, err := h.walk(ctx, from, depth)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, &NotFoundError{object.Name{Checksum: from, Type: object.TypeCommit}}
	}
	out := make([]object.Checksum, len(h.order))
	for i, c := range h.order {
		out[i] = c.sum
	}
	return out, nil
}

// CommitsOfRefs returns the commits that refs point to, sorted and unique: local refs, those of
// remotes, and mirrored ones of other collections. Not all of the commits need to be present.
func (r *Repo) CommitsOfRefs() ([]object.Checksum, error) {
	refs, err := r.Refs("")
	if err != nil {
		return nil, err
	}
	more, err := r.heldCollectionRefs()
	if err != nil {
		return nil, err
	}
	var out []object.Checksum
	for _, ref := range append(refs, more...) {
		out = append(out, ref.Checksum)
	}
	slices.SortFunc(out, object.Checksum.Compare)
	return slices.Compact(out), nil
}

// heldCollectionRefs lists the refs that the repository holds for collections: its own refs if it has
// a collection id, and mirrored ones; those of remotes are not among them.
func (r *Repo) heldCollectionRefs() ([]Ref, error) {
	var out []Ref
	add := func(collection string) func(refKey) error {
		return func(k refKey) error {
			id := CollectionRef{collection, k.ref}
			c, found, err := r.readRef(k)
			if err != nil {
				return fmt.Errorf("Fetching checksum for ref %s: %w", id, err)
			}
			if found {
				out = append(out, Ref{Collection: collection, Name: k.ref, Checksum: c})
			}
			return nil
		}
	}
	if own := r.CollectionID(); own != "" {
		if err := r.listUnder(refKey{}, add(own)); err != nil {
			return nil, err
		}
	}
	mirrors, err := r.refDirs("refs/mirrors")
	if err != nil {
		return nil, err
	}
	for _, id := range mirrors {
		if ValidateCollectionID(id) != nil || id == r.CollectionID() {
			continue
		}
		if err := r.listUnder(refKey{collection: id}, add(id)); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(out, func(a, b Ref) int {
		return CollectionRef{a.Collection, a.Name}.Compare(CollectionRef{b.Collection, b.Name})
	})
	return out, nil
}

// loadVerified is LoadMeta with the bytes checked against the name.
func (r *Repo) loadVerified(n object.Name) ([]byte, error) {
	b, err := r.LoadMeta(n)
	if err != nil {
		return nil, err
	}
	if got := object.Sum(b); got != n.Checksum {
		return nil, &ChecksumError{n, got}
	}
	return b, nil
}

// anyState is the mark of a commit here or, for a commit of a parent repository, there.
func (r *Repo) anyState(c object.Checksum) (CommitState, error) {
	s, err := r.CommitState(c)
	if s != CommitComplete || err != nil || r.parent == nil {
		return s, err
	}
	own, err := r.hasOwnObject(object.Name{Checksum: c, Type: object.TypeCommit})
	if own || err != nil {
		return s, err
	}
	return r.parent.anyState(c)
}

// seenCommit is what a traversal remembers of a commit.
type seenCommit struct {
	sum, parent, tree, meta object.Checksum
	time                    uint64
	depth                   int // generations of parents that were followed from here; unlimited for all
	partial                 bool
}

const unlimited = int(^uint(0) >> 1)

// history gathers commits, each loaded once, in the order they are met.
type history struct {
	repo  *Repo
	seen  map[object.Checksum]*seenCommit
	order []*seenCommit
}

func newHistory(r *Repo) *history {
	return &history{repo: r, seen: map[object.Checksum]*seenCommit{}}
}

// walk adds a commit and depth generations of its parents; found is false if the commit itself is not
// there. Commits met before are followed again only as far as that leads further than the last time.
func (h *history) walk(ctx context.Context, from object.Checksum, depth int) (found bool, err error) {
	if depth < 0 {
		depth = unlimited
	}
	for c := from; ; {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		s := h.seen[c]
		switch {
		case s == nil:
			if s, err = h.load(c); errors.Is(err, ErrNotFound) {
				return c != from, nil
			} else if err != nil {
				return false, err
			}
			s.depth = depth
			h.add(s)
		case s.depth >= depth:
			return true, nil
		default:
			s.depth = depth
		}
		if depth == 0 || s.parent.IsZero() {
			return true, nil
		}
		if depth != unlimited {
			depth--
		}
		c = s.parent
	}
}

func (h *history) add(s *seenCommit) {
	h.seen[s.sum] = s
	h.order = append(h.order, s)
}

// load reads a commit, or takes it from memory.
func (h *history) load(c object.Checksum) (*seenCommit, error) {
	if s := h.seen[c]; s != nil {
		return s, nil
	}
	n := object.Name{Checksum: c, Type: object.TypeCommit}
	b, err := h.repo.loadVerified(n)
	if err != nil {
		return nil, err
	}
	commit, err := object.ParseCommit(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", n, err)
	}
	state, err := h.repo.anyState(c)
	if err != nil {
		return nil, err
	}
	return &seenCommit{sum: c, parent: commit.Parent, tree: commit.Tree, meta: commit.Meta,
		time: commit.Timestamp, partial: state.Partial()}, nil
}

// mark puts everything reachable from the gathered commits into set.
func (h *history) mark(ctx context.Context, set *ObjectSet, commitOnly bool) error {
	for _, c := range h.order {
		set.Add(object.Name{Checksum: c.sum, Type: object.TypeCommit})
	}
	if commitOnly {
		return nil
	}
	w := &treeWalker{repo: h.repo, set: set}
	// Complete commits come first, so that what they lack is an error even if a partial one lacks it too.
	if err := w.commits(ctx, h.order, false); err != nil {
		return err
	}
	w.unusable = func(n object.Name, err error) error {
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		return err
	}
	return w.commits(ctx, h.order, true)
}
