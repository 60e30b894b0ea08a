package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// debugHandler prints log records as "OT: MESSAGE key=value", as ostree --verbose does, or only warnings, as
// "warning: MESSAGE key=value".
type debugHandler struct {
	w      io.Writer
	prefix string
	level  slog.Level
	attrs  []slog.Attr
}

func newDebugHandler(w io.Writer) slog.Handler {
	return &debugHandler{w: w, prefix: "OT: ", level: slog.LevelDebug}
}

func newWarningHandler(w io.Writer) slog.Handler {
	return &debugHandler{w: w, prefix: "warning: ", level: slog.LevelWarn}
}

func (h *debugHandler) Enabled(_ context.Context, l slog.Level) bool { return l >= h.level }

func (h *debugHandler) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	b.WriteString(h.prefix)
	b.WriteString(r.Message)
	add := func(a slog.Attr) bool {
		fmt.Fprintf(&b, " %s=%v", a.Key, a.Value)
		return true
	}
	for _, a := range h.attrs {
		add(a)
	}
	r.Attrs(add)
	b.WriteByte('\n')
	_, err := io.WriteString(h.w, b.String())
	return err
}

func (h *debugHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &debugHandler{h.w, h.prefix, h.level, append(append([]slog.Attr{}, h.attrs...), attrs...)}
}

func (h *debugHandler) WithGroup(string) slog.Handler { return h }
