package command

import (
	"io"
	"log/slog"
)

// NewLog and Translate are for tests.
func NewLog(w io.Writer, color bool) *slog.Logger { return newLog(w, color) }

func Translate(args []string) []string { return translate(args) }
