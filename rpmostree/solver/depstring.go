package solver

import "errors"

// ErrRichSyntax is returned for malformed rich dependencies.
var ErrRichSyntax = errors.New("malformed rich dependency")

func opText(op Op) string {
	switch op {
	case 0:
		return " ! "
	case OpEQ:
		return " = "
	case OpGT:
		return " > "
	case OpGT | OpEQ:
		return " >= "
	case OpLT:
		return " < "
	case OpLT | OpEQ:
		return " <= "
	case OpLT | OpGT:
		return " <> "
	case OpLT | OpEQ | OpGT:
		return " <=> "
	case OpAnd:
		return " and "
	case OpOr:
		return " or "
	case OpWith:
		return " with "
	case OpWithout:
		return " without "
	case OpNamespace:
		return " NAMESPACE "
	case OpArch:
		return "."
	case OpMultiarch:
		return ":"
	case OpFileConflict:
		return " FILECONFLICT "
	case OpCond:
		return " if "
	case OpUnless:
		return " unless "
	case OpCompat:
		return " compat >= "
	case OpKind:
		return " KIND "
	case OpElse:
		return " else "
	case OpConda:
		return " "
	case OpError:
		return " ERROR "
	}
	return " ??? "
}

// DepString returns a dependency as messages show it: "name >= 1-2", rich ones
// in rpm's syntax with parentheses.
func (p *Pool) DepString(id ID) string { return string(p.appendDep(nil, id, 0, true)) }

func richOp(op Op) bool { return isBoolean(op) || op == OpElse }

func (p *Pool) appendDep(b []byte, id ID, outer Op, top bool) []byte {
	if !id.IsRel() {
		return append(b, p.strs.get(id)...)
	}
	r := p.rel(id)
	switch {
	case (top || richOp(outer)) && richOp(r.op) && needsParens(outer, r.op):
		b = append(b, '(')
		b = p.appendDep(b, r.name, r.op, false)
		b = append(b, opText(r.op)...)
		return append(p.appendDep(b, r.evr, r.op, false), ')')
	case r.op == OpKind:
		b = append(p.appendDep(b, r.evr, r.op, false), ':')
		return p.appendDep(b, r.name, r.op, false)
	}
	b = p.appendDep(b, r.name, r.op, false)
	switch r.op {
	case OpNamespace:
		return append(p.appendDep(append(b, '('), r.evr, r.op, false), ')')
	case OpFileConflict:
		return b
	}
	return p.appendDep(append(b, opText(r.op)...), r.evr, r.op, false)
}

// needsParens is false inside chains of one associative operator and for the
// else of an if.
func needsParens(outer, inner Op) bool {
	if (outer == OpCond || outer == OpUnless) && inner == OpElse {
		return false
	}
	return outer != inner || inner == OpCond || inner == OpUnless || inner == OpElse
}

// RichDep parses a dependency in rpm's boolean syntax, "(a >= 1 or b)".
func (p *Pool) RichDep(text string) (ID, error) {
	r := richParser{p: p, s: text}
	id := r.parse(0)
	if id == 0 || r.s != "" {
		return 0, ErrRichSyntax
	}
	return id, nil
}

type richParser struct {
	p        *Pool
	s        string
	operands int
}

// maxOperands bounds the recursion for hostile texts.
const maxOperands = 4096

// parse reads an operand and what follows it. chain is the operator before the
// operand, 0 at an opening parenthesis.
func (r *richParser) parse(chain Op) ID {
	if r.operands++; r.operands > maxOperands {
		return 0
	}
	if chain == 0 {
		if r.s == "" || r.s[0] != '(' {
			return 0
		}
		r.s = r.s[1:]
	}
	r.blanks()
	id := r.operand()
	if id == 0 {
		return 0
	}
	r.blanks()
	if r.s == "" {
		return 0
	}
	if r.s[0] == ')' {
		r.s = r.s[1:]
		return id
	}
	op := richOpNamed(r.word(func(c byte) bool { return c == ' ' }))
	if op == 0 {
		return 0
	}
	if (chain == OpCond || chain == OpUnless) && op == OpElse {
		chain = 0
	}
	if chain != 0 && op != chain {
		return 0
	}
	rest := r.parse(op)
	if rest == 0 {
		return 0
	}
	return r.p.Rel(id, op, rest)
}

func richOpNamed(s string) Op {
	switch s {
	case "and":
		return OpAnd
	case "or":
		return OpOr
	case "if":
		return OpCond
	case "unless":
		return OpUnless
	case "else":
		return OpElse
	case "with":
		return OpWith
	case "without":
		return OpWithout
	}
	return 0
}

func (r *richParser) operand() ID {
	if r.s == "" || r.s[0] == ')' {
		return 0
	}
	if r.s[0] == '(' {
		return r.parse(0)
	}
	name := r.name()
	if name == "" {
		return 0
	}
	id := r.p.InternString(name)
	r.blanks()
	op := r.comparison()
	if op == 0 {
		return id
	}
	r.blanks()
	evr := r.name()
	if len(evr) > 2 && evr[:2] == "0:" {
		evr = evr[2:]
	}
	if evr == "" {
		return 0
	}
	return r.p.Rel(id, op, r.p.InternString(evr))
}

func (r *richParser) comparison() Op {
	var op Op
	for r.s != "" {
		switch r.s[0] {
		case '<':
			op |= OpLT
		case '=':
			op |= OpEQ
		case '>':
			op |= OpGT
		default:
			return op
		}
		r.s = r.s[1:]
	}
	return op
}

func (r *richParser) blanks() {
	for r.s != "" && r.s[0] == ' ' {
		r.s = r.s[1:]
	}
}

func (r *richParser) word(end func(byte) bool) string {
	i := 0
	for i < len(r.s) && !end(r.s[i]) {
		i++
	}
	w := r.s[:i]
	r.s = r.s[i:]
	return w
}

// name reads up to a blank, a comma or a closing parenthesis that was not
// opened inside the name.
func (r *richParser) name() string {
	depth := 0
	return r.word(func(c byte) bool {
		switch c {
		case ' ', ',':
			return true
		case '(':
			depth++
		case ')':
			depth--
			return depth < 0
		}
		return false
	})
}
