package provision

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"

	"github.com/nestos-dev/nestos/ignition/internal/oplog"
)

// NewLogHandler returns a handler that writes Ignition's log format: one line for
// each message, after the name of its level, padded:
//
//	INFO     : fetch: fetch passed
func NewLogHandler(w io.Writer) slog.Handler { return &lineHandler{w: w, mu: new(sync.Mutex)} }

type lineHandler struct {
	w  io.Writer
	mu *sync.Mutex
}

// Enabled is always true: the format has no threshold.
func (h *lineHandler) Enabled(context.Context, slog.Level) bool { return true }

// Handle writes one line.
func (h *lineHandler) Handle(_ context.Context, r slog.Record) error {
	// A message with newlines could look like several.
	text := strings.ReplaceAll(r.Message, "\n", " ")
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := io.WriteString(h.w, LevelName(r.Level)+text+"\n")
	return err
}

// WithAttrs returns the handler itself: the format has no attributes.
func (h *lineHandler) WithAttrs([]slog.Attr) slog.Handler { return h }

// WithGroup returns the handler itself.
func (h *lineHandler) WithGroup(string) slog.Handler { return h }

// LevelName is the prefix of a level in Ignition's log format, with the space
// after the colon. The levels between slog's own are those of syslog.
func LevelName(level slog.Level) string {
	switch {
	case level >= oplog.LevelEmergency:
		return "EMERGENCY: "
	case level >= oplog.LevelAlert:
		return "ALERT    : "
	case level >= oplog.LevelCritical:
		return "CRITICAL : "
	case level >= oplog.LevelError:
		return "ERROR    : "
	case level >= oplog.LevelWarning:
		return "WARNING  : "
	case level >= oplog.LevelNotice:
		return "NOTICE   : "
	case level >= oplog.LevelInfo:
		return "INFO     : "
	}
	return "DEBUG    : "
}

// LevelCritical is the level of the messages that say that a stage failed.
const LevelCritical = oplog.LevelCritical
