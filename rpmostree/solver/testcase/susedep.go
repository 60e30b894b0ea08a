package testcase

import (
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/solver"
)

// Old SUSE packages put namespaces into plain names: "locale(pkg:de;en)" among the provides stands for a supplement,
// "modalias(kernel:pci:*)" in supplements for a namespace, "packageand(a:b)" for "a & b", "otherproviders(x)" in conflicts
// for all others that provide x. Testtags of version 2 are rewritten like that.

// rewriteSUSE rewrites the lists of one package.
func rewriteSUSE(p *solver.Pool, d *solver.SolvableData) {
	for _, id := range d.Provides {
		if s, ok := supplementOfProvide(p, id); ok {
			d.Supplements = append(d.Supplements, s)
		}
	}
	for i, id := range d.Supplements {
		d.Supplements[i] = rewriteSupplement(p, id)
	}
	for i, id := range d.Conflicts {
		d.Conflicts[i] = rewriteConflict(p, id)
	}
}

// rewriteSUSEDep rewrites one dependency as if it stood in the named list ("solvable:provides" and so on); it returns 0
// for a provide that stands for no supplement, and for other lists.
func rewriteSUSEDep(p *solver.Pool, list string, id solver.ID) solver.ID {
	switch list {
	case "solvable:provides":
		if s, ok := supplementOfProvide(p, id); ok {
			return rewriteSupplement(p, s)
		}
	case "solvable:supplements":
		return rewriteSupplement(p, id)
	case "solvable:conflicts":
		return rewriteConflict(p, id)
	}
	return 0
}

// inside returns what stands between the parentheses of "word(...)".
func inside(s, word string) (string, bool) {
	s, ok := strings.CutPrefix(s, word+"(")
	if !ok || len(s) < 2 {
		return "", false
	}
	return strings.CutSuffix(s, ")")
}

func namespaceDep(p *solver.Pool, ns solver.ID, arg string) solver.ID {
	return p.Rel(ns, solver.OpNamespace, p.InternString(arg))
}

// join chains dependencies by an operator, from the left; ids of 0 are left out.
func join(p *solver.Pool, op solver.Op, a, b solver.ID) solver.ID {
	switch {
	case a == 0:
		return b
	case b == 0:
		return a
	}
	return p.Rel(a, op, b)
}

func languages(p *solver.Pool, list string) (id solver.ID) {
	for l := range strings.SplitSeq(list, ";") {
		if l != "" {
			id = join(p, solver.OpOr, id, namespaceDep(p, solver.NamespaceLanguage, l))
		}
	}
	return id
}

// supplementOfProvide is the supplement that a provide of the form "locale(…)" or "package:/path" stands for.
func supplementOfProvide(p *solver.Pool, id solver.ID) (solver.ID, bool) {
	if id.IsRel() {
		return 0, false
	}
	s := p.Str(id)
	if arg, ok := inside(s, "locale"); ok {
		var of solver.ID
		if pkg, list, ok := strings.Cut(arg, ":"); ok && pkg != "" {
			of, arg = p.InternString(pkg), list
		}
		langs := languages(p, arg)
		if langs == 0 {
			return of, of != 0
		}
		return join(p, solver.OpAnd, of, langs), true
	}
	if pkg, path, ok := strings.Cut(s, ":"); ok && pkg != "" && strings.HasPrefix(path, "/") {
		for len(path) > 1 && path[len(path)-1] == '/' {
			path = path[:len(path)-1]
		}
		with := p.Rel(p.InternString(pkg), solver.OpWith, p.InternString(path))
		return p.Rel(solver.NamespaceSplitProvides, solver.OpNamespace, with), true
	}
	return 0, false
}

func rewriteSupplement(p *solver.Pool, id solver.ID) solver.ID {
	if left, op, right, ok := p.RelParts(id); ok {
		switch op {
		case solver.OpAnd, solver.OpOr, solver.OpCond, solver.OpUnless, solver.OpElse:
			return p.Rel(rewriteNamespace(p, left), op, rewriteNamespace(p, right))
		}
		return id
	}
	if arg, ok := inside(p.Str(id), "packageand"); ok {
		return packageAnd(p, id, arg)
	}
	return rewriteNamespace(p, id)
}

// rewriteNamespace rewrites modalias, filesystem and language, also inside of boolean dependencies.
func rewriteNamespace(p *solver.Pool, id solver.ID) solver.ID {
	if id.IsRel() {
		return rewriteSupplement(p, id)
	}
	s := p.Str(id)
	if arg, ok := inside(s, "modalias"); ok {
		pkg, alias, found := strings.Cut(arg, ":")
		if found && pkg != "" && strings.Contains(alias, ":") {
			return p.Rel(p.InternString(pkg), solver.OpAnd, namespaceDep(p, solver.NamespaceModalias, alias))
		}
		return namespaceDep(p, solver.NamespaceModalias, arg)
	}
	if arg, ok := inside(s, "filesystem"); ok {
		return namespaceDep(p, solver.NamespaceFilesystem, arg)
	}
	if arg, ok := inside(s, "language"); ok && arg[0] != ';' {
		return languages(p, arg)
	}
	return id
}

// packageAnd reads "a:b:pattern:c", where the word pattern belongs to what follows it.
func packageAnd(p *solver.Pool, id solver.ID, arg string) solver.ID {
	var all solver.ID
	words := strings.Split(arg, ":")
	for i := 0; i < len(words); i++ {
		w := words[i]
		if w == "pattern" && i+1 < len(words) {
			i++
			w += ":" + words[i]
		}
		if w != "" {
			all = join(p, solver.OpAnd, all, p.InternString(w))
		}
	}
	if all == 0 {
		return id
	}
	return all
}

func rewriteConflict(p *solver.Pool, id solver.ID) solver.ID {
	if id.IsRel() {
		return id
	}
	if arg, ok := inside(p.Str(id), "otherproviders"); ok {
		return namespaceDep(p, solver.NamespaceOtherProviders, arg)
	}
	return id
}
