package service_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/zincati/driver"
	"github.com/nestos-dev/nestos/zincati/service"
)

// runnerFunc is a driver.Runner.
type runnerFunc func(line string) driver.Result

func (f runnerFunc) Run(_ context.Context, c driver.Command) (driver.Result, error) {
	return f(c.Name + " " + strings.Join(c.Args, " ")), nil
}

// ready has a booted release and nothing that fails.
func ready(line string) driver.Result {
	switch {
	case strings.HasPrefix(line, "rpm-ostree status"):
		return driver.Result{Stdout: []byte(`{"deployments":[{"booted":true,"checksum":"0101","version":"40.1","base-commit-meta":{"fedora-coreos.stream":"stable"}}]}`)}
	case strings.HasPrefix(line, "loginctl"):
		return driver.Result{Stdout: []byte("[]")}
	}
	return driver.Result{}
}

// system is a root directory with a configuration.
func system(t *testing.T, config string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{
		"etc/machine-id": "c0ffee00c0ffee00c0ffee00c0ffee00\n", "proc/cmdline": "ignition.platform.id=qemu\n",
		"etc/zincati/config.d/50.toml": config, "run/zincati/public/x": "", "ostree/deploy/x": "",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// logged ends the context when a text was logged.
type logged struct {
	mu   sync.Mutex
	all  bytes.Buffer
	text string
	then func()
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all.Write(p)
	if strings.Contains(l.all.String(), l.text) {
		l.then()
	}
	return len(p), nil
}

// runUntil runs a service until a text is in its log.
func runUntil(t *testing.T, o service.Options, text string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	log := &logged{text: text, then: cancel}
	o.Logger = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	err := service.Run(ctx, &o)
	log.mu.Lock()
	defer log.mu.Unlock()
	if !strings.Contains(log.all.String(), text) {
		t.Errorf("the log lacks %q:\n%s", text, log.all.String())
	}
	return err
}

// A base URL that is none is not looked at before it is needed, as in zincati 0.0.32.
func TestUnusableBaseURL(t *testing.T) {
	root := system(t, "cincinnati.base_url = \"nonsense\"\n")
	if err := runUntil(t, service.Options{Root: root, Runner: runnerFunc(ready)}, "failed to check Cincinnati for updates: client-side error: failed to parse 'nonsense'"); err != nil {
		t.Error(err)
	}
}

func TestCannotStart(t *testing.T) {
	for name, c := range map[string]struct {
		config, remove string
		want           string
	}{
		"no base URL":    {"", "", "failed to assemble configuration settings: failed to validate cincinnati configuration: empty Cincinnati base URL"},
		"no lock server": {"updates.strategy = \"fleet_lock\"\n", "", "failed to assemble configuration settings: failed to validate update strategy configuration: empty fleet_lock base URL"},
		"no directory":   {"cincinnati.base_url = \"http://h/\"\n", "run/zincati/public", "failed to setup metrics service on '"},
	} {
		root := system(t, c.config)
		if err := os.RemoveAll(filepath.Join(root, c.remove, "x")); err != nil {
			t.Fatal(err)
		}
		if c.remove != "" {
			if err := os.Remove(filepath.Join(root, c.remove)); err != nil {
				t.Fatal(err)
			}
		}
		err := service.Run(t.Context(), &service.Options{Root: root, Runner: runnerFunc(ready)})
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestEndedBefore has a context that has ended, and no options: nothing is done to this machine.
func TestEndedBefore(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := service.Run(ctx, nil); err != nil {
		t.Error(err)
	}
}

// TestEndAtOnce ends the context while rpm-ostree works, and looks at what is left.
func TestEndAtOnce(t *testing.T) {
	root := system(t, "cincinnati.base_url = \"http://h/\"\n")
	ctx, cancel := context.WithCancel(t.Context())
	hang, began := make(chan struct{}), make(chan struct{})
	after := make(chan string, 10)
	run := runnerFunc(func(line string) driver.Result {
		if ctx.Err() != nil {
			after <- line
		}
		if strings.Contains(line, "--register-driver") {
			close(began)
			<-hang
		}
		return ready(line)
	})
	done := make(chan error, 1)
	go func() { done <- service.Run(ctx, &service.Options{Root: root, Runner: run}) }()
	<-began
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(2 * time.Minute):
		t.Error("does not end")
	}
	close(hang)
	select {
	case line := <-after:
		t.Errorf("ran %q after the end", line)
	case <-time.After(100 * time.Millisecond):
	}
}

// TestPasswords has the agent talk with servers that are not there: their passwords are for them alone.
func TestPasswords(t *testing.T) {
	root := system(t, `
cincinnati.base_url = "http://user:secret@127.0.0.1:1/graph"
updates.strategy = "fleet_lock"
updates.fleet_lock.base_url = "http://user:secret@127.0.0.1:1/lock"
`)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	log := &logged{text: "steady-state failure", then: cancel}
	err := service.Run(ctx, &service.Options{Root: root, Runner: runnerFunc(ready), Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug - 4}))})
	if err != nil {
		t.Fatal(err)
	}
	log.mu.Lock()
	defer log.mu.Unlock()
	for _, want := range []string{"Cincinnati service: http://user:xxxxx@127.0.0.1:1/graph", "reboot manager: http://user:xxxxx@127.0.0.1:1/lock", "steady-state failure"} {
		if !strings.Contains(log.all.String(), want) {
			t.Errorf("no %q in\n%s", want, log.all.String())
		}
	}
	if strings.Contains(log.all.String(), "secret") {
		t.Errorf("a password is in\n%s", log.all.String())
	}
}

