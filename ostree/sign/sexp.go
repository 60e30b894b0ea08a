package sign

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
)

var errSexp = errors.New("malformed S-expression")

const maxSexpDepth = 32

// sexp is an S-expression as libgcrypt writes keys: an atom or a list.
type sexp struct {
	atom []byte
	list []*sexp // nil for atoms
}

// parseSexp reads an S-expression in canonical form, `(3:rsa(1:n…))`, in the readable
// form, `(rsa (n #00AB#))`, or any mixture.
func parseSexp(data []byte) (*sexp, error) {
	p := sexpParser{data: data}
	x, err := p.value(0)
	if err != nil {
		return nil, err
	}
	if x.list == nil {
		return nil, errSexp
	}
	return x, nil
}

type sexpParser struct{ data []byte }

func (p *sexpParser) skipSpace() {
	for len(p.data) > 0 && strings.IndexByte(" \t\r\n", p.data[0]) >= 0 {
		p.data = p.data[1:]
	}
}

func (p *sexpParser) value(depth int) (*sexp, error) {
	p.skipSpace()
	if len(p.data) == 0 || depth > maxSexpDepth {
		return nil, errSexp
	}
	if p.data[0] != '(' {
		atom, err := p.atom()
		return &sexp{atom: atom}, err
	}
	p.data = p.data[1:]
	x := &sexp{list: []*sexp{}}
	for {
		p.skipSpace()
		if len(p.data) == 0 {
			return nil, errSexp
		}
		if p.data[0] == ')' {
			p.data = p.data[1:]
			return x, nil
		}
		item, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		x.list = append(x.list, item)
	}
}

func (p *sexpParser) atom() ([]byte, error) {
	switch c := p.data[0]; {
	case c == '#':
		text, err := p.until('#')
		if err != nil {
			return nil, err
		}
		return hex.DecodeString(strings.Join(strings.Fields(text), ""))
	case c == '|':
		text, err := p.until('|')
		if err != nil {
			return nil, err
		}
		return base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	case c == '"':
		return p.quoted()
	case '0' <= c && c <= '9':
		if n := p.digits(); n < len(p.data) && p.data[n] == ':' {
			return p.counted(n)
		}
	}
	return p.token()
}

// until returns the text between a delimiter and its next occurrence.
func (p *sexpParser) until(end byte) (string, error) {
	i := strings.IndexByte(string(p.data[1:]), end)
	if i < 0 {
		return "", errSexp
	}
	text := string(p.data[1 : 1+i])
	p.data = p.data[i+2:]
	return text, nil
}

// quoted reads a string. Escapes do not occur in the names that are wanted; those that
// hide the end are respected.
func (p *sexpParser) quoted() ([]byte, error) {
	for i := 1; i < len(p.data); i++ {
		switch p.data[i] {
		case '\\':
			i++
		case '"':
			text := p.data[1:i]
			p.data = p.data[i+1:]
			return text, nil
		}
	}
	return nil, errSexp
}

func (p *sexpParser) digits() int {
	n := 0
	for n < len(p.data) && '0' <= p.data[n] && p.data[n] <= '9' {
		n++
	}
	return n
}

func (p *sexpParser) counted(n int) ([]byte, error) {
	size, err := strconv.Atoi(string(p.data[:n]))
	if err != nil || size > len(p.data)-n-1 {
		return nil, errSexp
	}
	atom := p.data[n+1 : n+1+size]
	p.data = p.data[n+1+size:]
	return atom, nil
}

func (p *sexpParser) token() ([]byte, error) {
	n := 0
	for n < len(p.data) && strings.IndexByte("() \t\r\n#|\"", p.data[n]) < 0 {
		n++
	}
	if n == 0 {
		return nil, errSexp
	}
	atom := p.data[:n]
	p.data = p.data[n:]
	return atom, nil
}

// name is the first atom of a list.
func (x *sexp) name() string {
	if len(x.list) == 0 {
		return ""
	}
	return string(x.list[0].atom)
}

// find returns the sub-list of that name.
func (x *sexp) find(name string) *sexp {
	for _, item := range x.list {
		if item.name() == name {
			return item
		}
	}
	return nil
}

// value returns the atom after the name in the sub-list of that name.
func (x *sexp) value(name string) []byte {
	if item := x.find(name); item != nil && len(item.list) > 1 {
		return item.list[1].atom
	}
	return nil
}
