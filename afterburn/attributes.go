package afterburn

import (
	"fmt"
	"log/slog"
	"strings"
	"unicode"

	"github.com/nestos-dev/nestos/afterburn/internal/outfile"
)

// DefaultPrefix begins the names of attributes in a file.
const DefaultPrefix = "AFTERBURN_"

// AppendEnv appends the attributes as lines of a file for systemd's EnvironmentFile=, sorted by name:
//
//	AFTERBURN_AWS_REGION=eu-west-1
//
// Values are written as they are, not quoted, since programs other than systemd read these files. No value can become
// a variable of its own, or swallow the next one:
//
//   - it ends before the first control character other than a tab, a newline above all;
//   - an empty line follows a value that ends in a backslash;
//   - a quote at the beginning that systemd would look for the end of, beyond the line, gets a backslash.
//
// An empty prefix means [DefaultPrefix].
func (a Attributes) AppendEnv(b []byte, prefix string) []byte {
	if prefix == "" {
		prefix = DefaultPrefix
	}
	for _, x := range a.sorted() {
		b = append(b, prefix...)
		b = append(b, x.Name...)
		b = append(b, '=')
		b = appendValue(b, oneLine(x.Value))
		b = append(b, '\n')
	}
	return b
}

// appendValue appends a value such that systemd's reader is done with it at the end of the line.
func appendValue(b []byte, value string) []byte {
	if s := readEnv(value); s == inSingle || s == inDouble {
		value = `\` + value
	}
	b = append(b, value...)
	if readEnv(value) == escaped {
		b = append(b, '\n')
	}
	return b
}

// envState is where systemd's reader of environment files is after some part of a value.
type envState int

const (
	before   envState = iota // blanks, or the end of a quoted part
	plain                    // quotes mean nothing from here on
	escaped                  // after a backslash
	inSingle                 // in single quotes
	inDouble                 // in double quotes
)

// readEnv returns the state at the end of a value.
func readEnv(value string) envState {
	s := before
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case s == inSingle && c == '\'', s == inDouble && c == '"':
			s = before
		case s == inDouble && c == '\\':
			i++
		case s == inSingle || s == inDouble:
		case s == escaped:
			s = plain
		case c == '\\':
			s = escaped
		case s == before && c == '\'':
			s = inSingle
		case s == before && c == '"':
			s = inDouble
		case s == before && (c == ' ' || c == '\t'):
		default:
			s = plain
		}
	}
	return s
}

// oneLine returns what is before the first control character.
func oneLine(value string) string {
	if i := strings.IndexFunc(value, isControl); i >= 0 {
		return value[:i]
	}
	return value
}

// isControl reports characters that do not belong into a line. A tab does.
func isControl(r rune) bool { return r != '\t' && unicode.IsControl(r) }

// writeAttributes writes a file of attributes.
func writeAttributes(path string, a Attributes, prefix string, log *slog.Logger) error {
	for _, x := range a.sorted() {
		if v := oneLine(x.Value); v != strings.TrimRight(x.Value, "\r\n") {
			log.Warn(fmt.Sprintf("attribute %s has control characters, it is cut to %q", x.Name, v))
		}
	}
	return outfile.Write(path, a.AppendEnv(nil, prefix), umasked(0o666))
}
