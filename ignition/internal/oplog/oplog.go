// Package oplog writes Ignition's log: messages behind a stack of prefixes, and
// numbered operations that tell when they start and how they end.
//
//	files: createFiles: op(3): [started]  writing file "/sysroot/etc/motd"
//	files: createFiles: op(3): [finished] writing file "/sysroot/etc/motd"
//
// Distributions search this log, so the texts are an interface. Where the log
// goes, and how a level looks, is the [log/slog.Handler]'s business.
package oplog

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
)

// Levels of syslog(3) as slog levels. Error, Warning, Info and Debug are slog's own.
const (
	LevelDebug     = slog.LevelDebug
	LevelInfo      = slog.LevelInfo
	LevelNotice    = slog.Level(2)
	LevelWarning   = slog.LevelWarn
	LevelError     = slog.LevelError
	LevelCritical  = slog.Level(12)
	LevelAlert     = slog.Level(14)
	LevelEmergency = slog.Level(16)
)

// Logger is a log with a stack of prefixes. The zero value and nil discard.
type Logger struct {
	out    *slog.Logger
	prefix string
	ops    *atomic.Uint64
}

// New returns a logger on out; nil discards.
func New(out *slog.Logger) *Logger {
	if out == nil {
		out = slog.New(slog.DiscardHandler)
	}
	return &Logger{out: out, ops: new(atomic.Uint64)}
}

// With returns a logger with one more prefix; operations are numbered together.
func (l *Logger) With(prefix string) *Logger {
	if l == nil || l.out == nil {
		return New(nil).With(prefix)
	}
	return &Logger{out: l.out, prefix: l.prefix + prefix + ": ", ops: l.ops}
}

func (l *Logger) log(level slog.Level, format string, args []any) {
	if l == nil || l.out == nil || !l.out.Enabled(context.Background(), level) {
		return
	}
	text := format
	if len(args) > 0 {
		text = fmt.Sprintf(format, args...)
	}
	l.out.Log(context.Background(), level, l.prefix+text)
}

// Debug logs at level debug.
func (l *Logger) Debug(format string, args ...any) { l.log(LevelDebug, format, args) }

// Info logs at level info.
func (l *Logger) Info(format string, args ...any) { l.log(LevelInfo, format, args) }

// Notice logs at level notice.
func (l *Logger) Notice(format string, args ...any) { l.log(LevelNotice, format, args) }

// Warning logs at level warning.
func (l *Logger) Warning(format string, args ...any) { l.log(LevelWarning, format, args) }

// Err logs at level error.
func (l *Logger) Err(format string, args ...any) { l.log(LevelError, format, args) }

// Crit logs at level critical.
func (l *Logger) Crit(format string, args ...any) { l.log(LevelCritical, format, args) }

// Emerg logs at level emergency.
func (l *Logger) Emerg(format string, args ...any) { l.log(LevelEmergency, format, args) }

// Op runs f as a numbered operation: it logs the start, and that it finished or
// failed with f's error, which it returns. f logs through the logger it is given.
func (l *Logger) Op(text string, f func(*Logger) error) error {
	if l == nil || l.out == nil {
		return f(New(nil))
	}
	in := l.With(fmt.Sprintf("op(%x)", l.ops.Add(1)))
	in.Info("%s", "[started]  "+text)
	if err := f(in); err != nil {
		in.Crit("%s", "[failed]   "+text+": "+oneLine(err))
		return err
	}
	in.Info("%s", "[finished] "+text)
	return nil
}

// oneLine keeps an error from forging further log lines.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }
