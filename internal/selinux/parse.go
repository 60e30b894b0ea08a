package selinux

import (
	"bytes"
	"fmt"
	"strings"
)

// noLabel is the label of entries whose files get none.
const noLabel = "<<none>>"

// File type bits of a mode, the same on every Unix.
const (
	fileType    = 0o170000
	typeFIFO    = 0o010000
	typeChar    = 0o020000
	typeDir     = 0o040000
	typeBlock   = 0o060000
	typeRegular = 0o100000
	typeLink    = 0o120000
	typeSocket  = 0o140000
)

var typeFlags = map[string]uint32{
	"--": typeRegular, "-d": typeDir, "-l": typeLink, "-b": typeBlock, "-c": typeChar, "-p": typeFIFO, "-s": typeSocket,
}

// SyntaxError reports a line that is not an entry.
type SyntaxError struct {
	File string // such as "file_contexts.local"
	Line int    // counted from 1
	Text string // what is wrong
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s: line %d %s", e.File, e.Line, e.Text)
}

// parseContexts reads entries: expression, optional type, label.
func parseContexts(file string, data []byte) ([]*spec, error) {
	var specs []*spec
	number := 0
	for line := range bytes.Lines(data) {
		number++
		s, problem := parseEntry(string(line))
		if problem != "" {
			return nil, &SyntaxError{File: file, Line: number, Text: problem}
		}
		if s != nil {
			specs = append(specs, s)
		}
	}
	return specs, nil
}

// parseEntry returns nil for a blank line or comment.
func parseEntry(line string) (s *spec, problem string) {
	fields := strings.FieldsFunc(line, isSpace)
	if len(fields) == 0 || fields[0][0] == '#' {
		return nil, ""
	}
	if len(fields) == 1 {
		return nil, "is missing fields"
	}
	fields = fields[:min(len(fields), 3)]
	for _, f := range fields {
		if strings.IndexFunc(f, func(r rune) bool { return r >= 0x80 }) >= 0 {
			return nil, "has non-ASCII characters"
		}
	}
	s = &spec{pattern: fields[0], label: fields[len(fields)-1]}
	if len(fields) == 3 {
		var known bool
		if s.kind, known = typeFlags[fields[1]]; !known {
			return nil, fmt.Sprintf("has invalid file type %.10q", fields[1])
		}
	}
	return s, ""
}

// isSpace is C's isspace.
func isSpace(r rune) bool { return r == ' ' || '\t' <= r && r <= '\r' }

// substitution says that paths at and below from are labelled as if at to.
type substitution struct{ from, to string }

// parseSubstitutions reads pairs of paths. Lines that hold less are ignored,
// so there are no errors.
func parseSubstitutions(data []byte) []substitution {
	var subs []substitution
	for line := range bytes.Lines(data) {
		fields := strings.FieldsFunc(string(line), isSpace)
		if len(fields) >= 2 && fields[0][0] != '#' {
			subs = append(subs, substitution{fields[0], fields[1]})
		}
	}
	return subs
}
