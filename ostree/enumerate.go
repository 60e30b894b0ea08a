package ostree

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sys/unix"
)

// Objects iterates over the loose objects that lie in the repository itself, ordered by checksum.
// Files in objects/ that are not objects are passed over.
func (r *Repo) Objects(ctx context.Context) iter.Seq2[object.Name, error] {
	return func(yield func(object.Name, error) bool) {
		for first := range 256 {
			if err := ctx.Err(); err != nil {
				yield(object.Name{}, err)
				return
			}
			names, err := r.objectsIn(byte(first))
			if err != nil {
				yield(object.Name{}, err)
				return
			}
			for _, n := range names {
				if !yield(n, nil) {
					return
				}
			}
		}
	}
}

// objectsIn lists the objects whose checksum begins with the given byte, sorted.
func (r *Repo) objectsIn(first byte) ([]object.Name, error) {
	dir := fmt.Sprintf("%02x", first)
	fd, err := openDirAt(r.objectsFD, dir)
	if err == unix.ENOENT {
		return nil, nil
	}
	if err != nil {
		return nil, errno.New("openat", "objects/"+dir, err)
	}
	defer unix.Close(fd)
	files, err := readDirNames(fd)
	if err != nil {
		return nil, err
	}
	var out []object.Name
	for _, f := range files {
		if n, ok := object.ParseLoosePath(dir, f); ok {
			out = append(out, n)
		}
	}
	slices.SortFunc(out, object.Name.Compare)
	return out, nil
}

// Commits lists the commit objects of the repository, sorted by checksum.
func (r *Repo) Commits(ctx context.Context) ([]object.Checksum, error) {
	var out []object.Checksum
	for n, err := range r.Objects(ctx) {
		if err != nil {
			return nil, err
		}
		if n.Type == object.TypeCommit {
			out = append(out, n.Checksum)
		}
	}
	return out, nil
}

// commitsWithPrefix finds at most limit commits whose text form begins with prefix.
func (r *Repo) commitsWithPrefix(prefix string, limit int) ([]object.Checksum, error) {
	var out []object.Checksum
	lo, hi := 0, 255
	switch {
	case len(prefix) >= 2:
		fmt.Sscanf(prefix[:2], "%02x", &lo)
		hi = lo
	case len(prefix) == 1:
		fmt.Sscanf(prefix, "%x", &lo)
		lo, hi = lo<<4, lo<<4+15
	}
	for first := lo; first <= hi; first++ {
		names, err := r.objectsIn(byte(first))
		if err != nil {
			return nil, err
		}
		for _, n := range names {
			if n.Type == object.TypeCommit && n.Checksum.String()[:len(prefix)] == prefix {
				if out = append(out, n.Checksum); len(out) == limit {
					return out, nil
				}
			}
		}
	}
	if r.parent != nil && len(out) < limit {
		more, err := r.parent.commitsWithPrefix(prefix, limit)
		if err != nil {
			return nil, err
		}
		for _, c := range more {
			if !slices.Contains(out, c) && len(out) < limit {
				out = append(out, c)
			}
		}
	}
	return out, nil
}

// DeleteObject removes a loose object; a missing one is an error. Deleting a commit removes its
// detached metadata and partial mark too and, with core.tombstone-commits, leaves a tombstone.
func (r *Repo) DeleteObject(n object.Name) error {
	if err := r.writeErr; err != nil {
		return err
	}
	if n.Type == object.TypeCommit {
		meta := object.Name{Checksum: n.Checksum, Type: object.TypeCommitMeta}
		if err := unix.Unlinkat(r.objectsFD, meta.LoosePath(false), 0); err != nil && err != unix.ENOENT {
			return errno.New("unlinkat", meta.LoosePath(false), err)
		}
	}
	// The tombstone comes first: nobody could tell later that it is missing.
	if n.Type == object.TypeCommit && r.Config().TombstoneCommits {
		if found, err := r.hasOwnObject(n); err != nil {
			return err
		} else if found {
			if err := r.writeTombstone(n.Checksum); err != nil {
				return err
			}
		}
	}
	path := n.LoosePath(r.Mode() == ModeArchive)
	if err := unix.Unlinkat(r.objectsFD, path, 0); err != nil {
		return fmt.Errorf("Deleting object %s: %w", n, errno.New("unlinkat", path, err))
	}
	if r.Mode() == ModeBareSplitXattrs && n.Type == object.TypeFile {
		link := object.Name{Checksum: n.Checksum, Type: object.TypeFileXattrsLink}
		unix.Unlinkat(r.objectsFD, link.LoosePath(false), 0)
	}
	if n.Type != object.TypeCommit {
		return nil
	}
	return r.SetCommitState(n.Checksum, CommitComplete)
}

func (r *Repo) writeTombstone(c object.Checksum) error {
	var d object.Dict
	d.Set("commit", object.NewByteString(c.String()))
	n := object.Name{Checksum: c, Type: object.TypeTombstoneCommit}
	return r.replaceFile("objects/"+n.LoosePath(false), d.Value().Bytes(), 0o644, r.Config().Fsync)
}
