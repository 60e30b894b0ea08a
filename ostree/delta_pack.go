package ostree

import (
	"bytes"
	"context"
	"io"

	"github.com/nestos-dev/nestos/ostree/delta"
	"github.com/nestos-dev/nestos/ostree/object"
)

// deltaItem is an object that goes into a part.
type deltaItem struct {
	name object.Name
	file *deltaFile // nil for metadata
}

// packed is an object that is ready to be added to a part.
type packed struct {
	blob    int64  // bytes that it adds to the data
	loose   uint64 // its size as an object, if it goes into the part as a whole
	size    int64
	add     func(*delta.PartWriter) error
	release func() // of what add needs; may be nil
}

// items lists what goes into the parts, in order: metadata, so that the first part tells the rest; copied and patched
// files; whole files; symlinks.
func (p *deltaPlan) items() []deltaItem {
	var out []deltaItem
	for _, n := range p.metadata {
		out = append(out, deltaItem{n, nil})
	}
	for _, list := range [][]*deltaFile{p.with(wayCopy), p.with(wayPatch), p.with(wayWhole), p.symlinks} {
		for _, f := range list {
			out = append(out, deltaItem{object.Name{Checksum: f.sum, Type: object.TypeFile}, f})
		}
	}
	return out
}

// pack distributes the objects over parts and writes these into the staging directory. Files are read and
// compared ahead of the part that is being filled, while those before it are compressed.
func (g *deltaGenerator) pack(ctx context.Context) error {
	items := g.plan.items()
	if err := g.leaveOut(); err != nil {
		return err
	}
	for _, it := range items {
		if it.file != nil {
			g.task.AddTotal(it.file.size, 0)
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	enc := newPartEncoder(ctx, g)
	patches, total := 0, len(g.plan.with(wayPatch))
	weight := func(i int) int64 { return items[i].memory() }
	results := inOrder(ctx, len(items), g.limits(weight), func(ctx context.Context, i int) (*packed, error) {
		return g.prepare(ctx, items[i])
	}, func(p *packed) { p.free() })
	i := -1
	for p, err := range results {
		if err != nil {
			return enc.abandon(err)
		}
		i++
		if f := items[i].file; f != nil && f.way == wayPatch {
			if patches%8 == 0 {
				g.tell(&DeltaPatching{patches, total})
			}
			patches++
		}
		err := enc.add(p)
		p.free()
		if err != nil {
			return enc.abandon(err)
		}
		g.stats.Loose += p.loose
		g.task.Add(p.size, 1)
	}
	g.stats.Copied, g.stats.Patched = len(g.plan.with(wayCopy)), patches
	return enc.finish()
}

func (p *packed) free() {
	if p.release != nil {
		p.release()
	}
}

// leaveOut enters the files that are too large into the superblock.
func (g *deltaGenerator) leaveOut() error {
	for _, f := range g.plan.with(wayFallback) {
		n := object.Name{Checksum: f.sum, Type: object.TypeFile}
		size, err := g.repo.StoredSize(n)
		if err != nil {
			return err
		}
		g.tell(&DeltaFallback{f.sum, f.size})
		g.super.Fallbacks = append(g.super.Fallbacks, delta.Fallback{Name: n, Size: uint64(size), USize: uint64(f.size)})
		g.stats.Fallbacks++
		g.stats.FallbackSize += uint64(size)
	}
	return nil
}

// memory estimates what preparing an item takes until it is added to a part.
func (it deltaItem) memory() int64 {
	f := it.file
	switch {
	case f == nil:
		return 64 << 10
	case f.way == wayPatch:
		return 5*f.source.size + 2*f.size // files, suffix array, patch
	case f.way == wayCopy, f.size < mappedFrom:
		return f.size
	}
	return 0
}

func (g *deltaGenerator) prepare(ctx context.Context, it deltaItem) (*packed, error) {
	f := it.file
	if f == nil {
		return g.prepareMeta(it.name)
	}
	switch f.way {
	case wayCopy:
		return g.prepareCopy(ctx, f)
	case wayPatch:
		return g.preparePatch(ctx, f)
	}
	return g.prepareWhole(it)
}

func (g *deltaGenerator) prepareMeta(n object.Name) (*packed, error) {
	data, err := g.repo.loadVerified(n)
	if err != nil {
		return nil, err
	}
	stored, err := g.repo.StoredSize(n)
	return &packed{blob: int64(len(data)), loose: uint64(stored),
		add: func(p *delta.PartWriter) error { return p.AddMeta(n, data) }}, err
}

func (g *deltaGenerator) prepareCopy(ctx context.Context, f *deltaFile) (*packed, error) {
	m, err := g.repo.mapFile(ctx, f.sum)
	if err != nil {
		return nil, err
	}
	rest := f.size
	for _, p := range f.pieces {
		rest -= p.Len
	}
	return &packed{blob: object.ChecksumSize + rest, size: f.size, release: m.close,
		add: func(p *delta.PartWriter) error {
			return p.AddCopied(f.sum, f.header, f.size, f.source.sum, f.pieces, m.readerAt())
		}}, nil
}

func (g *deltaGenerator) preparePatch(ctx context.Context, f *deltaFile) (*packed, error) {
	patch, err := g.patch(ctx, f)
	return &packed{blob: object.ChecksumSize + int64(len(patch)), size: f.size,
		add: func(p *delta.PartWriter) error {
			return p.AddPatched(f.sum, f.header, f.size, f.source.sum, patch)
		}}, err
}

// prepareWhole reads a small file; a large one is read when its turn comes.
func (g *deltaGenerator) prepareWhole(it deltaItem) (*packed, error) {
	f := it.file
	stored, err := g.repo.StoredSize(it.name)
	if err != nil {
		return nil, err
	}
	p := &packed{blob: max(f.size, int64(len(f.header.Symlink))), loose: uint64(stored), size: f.size}
	if f.header.IsSymlink() || f.size >= mappedFrom {
		p.add = func(w *delta.PartWriter) error { return g.addWhole(w, f) }
		return p, nil
	}
	r, err := g.repo.LoadFile(f.sum)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data := make([]byte, f.size)
	if err := readExactly(r, data); err != nil {
		return nil, err
	}
	p.add = func(w *delta.PartWriter) error { return w.AddFile(f.sum, f.header, f.size, bytes.NewReader(data)) }
	return p, nil
}

func (g *deltaGenerator) addWhole(w *delta.PartWriter, f *deltaFile) error {
	r, err := g.repo.LoadFile(f.sum)
	if err != nil {
		return err
	}
	defer r.Close()
	return w.AddFile(f.sum, f.header, f.size, io.Reader(r))
}
