package treefile

import (
	"fmt"
	"strings"
)

// maxKickstarts limits how many kickstart files may include each other.
const maxKickstarts = 256

// ksPackages is a %packages section.
type ksPackages struct {
	excludeWeakdeps   bool
	install, excludes []string
}

// kickstart is the part of a kickstart file that is understood.
type kickstart struct {
	includes []string
	packages []ksPackages
}

func parseKickstart(text string) (*kickstart, error) {
	var lines []string
	for line := range strings.Lines(text) {
		if trimmed := strings.TrimSpace(line); trimmed != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, trimmed)
		}
	}
	k := &kickstart{}
	for len(lines) > 0 {
		words, err := shellWords(lines[0])
		lines = lines[1:]
		switch {
		case err != nil:
			return nil, err
		case words[0] == "%packages":
			var p ksPackages
			if p, lines, err = packagesSection(words[1:], lines); err != nil {
				return nil, err
			}
			k.packages = append(k.packages, p)
		case words[0] == "%include" && len(words) < 2:
			return nil, fmt.Errorf("Missing path for %%include")
		case words[0] == "%include" && len(words) > 2:
			return nil, fmt.Errorf("Too many arguments for %%include")
		case words[0] == "%include":
			k.includes = append(k.includes, words[1])
		default:
			return nil, fmt.Errorf("Unhandled verb: %s", clip(words[0]))
		}
	}
	return k, nil
}

// packagesSection reads the lines up to %end and returns those after it.
func packagesSection(args, lines []string) (p ksPackages, rest []string, err error) {
	for _, a := range args {
		if a != "--exclude-weakdeps" {
			return p, nil, fmt.Errorf("%%packages: unexpected argument '%s' found", clip(a))
		}
		p.excludeWeakdeps = true
	}
	for i, line := range lines {
		if line == "%end" {
			return p, lines[i+1:], nil
		}
		if name, ok := strings.CutPrefix(line, "-"); ok {
			p.excludes = append(p.excludes, name)
		} else {
			p.install = append(p.install, line)
		}
	}
	return p, nil, fmt.Errorf("Missing %%end for %%packages")
}

// shellWords splits a line that has a word at least, as a shell does; "#" at the beginning of a word
// begins a comment.
func shellWords(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	inWord := false
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case c == ' ' || c == '\t':
			if inWord {
				words = append(words, word.String())
				word.Reset()
			}
			inWord = false
			continue
		case c == '#' && !inWord && len(words) > 0:
			return words, nil
		case c == '\'' || c == '"':
			end := closingQuote(line[i+1:], c)
			if end < 0 {
				return nil, fmt.Errorf("Invalid syntax: %s", clip(line))
			}
			word.WriteString(unquote(line[i+1:i+1+end], c))
			i += end + 1
		case c == '\\':
			if i++; i == len(line) {
				return nil, fmt.Errorf("Invalid syntax: %s", clip(line))
			}
			word.WriteByte(line[i])
		default:
			word.WriteByte(c)
		}
		inWord = true
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}

// closingQuote returns where a quoted text ends.
func closingQuote(s string, quote byte) int {
	for i := 0; i < len(s); i++ {
		if s[i] == quote {
			return i
		}
		if s[i] == '\\' && quote == '"' {
			i++
		}
	}
	return -1
}

// unquote removes the escapes that count between double quotes.
func unquote(s string, quote byte) string {
	if quote == '\'' {
		return s
	}
	return strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\$`, `$`, "\\`", "`").Replace(s)
}

// loadKickstart reads a kickstart file with those that it includes. Names are relative to the directory
// of the first one.
func (l *loader) loadKickstart(name string, data []byte) (*Config, error) {
	c := &Config{Packages: Set{}}
	c.ExcludePackages = []string{}
	count := 0
	var read func(data []byte) error
	read = func(data []byte) error {
		if count++; count > maxKickstarts {
			return fmt.Errorf("more than %d kickstart files", maxKickstarts)
		}
		k, err := parseKickstart(string(data))
		if err != nil {
			return err
		}
		var install []string
		for _, p := range k.packages {
			install = append(install, p.install...)
			c.ExcludePackages = append(c.ExcludePackages, p.excludes...)
			if p.excludeWeakdeps {
				c.Recommends = new(bool)
			}
		}
		c.Packages = c.Packages.With(install...)
		for _, inc := range k.includes {
			inc = resolve(name, inc)
			data, again, err := l.readOnce(inc)
			if err != nil {
				return err
			}
			if again {
				return fmt.Errorf("Recursive include: %s", l.display(inc))
			}
			if err := read(data); err != nil {
				return err
			}
		}
		return nil
	}
	return c, read(data)
}
