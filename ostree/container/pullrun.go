package container

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/internal/progress"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sync/errgroup"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// importRun is the transaction that brings an image into a repository.
type importRun struct {
	*Import
	txn   *ostree.Txn
	pool  *writePool
	task  *progress.Task
	close func() // ends the workers of pool

	base     object.Checksum // the commit inside, zero if there is none
	commit   *object.Commit  // the same
	held     heldCommit      // the same if it has to be written
	verified string
	layers   []layerTree // the derived layers
	filtered map[string]map[string]uint32
}

// layerTree is what a layer's commit holds. Commits are written when all layers have been read: if one of
// them is bad, there shall be nothing of the others.
type layerTree struct {
	tree, meta object.Checksum
	metadata   *object.Dict
}

// Run fetches the missing layers and writes everything. The digests of all layers are verified before
// anything becomes visible; refs come last.
func (i *Import) Run(ctx context.Context) (_ *Image, err error) {
	if i.Present != nil {
		return i.Present, nil
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("%s: %w", i.ref, err)
		}
	}()
	var merge object.Checksum
	run, err := i.transaction(ctx, func(ctx context.Context, run *importRun) (err error) {
		merge, err = run.image(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := clearCached(i.repo, merge); err != nil {
		return nil, err
	}
	result, err := LoadImageCommit(i.repo, merge)
	if err != nil {
		return nil, err
	}
	result.Verified = run.verified
	return result, nil
}

// transaction does its work in one transaction of the repository.
func (i *Import) transaction(ctx context.Context, work func(context.Context, *importRun) error) (_ *importRun, err error) {
	txn, err := i.repo.Begin(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer txn.Abort()
	if err := i.findLayers(); err != nil {
		return nil, err
	}
	layers, size := i.Missing()
	if layers > 0 && i.src == nil {
		return nil, errors.New("the image's source is closed")
	}
	run := &importRun{Import: i, txn: txn, filtered: map[string]map[string]uint32{}}
	run.task = progress.Start(i.opts.Progress, progress.Event{Task: "pull", ID: i.ref.Image.String(), Text: "Fetching layers",
		Items: progress.Count{Total: int64(layers)}, Bytes: progress.Count{Total: size}})
	defer func() { run.task.End(err) }()
	work2, cancel := context.WithCancel(ctx)
	defer cancel()
	run.pool = newWritePool(work2, txn)
	run.close = sync.OnceFunc(run.pool.close)
	defer run.close()
	if err := work(work2, run); err != nil {
		return nil, err
	}
	run.close()
	_, err = txn.Commit(ctx)
	if err == nil && !run.base.IsZero() {
		err = clearPartial(i.repo, run.base)
	}
	return run, err
}

// findLayers looks once more for the layers that are there: until the transaction has the lock of the
// repository, they may go.
func (i *Import) findLayers() error {
	for n := range i.Layers {
		l := &i.Layers[n]
		l.Commit, l.made = object.Checksum{}, nil
		if err := i.findLayer(l); err != nil {
			return err
		}
	}
	return nil
}

// clearPartial removes the mark of a commit that was incomplete before.
func clearPartial(r *ostree.Repo, c object.Checksum) error {
	state, err := r.CommitState(c)
	if err != nil || state == ostree.CommitComplete {
		return err
	}
	return r.SetCommitState(c, ostree.CommitComplete)
}

// image imports all layers, and returns the merge commit.
func (run *importRun) image(ctx context.Context) (object.Checksum, error) {
	none := object.Checksum{}
	if err := run.commitLayers(ctx, true); err != nil {
		return none, err
	}
	if err := run.derivedLayers(ctx); err != nil {
		return none, err
	}
	tree, meta, err := run.mergeTree(ctx)
	if err != nil {
		return none, err
	}
	if err := run.writeCommits(ctx); err != nil {
		return none, err
	}
	merge, err := run.mergeCommit(ctx, tree, meta)
	if err != nil {
		return none, err
	}
	return merge, run.setRefs(merge)
}

// writeCommits writes the commit inside of the image, and those of the layers that were fetched.
func (run *importRun) writeCommits(ctx context.Context) error {
	if err := run.held.write(run.txn); err != nil {
		return err
	}
	for n := range run.Layers {
		l := &run.Layers[n]
		if l.made == nil {
			continue
		}
		var err error
		opts := &ostree.CommitOptions{Time: time.Unix(0, 0), Metadata: l.made.metadata, NoBindings: true}
		if l.Commit, err = run.txn.WriteCommit(ctx, l.made.tree, l.made.meta, opts); err != nil {
			return err
		}
	}
	return nil
}

// setRefs names the layers and the image, and forgets layers that are not used any more.
func (run *importRun) setRefs(merge object.Checksum) error {
	keep := map[string]bool{}
	for n := range run.Layers {
		l := &run.Layers[n]
		keep[l.Ref] = true
		if err := run.txn.SetRef(l.Ref, l.Commit); err != nil {
			return err
		}
	}
	replaced := &run.img
	if run.opts.NoImageRef {
		replaced = nil
	} else if ref, err := ImageRef(run.img); err != nil {
		return err
	} else if err := run.txn.SetRef(ref, merge); err != nil {
		return err
	}
	if run.opts.KeepLayers {
		return nil
	}
	_, err := dropLayers(run.repo, run.txn, keep, replaced)
	return err
}

// fetch reads one layer.
func (run *importRun) fetch(ctx context.Context, l *Layer, read func(io.Reader) error) error {
	blob, err := run.src.blob(ctx, l.desc)
	if err == nil {
		counted := struct {
			io.Reader
			io.Closer
		}{run.task.Reader(blob), blob}
		err = readLayer(ctx, counted, l.desc, l.DiffID, run.opts.MaxLayerSize, read)
		if cerr := blob.Close(); err == nil {
			err = cerr
		}
	}
	if err != nil {
		return fmt.Errorf("layer %s: %w", l.Digest, err)
	}
	run.task.Add(0, 1)
	return nil
}

// eachMissing calls fetch for the layers of some kinds that are not in the repository, several at a time.
func (run *importRun) eachMissing(ctx context.Context, derived bool, fetch func(ctx context.Context, l *Layer) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(run.opts.Downloads)
	first := map[string]*Layer{} // an image may have a layer twice
	for n := range run.Layers {
		l := &run.Layers[n]
		if !l.Commit.IsZero() || (l.Kind == LayerDerived) != derived || first[l.Ref] != nil {
			continue
		}
		first[l.Ref] = l
		g.Go(func() error { return fetch(ctx, l) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for n := range run.Layers {
		if l := &run.Layers[n]; first[l.Ref] != nil {
			l.Commit, l.made = first[l.Ref].Commit, first[l.Ref].made
		}
	}
	return nil
}

// commitLayers imports the commit inside of the image. With layerCommits each chunk becomes a commit too,
// so that it need not be fetched again.
func (run *importRun) commitLayers(ctx context.Context, layerCommits bool) error {
	first := &run.Layers[0]
	if first.Kind != LayerCommit {
		return nil
	}
	run.base = first.Commit
	if !run.base.IsZero() && run.ref.Verify == VerifyRemote {
		var err error
		if run.verified, err = verifyStored(run.repo, run.ref.Remote, run.base); err != nil {
			return err
		}
	}
	err := run.eachMissing(ctx, false, func(ctx context.Context, l *Layer) error {
		o := newObjectReader(run.repo, run.pool, run.opts.MaxLayerSize)
		o.whole = l.Kind == LayerCommit
		if o.whole && run.ref.Verify == VerifyRemote {
			o.verify = run.verify
		}
		if err := run.fetch(ctx, l, func(r io.Reader) error { return o.read(ctx, r) }); err != nil {
			return err
		}
		if o.whole {
			run.held = o.commit // there is only one such layer
			l.Commit = o.commit.sum
			return nil
		}
		if !layerCommits {
			return nil
		}
		var err error
		l.made, err = run.chunkTree(o.files)
		return err
	})
	if err != nil {
		return err
	}
	return run.finishCommit(ctx)
}

func (run *importRun) verify(commit, detached []byte) error {
	text, err := run.repo.VerifyRemoteCommit(run.ref.Remote, commit, detached)
	run.verified = text
	return err
}

// finishCommit makes sure that everything is there that the commit inside of the image needs.
func (run *importRun) finishCommit(ctx context.Context) error {
	var err error
	if run.held.raw != nil {
		run.base = run.held.sum
		run.commit, err = object.ParseCommit(run.held.raw)
	} else {
		run.commit, err = run.repo.LoadCommit(run.base)
	}
	if err == nil {
		err = checkComplete(ctx, run.repo, run.commit)
	}
	if err != nil {
		return fmt.Errorf("commit %s: %w", run.base, err)
	}
	return nil
}

// chunkTree is the tree of a chunk's commit: a directory of its objects, named by their checksums.
func (run *importRun) chunkTree(files []object.Checksum) (*layerTree, error) {
	meta, err := run.txn.WriteMeta(object.TypeDirMeta, nil, (&object.DirMeta{Mode: object.ModeDir | 0o755}).Marshal())
	if err != nil {
		return nil, err
	}
	t := ostree.NewTree()
	t.SetMeta(meta)
	for _, f := range files {
		if err := t.SetFile(f.String(), f); err != nil {
			return nil, err
		}
	}
	return run.layerTree(t, nil)
}

func (run *importRun) layerTree(t *ostree.Tree, md *object.Dict) (*layerTree, error) {
	tree, meta, err := run.txn.WriteTree(t)
	return &layerTree{tree, meta, md}, err
}

// derivedLayers imports the layers of ordinary files.
func (run *importRun) derivedLayers(ctx context.Context) error {
	policy, anyTop, err := run.derivedRules()
	if err != nil {
		return err
	}
	err = run.eachMissing(ctx, true, func(ctx context.Context, l *Layer) error {
		d := newDerivedReader(run.repo, run.pool, policy, anyTop, run.opts.MaxLayerSize)
		if err := run.fetch(ctx, l, func(r io.Reader) error { return d.read(ctx, r) }); err != nil {
			return err
		}
		t, err := d.tree()
		if err == nil {
			l.made, err = run.layerTree(t, d.metadata())
		}
		if err != nil {
			return fmt.Errorf("layer %s: %w", l.Digest, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for n := range run.Layers {
		if l := &run.Layers[n]; l.Kind == LayerDerived {
			if err := run.takeDerived(l); err != nil {
				return err
			}
		}
	}
	return nil
}

// metadata of a derived layer's commit.
func (d *derivedReader) metadata() *object.Dict {
	md := &object.Dict{}
	md.Set(KeyImporterVersion, object.NewString(importerVersion))
	if len(d.filtered) > 0 {
		md.Set(KeyFiltered, filteredCounts(d.filtered))
	}
	return md
}

// takeDerived notes a layer for the merge, with what was left out when it was imported.
func (run *importRun) takeDerived(l *Layer) error {
	t := l.made
	if t == nil {
		c, err := run.repo.LoadCommit(l.Commit)
		if err != nil {
			return err
		}
		t = &layerTree{c.Tree, c.Meta, gvariant.DictFromValue(c.Metadata)}
	}
	if v, ok := t.metadata.Get(KeyFiltered); ok && v.Type() == "a{su}" {
		run.filtered[l.Digest.String()] = parseCounts(v)
	}
	run.layers = append(run.layers, *t)
	return nil
}

// derivedRules returns what the layers of ordinary files are labelled by, and whether top-level
// directories are kept that OSTree systems do not have.
func (run *importRun) derivedRules() (*ostree.SELinuxPolicy, bool, error) {
	if run.base.IsZero() && run.opts.SELinuxFrom.IsZero() {
		return nil, true, nil
	}
	if run.base.IsZero() {
		f, err := run.repo.CommitFS(run.opts.SELinuxFrom)
		if err != nil {
			return nil, true, err
		}
		policy, err := ostree.LoadSELinuxPolicy(f, 0)
		return policy, true, err
	}
	f := run.repo.TreeFS(run.commit.Tree, run.commit.Meta)
	policy, err := ostree.LoadSELinuxPolicy(f, 0)
	if err != nil {
		return nil, false, fmt.Errorf("commit %s: %w", run.base, err)
	}
	transient, err := transientRoot(f)
	return policy, transient, err
}
