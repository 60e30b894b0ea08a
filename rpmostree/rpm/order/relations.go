package order

import (
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
)

const (
	scripts = evr.ScriptPre | evr.ScriptPost | evr.ScriptPreUn | evr.ScriptPostUn

	// unordered dependencies have no influence unless a scriptlet has them too.
	unordered = evr.RPMLib | evr.Config | evr.PreTrans | evr.PostTrans | evr.PreUnTrans | evr.PostUnTrans |
		evr.ScriptVerify | evr.Meta

	preInstall = evr.ScriptPre | evr.ScriptPost | evr.RPMLib | evr.Keyring | evr.PreTrans | evr.PostTrans
	preErase   = evr.ScriptPreUn | evr.ScriptPostUn | evr.PreUnTrans | evr.PostUnTrans

	// context are all bits that tell where a requirement comes from.
	context = scripts | unordered&^evr.Config | evr.Interp | evr.FindRequires | evr.Keyring | evr.PreReq
)

// kind is the tag that a dependency comes from.
type kind struct {
	list    func(*Element) []Dep
	weak    bool // never a pre-requirement
	reverse bool // the element is wanted by the others
}

var kinds = [...]kind{
	{list: func(e *Element) []Dep { return e.Requires }},
	{list: func(e *Element) []Dep { return e.Recommends }, weak: true},
	{list: func(e *Element) []Dep { return e.Suggests }, weak: true},
	{list: func(e *Element) []Dep { return e.Supplements }, weak: true, reverse: true},
	{list: func(e *Element) []Dep { return e.Enhances }, weak: true, reverse: true},
	{list: func(e *Element) []Dep { return e.Order }, weak: true},
}

// relate records who needs whom.
func (s *sorter) relate() {
	paths := s.wantedPaths()
	added, removed := s.index(false, paths), s.index(true, paths)
	for i := range s.nodes {
		n := &s.nodes[i]
		offers := added
		if n.element.Erase {
			offers = removed
		}
		for k := range kinds {
			for _, d := range kinds[k].list(n.element) {
				s.depend(offers, n, &kinds[k], d)
			}
		}
	}
}

// depend records a dependency of n, for a rich one those inside it that tell an order.
func (s *sorter) depend(offers *offers, n *node, k *kind, d Dep) {
	if d.Flags&unordered != 0 && d.Flags&scripts == 0 {
		return
	}
	if d.IsRich() {
		if rich, err := evr.ParseRich(d.Name); err == nil {
			s.dependRich(offers, n, k, rich, d.Flags&^(evr.SenseMask|evr.MissingOK))
		}
		return
	}
	if q := offers.best(n, d); q != nil && q != n {
		n.relateTo(q, k, d.Flags)
	}
}

func (s *sorter) dependRich(offers *offers, n *node, k *kind, r *evr.Rich, inherited evr.Flags) {
	for leaf := range ordering(r) {
		d := Dep{Dep: leaf.Dep}
		d.Flags |= inherited
		s.depend(offers, n, k, d)
	}
}

// ordering yields the plain dependencies of a rich one that an element is ordered after: all of
// `and` and `or`, of other operators only the left side. Conditions have no influence.
func ordering(r *evr.Rich) func(func(*evr.Rich) bool) {
	return func(yield func(*evr.Rich) bool) { walk(r, yield) }
}

func walk(r *evr.Rich, yield func(*evr.Rich) bool) bool {
	if r.IsLeaf() {
		return yield(r)
	}
	args := r.Args
	switch r.Op {
	case evr.OpElse:
		return true
	case evr.OpIf, evr.OpUnless, evr.OpWith, evr.OpWithout:
		args = args[:1]
	}
	for _, arg := range args {
		if !walk(arg, yield) {
			return false
		}
	}
	return true
}

// relateTo records that p needs q, or in reverse.
func (p *node) relateTo(q *node, k *kind, flags evr.Flags) {
	erase := p.element.Erase
	var pre evr.Flags
	if !k.weak && flags&evr.MissingOK == 0 {
		pre = preFlags(flags, erase)
	}
	if known(p, q, k.reverse != erase, pre) {
		return
	}
	if k.reverse != erase {
		p, q = q, p
	}
	p.count++
	q.waiting++
	q.successors = append(q.successors, relation{p, pre})
	p.needed = append(p.needed, relation{q, pre})
}

// known reports whether p, whose dependencies are being recorded, has a relation to q already,
// and if so adds to its flags. Only the newest relation is looked at. rpm looks for one that
// makes p need q also when recording that q needs p; counts and order depend on that.
func known(p, q *node, reversed bool, pre evr.Flags) bool {
	newest, from, to := q.successors, p, q
	if reversed {
		newest, from, to = p.needed, q, p
	}
	n := len(newest)
	if n == 0 || newest[n-1].to != from {
		return false
	}
	newest[n-1].pre |= pre
	other := p.needed
	if reversed {
		other = q.successors
	}
	for i := len(other) - 1; i >= 0; i-- {
		if other[i].to == to {
			other[i].pre |= pre
			break
		}
	}
	return true
}

func preFlags(flags evr.Flags, erase bool) evr.Flags {
	pre, legacy := flags&preInstall, evr.ScriptPre
	if erase {
		pre, legacy = flags&preErase, evr.ScriptPreUn
	}
	if flags&context == evr.PreReq {
		pre |= legacy
	}
	return pre
}
