package iso9660

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// ErrIncomplete reports an image that is shorter than its file system.
var ErrIncomplete = errors.New("ISO image is incomplete")

// NotFoundError reports a path that does not exist. errors.Is finds it as [fs.ErrNotExist].
type NotFoundError struct{ reason string }

// Error tells which part of the path is missing.
func (e *NotFoundError) Error() string { return e.reason }

// Is makes the error one of [fs.ErrNotExist].
func (e *NotFoundError) Is(target error) bool { return target == fs.ErrNotExist }

func notFound(format string, args ...any) error {
	return &NotFoundError{reason: fmt.Sprintf(format, args...)}
}

// errShort is the end of the image within something; worded as the programs do that users
// and scripts know.
var errShort error = shortError{}

type shortError struct{}

func (shortError) Error() string        { return "failed to fill whole buffer" }
func (shortError) Is(target error) bool { return target == io.ErrUnexpectedEOF }

// readFull fills b from offset on.
func readFull(r io.ReaderAt, b []byte, offset int64) error {
	n, err := r.ReadAt(b, offset)
	switch {
	case n == len(b):
		return nil
	case err == nil, errors.Is(err, io.EOF):
		return errShort
	}
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}

// quoteBytes writes foreign bytes so that a terminal can show them.
func quoteBytes(b []byte) string {
	var s strings.Builder
	s.WriteString(`b"`)
	for _, c := range b {
		switch {
		case c == '"' || c == '\\':
			s.WriteByte('\\')
			s.WriteByte(c)
		case c == 0:
			s.WriteString(`\0`)
		case c == '\n':
			s.WriteString(`\n`)
		case c == '\r':
			s.WriteString(`\r`)
		case c == '\t':
			s.WriteString(`\t`)
		case c < ' ' || c > '~':
			fmt.Fprintf(&s, `\x%02x`, c)
		default:
			s.WriteByte(c)
		}
	}
	s.WriteByte('"')
	return s.String()
}
