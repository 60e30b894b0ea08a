package ostree

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree/object"
)

// CommitOptions describe a commit. The zero value is a commit without message and parent, and without
// bindings. A commit that goes to others should have Refs.
type CommitOptions struct {
	// Parent is the commit before this one; zero if there is none.
	Parent object.Checksum
	// Subject is one line for people, Body the rest of the message. Both may be empty.
	Subject, Body string
	// Time is the commit's timestamp; the zero time means now. Seconds count.
	Time time.Time
	// Metadata comes first in the commit, in its own order.
	Metadata *object.Dict
	// Refs are recorded as ostree.ref-binding: only under these names may the commit be pulled, so that no mirror
	// can pass it off as another branch. They are sorted. A repository with a collection id records that too.
	// Without Refs and Orphan there is no binding, and the commit may be pulled under any name; with a collection id,
	// where a pull demands bindings, [Txn.WriteCommit] refuses it.
	Refs []string
	// Orphan binds the commit to no ref at all, as "ostree commit --orphan" does: it can only be pulled by its
	// checksum. It excludes Refs.
	Orphan bool
	// NoBindings leaves both bindings out, whatever else is said here.
	NoBindings bool
	// Bootable records the kernel below usr/lib/modules; it is an error if there is none.
	Bootable bool
	// Composefs records the fs-verity digest of the composefs image of the tree.
	Composefs bool
	// Detached is the detached metadata to write with the commit, if not nil.
	Detached *object.Dict
}

// WriteCommit stores a commit of a tree that was written before ([Txn.WriteTree]) and returns its
// checksum. No ref is set; see [Txn.SetRef]. If [Txn.CollectSizes] was called, the sizes are recorded.
func (t *Txn) WriteCommit(ctx context.Context, tree, meta object.Checksum, opts *CommitOptions) (object.Checksum, error) {
	if opts == nil {
		opts = &CommitOptions{}
	}
	md, err := t.commitMetadata(ctx, tree, meta, opts)
	if err != nil {
		return object.Checksum{}, err
	}
	when := opts.Time
	if when.IsZero() {
		when = time.Now()
	}
	c := &object.Commit{Metadata: md, Parent: opts.Parent, Subject: opts.Subject, Body: opts.Body,
		Timestamp: uint64(when.Unix()), Tree: tree, Meta: meta}
	sum, err := t.WriteMeta(object.TypeCommit, nil, c.Marshal())
	if err != nil {
		return sum, err
	}
	if bound, ok := md.LookupType(object.KeyRefBinding, "as"); ok {
		t.noteBinding(sum, bound.Strings())
	}
	if opts.Detached == nil {
		return sum, nil
	}
	return sum, t.WriteCommitMeta(sum, opts.Detached.Value())
}

// WriteCommitMeta stores the detached metadata of a commit, an a{sv}, and replaces what it had. An empty
// dictionary is stored like any other; [Repo.WriteDetachedMetadata] removes what is there.
func (t *Txn) WriteCommitMeta(c object.Checksum, md object.Variant) error {
	_, err := t.WriteMeta(object.TypeCommitMeta, &c, md.Bytes())
	return err
}

// commitMetadata puts the metadata together in the order that is hashed: the caller's, the bindings,
// then (through a dictionary, which reorders everything) bootable and composefs keys, then the sizes.
func (t *Txn) commitMetadata(ctx context.Context, tree, meta object.Checksum, opts *CommitOptions) (object.Variant, error) {
	d := &object.Dict{}
	if opts.Metadata != nil {
		d = opts.Metadata.Clone()
	}
	if err := opts.bind(d, t.repo.CollectionID()); err != nil {
		return object.Variant{}, err
	}
	v := d.Value()
	if opts.Bootable {
		release, err := t.repo.kernelRelease(tree)
		if err != nil {
			return v, err
		}
		d.Set(object.KeyBootable, object.NewBool(true))
		d.Set(object.KeyLinux, object.NewString(release))
		v = d.HashOrdered()
		d = gvariant.DictFromValue(v)
	}
	if opts.Composefs {
		digest, err := t.repo.composefsDigest(ctx, tree, meta)
		if err != nil {
			return v, err
		}
		d.Set(object.KeyComposefsDigest, object.NewByteArray(digest[:]))
		v = d.HashOrdered()
		d = gvariant.DictFromValue(v)
	}
	if t.sizes != nil {
		sizes, err := t.sizesVariant()
		if err != nil {
			return v, err
		}
		d.Set(object.KeySizes, sizes)
		v = d.Value()
	}
	return v, nil
}

