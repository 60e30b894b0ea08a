package ostree

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/delta"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sys/unix"
)

// sweep finds the unreachable objects and deletes them: commits first, then everything else.
func (p *pruner) sweep(ctx context.Context) error {
	var counts struct{ objects, pruned, freed atomic.Int64 }
	var doomed [256][]object.Name
	var mu sync.Mutex
	var commits []object.Name
	err := forEachIndex(ctx, 256, 1, func(i int) error {
		list, total, size, err := p.unreachable(byte(i))
		if err != nil {
			return err
		}
		counts.objects.Add(int64(total))
		counts.pruned.Add(int64(len(list)))
		counts.freed.Add(size)
		isCommit := func(n object.Name) bool { return n.Type == object.TypeCommit }
		mu.Lock()
		for _, n := range list {
			if isCommit(n) {
				commits = append(commits, n)
			}
		}
		mu.Unlock()
		doomed[i] = slices.DeleteFunc(list, isCommit)
		return nil
	})
	p.stats.Objects, p.stats.Pruned = int(counts.objects.Load()), int(counts.pruned.Load())
	p.stats.Freed = uint64(counts.freed.Load())
	if err != nil || p.opts.NoPrune {
		return err
	}
	if err := p.deleteCommits(ctx, commits); err != nil || p.opts.CommitOnly {
		return err
	}
	return forEachIndex(ctx, 256, 1, func(i int) error { return p.deleteIn(byte(i), doomed[i]) })
}

// deleteCommits deletes commits in a fixed order and waits until they are gone for good.
func (p *pruner) deleteCommits(ctx context.Context, commits []object.Name) error {
	slices.SortFunc(commits, object.Name.Compare)
	var touched [256]bool
	for _, n := range commits {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := p.repo.DeleteObject(n); err != nil {
			return err
		}
		touched[n.Checksum[0]] = true
	}
	if !p.repo.Config().Fsync {
		return nil
	}
	for i, t := range touched {
		if !t {
			continue
		}
		if err := p.repo.syncObjectDir(byte(i)); err != nil {
			return err
		}
	}
	return nil
}

func (r *Repo) syncObjectDir(first byte) error {
	dir := fmt.Sprintf("%02x", first)
	fd, err := openDirAt(r.objectsFD, dir)
	if err != nil {
		return errno.New("openat", "objects/"+dir, err)
	}
	defer unix.Close(fd)
	if err := unix.Fsync(fd); err != nil {
		return errno.New("fsync", "objects/"+dir, err)
	}
	return nil
}

// openObjectDir opens one two-digit directory of objects/; ok is false if there is none.
func (r *Repo) openObjectDir(first byte) (fd int, ok bool, err error) {
	dir := fmt.Sprintf("%02x", first)
	fd, err = openDirAt(r.objectsFD, dir)
	if err == unix.ENOENT {
		return -1, false, nil
	}
	if err != nil {
		return -1, false, errno.New("openat", "objects/"+dir, err)
	}
	return fd, true, nil
}

// looseFile is the name of an object's file within its two-digit directory.
func (r *Repo) looseFile(n object.Name) string {
	var buf [96]byte
	return string(n.AppendLoosePath(buf[:0], r.Mode() == ModeArchive)[3:])
}

// unreachable lists the objects of one directory that are not kept, with the count of all that were
// looked at and the size of those listed.
func (p *pruner) unreachable(first byte) (list []object.Name, total int, size int64, err error) {
	fd, ok, err := p.repo.openObjectDir(first)
	if !ok || err != nil {
		return nil, 0, 0, err
	}
	defer unix.Close(fd)
	files, err := readDirNames(fd)
	if err != nil {
		return nil, 0, 0, err
	}
	dir := fmt.Sprintf("%02x", first)
	for _, f := range files {
		n, ok := object.ParseLoosePath(dir, f)
		if !ok || !p.counts(n) || f != p.repo.looseFile(n) {
			continue
		}
		total++
		if p.keep.Has(n) {
			continue
		}
		if n.Type == object.TypePayloadLink && p.keepPayloadLink(fd, f) {
			continue
		}
		var st unix.Stat_t
		if err := unix.Fstatat(fd, f, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
			return nil, 0, 0, errno.New("fstatat", n.LoosePath(p.repo.Mode() == ModeArchive), err)
		}
		size += st.Size
		list = append(list, n)
	}
	return list, total, size, nil
}

