package notify_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/zincati/internal/notify"
)

// manager listens like a service manager.
func manager(t *testing.T, address string) *net.UnixConn {
	t.Helper()
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: address, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func receive(t *testing.T, c *net.UnixConn) string {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1<<16)
	n, err := c.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(b[:n])
}

// The datagrams of zincati 0.0.32 at its start and end, as a service manager receives them.
func TestMessages(t *testing.T) {
	addresses := []string{filepath.Join(t.TempDir(), "notify")}
	if runtime.GOOS == "linux" {
		addresses = append(addresses, fmt.Sprintf("@nestos-notify-test-%d", os.Getpid()))
	}
	for _, address := range addresses {
		c := manager(t, address)
		n := notify.New(address)
		for _, m := range []struct {
			want string
			send func() error
		}{
			{"READY=1\n", n.Ready},
			{
				"STATUS=initialization complete, auto-updates logic enabled\n",
				func() error { return n.Status("initialization complete, auto-updates logic enabled") },
			},
			{
				"STATUS=periodically polling for updates (last checked Fri 2026-11-27 12:03:24 UTC)\n",
				func() error {
					return n.Status("periodically polling for updates (last checked Fri 2026-11-27 12:03:24 UTC)")
				},
			},
			{"WATCHDOG=1\n", n.Watchdog},
			{"STATUS=\n", func() error { return n.Status("") }},
			{"STOPPING=1\n", n.Stopping},
		} {
			if err := m.send(); err != nil {
				t.Fatalf("%s: %q: %v", address, m.want, err)
			}
			if got := receive(t, c); got != m.want {
				t.Errorf("%s: got %q, want %q", address, got, m.want)
			}
		}
	}
}

func TestStatusIsOneLine(t *testing.T) {
	address := filepath.Join(t.TempDir(), "notify")
	c := manager(t, address)
	n := notify.New(address)
	for text, want := range map[string]string{
		"found update on remote: 1\nMAINPID=1": "STATUS=found update on remote: 1 MAINPID=1\n",
		"a\x00b\x1b[2Jc\rd\u0085e":             "STATUS=a b [2Jc d e\n",
		"\xff":                                 "STATUS=\uFFFD\n",
		strings.Repeat("x", 1<<20):             "STATUS=" + strings.Repeat("x", 4096) + "\n",
	} {
		if err := n.Status(text); err != nil {
			t.Fatal(err)
		}
		if got := receive(t, c); got != want {
			t.Errorf("got %.100q, want %.100q", got, want)
		}
	}
}

func TestNoManager(t *testing.T) {
	for _, n := range []*notify.Notifier{nil, {}, notify.New("")} {
		if err := n.Ready(); !errors.Is(err, notify.ErrNoSocket) {
			t.Errorf("error is %v", err)
		}
		if n.Enabled() {
			t.Error("enabled without a socket")
		}
	}
	err := notify.New(filepath.Join(t.TempDir(), "none")).Ready()
	want := "failed to notify service manager of service status change: failed to send notify datagram: No such file or directory (os error 2)"
	if err == nil || err.Error() != want || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing socket: %v", err)
	}
	for _, address := range []string{"vsock:2:1234", "relative/path", "\x00abstract"} {
		if err := notify.New(address).Ready(); err == nil || !strings.Contains(err.Error(), "not supported") {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// A manager that does not read must not hold up the agent for long.
func TestFullQueue(t *testing.T) {
	address := filepath.Join(t.TempDir(), "notify")
	manager(t, address)
	n := notify.New(address)
	begin := time.Now()
	var failed error
	for range 10000 {
		if failed = n.Ready(); failed != nil {
			break
		}
	}
	if failed == nil {
		t.Skip("the queue takes 10000 datagrams")
	}
	if !errors.Is(failed, os.ErrDeadlineExceeded) {
		t.Errorf("error is %v", failed)
	}
	if d := time.Since(begin); d > time.Minute {
		t.Errorf("took %v", d)
	}
}

func TestWatchdogInterval(t *testing.T) {
	for _, c := range []struct {
		usec, pid string
		want      time.Duration
		fails     bool
	}{
		{"", "", 0, false},
		{"600000000", "", 10 * time.Minute, false},
		{"600000000", "42", 10 * time.Minute, false},
		{"600000000", "43", 0, false},
		{"1", "42", time.Microsecond, false},
		{"0", "42", 0, true},
		{"-1", "42", 0, true},
		{"x", "42", 0, true},
		{"9223372036854775807", "42", 0, true},
	} {
		got, err := notify.WatchdogInterval(c.usec, c.pid, 42)
		if got != c.want || (err != nil) != c.fails {
			t.Errorf("%q, %q: %v, %v", c.usec, c.pid, got, err)
		}
	}
}
