package gvariant

import (
	"fmt"
	"strings"
)

// MaxDepth is the deepest nesting of containers, in types and in values, that
// this package reads. It is GLib's limit; a variant nested deeper reads as ().
const MaxDepth = 128

// Type is a GVariant type string such as "u", "as" or "(a{sv}tay)".
//
// Basic types are b y n q i u h x t d s o g; containers are v (variant), aT
// (array), mT (maybe), (T…) (tuple) and {KT} (dictionary entry with a basic
// key). Only complete, definite types are values of Type; text of unknown
// origin goes through [ParseType]. The methods of a malformed Type return zero
// values.
type Type string

// The types that need no spelling out at their uses.
const (
	TypeUnit        Type = "()"
	TypeBool        Type = "b"
	TypeString      Type = "s"
	TypeVariant     Type = "v"
	TypeByteArray   Type = "ay"
	TypeStringArray Type = "as"
	TypeDict        Type = "a{sv}"
)

// basicChars lists the basic types; each is a substring that types of one
// letter can alias.
const basicChars = "bynqiuhxtdsog"

// ParseType checks that s is exactly one definite type nested at most
// [MaxDepth] deep.
func ParseType(s string) (Type, error) {
	next, ok := scanType(s, 0, MaxDepth)
	if !ok || next != len(s) {
		return "", fmt.Errorf("invalid GVariant type %q", clip(s, 64))
	}
	return Type(s), nil
}

func clip(s string, n int) string {
	if len(s) > n {
		return s[:n] + "…"
	}
	return s
}

func isBasic(c byte) bool { return strings.IndexByte(basicChars, c) >= 0 }

// scanType finds the end of the definite type that begins at s[i].
func scanType[S string | []byte](s S, i, depth int) (next int, ok bool) {
	if i >= len(s) || depth == 0 {
		return i, false
	}
	c := s[i]
	i++
	switch c {
	case 'v':
		return i, true
	case 'a', 'm':
		return scanType(s, i, depth-1)
	case '(':
		for i < len(s) && s[i] != ')' {
			if i, ok = scanType(s, i, depth-1); !ok {
				return i, false
			}
		}
		return i + 1, i < len(s)
	case '{':
		if i >= len(s) || !isBasic(s[i]) || depth == 1 {
			return i, false
		}
		if i, ok = scanType(s, i+1, depth-1); !ok {
			return i, false
		}
		return i + 1, i < len(s) && s[i] == '}'
	}
	return i, isBasic(c)
}

// valid reports whether t is one definite type.
func (t Type) valid() bool {
	next, ok := scanType(string(t), 0, MaxDepth)
	return ok && next == len(t)
}

// depth returns the nesting of t: 1 for a basic type.
func (t Type) depth() int {
	_, d := typeDepth(string(t), 0)
	return d
}

func typeDepth(s string, i int) (next, depth int) {
	switch c := s[i]; c {
	case 'a', 'm':
		next, depth = typeDepth(s, i+1)
		return next, depth + 1
	case '(', '{':
		for i++; s[i] != ')' && s[i] != '}'; {
			var d int
			i, d = typeDepth(s, i)
			depth = max(depth, d)
		}
		return i + 1, depth + 1
	}
	return i + 1, 1
}

// class returns the first letter, which tells the kind of the type.
func (t Type) class() byte {
	if len(t) == 0 {
		return 0
	}
	return t[0]
}

// layout returns the end of the type that begins at s[i], its alignment and its
// size (0 = variable). The type must be valid.
func layout(s string, i int) (next, align, size int) {
	c := s[i]
	i++
	switch c {
	case 'y', 'b':
		return i, 1, 1
	case 'n', 'q':
		return i, 2, 2
	case 'i', 'u', 'h':
		return i, 4, 4
	case 'x', 't', 'd':
		return i, 8, 8
	case 'v':
		return i, 8, 0
	case 'a', 'm':
		next, align, _ = layout(s, i)
		return next, align, 0
	case '(', '{':
		return tupleLayout(s, i)
	}
	return i, 1, 0
}

