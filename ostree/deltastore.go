package ostree

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree/delta"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sys/unix"
)

// deltaIndexKey holds, in delta indexes and summaries, the deltas by name with the checksums of their superblocks.
const deltaIndexKey = "ostree.static-deltas"

// StaticDeltas lists the static deltas stored in the repository, sorted by their text form. A directory
// below deltas/ is one when it holds a superblock.
func (r *Repo) StaticDeltas() ([]delta.Name, error) {
	dirs, err := r.deltaDirs()
	if err != nil {
		return nil, err
	}
	var out []delta.Name
	for _, n := range dirs {
		found, err := r.HasStaticDelta(n)
		if err != nil {
			return nil, err
		}
		if found {
			out = append(out, n)
		}
	}
	return out, nil
}

// deltaDirs lists the directories that are named like deltas, with or without a superblock.
func (r *Repo) deltaDirs() ([]delta.Name, error) {
	var out []delta.Name
	err := r.walkTwoLevels("deltas", func(prefix, rest string) {
		if n, err := delta.ParseDir(prefix, rest); err == nil {
			out = append(out, n)
		}
	})
	slices.SortFunc(out, func(a, b delta.Name) int { return strings.Compare(a.String(), b.String()) })
	return out, err
}

// DeltaIndexes lists the commits that have a delta index, sorted.
func (r *Repo) DeltaIndexes() ([]object.Checksum, error) {
	var out []object.Checksum
	err := r.walkTwoLevels("delta-indexes", func(prefix, rest string) {
		base, ok := strings.CutSuffix(rest, ".index")
		if !ok {
			return
		}
		if c, err := object.ParseBase64(prefix + base); err == nil {
			out = append(out, c)
		}
	})
	slices.SortFunc(out, object.Checksum.Compare)
	return out, err
}

// walkTwoLevels calls fn for the entries of the two-character directories below dir, sorted. A missing
// dir has none.
func (r *Repo) walkTwoLevels(dir string, fn func(prefix, rest string)) error {
	top, err := openDirAt(r.dirFD, dir)
	if err == unix.ENOENT {
		return nil
	}
	if err != nil {
		return errno.New("openat", dir, err)
	}
	defer unix.Close(top)
	prefixes, err := readDirNames(top)
	if err != nil {
		return err
	}
	for _, p := range prefixes {
		if len(p) != 2 {
			continue
		}
		if err := walkEntries(top, dir, p, fn); err != nil {
			return err
		}
	}
	return nil
}

func walkEntries(top int, dir, prefix string, fn func(prefix, rest string)) error {
	fd, err := openDirAt(top, prefix)
	if err == unix.ENOTDIR || err == unix.ENOENT {
		return nil
	}
	if err != nil {
		return errno.New("openat", dir+"/"+prefix, err)
	}
	defer unix.Close(fd)
	names, err := readDirNames(fd)
	if err != nil {
		return err
	}
	for _, n := range names {
		fn(prefix, n)
	}
	return nil
}

// HasStaticDelta tells whether the delta is stored in the repository.
func (r *Repo) HasStaticDelta(n delta.Name) (bool, error) {
	var st unix.Stat_t
	switch err := unix.Fstatat(r.dirFD, n.SuperblockPath(), &st, unix.AT_SYMLINK_NOFOLLOW); err {
	case nil:
		return true, nil
	case unix.ENOENT, unix.ENOTDIR:
		return false, nil
	default:
		return false, errno.New("fstatat", n.SuperblockPath(), err)
	}
}

// DeltaNotFoundError reports a static delta that is not stored. errors.Is(err, ErrNotFound) holds.
type DeltaNotFoundError struct{ Name delta.Name }

// Error returns the reference implementation's text.
func (e *DeltaNotFoundError) Error() string { return "Can't find delta " + e.Name.String() }

// Is makes the error match [ErrNotFound].
func (e *DeltaNotFoundError) Is(target error) bool { return target == ErrNotFound }

// DeleteStaticDelta removes a static delta: its entry in the index of deltas to its commit, then the
// superblock, by which readers find the delta, then the parts. A missing one is a [*DeltaNotFoundError].
func (r *Repo) DeleteStaticDelta(n delta.Name) error {
	if err := r.writeErr; err != nil {
		return err
	}
	found, err := r.HasStaticDelta(n)
	if err != nil {
		return err
	}
	if !found {
		return &DeltaNotFoundError{n}
	}
	return r.removeDelta(n)
}

func (r *Repo) removeDelta(n delta.Name) error {
	if err := r.dropFromDeltaIndex(n); err != nil {
		return err
	}
	if err := unix.Unlinkat(r.dirFD, n.SuperblockPath(), 0); err != nil && err != unix.ENOENT {
		return errno.New("unlinkat", n.SuperblockPath(), err)
	}
	dir := "deltas/" + n.Dir()
	if err := removeTree(r.dirFD, dir); err != nil {
		return err
	}
	r.removeEmptyDir(dir[:lastSlash(dir)])
	return nil
}

// dropFromDeltaIndex takes a delta out of its index; an index without deltas is removed, and so is
// one that cannot be read.
func (r *Repo) dropFromDeltaIndex(n delta.Name) error {
	path := delta.IndexPath(n.To)
	b, err := readFileAt(r.dirFD, path, MaxMetadataSize)
	if errMissing(err) {
		return nil
	}
	if err != nil {
		return err
	}
	index := gvariant.FromBytes("a{sv}", b)
	list, ok := index.LookupType(deltaIndexKey, "a{sv}")
	if !index.IsNormal() || !ok {
		return r.removeDeltaIndex(n.To)
	}
	d := gvariant.DictFromValue(list)
	if !d.Delete(n.String()) {
		return nil
	}
	if d.Len() == 0 {
		return r.removeDeltaIndex(n.To)
	}
	whole := gvariant.DictFromValue(index)
	whole.Set(deltaIndexKey, d.HashOrdered())
	return r.replaceFile(path, whole.Value().Bytes(), 0o644, r.Config().Fsync)
}

func (r *Repo) removeDeltaIndex(to object.Checksum) error {
	path := delta.IndexPath(to)
	if err := unix.Unlinkat(r.dirFD, path, 0); err != nil && err != unix.ENOENT {
		return errno.New("unlinkat", path, err)
	}
	r.removeEmptyDir(path[:lastSlash(path)])
	return nil
}

// removeEmptyDir tidies up; a directory that is not empty stays.
func (r *Repo) removeEmptyDir(path string) { _ = unix.Unlinkat(r.dirFD, path, unix.AT_REMOVEDIR) }

// pruneDeltaIndexes removes the indexes of the commits that doomed names.
func (r *Repo) pruneDeltaIndexes(doomed func(to object.Checksum) (bool, error)) error {
	indexes, err := r.DeltaIndexes()
	if err != nil {
		return err
	}
	for _, to := range indexes {
		del, err := doomed(to)
		if err != nil {
			return err
		}
		if !del {
			continue
		}
		if err := r.removeDeltaIndex(to); err != nil {
			return fmt.Errorf("removing the delta index of %s: %w", to, err)
		}
	}
	return nil
}
