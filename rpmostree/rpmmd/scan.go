package rpmmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
)

// SyntaxError reports metadata that are not well-formed XML, or whose elements are not where
// they belong.
type SyntaxError struct {
	// Offset is the position in the decompressed document, in bytes.
	Offset int64
	// Msg says what is wrong there.
	Msg string
}

// Error returns "offset N: what".
func (e *SyntaxError) Error() string { return fmt.Sprintf("offset %d: %s", e.Offset, e.Msg) }

// kind is what the scanner found.
type kind uint8

const (
	kindShort kind = iota // the window ends before the token does
	kindStart             // <name …>
	kindEmpty             // <name …/>
	kindEnd               // </name>
	kindBad               // scanner.err says what is wrong
)

// errShort makes run read more and parse the unit again from its start.
var errShort = errors.New("window too short")

const (
	// windowSize holds some hundred packages and fits the cache of a processor.
	windowSize = 256 << 10
	// maxPackage bounds one <package>; the largest file lists known have a few megabytes.
	maxPackage = 64 << 20
)

type attr struct{ name, value []byte }

// scanner finds tags in a window that slides over a document.
//
// A unit, such as one <package>, is parsed in place as if the whole of it were in the window.
// When that turns out wrong, the window is refilled from the start of the unit, and the unit is
// parsed once more. A window holds hundreds of units, and doubles when a unit is larger than
// it, so that little is parsed twice; in return nothing is copied, and the parsers need not be
// prepared for a refill that moves the bytes they hold.
type scanner struct {
	r     io.Reader
	buf   []byte // the window; buf[:cap] is the allocation
	pos   int
	eof   bool
	base  int64 // offset of buf[0] in the document
	limit int   // of the window
	rerr  error // of r

	encoding string // that r was translated from; empty for UTF-8

	name    []byte // of the last tag
	local   []byte // name without prefix
	attrs   []attr // of the last start tag, values unescaped
	scratch []byte // unescaped text of the present unit
	err     error  // of kindBad
}

func newScanner(r io.Reader, limit int) *scanner {
	return &scanner{r: r, limit: limit, buf: make([]byte, 0, min(windowSize, limit))}
}

// run calls unit with the position at the start of each unit until it returns done, and emit
// after every unit that is complete. What follows the document must be blank, and is read to
// the end, so that the verdict of a reader that verifies a checksum is heard.
func (s *scanner) run(ctx context.Context, unit func() (done bool, err error), emit func() error) error {
	s.fill()
	s.recode()
	s.refuseNUL(0)
	s.skipBOM()
	for {
		mark := s.pos
		s.scratch = s.scratch[:0]
		done, err := unit()
		switch {
		case err == errShort:
			if err := ctx.Err(); err != nil {
				return err
			}
			s.pos = mark
			if err := s.refill(); err != nil {
				return err
			}
		case err != nil:
			return err
		case done:
			return s.epilogue(ctx)
		default:
			if err := emit(); err != nil {
				return err
			}
		}
	}
}

func (s *scanner) skipBOM() {
	if bytes.HasPrefix(s.buf, []byte("\xef\xbb\xbf")) {
		s.pos = 3
	}
}

// refill drops what lies before pos and reads until the window is full.
func (s *scanner) refill() error {
	if s.rerr != nil {
		return s.rerr
	}
	if s.eof {
		return fmt.Errorf("document ends inside of an element: %w", io.ErrUnexpectedEOF)
	}
	rest := s.buf[s.pos:]
	s.base += int64(s.pos)
	s.pos = 0
	if len(rest) < cap(s.buf) {
		s.buf = s.buf[:copy(s.buf[:cap(s.buf)], rest)]
	}
	// Reading less than there is already would make re-parsing quadratic.
	if len(s.buf) > cap(s.buf)/2 {
		if cap(s.buf) >= s.limit {
			return s.errorf("element of more than %d bytes", s.limit/2)
		}
		grown := make([]byte, len(s.buf), min(2*cap(s.buf), s.limit))
		copy(grown, s.buf)
		s.buf = grown
	}
	mark := len(s.buf)
	s.fill()
	s.refuseNUL(mark)
	return nil
}

// refuseNUL ends the document before a NUL, which XML does not know and names must not have.
func (s *scanner) refuseNUL(from int) {
	if i := bytes.IndexByte(s.buf[from:], 0); i >= 0 {
		s.buf, s.eof = s.buf[:from+i], false
		s.rerr = &SyntaxError{Offset: s.base + int64(len(s.buf)), Msg: "NUL byte"}
	}
}

func (s *scanner) fill() {
	for empty := 0; len(s.buf) < cap(s.buf) && !s.eof && s.rerr == nil; {
		n, err := s.r.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf = s.buf[:len(s.buf)+n]
		switch {
		case err == io.EOF:
			s.eof = true
		case err != nil:
			s.rerr = err
		case n == 0:
			if empty++; empty > 100 {
				s.rerr = io.ErrNoProgress
			}
		default:
			empty = 0
		}
	}
}

// epilogue reads what follows the root element.
func (s *scanner) epilogue(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		rest := bytes.TrimLeft(s.buf[s.pos:], " \t\r\n")
		s.pos = len(s.buf) - len(rest)
		if len(rest) > 0 {
			mark := s.pos
			if n := min(len(rest), 3); string(rest[:n]) != "<!-"[:n] && string(rest[:min(n, 2)]) != "<?"[:min(n, 2)] {
				return s.errorf("content after the end of the document")
			}
			if next, ok := s.skipMarkup(mark); ok {
				if next < 0 {
					return s.err
				}
				s.pos = next
				continue
			}
		}
		if s.eof && len(rest) == 0 {
			return nil
		}
		if err := s.refill(); err != nil {
			return err
		}
	}
}

