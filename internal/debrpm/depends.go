package debrpm

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// relation is one alternative of a dependency: name[:arch] [(op version)].
var relation = regexp.MustCompile(`^([a-zA-Z0-9][a-zA-Z0-9+.-]*)(?::[a-z0-9-]+)?\s*(?:\(\s*(<<|<=|=|>=|>>|<|>)\s*([A-Za-z0-9.+:~-]+)\s*\))?$`)

// operators maps Debian's; "<" and ">" are old names of "<=" and ">=".
var operators = map[string]string{"<<": "<", "<=": "<=", "=": "=", ">=": ">=", ">>": ">", "<": "<=", ">": ">="}

// Dependencies maps the value of a field such as Depends to dependencies as in a spec
// file. Equal ones are left out.
func Dependencies(field string) ([]string, error) {
	var deps []string
	for clause := range strings.SplitSeq(field, ",") {
		clause = strings.TrimSpace(clause)
		if clause == "" {
			continue
		}
		dep, err := clauseDep(clause)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(deps, dep) {
			deps = append(deps, dep)
		}
	}
	return deps, nil
}

func clauseDep(clause string) (string, error) {
	var alternatives []string
	for text := range strings.SplitSeq(clause, "|") {
		m := relation.FindStringSubmatch(strings.TrimSpace(text))
		if m == nil {
			return "", fmt.Errorf("%w: dependency %.100q", ErrFormat, text)
		}
		dep := m[1]
		if m[2] != "" {
			op := operators[m[2]]
			version, hasRelease := evrText(m[3])
			if op == ">" && !hasRelease {
				op = ">="
			}
			dep += " " + op + " " + version
		}
		if !slices.Contains(alternatives, dep) {
			alternatives = append(alternatives, dep)
		}
	}
	if len(alternatives) == 1 {
		return alternatives[0], nil
	}
	return "(" + strings.Join(alternatives, " or ") + ")", nil
}
