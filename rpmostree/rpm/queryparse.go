package rpm

import (
	"fmt"
	"strconv"
	"strings"
)

// QueryFormat is a parsed query format, the language of rpm -q --queryformat.
type QueryFormat struct {
	tokens []queryToken
}

type queryKind uint8

const (
	queryText queryKind = iota
	queryTag
	queryArray
	queryCondition
)

// queryToken is an element of a format.
type queryToken struct {
	kind   queryKind
	text   string       // literally
	tag    Tag          // of a tag or a condition
	all    bool         // the tag is "*": all of the header
	once   bool         // the tag has "=": always its first element
	width  int          // of a tag, 0 for none
	left   bool         // it is padded on the right
	format *queryFormat // how the tag is printed
	inner  []queryToken // of an array, or of a condition that holds
	other  []queryToken // of a condition that does not hold
}

// queryParser reads a format from the start of rest.
type queryParser struct {
	rest  string
	depth int
}

func formatError(format string, args ...any) error {
	return fmt.Errorf("incorrect format: %s", fmt.Sprintf(format, args...))
}

// ParseQueryFormat reads a query format:
//
//	%{TAG}             the tag, its first element if it has several; "(none)" if the header lacks it
//	%{TAG:format}      printed otherwise: arraysize armor base64 date day depflags deptype fflags fstate fstatus hex octal
//	                   perms permissions pgpsig shescape string tagname tagnum triggertype vflags xml
//	%20{TAG} %-20{TAG} padded to a width
//	[…]                for each element of the tags in it, which must have equally many; %{=TAG} is the same each time
//	%|TAG?{…}:{…}|     for headers with the tag, and for those without; the second part may be missing
//	[%{*}]             all tags; with xml, the form of WriteXML
//	\n \t \\ … %%      special characters
//
// Formats "expand", "humansi" and "humaniec" are not supported, nor are a few computed tags. The errors have rpm's texts.
func ParseQueryFormat(s string) (*QueryFormat, error) {
	p := &queryParser{rest: s}
	tokens, err := p.tokens("")
	if err != nil {
		return nil, err
	}
	return &QueryFormat{tokens}, nil
}

// maxQueryDepth bounds what is nested in a format.
const maxQueryDepth = 64

// tokens reads until one of the bytes of end, which is left.
func (p *queryParser) tokens(end string) ([]queryToken, error) {
	var list []queryToken
	literal := func(s string) {
		if n := len(list); n > 0 && list[n-1].kind == queryText {
			list[n-1].text += s
			return
		}
		list = append(list, queryToken{kind: queryText, text: s})
	}
	for p.rest != "" {
		c := p.rest[0]
		if strings.IndexByte(end, c) >= 0 {
			return list, nil
		}
		switch {
		case c == ']' || c == '}':
			return nil, formatError("unexpected %c", c)
		case c == '[':
			p.rest = p.rest[1:]
			inner, err := p.enclosed("]", "] expected at end of array")
			if err != nil {
				return nil, err
			}
			list = append(list, queryToken{kind: queryArray, inner: inner})
		case c == '\\':
			if len(p.rest) < 2 {
				return nil, formatError("escaped char expected after \\")
			}
			literal(escapedChar(p.rest[1]))
			p.rest = p.rest[2:]
		case strings.HasPrefix(p.rest, "%%"):
			literal("%")
			p.rest = p.rest[2:]
		case strings.HasPrefix(p.rest, "%|"):
			p.rest = p.rest[2:]
			t, err := p.condition()
			if err != nil {
				return nil, err
			}
			list = append(list, t)
		case c == '%':
			p.rest = p.rest[1:]
			t, err := p.tag()
			if err != nil {
				return nil, err
			}
			list = append(list, t)
		default:
			n := strings.IndexAny(p.rest, "[]{}\\%")
			if n <= 0 {
				n = max(1, n)
				if c != '{' {
					n = len(p.rest)
				}
			}
			literal(p.rest[:n])
			p.rest = p.rest[n:]
		}
	}
	return list, nil
}

