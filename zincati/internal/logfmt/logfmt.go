// Package logfmt writes logs and fatal errors in the form that the journals of zincati have.
//
//	[INFO  zincati::cincinnati] Cincinnati service: https://updates.example.com
//	[WARN  zincati] a text
//	    with a second line
//	[ERROR zincati] error: failed to assemble configuration settings
//	[ERROR zincati]  -> failed to parse TOML
//
// [New] makes a slog.Handler, [WriteFatal] writes the error that ends a program. There is no time in a record: the
// journal has its own.
package logfmt

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/internal/clap"
)

// LevelTrace is below slog.LevelDebug.
const LevelTrace = slog.LevelDebug - 4

// TargetKey is the attribute whose value stands beside the level: "zincati", or "zincati::" and a part of the agent.
const TargetKey = "target"

// defaultTarget is that of records without the attribute.
const defaultTarget = "zincati"

// Level returns the lowest level that is shown when the option -v was given so many times.
func Level(verbosity int) slog.Level {
	switch {
	case verbosity <= 0:
		return slog.LevelWarn
	case verbosity == 1:
		return slog.LevelInfo
	case verbosity == 2:
		return slog.LevelDebug
	}
	return LevelTrace
}

// maxMessage bounds a message in bytes: versions and reasons come from servers, and the journal is for other things,
// too.
const maxMessage = 64 << 10

// handler is a slog.Handler; each record is one write.
type handler struct {
	out    *output
	level  slog.Leveler
	target string
	attrs  string // " key=value" of attributes that were given before
	prefix string // of the names of attributes: the groups, each with a dot
}

type output struct {
	mu sync.Mutex
	w  io.Writer
}

// New returns a handler that writes records of at least the given level to w, each with one call of Write. Attributes
// other than the target follow the message as " key=value".
func New(w io.Writer, level slog.Leveler) slog.Handler {
	return &handler{out: &output{w: w}, level: level, target: defaultTarget}
}

func (h *handler) Enabled(_ context.Context, l slog.Level) bool { return l >= h.level.Level() }

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
	var b strings.Builder
	for _, a := range attrs {
		appendAttr(&b, &c.target, c.prefix, a)
	}
	c.attrs += b.String()
	return &c
}

func (h *handler) Handle(_ context.Context, r slog.Record) error {
	target := h.target
	var text strings.Builder
	text.WriteString(r.Message)
	text.WriteString(h.attrs)
	r.Attrs(func(a slog.Attr) bool {
		appendAttr(&text, &target, h.prefix, a)
		return true
	})
	return h.out.write(r.Level, target, text.String())
}

func (o *output) write(level slog.Level, target, text string) error {
	record := "[" + name(level) + " " + target + "] " + clean(text) + "\n"
	o.mu.Lock()
	defer o.mu.Unlock()
	_, err := io.WriteString(o.w, record)
	return err
}

func name(l slog.Level) string {
	switch {
	case l >= slog.LevelError:
		return "ERROR"
	case l >= slog.LevelWarn:
		return "WARN "
	case l >= slog.LevelInfo:
		return "INFO "
	case l >= slog.LevelDebug:
		return "DEBUG"
	}
	return "TRACE"
}

// clean cuts what is too long, indents further lines, so that a text from elsewhere cannot look like a record, and leaves no other control
// characters.
func clean(text string) string {
	if len(text) > maxMessage {
		text = text[:maxMessage] + "…"
	}
	text = strings.ToValidUTF8(text, "\uFFFD")
	if strings.IndexFunc(text, unicode.IsControl) < 0 {
		return text
	}
	text = strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unicode.IsControl(r) {
			return utf8.RuneError
		}
		return r
	}, text)
	return strings.ReplaceAll(text, "\n", "\n    ")
}

func appendAttr(b *strings.Builder, target *string, prefix string, a slog.Attr) {
	v := a.Value.Resolve()
	switch {
	case a.Equal(slog.Attr{}):
	case prefix == "" && a.Key == TargetKey:
		*target = clean(v.String())
	case v.Kind() == slog.KindGroup:
		if a.Key != "" {
			prefix += a.Key + "."
		}
		for _, inner := range v.Group() {
			appendAttr(b, target, prefix, inner)
		}
	default:
		b.WriteString(" " + prefix + a.Key + "=" + v.String())
	}
}

// Line returns an error and its causes as one line, those of the system in the words that the journals of zincati have:
// "failed to bind: No such file or directory (os error 2)".
func Line(err error) string { return strings.Join(clap.Levels(err), ": ") }

// WriteFatal writes the error that ends a program: the outermost message, then a record for each cause.
func WriteFatal(w io.Writer, err error) {
	out := output{w: w}
	for i, message := range clap.Levels(err) {
		lead := " -> "
		if i == 0 {
			lead = "error: "
		}
		_ = out.write(slog.LevelError, defaultTarget, lead+message)
	}
}
