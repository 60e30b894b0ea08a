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

// A signal ends a run that waits for a cloud, which says so and dies of it.
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
		_ = cmd.Wait()
		status := cmd.ProcessState.Sys().(syscall.WaitStatus)
		if d := time.Since(begin); !status.Signaled() || status.Signal() != sig || d > time.Minute || !strings.Contains(log.String(), "\nError: failed to run\n\nCaused by:\n") {
			t.Errorf("%v: %v after %v, log is\n%s", sig, cmd.ProcessState, d, &log)
		}
		if _, err := os.Stat(hostname); err == nil {
			t.Errorf("%v: a hostname was written", sig)
		}
	}
}

// TestHangs has runs that cannot say what happened, or write: nobody reads their log. A signal ends them, and so does the
// time that they have.
func TestHangs(t *testing.T) {
	path := program(t)
	for name, args := range map[string][]string{"signal": nil, "timeout": {"--timeout=1"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			fillPipe(t, w)
			cmd := exec.Command(path, append([]string{"multi", "--provider=nowhere", "--attributes=/nowhere/a"}, args...)...)
			if name == "timeout" { // waits for its pauses
				cmd.Args[2] = "--provider=cloudstack-configdrive"
				cmd.Env = []string{"TMPDIR=/nowhere"}
			}
			cmd.Stderr = w
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			w.Close()
			ended := make(chan error, 1)
			go func() { ended <- cmd.Wait() }()
			if name == "signal" {
				time.Sleep(300 * time.Millisecond) // to be there
				_ = cmd.Process.Signal(syscall.SIGTERM)
			}
			select {
			case <-ended:
			case <-time.After(2 * time.Minute):
				_ = cmd.Process.Kill()
				t.Error("it hangs")
			}
		})
	}
}

// fillPipe fills a pipe, such that the next write to it waits.
func fillPipe(t *testing.T, w *os.File) {
	t.Helper()
	fd := int(w.Fd()) // blocking from now on
	if err := syscall.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	for b := make([]byte, 4096); ; {
		if _, err := syscall.Write(fd, b); err != nil {
			break
		}
	}
	for {
		if _, err := syscall.Write(fd, []byte{0}); err != nil {
			break
		}
	}
	if err := syscall.SetNonblock(fd, false); err != nil {
		t.Fatal(err)
	}
}
