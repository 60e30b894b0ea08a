package debrpm

import (
	"fmt"
	"strings"
)

// Control holds the fields of a control file by their names in lower case. The lines of
// a field are joined by newlines, without the blank that continues them.
type Control map[string]string

// ParseControl reads the first paragraph of a control file.
func ParseControl(text string) (Control, error) {
	c := Control{}
	var name string
	var value []string
	flush := func() {
		if name != "" {
			c[name] = strings.Join(value, "\n")
		}
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \t\r\n")
		if line == "" {
			if name != "" {
				break
			}
			continue
		}
		if line[0] == ' ' || line[0] == '\t' {
			if name == "" {
				return nil, fmt.Errorf("%w: control file begins with a continuation", ErrFormat)
			}
			value = append(value, line[1:])
			continue
		}
		field, rest, ok := strings.Cut(line, ":")
		if !ok || field == "" {
			return nil, fmt.Errorf("%w: control file has the line %.100q", ErrFormat, line)
		}
		flush()
		name, value = strings.ToLower(field), []string{strings.TrimSpace(rest)}
		if _, twice := c[name]; twice {
			return nil, fmt.Errorf("%w: control file has two fields %.100q", ErrFormat, field)
		}
	}
	flush()
	return c, nil
}

// description splits the field Description: the first line is a synopsis, a line with a dot is an empty one.
func (c Control) description() (summary, text string) {
	summary, rest, _ := strings.Cut(c["description"], "\n")
	lines := strings.Split(rest, "\n")
	for i, l := range lines {
		if strings.TrimSpace(l) == "." {
			lines[i] = ""
		}
	}
	return summary, strings.Join(lines, "\n")
}