// counts tells whether objects of the name's type are pruned by themselves. Detached metadata goes
// with its commit, tombstones stay, xattrs of bare-split-xattrs go with the files that use them.
func (p *pruner) counts(n object.Name) bool {
	switch n.Type {
	case object.TypeCommit:
		return true
	case object.TypeFile, object.TypeDirTree, object.TypeDirMeta:
		return !p.opts.CommitOnly
	case object.TypePayloadLink:
		return !p.opts.CommitOnly && p.repo.Mode() != ModeArchive
	}
	return false
}

// keepPayloadLink keeps a link as long as its file is kept and large enough to be worth it.
func (p *pruner) keepPayloadLink(fd int, file string) bool {
	target, err := readlinkat(fd, file)
	if err != nil {
		return false
	}
	rest, ok := strings.CutPrefix(target, "../")
	if !ok {
		return false
	}
	dir, base, _ := strings.Cut(rest, "/")
	n, ok := object.ParseLoosePath(dir, base)
	if !ok || n.Type != object.TypeFile || !p.keep.Has(n) {
		return false
	}
	size, err := p.repo.objectStorage(n)
	return err == nil && uint64(size) >= p.repo.Config().PayloadLinkThreshold
}

func (p *pruner) deleteIn(first byte, list []object.Name) error {
	split := p.repo.Mode() == ModeBareSplitXattrs
	if len(list) == 0 && !split {
		return nil
	}
	fd, ok, err := p.repo.openObjectDir(first)
	if !ok || err != nil {
		return err
	}
	defer unix.Close(fd)
	for _, n := range list {
		if err := unix.Unlinkat(fd, p.repo.looseFile(n), 0); err != nil && err != unix.ENOENT {
			return fmt.Errorf("Deleting object %s: %w", n, errno.New("unlinkat", n.LoosePath(p.repo.Mode() == ModeArchive), err))
		}
	}
	if split {
		return p.deleteXattrs(first, fd)
	}
	return nil
}

// deleteXattrs removes the xattrs of files that are not kept, in a bare-split-xattrs repository.
// Those that only lost their last user now are found by the next prune.
func (p *pruner) deleteXattrs(first byte, fd int) error {
	files, err := readDirNames(fd)
	if err != nil {
		return err
	}
	dir := fmt.Sprintf("%02x", first)
	for _, f := range files {
		n, ok := object.ParseLoosePath(dir, f)
		if !ok {
			continue
		}
		switch n.Type {
		case object.TypeFileXattrsLink:
			if p.keep.Has(object.Name{Checksum: n.Checksum, Type: object.TypeFile}) {
				continue
			}
		case object.TypeFileXattrs:
			var st unix.Stat_t
			if unix.Fstatat(fd, f, &st, unix.AT_SYMLINK_NOFOLLOW) != nil || st.Nlink > 1 {
				continue
			}
		default:
			continue
		}
		if err := unix.Unlinkat(fd, f, 0); err != nil && err != unix.ENOENT {
			return errno.New("unlinkat", dir+"/"+f, err)
		}
	}
	return nil
}

// pruneDeltas deletes the static deltas to commits that are not there, and those without a superblock.
func (p *pruner) pruneDeltas(ctx context.Context) error {
	gone := func(to object.Checksum) (bool, error) {
		found, err := p.repo.HasObject(object.Name{Checksum: to, Type: object.TypeCommit})
		return !found, err
	}
	err := p.deleteDeltas(ctx, func(n delta.Name) (bool, error) {
		if del, err := gone(n.To); del || err != nil {
			return del, err
		}
		whole, err := p.repo.HasStaticDelta(n)
		return !whole, err
	})
	if err == nil {
		err = p.repo.pruneDeltaIndexes(gone)
	}
	if err == nil {
		err = p.repo.pruneEmptyDirs("deltas", "delta-indexes")
	}
	return err
}

