package assemble

import (
	"bytes"
	"io"
	"sync"
)

// maxLine bounds a line of output that is held back.
const maxLine = 64 << 10

// linePrefixer writes whole lines, each with a prefix.
type linePrefixer struct {
	w      io.Writer
	prefix string
	mu     sync.Mutex
	rest   []byte
}

func newLinePrefixer(w io.Writer, name string) *linePrefixer {
	if w == nil {
		w = io.Discard
	}
	return &linePrefixer{w: w, prefix: name + ": "}
}

// Write never fails: a program must not stop because nobody listens.
func (l *linePrefixer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, b...)
	for {
		line, rest, ok := bytes.Cut(l.rest, []byte("\n"))
		if !ok {
			break
		}
		l.emit(line)
		l.rest = rest
	}
	if len(l.rest) > maxLine {
		l.emit(l.rest)
		l.rest = nil
	}
	return len(b), nil
}

func (l *linePrefixer) emit(line []byte) {
	text := make([]byte, 0, len(l.prefix)+len(line)+1)
	text = append(append(append(text, l.prefix...), line...), '\n')
	l.w.Write(text)
}

// flush writes a last line that has no end.
func (l *linePrefixer) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.rest) > 0 {
		l.emit(l.rest)
		l.rest = nil
	}
}
