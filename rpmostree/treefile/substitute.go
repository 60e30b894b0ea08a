package treefile

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// maxSubstituted limits what a text can grow to, in bytes.
const maxSubstituted = 1 << 20

// substitute replaces ${name} in the texts in which variables count.
func substitute(c *Config) error {
	vars := c.Variables
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		if err := firstError(plainText(name, "name"), plainText(vars[name].text, "value")); err != nil {
			return err
		}
	}
	texts := []*string{c.Ref, c.AutomaticVersionPrefix, c.MutateOSRelease, c.PlatformModule}
	if c.Rojig != nil {
		texts = append(texts, &c.Rojig.Name, &c.Rojig.Summary, c.Rojig.Description)
	}
	for _, p := range texts {
		if p == nil {
			continue
		}
		var err error
		if *p, err = expand(*p, vars); err != nil {
			return err
		}
	}
	return firstError(expandMap(c.Metadata, vars), expandMap(c.AddCommitMetadata, vars))
}

// plainText refuses what would be taken for another variable.
func plainText(s, what string) error {
	if i := strings.IndexAny(s, "${}"); i >= 0 {
		return fmt.Errorf("variable %s '%s' contains forbidden character '%c'", what, clip(s), s[i])
	}
	return nil
}

// expandMap replaces variables in the texts at the top of a map.
func expandMap(m map[string]any, vars map[string]Value) error {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		s, ok := m[k].(string)
		if !ok {
			continue
		}
		s, err := expand(s, vars)
		if err != nil {
			return fmt.Errorf("%s: %w", clip(k), err)
		}
		m[k] = s
	}
	return nil
}

// expand replaces variables that exist; others stay as they are.
func expand(s string, vars map[string]Value) (string, error) {
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(s, "${")
		b.WriteString(before)
		if !ok {
			return b.String(), nil
		}
		// A name has no "${" in it, so that "${${x}" is "${" and a variable.
		end := strings.IndexAny(after, "$}")
		v, known := Value{}, false
		if end >= 0 && after[end] == '}' {
			v, known = vars[after[:end]]
		}
		if known {
			b.WriteString(v.text)
			s = after[end+1:]
		} else {
			b.WriteString("${")
			s = after
		}
		if b.Len() > maxSubstituted {
			return "", fmt.Errorf("text with variables is longer than %d bytes", maxSubstituted)
		}
	}
}
