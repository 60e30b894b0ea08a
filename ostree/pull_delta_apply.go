package ostree

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/fetch"
	"github.com/nestos-dev/nestos/internal/humansize"
	"github.com/nestos-dev/nestos/ostree/delta"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sys/unix"
)

// pulledDelta is a delta whose parts are being fetched.
type pulledDelta struct {
	*delta.Superblock
	commit  *object.Commit
	missing []int // parts that make something new
	left    atomic.Int64
}

// useDelta verifies the commit in a superblock as any other, stores it, and queues the parts. A dry run only counts.
func (p *puller) useDelta(ctx context.Context, s *delta.Superblock, refs []*pullRef, found bool) error {
	d := &pulledDelta{Superblock: s}
	if err := p.countDelta(d); err != nil {
		return err
	}
	detached, err := p.detachedMetadata(ctx, s.Name.To)
	if err != nil {
		return err
	}
	if p.opts.DryRun {
		return p.verifyOnly(d, detached, refs)
	}
	if err := p.checkDeltaSpace(d); err != nil {
		return err
	}
	p.visit(s.Name.To, p.opts.Depth)
	if d.commit, err = p.storeCommit(s.Name.To, s.Commit, detached, refs, found); err != nil {
		return err
	}
	p.queueParent(d.commit, p.opts.Depth)
	p.known.everywhere.Store(true)
	d.left.Store(int64(len(d.missing)))
	if len(d.missing) == 0 {
		p.scan(d.commit)
	}
	p.task.AddTotal(0, int64(len(d.missing)))
	for _, i := range d.missing {
		p.queue.pushPart(func(ctx context.Context) error { return p.obtainPart(ctx, d, i) })
	}
	return nil
}

// verifyOnly checks a commit without storing it.
func (p *puller) verifyOnly(d *pulledDelta, detached []byte, refs []*pullRef) error {
	commit, err := object.ParseCommit(d.Commit)
	if err != nil {
		return fmt.Errorf("%s: %w", object.Name{Checksum: d.Name.To, Type: object.TypeCommit}, err)
	}
	return p.checkCommit(d.Name.To, commit, d.Commit, detached, refs)
}

// countDelta finds the parts that are needed and adds up the sizes.
func (p *puller) countDelta(d *pulledDelta) error {
	var t DeltaTotals
	t.Parts = len(d.Parts)
	for i := range d.Parts {
		h := &d.Parts[i]
		t.Bytes += int64(h.Size)
		t.UncompressedObjects += int64(h.USize)
		all, err := p.repo.hasAll(h.Objects)
		if err != nil {
			return err
		}
		if all {
			t.PartsFetched++
			t.BytesFetched += int64(h.Size)
			continue
		}
		d.missing = append(d.missing, i)
	}
	for _, f := range d.Fallbacks {
		t.FallbackObjects++
		t.FallbackBytes += int64(f.Size)
		t.Bytes += int64(f.Size)
		t.UncompressedObjects += int64(f.USize)
		have, err := p.repo.HasObject(f.Name)
		if err != nil {
			return err
		}
		if have {
			t.BytesFetched += int64(f.Size)
		}
	}
	p.deltas.count(func(sum *DeltaTotals) {
		sum.Parts += t.Parts
		sum.PartsFetched += t.PartsFetched
		sum.Bytes += t.Bytes
		sum.BytesFetched += t.BytesFetched
		sum.UncompressedObjects += t.UncompressedObjects
		sum.FallbackObjects += t.FallbackObjects
		sum.FallbackBytes += t.FallbackBytes
	})
	return nil
}

// checkDeltaSpace refuses a delta that would not fit, before anything of it is fetched.
func (p *puller) checkDeltaSpace(d *pulledDelta) error {
	free, limited := p.txn.AvailableBytes()
	if !limited {
		return nil
	}
	var needed uint64
	for _, i := range d.missing {
		needed += d.Parts[i].USize
	}
	if needed > uint64(free) {
		return fmt.Errorf("Delta requires %s free space, but only %s available", humansize.Format(needed), humansize.Format(uint64(free)))
	}
	return nil
}

// obtainPart fetches a part and makes its objects. After the last part the tree of the commit is looked
// through: what the delta leaves out, by design or by fault, is fetched as loose objects, so that the commit is
// complete whatever the delta is like.
func (p *puller) obtainPart(ctx context.Context, d *pulledDelta, i int) error {
	if err := p.applyPulledPart(ctx, d, i); err != nil {
		return fmt.Errorf("static delta %s, part %d: %w", d.Name, i, err)
	}
	h := &d.Parts[i]
	p.stats.parts.Add(1)
	p.deltas.count(func(t *DeltaTotals) {
		t.PartsFetched++
		t.BytesFetched += int64(h.Size)
	})
	p.task.Add(0, 1)
	if d.left.Add(-1) == 0 {
		p.scan(d.commit)
	}
	return nil
}

func (p *puller) applyPulledPart(ctx context.Context, d *pulledDelta, i int) error {
	h := &d.Parts[i]
	store, tmp := p.txn.DeltaStore(ctx), fdPath(p.repo.tmpFD)
	if b, ok := d.InlinePart(i); ok {
		return delta.ApplyPart(ctx, store, h, bytes.NewReader(b), tmp)
	}
	f, err := newTmpFile(p.txn.tmpFD, 0o600)
	if err != nil {
		return err
	}
	defer f.close()
	if err := p.fetchPart(ctx, d.Name.PartPath(i), h, f.fd); err != nil {
		return err
	}
	if _, err := unix.Seek(f.fd, 0, io.SeekStart); err != nil {
		return errno.Wrap("lseek", err)
	}
	return delta.ApplyPart(ctx, store, h, fdFile(f.fd), tmp)
}

// fetchPart downloads the file of a part, which is verified when it is unpacked.
func (p *puller) fetchPart(ctx context.Context, path string, h *delta.PartHeader, fd int) error {
	req := fetch.Request{URL: path, Mirrors: p.content, MaxSize: max(int64(h.Size), 1)}
	return p.client.Fetch(ctx, req, func(resp *fetch.Response) error {
		if err := unix.Ftruncate(fd, 0); err != nil {
			return errno.Wrap("ftruncate", err)
		}
		if _, err := unix.Seek(fd, 0, io.SeekStart); err != nil {
			return errno.Wrap("lseek", err)
		}
		_, err := io.Copy(fdFile(fd), p.task.Reader(resp.Body))
		return err
	})
}
