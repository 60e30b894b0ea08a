package command

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/term"
)

// handler is a slog.Handler that writes records as Afterburn does, each with one call of Write:
//
//	Nov 23 04:26:36.548 INFO wrote hostname ignition fragment, path: /run/x/hostname.ign
type handler struct {
	out    *output
	attrs  []slog.Attr // with full names
	prefix string      // of the names of attributes: the groups, each with a dot
}

// output is the stream of a log. What stands last on it is written by end.
type output struct {
	color bool

	mu    sync.Mutex
	w     io.Writer
	ended bool
}

// logger returns a log of what is of interest to operators.
func (o *output) logger() *slog.Logger { return slog.New(&handler{out: o}) }

// end writes a text and drops later records, of requests that nobody waits for any more.
func (o *output) end(text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ended = true; text != "" {
		_, _ = io.WriteString(o.w, text)
	}
}

// colored reports whether a stream is a terminal that knows colours.
func colored(w io.Writer, termName string) bool {
	f, ok := w.(*os.File)
	return ok && f != nil && termName != "" && termName != "dumb" && term.IsTerminal(int(f.Fd()))
}

func (h *handler) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelInfo }

func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	c := *h
	c.prefix += name + "."
	return &c
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := *h
	c.attrs = c.attrs[:len(c.attrs):len(c.attrs)]
	for _, a := range attrs {
		c.attrs = flatten(c.attrs, h.prefix, a)
	}
	return &c
}

// flatten appends an attribute, or those of a group, with full names.
func flatten(list []slog.Attr, prefix string, a slog.Attr) []slog.Attr {
	a.Value = a.Value.Resolve()
	switch {
	case a.Equal(slog.Attr{}):
		return list
	case a.Value.Kind() == slog.KindGroup:
		if a.Key != "" {
			prefix += a.Key + "."
		}
		for _, sub := range a.Value.Group() {
			list = flatten(list, prefix, sub)
		}
		return list
	}
	a.Key = prefix + a.Key
	return append(list, a)
}

func (h *handler) Handle(_ context.Context, r slog.Record) error {
	attrs := h.attrs[:len(h.attrs):len(h.attrs)]
	r.Attrs(func(a slog.Attr) bool {
		attrs = flatten(attrs, h.prefix, a)
		return true
	})
	return h.out.write(r.Time, r.Level, r.Message, attrs)
}

// Sequences as they are in the description of most terminals.
const (
	plain   = "\x1b(B\x1b[m"
	bold    = "\x1b[1m"
	red     = "\x1b[31m"
	green   = "\x1b[32m"
	yellow  = "\x1b[33m"
	blue    = "\x1b[34m"
	magenta = "\x1b[35m"
	cyan    = "\x1b[36m"
)

func (o *output) write(t time.Time, level slog.Level, message string, attrs []slog.Attr) error {
	name, color := levelName(level)
	var b strings.Builder
	put := func(style, text string) { o.put(&b, style, text) }
	put(plain, t.Local().Format("Jan 02 15:04:05.000"))
	put(plain, " ")
	put(color, name)
	put(plain, " ")
	put(bold, clean(message))
	put(plain, "")
	for _, a := range attrs {
		put("", ", ")
		put(bold, clean(a.Key))
		put(plain, ":")
		put(plain, " ")
		put(plain, clean(a.Value.String()))
		put(plain, "")
	}
	b.WriteByte('\n')
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ended {
		return nil
	}
	_, err := io.WriteString(o.w, b.String())
	return err
}

// put appends a text in a style, if there are colours.
func (o *output) put(b *strings.Builder, style, text string) {
	if o.color {
		b.WriteString(style)
	}
	b.WriteString(text)
}

func levelName(l slog.Level) (name, color string) {
	switch {
	case l > slog.LevelError:
		return "CRIT", magenta
	case l == slog.LevelError:
		return "ERRO", red
	case l >= slog.LevelWarn:
		return "WARN", yellow
	case l >= slog.LevelInfo:
		return "INFO", green
	case l >= slog.LevelDebug:
		return "DEBG", cyan
	}
	return "TRCE", blue
}

// maxText bounds a message in bytes: what a cloud answered may be in it, and the journal is for other things, too.
const maxText = 16 << 10

// clean returns a text that cannot pass for another line, nor command a terminal: control characters are escaped.
func clean(text string) string {
	if len(text) > maxText {
		text = text[:maxText] + "…"
	}
	text = strings.ToValidUTF8(text, "\uFFFD")
	if strings.IndexFunc(text, unicode.IsControl) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t' || !unicode.IsControl(r):
			b.WriteRune(r)
		case r == '\r':
			b.WriteString(`\r`)
		default:
			fmt.Fprintf(&b, `\u{%x}`, r)
		}
	}
	return b.String()
}

// cleanLines is clean for a text of several lines, with a final newline.
func cleanLines(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(clean(strings.TrimSuffix(line, "\n")))
		b.WriteByte('\n')
	}
	return b.String()
}
