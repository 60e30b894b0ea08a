package evr

import (
	"errors"
	"fmt"
	"strings"
)

// Purpose says what a rich dependency is used for, which decides about the operators that
// make sense at its top.
type Purpose uint8

const (
	// AnyPurpose only checks the grammar, as rpm does with packages that exist already.
	AnyPurpose Purpose = iota
	// Requirement is for requires, recommends and suggests: no `unless` at the top.
	Requirement
	// Condition is for conflicts, supplements and enhances: no `if` at the top.
	Condition
)

// maxDepth bounds the nesting of hostile input; real dependencies nest five deep.
const maxDepth = 1000

// ParseRich reads a rich dependency, for example Dep.Name of a dependency where
// [Dep.IsRich] holds. The texts of the errors are rpm's.
func ParseRich(s string) (*Rich, error) { return ParseRichFor(s, AnyPurpose) }

// ParseRichFor is [ParseRich] with the additional checks that rpmbuild makes before
// it puts a dependency into a package.
func ParseRichFor(s string, purpose Purpose) (*Rich, error) {
	p := richParser{s: s, strict: purpose != AnyPurpose}
	r, err := p.group(0)
	if err != nil {
		return nil, err
	}
	if p.i < len(s) {
		return nil, errors.New("Junk after rich dependency")
	}
	switch purpose {
	case Requirement:
		err = p.limits.check(OpAnd, true)
	case Condition:
		err = p.limits.check(OpOr, true)
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// CutRich reads the rich dependency that s begins with, and returns what follows it. rpm's database takes a
// name apart like that, whatever stands behind the last parenthesis.
func CutRich(s string) (r *Rich, rest string, err error) {
	p := richParser{s: s}
	if r, err = p.group(0); err != nil {
		return nil, s, err
	}
	return r, s[p.i:], nil
}

// limits says which operators may not stand above a group.
type limits struct{ with, conjunctive, disjunctive bool }

func (l limits) check(op Op, strict bool) error {
	switch {
	case l.with && (op == OpWith || op == OpWithout):
		return errors.New("Illegal ops in with/without")
	case strict && l.conjunctive && (op == OpAnd || op == OpIf):
		return errors.New("Illegal context for 'unless', please use 'or' instead")
	case strict && l.disjunctive && (op == OpOr || op == OpUnless):
		return errors.New("Illegal context for 'if', please use 'and' instead")
	}
	return nil
}

func (l *limits) add(m limits) {
	l.with = l.with || m.with
	l.conjunctive = l.conjunctive || m.conjunctive
	l.disjunctive = l.disjunctive || m.disjunctive
}

// close turns the limits of a group's operands into those of the group itself.
func (l *limits) close(first, last Op) {
	switch first {
	case OpIf:
		l.disjunctive = true
	case OpUnless:
		l.conjunctive = true
	}
	switch last {
	case OpAnd:
		*l = limits{with: true}
	case OpOr:
		*l = limits{with: l.with}
	case OpIf, OpUnless, OpElse:
		l.with = true
	}
}

type richParser struct {
	s      string
	i      int
	strict bool
	limits limits // of the group that was read last
}

// group reads "(" operand { op operand } ")".
func (p *richParser) group(depth int) (*Rich, error) {
	start := p.i
	if p.peek() != '(' {
		return nil, errors.New("Rich dependency does not start with '('")
	}
	if depth == maxDepth {
		return nil, fmt.Errorf("rich dependency with more than %d levels is not supported", maxDepth)
	}
	p.i++
	node := &Rich{}
	var lim limits
	last := OpNone
	for {
		arg, err := p.operand(depth, last, &lim)
		if err != nil {
			return nil, err
		}
		node.Args = append(node.Args, arg)
		p.skipBlanks()
		if p.i == len(p.s) {
			return nil, errors.New("Unterminated rich dependency: " + p.s[start:])
		}
		if p.peek() == ')' {
			break
		}
		op, err := p.operator()
		if err != nil {
			return nil, err
		}
		if err := chain(last, op); err != nil {
			return nil, err
		}
		if node.Op == OpNone {
			node.Op = op
		}
		last = op
	}
	if err := lim.check(node.Op, p.strict); err != nil {
		return nil, err
	}
	lim.close(node.Op, last)
	p.limits = lim
	p.i++
	return node, nil
}

// operand reads what follows the operator last and collects its limits.
func (p *richParser) operand(depth int, last Op, lim *limits) (*Rich, error) {
	p.skipBlanks()
	switch p.peek() {
	case ')':
		if last != OpNone {
			return nil, errors.New("Missing argument to rich dependency op")
		}
		return nil, errors.New("Empty rich dependency")
	case '(':
		arg, err := p.group(depth + 1)
		if err != nil {
			return nil, err
		}
		inner := p.limits
		if last == OpIf || last == OpUnless {
			inner.conjunctive, inner.disjunctive = false, false
		}
		lim.add(inner)
		return arg, nil
	}
	d, err := p.simple()
	if err != nil {
		return nil, err
	}
	return &Rich{Dep: d}, nil
}

// chain decides whether op may follow the group's previous operator.
func chain(last, op Op) error {
	switch {
	case last == OpNone, op == OpElse && (last == OpIf || last == OpUnless):
		return nil
	case op != last:
		return errors.New("Cannot chain different ops")
	case op != OpAnd && op != OpOr && op != OpWith:
		return errors.New("Can only chain and/or/with ops")
	}
	return nil
}

func (p *richParser) operator() (Op, error) {
	end := p.i
	for end < len(p.s) && !isSpace(p.s[end]) && p.s[end] != ')' {
		end++
	}
	word := p.s[p.i:end]
	for op := OpAnd; op <= OpWithout; op++ {
		if word == opNames[op] {
			p.i = end
			return op, nil
		}
	}
	return OpNone, fmt.Errorf("Unknown rich dependency op '%s'", word)
}

// simple reads "name [op version]".
func (p *richParser) simple() (Dep, error) {
	d := Dep{Name: p.word()}
	if d.Name == "" {
		return Dep{}, errors.New("Name required")
	}
	if isRPMLib(d.Name) {
		d.Flags |= RPMLib
	}
	p.skipBlanks()
	after := p.i
	op, ok := ParseOp(p.word())
	if !ok {
		p.i = after
		return d, nil
	}
	p.skipBlanks()
	d.Flags |= op
	if d.Version = p.word(); d.Version == "" {
		return Dep{}, errors.New("Version required")
	}
	return d, nil
}

// word ends at a separator or at a closing parenthesis that the word did not open.
func (p *richParser) word() string {
	start, open := p.i, 0
	for ; p.i < len(p.s) && !isSpace(p.s[p.i]) && p.s[p.i] != ','; p.i++ {
		switch p.s[p.i] {
		case '(':
			open++
		case ')':
			if open == 0 {
				return p.s[start:p.i]
			}
			open--
		}
	}
	return p.s[start:p.i]
}

func (p *richParser) skipBlanks() {
	for p.i < len(p.s) && (isSpace(p.s[p.i]) || p.s[p.i] == ',') {
		p.i++
	}
}

func (p *richParser) peek() byte { return at(p.s, p.i) }

func isSpace(c byte) bool { return c == ' ' || c-'\t' <= '\r'-'\t' }

func isRPMLib(name string) bool { return strings.HasPrefix(name, "rpmlib(") }
