// Package tomltree reads TOML 1.1 into a tree whose values know where they stand, for messages that show the place.
//
// [Parse] checks syntax and structure (duplicate keys, tables defined twice) as the Rust crate toml 1.x does, which
// is in a few places more lenient than the standard: tables below a dotted key may be opened by a header, integers
// have up to 128 bits until somebody asks for fewer.
//
// The tree is at most as large as a constant times the text; nesting is limited to [MaxDepth].
package tomltree

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxDepth is how deep arrays and inline tables may be nested, and how many parts a key may have.
const MaxDepth = 80

// Kind is the type of a value.
type Kind int

// The types of TOML. The four kinds of dates and times are one here.
const (
	Boolean Kind = iota
	Integer
	Float
	String
	Datetime
	Array
	Table
)

// Span is a part of the text, in bytes: from Start up to, not including, End.
type Span struct{ Start, End int }

// Value is a node of the tree. The fields beside Kind and Span that count are those of the Kind.
type Value struct {
	Kind  Kind
	Span  Span // of tables made by headers: the header; of those made by dotted keys: the part of the key
	Bool  bool
	Int   *big.Int // of at most 128 bits
	Float float64
	Str   string // content of a string, text of a date or time
	Items []*Value

	entries map[string]*Value
	form    form
}

// form is how a table or array came to be, which decides who may add to it.
type form int

const (
	byHeader   form = iota // [table], [[array]]
	byImplicit             // as a parent in a header
	byDots                 // as a parent in a dotted key
	byValue                // {…}, […]
	byInlineDots
)

// Get returns the value of a key of a table, or nil.
func (v *Value) Get(key string) *Value { return v.entries[key] }

// Keys returns the keys of a table in byte order.
func (v *Value) Keys() []string {
	keys := make([]string, 0, len(v.entries))
	for k := range v.entries {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func newTable(f form, s Span) *Value {
	return &Value{Kind: Table, Span: s, form: f, entries: map[string]*Value{}}
}

// typeName is the name that messages use.
func (v *Value) typeName() string {
	switch v.Kind {
	case Boolean:
		return "boolean"
	case Integer:
		return "integer"
	case Float:
		return "float"
	case String:
		return "string"
	case Datetime:
		return "datetime"
	case Array:
		return "array"
	}
	if v.form == byValue || v.form == byInlineDots {
		return "inline table"
	}
	return "table"
}

// Error is what is wrong at a place of a text.
type Error struct {
	Line, Column int // from 1; columns count characters
	Message      string
	Excerpt      string // the line, or the part of it around the place
	indent       int    // characters of Excerpt before the place
	width        int    // bytes of the place in Excerpt
}

// maxExcerpt is how much of a line is shown, in characters.
const maxExcerpt = 160

// NewError makes the error for a place in text. Places past the end mean the end.
func NewError(text string, at Span, message string) *Error {
	at.Start = min(at.Start, len(text))
	at.End = min(max(at.End, at.Start), len(text))
	begin := strings.LastIndexByte(text[:at.Start], '\n') + 1
	end := len(text)
	if i := strings.IndexByte(text[begin:], '\n'); i >= 0 {
		end = begin + i
	}
	line := strings.TrimSuffix(text[begin:end], "\r")
	start := min(at.Start, begin+len(line))
	e := &Error{
		Line:    1 + strings.Count(text[:begin], "\n"),
		Message: message,
		indent:  utf8.RuneCountInString(text[begin:start]),
		width:   max(1, min(at.End, begin+len(line))-start),
	}
	e.Column = e.indent + 1
	e.Excerpt = e.clip(line)
	return e
}

// clip cuts a long line down to the surroundings of the place.
func (e *Error) clip(line string) string {
	if len(line) <= maxExcerpt {
		return line
	}
	runes := []rune(line)
	if len(runes) <= maxExcerpt {
		return line
	}
	from := max(0, e.indent-maxExcerpt/2)
	to := min(len(runes), from+maxExcerpt)
	e.indent -= from
	e.width = min(e.width, max(1, to-from-e.indent))
	return string(runes[from:to])
}

// Error has several lines, without an end of line after the last:
//
//	TOML parse error at line 2, column 17
//	  |
//	2 | updates.enabled=1
//	  |                 ^
//	invalid type: integer `1`, expected a boolean
func (e *Error) Error() string {
	number := fmt.Sprint(e.Line)
	margin := strings.Repeat(" ", len(number))
	return fmt.Sprintf("TOML parse error at line %d, column %d\n%s |\n%s | %s\n%s | %s%s\n%s",
		e.Line, e.Column, margin, number, e.Excerpt,
		margin, strings.Repeat(" ", e.indent), strings.Repeat("^", e.width), e.Message)
}
