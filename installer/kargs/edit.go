package kargs

import (
	"errors"
	"strings"
)

// Edit says how kernel arguments change. The zero value changes nothing.
type Edit struct {
	// Append is added at the end, in order, even if it is there already.
	Append []string
	// AppendIfMissing is added at the end unless it is there.
	AppendIfMissing []string
	// Delete is removed, wherever it is.
	Delete []string
	// Replace holds texts KEY=OLD=NEW: every KEY=OLD becomes KEY=NEW. No part may be empty
	// or hold an equals sign.
	Replace []string
}

// Empty reports whether the edit asks for nothing.
func (e *Edit) Empty() bool {
	return len(e.Append)+len(e.AppendIfMissing)+len(e.Delete)+len(e.Replace) == 0
}

// Apply returns the edited text, without white space at its ends. Arguments are trimmed,
// and so is what they are looked for in.
func (e *Edit) Apply(text string) (string, error) {
	text = " " + trim(text) + " "
	for _, arg := range e.Delete {
		text = strings.ReplaceAll(text, padded(arg), " ")
	}
	for _, arg := range e.Append {
		text += trim(arg) + " "
	}
	for _, arg := range e.AppendIfMissing {
		if !strings.Contains(text, padded(arg)) {
			text += trim(arg) + " "
		}
	}
	for _, change := range e.Replace {
		parts := strings.Split(change, "=")
		if len(parts) != 3 || parts[0] == "" || parts[1] == "" || parts[2] == "" {
			return "", errors.New("Wrong input, format should be: KEY=OLD=NEW")
		}
		text = strings.ReplaceAll(text, " "+parts[0]+"="+parts[1]+" ", " "+parts[0]+"="+parts[2]+" ")
	}
	return trim(text), nil
}

func padded(arg string) string { return " " + trim(arg) + " " }

// trim removes white space in the sense of Unicode.
func trim(s string) string { return strings.TrimSpace(s) }
