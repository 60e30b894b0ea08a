package ostree

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/ostree/object"
)

// similarFile is a file of the base that a new one may be made of.
type similarFile struct {
	sum      object.Checksum
	path     string
	size     int64
	readable bool // by everyone
}

// Similar files have the same name, or names that are equal up to the first dot, and sizes that differ by at most
// so many percent. Of those the one with the most similar path is taken, among at most maxSimilar whose
// sizes are nearest.
const (
	similarPercent = 30
	maxSimilar     = 64
)

// similarIndex holds the files of the base whose names matter.
type similarIndex struct {
	repo   *Repo
	names  map[string][]*similarFile // by name
	stems  map[string][]*similarFile // by the name up to its first dot
	byPath map[string]*similarFile
	seen   *ObjectSet
	files  []*similarFile
}

// findSimilar sets the sources of the new regular files.
func (r *Repo) findSimilar(ctx context.Context, from object.Checksum, p *deltaPlan) error {
	x := &similarIndex{repo: r, names: map[string][]*similarFile{}, stems: map[string][]*similarFile{},
		byPath: map[string]*similarFile{}, seen: NewObjectSet()}
	for _, f := range p.regular {
		for _, n := range f.names {
			x.names[n] = nil
			if s := stem(n); s != "" {
				x.stems[s] = nil
			}
		}
	}
	commit, err := r.LoadCommit(from)
	if err != nil {
		return err
	}
	if err := x.walk(ctx, "", commit.Tree); err != nil {
		return err
	}
	if err := x.stat(ctx); err != nil {
		return err
	}
	for _, f := range p.regular {
		if f.size == 0 || slices.ContainsFunc(f.names, isPacked) {
			continue
		}
		if f.source = x.find(f); f.source != nil {
			p.modified++
		}
	}
	return nil
}

// stem is a name up to its first dot; "" if there is none, or nothing before it.
func stem(name string) string {
	s, _, ok := strings.Cut(name, ".")
	if !ok {
		return ""
	}
	return s
}

// isPacked tells that a file is compressed in a way that leaves nothing in common between versions.
func isPacked(name string) bool {
	return strings.HasSuffix(name, ".xz") || strings.HasSuffix(name, ".bz2")
}

// walk gathers the files with names that matter, going through each dirtree once.
func (x *similarIndex) walk(ctx context.Context, dir string, c object.Checksum) error {
	if !x.seen.Add(object.Name{Checksum: c, Type: object.TypeDirTree}) {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	tree, err := x.repo.LoadDirTree(c)
	if errors.Is(err, ErrNotFound) {
		return nil // of a partial commit
	}
	if err != nil {
		return err
	}
	for _, e := range tree.Files {
		x.add(dir, e)
	}
	for _, d := range tree.Dirs {
		if err := x.walk(ctx, dir+"/"+d.Name, d.Tree); err != nil {
			return err
		}
	}
	return nil
}

func (x *similarIndex) add(dir string, e object.FileEntry) {
	named, ok := x.names[e.Name]
	s := stem(e.Name)
	stemmed, okStem := x.stems[s]
	if !ok && !okStem || isPacked(e.Name) {
		return
	}
	f := &similarFile{sum: e.Checksum, path: dir + "/" + e.Name}
	x.files = append(x.files, f)
	x.byPath[f.path] = f
	if ok {
		x.names[e.Name] = append(named, f)
	}
	if okStem {
		x.stems[s] = append(stemmed, f)
	}
}

// stat learns the sizes; what is not a regular file, or not there, gets none and is never similar.
func (x *similarIndex) stat(ctx context.Context) error {
	err := forEachIndex(ctx, len(x.files), 16, func(i int) error {
		f := x.files[i]
		h, size, err := x.repo.StatFile(f.sum)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if !h.IsSymlink() {
			f.size, f.readable = size, h.Mode&0o004 != 0
		}
		return nil
	})
	if err != nil {
		return err
	}
	bySize := func(a, b *similarFile) int {
		return cmp.Or(cmp.Compare(a.size, b.size), strings.Compare(a.path, b.path))
	}
	for _, list := range x.names {
		slices.SortFunc(list, bySize)
	}
	for _, list := range x.stems {
		slices.SortFunc(list, bySize)
	}
	return nil
}

// find returns the most similar file, nil if none is similar.
func (x *similarIndex) find(f *deltaFile) *similarFile {
	lo := int64(float64(f.size) * (1 - similarPercent/100.0))
	hi := int64(float64(f.size) * (1 + similarPercent/100.0))
	lo = max(lo, 1)
	if same := x.byPath[f.path]; same != nil && same.size >= lo && same.size <= hi {
		return same
	}
	for _, group := range []func(name string) []*similarFile{
		func(n string) []*similarFile { return x.names[n] },
		func(n string) []*similarFile { return x.stems[stem(n)] },
	} {
		var best *similarFile
		for _, n := range f.names {
			best = nearest(f, group(n), lo, hi, best)
		}
		if best != nil {
			return best
		}
	}
	return nil
}

// nearest returns the file of a list sorted by size that has the most in common with f, or best if that has.
func nearest(f *deltaFile, list []*similarFile, lo, hi int64, best *similarFile) *similarFile {
	score := func(s *similarFile) int { return commonParts(f.path, s.path) }
	distance := func(s *similarFile) int64 {
		if s.size < f.size {
			return f.size - s.size
		}
		return s.size - f.size
	}
	for _, s := range window(list, f.size, lo, hi) {
		if best == nil {
			best = s
			continue
		}
		c := cmp.Or(cmp.Compare(score(s), score(best)), cmp.Compare(distance(best), distance(s)), strings.Compare(best.path, s.path))
		if c > 0 {
			best = s
		}
	}
	return best
}

// window cuts out of a list sorted by size what lies between lo and hi, at most maxSimilar around size.
func window(list []*similarFile, size, lo, hi int64) []*similarFile {
	at := func(n int64) int {
		i, _ := slices.BinarySearchFunc(list, n, func(s *similarFile, n int64) int { return cmp.Compare(s.size, n) })
		return i
	}
	first, end, mid := at(lo), len(list), at(size)
	if hi < math.MaxInt64 {
		end = at(hi + 1)
	}
	return list[max(first, mid-maxSimilar/2):min(end, mid+maxSimilar/2)]
}

// commonParts counts the components that two paths have in common at their starts and at their ends.
func commonParts(a, b string) int {
	x, y := strings.Split(a, "/"), strings.Split(b, "/")
	n := min(len(x), len(y))
	head := 0
	for head < n && x[head] == y[head] {
		head++
	}
	tail := 0
	for tail < n-head && x[len(x)-1-tail] == y[len(y)-1-tail] {
		tail++
	}
	return head + tail
}
