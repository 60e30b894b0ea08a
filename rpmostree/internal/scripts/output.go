package scripts

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/internal/journal"
)

// maxLine is how much of a line without an end is kept back.
const maxLine = 64 << 10

// lineWriter puts a prefix before each line. Lines reach w whole.
type lineWriter struct {
	prefix string
	w      io.Writer
	line   []byte
}

// LineWriter writes what it gets to w line by line, each with a prefix; Close writes a last line that has no end. A nil w
// discards all.
func LineWriter(w io.Writer, prefix string) io.WriteCloser {
	if w == nil {
		w = io.Discard
	}
	return &lineWriter{prefix: prefix, w: w}
}

func (l *lineWriter) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			l.line = append(l.line, b...)
			if len(l.line) > maxLine {
				return n, l.flush()
			}
			return n, nil
		}
		l.line = append(l.line, b[:i]...)
		b = b[i+1:]
		if err := l.flush(); err != nil {
			return 0, err
		}
	}
	return n, nil
}

func (l *lineWriter) flush() error {
	out := append([]byte(l.prefix), l.line...)
	l.line = l.line[:0]
	_, err := l.w.Write(append(out, '\n'))
	return err
}

// Close writes a last line that has no end.
func (l *lineWriter) Close() error {
	if len(l.line) == 0 {
		return nil
	}
	return l.flush()
}

// The identifiers of rpm-ostree's journal messages about scriptlets.
const (
	prePostMessage     = "42d37222dca24a3b9d30ced4bbbcacd2"
	fileTriggerMessage = "efdd0e4e79ca45d38876ac45e1282368"
)

func joinPrefixes(s *Step) string {
	var names []string
	for _, p := range s.Prefixes {
		names = append(names, p[1:])
	}
	return strings.Join(names, ", ")
}

// record passes on what ran.
func (r *runner) record(message string, s *Step, begin time.Time, patterns string) {
	if r.Record == nil {
		return
	}
	ms := fmt.Sprint(time.Since(begin).Milliseconds())
	text := fmt.Sprintf("Executed %s for %s in %s ms", s.Kind, s.Package, ms)
	if message == fileTriggerMessage {
		text = fmt.Sprintf("Executed %s(%s) for %s in %s ms; %d matched files", s.Kind, s.Package, patterns, ms, len(s.Paths))
	}
	fields := []journal.Field{
		{Name: "MESSAGE_ID", Value: message}, {Name: "MESSAGE", Value: text}, {Name: "SCRIPT_TYPE", Value: s.Kind.String()}, {Name: "PKG", Value: s.Package},
	}
	if message == fileTriggerMessage {
		fields = append(fields, journal.Field{Name: "PATTERNS", Value: patterns}, journal.Field{Name: "TRIGGER_N_MATCHES", Value: fmt.Sprint(len(s.Paths))})
	}
	r.Record(append(fields, journal.Field{Name: "EXEC_TIME_MS", Value: ms}))
}
