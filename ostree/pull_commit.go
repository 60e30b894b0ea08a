package ostree

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/ostree/object"
)

// detachedMetadata gets what the source has besides a commit, mainly its signatures; nil if nothing.
// It is asked for anew by every pull, since signatures may be added later.
func (p *puller) detachedMetadata(ctx context.Context, c object.Checksum) ([]byte, error) {
	n := object.Name{Checksum: c, Type: object.TypeCommitMeta}
	if p.local != nil {
		data, err := p.local.LoadMeta(n)
		if errors.Is(err, ErrNotFound) {
			return nil, nil
		}
		return data, err
	}
	data, err := p.fetchOptional(ctx, p.meta, objectPath(n), MaxMetadataSize)
	if data == nil || err != nil {
		return nil, err
	}
	p.stats.metaFetched.Add(1)
	if err := object.Validate(n.Type, data); err != nil {
		// Nothing vouches for these bytes. They cannot hold a signature, and who does not ask for one can do without.
		p.repo.log.Warn("ignoring damaged detached metadata", "commit", c, "error", err)
		return nil, nil
	}
	return data, nil
}

// storeCommit verifies a commit and writes it, marked as partial, with its detached metadata. The
// order matters: what is not verified is never stored, and a commit is never there without its mark.
func (p *puller) storeCommit(c object.Checksum, data, detached []byte, refs []*pullRef, stored bool) (*object.Commit, error) {
	n := object.Name{Checksum: c, Type: object.TypeCommit}
	if !stored && (p.local == nil || p.opts.Untrusted) {
		if got := object.Sum(data); got != c {
			return nil, &ChecksumError{n, got}
		}
	}
	commit, err := object.ParseCommit(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", n, err)
	}
	have, err := p.repo.LoadCommitMeta(c)
	if err != nil && detached == nil {
		return nil, err
	}
	signed := detached
	if signed == nil && have.IsValid() {
		signed = have.Bytes()
	}
	if err := p.checkCommit(c, commit, data, signed, refs); err != nil {
		return nil, err
	}
	if detached != nil && !(have.IsValid() && bytes.Equal(have.Bytes(), detached)) {
		if _, err := p.txn.WriteMeta(object.TypeCommitMeta, &c, detached); err != nil {
			return nil, err
		}
	}
	if stored {
		return commit, nil
	}
	if err := p.markPartial(c); err != nil {
		return nil, err
	}
	if p.local != nil && !p.opts.Untrusted {
		if p.links.ok {
			if ok, err := p.linkObject(p.local, n); ok || err != nil {
				return commit, err
			}
		}
		return commit, p.storeTrustedMeta(n, data)
	}
	_, err = p.txn.WriteMeta(object.TypeCommit, &c, data)
	return commit, err
}

// markPartial is [Repo.SetCommitState] without making it durable right away: the transaction does that
// before the commit can become visible, except where each object becomes visible by itself.
func (p *puller) markPartial(c object.Checksum) error {
	return p.repo.replaceFile(partialPath(c), nil, 0o644, p.txn.fsync && p.txn.perObjectFsync)
}

// checkCommit verifies everything that can be said of a commit without its tree.
func (p *puller) checkCommit(c object.Checksum, commit *object.Commit, data, detached []byte, refs []*pullRef) error {
	if err := p.verify.check(c, data, detached); err != nil {
		return err
	}
	for _, ref := range refs {
		if ref == nil { // asked for by its checksum
			if p.notBefore != nil {
				if err := p.checkTimestamp(c, commit, nil); err != nil {
					return err
				}
			}
			continue
		}
		if !p.opts.NoVerifyBindings {
			if err := verifyBindings(commit, ref.CollectionRef, p.expectedCollection(ref)); err != nil {
				return fmt.Errorf("Commit %s: %w", c, err)
			}
		}
		if err := p.checkTimestamp(c, commit, ref); err != nil {
			return err
		}
	}
	return nil
}

// expectedCollection is the collection that a commit must be bound to; "" for any.
func (p *puller) expectedCollection(ref *pullRef) string {
	if p.remote != nil {
		if id := p.remote.CollectionID(); id != "" {
			return id
		}
	}
	if p.local != nil && p.remote == nil {
		return p.local.CollectionID()
	}
	return ref.Collection
}

// verifyBindings checks that a commit's metadata allows it to be pulled as the given ref.
func verifyBindings(commit *object.Commit, ref CollectionRef, collection string) error {
	v, ok := commit.Metadata.LookupType(object.KeyRefBinding, "as")
	if !ok {
		if collection != "" {
			return errors.New("Expected commit metadata to have ref binding information, found none")
		}
		return nil
	}
	names := v.Strings()
	if !slices.Contains(names, ref.Ref) {
		quoted := make([]string, len(names))
		for i, n := range names {
			quoted[i] = "‘" + n + "’"
		}
		return fmt.Errorf("Commit has no requested ref ‘%s’ in ref binding metadata (%s)", ref.Ref, strings.Join(quoted, ", "))
	}
	if collection == "" {
		return nil
	}
	bound, ok := commit.Metadata.LookupType(object.KeyCollectionBinding, "s")
	if !ok {
		return errors.New("Expected commit metadata to have collection ID binding information, found none")
	}
	if bound.Str() != collection {
		return fmt.Errorf("Commit has collection ID ‘%s’ in collection binding metadata, while the remote it came from has collection ID ‘%s’", bound.Str(), collection)
	}
	return nil
}

// checkTimestamp refuses to go back in time where that was asked for.
func (p *puller) checkTimestamp(c object.Checksum, commit *object.Commit, ref *pullRef) error {
	var current object.Checksum
	var old *object.Commit
	switch {
	case p.notBefore != nil:
		old, current = p.notBefore, p.notBefore.Checksum()
	case p.opts.TimestampCheck:
		found, err := false, error(nil)
		if current, found, err = p.currentRef(ref); !found || err != nil {
			return err
		}
		if old, err = p.repo.LoadCommit(current); err != nil {
			return fmt.Errorf("Reading %s for timestamp-check: %w", current, err)
		}
	default:
		return nil
	}
	if commit.Timestamp >= old.Timestamp {
		return nil
	}
	return fmt.Errorf("Upgrade target revision '%s' with timestamp '%s' is chronologically older than current revision '%s' with timestamp '%s'; use --allow-downgrade to permit",
		c, dateText(commit.Timestamp), current, dateText(old.Timestamp))
}

func dateText(seconds uint64) string {
	return time.Unix(int64(seconds), 0).UTC().Format("Mon Jan _2 15:04:05 2006")
}

// currentRef is the commit that a ref to be pulled names now.
func (p *puller) currentRef(ref *pullRef) (object.Checksum, bool, error) {
	if p.opts.Mirror {
		return p.repo.readRef(p.repo.collectionKey(ref.CollectionRef))
	}
	return p.repo.readRef(refKey{remote: p.remoteName, ref: ref.Ref})
}

// tombstone takes over the mark of a deleted parent commit, if the remote keeps such marks.
func (p *puller) tombstone(ctx context.Context, c object.Checksum) error {
	if !p.server.tombstones {
		return nil
	}
	n := object.Name{Checksum: c, Type: object.TypeTombstoneCommit}
	var data []byte
	var err error
	if p.local != nil {
		data, err = p.local.LoadMeta(n)
	} else {
		data, err = p.fetchMeta(ctx, n)
	}
	if isMissing(err) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = p.txn.WriteMeta(n.Type, &c, data)
	return err
}
