package treefile

import (
	"fmt"
	"strings"
)

// Format is the syntax of a document.
type Format uint8

// The formats. Kickstart files are recognized by name only.
const (
	JSON Format = iota
	YAML
)

// FormatOf tells the format of a file by its name: YAML for .yaml and .yml, else JSON.
func FormatOf(name string) Format {
	if strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml") {
		return YAML
	}
	return JSON
}

// SyntaxError reports a document that cannot be read as what it should be. Line and Column count from
// 1; they are 0 where no place is known.
type SyntaxError struct {
	Key          string // path of the offending value, such as "repo-packages[0].repo"; may be empty
	Text         string
	Line, Column int
}

// Error returns the message with the place at its end.
func (e *SyntaxError) Error() string {
	s := e.Text
	if e.Key != "" {
		s = e.Key + ": " + s
	}
	if e.Line > 0 {
		s += fmt.Sprintf(" at line %d column %d", e.Line, e.Column)
	}
	return s
}

// kind is the type of a value in a document.
type kind uint8

const (
	kindNull kind = iota
	kindBool
	kindInt
	kindFloat
	kindString
	kindList
	kindMap
)

// node is a value of a document with its place. Nodes may be shared by aliases.
type node struct {
	kind   kind
	line   int
	column int
	text   string // scalars; of numbers a form that JSON accepts
	list   []*node
	fields []field
	state  uint8 // of the conversion from YAML: 1 while it is under way
}

type field struct {
	name         string
	line, column int
	value        *node
}

func (n *node) errorf(format string, a ...any) error {
	return &SyntaxError{Text: fmt.Sprintf(format, a...), Line: n.line, Column: n.column}
}

// describe names the value in messages.
func (n *node) describe() string {
	switch n.kind {
	case kindNull:
		return "null"
	case kindBool:
		return "boolean `" + n.text + "`"
	case kindInt:
		return "integer `" + clip(n.text) + "`"
	case kindFloat:
		return "floating point `" + clip(n.text) + "`"
	case kindString:
		return fmt.Sprintf("string %q", clip(n.text))
	case kindList:
		return "sequence"
	}
	return "map"
}

// wrong is the error for a value of another type than is expected.
func (n *node) wrong(expected string) error {
	return n.errorf("invalid type: %s, expected %s", n.describe(), expected)
}

// maxDepth limits the nesting of documents.
const maxDepth = 128

// maxDocument limits the size of documents in bytes. Of YAML a byte can take more than a hundred in memory.
const maxDocument = 1 << 20

// parseDocument reads a whole document.
func parseDocument(format Format, data []byte) (*node, error) {
	if len(data) > maxDocument {
		return nil, fmt.Errorf("document has %d bytes, more than %d", len(data), maxDocument)
	}
	if format == YAML {
		return parseYAML(data)
	}
	return parseJSON(data)
}
