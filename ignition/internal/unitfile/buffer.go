package unitfile

import (
	"strings"
	"unicode/utf8"
)

// bufferSize is that of the reader that Ignition uses.
const bufferSize = 4096

// fill accounts for one read into the buffer: what is unread moves to its front,
// the rest is filled.
func (s *scanner) fill() {
	s.fetched = min(s.at+bufferSize, len(s.text))
}

// peek is the next rune; its size is 0 at the end.
func (s *scanner) peek() (rune, int) {
	for s.fetched-s.at < utf8.UTFMax && !utf8.FullRuneInString(s.text[s.at:s.fetched]) && s.fetched < len(s.text) {
		s.fill()
	}
	if s.at == s.fetched {
		return 0, 0
	}
	return utf8.DecodeRuneInString(s.text[s.at:s.fetched])
}

// until reads up to and including c and returns what is before it.
func (s *scanner) until(c byte) (string, bool) {
	from := s.at
	i := strings.IndexByte(s.text[from:], c)
	end := len(s.text)
	if i >= 0 {
		end = from + i + 1
	}
	// The buffer is emptied whenever it is full without the byte being in it.
	for s.fetched < end {
		if s.fetched-s.at >= bufferSize {
			s.at = s.fetched
		}
		s.fill()
	}
	s.at = end
	if i < 0 {
		return s.text[from:], false
	}
	return s.text[from : end-1], true
}

// line reads up to the end of the line.
func (s *scanner) line() string {
	line, ok := s.until('\n')
	if !ok {
		// Only a last line without line feed loses its carriage return.
		line = strings.TrimSuffix(line, "\r")
	}
	return line
}

// tooLong reports whether lineMax bytes are in the buffer and none of them ends a
// line.
func (s *scanner) tooLong() bool {
	if s.fetched-s.at < lineMax {
		return false
	}
	if s.newline < s.at {
		i := strings.IndexAny(s.text[s.at:], "\r\n")
		s.newline = len(s.text)
		if i >= 0 {
			s.newline = s.at + i
		}
	}
	return s.newline >= s.at+lineMax
}
