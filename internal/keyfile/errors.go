package keyfile

import (
	"errors"
	"fmt"
	"strings"
)

// ErrKeyNotFound is matched by errors about a key that its group does not have.
var ErrKeyNotFound = errors.New("key not found")

// ErrGroupNotFound is matched by errors about a group that the file does not have.
var ErrGroupNotFound = errors.New("group not found")

// NotFoundError reports a missing group, or a key missing in a group that is
// there. It matches [ErrGroupNotFound] or [ErrKeyNotFound] accordingly.
type NotFoundError struct {
	Group string
	Key   string // empty if the group is missing
}

func (e *NotFoundError) Error() string {
	if e.Key == "" {
		return fmt.Sprintf("Key file does not have group “%s”", e.Group)
	}
	return fmt.Sprintf("Key file does not have key “%s” in group “%s”", e.Key, e.Group)
}

// Is tells whether target is the sentinel of the condition.
func (e *NotFoundError) Is(target error) bool {
	if e.Key == "" {
		return target == ErrGroupNotFound
	}
	return target == ErrKeyNotFound
}

// ParseError reports text that is not a key file.
type ParseError struct {
	Line int    // counted from 1
	Text string // GLib's message, without the line number
}

func (e *ParseError) Error() string { return e.Text }

// ValueError reports a value that is not of the wanted type.
type ValueError struct {
	Group, Key, Value string

	text  string
	cause error
}

func (e *ValueError) Error() string { return e.text }

// Unwrap returns what is wrong with the value, such as the error of [ParseBool].
func (e *ValueError) Unwrap() error { return e.cause }

// maxQuoted bounds the bytes of a file that an error message repeats.
const maxQuoted = 1 << 10

// quotable makes s fit for an error message: valid UTF-8 of limited length.
func quotable(s string) string {
	if len(s) > maxQuoted {
		s = s[:maxQuoted] + "…"
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// message is an error whose text is GLib's.
type message string

func (m message) Error() string { return string(m) }
