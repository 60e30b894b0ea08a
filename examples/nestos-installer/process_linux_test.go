package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// terminal opens a pseudo terminal; what is written to it goes nowhere.
func terminal(t *testing.T) *os.File {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		testutil.Missing(t, "pseudo terminals: %v", err)
	}
	t.Cleanup(func() { master.Close() })
	require.NoError(t, unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0))
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { tty.Close() })
	return tty
}

func TestNoBinaryDataOnTerminal(t *testing.T) {
	w := newWorld(t, "nestos-installer")
	w.program.Stdout = terminal(t)
	for _, args := range [][]string{
		{"iso", "ignition", "embed", "-o", "-", "missing", "-i", "/dev/null"},
		{"iso", "ignition", "remove", "-o", "-", "missing"},
		{"iso", "network", "embed", "-o", "-", "missing", "-k", "missing"},
		{"iso", "network", "remove", "-o", "-", "missing"},
		{"iso", "kargs", "modify", "-o", "-", "missing"},
		{"iso", "kargs", "reset", "-o", "-", "missing"},
		{"iso", "customize", "-o", "-", "missing"},
		{"iso", "reset", "-o", "-", "missing"},
		{"iso", "extract", "minimal-iso", "missing"},
		{"iso", "extract", "minimal-iso", "missing", "-"},
		{"pxe", "customize", "-o", "-", "missing"},
		{"pxe", "ignition", "wrap", "-i", "missing"},
		{"pxe", "network", "wrap", "-k", "missing"},
	} {
		require.Equal(t, 1, w.do(args...), "%v", args)
		require.Equal(t, "Error: Refusing to write binary data to terminal\n", w.stderr.String(), "%v", args)
	}
}

// TestInterrupt checks that a command that waits for its input can be interrupted.
func TestInterrupt(t *testing.T) {
	for _, args := range [][]string{{"pxe", "ignition", "wrap"}, {"pxe", "ignition", "unwrap"}} {
		cmd := start(t, args...)
		in, err := cmd.StdinPipe()
		require.NoError(t, err)
		defer in.Close()
		require.NoError(t, cmd.Start())
		require.Eventually(t, func() bool {
			// The first one may come before the program handles it.
			_ = cmd.Process.Signal(os.Interrupt)
			state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", cmd.Process.Pid))
			return err != nil || strings.Contains(string(state), ") Z ")
		}, 2*time.Minute, 20*time.Millisecond, "%v", args)
		require.Error(t, cmd.Wait())
	}
}

// TestHangup ends downloads by signals: no file stays behind, and the message does not speak of contexts.
func TestHangup(t *testing.T) {
	asked := make(chan struct{}, 10)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".sig") {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Length", "10000000")
		_, _ = w.Write(make([]byte, 100000))
		w.(http.Flusher).Flush()
		asked <- struct{}{}
		<-r.Context().Done()
	}))
	defer web.Close()
	for _, s := range []syscall.Signal{syscall.SIGHUP, syscall.SIGTERM, syscall.SIGINT} {
		if signal.Ignored(s) {
			continue // as under nohup, which the program heeds
		}
		dir := t.TempDir()
		var stderr bytes.Buffer
		cmd := start(t, "download", "--insecure", "-u", web.URL+"/x.raw", "-C", dir)
		cmd.Stderr = &stderr
		require.NoError(t, cmd.Start())
		<-asked
		require.Eventually(t, func() bool { files, err := os.ReadDir(dir); return err == nil && len(files) == 1 }, 2*time.Minute, 10*time.Millisecond)
		require.NoError(t, cmd.Process.Signal(s))
		var exit *exec.ExitError
		require.ErrorAs(t, cmd.Wait(), &exit)
		require.Equal(t, 1, exit.ExitCode(), "%v: %s", s, stderr.String())
		require.Contains(t, stderr.String(), "interrupted\n")
		require.NotContains(t, stderr.String(), "context")
		files, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Empty(t, files)
	}
}

// TestHangupIgnored: what runs under nohup goes on after the end of the session.
func TestHangupIgnored(t *testing.T) {
	cmd := start(t, "pxe", "ignition", "wrap")
	self := cmd.Path
	testutil.Tool(t, "sh")
	cmd.Path, cmd.Args = "/bin/sh", append([]string{"sh", "-c", `trap "" HUP; exec "$0" "$@"`, self}, cmd.Args[1:]...)
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	require.Eventually(t, func() bool { // until it has set its signals
		state, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
		return err == nil && strings.Contains(string(state), "Name:\tnestos-inst")
	}, 2*time.Minute, 20*time.Millisecond)
	for range 20 {
		require.NoError(t, cmd.Process.Signal(syscall.SIGHUP))
		time.Sleep(10 * time.Millisecond)
	}
	_, err = in.Write([]byte(`{"ignition":{"version":"3.3.0"}}`))
	require.NoError(t, err)
	require.NoError(t, in.Close())
	require.NoError(t, cmd.Wait())
	require.NotEmpty(t, stdout.String())
}
