package container

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
)

// tarEntry is what a tar header tells about a file.
type tarEntry struct {
	name, link string
	typ        byte
	mode       uint32 // permission bits only
	uid, gid   uint32
	size       int64
}

// Tar types.
const (
	tarFile     = '0'
	tarHardLink = '1'
	tarSymlink  = '2'
	tarDir      = '5'
)

const tarBlock = 512

// tarWriter writes GNU tar archives whose bytes depend on nothing but the entries: numbers are octal
// with a NUL at their end (binary where they do not fit), times are zero, and names longer than their
// field come as @LongLink entries before. After an error nothing more is written.
type tarWriter struct {
	w    *bufio.Writer
	left int64 // bytes of the current entry that are still to come
	pad  int
	err  error
}

func newTarWriter(w io.Writer) *tarWriter {
	return &tarWriter{w: bufio.NewWriterSize(w, 256<<10)}
}

var zeroBlock [2 * tarBlock]byte

func (t *tarWriter) write(b []byte) {
	if t.err == nil {
		_, t.err = t.w.Write(b)
	}
}

// header starts an entry; Write takes its size bytes of data.
func (t *tarWriter) header(e *tarEntry) error {
	t.finishEntry()
	if t.err != nil {
		return t.err
	}
	if len(e.name) > 100 {
		t.longName('L', e.name)
	}
	if len(e.link) > 100 {
		t.longName('K', e.link)
	}
	t.block(e, "ustar  \x00")
	t.left = e.size
	t.pad = int(-e.size & (tarBlock - 1))
	return t.err
}

// longName writes the entry that holds a name too long for the header that follows.
func (t *tarWriter) longName(typ byte, name string) {
	t.block(&tarEntry{name: "././@LongLink", typ: typ, mode: 0o644, size: int64(len(name)) + 1}, "ustar  \x00")
	t.write([]byte(name))
	t.write(zeroBlock[:1+(-(len(name)+1)&(tarBlock-1))])
}

// pax writes the extended header of the entry that follows; records are keys and values in turn.
func (t *tarWriter) pax(records ...[]byte) error {
	t.finishEntry()
	var b []byte
	for i := 0; i+1 < len(records); i += 2 {
		b = appendPaxRecord(b, records[i], records[i+1])
	}
	if len(b) == 0 {
		return t.err
	}
	t.block(&tarEntry{typ: 'x', size: int64(len(b))}, "ustar\x0000")
	t.write(b)
	t.write(zeroBlock[:-len(b)&(tarBlock-1)])
	return t.err
}

// appendPaxRecord appends "LENGTH KEY=VALUE\n", where the length counts itself.
func appendPaxRecord(b, key, value []byte) []byte {
	rest := len(key) + len(value) + 3
	n := rest + 1
	for len(strconv.Itoa(n))+rest > n {
		n++
	}
	b = strconv.AppendInt(b, int64(n), 10)
	b = append(b, ' ')
	b = append(b, key...)
	b = append(b, '=')
	b = append(b, value...)
	return append(b, '\n')
}

// block writes the 512 bytes of a header.
func (t *tarWriter) block(e *tarEntry, magic string) {
	var h [tarBlock]byte
	copy(h[0:100], e.name)
	if e.typ == 'x' {
		putOctal(h[124:136], uint64(e.size))
	} else {
		putOctal(h[100:108], uint64(e.mode))
		putOctal(h[108:116], uint64(e.uid))
		putOctal(h[116:124], uint64(e.gid))
		putOctal(h[124:136], uint64(e.size))
	}
	putOctal(h[136:148], 0) // mtime
	h[156] = e.typ
	copy(h[157:257], e.link)
	copy(h[257:265], magic)
	copy(h[148:156], "        ")
	sum := 0
	for _, c := range h {
		sum += int(c)
	}
	putOctal(h[148:156], uint64(sum))
	t.write(h[:])
}

// putOctal fills a field with digits and a NUL, or with GNU's binary form of larger numbers.
func putOctal(b []byte, n uint64) {
	digits := len(b) - 1
	if 3*digits < 64 && n>>(3*digits) != 0 {
		for i := len(b) - 1; i >= 0; i-- {
			b[i] = byte(n)
			n >>= 8
		}
		b[0] |= 0x80
		return
	}
	b[digits] = 0
	for i := digits - 1; i >= 0; i-- {
		b[i] = '0' + byte(n&7)
		n >>= 3
	}
}

// Write takes data of the current entry.
func (t *tarWriter) Write(p []byte) (int, error) {
	if t.err == nil && int64(len(p)) > t.left {
		t.err = fmt.Errorf("file is larger than its size in the header")
	}
	if t.err != nil {
		return 0, t.err
	}
	n, err := t.w.Write(p)
	t.left -= int64(n)
	t.err = err
	return n, err
}

func (t *tarWriter) finishEntry() {
	if t.err == nil && t.left != 0 {
		t.err = fmt.Errorf("file is smaller than its size in the header")
	}
	t.write(zeroBlock[:t.pad])
	t.pad = 0
}

// Close ends the archive with two empty blocks; the underlying writer stays open.
func (t *tarWriter) Close() error {
	t.finishEntry()
	t.write(zeroBlock[:])
	if t.err == nil {
		t.err = t.w.Flush()
	}
	return t.err
}
