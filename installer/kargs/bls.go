package kargs

import (
	"errors"
	"strings"
	"unicode"
)

// EditBLS edits the line "options" of an entry for the boot loader. There must be exactly
// one. The other lines keep their text, without the white space at their ends, and every
// line gets a line feed.
func EditBLS(conf []byte, edit func(options string) (string, error)) ([]byte, error) {
	const key = "options "
	var out strings.Builder
	out.Grow(len(conf) + 64)
	found := false
	for line := range strings.Lines(string(conf)) {
		options, ok := strings.CutPrefix(line, key)
		if !ok {
			out.WriteString(strings.TrimRightFunc(line, unicode.IsSpace) + "\n")
			continue
		}
		if found {
			return nil, errors.New("Multiple 'options' lines found")
		}
		found = true
		edited, err := edit(trim(options))
		if err != nil {
			return nil, err
		}
		out.WriteString(key + edited + "\n")
	}
	if !found {
		return nil, errors.New("Couldn't locate 'options' line")
	}
	return []byte(out.String()), nil
}
