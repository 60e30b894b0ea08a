package config

import "fmt"

// Glob is a pattern for whole names, compiled by [CompileGlob]. It may be used by several
// goroutines at once.
type Glob struct {
	pattern string
	tokens  []globToken
}

type globToken struct {
	kind   globKind
	char   rune        // of globChar
	ranges []runeRange // of globClass
	negate bool        // of globClass
}

type globKind uint8

const (
	globChar  globKind = iota
	globAny            // one character
	globRun            // any run of characters
	globPath           // any run of whole components with their slashes
	globClass          // one of a set
)

type runeRange struct{ low, high rune }

// globError is a mistake in a pattern; position counts characters from 0.
type globError struct {
	position int
	problem  string
}

func (e *globError) Error() string {
	return fmt.Sprintf("Pattern syntax error near position %d: %s", e.position, e.problem)
}

const (
	globBadStars  = "wildcards are either regular `*` or recursive `**`"
	globBadPath   = "recursive wildcards must form a single path component"
	globBadClass  = "invalid range pattern"
	minClass      = 3 // "[x]"
	minNotInClass = 4 // "[!x]"
)

// CompileGlob reads a pattern of a shell's kind. "*" is any run of characters, also of
// slashes, "?" one character, "[abc]" and "[a-z]" one of a set, "[!a-z]" one that is not in
// it; "]" directly behind the opening bracket belongs to the set. "**" must be a whole
// component of a path, with a slash or nothing on both sides: it is any number of
// components. Nothing escapes; "[*]" is a star.
func CompileGlob(pattern string) (*Glob, error) {
	g := &Glob{pattern: pattern}
	for chars, i := []rune(pattern), 0; i < len(chars); {
		token, next, err := nextToken(chars, i)
		if err != nil {
			return nil, err
		}
		// Two runs one after the other are the same as one.
		if n := len(g.tokens); token.kind != globPath || n == 0 || g.tokens[n-1].kind != globPath {
			g.tokens = append(g.tokens, token)
		}
		i = next
	}
	return g, nil
}

// nextToken reads the token that begins at i and returns the position behind it.
func nextToken(chars []rune, i int) (globToken, int, error) {
	switch chars[i] {
	case '?':
		return globToken{kind: globAny}, i + 1, nil
	case '*':
		return starToken(chars, i)
	case '[':
		return classToken(chars, i)
	}
	return globToken{kind: globChar, char: chars[i]}, i + 1, nil
}

func starToken(chars []rune, i int) (globToken, int, error) {
	end := i
	for end < len(chars) && chars[end] == '*' {
		end++
	}
	switch {
	case end-i == 1:
		return globToken{kind: globRun}, end, nil
	case end-i > 2:
		return globToken{}, 0, &globError{i + 2, globBadStars}
	case i > 0 && chars[i-1] != '/':
		return globToken{}, 0, &globError{i - 1, globBadPath}
	case end == len(chars):
		return globToken{kind: globPath}, end, nil
	case chars[end] != '/':
		return globToken{}, 0, &globError{end, globBadPath}
	}
	return globToken{kind: globPath}, end + 1, nil // the slash belongs to the run
}

func classToken(chars []rune, i int) (globToken, int, error) {
	token := globToken{kind: globClass}
	first, shortest := i+1, minClass
	if first < len(chars) && chars[first] == '!' {
		token.negate = true
		first, shortest = i+2, minNotInClass
	}
	if i+shortest > len(chars) {
		return globToken{}, 0, &globError{i, globBadClass}
	}
	end := first + 1 // a bracket in the first place is a member
	for end < len(chars) && chars[end] != ']' {
		end++
	}
	if end == len(chars) {
		return globToken{}, 0, &globError{i, globBadClass}
	}
	for members := chars[first:end]; len(members) > 0; {
		if len(members) >= 3 && members[1] == '-' {
			token.ranges = append(token.ranges, runeRange{members[0], members[2]})
			members = members[3:]
			continue
		}
		token.ranges = append(token.ranges, runeRange{members[0], members[0]})
		members = members[1:]
	}
	return token, end + 1, nil
}

// String returns the pattern.
func (g *Glob) String() string { return g.pattern }

// Match reports whether the pattern fits the whole name. Case counts. The time is at most
// proportional to the product of the lengths.
func (g *Glob) Match(name string) bool {
	// at[i] is whether what was read so far may be followed by token i; the last place is
	// the end of the pattern.
	at, next := make([]bool, len(g.tokens)+1), make([]bool, len(g.tokens)+1)
	g.enter(at, 0)
	for _, c := range name {
		clear(next)
		alive := false
		for i := range g.tokens {
			if at[i] && g.step(next, i, c) {
				alive = true
			}
		}
		if !alive {
			return false
		}
		at, next = next, at
	}
	return at[len(g.tokens)]
}

// enter marks token i as next, and those behind it if it may be empty. (The syntax puts no
// more than two such tokens side by side.)
func (g *Glob) enter(at []bool, i int) {
	for at[i] = true; i < len(g.tokens); i++ {
		if kind := g.tokens[i].kind; kind != globRun && kind != globPath {
			return
		}
		at[i+1] = true
	}
}

// step gives the character to token i, marks what may come then in next, and reports
// whether the token took it.
func (g *Glob) step(next []bool, i int, c rune) bool {
	token := &g.tokens[i]
	switch {
	case token.kind == globRun, token.kind == globPath && c == '/':
		g.enter(next, i)
	case token.kind == globPath:
		next[i] = true // inside a component, which must be read to its end,
		if i == len(g.tokens)-1 {
			next[i+1] = true // or to that of the name
		}
	case token.matches(c):
		g.enter(next, i+1)
	default:
		return false
	}
	return true
}

func (t *globToken) matches(c rune) bool {
	switch t.kind {
	case globChar:
		return t.char == c
	case globAny:
		return true
	}
	for _, r := range t.ranges {
		if r.low <= c && c <= r.high {
			return !t.negate
		}
	}
	return t.negate
}