func (s *scanner) errorf(format string, args ...any) error {
	return &SyntaxError{Offset: s.base + int64(s.pos), Msg: fmt.Sprintf(format, args...)}
}

func (s *scanner) bad(at int, format string, args ...any) kind {
	s.pos = at
	s.err = s.errorf(format, args...)
	return kindBad
}

// failure is the error that belongs to a kind which is none of those expected.
func (s *scanner) failure(k kind) error {
	switch k {
	case kindShort:
		return errShort
	case kindBad:
		return s.err
	case kindEnd:
		return s.errorf("unexpected </%s>", quoted(s.name))
	}
	return s.errorf("unexpected <%s>", quoted(s.name))
}

// quoted bounds foreign text for an error.
func quoted(b []byte) string {
	if len(b) > 40 {
		return fmt.Sprintf("%.40q…", b)
	}
	return string(bytes.ToValidUTF8(b, []byte("?")))
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// tag finds the next start or end tag, passing over text, comments and processing
// instructions, and leaves the position behind it.
func (s *scanner) tag() kind {
	b, i := s.buf, s.pos
	for {
		j := bytes.IndexByte(b[i:], '<')
		if j < 0 || i+j+1 >= len(b) {
			return kindShort
		}
		i += j + 1
		switch b[i] {
		case '/':
			return s.endTag(i + 1)
		case '!', '?':
			next, ok := s.skipMarkup(i - 1)
			if !ok {
				return kindShort
			}
			if next < 0 {
				return kindBad
			}
			i = next
		default:
			return s.startTag(i)
		}
	}
}

func (s *scanner) endTag(i int) kind {
	b := s.buf
	j := bytes.IndexByte(b[i:], '>')
	if j < 0 {
		return kindShort
	}
	name := b[i : i+j]
	for len(name) > 0 && isSpace(name[len(name)-1]) {
		name = name[:len(name)-1]
	}
	s.setName(name)
	s.pos = i + j + 1
	return kindEnd
}

func (s *scanner) setName(name []byte) {
	s.name, s.local = name, name
	if i := bytes.IndexByte(name, ':'); i >= 0 {
		s.local = name[i+1:]
	}
}

// startTag reads the tag whose name begins at i.
func (s *scanner) startTag(i int) kind {
	b := s.buf
	begin := i
	for i < len(b) && b[i] > ' ' && b[i] != '>' && b[i] != '/' && b[i] != '<' && b[i] != '=' {
		i++
	}
	if i == len(b) {
		return kindShort
	}
	if i == begin {
		return s.bad(i, "tag without a name")
	}
	s.setName(b[begin:i])
	s.attrs = s.attrs[:0]
	for {
		for i < len(b) && isSpace(b[i]) {
			i++
		}
		if i == len(b) {
			return kindShort
		}
		switch b[i] {
		case '>':
			s.pos = i + 1
			return kindStart
		case '/':
			if i+1 == len(b) {
				return kindShort
			}
			if b[i+1] != '>' {
				return s.bad(i, "stray / in the tag %s", quoted(s.name))
			}
			s.pos = i + 2
			return kindEmpty
		}
		next, k := s.attribute(i)
		if k != kindStart {
			return k
		}
		i = next
	}
}

// maxAttrs bounds the memory for the attributes of one tag.
const maxAttrs = 1 << 20

// attribute reads name="value" at i, and returns kindStart with the position behind it.
func (s *scanner) attribute(i int) (int, kind) {
	b := s.buf
	begin := i
	for i < len(b) && b[i] > ' ' && b[i] != '=' && b[i] != '>' && b[i] != '<' && b[i] != '/' {
		i++
	}
	name := b[begin:i]
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	if i < len(b) && (b[i] != '=' || len(name) == 0) {
		return 0, s.bad(i, "malformed attribute in the tag %s", quoted(s.name))
	}
	i++
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	if i >= len(b) {
		return 0, kindShort
	}
	quote := b[i]
	if quote != '"' && quote != '\'' {
		return 0, s.bad(i, "attribute without quotes in the tag %s", quoted(s.name))
	}
	i++
	n := bytes.IndexByte(b[i:], quote)
	if n < 0 {
		return 0, kindShort
	}
	value := b[i : i+n]
	if bytes.IndexByte(value, '&') >= 0 {
		var err error
		if value, err = s.unescape(value); err != nil {
			s.err = err
			return 0, kindBad
		}
	}
	if len(s.attrs) == maxAttrs {
		return 0, s.bad(i, "more than %d attributes in a tag", maxAttrs)
	}
	s.attrs = append(s.attrs, attr{name, value})
	return i + n + 1, kindStart
}

// attr returns the value of an attribute of the last start tag, by its name with prefix.
func (s *scanner) attr(name string) []byte {
	for i := range s.attrs {
		if string(s.attrs[i].name) == name {
			return s.attrs[i].value
		}
	}
	return nil
}

// root reads the start tag of the document, which must be one of names.
func (s *scanner) root(names ...string) (kind, error) {
	k := s.tag()
	if k != kindStart && k != kindEmpty {
		return k, s.failure(k)
	}
	for _, n := range names {
		if string(s.local) == n {
			return k, nil
		}
	}
	return k, s.errorf("document is <%s>, not <%s>", quoted(s.name), names[0])
}

// number reads the leading decimal digits of an attribute; anything else is 0. Time stamps
// may have a fraction, which is dropped.
func number(b []byte) int64 {
	var n int64
	for _, c := range b {
		if c < '0' || c > '9' || n > (1<<63-10)/10 {
			break
		}
		n = n*10 + int64(c-'0')
	}
	return n
}
