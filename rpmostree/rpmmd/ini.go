package rpmmd

import (
	"fmt"
	"strings"
)

type iniSection struct {
	name   string
	values []iniValue
}

type iniValue struct{ key, value string }

// parseINI reads the dialect of dnf's configuration: "#" and ";" begin comment lines, and a
// line that begins with white space continues the value before it, joined by a newline.
func parseINI(data []byte) ([]iniSection, error) {
	var sections []iniSection
	var last *iniValue
	for i, line := range strings.Split(strings.TrimPrefix(string(data), "\ufeff"), "\n") {
		line = strings.TrimRight(line, " \t\r\v\f")
		switch {
		case line == "":
			continue
		case line[0] == '#' || line[0] == ';':
			continue
		case line[0] == ' ' || line[0] == '\t':
			if text := strings.TrimLeft(line, " \t"); last != nil && text[0] != '#' && text[0] != ';' {
				last.value += "\n" + text
			}
		case line[0] == '[':
			end := strings.IndexByte(line, ']')
			if end < 0 {
				return nil, fmt.Errorf("line %d: missing ']'", i+1)
			}
			sections, last = append(sections, iniSection{name: strings.TrimSpace(line[1:end])}), nil
		default:
			key, value, ok := strings.Cut(line, "=")
			key = strings.TrimSpace(key)
			if !ok || key == "" {
				return nil, fmt.Errorf("line %d: missing '='", i+1)
			}
			if len(sections) == 0 {
				return nil, fmt.Errorf("line %d: missing section header", i+1)
			}
			sec := &sections[len(sections)-1]
			sec.values = append(sec.values, iniValue{key, strings.TrimLeft(value, " \t")})
			last = &sec.values[len(sec.values)-1]
		}
	}
	return sections, nil
}

// splitList splits a list at blanks, commas and newlines.
func splitList(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" ,\t\n\r", r) })
}
