package rdcore

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/internal/errno"
)

// MaxChunkSize is the largest chunk of a stream that has one digest, in bytes.
const MaxChunkSize = 64 << 20

// maxHashLine is the longest line of a file with digests that is read; a digest has 64
// characters.
const maxHashLine = 64 << 10

var (
	errNotUTF8  = errors.New("stream did not contain valid UTF-8")
	errTooLarge = errors.New("number too large to fit in target type")
)

// StreamHash copies input to output in chunks, each of which is written only after its digest
// was found right, so that the reader of output never sees data that nobody vouches for.
//
// hashes is text: the line
//
//	stream-hash sha256 <chunk size in bytes>
//
// and the SHA-256 digest of each chunk in hexadecimal digits, a line each. The last chunk may
// be shorter, but not empty. Fewer data than digests, and more, are errors. One chunk of at
// most [MaxChunkSize] is in memory.
func StreamHash(ctx context.Context, hashes, input io.Reader, output io.Writer) error {
	list, err := newHashList(hashes)
	if err != nil {
		return err
	}
	buf := make([]byte, list.chunk)
	var offset int64
	for {
		want, err := list.next()
		if err == io.EOF {
			return atEnd(ctx, input, offset)
		}
		if err != nil {
			return err
		}
		data, found, err := readChunk(ctx, input, buf)
		switch {
		case err != nil:
			return fmt.Errorf("reading input: %w", errno.Bare(err))
		case len(data) == 0:
			return fmt.Errorf("premature end of input data at offset %d", offset)
		case !bytes.Equal(want, found):
			return fmt.Errorf("hash mismatch at offset %d; expected %x, found %x", offset, want, found)
		}
		if _, err := output.Write(data); err != nil {
			return fmt.Errorf("writing output: %w", errno.Bare(err))
		}
		offset += int64(len(data))
	}
}

// readChunk fills buf as far as there are data, and computes the digest as they arrive: while
// they are in the processor's cache, and while their sender makes more.
func readChunk(ctx context.Context, input io.Reader, buf []byte) (data, sum []byte, err error) {
	const piece = 256 << 10
	hash := sha256.New()
	n := 0
	for n < len(buf) {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		m, err := input.Read(buf[n:min(n+piece, len(buf))])
		hash.Write(buf[n : n+m])
		n += m
		if err == io.EOF {
			break
		}
		if err != nil && !errors.Is(err, syscall.EINTR) {
			return nil, nil, err
		}
	}
	return buf[:n], hash.Sum(nil), nil
}

// atEnd checks that there are no data left when there are no digests left.
func atEnd(ctx context.Context, input io.Reader, offset int64) error {
	data, _, err := readChunk(ctx, input, make([]byte, 1))
	switch {
	case err != nil:
		return fmt.Errorf("draining input: %w", errno.Bare(err))
	case len(data) > 0:
		return fmt.Errorf("found extra input data at offset %d", offset)
	}
	return nil
}

// hashList reads a file with digests.
type hashList struct {
	lines *bufio.Reader
	chunk int
}

var hashHeader = regexp.MustCompile(`^stream-hash ([a-z0-9]+) ([0-9]+)\n$`)

func newHashList(r io.Reader) (*hashList, error) {
	l := &hashList{lines: bufio.NewReaderSize(r, maxHashLine)}
	line, err := l.line()
	switch {
	case err == io.EOF:
		return nil, errors.New("hash file is empty")
	case err != nil:
		return nil, fmt.Errorf("reading hash file: %w", errno.Bare(err))
	}
	m := hashHeader.FindStringSubmatch(line)
	if m == nil {
		return nil, errors.New("couldn't parse hash file header")
	}
	if m[1] != "sha256" {
		return nil, fmt.Errorf("unknown digest algorithm %s", m[1])
	}
	n, err := strconv.ParseUint(m[2], 10, 64)
	switch {
	case err != nil:
		return nil, fmt.Errorf("couldn't parse chunk size: %w", errTooLarge)
	case n == 0:
		return nil, errors.New("chunk size cannot be zero")
	case n > MaxChunkSize:
		return nil, fmt.Errorf("chunk size %d is greater than maximum %d", n, MaxChunkSize)
	}
	l.chunk = int(n)
	return l, nil
}

// line returns the next line with its end, io.EOF behind the last one.
func (l *hashList) line() (string, error) {
	b, err := l.lines.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return "", fmt.Errorf("a line of more than %d bytes is not supported", maxHashLine)
	case err == io.EOF && len(b) == 0:
		return "", io.EOF
	case err != nil && err != io.EOF:
		return "", err
	case !utf8.Valid(b):
		return "", errNotUTF8
	}
	return string(b), nil
}

// next returns the digest of the next chunk, io.EOF behind the last one.
func (l *hashList) next() ([]byte, error) {
	line, err := l.line()
	switch {
	case err == io.EOF:
		return nil, io.EOF
	case err != nil:
		return nil, fmt.Errorf("couldn't read hash from hash file: %w", errno.Bare(err))
	}
	if text, ok := strings.CutSuffix(line, "\n"); ok {
		line = strings.TrimSuffix(text, "\r")
	}
	sum, err := decodeHex(line)
	if err != nil {
		return nil, fmt.Errorf("couldn't decode hash: %s: %w", rustQuote(line), err)
	}
	return sum, nil
}

// decodeHex is hex.DecodeString with the messages of the Rust library of that name, which
// counts bytes before it looks at them.
func decodeHex(text string) ([]byte, error) {
	if len(text)%2 != 0 {
		return nil, errors.New("Odd number of digits")
	}
	sum, err := hex.DecodeString(text)
	if err == nil {
		return sum, nil
	}
	for i := range len(text) {
		if !strings.ContainsRune("0123456789abcdefABCDEF", rune(text[i])) {
			// The byte is shown as the character of that number.
			return nil, fmt.Errorf("Invalid character %s at position %d", rustChar(rune(text[i])), i)
		}
	}
	return nil, err
}
