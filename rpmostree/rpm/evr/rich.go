package evr

import (
	"slices"
	"strings"
)

// Op is the operator of a node of a rich dependency.
type Op uint8

// The operators. OpNone is that of a leaf and of superfluous parentheses.
const (
	OpNone Op = iota
	OpAnd
	OpOr
	OpIf
	OpUnless
	OpElse
	OpWith
	OpWithout
)

var opNames = [...]string{"", "and", "or", "if", "unless", "else", "with", "without"}

// String is the operator's keyword, empty for OpNone.
func (o Op) String() string { return opNames[o] }

// Rich is a node of a rich dependency.
//
//	node         Op                Args
//	pkg >= 1     OpNone            none; Dep is valid
//	(a)          OpNone            one
//	a and b and… OpAnd OpOr OpWith two or more
//	a without b  OpWithout         two
//	a if b       OpIf OpUnless     two
//	a if b else c                  three
//	a else b     OpElse            two; rpm accepts it, but ignores it
type Rich struct {
	Op   Op
	Dep  Dep
	Args []*Rich
}

// IsLeaf reports whether the node is a plain dependency.
func (r *Rich) IsLeaf() bool { return r.Op == OpNone && len(r.Args) == 0 }

// String gives the canonical text: single blanks, parentheses as they were.
func (r *Rich) String() string {
	var b strings.Builder
	r.write(&b)
	return b.String()
}

func (r *Rich) write(b *strings.Builder) {
	if r.IsLeaf() {
		b.WriteString(r.Dep.String())
		return
	}
	b.WriteByte('(')
	for i, arg := range r.Args {
		if i > 0 {
			b.WriteByte(' ')
			b.WriteString(r.joint(i).String())
			b.WriteByte(' ')
		}
		arg.write(b)
		if i == len(r.Args)-1 && arg.opens() {
			b.WriteByte(' ')
		}
	}
	b.WriteByte(')')
}

// opens reports whether a parenthesis written right behind a leaf would be taken for a part
// of its last word.
func (r *Rich) opens() bool {
	if !r.IsLeaf() {
		return false
	}
	word := r.Dep.Version
	if word == "" {
		word = r.Dep.Name
	}
	return strings.Count(word, "(") > strings.Count(word, ")")
}

// joint is the operator in front of argument i.
func (r *Rich) joint(i int) Op {
	if i == 2 && (r.Op == OpIf || r.Op == OpUnless) {
		return OpElse
	}
	return r.Op
}

// Leaves calls yield for every plain dependency from left to right. negative tells that its
// presence makes the condition weaker rather than stronger: it stands under `if` or
// `unless`. The condition of an `else` is reported with both polarities.
//
// What rpm makes of an `else` without condition is odd, and kept, since its databases hold it: the operand
// before it has both polarities, and what follows, even behind the parenthesis, the opposite one.
func (r *Rich) Leaves(yield func(d Dep, negative bool) bool) {
	w := leafWalker{yield: yield}
	w.walk(r, false)
}

// leafWalker goes through a dependency with the polarity that rpm has at each place.
type leafWalker struct {
	yield    func(Dep, bool) bool
	negative bool
}

// walk reports the leaves of a node, with both polarities if an `else` follows it.
func (w *leafWalker) walk(r *Rich, both bool) bool {
	if r.IsLeaf() {
		return w.yield(r.Dep, w.negative) && (!both || w.yield(r.Dep, !w.negative))
	}
	last := OpNone
	for i, arg := range r.Args {
		if i > 0 {
			last = r.joint(i)
		}
		if last == OpIf || last == OpUnless || last == OpElse {
			w.negative = !w.negative
		}
		otherwise := i+1 < len(r.Args) && r.joint(i+1) == OpElse
		if !w.walk(arg, both || otherwise) {
			return false
		}
	}
	if last == OpIf || last == OpUnless {
		w.negative = !w.negative
	}
	return true
}

// Names lists the names by which rpm's database indexes the dependency, without the whole text:
// first those that occur positively, then those that occur negatively with a `!` in front,
// each part sorted bytewise without duplicates. rpmlib(…) is left out.
func (r *Rich) Names() []string {
	var positive, negated []string
	r.Leaves(func(d Dep, negative bool) bool {
		switch {
		case isRPMLib(d.Name):
		case negative:
			negated = append(negated, "!"+d.Name)
		default:
			positive = append(positive, d.Name)
		}
		return true
	})
	return append(sortedSet(positive), sortedSet(negated)...)
}

func sortedSet(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}
