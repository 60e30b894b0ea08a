package bls

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"
)

// MaxSize is the size in bytes of the largest entry that is read or written.
// Real ones have a few hundred.
const MaxSize = 1 << 20

// errEncoding has GLib's text: programs print it after the file's name.
var errEncoding = errors.New("Invalid UTF-8")

// Parse reads the content of an entry's file. Lines that are no key with a
// value are skipped, so that every text is an entry; an error tells of a
// text that is not UTF-8, holds a NUL, or is longer than [MaxSize]
// ([*SizeError]).
func Parse(data []byte) (*Entry, error) {
	if len(data) > MaxSize {
		return nil, &SizeError{Size: int64(len(data))}
	}
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return nil, errEncoding
	}
	e := &Entry{}
	for line := range strings.SplitSeq(string(data), "\n") {
		if key, value, ok := splitLine(line); ok {
			e.add(key, value)
		}
	}
	return e, nil
}

// add is Set, but for a further initrd, which is an overlay.
func (e *Entry) add(key, value string) {
	if key == KeyInitrd {
		e.initrds = append(e.initrds, value)
		return
	}
	e.Set(key, value)
}

// splitLine cuts a line at the first blank or tab. The value keeps all that
// follows, further blanks and a carriage return included.
func splitLine(line string) (key, value string, ok bool) {
	if line == "" || !isLetter(line[0]) {
		return "", "", false
	}
	at := strings.IndexAny(line, " \t")
	if at < 0 {
		return "", "", false
	}
	return line[:at], line[at+1:], true
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
