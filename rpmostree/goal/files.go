package goal

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
	"github.com/nestos-dev/nestos/rpmostree/solver"
)

// readFilelists looks the wanted paths up in the complete file lists of the repositories and adds what it finds to the
// packages.
func (g *Goal) readFilelists(ctx context.Context) error {
	if !g.paths.fresh {
		return nil
	}
	wanted := func(path []byte) bool {
		known, ok := g.paths.wanted[string(path)]
		return ok && !known
	}
	if err := g.searchFilelists(ctx, wanted, func(id solver.SolvableID, path []byte) {
		g.pool.RepoOf(id).AddFile(id, path)
	}); err != nil {
		return err
	}
	for path := range g.paths.wanted {
		g.paths.wanted[path] = true
	}
	g.paths.fresh = false
	return nil
}

// searchFilelists calls found for each wanted path in the file lists of the repositories.
func (g *Goal) searchFilelists(ctx context.Context, wanted func([]byte) bool, found func(solver.SolvableID, []byte)) error {
	for _, data := range g.repos[1:] {
		if data.source.Filelists == nil || len(data.types) == 0 {
			continue
		}
		g.log.Debug("reading file lists", "repo", data.source.ID)
		if err := data.searchFilelists(ctx, wanted, found); err != nil {
			return fmt.Errorf("repository %s: %w", data.source.ID, err)
		}
	}
	return nil
}

func (r *repoData) searchFilelists(ctx context.Context, wanted func([]byte) bool, found func(solver.SolvableID, []byte)) error {
	src, err := r.source.Filelists(ctx)
	if err != nil {
		return err
	}
	byID := r.byChecksum()
	err = rpmmd.ParseFilelists(ctx, src, wanted, func(p *rpmmd.PackageFiles) error {
		id, ok := byID(p.PkgID)
		if !ok {
			return nil
		}
		for i := range p.Files {
			found(id, p.Files[i].Path)
		}
		return nil
	})
	return errors.Join(err, src.Close())
}

// byChecksum returns a function that finds packages by the hex checksum of their file.
func (r *repoData) byChecksum() func([]byte) (solver.SolvableID, bool) {
	order := make([]int32, len(r.types))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return bytes.Compare(r.sums.get(int(a)), r.sums.get(int(b))) })
	return func(sum []byte) (solver.SolvableID, bool) {
		var raw [64]byte
		n, err := hex.Decode(raw[:], sum[:min(len(sum), 2*len(raw))])
		if err != nil {
			return 0, false
		}
		i, ok := slices.BinarySearchFunc(order, raw[:n], func(i int32, sum []byte) int { return bytes.Compare(r.sums.get(int(i)), sum) })
		if !ok {
			return 0, false
		}
		return r.first + solver.SolvableID(order[i]), true
	}
}

// byFile lists the packages that contain a path, which may be a pattern.
func (g *Goal) byFile(ctx context.Context, subject string, f filter) ([]solver.SolvableID, error) {
	m := matcherOf(subject)
	ids := g.pool.FilesNamed([]byte(subject))
	if m.glob {
		ids = nil
		for _, r := range g.pool.Repos() {
			r.Files(func(id solver.SolvableID, path []byte) bool {
				if m.match(string(path)) {
					ids = append(ids, id)
				}
				return true
			})
		}
	}
	if m.glob || !inPrimary([]byte(subject)) {
		match := func(path []byte) bool { return m.match(string(path)) }
		err := g.searchFilelists(ctx, match, func(id solver.SolvableID, _ []byte) { ids = append(ids, id) })
		if err != nil {
			return nil, err
		}
	}
	ids = slices.DeleteFunc(slices.Clone(ids), func(id solver.SolvableID) bool { return !g.admits(f, id) })
	slices.Sort(ids)
	return slices.Compact(ids), nil
}
