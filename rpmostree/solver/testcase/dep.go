package testcase

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/solver"
)

// maxDepth bounds the nesting of a dependency, which is read and written recursively.
const maxDepth = 2000

var errDep = errors.New("malformed dependency")

// opText pairs the operators with their spelling. The order matters: the first that is a prefix of the text wins.
type opText struct {
	op   solver.Op
	text string
}

var ops = []opText{
	{solver.OpEQ, "="},
	{solver.OpLT | solver.OpEQ | solver.OpGT, "<=>"},
	{solver.OpLT | solver.OpEQ, "<="},
	{solver.OpGT | solver.OpEQ, ">="},
	{solver.OpGT, ">"},
	{solver.OpLT | solver.OpGT, "<>"},
	{solver.OpAnd, "&"},
	{solver.OpOr, "|"},
	{solver.OpWith, "+"},
	{solver.OpWithout, "-"},
	{solver.OpNamespace, "<NAMESPACE>"},
	{solver.OpArch, "."},
	{solver.OpMultiarch, "<MULTIARCH>"},
	{solver.OpFileConflict, "<FILECONFLICT>"},
	{solver.OpCond, "<IF>"},
	{solver.OpCompat, "compat >="},
	{solver.OpKind, "<KIND>"},
	{solver.OpElse, "<ELSE>"},
	{solver.OpError, "<ERROR>"},
	{solver.OpUnless, "<UNLESS>"},
	{solver.OpConda, "<CONDA>"},
	{solver.OpLT, "<"},
}

// opPrefix finds the operator that the text begins with.
func opPrefix(s []byte) (opText, bool) {
	for _, o := range ops {
		if len(s) >= len(o.text) && string(s[:len(o.text)]) == o.text {
			return o, true
		}
	}
	return opText{}, false
}

func opName(op solver.Op) (string, bool) {
	for _, o := range ops {
		if o.op == op {
			return o.text, true
		}
	}
	return "", false
}

// versionOp reports the operators that compare versions.
func versionOp(op solver.Op) bool { return op > 0 && op < 8 }

// ParseDep reads a dependency in the testcase spelling: "name", "name >= 1:2-3", "a & (b | c)", "x <IF> y",
// "namespace:language(de)", "name:any". The text <NULL> is dependency 0.
func ParseDep(p *solver.Pool, s string) (solver.ID, error) { return parseDep(p, []byte(s)) }

func parseDep(p *solver.Pool, s []byte) (solver.ID, error) {
	d := depParser{pool: p, s: s}
	id, err := d.expr(false)
	if err == nil && d.pos < len(d.s) {
		err = errDep
	}
	if err != nil {
		return 0, fmt.Errorf("%w %q", errDep, clip(s))
	}
	return id, nil
}

// clip shortens text from outside for a message.
func clip(s []byte) []byte {
	if len(s) > 200 {
		return s[:200]
	}
	return s
}

type depParser struct {
	pool  *solver.Pool
	s     []byte
	pos   int
	depth int
}

func (d *depParser) rest() []byte { return d.s[d.pos:] }

func (d *depParser) skipBlanks() {
	for d.pos < len(d.s) && (d.s[d.pos] == ' ' || d.s[d.pos] == '\t') {
		d.pos++
	}
}

// expr reads operand {operator operand}. The operand of a comparison is a version, after which only "compat >=" goes on;
// every other operator takes all that follows as its right side.
func (d *depParser) expr(version bool) (solver.ID, error) {
	if d.depth++; d.depth > maxDepth {
		return 0, errDep
	}
	defer func() { d.depth-- }()
	id, err := d.operand(version)
	for err == nil {
		d.skipBlanks()
		if d.pos == len(d.s) || d.s[d.pos] == ')' || version && !bytes.HasPrefix(d.rest(), []byte("compat >= ")) {
			return id, nil
		}
		var op solver.Op
		if op, err = d.operator(); err != nil {
			break
		}
		var right solver.ID
		if right, err = d.expr(versionOp(op)); err != nil {
			break
		}
		id = d.pool.Rel(id, op, right)
	}
	return 0, err
}

func (d *depParser) operand(version bool) (solver.ID, error) {
	d.skipBlanks()
	var namespace solver.ID
	if bytes.HasPrefix(d.rest(), []byte("namespace:")) {
		if i := bytes.IndexByte(d.rest(), '('); i >= 0 {
			namespace = d.pool.Intern(d.rest()[:i])
			d.pos += i
		}
	}
	id, err := d.primary(version)
	if err == nil && namespace != 0 {
		id = d.pool.Rel(namespace, solver.OpNamespace, id)
	}
	return id, err
}

func (d *depParser) primary(version bool) (solver.ID, error) {
	if d.pos == len(d.s) || d.s[d.pos] != '(' {
		return d.simple(!version), nil
	}
	d.pos++
	id, err := d.expr(false)
	if err != nil {
		return 0, err
	}
	if d.pos == len(d.s) || d.s[d.pos] != ')' {
		return 0, errDep
	}
	d.pos++
	return id, nil
}

// simple reads a word, up to a blank or a closing parenthesis that it did not open. The suffix ":any" of a name is a
// relation.
func (d *depParser) simple(name bool) solver.ID {
	start, open, escaped := d.pos, 0, false
scan:
	for ; d.pos < len(d.s); d.pos++ {
		switch c := d.s[d.pos]; {
		case c <= ' ':
			break scan
		case c == '\\':
			escaped = true
		case c == '(':
			open++
		case c == ')':
			if open--; open < 0 {
				break scan
			}
		}
	}
	word := d.s[start:d.pos]
	any := false
	if name && len(word) > 4 {
		word, any = bytes.CutSuffix(word, []byte(":any"))
	}
	id := literal(d.pool, word, escaped)
	if any {
		id = d.pool.Rel(id, solver.OpMultiarch, solver.ArchAny)
	}
	return id
}

