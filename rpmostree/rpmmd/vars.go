package rpmmd

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"strings"
)

// Vars are the variables of repository configurations, by name without "$".
type Vars map[string]string

// VarsDirs are the directories that dnf reads variables from; the later ones win.
func VarsDirs() []string { return []string{"/etc/yum/vars", "/etc/dnf/vars"} }

// LoadVars reads variables from directories below fsys, [VarsDirs] when there is none named: a
// file is a variable, its first line the value. Directories that do not exist are passed over.
func LoadVars(fsys fs.FS, dirs ...string) (Vars, error) {
	if len(dirs) == 0 {
		dirs = VarsDirs()
	}
	vars := Vars{}
	for _, dir := range dirs {
		files, err := readConfigDir(fsys, dir, "")
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			line, _, _ := strings.Cut(string(f.data), "\n")
			vars[path.Base(f.name)] = strings.TrimRight(line, "\r")
		}
	}
	return vars, nil
}

// Clone returns a copy.
func (v Vars) Clone() Vars { return maps.Clone(v) }

const (
	maxNesting  = 32
	maxExpanded = 1 << 20
)

// Expand replaces $name and ${name}, ${name:-word} (word when the variable is unset or empty)
// and ${name:+word} (word when it is neither, else nothing). Names are made of letters, digits
// and "_". What refers to unknown variables, or is malformed, stays as it is; a backslash takes
// the meaning of the next character away. It is an error when the result exceeds a megabyte.
//
// Without being set, releasever_major and releasever_minor are the parts of releasever before
// and after its first dot.
func (v Vars) Expand(s string) (string, error) {
	if !strings.ContainsAny(s, `$\`) {
		return s, nil
	}
	e := &expander{vars: v}
	if rest := e.expand(s, 0); e.out.Len()+len(rest) > maxExpanded {
		return "", fmt.Errorf("value of more than %d bytes", maxExpanded)
	}
	return e.out.String(), nil
}

func (v Vars) lookup(name string) (value string, known bool) {
	value, known = v[name]
	if known || name != "releasever_major" && name != "releasever_minor" {
		return value, known
	}
	release, known := v["releasever"]
	major, minor, _ := strings.Cut(release, ".")
	if name == "releasever_major" {
		return major, known
	}
	return minor, known
}

type expander struct {
	vars Vars
	out  strings.Builder
}

// expand writes s up to the end or, inside of a word (depth > 0), to its closing brace, and
// returns the rest from there on.
func (e *expander) expand(s string, depth int) (rest string) {
	for len(s) > 0 && e.out.Len() <= maxExpanded {
		switch {
		case s[0] == '}' && depth > 0:
			return s
		case s[0] == '\\' && len(s) > 1:
			e.out.WriteByte(s[1])
			s = s[2:]
		case s[0] == '$':
			s = e.variable(s, depth)
		default:
			n := strings.IndexAny(s[1:], `$\}`) + 1
			if n == 0 {
				n = len(s)
			}
			e.out.WriteString(s[:n])
			s = s[n:]
		}
	}
	return ""
}

// variable replaces the one that s begins with.
func (e *expander) variable(s string, depth int) (rest string) {
	body, braced := strings.CutPrefix(s[1:], "{")
	n := 0
	for n < len(body) && isNameByte(body[n]) {
		n++
	}
	value, known := e.vars.lookup(body[:n])
	rest = body[n:]
	switch {
	case !braced:
		if !known {
			value = s[:1+n]
		}
		e.out.WriteString(value)
		return rest
	case strings.HasPrefix(rest, "}"):
		if !known {
			value = s[:n+3]
		}
		e.out.WriteString(value)
		return rest[1:]
	case strings.HasPrefix(rest, ":-"), strings.HasPrefix(rest, ":+"):
		return e.conditional(s, rest[1] == '-', value, rest[2:], depth)
	}
	e.out.WriteString(s[:n+2])
	return rest
}

// conditional replaces the expression that s begins with, of which word and what follows is the
// tail.
func (e *expander) conditional(s string, byDefault bool, value, tail string, depth int) (rest string) {
	word := &expander{vars: e.vars}
	after := ""
	if depth < maxNesting {
		after = word.expand(tail, depth+1)
	}
	if after == "" { // never closed: nothing of it is replaced
		e.out.WriteString(s)
		return ""
	}
	switch {
	case byDefault != (value != ""):
		e.out.WriteString(word.out.String())
	case byDefault:
		e.out.WriteString(value)
	}
	return after[1:]
}

func isNameByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
