package rpmmd

import "bytes"

// skipMarkup returns the position behind the comment, CDATA section, processing instruction or
// declaration at i; -1 means that it is malformed, !ok that the window is too short.
func (s *scanner) skipMarkup(i int) (next int, ok bool) {
	b := s.buf[i:]
	until := func(start int, mark string) (int, bool) {
		if len(b) < start {
			return 0, false
		}
		j := bytes.Index(b[start:], []byte(mark))
		return i + start + j + len(mark), j >= 0
	}
	switch {
	case len(b) < 3:
		return 0, false
	case b[1] == '?':
		next, ok := until(2, "?>")
		if ok && !s.declaration(s.buf[i:next]) {
			return -1, true
		}
		return next, ok
	case b[2] == '-':
		return until(4, "-->")
	case b[2] == '[':
		return until(9, "]]>")
	case bytes.HasPrefix(b, []byte("<!DOCTYPE")):
		next, ok := until(2, ">")
		// Entities that a document declares for itself are the way to make a small
		// document a huge one; no metadata need them.
		if ok && bytes.IndexByte(s.buf[i:next], '[') >= 0 {
			s.bad(i, "document type with declarations is not supported")
			return -1, true
		}
		return next, ok
	case len(b) < 9:
		return 0, false
	}
	s.bad(i, "unknown markup")
	return -1, true
}

// declaration accepts any processing instruction but an XML declaration of an encoding that
// the document is not read in.
func (s *scanner) declaration(pi []byte) bool {
	if !bytes.HasPrefix(pi, []byte("<?xml ")) {
		return true
	}
	enc := declaredEncoding(pi)
	if enc == nil || s.encoding != "" && bytes.EqualFold(enc, []byte(s.encoding)) {
		return true
	}
	for _, known := range []string{"utf-8", "utf8", "us-ascii", "ascii"} {
		if bytes.EqualFold(enc, []byte(known)) {
			return true
		}
	}
	s.err = s.errorf("encoding %s is not supported", quoted(enc))
	return false
}