func (p *pruner) deleteDeltas(ctx context.Context, doomed func(delta.Name) (bool, error)) error {
	names, err := p.repo.deltaDirs() // what a killed deletion left has no superblock
	if err != nil {
		return err
	}
	for _, n := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		del, err := doomed(n)
		if err != nil {
			return err
		}
		if !del {
			continue
		}
		if err := p.repo.removeDelta(n); err != nil {
			return err
		}
		p.stats.Deltas = append(p.stats.Deltas, n)
	}
	return nil
}

// pruneEmptyDirs removes the empty directories in those named, which may not exist. A deletion that was
// killed leaves some.
func (r *Repo) pruneEmptyDirs(parents ...string) error {
	for _, parent := range parents {
		fd, err := openDirAt(r.dirFD, parent)
		if err == unix.ENOENT {
			continue
		}
		if err != nil {
			return errno.New("openat", parent, err)
		}
		names, err := readDirNames(fd)
		for _, n := range names {
			_ = unix.Unlinkat(fd, n, unix.AT_REMOVEDIR) // those with something in them stay
		}
		unix.Close(fd)
		if err != nil {
			return err
		}
	}
	return nil
}

// pruneMarks removes the marks of partial commits that are not there: a commit is deleted before its mark.
// Commits that wait in a staging directory need theirs.
func (r *Repo) pruneMarks() error {
	fd, err := openDirAt(r.dirFD, "state")
	if err == unix.ENOENT {
		return nil
	}
	if err != nil {
		return errno.New("openat", "state", err)
	}
	defer unix.Close(fd)
	files, err := readDirNames(fd)
	if err != nil {
		return err
	}
	for _, f := range files {
		hex, ok := strings.CutSuffix(f, ".commitpartial")
		c, err := object.ParseChecksum(hex)
		if !ok || err != nil {
			continue
		}
		n := object.Name{Checksum: c, Type: object.TypeCommit}
		if found, err := r.HasObject(n); err != nil {
			return err
		} else if found {
			continue
		}
		if staged, err := r.isStaged(n); err != nil {
			return err
		} else if staged {
			continue
		}
		if err := unix.Unlinkat(fd, f, 0); err != nil && err != unix.ENOENT {
			return errno.New("unlinkat", "state/"+f, err)
		}
	}
	return nil
}

// isStaged tells whether an object waits in any staging directory.
func (r *Repo) isStaged(n object.Name) (bool, error) {
	names, err := readDirNames(r.tmpFD)
	if err != nil {
		return false, err
	}
	for _, dir := range names {
		if !strings.HasPrefix(dir, stagingPrefix) || strings.HasSuffix(dir, "-lock") {
			continue
		}
		var st unix.Stat_t
		path := dir + "/" + n.LoosePath(r.Mode() == ModeArchive)
		if err := unix.Fstatat(r.tmpFD, path, &st, unix.AT_SYMLINK_NOFOLLOW); err == nil {
			return true, nil
		} else if err != unix.ENOENT {
			return false, errno.New("fstatat", "tmp/"+path, err)
		}
	}
	return false, nil
}

// pruneSummaryCache forgets the summaries of remotes that are not configured any more.
func (r *Repo) pruneSummaryCache() error {
	if r.tmpFD < 0 || r.opts.NoCache {
		return nil
	}
	fd, err := openDirAt(r.tmpFD, "cache/summaries")
	if err == unix.ENOENT {
		return nil
	}
	if err != nil {
		return errno.New("openat", "tmp/cache/summaries", err)
	}
	defer unix.Close(fd)
	files, err := readDirNames(fd)
	if err != nil {
		return err
	}
	known, err := r.RemoteNames()
	if err != nil {
		return err
	}
	for _, f := range files {
		if slices.Contains(known, strings.TrimSuffix(f, ".sig")) {
			continue
		}
		if err := unix.Unlinkat(fd, f, 0); err != nil && err != unix.ENOENT {
			return errno.New("unlinkat", "tmp/cache/summaries/"+f, err)
		}
	}
	return nil
}
