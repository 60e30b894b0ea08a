//go:build linux

package agentlab

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// UID is the user id of the agent in the lab.
const UID = 4242

// Lab is the world of one agent. Set its exported fields before Start.
type Lab struct {
	// Files are written before the start: path in the agent's world (below /etc/zincati, /run, /etc/machine-id,
	// /proc/cmdline, /etc/localtime) to content; content that begins with "link:" makes a symbolic link.
	Files map[string]string
	// RPMOSTree, Loginctl, Pkexec answer the stand-ins.
	RPMOSTree, Loginctl, Pkexec func(Call) Reply
	// Graph and Lock answer HTTP requests: status and body.
	Graph, Lock func(*http.Request, string) (int, string)
	// Verbosity are the -v options; nil is "-v".
	Verbosity []string
	// Wrap is put before the program's name on its command line.
	Wrap []string
	// Env is added to the environment.
	Env []string
	// Quiet are prefixes of events that are not recorded.
	Quiet []string

	t        testing.TB
	dir      string
	server   *httptest.Server
	mu       sync.Mutex
	notify   *os.File
	events   []Event
	start    time.Time
	cmd      *exec.Cmd
	exited   chan struct{}
	exitCode int
	log      bytes.Buffer
}

// Event is one thing that the agent did.
type Event struct {
	// Text is the event: "rpm-ostree …", "GET /v1/graph?…", "POST /…", "notify …".
	Text string
	// At is the time since the start of the agent.
	At time.Duration
}

// New makes a lab with a booted release 40.1 and servers that know nothing. It requires root and mount namespaces.
func New(t testing.TB) *Lab {
	testutil.Root(t)
	testutil.Namespaces(t, "--mount")
	dir, err := os.MkdirTemp("", "agentlab")
	if err != nil {
		t.Fatal(err)
	}
	l := &Lab{t: t, dir: dir, exited: make(chan struct{}), Files: map[string]string{
		"/etc/machine-id": "c0ffee00c0ffee00c0ffee00c0ffee00\n",
		"/proc/cmdline":   "root=UUID=1 ignition.platform.id=qemu rw\n",
	}}
	l.Loginctl = func(Call) Reply { return Reply{Stdout: "[]\n"} }
	l.Pkexec = func(Call) Reply { return Reply{} }
	l.RPMOSTree = Host("40.1", strings.Repeat("01", 32)).Answer
	l.Graph = func(*http.Request, string) (int, string) { return 404, "" }
	l.Lock = func(*http.Request, string) (int, string) { return 404, "" }
	t.Cleanup(l.stop)
	must(t, os.Chmod(dir, 0o777))
	l.server = httptest.NewServer(http.HandlerFunc(l.serve))
	l.listenCalls()
	l.listenNotify()
	return l
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// URL is the base URL of the lab's HTTP server. Paths that end in v1/graph are answered by Graph, others by Lock.
func (l *Lab) URL() string { return l.server.URL }

// Record adds an event.
func (l *Lab) Record(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drain()
	l.add(fmt.Sprintf(format, args...))
}

func (l *Lab) add(text string) {
	for _, p := range l.Quiet {
		if strings.HasPrefix(text, p) {
			return
		}
	}
	l.events = append(l.events, Event{Text: text, At: time.Since(l.start)})
}

// Events returns what happened so far.
func (l *Lab) Events() []Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drain()
	return append([]Event(nil), l.events...)
}

// Texts returns the texts of the events.
func (l *Lab) Texts() []string {
	var list []string
	for _, e := range l.Events() {
		list = append(list, e.Text)
	}
	return list
}

// Wait blocks until an event that contains text was recorded n times, or the agent ended; the test fails after limit.
func (l *Lab) Wait(text string, n int, limit time.Duration) {
	l.t.Helper()
	deadline := time.Now().Add(limit)
	for {
		count := 0
		for _, e := range l.Events() {
			if strings.Contains(e.Text, text) {
				count++
			}
		}
		if count >= n {
			return
		}
		select {
		case <-l.exited:
			l.t.Fatalf("the agent ended with %d before %q came %d times\n%s\n%s", l.exitCode, text, n, strings.Join(l.Texts(), "\n"), l.Log())
		case <-time.After(5 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			l.t.Fatalf("%q came %d times, not %d, within %v\n%s\n%s", text, count, n, limit, strings.Join(l.Texts(), "\n"), l.Log())
		}
	}
}

// Log returns what the agent wrote to standard error.
func (l *Lab) Log() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.log.String()
}

// Start runs the agent: program is its path, args its arguments after the -v options; none is "agent".
func (l *Lab) Start(program string, args ...string) {
	l.t.Helper()
	if len(args) == 0 {
		args = []string{"agent"}
	}
	v := l.Verbosity
	if v == nil {
		v = []string{"-v"}
	}
	script := l.prepare()
	line := append([]string{"-c", script}, l.Wrap...)
	line = append(append(append(line, program), v...), args...)
	l.cmd = exec.Command("unshare", append([]string{"--mount", "--propagation", "private", "sh"}, line...)...)
	l.cmd.Env = append([]string{
		"PATH=" + filepath.Join(l.dir, "bin") + ":/usr/sbin:/usr/bin:/sbin:/bin",
		"NOTIFY_SOCKET=" + filepath.Join(l.dir, "notify"),
		socketEnv + "=" + filepath.Join(l.dir, "calls"),
		"DBUS_SYSTEM_BUS_ADDRESS=unix:path=" + filepath.Join(l.dir, "no-bus"),
	}, l.Env...)
	l.cmd.Stderr = (*logWriter)(l)
	l.cmd.Stdout = (*logWriter)(l)
	l.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	l.start = time.Now()
	must(l.t, l.cmd.Start())
	go func() {
		err := l.cmd.Wait()
		var exit *exec.ExitError
		switch {
		case err == nil:
		case errors.As(err, &exit) && exit.Exited():
			l.exitCode = exit.ExitCode()
		default:
			l.exitCode = -1
		}
		close(l.exited)
	}()
}

// Path returns where a file of the agent's /run is on the host.
func (l *Lab) Path(name string) string { return filepath.Join(l.dir, "root", name) }

// Metrics returns what the agent's metrics socket says.
func (l *Lab) Metrics() string {
	l.t.Helper()
	c, err := net.Dial("unix", l.Path("/run/zincati/public/metrics.promsock"))
	must(l.t, err)
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	b, err := io.ReadAll(c)
	must(l.t, err)
	return string(b)
}

// Terminate sends SIGTERM and returns the exit status.
func (l *Lab) Terminate() int {
	l.t.Helper()
	l.cmd.Process.Signal(syscall.SIGTERM)
	return l.WaitExit(2 * time.Minute)
}

// WaitExit waits for the end of the agent and returns its exit status.
func (l *Lab) WaitExit(limit time.Duration) int {
	l.t.Helper()
	select {
	case <-l.exited:
	case <-time.After(limit):
		l.t.Fatalf("the agent still runs after %v\n%s\n%s", limit, strings.Join(l.Texts(), "\n"), l.Log())
	}
	return l.exitCode
}

func (l *Lab) stop() {
	if l.cmd != nil {
		l.cmd.Process.Kill()
		<-l.exited
	}
	if l.notify != nil {
		l.mu.Lock()
		l.drain()
		l.mu.Unlock()
	}
	if l.server != nil {
		l.server.CloseClientConnections()
		l.server.Close()
	}
	os.RemoveAll(l.dir)
}

type logWriter Lab

func (w *logWriter) Write(p []byte) (int, error) {
	l := (*Lab)(w)
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.log.Write(p)
}
