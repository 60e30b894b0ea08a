package metrics_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/zincati/metrics"
)

// start serves a set of metrics for the time of the test and returns the path of the socket.
func start(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	s, err := m.Listen(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("Serve: %v", err)
			}
		case <-time.After(2 * time.Minute):
			t.Error("Serve does not end with its context")
		}
	})
	return path
}

func dial(t *testing.T, path string) *net.UnixConn {
	t.Helper()
	c, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	return c
}

func scrape(t *testing.T, path string) string {
	t.Helper()
	got, err := io.ReadAll(dial(t, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

func TestTextWithoutHTTP(t *testing.T) {
	m := metrics.New()
	path := start(t, m)
	if got := scrape(t, path); got != "" {
		t.Errorf("untouched: %q", got)
	}
	m.Set("zincati_update_agent_updates_enabled", 1)
	var want bytes.Buffer
	if err := m.WriteText(&want); err != nil {
		t.Fatal(err)
	}
	if got := scrape(t, path); got != want.String() || got == "" {
		t.Errorf("got %q, want %q", got, want.String())
	}
}

func TestTalkingClientGetsEndOfFile(t *testing.T) {
	m := metrics.New()
	m.Inc("zincati_cincinnati_update_checks_total")
	path := start(t, m)
	c := dial(t, path)
	if _, err := io.WriteString(c, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(c)
	if err != nil || !strings.HasPrefix(string(got), "# HELP ") {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestNoClientHoldsUpOthers(t *testing.T) {
	m := metrics.New()
	m.Inc("zincati_cincinnati_update_checks_total")
	path := start(t, m)
	for range 200 { // silent ones, of which there may be many more than are served at a time
		dial(t, path)
	}
	talker := dial(t, path)
	stop := make(chan struct{})
	var talking sync.WaitGroup
	talking.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := talker.Write(make([]byte, 1<<16)); err != nil {
				return
			}
		}
	})
	begin := time.Now()
	var readers sync.WaitGroup
	failed := make(chan error, 20)
	for range 20 {
		readers.Go(func() {
			c, err := net.Dial("unix", path)
			if err != nil {
				failed <- err
				return
			}
			defer c.Close()
			got, err := io.ReadAll(c)
			if err == nil && !strings.HasSuffix(string(got), "_total 1\n") {
				err = fmt.Errorf("got %q", got)
			}
			if err != nil {
				failed <- err
			}
		})
	}
	readers.Wait()
	close(stop)
	talking.Wait()
	close(failed)
	for err := range failed {
		t.Error(err)
	}
	if d := time.Since(begin); d > time.Minute {
		t.Errorf("20 readers took %v", d)
	}
}

func TestConnectionsAreClosed(t *testing.T) {
	path := start(t, metrics.New())
	count := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip(err)
		}
		return len(entries)
	}
	before := count()
	for range 500 {
		c, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(c); err != nil {
			t.Fatal(err)
		}
		c.Close()
	}
	deadline := time.Now().Add(2 * time.Minute)
	for count() > before+2 && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	if after := count(); after > before+2 {
		t.Errorf("%d file descriptors before, %d after", before, after)
	}
}

func TestListenReplacesFiles(t *testing.T) {
	for name, prepare := range map[string]func(path string) error{
		"nothing":      func(string) error { return nil },
		"regular file": func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"dangling link": func(path string) error {
			return os.Symlink("nowhere", path)
		},
		"socket of the instance before": func(path string) error {
			s, err := metrics.New().Listen(path, nil)
			if err != nil {
				return err
			}
			return s.Close()
		},
	} {
		path := filepath.Join(t.TempDir(), "s")
		if err := prepare(path); err != nil {
			t.Fatal(err)
		}
		s, err := metrics.New().Listen(path, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if info, err := os.Lstat(path); err != nil || info.Mode().Type() != os.ModeSocket {
			t.Errorf("%s: the socket did not stay: %v, %v", name, info, err)
		}
	}
}

func TestListenErrors(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "missing", "s")
	_, err := metrics.New().Listen(path, nil)
	if want := "failed to setup metrics service on '" + path + "': failed to bind metrics service to Unix socket: "; err == nil ||
		!errors.Is(err, syscall.ENOENT) || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("missing directory: %v", err)
	}
	_, err = metrics.New().Listen(dir, nil)
	if want := "failed to setup metrics service on '" + dir + "': failed to remove socket file: Is a directory (os error 21)"; err == nil ||
		!errors.Is(err, syscall.EISDIR) || err.Error() != want {
		t.Errorf("directory: %v", err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Errorf("the directory is gone: %v", err)
	}
}

// TestLongPath binds a socket whose path is longer than an address.
func TestLongPath(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs Linux")
	}
	long := filepath.Join(t.TempDir(), strings.Repeat("d", 120))
	_, err := metrics.New().Listen(filepath.Join(long, "s"), nil)
	if want := "failed to setup metrics service on '" + long + "/s': failed to bind metrics service to Unix socket: no such file or directory"; err == nil ||
		!errors.Is(err, syscall.ENOENT) || err.Error() != want {
		t.Errorf("missing directory: %v", err)
	}
	if err := os.Mkdir(long, 0o755); err != nil {
		t.Fatal(err)
	}
	m := metrics.New()
	m.Set("zincati_update_agent_updates_enabled", 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var served sync.WaitGroup
	defer served.Wait()
	for range 2 { // the second replaces the file of the first
		s, err := m.Listen(filepath.Join(long, "s"), nil)
		if err != nil {
			t.Fatal(err)
		}
		served.Go(func() { _ = s.Serve(ctx) })
	}
	dir, err := os.Open(long)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	if got := scrape(t, fmt.Sprintf("/proc/self/fd/%d/s", dir.Fd())); !strings.HasSuffix(got, "_enabled 1\n") {
		t.Errorf("got %q", got)
	}
	cancel()
}

func TestServeLogsItsSocket(t *testing.T) {
	var b bytes.Buffer
	path := filepath.Join(t.TempDir(), "s")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	log := slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if err := metrics.New().Serve(ctx, path, log); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); !strings.Contains(got, "started metrics service on Unix-domain socket '"+path+"'") ||
		!strings.Contains(got, "target=zincati::metrics") {
		t.Errorf("log is %q", got)
	}
}
