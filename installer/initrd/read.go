package initrd

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/nestos-dev/nestos/internal/cpio"
	"github.com/nestos-dev/nestos/internal/decompress"
)

// MaxSize is how much [Read] keeps, in bytes: contents, paths and something for each file. Images that are customized
// have a few kilobytes of interest, and a whole initramfs seldom more than a hundred megabytes.
const MaxSize = 256 << 20

// ErrTooLarge reports an image from which more would have to be kept than is allowed.
var ErrTooLarge = errors.New("initrd has too much data")

// errGarbage has the text of coreos-installer.
var errGarbage = errors.New("found trailing garbage inside compressed archive")

// overhead is what a file costs besides its content and path.
const overhead = 128

const bufferSize = 64 << 10

// Walk calls f for every regular file of an image, in the order of the image. The same path may come several times: the last
// one counts. content is valid until f returns, and need not be read. Errors of f end the walk and are returned as they are.
func Walk(r io.Reader, f func(path string, size int64, content io.Reader) error) error {
	return walk(r, func(h *cpio.Header, content io.Reader) error { return f(h.Name, h.Size, content) }, nil)
}

// Read returns the files of an image for which want is true, all if want is nil. If they exceed [MaxSize] that is
// [ErrTooLarge].
func Read(r io.Reader, want func(path string) bool) (*Archive, error) {
	return ReadLimit(r, want, MaxSize)
}

// ReadLimit is [Read] with another limit, in bytes.
func ReadLimit(r io.Reader, want func(path string) bool, limit int64) (*Archive, error) {
	a := New()
	var held int64
	err := walkLinked(r, want, func(paths []string, size int64, content io.Reader) error {
		var buf bytes.Buffer
		for _, p := range paths {
			if old, ok := a.files[p]; ok {
				held -= int64(len(old)+len(p)) + overhead
			}
			// Contents of links are counted for each: it is simpler, and links are few.
			held += size + int64(len(p)) + overhead
		}
		if held > limit {
			return fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit)
		}
		// The size in the header is believed only as far as data come.
		buf.Grow(int(min(size, bufferSize)))
		if _, err := buf.ReadFrom(content); err != nil {
			return fmt.Errorf("reading CPIO entry contents: %w", err)
		}
		for _, p := range paths {
			a.files[p] = buf.Bytes()
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// List returns the sorted paths of the regular files in an image for which want is true, all if want is nil.
func List(r io.Reader, want func(path string) bool) ([]string, error) {
	a := New()
	var held int64
	err := Walk(r, func(path string, _ int64, _ io.Reader) error {
		if want != nil && !want(path) {
			return nil
		}
		if _, ok := a.files[path]; !ok {
			held += int64(len(path)) + overhead
			a.files[path] = nil
		}
		if held > MaxSize {
			return fmt.Errorf("%w: more than %d bytes of names", ErrTooLarge, MaxSize)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("decoding initrd: %w", err)
	}
	return a.Paths(), nil
}

// walk calls file for regular files, and end, if it is not nil, after each archive.
func walk(r io.Reader, file func(h *cpio.Header, content io.Reader) error, end func() error) error {
	br := bufio.NewReaderSize(r, bufferSize)
	for {
		if err := skipNULs(br); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("reading initrd: %w", err)
		}
		if err := segment(br, file); err != nil {
			return err
		}
		if end != nil {
			if err := end(); err != nil {
				return err
			}
		}
	}
}

// skipNULs goes to the next other byte, or returns io.EOF.
func skipNULs(br *bufio.Reader) error {
	for {
		if _, err := br.Peek(1); err != nil {
			return err
		}
		buf, _ := br.Peek(br.Buffered())
		rest := bytes.TrimLeft(buf, "\x00")
		// Discarding what is buffered cannot fail.
		_, _ = br.Discard(len(buf) - len(rest))
		if len(rest) > 0 {
			return nil
		}
	}
}

// segment reads one archive and leaves br right behind it.
func segment(br *bufio.Reader, file func(h *cpio.Header, content io.Reader) error) error {
	plain, format, err := decompress.NewSegment(br)
	if err != nil {
		return fmt.Errorf("reading CPIO entry: %w", err)
	}
	defer plain.Close()
	if format == decompress.Raw {
		return members(br, file)
	}
	buffered := bufio.NewReaderSize(plain, bufferSize)
	if err := members(buffered, file); err != nil {
		return err
	}
	switch err := skipNULs(buffered); err {
	case io.EOF:
		return nil
	case nil:
		return errGarbage
	default:
		return fmt.Errorf("finishing reading compressed archive: %w", err)
	}
}

func members(r *bufio.Reader, file func(h *cpio.Header, content io.Reader) error) error {
	c := cpio.NewReader(r)
	c.Initramfs = true
	for {
		h, err := c.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading CPIO entry: %w", entryError(err))
		}
		if !regular(h) {
			continue
		}
		if err := file(h, c); err != nil {
			return err
		}
	}
}

// textError is an error with the text of coreos-installer, for which scripts may look.
type textError struct {
	text string
	err  error
}

func (e *textError) Error() string        { return e.text }
func (e *textError) Is(target error) bool { return errors.Is(e.err, target) }

// entryError words what is wrong with an archive itself; a decompressor's errors stay as they are.
func entryError(err error) error {
	switch {
	case errors.Is(err, cpio.ErrMagic):
		return &textError{"Invalid magic number", err}
	case err == io.ErrUnexpectedEOF:
		return &textError{"failed to fill whole buffer", err}
	}
	return err
}

func regular(h *cpio.Header) bool {
	const typeMask, regularFile = 0o170000, 0o100000
	return h.Mode&typeMask == regularFile
}