// deadEnd is a graph whose only release is a dead end.
const deadEnd = `{"nodes": [{"version": "40.1", "payload": "0101", "metadata": {"org.fedoraproject.coreos.scheme": "checksum",
	"org.fedoraproject.coreos.releases.age_index": "0", "org.fedoraproject.coreos.updates.deadend": "true", "org.fedoraproject.coreos.updates.deadend_reason": "moved"}}], "edges": []}`

// TestNothingRuns has a driver and no other program, not even one that is refused.
func TestNothingRuns(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(deadEnd)) }))
	defer server.Close()
	root := system(t, fmt.Sprintf("cincinnati.base_url = %q\n", server.URL))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var told atomic.Pointer[string]
	o := &service.Options{
		Root: root, Runner: runnerFunc(func(line string) driver.Result { t.Errorf("ran %s", line); return driver.Result{} }),
		Driver:      driver.NewCLI(&driver.Options{Runner: runnerFunc(ready), Root: root}),
		IgnoreUsers: true,
		Deadend: func(_ context.Context, dead bool, reason string) error {
			text := fmt.Sprintf("%t %s", dead, reason)
			told.Store(&text)
			cancel()
			return nil
		},
	}
	if err := service.Run(ctx, o); err != nil {
		t.Fatal(err)
	}
	if got := told.Load(); got == nil || *got != "true moved" {
		t.Errorf("told of the dead end: %v", got)
	}
}

// TestIgnoreUsers finalizes a release while somebody is logged in.
func TestIgnoreUsers(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(graph)) }))
	defer server.Close()
	root := system(t, fmt.Sprintf("cincinnati.base_url = %q\n", server.URL))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	staged := ""
	system := runnerFunc(func(line string) driver.Result {
		const deployment = `{"booted": %v, "staged": %v, "checksum": "%s", "version": "%s", "base-commit-meta": {"fedora-coreos.stream": "stable"}}`
		switch {
		case strings.HasPrefix(line, "rpm-ostree status"):
			return driver.Result{Stdout: []byte(`{"deployments": [` + staged + fmt.Sprintf(deployment, true, false, "0101", "40.1") + `]}`)}
		case strings.HasPrefix(line, "rpm-ostree deploy --lock-finalization"):
			staged = fmt.Sprintf(deployment, false, true, "0202", "40.2") + ","
		case strings.HasPrefix(line, "rpm-ostree finalize-deployment"):
			cancel()
		}
		return driver.Result{}
	})
	others := runnerFunc(func(line string) driver.Result {
		if strings.HasPrefix(line, "loginctl") {
			t.Error("users were asked for")
		}
		return driver.Result{}
	})
	if err := service.Run(ctx, &service.Options{Root: root, Runner: others, Driver: driver.NewCLI(&driver.Options{Runner: system, Root: root}), IgnoreUsers: true}); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(ctx.Err(), context.Canceled) {
		t.Errorf("the release is not finalized: %v", ctx.Err())
	}
}
