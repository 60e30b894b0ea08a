package ostree

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/ostree/delta"
	"github.com/nestos-dev/nestos/ostree/object"
)

// deltaPlan is what a delta has to bring: the objects of the target that its base does not have.
type deltaPlan struct {
	metadata []object.Name // dirtrees and dirmetas; not the commit, which the superblock has
	regular  []*deltaFile
	symlinks []*deltaFile
	modified int // regular files with a similar one in the base
}

// deltaFile is a file object that is new in the target.
type deltaFile struct {
	sum    object.Checksum
	path   string   // one of those it has
	names  []string // all last components of those
	header *object.FileHeader
	size   int64
	source *similarFile // nil: there is none

	way    deltaWay
	pieces []delta.Piece
}

// deltaWay is how a file gets into a delta.
type deltaWay uint8

const (
	wayWhole deltaWay = iota
	wayCopy           // pieces of the source and the rest
	wayPatch          // bsdiff to the source
	wayFallback
)

// planDelta finds the new objects, and for regular files similar ones in the base.
func (r *Repo) planDelta(ctx context.Context, name delta.Name) (*deltaPlan, error) {
	base := NewObjectSet()
	if !name.From.IsZero() {
		var err error
		if base, err = r.Traverse(ctx, []object.Checksum{name.From}, nil); err != nil {
			return nil, err
		}
	}
	w := &deltaWalk{repo: r, base: base, plan: &deltaPlan{}, files: map[object.Checksum]*deltaFile{}, seen: NewObjectSet()}
	if err := w.commit(ctx, name.To); err != nil {
		return nil, err
	}
	if err := w.stat(ctx); err != nil {
		return nil, err
	}
	p := w.plan
	p.sort()
	if name.From.IsZero() {
		return p, nil
	}
	return p, r.findSimilar(ctx, name.From, p)
}

// deltaWalk goes through the directories of the target that the base does not have. Everything below a
// directory of the base is known.
type deltaWalk struct {
	repo  *Repo
	base  *ObjectSet
	seen  *ObjectSet
	plan  *deltaPlan
	files map[object.Checksum]*deltaFile
}

func (w *deltaWalk) commit(ctx context.Context, c object.Checksum) error {
	commit, err := w.repo.LoadCommit(c)
	if err != nil {
		return err
	}
	w.dirmeta(commit.Meta)
	return w.dirtree(ctx, "", commit.Tree)
}

func (w *deltaWalk) isNew(n object.Name) bool { return !w.base.Has(n) && w.seen.Add(n) }

func (w *deltaWalk) dirmeta(c object.Checksum) {
	if n := (object.Name{Checksum: c, Type: object.TypeDirMeta}); w.isNew(n) {
		w.plan.metadata = append(w.plan.metadata, n)
	}
}

func (w *deltaWalk) dirtree(ctx context.Context, dir string, c object.Checksum) error {
	n := object.Name{Checksum: c, Type: object.TypeDirTree}
	if !w.isNew(n) {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	w.plan.metadata = append(w.plan.metadata, n)
	b, err := w.repo.loadVerified(n)
	if err != nil {
		return err
	}
	tree, err := object.ParseDirTree(b)
	if err != nil {
		return err
	}
	for _, f := range tree.Files {
		w.file(dir, f)
	}
	for _, d := range tree.Dirs {
		w.dirmeta(d.Meta)
		if err := w.dirtree(ctx, dir+"/"+d.Name, d.Tree); err != nil {
			return err
		}
	}
	return nil
}

func (w *deltaWalk) file(dir string, e object.FileEntry) {
	if w.base.Has(object.Name{Checksum: e.Checksum, Type: object.TypeFile}) {
		return
	}
	f := w.files[e.Checksum]
	if f == nil {
		f = &deltaFile{sum: e.Checksum, path: dir + "/" + e.Name}
		w.files[e.Checksum] = f
	}
	if !slices.Contains(f.names, e.Name) {
		f.names = append(f.names, e.Name)
	}
}

// stat reads the headers of the new files and sorts them by kind.
func (w *deltaWalk) stat(ctx context.Context) error {
	list := make([]*deltaFile, 0, len(w.files))
	for _, f := range w.files {
		list = append(list, f)
	}
	err := forEachIndex(ctx, len(list), 16, func(i int) (err error) {
		list[i].header, list[i].size, err = w.repo.StatFile(list[i].sum)
		return err
	})
	if err != nil {
		return err
	}
	for _, f := range list {
		if f.header.IsSymlink() {
			w.plan.symlinks = append(w.plan.symlinks, f)
		} else {
			w.plan.regular = append(w.plan.regular, f)
		}
	}
	return nil
}

// sort brings files that resemble each other together, for the compressor: by what the name ends with, then by
// name, then by place.
func (p *deltaPlan) sort() {
	order := func(a, b *deltaFile) int {
		an, bn := path.Base(a.path), path.Base(b.path)
		return cmp.Or(
			strings.Compare(path.Ext(an), path.Ext(bn)),
			strings.Compare(an, bn),
			strings.Compare(a.path, b.path),
			a.sum.Compare(b.sum))
	}
	slices.SortFunc(p.regular, order)
	slices.SortFunc(p.symlinks, order)
}

// with returns the regular files that get into the delta in a way.
func (p *deltaPlan) with(way deltaWay) []*deltaFile {
	var out []*deltaFile
	for _, f := range p.regular {
		if f.way == way {
			out = append(out, f)
		}
	}
	return out
}