// enclosed reads tokens up to a byte, which is taken; the error has the given text if it is missing.
func (p *queryParser) enclosed(end, missing string) ([]queryToken, error) {
	if p.depth++; p.depth > maxQueryDepth {
		return nil, formatError("more than %d levels", maxQueryDepth)
	}
	inner, err := p.tokens(end)
	p.depth--
	if err != nil {
		return nil, err
	}
	if p.rest == "" {
		return nil, formatError("%s", missing)
	}
	p.rest = p.rest[1:]
	return inner, nil
}

// escapedChar is what a backslash and a byte stand for.
func escapedChar(c byte) string {
	if i := strings.IndexByte("abfnrtv", c); i >= 0 {
		return "\a\b\f\n\r\t\v"[i : i+1]
	}
	return string([]byte{c})
}

// tag reads what follows the "%" of a tag.
func (p *queryParser) tag() (t queryToken, err error) {
	t.kind = queryTag
	open := strings.IndexByte(p.rest, '{')
	if open < 0 {
		return t, formatError("invalid field width")
	}
	if width := p.rest[:open]; width != "" {
		n, err := strconv.Atoi(width)
		if err != nil || n > 1<<16 || n < -1<<16 {
			return t, formatError("invalid field width")
		}
		t.width, t.left = max(n, -n), n < 0
	}
	p.rest = p.rest[open+1:]
	end := strings.IndexByte(p.rest, '}')
	if end < 0 {
		return t, formatError("missing } after %%{")
	}
	name, format, formatted := strings.Cut(p.rest[:end], ":")
	p.rest = p.rest[end+1:]
	if formatted && format == "" {
		return t, formatError("empty tag format")
	}
	if err := t.setName(name); err != nil {
		return t, err
	}
	t.format = queryFormatByName("string")
	if formatted {
		if t.format = queryFormatByName(format); t.format == nil {
			return t, fmt.Errorf("query format %q is not supported", format)
		}
	}
	return t, nil
}

func (t *queryToken) setName(name string) error {
	if t.once = strings.HasPrefix(name, "="); t.once {
		name = name[1:]
	}
	if name == "" {
		return formatError("empty tag name")
	}
	if name == "*" {
		t.all = true
		return nil
	}
	tag, ok := TagByName(name)
	if !ok {
		return formatError("unknown tag: \"%s\"", name)
	}
	t.tag = tag
	return nil
}

// condition reads what follows the "%|" of a condition.
func (p *queryParser) condition() (t queryToken, err error) {
	t.kind = queryCondition
	name, rest, found := strings.Cut(p.rest, "?")
	if !found {
		return t, formatError("? expected in expression")
	}
	if err := t.setName(name); err != nil {
		return t, err
	}
	p.rest = rest
	if t.inner, err = p.branch("{ expected after ? in expression"); err != nil {
		return t, err
	}
	if strings.HasPrefix(p.rest, "|") {
		p.rest = p.rest[1:]
		return t, nil
	}
	if !strings.HasPrefix(p.rest, ":") {
		return t, formatError(": expected following ? subexpression")
	}
	p.rest = p.rest[1:]
	if t.other, err = p.branch("{ expected after : in expression"); err != nil {
		return t, err
	}
	if !strings.HasPrefix(p.rest, "|") {
		return t, formatError("| expected at end of expression")
	}
	p.rest = p.rest[1:]
	return t, nil
}

// branch reads a part of a condition in braces.
func (p *queryParser) branch(missing string) ([]queryToken, error) {
	if strings.HasPrefix(p.rest, "|") {
		return nil, nil
	}
	if !strings.HasPrefix(p.rest, "{") {
		return nil, formatError("%s", missing)
	}
	p.rest = p.rest[1:]
	inner, err := p.enclosed("}", "} expected in expression")
	if err == nil && p.rest == "" {
		err = formatError("} expected in expression")
	}
	return inner, err
}
