package selinux

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"time"

	"github.com/dlclark/regexp2"
)

// matchTimeout bounds the time that a backtracking match may take.
const matchTimeout = time.Second

// maxBacktracking is the length in bytes of the longest expression that is
// given to the backtracking engine.
const maxBacktracking = 4096

// engine runs an expression over a whole path given as [text.latin1].
type engine interface {
	match(path string) (bool, error)
}

// compile returns an engine for a pattern.
func compile(pattern string) (engine, error) {
	// The pattern must be valid alone: "a)(b" would be in parentheses.
	_, err := syntax.Parse(pattern, syntaxFlags)
	if err == nil {
		var re *regexp.Regexp
		if re, err = regexp.Compile(`(?s)\A(?:` + pattern + `)\z`); err == nil {
			return linear{re}, nil
		}
	}
	if len(pattern) > maxBacktracking {
		return nil, fmt.Errorf("file context expression of %d bytes: %w", len(pattern), err)
	}
	const options = regexp2.RE2 | regexp2.Singleline
	if _, err := regexp2.Compile(pattern, options); err != nil {
		return nil, fmt.Errorf("file context expression %q: not supported: %w", pattern, err)
	}
	re, err := regexp2.Compile(`\A(?:`+pattern+`)\z`, options)
	if err != nil {
		return nil, fmt.Errorf("file context expression %q: not supported: %w", pattern, err)
	}
	re.MatchTimeout = matchTimeout
	return backtracking{re}, nil
}

type linear struct{ re *regexp.Regexp }

func (e linear) match(path string) (bool, error) { return e.re.MatchString(path), nil }

type backtracking struct{ re *regexp2.Regexp }

func (e backtracking) match(path string) (bool, error) {
	ok, err := e.re.MatchString(path)
	if err != nil {
		return false, fmt.Errorf("matching a file context expression: %w", err)
	}
	return ok, nil
}

// text is a path on its way through several expressions.
type text struct {
	raw   string
	runes string // raw with a code point for each byte, made when needed
}

// latin1 returns the path in a form in which one code point is one byte, since
// engines see code points and the expressions are meant for bytes.
func (t *text) latin1() string {
	if t.runes != "" {
		return t.runes
	}
	t.runes = t.raw
	if strings.IndexFunc(t.raw, func(r rune) bool { return r >= 0x80 }) >= 0 {
		runes := make([]rune, len(t.raw))
		for i := range len(t.raw) {
			runes[i] = rune(t.raw[i])
		}
		t.runes = string(runes)
	}
	return t.runes
}
