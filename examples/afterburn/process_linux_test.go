package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// TestMain is the program itself where the test binary is called so.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "afterburn" {
		main()
	}
	os.Exit(m.Run())
}

// program is a path under which the test binary is the program.
func program(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "afterburn")
	if err := os.Symlink(self, path); err != nil {
		t.Fatal(err)
	}
	return path
}

func exitCode(err error) int {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	if err != nil {
		return -2
	}
	return 0
}

// terminal opens a terminal, and the end that is its screen.
func terminal(t *testing.T) (screen, tty *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no terminals: %v", err)
	}
	t.Cleanup(func() { screen.Close() })
	n, err := unix.IoctlGetInt(int(screen.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(screen.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no terminals: %v", err)
	}
	t.Cleanup(func() { tty.Close() })
	return screen, tty
}

var stamp = regexp.MustCompile(`[A-Z]\w\w \d\d \d\d:\d\d:\d\d\.\d{3}`)

func TestTerminal(t *testing.T) {
	const (
		plain   = "TIME WARN multi: no action specified\r\n"
		colored = "\x1b(B\x1b[mTIME\x1b(B\x1b[m \x1b[33mWARN\x1b(B\x1b[m \x1b[1mmulti: no action specified\x1b(B\x1b[m\r\n"
		rest    = "Error: failed to run\r\n\r\nCaused by:\r\n    0: fetching metadata from provider\r\n    1: unknown provider 'nosuch'\r\n"
	)
	path := program(t)
	for name, want := range map[string]string{"": plain, "dumb": plain, "xterm-256color": colored, "linux": colored} {
		screen, tty := terminal(t)
		cmd := exec.Command(path, "--provider=nosuch")
		cmd.Env = []string{"TERM=" + name}
		cmd.Stderr = tty
		if code := exitCode(cmd.Run()); code != 1 {
			t.Errorf("%q: exit %d", name, code)
		}
		tty.Close()
		got, _ := io.ReadAll(screen) // ends with EIO
		if text := stamp.ReplaceAllString(string(got), "TIME"); text != want+rest {
			t.Errorf("%q: got\n%q\nwant\n%q", name, text, want+rest)
		}
	}
}

// A reader that went away changes nothing.
func TestClosedPipes(t *testing.T) {
	path := program(t)
	for _, c := range []struct {
		args []string
		code int
	}{{[]string{"--help"}, 0}, {[]string{"-V"}, 0}, {[]string{"--provider=nosuch"}, 1}, {[]string{"exp"}, 1}} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		cmd := exec.Command(path, c.args...)
		cmd.Stdout, cmd.Stderr = w, w
		if code := exitCode(cmd.Run()); code != c.code {
			t.Errorf("%q: exit %d, want %d", c.args, code, c.code)
		}
		w.Close()
	}
}

// A signal ends a run that waits for a cloud, which says so.
func TestSignal(t *testing.T) {
	testutil.Root(t)
	testutil.Namespaces(t, "--net")
	path := program(t)
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		hostname := filepath.Join(t.TempDir(), "hostname")
		cmd := exec.Command("unshare", "--net", path, "--provider=vultr", "--hostname="+hostname)
		r, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		for !strings.Contains(log.String(), "Attempt #1") { // so that the program listens to signals
			b := make([]byte, 1<<10)
			n, err := r.Read(b)
			if err != nil {
				t.Fatalf("%v: %s", err, &log)
			}
			log.Write(b[:n])
		}
		begin := time.Now()
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		_, _ = log.ReadFrom(r)
		code := exitCode(cmd.Wait())
		if d := time.Since(begin); code != 1 || d > 5*time.Second || !strings.Contains(log.String(), "\nError: failed to run\n\nCaused by:\n") {
			t.Errorf("%v: exit %d after %v, log is\n%s", sig, code, d, &log)
		}
		if _, err := os.Stat(hostname); err == nil {
			t.Errorf("%v: a hostname was written", sig)
		}
	}
}
