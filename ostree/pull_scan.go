package ostree

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/fetch"
	"github.com/nestos-dev/nestos/ostree/object"
)

// requested obtains a commit that was asked for, by refs (the non-nil ones) or by its checksum.
func (p *puller) requested(ctx context.Context, c object.Checksum, refs []*pullRef) error {
	if p.deltas != nil {
		used, err := p.tryDelta(ctx, c, refs)
		if used || err != nil {
			return err
		}
	}
	return p.commit(ctx, c, refs, p.opts.Depth, true)
}

// commit obtains a commit and queues what it refers to, and its parents down to depth. A commit that
// was not asked for may be missing.
func (p *puller) commit(ctx context.Context, c object.Checksum, refs []*pullRef, depth int, mustExist bool) error {
	if !p.visit(c, depth) && !mustExist {
		return nil
	}
	name := object.Name{Checksum: c, Type: object.TypeCommit}
	found, state, err := p.repo.commitPresence(c)
	if err != nil {
		return err
	}
	detached, err := p.detachedMetadata(ctx, c)
	if err != nil {
		return err
	}
	var data []byte
	if found {
		p.stats.refreshed.Add(int64(len(detached)))
		data, err = p.repo.LoadMeta(name)
	} else {
		data, err = p.sourceMeta(ctx, name)
		if !mustExist && isMissing(err) {
			return p.tombstone(ctx, c)
		}
	}
	if err != nil {
		return err
	}
	commit, err := p.storeCommit(c, data, detached, refs, found)
	if err != nil {
		return err
	}
	if !found || state.Partial() {
		p.scan(commit)
	}
	p.queueParent(commit, depth)
	return nil
}

// visit notes a commit; false if it was visited before with at least this depth.
func (p *puller) visit(c object.Checksum, depth int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	old, ok := p.commitDepth[c]
	if ok && (old == -1 || depth != -1 && depth <= old) {
		return false
	}
	p.commitDepth[c] = depth
	return true
}

func (p *puller) queueParent(commit *object.Commit, depth int) {
	if depth == 0 || commit.Parent.IsZero() {
		return
	}
	if depth > 0 {
		depth--
	}
	parent := commit.Parent
	p.queue.push(func(ctx context.Context) error { return p.commit(ctx, parent, nil, depth, false) })
}

// scan queues the tree of a commit.
func (p *puller) scan(commit *object.Commit) {
	if p.opts.CommitOnly {
		return
	}
	p.needDirMeta(commit.Meta)
	p.needDirTree(commit.Tree, "/")
}

// commitPresence tells whether a commit is there and complete, here or in the parent repository.
func (r *Repo) commitPresence(c object.Checksum) (found bool, state CommitState, err error) {
	if found, err = r.hasOwnObject(object.Name{Checksum: c, Type: object.TypeCommit}); err != nil {
		return false, 0, err
	}
	if !found {
		if r.parent != nil {
			return r.parent.commitPresence(c)
		}
		return false, CommitPartial, nil
	}
	state, err = r.CommitState(c)
	return true, state, err
}

// isMissing tells whether an error says that the source has no such object.
func isMissing(err error) bool {
	return err != nil && (errors.Is(err, fetch.ErrNotFound) || errors.Is(err, ErrNotFound))
}

// first notes an object as wanted; false if it was noted before.
func (p *puller) first(n object.Name) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.seen[n]; ok {
		return false
	}
	p.seen[n] = struct{}{}
	return true
}

func (p *puller) needDirMeta(c object.Checksum) {
	n := object.Name{Checksum: c, Type: object.TypeDirMeta}
	if p.first(n) {
		p.queue.push(func(ctx context.Context) error { return p.obtainDirMeta(ctx, n) })
	}
}

// needDirTree queues a directory. Above the subpaths that were asked for, the same directory may be
// of interest in two places for different children.
func (p *puller) needDirTree(c object.Checksum, path string) {
	if p.subpaths.within(path) {
		path = ""
	}
	n := object.Name{Checksum: c, Type: object.TypeDirTree}
	if path == "" && !p.first(n) {
		return
	}
	p.queue.push(func(ctx context.Context) error { return p.obtainDirTree(ctx, n, path) })
}

func (p *puller) obtainDirMeta(ctx context.Context, n object.Name) error {
	found, err := p.has(n)
	if found || err != nil {
		return err
	}
	if p.local != nil && p.links.ok && !p.opts.Untrusted {
		if ok, err := p.linkObject(p.local, n); ok || err != nil {
			p.imported(n, 0)
			return err
		}
	}
	_, err = p.obtainMeta(ctx, n)
	return err
}

