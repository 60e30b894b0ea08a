package goal

import (
	"encoding/hex"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
	"github.com/nestos-dev/nestos/rpmostree/solver"
)

// Package describes a package of a goal.
type Package struct {
	ID    solver.SolvableID // in the goal's pool
	NEVRA rpm.NEVRA         // Epoch is empty for 0
	Repo  string            // SystemRepo, LocalRepo or the id of a repository

	// Header is the header of an installed package or a package file; nil for others.
	Header *rpm.Header

	// Href is where the package file lies relative to Base or, when that is empty, to the repository.
	Href, Base string
	// Checksum is that of the package file, as the repository gives it. It is empty for installed and local packages.
	Checksum rpmmd.Checksum
	// Size and InstalledSize are in bytes: of the package file, and of its content.
	Size, InstalledSize uint64
	BuildTime           uint32 // seconds since 1970
}

// Package describes a package of the pool.
func (g *Goal) Package(id solver.SolvableID) Package {
	s := g.pool.Solvable(id)
	e := evr.Parse(g.pool.Str(s.EVR))
	p := Package{
		ID:        id,
		NEVRA:     rpm.NEVRA{Name: g.pool.Str(s.Name), Epoch: e.Epoch, Version: e.Version, Release: e.Release, Arch: g.pool.Str(s.Arch)},
		Repo:      g.pool.RepoOf(id).Name,
		BuildTime: g.pool.BuildTime(id),
	}
	g.data(id).describe(&p)
	return p
}

func (r *repoData) describe(p *Package) {
	i := int(p.ID - r.first)
	if len(r.headers) > 0 {
		p.Header = r.headers[i]
		p.InstalledSize, _ = p.Header.Uint64(rpm.TagLongSize)
		if p.InstalledSize == 0 {
			p.InstalledSize, _ = p.Header.Uint64(rpm.TagSize)
		}
		return
	}
	p.Href, p.Base = string(r.hrefs.get(i)), r.bases[p.ID]
	p.Checksum = rpmmd.Checksum{Type: r.names[r.types[i]], Hex: hex.EncodeToString(r.sums.get(i))}
	p.Size, p.InstalledSize = r.sizes[i][0], r.sizes[i][1]
}

func (g *Goal) packages(ids []solver.SolvableID) []Package {
	list := make([]Package, len(ids))
	for i, id := range ids {
		list[i] = g.Package(id)
	}
	return list
}
