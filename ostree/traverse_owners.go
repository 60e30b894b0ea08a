package ostree

import (
	"context"
	"slices"

	"github.com/nestos-dev/nestos/ostree/object"
)

// CommitsContaining tells which of the commits reach each of the objects: by name of the object, the
// commits in the order given. Objects that none of them reaches have no entry. Directories that are
// missing or damaged count as empty. History is not followed.
func (r *Repo) CommitsContaining(ctx context.Context, commits []object.Checksum, objects []object.Name) (map[object.Name][]object.Checksum, error) {
	h := newHistory(r)
	for _, c := range commits {
		found, err := h.walk(ctx, c, 0)
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, &NotFoundError{object.Name{Checksum: c, Type: object.TypeCommit}}
		}
	}
	list := make([]*seenCommit, len(commits))
	for i, c := range commits {
		list[i] = h.seen[c]
	}
	owners, err := r.objectOwners(ctx, list, objects)
	if err != nil {
		return nil, err
	}
	out := map[object.Name][]object.Checksum{}
	for i, n := range objects {
		for _, c := range owners[i] {
			out[n] = append(out[n], list[c].sum)
		}
	}
	return out, nil
}

// ownerSearch finds below which directories given objects lie. Every directory is read once, and
// remembered with the objects below it; almost always there are none.
type ownerSearch struct {
	repo   *Repo
	wanted map[object.Name]int32
	below  map[object.Checksum][]int32 // by dirtree: sorted positions of the wanted objects
	stack  []ownerFrame
}

// ownerFrame is a directory whose subdirectories are being searched.
type ownerFrame struct {
	tree object.Checksum
	dirs []object.Checksum
	hits []int32
}

// objectOwners returns for each object the ascending positions of the commits that reach it.
func (r *Repo) objectOwners(ctx context.Context, commits []*seenCommit, objects []object.Name) ([][]int32, error) {
	s := &ownerSearch{repo: r, wanted: make(map[object.Name]int32, len(objects)), below: map[object.Checksum][]int32{}}
	for i, n := range objects {
		s.wanted[n] = int32(i)
	}
	owners := make([][]int32, len(objects))
	for i, c := range commits {
		hits := s.want(nil, c.sum, object.TypeCommit)
		hits = s.want(hits, c.meta, object.TypeDirMeta)
		below, err := s.search(ctx, c.tree)
		if err != nil {
			return nil, err
		}
		for _, o := range normalizeHits(append(hits, below...)) {
			owners[o] = append(owners[o], int32(i))
		}
	}
	return owners, nil
}

func (s *ownerSearch) want(hits []int32, c object.Checksum, t object.Type) []int32 {
	if i, ok := s.wanted[object.Name{Checksum: c, Type: t}]; ok {
		return append(hits, i)
	}
	return hits
}

func normalizeHits(hits []int32) []int32 {
	slices.Sort(hits)
	return slices.Clip(slices.Compact(hits))
}

// search walks the tree with a stack of its own: how deep directories nest is not ours to decide.
func (s *ownerSearch) search(ctx context.Context, root object.Checksum) ([]int32, error) {
	if hits, ok := s.below[root]; ok {
		return hits, nil
	}
	if err := s.push(ctx, root); err != nil {
		return nil, err
	}
	for len(s.stack) > 0 {
		f := &s.stack[len(s.stack)-1]
		if len(f.dirs) == 0 {
			hits := normalizeHits(f.hits)
			s.below[f.tree] = hits
			s.stack = s.stack[:len(s.stack)-1]
			if len(s.stack) > 0 {
				up := &s.stack[len(s.stack)-1]
				up.hits = append(up.hits, hits...)
			}
			continue
		}
		d := f.dirs[len(f.dirs)-1]
		f.dirs = f.dirs[:len(f.dirs)-1]
		if hits, ok := s.below[d]; ok {
			f.hits = append(f.hits, hits...)
		} else if err := s.push(ctx, d); err != nil {
			return nil, err
		}
	}
	return s.below[root], nil
}

// push begins a directory. One that cannot be used has no children.
func (s *ownerSearch) push(ctx context.Context, tree object.Checksum) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f := ownerFrame{tree: tree, hits: s.want(nil, tree, object.TypeDirTree)}
	if b, err := s.repo.loadVerified(object.Name{Checksum: tree, Type: object.TypeDirTree}); err == nil {
		if t, err := object.ParseDirTree(b); err == nil {
			s.children(&f, t)
		}
	}
	s.stack = append(s.stack, f)
	return nil
}

func (s *ownerSearch) children(f *ownerFrame, t *object.DirTree) {
	for i := range t.Files {
		f.hits = s.want(f.hits, t.Files[i].Checksum, object.TypeFile)
	}
	for i := range t.Dirs {
		f.hits = s.want(f.hits, t.Dirs[i].Meta, object.TypeDirMeta)
		f.dirs = append(f.dirs, t.Dirs[i].Tree)
	}
}
