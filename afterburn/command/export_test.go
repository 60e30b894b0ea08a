package command

import (
	"io"
	"log/slog"
)

// NewLog returns a log.
func NewLog(w io.Writer, color bool) *slog.Logger { return (&output{w: w, color: color}).logger() }

// EndedLog returns a log that has ended with a text.
func EndedLog(w io.Writer, text string) *slog.Logger {
	o := &output{w: w}
	o.end(text)
	return o.logger()
}

// Translate is translate.
func Translate(args []string) []string { return translate(args) }
