package command_test

import (
	"bytes"
	"errors"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/afterburn/command"
)

func TestLog(t *testing.T) {
	for _, c := range []struct {
		name string
		log  func(*slog.Logger)
		want string
	}{
		{"info", func(l *slog.Logger) { l.Info("Fetch successful") }, "INFO Fetch successful\n"},
		{"warning", func(l *slog.Logger) { l.Warn("a", "path", "/x y") }, "WARN a, path: /x y\n"},
		{"error", func(l *slog.Logger) { l.Error("a", "err", errors.New("b"), "n", 3) }, "ERRO a, err: b, n: 3\n"},
		{"above", func(l *slog.Logger) { l.Log(t.Context(), slog.LevelError+4, "a") }, "CRIT a\n"},
		{"debug", func(l *slog.Logger) { l.Debug("a") }, ""},
		{"with", func(l *slog.Logger) { l.With("a", 1).With("b", 2).Info("m", "c", 3) }, "INFO m, a: 1, b: 2, c: 3\n"},
		{
			"group", func(l *slog.Logger) {
				l.WithGroup("g").With("a", 1).Info("m", slog.Group("h", "b", 2), slog.Group("", "c", 3))
			},
			"INFO m, g.a: 1, g.h.b: 2, g.c: 3\n",
		},
		{"empty attribute", func(l *slog.Logger) { l.WithGroup("").Info("m", slog.Attr{}) }, "INFO m\n"},
		{
			"what a cloud sent", func(l *slog.Logger) { l.Info("a\nJan 01", "k\x1b[2J", "b\r\x00\u0085\xff\t") },
			`INFO a\nJan 01, k\u{1b}[2J: b\r\u{0}\u{85}` + "\uFFFD\t\n",
		},
		{"long", func(l *slog.Logger) { l.Info(strings.Repeat("a", 1<<20)) }, "INFO " + strings.Repeat("a", 16<<10) + "…\n"},
	} {
		var b bytes.Buffer
		c.log(command.NewLog(&b, false))
		got := stamp.ReplaceAllString(b.String(), "")
		if got != c.want || b.Len() > 0 && got == b.String() {
			t.Errorf("%s: got %q, want %q", c.name, b.String(), c.want)
		}
	}
}

func TestLogTime(t *testing.T) {
	var b bytes.Buffer
	at := time.Date(2026, time.November, 3, 4, 6, 36, 48_999_999, time.Local)
	if err := command.NewLog(&b, false).Handler().Handle(t.Context(), slog.NewRecord(at, slog.LevelInfo, "m", 0)); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != "Nov 03 04:06:36.048 INFO m\n" {
		t.Errorf("got %q", got)
	}
}

// What a request that was given up reports later is not written behind the error.
func TestLogEnds(t *testing.T) {
	var b bytes.Buffer
	command.EndedLog(&b, "Error: x\n").Error("late")
	if got := b.String(); got != "Error: x\n" {
		t.Errorf("got %q", got)
	}
}

// As Afterburn 5.11.0 writes to a terminal of the type xterm-256color.
func TestLogColors(t *testing.T) {
	for level, want := range map[slog.Level]string{
		slog.LevelWarn: "\x1b(B\x1b[mTIME\x1b(B\x1b[m \x1b[33mWARN\x1b(B\x1b[m \x1b[1mmulti: no action specified\x1b(B\x1b[m\n",
		slog.LevelInfo: "\x1b(B\x1b[mTIME\x1b(B\x1b[m \x1b[32mINFO\x1b(B\x1b[m \x1b[1mwrote hostname ignition fragment\x1b(B\x1b[m, " +
			"\x1b[1mpath\x1b(B\x1b[m:\x1b(B\x1b[m \x1b(B\x1b[m/tmp/c_ri/hostname.ign\x1b(B\x1b[m\n",
	} {
		var b bytes.Buffer
		log := command.NewLog(&b, true)
		if level == slog.LevelWarn {
			log.Warn("multi: no action specified")
		} else {
			log.Info("wrote hostname ignition fragment", "path", "/tmp/c_ri/hostname.ign")
		}
		got := regexp.MustCompile(`[A-Z]\w\w \d\d \d\d:\d\d:\d\d\.\d{3}`).ReplaceAllString(b.String(), "TIME")
		if got != want {
			t.Errorf("got\n%q\nwant\n%q", got, want)
		}
	}
}
