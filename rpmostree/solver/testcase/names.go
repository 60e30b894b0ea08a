package testcase

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/solver"
)

// PackageName spells a package as testcases do: name-evr.arch@repo.
func PackageName(p *solver.Pool, id solver.SolvableID) string { return p.QualifiedName(id) }

// RepoName spells a repository: its name with blanks as underscores, or #N for an unnamed one.
func RepoName(r *solver.Repo) string {
	if r.Name == "" {
		return "#" + strconv.Itoa(r.Index())
	}
	return underscores.Replace(r.Name)
}

var underscores = strings.NewReplacer(" ", "_", "\t", "_")

// FindRepo finds a repository by its spelling.
func FindRepo(p *solver.Pool, s string) (*solver.Repo, bool) {
	if n, ok := strings.CutPrefix(s, "#"); ok {
		if i, err := strconv.Atoi(n); err == nil && i > 0 && i <= len(p.Repos()) {
			return p.Repos()[i-1], true
		}
	}
	for _, r := range p.Repos() {
		if r.Name != "" && RepoName(r) == s {
			return r, true
		}
	}
	return nil, false
}

// FindPackage finds a package by its spelling. The repository may be left out, and a package with a dot in its evr needs
// no architecture if nothing has one of that name.
func FindPackage(p *solver.Pool, s string) (solver.SolvableID, error) {
	if s == "@SYSTEM" {
		return solver.SystemSolvable, nil
	}
	var q packageQuery
	nevra := s
	for i := strings.LastIndexByte(nevra, '@'); i >= 0; i = strings.LastIndexByte(s[:i], '@') {
		if r, ok := FindRepo(p, s[i+1:]); ok {
			q.repo, nevra = r, s[:i]
			break
		}
	}
	if i := strings.LastIndexByte(nevra, '.'); i > 0 {
		if q.arch = p.Lookup(nevra[i+1:]); q.arch != 0 {
			nevra = nevra[:i]
		}
	}
	for i := strings.LastIndexByte(nevra, '-'); i > 0; i = strings.LastIndexByte(nevra[:i], '-') {
		if q.name = p.Lookup(nevra[:i]); q.name == 0 {
			continue
		}
		q.rest = nevra[i+1:]
		if id := q.find(p); id != 0 {
			return id, nil
		}
	}
	return 0, fmt.Errorf("unknown package %q", clip([]byte(s)))
}

// packageQuery is one way to take a spelling apart.
type packageQuery struct {
	repo *solver.Repo
	arch solver.ID
	name solver.ID
	rest string // evr and build flavours
}

// find looks among the providers of the name first, then everywhere: packages that cannot be installed provide nothing.
func (q *packageQuery) find(p *solver.Pool) solver.SolvableID {
	for _, id := range p.WhatProvides(q.name) {
		if q.matches(p, id) {
			return id
		}
	}
	first, end := solver.SolvableID(2), p.NumSolvables()
	if q.repo != nil {
		first, end = q.repo.Range()
	}
	for id := first; id < end; id++ {
		if q.matches(p, id) {
			return id
		}
	}
	return 0
}

func (q *packageQuery) matches(p *solver.Pool, id solver.SolvableID) bool {
	s := p.Solvable(id)
	if s.Name != q.name || q.arch != 0 && s.Arch != q.arch || q.repo != nil && p.RepoOf(id) != q.repo {
		return false
	}
	rest, ok := strings.CutPrefix(q.rest, p.Str(s.EVR))
	for _, f := range p.Flavors(id) {
		if !ok {
			return false
		}
		rest, ok = strings.CutPrefix(rest, "-"+p.Str(f))
	}
	return ok && rest == ""
}
