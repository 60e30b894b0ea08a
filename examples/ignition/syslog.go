//go:build unix

package main

import (
	"context"
	"log/slog"
	"log/syslog"

	"github.com/nestos-dev/nestos/ignition/provision"
)

// syslogHandler sends messages to the system log with the severity of their level.
type syslogHandler struct{ w *syslog.Writer }

func newSyslog(tag string) (slog.Handler, func(), error) {
	w, err := syslog.New(syslog.LOG_DEBUG, tag)
	if err != nil {
		return nil, nil, err
	}
	return syslogHandler{w}, func() { _ = w.Close() }, nil
}

// Enabled is always true.
func (h syslogHandler) Enabled(context.Context, slog.Level) bool { return true }

// Handle sends one message.
func (h syslogHandler) Handle(_ context.Context, r slog.Record) error {
	send := map[string]func(string) error{
		"EMERGENCY: ": h.w.Emerg, "ALERT    : ": h.w.Alert, "CRITICAL : ": h.w.Crit, "ERROR    : ": h.w.Err,
		"WARNING  : ": h.w.Warning, "NOTICE   : ": h.w.Notice, "INFO     : ": h.w.Info, "DEBUG    : ": h.w.Debug,
	}[provision.LevelName(r.Level)]
	return send(r.Message)
}

// WithAttrs returns the handler itself: messages are complete.
func (h syslogHandler) WithAttrs([]slog.Attr) slog.Handler { return h }

// WithGroup returns the handler itself.
func (h syslogHandler) WithGroup(string) slog.Handler { return h }
