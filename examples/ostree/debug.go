package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// debugHandler prints log records as "OT: MESSAGE key=value", as ostree --verbose does.
type debugHandler struct {
	w     io.Writer
	attrs []slog.Attr
}

func newDebugHandler(w io.Writer) slog.Handler { return &debugHandler{w: w} }

func (h *debugHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h *debugHandler) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	b.WriteString("OT: ")
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
	return &debugHandler{h.w, append(append([]slog.Attr{}, h.attrs...), attrs...)}
}

func (h *debugHandler) WithGroup(string) slog.Handler { return h }
