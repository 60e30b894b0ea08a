package ostree

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree/delta"
	"github.com/nestos-dev/nestos/ostree/object"
)

// deltaChooser finds static deltas for the commits to pull, and counts what they come to.
type deltaChooser struct {
	required bool

	mu     sync.Mutex
	counts DeltaTotals
}

func (d *deltaChooser) totals() DeltaTotals {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.counts
}

func (d *deltaChooser) count(add func(*DeltaTotals)) {
	d.mu.Lock()
	add(&d.counts)
	d.mu.Unlock()
}

// prepareDeltas decides whether static deltas come into question at all. A repository of compressed objects
// cannot apply them; where only parts of the commits are wanted, they bring too much; and a repository on this host
// has nothing to gain by them.
func (p *puller) prepareDeltas() error {
	o := p.opts
	required := o.Deltas == DeltasRequired
	switch {
	case p.local != nil, o.Deltas == DeltasDisabled, p.repo.Mode() == ModeArchive, o.CommitOnly:
		return nil
	case len(o.Subpaths) > 0 && !required:
		return nil
	}
	p.deltas = &deltaChooser{required: required}
	return nil
}

// listedDelta is a static delta that the remote has.
type listedDelta struct {
	name   delta.Name
	digest *object.Checksum // of the superblock; nil if the remote does not list its deltas
}

// tryDelta obtains a commit by a static delta; used is false if there is none that helps.
func (p *puller) tryDelta(ctx context.Context, c object.Checksum, refs []*pullRef) (used bool, err error) {
	found, state, err := p.repo.commitPresence(c)
	if err != nil || found && !state.Partial() {
		return false, err
	}
	current, err := p.currentCommit(refs)
	if err != nil {
		return false, err
	}
	choice, err := p.chooseDelta(ctx, c, current, len(refs) > 0 && refs[0] != nil)
	if err != nil || choice == nil {
		return false, err
	}
	super, err := p.fetchSuperblock(ctx, choice)
	if err != nil {
		return false, err
	}
	if super == nil {
		return false, p.noDelta(c, current)
	}
	return true, p.useDelta(ctx, super, refs, found)
}

// currentCommit is the commit that the client has of one of the refs now, zero if of none.
func (p *puller) currentCommit(refs []*pullRef) (object.Checksum, error) {
	for _, ref := range refs {
		if ref == nil {
			continue
		}
		if c, found, err := p.currentRef(ref); found || err != nil {
			return c, err
		}
	}
	return object.Checksum{}, nil
}

// noDelta is the error for a missing delta, nil where loose objects will do.
func (p *puller) noDelta(to, from object.Checksum) error {
	if !p.deltas.required {
		return nil
	}
	base := "empty"
	if !from.IsZero() {
		base = from.String()
	}
	return fmt.Errorf("Static deltas required, but none found for %s to %s", base, to)
}

// chooseDelta picks the delta to a commit that starts from the newest complete commit we have. One from scratch
// is taken only by who has no earlier commit of the ref: for others, loose objects are less to fetch.
func (p *puller) chooseDelta(ctx context.Context, to, current object.Checksum, byRef bool) (*listedDelta, error) {
	list, known, err := p.listDeltas(ctx, to)
	if err != nil {
		return nil, err
	}
	if !known {
		return p.guessDelta(to, current, byRef)
	}
	var best *listedDelta
	var bestTime uint64
	for i := range list {
		d := &list[i]
		if d.name.From.IsZero() {
			if current.IsZero() && best == nil {
				best = d
			}
			continue
		}
		found, state, err := p.repo.commitPresence(d.name.From)
		if err != nil {
			return nil, err
		}
		if !found || state.Partial() {
			continue
		}
		from, err := p.repo.LoadCommit(d.name.From)
		if err != nil {
			return nil, err
		}
		if best == nil || best.name.From.IsZero() || from.Timestamp > bestTime {
			best, bestTime = d, from.Timestamp
		}
	}
	if best == nil {
		return nil, p.noDelta(to, current)
	}
	return best, nil
}

// guessDelta is for remotes that do not tell what they have: there may be one from the current commit.
func (p *puller) guessDelta(to, current object.Checksum, byRef bool) (*listedDelta, error) {
	if p.deltas.required {
		return nil, errors.New("Fetch configured to require static deltas, but no summary deltas or delta index found")
	}
	if !byRef || current.IsZero() || current == to {
		return nil, nil
	}
	found, state, err := p.repo.commitPresence(current)
	if err != nil || !found || state.Partial() {
		return nil, err
	}
	return &listedDelta{name: delta.Name{From: current, To: to}}, nil
}

// listDeltas returns the remote's deltas to a commit, sorted; known is false if it has neither indexes nor a
// summary.
func (p *puller) listDeltas(ctx context.Context, to object.Checksum) (list []listedDelta, known bool, err error) {
	var digests map[string]object.Checksum
	switch {
	case p.server.indexedDeltas:
		if digests, err = p.fetchDeltaIndex(ctx, to); err != nil {
			return nil, false, err
		}
	case p.summary != nil:
		digests = p.summary.StaticDeltas()
	default:
		return nil, false, nil
	}
	for text, digest := range digests {
		if n, err := delta.ParseName(text); err == nil && n.To == to {
			list = append(list, listedDelta{n, &digest})
		}
	}
	slices.SortFunc(list, func(a, b listedDelta) int { return cmp.Compare(a.name.String(), b.name.String()) })
	return list, true, nil
}

// fetchDeltaIndex reads the index of the deltas to a commit; without one there are none.
func (p *puller) fetchDeltaIndex(ctx context.Context, to object.Checksum) (map[string]object.Checksum, error) {
	path := delta.IndexPath(to)
	data, err := p.fetchOptional(ctx, p.content, path, MaxMetadataSize)
	if data == nil || err != nil {
		return nil, err
	}
	p.stats.metaFetched.Add(1)
	index := gvariant.FromBytes("a{sv}", data)
	if !index.IsNormal() {
		return nil, fmt.Errorf("%s: %w", path, object.ErrNotNormal)
	}
	list, _ := index.LookupType(deltaIndexKey, "a{sv}")
	return deltaDigests(list), nil
}

// fetchSuperblock gets the head of a delta; nil if the remote has none after all.
func (p *puller) fetchSuperblock(ctx context.Context, d *listedDelta) (*delta.Superblock, error) {
	path := d.name.SuperblockPath()
	data, err := p.fetchOptional(ctx, p.content, path, MaxMetadataSize)
	if data == nil || err != nil {
		return nil, err
	}
	p.stats.metaFetched.Add(1)
	p.deltas.count(func(t *DeltaTotals) { t.SuperblocksDownloaded++ })
	if d.digest != nil && object.Sum(data) != *d.digest {
		return nil, fmt.Errorf("Invalid checksum for static delta %s", d.name)
	}
	s, err := delta.ParseSuperblock(data)
	if err != nil {
		return nil, fmt.Errorf("static delta %s: %w", d.name, err)
	}
	if s.Name != d.name {
		return nil, fmt.Errorf("static delta %s: the superblock is of %s", d.name, s.Name)
	}
	return s, nil
}
