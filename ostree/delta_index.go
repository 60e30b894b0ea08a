package ostree

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree/delta"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sys/unix"
)

// ReindexOptions adjust [Repo.ReindexDeltas].
type ReindexOptions struct {
	// To restricts the run to the index of one commit; zero means all.
	To object.Checksum
}

// ReindexDeltas brings delta-indexes/ up to date: for each commit that deltas lead to, a file with their names and
// the checksums of their superblocks, which clients fetch to choose a delta. Indexes of commits without deltas are
// removed. core.indexed-deltas is set, which tells clients to look for them. [Repo.UpdateSummary] does the
// same.
func (r *Repo) ReindexDeltas(ctx context.Context, opts *ReindexOptions) error {
	if opts == nil {
		opts = &ReindexOptions{}
	}
	if err := r.writeErr; err != nil {
		return err
	}
	wanted := func(to object.Checksum) bool { return opts.To.IsZero() || opts.To == to }
	names, err := r.StaticDeltas()
	if err != nil {
		return err
	}
	byTarget := map[object.Checksum]*object.Dict{}
	for _, n := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !wanted(n.To) {
			continue
		}
		if byTarget[n.To] == nil {
			byTarget[n.To] = &object.Dict{}
		}
		if err := r.listDelta(byTarget[n.To], n); err != nil {
			return err
		}
	}
	for to, list := range byTarget {
		if err := r.writeDeltaIndex(to, list); err != nil {
			return err
		}
	}
	err = r.pruneDeltaIndexes(func(to object.Checksum) (bool, error) {
		return wanted(to) && byTarget[to] == nil, ctx.Err()
	})
	if err != nil {
		return err
	}
	return r.announceDeltaIndexes()
}

// listDelta adds a delta and the checksum of its superblock to a list; one that was deleted meanwhile is passed
// over.
func (r *Repo) listDelta(list *object.Dict, n delta.Name) error {
	sum, err := sumFileAt(r.dirFD, n.SuperblockPath())
	if errMissing(err) {
		return nil
	}
	if err == nil {
		list.Set(n.String(), object.NewByteArray(sum[:]))
	}
	return err
}

// sumFileAt returns the SHA-256 of a file.
func sumFileAt(dirfd int, name string) (sum object.Checksum, err error) {
	fd, err := openat(dirfd, name, unix.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return sum, errno.New("openat", name, err)
	}
	defer unix.Close(fd)
	h := sha256.New()
	if _, err := io.Copy(h, fdFile(fd)); err != nil {
		return sum, fmt.Errorf("reading %s: %w", name, err)
	}
	h.Sum(sum[:0])
	return sum, nil
}

// writeDeltaIndex replaces an index unless it is the same already.
func (r *Repo) writeDeltaIndex(to object.Checksum, list *object.Dict) error {
	if list.Len() == 0 {
		return r.removeDeltaIndex(to)
	}
	d := &gvariant.Dict{}
	d.Set(deltaIndexKey, list.HashOrdered())
	data := d.Value().Bytes()
	path := delta.IndexPath(to)
	if old, err := readFileAt(r.dirFD, path, MaxMetadataSize); err == nil && string(old) == string(data) {
		return nil
	}
	if err := mkdirAllAt(r.dirFD, path[:lastSlash(path)]); err != nil {
		return err
	}
	return r.replaceFile(path, data, 0o644, r.Config().Fsync)
}

// announceDeltaIndexes sets core.indexed-deltas.
func (r *Repo) announceDeltaIndexes() error {
	if r.Config().IndexedDeltas {
		return nil
	}
	r.configMu.Lock()
	defer r.configMu.Unlock()
	return r.changeConfig(func(c *Config) error { return c.Set("core", "indexed-deltas", "true") })
}

// DeltaIndex lists what the index of the deltas to a commit says: the deltas by name, with the checksums of their
// superblocks, in the order of the file. Without an index the error matches [ErrNotFound].
func (r *Repo) DeltaIndex(to object.Checksum) ([]IndexedDelta, error) {
	path := delta.IndexPath(to)
	b, err := readFileAt(r.dirFD, path, MaxMetadataSize)
	if errMissing(err) {
		return nil, errors.Join(ErrNotFound, err)
	}
	if err != nil {
		return nil, err
	}
	index := gvariant.FromBytes("a{sv}", b)
	list, ok := index.LookupType(deltaIndexKey, "a{sv}")
	if !index.IsNormal() || !ok {
		return nil, fmt.Errorf("%s: %w", path, object.ErrNotNormal)
	}
	var out []IndexedDelta
	for e := range list.Children() {
		n, err := delta.ParseName(e.Child(0).Str())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		sum, err := object.ChecksumFromBytes(e.Child(1).Variant().ByteArray())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		out = append(out, IndexedDelta{n, sum})
	}
	return out, nil
}

// IndexedDelta is an entry of a delta index.
type IndexedDelta struct {
	Name       delta.Name
	Superblock object.Checksum // of its file
}
