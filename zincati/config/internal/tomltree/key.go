package tomltree

type keyPart struct {
	name string
	span Span
}

// key reads a key, dotted or not, and the blanks after it.
func (p *parser) key() ([]keyPart, error) {
	var path []keyPart
	for {
		p.blanks()
		part, err := p.keyPart()
		if err != nil {
			return nil, err
		}
		if path = append(path, part); len(path) > MaxDepth {
			return nil, p.errorAt(part.span, "recursion limit")
		}
		p.blanks()
		if !p.accept(".") {
			return path, nil
		}
	}
}

func (p *parser) keyPart() (keyPart, error) {
	start := p.pos
	var name string
	var err error
	switch {
	case p.has(`"""`) || p.has(`'''`):
		return keyPart{}, p.errorAt(Span{start, start + 3},
			"keys cannot be multi-line strings, expected basic string, literal string")
	case p.peek() == '"':
		name, err = p.basicString()
	case p.peek() == '\'':
		name, err = p.literalString()
	default:
		for isBareKey(p.peek()) {
			p.pos++
		}
		if name = p.text[start:p.pos]; name != "" {
			break
		}
		if c := p.peek(); c < 0x80 {
			return keyPart{}, p.errorHere("unquoted keys cannot be empty, expected letters, numbers, `-`, `_`")
		}
		return keyPart{}, p.errorHere("invalid unquoted key, expected letters, numbers, `-`, `_`")
	}
	return keyPart{name, Span{start, p.pos}}, err
}

func isBareKey(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || isDigit(c) || c == '-' || c == '_'
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
