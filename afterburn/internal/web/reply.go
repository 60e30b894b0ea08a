package web

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/internal/h1"
)

// response is a reply whose body was not read yet.
type response struct {
	status   int
	location string
	length   int64 // of the body; -1 if the server did not tell
	body     io.Reader
}

// parseReply reads the header of a reply (RFC 9112). It does without net/http, which nothing else here needs: the
// program is half a megabyte smaller for it, and tests compare the two.
func parseReply(r *bufio.Reader, _ string) (*h1.Reply, error) {
	tp := textproto.NewReader(r)
	line, err := tp.ReadLine()
	if err != nil {
		return nil, early(err)
	}
	status, persistent, err := parseStatus(line)
	if err != nil {
		return nil, err
	}
	header, err := tp.ReadMIMEHeader()
	if err != nil {
		return nil, early(err)
	}
	resp := &response{status: status, location: header.Get("Location")}
	delimited, err := resp.setBody(r, header)
	if err != nil {
		return nil, err
	}
	keep := persistent && delimited && !hasToken(header["Connection"], "close")
	return &h1.Reply{Status: status, Close: !keep, Value: resp}, nil
}

// early is the error of a header that ends early.
func early(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// parseStatus takes a line such as "HTTP/1.1 200 OK" apart.
func parseStatus(line string) (status int, persistent bool, err error) {
	proto, rest, _ := strings.Cut(line, " ")
	code, _, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
	if status, err = strconv.Atoi(code); err != nil || len(code) != 3 || status < 100 || (proto != "HTTP/1.1" && proto != "HTTP/1.0") {
		return 0, false, fmt.Errorf("malformed HTTP response %.40q", line)
	}
	return status, proto == "HTTP/1.1", nil
}

// setBody finds out how the body ends. It reports whether the connection outlives it.
func (resp *response) setBody(r *bufio.Reader, header textproto.MIMEHeader) (delimited bool, err error) {
	codings := header["Transfer-Encoding"]
	switch {
	case resp.status < 200 || resp.status == 204 || resp.status == 304:
		resp.body = strings.NewReader("")
		return true, nil
	case len(codings) == 1 && strings.EqualFold(strings.TrimSpace(codings[0]), "chunked"):
		resp.length, resp.body = -1, &chunkedReader{r: r}
		return true, nil
	case len(codings) > 0:
		return false, fmt.Errorf("transfer encoding %.40q: not supported", strings.Join(codings, ", "))
	}
	lengths := header["Content-Length"]
	if len(lengths) == 0 {
		resp.length, resp.body = -1, r
		return false, nil
	}
	for _, text := range lengths {
		n, err := strconv.ParseUint(strings.Trim(text, " \t"), 10, 63)
		if err != nil || int64(n) != resp.length && resp.length != 0 || text != lengths[0] {
			return false, fmt.Errorf("malformed HTTP response: length %.40q", strings.Join(lengths, ", "))
		}
		resp.length = int64(n)
	}
	resp.body = &lengthReader{r, resp.length}
	return true, nil
}

// hasToken reports whether one of the comma-separated lists has a word.
func hasToken(lists []string, word string) bool {
	for _, list := range lists {
		for token := range strings.SplitSeq(list, ",") {
			if strings.EqualFold(strings.TrimSpace(token), word) {
				return true
			}
		}
	}
	return false
}

// lengthReader reads a body of known length.
type lengthReader struct {
	r    io.Reader
	left int64
}

func (b *lengthReader) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, io.EOF
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.r.Read(p)
	b.left -= int64(n)
	if b.left > 0 && errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	} else if b.left == 0 && errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// chunkedReader reads a body in the transfer encoding "chunked".
type chunkedReader struct {
	r     *bufio.Reader
	left  int64 // of the present chunk
	chunk bool  // inside of a chunk, or before the end of its line
	idle  int   // bytes that were no content lately
	err   error
}

// maxIdle is how many bytes of sizes and extensions there may be for each content, beyond what small chunks need.
const maxIdle = 16 << 10

func (b *chunkedReader) Read(p []byte) (int, error) {
	for b.err == nil && b.left == 0 {
		b.err = b.next()
	}
	if b.err != nil {
		return 0, b.err
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.r.Read(p)
	b.left -= int64(n)
	b.idle = max(0, b.idle-16*n)
	if err != nil {
		b.err = early(err)
	}
	return n, b.err
}

// next reads up to the content of the next chunk; io.EOF is the end of the body.
func (b *chunkedReader) next() error {
	if b.chunk {
		if line, err := b.line(); err != nil || line != "" {
			return orMalformed(err, "malformed chunked encoding")
		}
	}
	line, err := b.line()
	if err != nil {
		return err
	}
	size, _, _ := strings.Cut(line, ";")
	size = strings.TrimRight(size, " \t")
	n, err := strconv.ParseUint(size, 16, 62)
	if err != nil || size == "" || strings.ContainsAny(size, "+-_xX") {
		return fmt.Errorf("malformed chunk size %.20q", size)
	}
	b.left, b.chunk = int64(n), true
	if n > 0 {
		return nil
	}
	for { // trailers mean nothing here
		line, err := b.line()
		if err != nil {
			return err
		}
		if line == "" {
			return io.EOF
		}
	}
}

func orMalformed(err error, text string) error {
	if err != nil {
		return err
	}
	return errors.New(text)
}

// line reads a line without its end, CR LF or LF.
func (b *chunkedReader) line() (string, error) {
	line, err := b.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return "", errors.New("line of chunked encoding too long")
	}
	if err != nil {
		return "", early(err)
	}
	if b.idle += len(line) + 2; b.idle > maxIdle {
		return "", errors.New("chunked encoding has too much besides content")
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(line), "\n"), "\r"), nil
}
