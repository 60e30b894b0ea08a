package report

import (
	"strconv"
	"strings"
)

// Kind is how grave an entry is.
type Kind string

// Kinds. Only Error is fatal.
const (
	Error Kind = "error"   // the config is not valid
	Warn  Kind = "warning" // the config is valid, and probably does not do what its author wants
	Info  Kind = "info"    // worth knowing
)

// Path is a place in a document: object keys (string) and list indices (int),
// from the root "$".
type Path []any

// String is the path with dots, as in $.storage.files.0.path.
func (p Path) String() string {
	var b strings.Builder
	b.WriteByte('$')
	for _, e := range p {
		b.WriteByte('.')
		switch e := e.(type) {
		case int:
			b.WriteString(strconv.Itoa(e))
		case string:
			b.WriteString(e)
		}
	}
	return b.String()
}

// Append returns a new path with more elements; p is not changed.
func (p Path) Append(elements ...any) Path {
	return append(p[:len(p):len(p)], elements...)
}

// Pos is a position in a text, counted from 1, columns in bytes. The zero Pos
// is no position; {Known: true} with Line 0 and Col 0 is one beyond the text.
type Pos struct {
	// Known is false if there is no position at all.
	Known bool
	// Line and Col count from 1.
	Line, Col int
}

// Entry is one finding.
type Entry struct {
	// Kind is how grave it is.
	Kind Kind
	// Message is one line.
	Message string
	// HasPath says that Path is meaningful; an empty path is the root.
	HasPath bool
	// Path is the place in the document.
	Path Path
	// Pos is the place in its text.
	Pos Pos
}

// String is "<kind>[ at <path>][, line L col C]: <message>".
func (e Entry) String() string {
	var b strings.Builder
	b.WriteString(string(e.Kind))
	sep := " at "
	if e.HasPath {
		b.WriteString(" at " + e.Path.String())
		sep = ", "
	}
	if e.Pos.Known {
		b.WriteString(sep + "line " + strconv.Itoa(e.Pos.Line) + " col " + strconv.Itoa(e.Pos.Col))
	}
	b.WriteString(": " + e.Message)
	return b.String()
}

// Report is a list of findings.
type Report struct {
	// Entries are in the order in which they were found.
	Entries []Entry
}

// Add appends an entry with a path and without a position.
func (r *Report) Add(kind Kind, path Path, message string) {
	r.Entries = append(r.Entries, Entry{Kind: kind, Message: message, HasPath: true, Path: path})
}

// Merge appends the entries of another report.
func (r *Report) Merge(other Report) {
	r.Entries = append(r.Entries, other.Entries...)
}

// IsFatal reports whether there is an entry of the kind [Error].
func (r Report) IsFatal() bool {
	for _, e := range r.Entries {
		if e.Kind == Error {
			return true
		}
	}
	return false
}

// String is one entry a line, each line ended.
func (r Report) String() string {
	var b strings.Builder
	for _, e := range r.Entries {
		b.WriteString(e.String())
		b.WriteByte('\n')
	}
	return b.String()
}
