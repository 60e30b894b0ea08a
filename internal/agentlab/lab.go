//go:build linux

package agentlab

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
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

// listenCalls answers the stand-ins.
func (l *Lab) listenCalls() {
	path := filepath.Join(l.dir, "calls")
	ln, err := net.Listen("unix", path)
	must(l.t, err)
	must(l.t, os.Chmod(path, 0o777))
	l.t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				var call Call
				if json.NewDecoder(c).Decode(&call) != nil {
					return
				}
				text := quote(call.Args)
				if call.Args[0] == "rpm-ostree" && call.ClientID != "zincati" {
					text += fmt.Sprintf(" [client %q]", call.ClientID)
				}
				l.Record("%s", text)
				var r Reply
				switch call.Args[0] {
				case "rpm-ostree":
					r = l.RPMOSTree(call)
				case "loginctl":
					r = l.Loginctl(call)
				case "pkexec":
					r = l.Pkexec(call)
				}
				json.NewEncoder(c).Encode(r)
			}()
		}
	}()
}

func quote(args []string) string {
	var b strings.Builder
	for i, a := range args {
		if i > 0 {
			b.WriteByte(' ')
		}
		if a == "" || strings.ContainsAny(a, " \"'\n") {
			fmt.Fprintf(&b, "%q", a)
		} else {
			b.WriteString(a)
		}
	}
	return b.String()
}

// listenNotify records what goes to the service manager, without the time of day.
func (l *Lab) listenNotify() {
	path := filepath.Join(l.dir, "notify")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	must(l.t, err)
	must(l.t, os.Chmod(path, 0o777))
	f, err := c.File()
	must(l.t, err)
	must(l.t, c.Close())
	l.notify = f
	go func() {
		for {
			select {
			case <-l.exited:
				return
			case <-time.After(2 * time.Millisecond):
				l.mu.Lock()
				l.drain()
				l.mu.Unlock()
			}
		}
	}()
}

// drain records the notifications that have come. It is called before any other event is recorded, so that the order
// of the list is that in which the agent did things, although a notification is not waited for by the agent.
func (l *Lab) drain() {
	buf := make([]byte, 65536)
	for {
		n, _, err := syscall.Recvfrom(int(l.notify.Fd()), buf, syscall.MSG_DONTWAIT)
		if err != nil {
			return
		}
		l.add(fmt.Sprintf("notify %q", hideTime(string(buf[:n]))))
	}
}

// hideTime replaces the time in "(last checked …)".
func hideTime(s string) string {
	i := strings.Index(s, "(last checked ")
	if i < 0 {
		return s
	}
	j := strings.Index(s[i:], ")")
	if j < 0 {
		return s
	}
	if _, err := time.Parse("Mon 2006-01-02 15:04:05 UTC", s[i+len("(last checked "):i+j]); err != nil {
		return s
	}
	return s[:i] + "(last checked TIME" + s[i+j:]
}

// serve answers HTTP; the query is recorded with sorted keys.
func (l *Lab) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	text := r.Method + " " + r.URL.Path
	if r.URL.RawQuery != "" {
		q, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			text += "?BAD " + r.URL.RawQuery
		} else {
			text += "?" + strings.ReplaceAll(q.Encode(), "%2F", "/")
		}
	}
	if len(body) > 0 {
		var compact bytes.Buffer
		if json.Compact(&compact, body) == nil {
			var v any
			json.Unmarshal(body, &v)
			b, _ := json.Marshal(v)
			text += " " + string(b)
		} else {
			text += fmt.Sprintf(" %q", body)
		}
	}
	for _, h := range []string{"Fleet-Lock-Protocol"} {
		if v := r.Header.Get(h); v != "" {
			text += fmt.Sprintf(" [%s: %s]", strings.ToLower(h), v)
		}
	}
	l.Record("%s", text)
	f := l.Lock
	if strings.HasSuffix(r.URL.Path, "v1/graph") {
		f = l.Graph
	}
	status, answer := f(r, string(body))
	if status/100 == 3 {
		w.Header().Set("Location", answer)
		answer = ""
	}
	w.WriteHeader(status)
	io.WriteString(w, answer)
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

