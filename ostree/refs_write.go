package ostree

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sys/unix"
)

// writeRefs brings the collected updates to disk. Deletions come last, so that a kill leaves too many refs
// rather than too few, except those that make room: "a" has to give way to "a/b".
func (t *Txn) writeRefs() error {
	t.mu.Lock()
	refs := maps.Clone(t.refs)
	t.mu.Unlock()
	for _, k := range refOrder(refs) {
		if err := t.repo.writeRef(k, refs[k], t.fsync); err != nil {
			return err
		}
	}
	return nil
}

// refOrder sorts updates into the order in which they are made.
func refOrder(refs map[refKey]refUpdate) []refKey {
	written, above := map[string]bool{}, map[string]bool{} // paths, and directories that they need
	for k, u := range refs {
		if u.deletes() {
			continue
		}
		written[k.path()] = true
		for p := k.path(); lastSlash(p) > 0; {
			p = p[:lastSlash(p)]
			above[p] = true
		}
	}
	step := func(k refKey) int {
		if u := refs[k]; !u.deletes() {
			return 1
		}
		p := k.path()
		if above[p] {
			return 0
		}
		for lastSlash(p) > 0 {
			p = p[:lastSlash(p)]
			if written[p] {
				return 0
			}
		}
		return 2
	}
	return slices.SortedFunc(maps.Keys(refs), func(a, b refKey) int {
		return cmp.Or(step(a)-step(b), strings.Compare(a.path(), b.path()))
	})
}

func (u refUpdate) deletes() bool { return u.checksum.IsZero() && u.alias == "" }

// SetRefImmediate changes one ref outside of any transaction.
func (r *Repo) SetRefImmediate(refspec string, c object.Checksum) error {
	remote, ref, err := ParseRefspec(refspec)
	if err != nil {
		return err
	}
	return r.setImmediate(refKey{remote: remote, ref: ref}, refUpdate{checksum: c})
}

// SetCollectionRefImmediate changes one ref of a collection outside of any transaction.
func (r *Repo) SetCollectionRefImmediate(c CollectionRef, sum object.Checksum) error {
	if err := ValidateRefName(c.Ref); err != nil {
		return err
	}
	return r.setImmediate(r.collectionKey(c), refUpdate{checksum: sum})
}

// SetAlias makes a local ref an alias of another one: a symlink, so that it always names the same
// commit. An empty target deletes the alias.
func (r *Repo) SetAlias(ref, target string) error {
	if err := ValidateRefName(ref); err != nil {
		return err
	}
	if target != "" {
		if err := ValidateRefName(target); err != nil {
			return err
		}
	}
	return r.setImmediate(refKey{ref: ref}, refUpdate{alias: target})
}

func (r *Repo) setImmediate(k refKey, u refUpdate) error {
	if err := r.writeErr; err != nil {
		return err
	}
	if object.IsChecksum(k.ref) && !u.checksum.IsZero() {
		return fmt.Errorf("Rev name '%s' looks like a checksum", k.ref)
	}
	if err := r.writeRef(k, u, r.Config().Fsync); err != nil {
		return err
	}
	if !r.Config().AutoUpdateSummary {
		return nil
	}
	return r.UpdateSummary(context.Background(), nil) // belongs to the change, which cannot be taken back
}

func (r *Repo) writeRef(k refKey, u refUpdate, fsync bool) error {
	path := k.path()
	if u.deletes() {
		if err := r.deleteRef(k, path); err != nil {
			return err
		}
	} else {
		dir := path[:lastSlash(path)]
		if err := mkdirAllAt(r.dirFD, dir); err != nil {
			if isErrno(err, unix.ENOTDIR) || isErrno(err, unix.EEXIST) {
				return fmt.Errorf("openat(%s): %s", path, errno.Text(unix.ENOTDIR))
			}
			return err
		}
		if err := r.clearEmptyDir(k, path); err != nil {
			return err
		}
		if u.alias != "" {
			if err := r.writeAlias(k, path, u.alias); err != nil {
				return err
			}
		} else if err := r.replaceFile(path, append(u.checksum.AppendHex(nil), '\n'), 0o644, fsync); isErrno(err, unix.ENOTDIR) {
			return fmt.Errorf("openat(%s): %s", path, errno.Text(unix.ENOTDIR))
		} else if err != nil {
			return fmt.Errorf("Writing ref %s: %w", k, err)
		}
	}
	r.touch()
	return nil
}

// touch bumps the repository directory's mtime, by which others notice that refs have changed.
func (r *Repo) touch() { _ = unix.UtimesNanoAt(unix.AT_FDCWD, fdPath(r.dirFD), nil, 0) }

// clearEmptyDir makes room where a directory of former refs stands in the way.
func (r *Repo) clearEmptyDir(k refKey, path string) error {
	var st unix.Stat_t
	if unix.Fstatat(r.dirFD, path, &st, unix.AT_SYMLINK_NOFOLLOW) != nil || uint32(st.Mode)&object.ModeTypeMask != object.ModeDir {
		return nil
	}
	var below []string
	if err := r.walkRefs(path, "", func(name string) error { below = append(below, name); return nil }); err != nil {
		return err
	}
	if len(below) > 0 {
		prefix := ""
		if k.remote != "" {
			prefix = k.remote + ":"
		}
		return fmt.Errorf("Conflict: %s%s/%s exists under %s%s when attempting write", prefix, k.ref, below[0], prefix, k.ref)
	}
	return removeTree(r.dirFD, path)
}

// writeAlias makes the symlink, or exchanges an existing ref for it.
func (r *Repo) writeAlias(k refKey, path, target string) error {
	link := strings.Repeat("../", strings.Count(k.ref, "/")) + target
	err := unix.Symlinkat(link, r.dirFD, path)
	if err == nil {
		return nil
	}
	if err != unix.EEXIST {
		return errno.New("symlinkat", path, err)
	}
	tmp, dir, err := r.newTmpDir()
	if err != nil {
		return err
	}
	defer removeTree(r.tmpFD, tmp)
	defer unix.Close(dir)
	if err := unix.Symlinkat(link, dir, "alias"); err != nil {
		return errno.New("symlinkat", "tmp/"+tmp, err)
	}
	return errno.New("renameat", path, unix.Renameat(dir, "alias", r.dirFD, path))
}

func (r *Repo) deleteRef(k refKey, path string) error {
	if k.remote == "" && k.collection == "" {
		aliases, err := r.Aliases("")
		if err != nil {
			return err
		}
		for _, a := range aliases {
			if a.Alias == k.ref {
				return fmt.Errorf("Ref '%s' has an active alias: '%s'", k.ref, a.Name)
			}
		}
	}
	if err := unix.Unlinkat(r.dirFD, path, 0); err != nil && err != unix.ENOENT {
		return errno.New("unlinkat", path, err)
	}
	return nil
}