// literal is the id of a word, of which \xx stands for the byte xx.
func literal(p *solver.Pool, word []byte, escaped bool) solver.ID {
	switch {
	case string(word) == "<NULL>":
		return 0
	case string(word) == `\00`:
		return solver.IDEmpty
	case escaped:
		word = unescape(word)
	}
	return p.Intern(word)
}

func unescape(s []byte) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+2 < len(s) {
			if c, err := strconv.ParseUint(string(s[i+1:i+3]), 16, 8); err == nil {
				out = append(out, byte(c))
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return out
}

// operator reads a comparison, a symbol, a word in angle brackets or a number in them.
func (d *depParser) operator() (solver.Op, error) {
	s := d.rest()
	if len(s) > 2 && s[0] == '<' && s[1] >= '0' && s[1] <= '9' {
		if i := bytes.IndexByte(s, '>'); i > 0 {
			if n, err := strconv.ParseUint(string(s[1:i]), 10, 32); err == nil {
				d.pos += i + 1
				return solver.Op(n), nil
			}
		}
	}
	o, ok := opPrefix(s)
	if !ok {
		return 0, errDep
	}
	d.pos += len(o.text)
	return o.op, nil
}

// FormatDep writes a dependency in the testcase spelling.
func FormatDep(p *solver.Pool, id solver.ID) string { return string(AppendDep(nil, p, id)) }

// AppendDep appends what FormatDep returns.
func AppendDep(b []byte, p *solver.Pool, id solver.ID) []byte { return appendDep(b, p, id, false, 0) }

func appendDep(b []byte, p *solver.Pool, id solver.ID, parens bool, depth int) []byte {
	if !id.IsRel() {
		return appendLiteral(b, p, id, true)
	}
	if depth > maxDepth {
		return append(b, "..."...)
	}
	left, op, right, _ := p.RelParts(id)
	switch {
	case op == solver.OpNamespace && !left.IsRel() && strings.HasPrefix(p.Str(left), "namespace:"):
		b = append(append(b, p.Str(left)...), '(')
		return append(appendDep(b, p, right, false, depth+1), ')')
	case op == solver.OpMultiarch && !left.IsRel() && right == solver.ArchAny:
		return append(appendLiteral(b, p, left, true), ":any"...)
	}
	if parens {
		b = append(b, '(')
	}
	b = appendDep(b, p, left, parensLeft(p, op, left), depth+1)
	b = append(b, ' ')
	if name, ok := opName(op); ok {
		b = append(b, name...)
	} else {
		b = append(strconv.AppendUint(append(b, '<'), uint64(op), 10), '>')
	}
	b = append(b, ' ')
	if right.IsRel() {
		b = appendDep(b, p, right, parensRight(p, op, right), depth+1)
	} else {
		b = appendLiteral(b, p, right, false)
	}
	if parens {
		b = append(b, ')')
	}
	return b
}

// parensLeft tells whether a left operand needs parentheses: comparisons inside boolean operators do not.
func parensLeft(p *solver.Pool, op solver.Op, left solver.ID) bool {
	if !left.IsRel() {
		return false
	}
	_, inner, _, _ := p.RelParts(left)
	return !(op > 7 && op != solver.OpCompat && versionOp(inner))
}

// parensRight does the same for a right operand, where chains of one operator read the same without.
func parensRight(p *solver.Pool, op solver.Op, right solver.ID) bool {
	_, inner, _, _ := p.RelParts(right)
	switch {
	case op > 7 && versionOp(inner):
		return false
	case (op == solver.OpAnd || op == solver.OpOr) && inner == op:
		return false
	case versionOp(op) && inner == solver.OpCompat:
		return false
	}
	return true
}

// appendLiteral writes a string with what would not be read back escaped: blanks, backslashes, control characters, an
// operator or bracket in front, and parentheses unless they pair up without nesting.
func appendLiteral(b []byte, p *solver.Pool, id solver.ID, name bool) []byte {
	if id == 0 {
		return append(b, "<NULL>"...)
	}
	s := p.Str(id)
	if s == "" {
		return append(b, `\00`...)
	}
	if !needsEscape(s, name) {
		return append(b, s...)
	}
	if rest, ok := strings.CutPrefix(s, "namespace:"); ok {
		b, s = append(b, `namespace\3a`...), rest
	}
	any := false
	if name && len(s) > 4 {
		s, any = strings.CutSuffix(s, ":any")
	}
	for i := range len(s) {
		if i == 0 && strings.IndexByte("[(<=>!", s[0]) >= 0 || special(s[i]) || s[i] == '(' || s[i] == ')' {
			b = append(b, '\\', hexDigits[s[i]>>4], hexDigits[s[i]&15])
		} else {
			b = append(b, s[i])
		}
	}
	if any {
		b = append(b, `\3aany`...)
	}
	return b
}

const hexDigits = "0123456789abcdef"

func special(c byte) bool { return c <= ' ' || c == '\\' }

func needsEscape(s string, name bool) bool {
	if strings.IndexByte("[(<=>!", s[0]) >= 0 || strings.HasPrefix(s, "namespace:") {
		return true
	}
	open := false
	for i := range len(s) {
		switch c := s[i]; {
		case special(c), c == '(' && open, c == ')' && !open:
			return true
		case c == '(':
			open = true
		case c == ')':
			open = false
		}
	}
	return open || name && len(s) > 4 && strings.HasSuffix(s, ":any")
}