// bind adds the bindings to the metadata of a commit. What the caller's metadata has of them stays, except that Refs
// and Orphan come before its ref binding.
func (o *CommitOptions) bind(d *object.Dict, collection string) error {
	_, given := d.Get(object.KeyRefBinding)
	switch {
	case o.NoBindings:
		return nil
	case o.Orphan && len(o.Refs) > 0:
		return errors.New("a commit with Refs cannot be an Orphan")
	case o.Orphan || len(o.Refs) > 0:
		d.Set(object.KeyRefBinding, object.NewStrings(slices.Sorted(slices.Values(o.Refs))))
	case !given && collection != "":
		return errors.New("a commit in a repository with a collection id needs Refs, or Orphan or NoBindings to be set")
	case !given:
		return nil
	}
	if _, given := d.Get(object.KeyCollectionBinding); !given && collection != "" {
		d.Set(object.KeyCollectionBinding, object.NewString(collection))
	}
	return nil
}

// BindingError is the error of [Txn.SetRef] for a commit of the same transaction that is bound to other refs: nobody
// could pull it under this one.
type BindingError struct {
	Commit object.Checksum
	Ref    string
	Bound  []string // the refs it is bound to; none for an orphan
}

// Error names the ref and those that the commit is bound to.
func (e *BindingError) Error() string {
	return fmt.Sprintf("commit %s is bound to %s and could not be pulled as ‘%s’", e.Commit, quoteRefs(e.Bound), e.Ref)
}

// noteBinding remembers the refs that a commit of this transaction is bound to.
func (t *Txn) noteBinding(c object.Checksum, refs []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.bindings == nil {
		t.bindings = map[object.Checksum][]string{}
	}
	t.bindings[c] = refs
}

// checkBinding tells whether a ref may name a commit; the caller holds mu. A commit that is made on a remote's ref is bound
// to what it was called then, as "ostree commit --branch=REMOTE:REF" has it.
func (t *Txn) checkBinding(c object.Checksum, k refKey) error {
	bound, ok := t.bindings[c]
	if !ok || slices.Contains(bound, k.ref) || k.remote != "" && slices.Contains(bound, k.remote+":"+k.ref) {
		return nil
	}
	return &BindingError{Commit: c, Ref: k.ref, Bound: bound}
}

// kernelRelease finds usr/lib/modules/RELEASE/vmlinuz.
func (r *Repo) kernelRelease(tree object.Checksum) (string, error) {
	for _, p := range []string{"usr", "lib", "modules"} {
		dt, err := r.LoadDirTree(tree)
		if err != nil {
			return "", err
		}
		i := slices.IndexFunc(dt.Dirs, func(d object.DirEntry) bool { return d.Name == p })
		if i < 0 {
			return "", fmt.Errorf("No such file or directory: %s", map[string]string{
				"usr": "/usr", "lib": "/usr/lib", "modules": "/usr/lib/modules"}[p])
		}
		tree = dt.Dirs[i].Tree
	}
	modules, err := r.LoadDirTree(tree)
	if err != nil {
		return "", err
	}
	found := ""
	for _, d := range modules.Dirs {
		dt, err := r.LoadDirTree(d.Tree)
		if err != nil {
			return "", err
		}
		if !slices.ContainsFunc(dt.Files, func(f object.FileEntry) bool { return f.Name == "vmlinuz" }) {
			continue
		}
		if found != "" {
			return "", fmt.Errorf("Multiple kernels found in /usr/lib/modules: %s and %s", found, d.Name)
		}
		found = d.Name
	}
	if found == "" {
		return "", fmt.Errorf("No kernel found in /usr/lib/modules")
	}
	return found, nil
}
