package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/nestos-dev/nestos/internal/progress"
)

// NewProgress returns a reporter that draws on f: a [Line] on a terminal,
// [Plain] lines, one every ten seconds at most, elsewhere. finish must be
// called at the end, before anything else is printed.
func NewProgress(f *os.File) (r progress.Reporter, finish func()) {
	if !IsTerminal(f) {
		return progress.Limit(Plain(f), 10*time.Second), func() {}
	}
	line := NewLine(f, func() int {
		width, _, err := term.GetSize(int(f.Fd()))
		if err != nil || width <= 0 {
			return 80
		}
		return width
	})
	return progress.Limit(line, 100*time.Millisecond), line.Clear
}

// Describe returns an event as a line of text:
//
//	Receiving objects: 12/40 items, 1.2 MB/4.0 MB (30%)
func Describe(e progress.Event) string {
	text := e.Text
	if text == "" {
		text = e.Task
		if e.ID != "" {
			text += " " + e.ID
		}
	}
	var parts []string
	if e.Items != (progress.Count{}) {
		parts = append(parts, amount(e.Items, func(n int64) string { return fmt.Sprint(n) })+" items")
	}
	if e.Bytes != (progress.Count{}) {
		parts = append(parts, amount(e.Bytes, func(n int64) string { return FormatSize(uint64(max(n, 0))) }))
	}
	if len(parts) > 0 {
		text += ": " + strings.Join(parts, ", ")
	}
	if percent, ok := percentage(e); ok && e.State == progress.Running {
		text += fmt.Sprintf(" (%d%%)", percent)
	}
	switch e.State {
	case progress.Done:
		text += ", done"
	case progress.Failed:
		text += ", failed"
	}
	return text
}

func amount(c progress.Count, show func(int64) string) string {
	s := show(c.Cached + c.Done)
	if c.Total > 0 {
		s += "/" + show(c.Total)
	}
	return s
}

// percentage prefers bytes, which pass more evenly.
func percentage(e progress.Event) (int, bool) {
	for _, c := range []progress.Count{e.Bytes, e.Items} {
		if f, ok := c.Fraction(); ok {
			return int(f * 100), true
		}
	}
	return 0, false
}

// Plain returns a reporter that writes each event as a line.
func Plain(w io.Writer) progress.Reporter {
	var mu sync.Mutex
	return progress.Func(func(e progress.Event) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintln(w, printable(Describe(e)))
	})
}

// JSONLines returns a reporter that writes each event as a line of JSON.
func JSONLines(w io.Writer) progress.Reporter {
	var mu sync.Mutex
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return progress.Func(func(e progress.Event) {
		mu.Lock()
		defer mu.Unlock()
		_ = encoder.Encode(e) // a reader that went away must not stop the work
	})
}

// Line draws events on one line of a terminal, which it writes over. Finished
// tasks scroll up. It is safe for concurrent use.
type Line struct {
	mu    sync.Mutex
	w     io.Writer
	width func() int
	shown bool
}

// NewLine draws on w, never wider than width says at the time.
func NewLine(w io.Writer, width func() int) *Line { return &Line{w: w, width: width} }

const eraseLine = "\r\x1b[K"

// Report implements progress.Reporter.
func (l *Line) Report(e progress.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	// The last column stays free: writing there makes some terminals wrap.
	text := eraseLine + truncate(printable(Describe(e)), l.width()-1)
	l.shown = !e.State.Final()
	if !l.shown {
		text += "\n"
	}
	io.WriteString(l.w, text)
}

// Clear removes the unfinished line.
func (l *Line) Clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.erase()
}

func (l *Line) erase() {
	if l.shown {
		io.WriteString(l.w, eraseLine)
		l.shown = false
	}
}

// Writer returns a writer for other output to the same terminal: it removes
// the unfinished line first. Writes should end with a newline.
func (l *Line) Writer(w io.Writer) io.Writer { return lineWriter{l, w} }

type lineWriter struct {
	line *Line
	w    io.Writer
}

func (w lineWriter) Write(p []byte) (int, error) {
	w.line.mu.Lock()
	defer w.line.mu.Unlock()
	w.line.erase()
	return w.w.Write(p)
}

// printable replaces control characters: names from the network must not
// steer the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 {
			return '\uFFFD'
		}
		return r
	}, s)
}

// truncate cuts text to a number of columns, with an ellipsis.
func truncate(s string, columns int) string {
	if columns <= 0 {
		return ""
	}
	if textWidth(s) <= columns {
		return s
	}
	used := 0
	for i, r := range s {
		n := runeWidth(r)
		if used+n > columns-1 {
			return s[:i] + "…"
		}
		used += n
	}
	return s
}