// tupleLayout is layout for the members of a tuple or entry, from s[i] to the
// closing bracket.
func tupleLayout(s string, i int) (next, align, size int) {
	align = 1
	fixed := true
	for s[i] != ')' && s[i] != '}' {
		n, a, sz := layout(s, i)
		i = n
		align = max(align, a)
		size = padTo(size, a) + sz
		fixed = fixed && sz != 0
	}
	if !fixed {
		return i + 1, align, 0
	}
	return i + 1, align, max(1, padTo(size, align))
}

// Align returns the alignment in bytes: 1, 2, 4 or 8.
func (t Type) Align() int {
	if !t.valid() {
		return 0
	}
	_, a, _ := layout(string(t), 0)
	return a
}

// FixedSize returns the number of bytes every value of the type has, or 0 when
// that depends on the value.
func (t Type) FixedSize() int {
	if !t.valid() {
		return 0
	}
	return t.fixed()
}

// IsFixed reports whether all values of the type have the same size.
func (t Type) IsFixed() bool { return t.FixedSize() != 0 }

// fixed is FixedSize of a valid type.
func (t Type) fixed() int {
	_, _, sz := layout(string(t), 0)
	return sz
}

// IsBasic reports whether t is a basic type, one that can be a dictionary key.
func (t Type) IsBasic() bool { return len(t) == 1 && isBasic(t[0]) }

// Elem returns the element type of an array or maybe, "" for other types.
func (t Type) Elem() Type {
	if c := t.class(); c == 'a' || c == 'm' {
		return t[1:]
	}
	return ""
}

// Members returns the member types of a tuple or dictionary entry, nil for
// other types.
func (t Type) Members() []Type {
	if c := t.class(); c != '(' && c != '{' || !t.valid() {
		return nil
	}
	members := []Type{}
	for i := 1; i < len(t)-1; {
		next, _, _ := layout(string(t), i)
		members = append(members, t[i:next])
		i = next
	}
	return members
}

// members counts the members of a valid tuple or entry type.
func (t Type) members() int {
	n := 0
	for i := 1; i < len(t)-1; n++ {
		i, _, _ = layout(string(t), i)
	}
	return n
}

// commonTypes are the types of the formats this module reads and writes. A type
// found in the bytes of a variant is looked up here first, so that reading one
// does not allocate.
var commonTypes = func() map[string]Type {
	m := make(map[string]Type)
	for _, t := range []Type{
		"()", "as", "ay", "aay", "a{sv}", "{sv}", "av", "au", "at", "ai", "ax",
		"ms", "(ayay)", "a(ayay)", "(uuu)", "a(uuu)", "(uuua(ayay))",
		"(uuuusa(ayay))", "(tuuuusa(ayay))", "(say)", "a(say)", "(sayay)",
		"a(sayay)", "(a(say)a(sayay))", "(a{sv}aya(say)sstayay)",
		"(taya{sv})", "(s(taya{sv}))", "a(s(taya{sv}))", "(a(s(taya{sv}))a{sv})",
		"(uayttay)", "a(uayttay)", "(yaytt)", "a(yaytt)", "(yay)",
		"(a(uuu)aa(ayay)ayay)", "aa(ayay)", "(ss)", "a(ss)", "a{ss}", "{ss}",
		"(a{sv}tayay(a{sv}aya(say)sstayay)aya(uayttay)a(yaytt))",
	} {
		m[string(t)] = t
	}
	return m
}()

// internType returns b as a Type, without allocating for the common ones.
func internType(b []byte) Type {
	if len(b) == 1 {
		if i := strings.IndexByte(basicChars+"v", b[0]); i >= 0 {
			return Type((basicChars + "v")[i : i+1])
		}
	}
	if t, ok := commonTypes[string(b)]; ok {
		return t
	}
	return Type(b)
}

func padTo(n, align int) int { return (n + align - 1) &^ (align - 1) }
