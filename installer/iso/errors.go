package iso

import (
	"errors"
	"fmt"
	"io"

	"github.com/nestos-dev/nestos/internal/errno"
)

// Errors that callers may want to tell from others. The texts of those that name a product
// or a program are made by the functions that return them.
var (
	// ErrNoIgnition reports an image without embedded Ignition config.
	ErrNoIgnition = errors.New("No embedded Ignition config.")
	// ErrInterrupted reports an image that was being changed in place when the program was
	// killed. [Image.Reset] repairs it.
	ErrInterrupted = errors.New("an earlier change of this ISO image was interrupted")
)

// FormatError reports something that is no ISO image, or a damaged one. Err tells why.
type FormatError struct{ Err error }

// Error returns the reason after "parsing ISO9660 image: ".
func (e *FormatError) Error() string { return "parsing ISO9660 image: " + e.Err.Error() }

// Unwrap returns the reason.
func (e *FormatError) Unwrap() error { return e.Err }

var errReadOnly = errors.New("image is not open for writing")

// at wraps an error of the system with what was tried, without the operation and path that
// Go puts before it.
func at(err error, format string, args ...any) error {
	return fmt.Errorf(format+": %w", append(args, errno.Bare(err))...)
}

// shortError is the end of the image within something.
type shortError struct{}

func (shortError) Error() string        { return "failed to fill whole buffer" }
func (shortError) Is(target error) bool { return target == io.ErrUnexpectedEOF }

// readArea reads length bytes of an image.
func readArea(r io.ReaderAt, offset int64, length int) ([]byte, error) {
	data := make([]byte, length)
	n, err := r.ReadAt(data, offset)
	switch {
	case n == length:
		return data, nil
	case err == nil, errors.Is(err, io.EOF):
		err = shortError{}
	}
	return nil, at(err, "reading %d bytes at %d", length, offset)
}
