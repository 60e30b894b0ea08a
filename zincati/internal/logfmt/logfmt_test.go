package logfmt_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/nestos-dev/nestos/zincati/internal/logfmt"
)

func TestRecords(t *testing.T) {
	var b bytes.Buffer
	log := slog.New(logfmt.New(&b, logfmt.LevelTrace))
	actor := log.With("target", "zincati::update_agent::actor")
	log.Error("failed")
	log.Warn("careful", "target", "zincati::dbus")
	actor.Info("update strategy: immediate")
	actor.Debug("with", "key", "value", "n", 3)
	actor.Log(context.Background(), logfmt.LevelTrace, "creating actor system")
	log.With("a", 1).WithGroup("g").Info("grouped", "target", "is a plain attribute here", slog.Group("h", "b", 2))
	log.Info("one\ntwo\n\x1b[31mthree\r", "k", "x\n[ERROR zincati] forged")
	log.Info("bad\xffbyte", "target", "a\nb")
	want := `[ERROR zincati] failed
[WARN  zincati::dbus] careful
[INFO  zincati::update_agent::actor] update strategy: immediate
[DEBUG zincati::update_agent::actor] with key=value n=3
[TRACE zincati::update_agent::actor] creating actor system
[INFO  zincati] grouped a=1 g.target=is a plain attribute here g.h.b=2
[INFO  zincati] one
    two
    ` + "\uFFFD" + `[31mthree` + "\uFFFD" + ` k=x
    [ERROR zincati] forged
[INFO  a
    b] bad` + "\uFFFD" + `byte
`
	if got := b.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestLevels(t *testing.T) {
	all := []slog.Level{logfmt.LevelTrace, slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError}
	for verbosity, want := range map[int]int{-1: 2, 0: 2, 1: 3, 2: 4, 3: 5, 9: 5} {
		var b bytes.Buffer
		log := slog.New(logfmt.New(&b, logfmt.Level(verbosity)))
		for _, l := range all {
			log.Log(context.Background(), l, "x")
		}
		if got := strings.Count(b.String(), "\n"); got != want {
			t.Errorf("verbosity %d: %d records, want %d", verbosity, got, want)
		}
	}
}

// writes counts calls.
type writes struct {
	mu    sync.Mutex
	texts []string
}

func (w *writes) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.texts = append(w.texts, string(p))
	return len(p), nil
}

func TestOneWritePerRecord(t *testing.T) {
	w := &writes{}
	log := slog.New(logfmt.New(w, slog.LevelInfo))
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() { log.With("target", fmt.Sprint("zincati::", i)).Info("a\nb", "i", i) })
	}
	wg.Wait()
	if len(w.texts) != 50 {
		t.Errorf("%d writes", len(w.texts))
	}
	for _, text := range w.texts {
		if !strings.HasPrefix(text, "[INFO  zincati::") || strings.Count(text, "\n") != 2 {
			t.Errorf("record %q", text)
		}
	}
}

func TestFatalChain(t *testing.T) {
	parse := errors.New("TOML parse error at line 1, column 6\n  |\n1 | a = [\n  |      ^\nunclosed array, expected `]`\n")
	for _, c := range []struct {
		err  error
		want string
	}{
		{
			errors.New("update agent not running as `zincati` user"),
			"[ERROR zincati] error: update agent not running as `zincati` user\n",
		},
		{
			fmt.Errorf("failed to assemble configuration settings: %w",
				fmt.Errorf("failed to read and merge config fragments: %w", fmt.Errorf("failed to parse TOML: %w", parse))),
			// As zincati 0.0.32 writes it.
			"[ERROR zincati] error: failed to assemble configuration settings\n" +
				"[ERROR zincati]  -> failed to read and merge config fragments\n" +
				"[ERROR zincati]  -> failed to parse TOML\n" +
				"[ERROR zincati]  -> TOML parse error at line 1, column 6\n" +
				"      |\n    1 | a = [\n      |      ^\n    unclosed array, expected `]`\n    \n",
		},
		{
			fmt.Errorf("failed to setup: %w", &fs.PathError{Op: "open", Path: "/x", Err: fs.ErrNotExist}),
			"[ERROR zincati] error: failed to setup\n[ERROR zincati]  -> No such file or directory (os error 2)\n",
		},
	} {
		var b bytes.Buffer
		logfmt.WriteFatal(&b, c.err)
		if got := b.String(); got != c.want {
			t.Errorf("got\n%s\nwant\n%s", got, c.want)
		}
	}
}

func TestLine(t *testing.T) {
	err := fmt.Errorf("failed to bind: %w", &fs.PathError{Op: "bind", Path: "/x", Err: fs.ErrNotExist})
	if got, want := logfmt.Line(err), "failed to bind: No such file or directory (os error 2)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
