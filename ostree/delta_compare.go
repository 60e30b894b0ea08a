package ostree

import (
	"bytes"
	"context"
	"math"

	"github.com/nestos-dev/nestos/internal/bsdiff"
	"github.com/nestos-dev/nestos/internal/rollsum"
	"github.com/nestos-dev/nestos/ostree/delta"
)

// compare decides for every new regular file how it gets into the delta.
func (g *deltaGenerator) compare(ctx context.Context) error {
	var list []*deltaFile
	for _, f := range g.plan.regular {
		// A source that not everyone can read may not be readable for the client that applies the delta: a
		// user's repository may have a system's as its parent.
		if f.source != nil && f.source.readable {
			list = append(list, f)
		}
	}
	weight := func(i int) int64 { return list[i].size + list[i].source.size }
	results := inOrder(ctx, len(list), g.limits(weight), func(ctx context.Context, i int) (*DeltaCopying, error) {
		return g.compareFile(ctx, list[i])
	}, nil)
	copied := 0
	for e, err := range results {
		if err != nil {
			return err
		}
		if e != nil {
			copied++
			g.stats.CopiedBytes += uint64(e.Bytes)
			g.tell(e)
		}
	}
	g.tell(&DeltaCompared{copied, g.plan.modified})
	for _, f := range g.plan.with(wayWhole) {
		if g.opts.MinFallbackSize >= 0 && f.size > g.opts.MinFallbackSize {
			f.way = wayFallback
		}
	}
	return nil
}

// compareFile chooses between copies and a patch. Small files are patched without a look for copies: their
// patches cost little time and find more. So are larger ones in which copies leave much to be brought.
func (g *deltaGenerator) compareFile(ctx context.Context, f *deltaFile) (*DeltaCopying, error) {
	canPatch := f.size+f.source.size <= g.opts.MaxBsdiffSize && f.source.size < math.MaxInt32
	if canPatch {
		f.way = wayPatch
	}
	if canPatch && f.size < alwaysPatched {
		return nil, nil
	}
	from, to, err := g.mapPair(ctx, f)
	if err != nil {
		return nil, err
	}
	defer from.close()
	defer to.close()
	m := rollsum.Match(from.data, to.data)
	rest := f.size - m.Bytes
	if m.Percent() < 50 || canPatch && rest > f.size/patchedRest {
		return nil, nil
	}
	f.way = wayCopy
	f.pieces = make([]delta.Piece, len(m.Ranges))
	for i, r := range m.Ranges {
		f.pieces[i] = delta.Piece{From: int64(r.From), To: int64(r.To), Len: int64(r.Len)}
	}
	return &DeltaCopying{f.source.sum, f.sum, m.Chunks, m.Matched, m.Bytes}, nil
}

const (
	alwaysPatched = 128 << 10 // size in bytes below which copies are not considered
	patchedRest   = 16        // a rest of more than one in so many bytes is worth a patch
)

func (g *deltaGenerator) mapPair(ctx context.Context, f *deltaFile) (from, to *mapping, err error) {
	if from, err = g.repo.mapFile(ctx, f.source.sum); err != nil {
		return nil, nil, err
	}
	if to, err = g.repo.mapFile(ctx, f.sum); err != nil {
		from.close()
	}
	return from, to, err
}

// patch returns the bsdiff stream that makes f of its source.
func (g *deltaGenerator) patch(ctx context.Context, f *deltaFile) ([]byte, error) {
	from, to, err := g.mapPair(ctx, f)
	if err != nil {
		return nil, err
	}
	defer from.close()
	defer to.close()
	var b bytes.Buffer
	b.Grow(int(f.size) + 1024)
	err = bsdiff.Diff(from.data, to.data, &b)
	return b.Bytes(), err
}
