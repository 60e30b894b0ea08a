package ostree

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sys/unix"
)

// Ref is a named commit.
type Ref struct {
	Remote     string          `json:"remote,omitempty"`     // "" for local refs and mirrors
	Collection string          `json:"collection,omitempty"` // only in listings of collections and mirrors
	Name       string          `json:"ref"`
	Checksum   object.Checksum `json:"checksum"`
	Alias      string          `json:"alias,omitempty"` // the ref that an alias points to
}

// Refspec returns "REMOTE:REF", or "REF" for local refs.
func (r Ref) Refspec() string { return refspecString(r.Remote, r.Name) }

// refKey names a ref's file: exactly one of remote and collection may be set.
type refKey struct{ remote, collection, ref string }

type refUpdate struct {
	checksum object.Checksum // zero deletes
	alias    string
}

func (k refKey) path() string {
	switch {
	case k.remote != "":
		return "refs/remotes/" + k.remote + "/" + k.ref
	case k.collection != "":
		return "refs/mirrors/" + k.collection + "/" + k.ref
	}
	return "refs/heads/" + k.ref
}

func (k refKey) String() string {
	if k.collection != "" {
		return CollectionRef{k.collection, k.ref}.String()
	}
	return refspecString(k.remote, k.ref)
}

func (r *Repo) collectionKey(c CollectionRef) refKey {
	if c.Collection == r.CollectionID() {
		c.Collection = ""
	}
	return refKey{collection: c.Collection, ref: c.Ref}
}

// SetRef makes a refspec ("REF" or "REMOTE:REF") point to a commit when the transaction commits; the
// zero checksum deletes it. A commit that this transaction has bound to other refs only is a [*BindingError].
func (t *Txn) SetRef(refspec string, c object.Checksum) error {
	remote, ref, err := ParseRefspec(refspec)
	if err != nil {
		return err
	}
	return t.setRef(refKey{remote: remote, ref: ref}, refUpdate{checksum: c})
}

// SetCollectionRef is [Txn.SetRef] for a ref of a collection; other collections than the
// repository's own are kept below refs/mirrors.
func (t *Txn) SetCollectionRef(c CollectionRef, sum object.Checksum) error {
	if err := ValidateRefName(c.Ref); err != nil {
		return err
	}
	if c.Collection != "" {
		if err := ValidateCollectionID(c.Collection); err != nil {
			return err
		}
	}
	return t.setRef(t.repo.collectionKey(c), refUpdate{checksum: sum})
}

func (t *Txn) setRef(k refKey, u refUpdate) error {
	if object.IsChecksum(k.ref) && !u.checksum.IsZero() {
		return fmt.Errorf("Rev name '%s' looks like a checksum", k.ref)
	}
	if err := t.checkRunning(); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.checkBinding(u.checksum, k); err != nil {
		return err
	}
	t.refs[k] = u
	return nil
}

func (t *Txn) pendingRef(k refKey) (refUpdate, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	u, ok := t.refs[k]
	return u, ok
}

