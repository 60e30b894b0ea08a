//go:build unix

package files_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/internal/dataurl"
	"github.com/nestos-dev/nestos/ignition/internal/oplog"
	"github.com/nestos-dev/nestos/ignition/provision/internal/files"
	"github.com/nestos-dev/nestos/ignition/provision/internal/host"
	"github.com/nestos-dev/nestos/ignition/provision/internal/state"
	"github.com/nestos-dev/nestos/ignition/provision/plan"
	"github.com/nestos-dev/nestos/internal/run"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// helperEnv makes the test program do the stage itself: ROOT CONFIG [STATE].
const helperEnv = "NESTOS_FILES_STAGE"

func TestMain(m *testing.M) {
	if os.Getenv(helperEnv) != "" {
		if err := helper(os.Args[1:]); err != nil {
			fmt.Println("CRITICAL : Ignition failed:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(testutil.MainInMemory(m))
}

func helper(args []string) error {
	data, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	var cfg types.Config
	if err := json.Unmarshal(data, &cfg); err != nil {
		return err
	}
	h := newHost(args[0], os.Stdout)
	h.Run = &run.Exec{}
	if len(args) > 2 {
		if h.State, err = state.Load(args[2]); err != nil {
			return err
		}
	}
	if os.Getenv(helperEnv) == "kargs" {
		h.Log = oplog.New(slog.New(&lines{w: os.Stdout})).With("kargs")
		return files.Kargs(context.Background(), h, &cfg)
	}
	return files.Files(context.Background(), h, &cfg)
}

// newHost is a machine without programs whose log goes to w.
func newHost(root string, w io.Writer) *host.Host {
	s := host.DefaultSettings()
	s.JournalSocket = "/nonexistent"
	return &host.Host{
		Root: root, Run: &run.Recorder{}, Fetcher: fetcher{}, State: &state.State{}, Settings: s,
		Log: oplog.New(slog.New(&lines{w: w})).With("files"),
	}
}

// lines writes records as Ignition does on its standard output.
type lines struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lines) Enabled(context.Context, slog.Level) bool { return true }
func (l *lines) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l *lines) WithGroup(string) slog.Handler            { return l }
func (l *lines) Handle(_ context.Context, r slog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	names := map[slog.Level]string{
		oplog.LevelDebug: "DEBUG", oplog.LevelInfo: "INFO", oplog.LevelNotice: "NOTICE",
		oplog.LevelWarning: "WARNING", oplog.LevelError: "ERROR", oplog.LevelCritical: "CRITICAL",
	}
	_, err := fmt.Fprintf(l.w, "%-9s: %s\n", names[r.Level], r.Message)
	return err
}

// fetcher knows data URLs, and "mem:" ones in its map.
type fetcher struct {
	mem  map[string]string
	wait func(url string)
}

var errFetch = errors.New("resource not found")

func (f fetcher) Fetch(_ context.Context, res types.Resource, w io.Writer) error {
	if f.wait != nil {
		f.wait(*res.Source)
	}
	var data []byte
	if name, ok := strings.CutPrefix(*res.Source, "mem:"); ok {
		text, ok := f.mem[name]
		if !ok {
			_, _ = io.WriteString(w, "garbage")
			return fmt.Errorf("%s: %w", name, errFetch)
		}
		data = []byte(text)
	} else {
		var err error
		if data, err = dataurl.Decode(*res.Source); err != nil {
			return err
		}
	}
	if res.Verification.Hash != nil {
		_, _ = w.Write(data)
		return errors.New("hash verification failed")
	}
	_, err := w.Write(data)
	return err
}

type planStep = plan.Step

func stageQuiet(h *host.Host, log fmt.Stringer, cfg *types.Config) (string, error) {
	err := files.Files(context.Background(), h, cfg)
	return log.String(), err
}
