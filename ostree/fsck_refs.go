package ostree

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/ostree/object"
)

func (f *fsck) checkRefs(ctx context.Context) error {
	refs, err := f.repo.Refs("")
	if err != nil {
		return err
	}
	for _, ref := range refs {
		if err := f.checkRef(ctx, ref, ref.Name); err != nil {
			return err
		}
	}
	return nil
}

func (f *fsck) checkCollectionRefs(ctx context.Context) error {
	refs, err := f.repo.heldCollectionRefs()
	if err != nil {
		return err
	}
	for _, ref := range refs {
		if err := f.checkRef(ctx, ref, CollectionRef{ref.Collection, ref.Name}.String()); err != nil {
			return err
		}
	}
	return nil
}

// checkRef verifies the commit of a ref and, if asked for, that it is bound to the ref.
func (f *fsck) checkRef(ctx context.Context, ref Ref, label string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	commit, err := f.refCommit(ref.Checksum)
	if err != nil {
		if errors.Is(err, ErrNotFound) {
			return fmt.Errorf("Loading commit for ref %s: %w", label, err)
		}
		return err
	}
	if commit == nil || !f.opts.VerifyBindings {
		return nil
	}
	if err := VerifyBindings(commit, ref.Collection, ref.Name); err != nil {
		return fmt.Errorf("Commit %s: %w", ref.Checksum, err)
	}
	return nil
}

// refCommit verifies a commit; with All a damaged one is reported and nil.
func (f *fsck) refCommit(c object.Checksum) (*object.Commit, error) {
	if commit, ok := f.loaded[c]; ok {
		return commit, nil
	}
	n := object.Name{Checksum: c, Type: object.TypeCommit}
	commit, err := f.repo.verifyCommit(n)
	switch {
	case err == nil:
	case errors.Is(err, ErrNotFound):
		f.lose(n, err)
		f.emit(FsckProblem, "Object missing: %s", n)
		return nil, err
	case f.opts.Delete:
		f.lose(n, err)
		f.emit(FsckProblem, "%s", err)
		f.delete(n)
		return nil, &NotFoundError{n}
	case f.opts.All:
		f.corrupt = true // and found again with all the objects
		f.emit(FsckProblem, "%s", err)
	default:
		return nil, err
	}
	f.loaded[c] = commit
	return commit, nil
}

func (f *fsck) lose(n object.Name, err error) {
	f.corrupt = true
	f.report.Findings = append(f.report.Findings, FsckFinding{Object: n, Err: err})
}

// verifyCommit loads a commit whose bytes have the right checksum.
func (r *Repo) verifyCommit(n object.Name) (*object.Commit, error) {
	b, err := r.loadVerified(n)
	if err != nil {
		return nil, fsckError(n, err)
	}
	commit, err := object.ParseCommit(b)
	if err != nil {
		return nil, fsckError(n, fmt.Errorf("%s: %w", n, err))
	}
	return commit, nil
}

// fsckError says what was being verified. A missing object speaks for itself.
func fsckError(n object.Name, err error) error {
	if err == nil || errors.Is(err, ErrNotFound) {
		return err
	}
	if n.Type == object.TypeFile {
		return fmt.Errorf("fsck content object %s: %w", n.Checksum, err)
	}
	var mismatch *ChecksumError
	if errors.As(err, &mismatch) {
		err = &typedChecksumError{mismatch}
	}
	return fmt.Errorf("fsck %s: %w", n, err)
}

// typedChecksumError names the exact type of a metadata object, as fsck does.
type typedChecksumError struct{ *ChecksumError }

func (e *typedChecksumError) Error() string {
	return fmt.Sprintf("Corrupted %s object; checksum expected='%s' actual='%s'", e.Name.Type, e.Name.Checksum, e.Got)
}

func (e *typedChecksumError) Unwrap() error { return e.ChecksumError }

// VerifyBindings checks that a commit may be known by a ref: that its ostree.ref-binding holds the
// name and, for a collection, that its ostree.collection-binding is that one. Without a collection, a
// commit that has no bindings passes. An empty ref is not checked.
func VerifyBindings(c *object.Commit, collection, ref string) error {
	bound, ok := c.Metadata.LookupType(object.KeyRefBinding, "as")
	if !ok {
		if collection == "" {
			return nil
		}
		return errors.New("Expected commit metadata to have ref binding information, found none")
	}
	if refs := bound.Strings(); ref != "" && !slices.Contains(refs, ref) {
		return fmt.Errorf("Commit has no requested ref ‘%s’ in ref binding metadata (%s)", ref, quoteRefs(refs))
	}
	if collection == "" {
		return nil
	}
	id, ok := c.Metadata.LookupType(object.KeyCollectionBinding, "s")
	if !ok {
		return errors.New("Expected commit metadata to have collection ID binding information, found none")
	}
	if id.Str() != collection {
		return fmt.Errorf("Commit has collection ID ‘%s’ in collection binding metadata, while the remote it came from has collection ID ‘%s’", id.Str(), collection)
	}
	return nil
}

func quoteRefs(refs []string) string {
	if len(refs) == 0 {
		return "no refs"
	}
	return "‘" + strings.Join(refs, "’, ‘") + "’"
}

// checkBackRefs verifies that all refs which a commit is bound to lead to it.
func (f *fsck) checkBackRefs(c object.Checksum, commit *object.Commit) error {
	bound, ok := commit.Metadata.LookupType(object.KeyRefBinding, "as")
	if !ok {
		return nil
	}
	collection := ""
	if id, ok := commit.Metadata.LookupType(object.KeyCollectionBinding, "s"); ok {
		collection = id.Str()
	}
	for _, ref := range bound.Strings() {
		label := fmt.Sprintf("Ref ‘%s’", ref)
		resolve := func() (object.Checksum, bool, error) { return f.repo.ResolveRevOptional(ref) }
		if collection != "" {
			label = fmt.Sprintf("Collection–ref (%s, %s)", collection, ref)
			resolve = func() (object.Checksum, bool, error) {
				return f.repo.ReadCollectionRef(CollectionRef{collection, ref})
			}
		}
		target, found, err := resolve()
		switch {
		case err != nil:
			return err
		case !found:
			return fmt.Errorf("%s in bindings for commit %s does not exist", label, c)
		case target != c:
			return fmt.Errorf("%s in bindings for commit %s does not resolve to that commit", label, c)
		}
	}
	return nil
}