// readRef returns the commit of one ref file; found is false if there is none.
func (r *Repo) readRef(k refKey) (c object.Checksum, found bool, err error) {
	if t := r.txn.Load(); t != nil {
		if u, ok := t.pendingRef(k); ok {
			return u.checksum, !u.deletes(), nil
		}
	}
	fd, err := openat(r.dirFD, k.path(), unix.O_RDONLY|unix.O_NONBLOCK, 0) // a FIFO would wait for a writer
	if err == unix.ENOENT || err == unix.ENOTDIR {
		return c, false, nil
	}
	if err != nil {
		return c, false, errno.New("openat", k.path(), err)
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if unix.Fstat(fd, &st) == nil && uint32(st.Mode)&object.ModeTypeMask == object.ModeDir {
		return c, false, nil
	}
	if err := requireRegular(fd, k.path()); err != nil {
		return c, false, err
	}
	b, err := readAllFD(fd, k.path(), maxRefSize)
	if err != nil {
		return c, false, err
	}
	text := strings.TrimRight(string(b), " \t\r\n")
	if c, err = object.ParseChecksum(text); err != nil {
		if len(text) > 64 {
			_, err = object.ParseChecksum(text[:64] + "…")
		}
		return c, false, err
	}
	return c, true, nil
}

// ReadCollectionRef returns the commit of a collection's ref, looking at the repository's own refs
// for its own collection, then at refs/mirrors, then at the remotes configured for the collection.
func (r *Repo) ReadCollectionRef(c CollectionRef) (sum object.Checksum, found bool, err error) {
	if c.Collection != "" && c.Collection != r.CollectionID() {
		for _, remote := range r.remotesOfCollection(c.Collection) {
			if sum, found, err = r.readRef(refKey{remote: remote, ref: c.Ref}); found || err != nil {
				return sum, found, err
			}
		}
	}
	if sum, found, err = r.readRef(r.collectionKey(c)); found || err != nil || r.parent == nil {
		return sum, found, err
	}
	return r.parent.ReadCollectionRef(c)
}

// RefNotFoundError reports a revision that names no commit. errors.Is(err, ErrNotFound) holds.
type RefNotFoundError struct{ Remote, Ref string }

// Error returns the reference implementation's text.
func (e *RefNotFoundError) Error() string {
	return fmt.Sprintf("Refspec '%s' not found", refspecString(e.Remote, e.Ref))
}

// Is makes the error match [ErrNotFound].
func (e *RefNotFoundError) Is(target error) bool { return target == ErrNotFound }

// ResolveRev returns the commit that a revision names: 64 hexadecimal digits, a unique prefix of a
// commit's checksum, a revision followed by "^" for its parent, or a refspec. See [Repo.ResolveRef]
// for how refs are looked up. Whether the commit object exists is not checked.
func (r *Repo) ResolveRev(rev string) (object.Checksum, error) {
	if object.IsChecksum(rev) {
		return object.ParseChecksum(rev)
	}
	if object.IsHex(rev) && len(rev) < object.HexSize {
		found, err := r.commitsWithPrefix(rev, 2)
		if err != nil {
			return object.Checksum{}, err
		}
		switch len(found) {
		case 1:
			return found[0], nil
		case 2:
			return object.Checksum{}, fmt.Errorf("Refspec %s not unique", rev)
		}
	}
	if base, ok := strings.CutSuffix(rev, "^"); ok {
		child, err := r.ResolveRev(base)
		if err != nil {
			return child, err
		}
		commit, err := r.LoadCommit(child)
		if err != nil {
			return child, err
		}
		if commit.Parent.IsZero() {
			return child, fmt.Errorf("Commit %s has no parent", child)
		}
		return commit.Parent, nil
	}
	remote, ref, err := ParseRefspec(rev)
	if err != nil {
		return object.Checksum{}, err
	}
	return r.ResolveRef(remote, ref)
}

// ResolveRevOptional is [Repo.ResolveRev] with found == false for a ref that does not exist.
func (r *Repo) ResolveRevOptional(rev string) (c object.Checksum, found bool, err error) {
	c, err = r.ResolveRev(rev)
	var missing *RefNotFoundError
	if errors.As(err, &missing) {
		return object.Checksum{}, false, nil
	}
	return c, err == nil, err
}

// ResolveRef looks a ref up: below its remote if one is given; else a local ref, then REMOTE/REF,
// then the first remote that has it; then the same in the parent repository.
func (r *Repo) ResolveRef(remote, ref string) (object.Checksum, error) {
	c, found, err := r.findRef(remote, ref)
	if err != nil {
		return c, fmt.Errorf("Fetching checksum for ref %s: %w", CollectionRef{"", ref}, err)
	}
	if found {
		return c, nil
	}
	if r.parent != nil {
		return r.parent.ResolveRef(remote, ref)
	}
	return c, &RefNotFoundError{remote, ref}
}

func (r *Repo) findRef(remote, ref string) (object.Checksum, bool, error) {
	if remote != "" {
		return r.readRef(refKey{remote: remote, ref: ref})
	}
	if c, found, err := r.readRef(refKey{ref: ref}); found || err != nil {
		return c, found, err
	}
	if first, rest, ok := strings.Cut(ref, "/"); ok {
		if c, found, err := r.readRef(refKey{remote: first, ref: rest}); found || err != nil {
			return c, found, err
		}
	}
	remotes, err := r.refDirs("refs/remotes")
	if err != nil {
		return object.Checksum{}, false, err
	}
	for _, name := range remotes {
		if c, found, err := r.readRef(refKey{remote: name, ref: ref}); found || err != nil {
			return c, found, err
		}
	}
	return object.Checksum{}, false, nil
}

func (r *Repo) refDirs(path string) ([]string, error) {
	fd, err := openat(r.dirFD, path, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err == unix.ENOENT {
		return nil, nil
	}
	if err != nil {
		return nil, errno.New("openat", path, err)
	}
	defer unix.Close(fd)
	return readDirNames(fd)
}

// walkRefs calls fn with the path of every ref file below dir, relative to it, sorted. Names that
// are not valid in refs are skipped: temporary files for example.
func (r *Repo) walkRefs(dir, prefix string, fn func(name string) error) error {
	fd, err := openat(r.dirFD, dir, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return fmt.Errorf("Listing refs: %w", errno.New("opendir", dir, err))
	}
	names, err := readDirNames(fd)
	if err != nil {
		unix.Close(fd)
		return err
	}
	defer unix.Close(fd)
	for _, n := range names {
		if !validFragment(n) {
			continue
		}
		var st unix.Stat_t
		if err := unix.Fstatat(fd, n, &st, 0); err != nil {
			if unix.Fstatat(fd, n, &st, unix.AT_SYMLINK_NOFOLLOW) == unix.ENOENT {
				continue // deleted meanwhile
			}
			// An alias that leads nowhere, for example. To pass over it would let prune delete what it stands for.
			return fmt.Errorf("Listing refs: %w", errno.New("openat", prefix+n, err))
		}
		if uint32(st.Mode)&object.ModeTypeMask == object.ModeDir {
			err = r.walkRefs(dir+"/"+n, prefix+n+"/", fn)
		} else {
			err = fn(prefix + n)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Refs lists local refs and those of remotes, sorted by refspec. With a prefix ("REF", "REMOTE:" or
// "REMOTE:REF") only that ref and the refs below it are listed. Aliases are listed as refs.
func (r *Repo) Refs(prefix string) ([]Ref, error) {
	var out []Ref
	add := func(k refKey) error {
		c, found, err := r.readRef(k)
		if err != nil {
			return fmt.Errorf("Fetching checksum for ref %s: %w", CollectionRef{"", k.ref}, err)
		}
		if found {
			out = append(out, Ref{Remote: k.remote, Name: k.ref, Checksum: c})
		}
		return nil
	}
	remote, path, hasRemote := strings.Cut(prefix, ":")
	switch {
	case !hasRemote:
		remote, path = "", prefix
	case path == ".": // an old way to say REMOTE:
		path = ""
	}
	if hasRemote && !validFragment(remote) {
		return nil, fmt.Errorf("Invalid refspec %s", prefix)
	}
	if path != "" {
		if err := ValidateRefName(strings.TrimSuffix(path, "/")); err != nil {
			return nil, fmt.Errorf("Invalid refspec %s", prefix)
		}
	}
	path = strings.TrimSuffix(path, "/")
	if err := r.listUnder(refKey{remote: remote, ref: path}, add); err != nil {
		return nil, err
	}
	if prefix == "" {
		remotes, err := r.refDirs("refs/remotes")
		if err != nil {
			return nil, err
		}
		if remotes == nil {
			return nil, fmt.Errorf("Listing refs: %w", errno.New("opendir", "refs/remotes", unix.ENOENT))
		}
		for _, name := range remotes {
			if !validFragment(name) {
				continue
			}
			if err := r.listUnder(refKey{remote: name}, add); err != nil {
				return nil, err
			}
		}
	}
	slices.SortFunc(out, func(a, b Ref) int { return strings.Compare(a.Refspec(), b.Refspec()) })
	return out, nil
}

// listUnder calls fn for the ref k itself if it is one, or for all refs below it.
func (r *Repo) listUnder(k refKey, fn func(refKey) error) error {
	base := k
	path := strings.TrimSuffix(k.path(), "/")
	var st unix.Stat_t
	switch err := unix.Fstatat(r.dirFD, path, &st, 0); {
	case err == unix.ENOENT && (k.ref != "" || k.remote != ""), err == unix.ENOTDIR:
		return nil
	case err == nil && uint32(st.Mode)&object.ModeTypeMask != object.ModeDir:
		return fn(k)
	}
	return r.walkRefs(path, "", func(name string) error {
		k := base
		if k.ref != "" {
			k.ref += "/"
		}
		k.ref += name
		return fn(k)
	})
}

// Aliases lists the local refs that are aliases, with Alias set to the target, sorted.
func (r *Repo) Aliases(prefix string) ([]Ref, error) {
	var out []Ref
	err := r.listUnder(refKey{ref: strings.TrimSuffix(prefix, "/")}, func(k refKey) error {
		link, err := readlinkat(r.dirFD, k.path())
		if isErrno(err, unix.EINVAL) {
			return nil
		}
		if err != nil {
			return err
		}
		c, found, err := r.readRef(k)
		if err != nil || !found {
			return err
		}
		for strings.HasPrefix(link, "../") {
			link = link[3:]
		}
		out = append(out, Ref{Name: k.ref, Checksum: c, Alias: link})
		return nil
	})
	return out, err
}

// CollectionRefs lists refs with their collections: local refs under the repository's own, mirrored
// ones, and those of remotes with a configured collection. match "" means all collections.
// The result is sorted by collection, then by name, and unique.
func (r *Repo) CollectionRefs(match string) ([]Ref, error) {
	seen := map[CollectionRef]bool{}
	var out []Ref
	add := func(collection string, k refKey) error {
		id := CollectionRef{collection, k.ref}
		if seen[id] || match != "" && match != collection {
			return nil
		}
		c, found, err := r.readRef(k)
		if err != nil {
			return fmt.Errorf("Fetching checksum for ref %s: %w", id, err)
		}
		if found {
			seen[id] = true
			out = append(out, Ref{Collection: collection, Name: k.ref, Checksum: c})
		}
		return nil
	}
	if own := r.CollectionID(); own != "" {
		if err := r.listUnder(refKey{}, func(k refKey) error { return add(own, k) }); err != nil {
			return nil, err
		}
	}
	remotes, err := r.RemoteNames()
	if err != nil {
		return nil, err
	}
	for _, name := range remotes {
		remote, err := r.Remote(name)
		if err != nil || remote.CollectionID() == "" {
			continue
		}
		id := remote.CollectionID()
		if err := r.listUnder(refKey{remote: name}, func(k refKey) error { return add(id, k) }); err != nil {
			return nil, err
		}
	}
	mirrors, err := r.refDirs("refs/mirrors")
	if err != nil {
		return nil, err
	}
	for _, id := range mirrors {
		if ValidateCollectionID(id) != nil {
			continue
		}
		if err := r.listUnder(refKey{collection: id}, func(k refKey) error { return add(id, k) }); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(out, func(a, b Ref) int {
		return CollectionRef{a.Collection, a.Name}.Compare(CollectionRef{b.Collection, b.Name})
	})
	return out, nil
}

func (r *Repo) remotesOfCollection(id string) []string {
	names, _ := r.RemoteNames()
	return slices.DeleteFunc(names, func(n string) bool {
		remote, err := r.Remote(n)
		return err != nil || remote.CollectionID() != id
	})
}

var _ = os.ErrNotExist
