package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ExpandURL replaces each ${name} in template by the variable of that name. Other ${…} stay as they are, and so does a
// text without "${" before a "}". A variable whose value contains "$", "{" or "}" is refused, used or not: the result
// would be ambiguous.
func ExpandURL(template string, vars map[string]string) (string, error) {
	open := strings.Index(template, "${")
	if open < 0 || !strings.Contains(template[open:], "}") {
		return template, nil
	}
	names := slices.Sorted(maps.Keys(vars))
	for _, name := range names {
		for _, c := range []string{"$", "{", "}"} {
			if strings.Contains(vars[name], c) {
				return "", fmt.Errorf("envsubst error: variable value '%s' contains forbidden character '%s'", vars[name], c)
			}
		}
	}
	var pairs []string
	for _, name := range names {
		pairs = append(pairs, "${"+name+"}", vars[name])
	}
	return strings.NewReplacer(pairs...).Replace(template), nil
}
