package rpmmd

import "bytes"

// text returns the character data of the element whose start tag was read last, up to and
// including its end tag. Elements inside are passed over.
func (s *scanner) text(k kind) ([]byte, error) {
	if k == kindEmpty {
		return nil, nil
	}
	b, i := s.buf, s.pos
	j := bytes.IndexByte(b[i:], '<')
	if j < 0 || i+j+1 >= len(b) {
		return nil, errShort
	}
	if b[i+j+1] != '/' {
		return s.mixedText()
	}
	name := s.name
	if k := s.endTag(i + j + 2); k != kindEnd {
		return nil, s.failure(k)
	}
	if !bytes.Equal(name, s.name) {
		return nil, s.errorf("<%s> is closed by </%s>", quoted(name), quoted(s.name))
	}
	return s.plain(b[i : i+j])
}

// plain returns the text that raw character data stand for.
func (s *scanner) plain(raw []byte) ([]byte, error) {
	if bytes.IndexByte(raw, '&') < 0 && bytes.IndexByte(raw, '\r') < 0 {
		return raw, nil
	}
	return s.unescape(raw)
}

// mixedText is text for content with comments, CDATA sections or elements.
func (s *scanner) mixedText() ([]byte, error) {
	var out []byte
	name := s.name
	for depth := 1; ; {
		part, k := s.piece()
		if depth == 1 {
			out = append(out, part...)
		}
		switch k {
		case kindStart:
			depth++
		case kindEmpty:
		case kindEnd:
			if depth--; depth == 0 {
				if !bytes.Equal(name, s.name) {
					return nil, s.errorf("<%s> is closed by </%s>", quoted(name), quoted(s.name))
				}
				return out, nil
			}
		default:
			return nil, s.failure(k)
		}
	}
}

// piece returns the character data before the next tag, and reads that tag.
func (s *scanner) piece() (text []byte, k kind) {
	for first := true; ; first = false {
		b, i := s.buf, s.pos
		j := bytes.IndexByte(b[i:], '<')
		if j < 0 || i+j+1 == len(b) {
			return nil, kindShort
		}
		part, err := s.plain(b[i : i+j])
		if err != nil {
			s.err = err
			return nil, kindBad
		}
		if first {
			text = part
		} else {
			text = append(text, part...)
		}
		s.pos = i + j
		if c := b[s.pos+1]; c != '!' && c != '?' {
			return text, s.tag()
		}
		next, ok := s.skipMarkup(s.pos)
		if !ok {
			return nil, kindShort
		}
		if next < 0 {
			return nil, kindBad
		}
		text = text[:len(text):len(text)]
		if bytes.HasPrefix(b[s.pos:], []byte("<![CDATA[")) {
			text = append(text, b[s.pos+9:next-3]...)
		}
		s.pos = next
	}
}

// skip passes over the rest of the element whose start tag was read last.
func (s *scanner) skip(k kind) error {
	if k == kindEmpty {
		return nil
	}
	for depth := 1; depth > 0; {
		switch k := s.tag(); k {
		case kindStart:
			depth++
		case kindEnd:
			depth--
		case kindEmpty:
		default:
			return s.failure(k)
		}
	}
	return nil
}
