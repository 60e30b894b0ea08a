package kargs

import (
	"iter"
	"slices"
	"strings"
)

// Arg is one kernel argument.
type Arg struct {
	// Key is the text before the first '='. It is empty for the empty word
	// between two blanks and for a word that starts with '='.
	Key string
	// Value is the text after the first '=', with its quotes.
	Value string
	// HasValue tells "key=" (true, with an empty Value) from "key" (false).
	HasValue bool
}

// ParseArg splits one word, or any text, at its first '='.
func ParseArg(word string) Arg {
	key, value, found := strings.Cut(word, "=")
	return Arg{Key: key, Value: value, HasValue: found}
}

// String returns the argument as it stands in a command line.
func (a Arg) String() string {
	if !a.HasValue {
		return a.Key
	}
	return a.Key + "=" + a.Value
}

// Split cuts a command line into its words at the blanks outside of double
// quotes. A line of blanks has no words.
func Split(line string) []string {
	line = strings.TrimLeft(line, " ")
	if line == "" {
		return nil
	}
	var words []string
	start, quoted := 0, false
	for i := range len(line) {
		switch {
		case line[i] == '"':
			quoted = !quoted
		case line[i] == ' ' && !quoted:
			words = append(words, line[start:i])
			start = i + 1
		}
	}
	return append(words, line[start:])
}

// Args is an ordered list of kernel arguments. The zero value is an empty one.
type Args struct {
	list []Arg
}

// Parse reads a command line. Every text is one.
func Parse(line string) *Args {
	a := &Args{}
	a.Append(line)
	return a
}

// Of makes a list of words that are taken as they are, without splitting them:
// what [Args.Words] returned.
func Of(words ...string) *Args {
	a := &Args{list: make([]Arg, len(words))}
	for i, w := range words {
		a.list[i] = ParseArg(w)
	}
	return a
}

// Clone returns an independent copy.
func (a *Args) Clone() *Args { return &Args{list: slices.Clone(a.list)} }

// Len returns the number of arguments, repeated ones counted.
func (a *Args) Len() int { return len(a.list) }

// All iterates over the arguments in order.
func (a *Args) All() iter.Seq[Arg] { return slices.Values(a.list) }

// Words returns the arguments as strings, in order.
func (a *Args) Words() []string {
	words := make([]string, len(a.list))
	for i, arg := range a.list {
		words[i] = arg.String()
	}
	return words
}

// String returns the command line: the arguments joined by single blanks.
func (a *Args) String() string { return strings.Join(a.Words(), " ") }

// Equal tells whether both lists have the same arguments in the same order.
func (a *Args) Equal(b *Args) bool { return slices.Equal(a.list, b.list) }

// Has tells whether key stands in the list, with or without a value.
func (a *Args) Has(key string) bool { return a.index(key) >= 0 }

// Lookup returns all arguments with the key, in order.
func (a *Args) Lookup(key string) []Arg {
	var found []Arg
	for _, arg := range a.list {
		if arg.Key == key {
			found = append(found, arg)
		}
	}
	return found
}

// Last returns the last argument with the key, which is the one that counts
// for most readers of a command line.
func (a *Args) Last(key string) (arg Arg, ok bool) {
	for _, arg := range slices.Backward(a.list) {
		if arg.Key == key {
			return arg, true
		}
	}
	return Arg{}, false
}

// Contains tells whether the key of every word of arg stands in the list; the
// values do not matter. See [Args.ContainsExact].
func (a *Args) Contains(arg string) bool {
	for _, w := range wordsOf(arg) {
		if !a.Has(ParseArg(w).Key) {
			return false
		}
	}
	return true
}

// ContainsExact tells whether every word of arg stands in the list as it is.
func (a *Args) ContainsExact(arg string) bool {
	for _, w := range wordsOf(arg) {
		if !slices.Contains(a.list, ParseArg(w)) {
			return false
		}
	}
	return true
}

// Without returns a copy that lacks all arguments with the key.
func (a *Args) Without(key string) *Args {
	rest := a.Clone()
	rest.list = slices.DeleteFunc(rest.list, func(arg Arg) bool { return arg.Key == key })
	return rest
}

// BootTarget returns the value of the first "ostree=" in a command line, the
// path of the deployment to boot. Unlike everything else in this package it
// does not know quotes, as the program in the initramfs that follows the path
// does not: "ostree=" counts after every blank.
func BootTarget(line string) (path string, ok bool) {
	const key = "ostree="
	for word := range strings.SplitSeq(line, " ") {
		if path, ok := strings.CutPrefix(word, key); ok {
			return path, true
		}
	}
	return "", false
}

// index returns the place of the first argument with the key, or -1.
func (a *Args) index(key string) int {
	return slices.IndexFunc(a.list, func(arg Arg) bool { return arg.Key == key })
}

// wordsOf splits what the caller named, and takes an empty text for the empty
// word, so that asking for nothing does not succeed by accident.
func wordsOf(arg string) []string {
	if words := Split(arg); len(words) > 0 {
		return words
	}
	return []string{""}
}
