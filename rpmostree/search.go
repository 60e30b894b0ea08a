package rpmostree

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/pkglist"
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
)

// SearchMatch says where the words of a search were found.
type SearchMatch int

// The places, the best first.
const (
	MatchNameAndSummary SearchMatch = iota
	MatchName
	MatchSummary
)

// SearchResult is a package that was found.
type SearchResult struct {
	Match   SearchMatch
	Package pkglist.Package // the newest version of the name
	Summary string          // one line for people
	Repo    string          // id of the repository that offers it
}

// Search finds packages of the enabled repositories that have one of the words in their name or summary, whatever
// the case: of each name the newest version, the best matches first, then by name.
func (s *System) Search(ctx context.Context, words []string) ([]SearchResult, error) {
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.unlock()
	metas, err := s.enabledMetadata(ctx)
	if err != nil {
		return nil, err
	}
	found := &search{best: map[string]SearchResult{}}
	for _, w := range words {
		found.words = append(found.words, strings.ToLower(w))
	}
	for _, m := range metas {
		if err := found.scan(ctx, m); err != nil {
			return nil, err
		}
	}
	list := make([]SearchResult, 0, len(found.best))
	for _, r := range found.best {
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b SearchResult) int {
		return cmp.Or(cmp.Compare(a.Match, b.Match), strings.Compare(a.Package.Name, b.Package.Name), strings.Compare(a.Package.Arch, b.Package.Arch))
	})
	return list, nil
}

type search struct {
	words []string
	best  map[string]SearchResult // by name and architecture
}

func (s *search) scan(ctx context.Context, m *rpmmd.Metadata) (err error) {
	r, err := m.Open("primary")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return rpmmd.ParsePrimary(ctx, r, func(p *rpmmd.PackageData) error {
		match, ok := s.match(string(p.Name), string(p.Summary))
		if !ok {
			return nil
		}
		found := SearchResult{Match: match, Summary: string(p.Summary), Repo: m.Repo.ID, Package: pkglist.Package{
			Name: string(p.Name), Epoch: cmp.Or(string(p.Epoch), "0"), Version: string(p.Version), Release: string(p.Release), Arch: string(p.Arch)}}
		key := found.Package.Name + "." + found.Package.Arch
		if old, ok := s.best[key]; !ok || evr.Compare(evrOf(&found.Package), evrOf(&old.Package)) > 0 {
			s.best[key] = found
		}
		return nil
	})
}

func (s *search) match(name, summary string) (SearchMatch, bool) {
	name, summary = strings.ToLower(name), strings.ToLower(summary)
	inName := slices.ContainsFunc(s.words, func(w string) bool { return strings.Contains(name, w) })
	inSummary := slices.ContainsFunc(s.words, func(w string) bool { return strings.Contains(summary, w) })
	switch {
	case inName && inSummary:
		return MatchNameAndSummary, true
	case inName:
		return MatchName, true
	}
	return MatchSummary, inSummary
}
