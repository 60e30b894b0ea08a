// Package unitfile reads systemd unit files by the rules that Ignition checks
// them with before they are written.
//
// The syntax is that of systemd with these peculiarities: everything before the
// first bracket is ignored, a section's name ends at the next closing bracket
// wherever that is, a backslash at the end of a line continues values and
// comments, and a line may be too long: a reader that has 2048 bytes in hand
// and sees no end of line among them gives up. Since it depends on how the reader
// fills its buffer whether it has them in hand, the buffer is accounted for here,
// although the text is in memory anyway.
package unitfile

import (
	"errors"
	"strconv"
	"strings"
	"unicode"
)

// Errors of Scan. An option name which the text ends in gives ErrEOF.
var (
	ErrSection = errors.New("unable to find end of section")
	ErrNewline = errors.New("unexpected newline encountered while parsing option name")
	ErrEOF     = errors.New("EOF")
	ErrTooLong = errors.New("line too long (max 2048 bytes)")
)

// lineMax is the longest line.
const lineMax = 2048

// Scan reads a unit file and calls option for each assignment with the name of
// its section and its own. It takes linear time.
func Scan(text string, option func(section, name string)) error {
	s := scanner{text: text, option: option, newline: -1}
	return s.run()
}

// HasInstall reports whether there is an option in a section "Install".
func HasInstall(text string) (bool, error) {
	found := false
	err := Scan(text, func(section, _ string) { found = found || section == "Install" })
	return found, err
}

type scanner struct {
	text   string
	option func(section, name string)

	at      int // next byte to read
	fetched int // end of what the buffer holds
	newline int // first end of line at or after at, if not smaller than it
}

func (s *scanner) run() error {
	more, err := s.prologue()
	for more && err == nil {
		var section string
		if section, err = s.header(); err == nil {
			more, err = s.options(section)
		}
	}
	return err
}

// prologue skips everything up to and including the first opening bracket. It
// returns false if there is none.
func (s *scanner) prologue() (bool, error) {
	for {
		if s.tooLong() {
			return false, ErrTooLong
		}
		r, size := s.peek()
		if size == 0 {
			return false, nil
		}
		s.at += size
		switch r {
		case '[':
			return true, nil
		case '#', ';':
			if err := s.comment(); err != nil {
				return false, err
			}
		}
	}
}

// options reads the options of a section up to and including the opening bracket
// of the next. It returns false if there is none.
func (s *scanner) options(section string) (bool, error) {
	for {
		if s.tooLong() {
			return false, ErrTooLong
		}
		r, size := s.peek()
		var err error
		switch {
		case size == 0:
			return false, nil
		case unicode.IsSpace(r):
			s.at += size
		case r == '[':
			s.at += size
			return true, nil
		case r == '#' || r == ';':
			s.at += size
			err = s.comment()
		default:
			err = s.assignment(section)
		}
		if err != nil {
			return false, err
		}
	}
}

// header reads the rest of a section's line.
func (s *scanner) header() (string, error) {
	if s.tooLong() {
		return "", ErrTooLong
	}
	name, ok := s.until(']')
	if !ok {
		return "", ErrSection
	}
	if s.tooLong() {
		return "", ErrTooLong
	}
	line := s.line()
	if garbage := strings.TrimSpace(line); garbage != "" {
		// Ignition prints an empty name here.
		return "", errors.New("found garbage after section name : " + strconv.Quote(garbage))
	}
	return name, nil
}

func (s *scanner) comment() error {
	if s.tooLong() {
		return ErrTooLong
	}
	for {
		line := s.line()
		if !strings.HasSuffix(strings.TrimSuffix(line, " "), `\`) {
			return nil
		}
	}
}

// assignment reads name=value with all lines of the value.
func (s *scanner) assignment(section string) error {
	if s.tooLong() {
		return ErrTooLong
	}
	from := s.at
	for {
		r, size := s.peek()
		if size == 0 {
			return ErrEOF
		}
		s.at += size
		if r == '\n' || r == '\r' {
			return ErrNewline
		}
		if r == '=' {
			break
		}
	}
	name := strings.TrimSpace(s.text[from : s.at-1])
	for {
		if s.tooLong() {
			return ErrTooLong
		}
		line := s.line()
		if strings.TrimSpace(line) == "" || !strings.HasSuffix(line, `\`) {
			break
		}
	}
	s.option(section, name)
	return nil
}
