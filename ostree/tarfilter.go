package ostree

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dlclark/regexp2"
)

// ParsePathFilter makes a [TarOptions.PathFilter] of "REGEX,REPLACEMENT": every match of the
// Perl-style regular expression is replaced; \0 to \9 and \g<N> in the replacement are the groups.
func ParsePathFilter(s string) (func(string) string, error) {
	pattern, replacement, ok := strings.Cut(s, ",")
	if !ok {
		return nil, fmt.Errorf("Bad tar-pathname-filter '%s': no comma", s)
	}
	re, err := regexp2.Compile(pattern, regexp2.None)
	if err != nil {
		return nil, fmt.Errorf("--tar-pathname-filter: %w", err)
	}
	re.MatchTimeout = 10 * time.Second
	parts, err := parseReplacement(replacement)
	if err != nil {
		return nil, fmt.Errorf("--tar-pathname-filter: %w", err)
	}
	return func(path string) string {
		out, err := re.ReplaceFunc(path, func(m regexp2.Match) string { return expand(parts, &m) }, -1, -1)
		if err != nil {
			return path
		}
		return out
	}, nil
}

// replacementPart is literal text, or a group when text is empty and group is not negative.
type replacementPart struct {
	text  string
	group int
}

func parseReplacement(s string) ([]replacementPart, error) {
	var parts []replacementPart
	literal := func(t string) { parts = append(parts, replacementPart{t, -1}) }
	for s != "" {
		i := strings.IndexByte(s, '\\')
		if i < 0 {
			literal(s)
			break
		}
		if i > 0 {
			literal(s[:i])
		}
		s = s[i+1:]
		if s == "" {
			return nil, errors.New("stray \\ at the end of the replacement")
		}
		c := s[0]
		s = s[1:]
		switch {
		case c >= '0' && c <= '9':
			parts = append(parts, replacementPart{"", int(c - '0')})
		case c == 'g' && len(s) >= 3 && s[0] == '<' && s[1] >= '0' && s[1] <= '9' && s[2] == '>':
			parts = append(parts, replacementPart{"", int(s[1] - '0')})
			s = s[3:]
		case c == 'n':
			literal("\n")
		case c == 't':
			literal("\t")
		case c == '\\':
			literal("\\")
		default:
			return nil, fmt.Errorf("unknown escape sequence \\%c in the replacement", c)
		}
	}
	return parts, nil
}

func expand(parts []replacementPart, m *regexp2.Match) string {
	var b strings.Builder
	for _, p := range parts {
		if p.group < 0 {
			b.WriteString(p.text)
		} else if g := m.GroupByNumber(p.group); g != nil {
			b.WriteString(g.String())
		}
	}
	return b.String()
}