// obtainDirTree stores a directory and queues its children. path is "" if all of them are wanted.
func (p *puller) obtainDirTree(ctx context.Context, n object.Name, path string) error {
	found, err := p.has(n)
	if err != nil {
		return err
	}
	var data []byte
	if found {
		data, err = p.repo.LoadMeta(n)
	} else {
		data, err = p.obtainMeta(ctx, n)
	}
	if err != nil {
		return err
	}
	tree, err := object.ParseDirTree(data)
	if err != nil {
		return fmt.Errorf("%s: %w", n, err)
	}
	for _, d := range tree.Dirs {
		child := ""
		if path != "" {
			child = path + d.Name + "/"
			if !p.subpaths.leadsTo(child) {
				continue
			}
		}
		p.needDirMeta(d.Meta)
		p.needDirTree(d.Tree, child)
	}
	return p.needFiles(tree.Files, path)
}

// needFiles queues the files of a directory that are not there yet.
func (p *puller) needFiles(files []object.FileEntry, path string) error {
	var list []object.Checksum
	for _, f := range files {
		if path != "" && !p.subpaths.within(path+f.Name) {
			continue
		}
		n := object.Name{Checksum: f.Checksum, Type: object.TypeFile}
		if !p.first(n) {
			continue
		}
		found, err := p.has(n)
		if err != nil {
			return err
		}
		if !found {
			list = append(list, f.Checksum)
		}
	}
	p.task.AddTotal(0, int64(len(list)))
	p.queue.pushFiles(list)
	return nil
}

// obtainMeta stores a metadata object from wherever it is found and returns its bytes.
func (p *puller) obtainMeta(ctx context.Context, n object.Name) ([]byte, error) {
	if p.local != nil {
		return p.importMeta(p.local, n)
	}
	for _, cache := range p.opts.LocalCaches {
		found, err := cache.HasObject(n)
		if err != nil {
			return nil, err
		}
		if found {
			return p.importMeta(cache, n)
		}
	}
	data, err := p.fetchMeta(ctx, n)
	if err != nil {
		return nil, err
	}
	want := n.Checksum
	_, err = p.txn.WriteMeta(n.Type, &want, data)
	return data, err
}

// sourceMeta returns the bytes of a metadata object from wherever it is found, unverified, without storing it.
func (p *puller) sourceMeta(ctx context.Context, n object.Name) ([]byte, error) {
	if p.local != nil {
		data, err := p.local.LoadMeta(n)
		if err == nil {
			p.imported(n, 0)
		}
		return data, err
	}
	for _, cache := range p.opts.LocalCaches {
		data, err := cache.LoadMeta(n)
		if err == nil {
			p.imported(n, 0)
			return data, nil
		}
		if !errors.Is(err, ErrNotFound) {
			return nil, err
		}
	}
	return p.fetchMeta(ctx, n)
}

// obtainFile stores a file object from wherever it is found.
func (p *puller) obtainFile(ctx context.Context, c object.Checksum) error {
	if err := p.obtainFileFrom(ctx, c); err != nil {
		return err
	}
	p.task.Add(0, 1)
	return nil
}

func (p *puller) obtainFileFrom(ctx context.Context, c object.Checksum) error {
	if p.local != nil {
		return p.importFile(ctx, p.local, &p.links, c)
	}
	n := object.Name{Checksum: c, Type: object.TypeFile}
	for _, cache := range p.opts.LocalCaches {
		found, err := cache.HasObject(n)
		if err != nil {
			return err
		}
		if found {
			links := p.linkabilityOf(cache)
			return p.importFile(ctx, cache, &links, c)
		}
	}
	return p.fetchFile(ctx, c)
}

// imported counts an object that came from a local repository.
func (p *puller) imported(n object.Name, size int64) {
	if n.Type.IsMeta() {
		p.stats.metaImported.Add(1)
		return
	}
	p.stats.contentImported.Add(1)
}

// subpathSet holds the parts of the tree that are pulled; empty means all of it. The paths are
// absolute, without a slash at the end except of the root.
type subpathSet []string

func newSubpathSet(list []string) subpathSet {
	var s subpathSet
	for _, p := range list {
		p = "/" + strings.Trim(p, "/")
		if p == "/" {
			return nil
		}
		s = append(s, p)
	}
	return s
}

// within tells whether path is one of the subpaths or lies below one.
func (s subpathSet) within(path string) bool {
	if len(s) == 0 || path == "" {
		return true
	}
	path = strings.TrimSuffix(path, "/")
	return slices.ContainsFunc(s, func(p string) bool {
		return path == p || strings.HasPrefix(path, p+"/")
	})
}

// leadsTo tells whether the directory path, which ends in a slash, is within a subpath or above one.
func (s subpathSet) leadsTo(path string) bool {
	return s.within(path) || slices.ContainsFunc(s, func(p string) bool {
		return strings.HasPrefix(p+"/", path)
	})
}
