// Package jsontree reads a JSON text into a flat tree which knows where in the
// text everything is.
//
// It accepts exactly what encoding/json accepts: nesting of up to [MaxDepth],
// invalid UTF-8 in strings (read as U+FFFD), lone surrogates likewise. Nodes are
// numbered in the order of the text, a node's children follow it, so the tree is
// one slice without pointers. Reading takes linear time and does not recurse.
package jsontree

import (
	"bytes"
	"errors"
	"math"
	"strconv"
)

// MaxDepth is how many arrays and objects may be inside each other.
const MaxDepth = 10000

// Errors of Parse. What exactly is wrong with the syntax is not told: that is
// rare, and encoding/json has the words for it.
var (
	ErrSyntax   = errors.New("not valid JSON")
	ErrTooLarge = errors.New("JSON text is too large")
)

// Kind is the type of a JSON value.
type Kind uint8

// Kinds of values.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

// Node is the number of a value in its tree; 0 is the root.
type Node int32

type node struct {
	start, end   int32 // of the value's text
	key, keyEnd  int32 // of the quoted key's text, if it is in an object
	after        Node  // next node that is not inside this one
	count        int32 // children
	kind         Kind
	plain, plkey bool // the text of the string, of the key, is its value
}

// Tree is a parsed text.
type Tree struct {
	text     string
	nodes    []node
	overflow bool
}

// Text is what the tree was read from.
func (t *Tree) Text() string { return t.text }

// Overflows reports whether there is a number that is too large for a float64.
func (t *Tree) Overflows() bool { return t.overflow }

// Kind is the type of n.
func (t *Tree) Kind(n Node) Kind { return t.nodes[n].kind }

// Len is the number of children of n, duplicates included.
func (t *Tree) Len(n Node) int { return int(t.nodes[n].count) }

// First is the first child of n; it is End(n) when there is none.
func (t *Tree) First(n Node) Node { return n + 1 }

// Next is the node that follows n and what is inside it.
func (t *Tree) Next(n Node) Node { return t.nodes[n].after }

// End is the node at which iterating over the children of n ends.
func (t *Tree) End(n Node) Node { return t.nodes[n].after }

// Start is the offset of a position that stands for n: that of the first byte of
// a literal, that after the opening bracket of an array or object.
func (t *Tree) Start(n Node) int {
	if k := t.nodes[n].kind; k == Array || k == Object {
		return int(t.nodes[n].start) + 1
	}
	return int(t.nodes[n].start)
}

// KeyStart is the offset of the opening quote of n's key.
func (t *Tree) KeyStart(n Node) int { return int(t.nodes[n].key) }

// Key is the key of n in its object.
func (t *Tree) Key(n Node) string {
	x := &t.nodes[n]
	s := t.text[x.key+1 : x.keyEnd-1]
	if x.plkey {
		return s
	}
	return unquote(s)
}

// Value is the value of a string, or the text of a number.
func (t *Tree) Value(n Node) string {
	x := &t.nodes[n]
	if x.kind != String {
		return t.text[x.start:x.end]
	}
	s := t.text[x.start+1 : x.end-1]
	if x.plain {
		return s
	}
	return unquote(s)
}

// True reports whether n is the literal true.
func (t *Tree) True(n Node) bool {
	return t.nodes[n].kind == Bool && t.text[t.nodes[n].start] == 't'
}

// Parse reads one JSON value with nothing but white space around it.
func Parse(raw []byte) (*Tree, error) {
	if len(raw) > math.MaxInt32 {
		return nil, ErrTooLarge
	}
	t := &Tree{text: string(raw)}
	t.nodes = make([]node, 0, estimate(raw))
	s := scanner{tree: t, text: t.text}
	if !s.run() {
		return nil, ErrSyntax
	}
	return t, nil
}

// estimate is a number of nodes to make room for: each but the root comes after
// one of three characters, which may be in strings too, hence the bound.
func estimate(raw []byte) int {
	n := 1
	for _, c := range []string{",", "{", "["} {
		n += bytes.Count(raw, []byte(c))
	}
	return min(n, len(raw)/8+16)
}

// checkRange notes numbers that no float64 holds. Short ones without exponent
// cannot be such.
func (t *Tree) checkRange(number string, exponent bool) {
	if t.overflow || !exponent && len(number) < 300 {
		return
	}
	if _, err := strconv.ParseFloat(number, 64); err != nil {
		t.overflow = true
	}
}
