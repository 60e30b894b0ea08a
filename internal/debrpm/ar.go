package debrpm

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

const (
	arMagic      = "!<arch>\n"
	arHeaderSize = 60
)

// An arReader reads the members of an ar archive, whose headers are fixed columns of text: name 16, time 12, user 6,
// group 6, mode 8 (octal), size 10, and the two bytes "`\n". Data begin at even offsets.
type arReader struct {
	r    *bufio.Reader
	left int64 // of the present member, with its padding
}

type arMember struct {
	name string
	time int64 // seconds since 1970
	size int64
}

func newArReader(r io.Reader) (*arReader, error) {
	a := &arReader{r: bufio.NewReaderSize(r, 64<<10)}
	magic := make([]byte, len(arMagic))
	if _, err := io.ReadFull(a.r, magic); err != nil || string(magic) != arMagic {
		return nil, fmt.Errorf("%w: no ar archive", ErrFormat)
	}
	return a, nil
}

// next skips to the following member and returns a reader of its data; io.EOF after the last.
func (a *arReader) next() (*arMember, io.Reader, error) {
	if _, err := io.CopyN(io.Discard, a.r, a.left); err != nil && err != io.EOF {
		return nil, nil, err
	}
	var h [arHeaderSize]byte
	switch _, err := io.ReadFull(a.r, h[:]); {
	case err == io.EOF:
		return nil, nil, err
	case err != nil:
		return nil, nil, fmt.Errorf("ar header: %w", err)
	}
	column := func(from, to int) string { return strings.TrimRight(string(h[from:to]), " ") }
	m := &arMember{name: strings.TrimSuffix(column(0, 16), "/")}
	var err error
	if m.size, err = strconv.ParseInt(column(48, 58), 10, 64); err != nil || m.size < 0 || string(h[58:]) != "`\n" {
		return nil, nil, fmt.Errorf("%w: ar header %q", ErrFormat, h)
	}
	if m.time, err = strconv.ParseInt(column(16, 28), 10, 64); err != nil {
		return nil, nil, fmt.Errorf("%w: time in ar header %q", ErrFormat, h)
	}
	data := &arData{a: a}
	a.left = m.size + m.size&1
	data.left = m.size
	return m, data, nil
}

// arData is the data of a member; it counts what is left for next to skip.
type arData struct {
	a    *arReader
	left int64
}

func (d *arData) Read(p []byte) (int, error) {
	if d.left == 0 {
		return 0, io.EOF
	}
	n, err := d.a.r.Read(p[:min(int64(len(p)), d.left)])
	d.left -= int64(n)
	d.a.left -= int64(n)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}