// prepare writes the files and returns the script that makes the world of the namespace and becomes the agent.
func (l *Lab) prepare() string {
	t := l.t
	root := filepath.Join(l.dir, "root")
	for _, d := range []string{"etc/zincati/config.d", "run/zincati/config.d", "run/zincati/public", "run/zincati/private", "run/motd.d", "usr/lib/zincati/config.d", "ostree/deploy", "proc"} {
		must(t, os.MkdirAll(filepath.Join(root, d), 0o755))
	}
	must(t, os.MkdirAll(filepath.Join(l.dir, "bin"), 0o755))
	self, err := os.Executable()
	must(t, err)
	for _, n := range []string{"rpm-ostree", "loginctl", "pkexec"} {
		// A link to the test binary, which may lie where the agent's user may not go.
		copyFile(t, self, filepath.Join(l.dir, "bin", n))
	}
	passwd, err := os.ReadFile("/etc/passwd")
	must(t, err)
	must(t, os.WriteFile(filepath.Join(root, "etc/passwd"), append(passwd, fmt.Appendf(nil, "\nzincati:x:%d:%d::/:/sbin/nologin\n", UID, UID)...), 0o644))
	var script strings.Builder
	script.WriteString("set -e\n")
	names := make([]string, 0, len(l.Files))
	for n := range l.Files {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		p := filepath.Join(root, n)
		must(t, os.MkdirAll(filepath.Dir(p), 0o755))
		if target, ok := strings.CutPrefix(l.Files[n], "link:"); ok {
			must(t, os.Symlink(target, p))
			continue
		}
		must(t, os.WriteFile(p, []byte(l.Files[n]), 0o644))
	}
	must(t, filepath.WalkDir(root, func(p string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if strings.HasPrefix(p, filepath.Join(root, "run")) {
			return os.Lchown(p, UID, UID)
		}
		return nil
	}))
	// A root of its own, with everything of the host below it, so that directories that this machine lacks can be there.
	fmt.Fprintf(&script, `lab='%s'
mkdir -p "$lab/up" "$lab/new"
mount -t tmpfs none "$lab/up"
mount -t tmpfs none "$lab/new"
mkdir "$lab/up/u" "$lab/up/w" "$lab/up/lu" "$lab/up/lw"
for e in /*; do
  case "$e" in /etc|/run|/ostree) mkdir "$lab/new$e"; continue ;; esac
  if [ -L "$e" ]; then cp -a "$e" "$lab/new$e"
  elif [ -d "$e" ]; then mkdir "$lab/new$e"; mount --rbind "$e" "$lab/new$e"
  fi
done
mkdir -p "$lab/new/ostree"
mount --bind "$lab/root/ostree" "$lab/new/ostree"
cp -a "$lab/root/etc/." "$lab/up/u/"
mount -t overlay -o "lowerdir=/etc,upperdir=$lab/up/u,workdir=$lab/up/w" none "$lab/new/etc"
mkdir "$lab/up/lu/zincati"
cp -a "$lab/root/usr/lib/zincati/." "$lab/up/lu/zincati/"
mount -t overlay -o "lowerdir=/usr/lib,upperdir=$lab/up/lu,workdir=$lab/up/lw" none "$lab/new/usr/lib"
mount --bind "$lab/root/run" "$lab/new/run"
`, l.dir)
	if _, ok := l.Files["/proc/cmdline"]; ok {
		script.WriteString("mount --bind \"$lab/root/proc/cmdline\" \"$lab/new/proc/cmdline\"\n")
	}
	if _, ok := l.Files["/etc/machine-id"]; !ok {
		script.WriteString("rm -f \"$lab/new/etc/machine-id\"\n")
	}
	fmt.Fprintf(&script, "exec chroot \"$lab/new\" setpriv --reuid %d --regid %d --clear-groups \"$0\" \"$@\"\n", UID, UID)
	return script.String()
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	if os.Link(from, to) == nil {
		return
	}
	in, err := os.Open(from)
	must(t, err)
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o755)
	must(t, err)
	_, err = io.Copy(out, in)
	must(t, err)
	must(t, out.Close())
}

// Path returns where a file of the agent's /run is on the host.
func (l *Lab) Path(name string) string { return filepath.Join(l.dir, "root", name) }

// Metrics returns what the agent's metrics socket says.
func (l *Lab) Metrics() string {
	l.t.Helper()
	c, err := net.Dial("unix", l.Path("/run/zincati/public/metrics.promsock"))
	must(l.t, err)
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	b, err := io.ReadAll(c)
	must(l.t, err)
	return string(b)
}

// Terminate sends SIGTERM and returns the exit status.
func (l *Lab) Terminate() int {
	l.t.Helper()
	l.cmd.Process.Signal(syscall.SIGTERM)
	return l.WaitExit(10 * time.Second)
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
