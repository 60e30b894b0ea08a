package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// TestMain is the program itself where the test binary is called so.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "zincati" {
		main()
	}
	os.Exit(m.Run())
}

const (
	nodes = `{"version":"40.1","payload":"%[1]s","metadata":{"org.fedoraproject.coreos.scheme":"checksum","org.fedoraproject.coreos.releases.age_index":"0"}},` +
		`{"version":"40.2","payload":"%[2]s","metadata":{"org.fedoraproject.coreos.scheme":"checksum","org.fedoraproject.coreos.releases.age_index":"1"}}`
	deployment = `{"booted":%v,"staged":%v,"checksum":"%s","version":"%s","base-commit-meta":{"fedora-coreos.stream":"stable"}}`
)

var booted, update = strings.Repeat("01", 32), strings.Repeat("02", 32)

// setup makes the namespace in which the agent runs; it has its own /run, users, machine id and kernel arguments. The
// user "zincati" has the number of one that the bus outside knows.
const setup = `set -e
mount -t tmpfs tmpfs /run
mkdir -p /run/zincati/config.d /run/zincati/public
cp "$W/50.toml" /run/zincati/config.d
chown -R 65534:65534 /run/zincati
mount --bind "$W/passwd" /etc/passwd
mount --bind "$W/cmdline" /proc/cmdline
mount --bind "$W/machine-id" /etc/machine-id
exec setpriv --reuid 65534 --regid 65534 --clear-groups "$W/zincati" "$@"
`

const fakeProgram = `#!/bin/sh
echo "$(basename "$0")" "$@" >>"$W/calls"
case "$(basename "$0") $*" in
"rpm-ostree status --booted --json") cat "$W/booted.json" ;;
"rpm-ostree status --json") if [ -e "$W/staged" ]; then cat "$W/staged.json"; else cat "$W/booted.json"; fi ;;
"rpm-ostree deploy --lock-finalization"*) : >"$W/staged" ;;
"loginctl "*) echo '[{"session":"2","user":"core","tty":null}]' ;;
esac
`

// world is the surroundings of an agent.
type world struct {
	dir string
	env []string

	mu       sync.Mutex
	edges    string
	messages []string
	queries  int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	testutil.Root(t)
	testutil.Namespaces(t, "--mount")
	testutil.Tool(t, "setpriv")
	if _, err := os.Stat("/etc/machine-id"); err != nil {
		testutil.Missing(t, "a machine id: %v", err)
	}
	w := &world{dir: t.TempDir()}
	for _, dir := range []string{w.dir, filepath.Dir(w.dir)} { // the agent is another user
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	graph := httptest.NewServer(http.HandlerFunc(w.graph))
	t.Cleanup(graph.Close)
	booted40 := fmt.Sprintf(deployment, true, false, booted, "40.1")
	for name, text := range map[string]string{
		"50.toml":     fmt.Sprintf("cincinnati.base_url = %q\n", graph.URL),
		"passwd":      "root:x:0:0::/:/bin/sh\nzincati:x:65534:65534::/:/bin/sh\n",
		"cmdline":     "root=UUID=x ignition.platform.id=qemu\n",
		"machine-id":  "c0ffee00c0ffee00c0ffee00c0ffee00\n",
		"calls":       "",
		"booted.json": `{"deployments":[` + booted40 + `]}`,
		"staged.json": `{"deployments":[` + fmt.Sprintf(deployment, false, true, update, "40.2") + "," + booted40 + `]}`,
	} {
		w.write(t, name, text, 0o666)
	}
	if err := os.Mkdir(filepath.Join(w.dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"rpm-ostree", "loginctl", "pkexec"} {
		w.write(t, "bin/"+name, fakeProgram, 0o755)
	}
	if err := os.Chmod(w.dir, 0o777); err != nil { // for the file that tells that something is staged
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	w.copy(t, self, "zincati")
	w.listen(t)
	bus := testutil.StartBus(t, &testutil.BusOptions{Socket: filepath.Join(w.dir, "bus")})
	w.env = append(os.Environ(), "W="+w.dir, "PATH="+w.dir+"/bin:"+os.Getenv("PATH"), "NOTIFY_SOCKET="+w.dir+"/notify",
		"DBUS_SYSTEM_BUS_ADDRESS="+bus.Address(), "no_proxy=127.0.0.1", "WATCHDOG_USEC=")
	return w
}

func (w *world) write(t *testing.T, name, text string, mode os.FileMode) {
	t.Helper()
	name = filepath.Join(w.dir, name)
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
}

// copy is for a user who need not have a way to the file.
func (w *world) copy(t *testing.T, from, name string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	w.write(t, name, string(data), 0o755)
}

func (w *world) graph(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queries++
	rw.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(rw, `{"nodes":[`+nodes+`],"edges":[`+w.edges+`]}`, booted, update)
}

// listen takes what the agent tells the service manager.
func (w *world) listen(t *testing.T) {
	t.Helper()
	path := filepath.Join(w.dir, "notify")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := os.Chmod(path, 0o777); err != nil {
		t.Fatal(err)
	}
	go func() {
		b := make([]byte, 1<<16)
		for {
			n, err := c.Read(b)
			if err != nil {
				return
			}
			w.mu.Lock()
			w.messages = append(w.messages, string(b[:n]))
			w.mu.Unlock()
		}
	}()
}

func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if f() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}

// agent is a running agent.
type agent struct {
	cmd *exec.Cmd
	log *strings.Builder
}

func (w *world) command(args ...string) *exec.Cmd {
	cmd := exec.Command("unshare", append([]string{"--mount", "--propagation=private", "sh", "-c", setup, "sh"}, args...)...)
	cmd.Env = w.env
	return cmd
}

func (w *world) start(t *testing.T, args ...string) *agent {
	t.Helper()
	a := &agent{cmd: w.command(args...), log: &strings.Builder{}}
	a.cmd.Stderr = a.log
	if err := a.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.cmd.Process.Kill(); _ = a.cmd.Wait() })
	return a
}

// received tells that the service manager has got a message, once its changing part is cut off.
func (w *world) received(message string) bool {
	return slices.Contains(w.notifications(), message)
}

var checked = regexp.MustCompile(` \(last checked \w{3} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\)\n$`)

func (w *world) notifications() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for _, m := range w.messages {
		out = append(out, checked.ReplaceAllString(m, " (last checked)\n"))
	}
	return out
}

func (w *world) calls(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(w.dir, "calls"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
}

// metrics reads the socket, from outside of the agent's namespace.
func (a *agent) metrics(t *testing.T) string {
	t.Helper()
	c, err := net.Dial("unix", fmt.Sprintf("/proc/%d/root/run/zincati/public/metrics.promsock", a.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	text, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (w *world) ex(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(filepath.Join(w.dir, "zincati"), append([]string{"ex"}, args...)...)
	cmd.Env = w.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("ex %s: %v\n%s", args, err, out)
	}
	return string(out)
}

// One agent from its start over a check without result and one that was asked for, to the reboot and the end.
func TestAgent(t *testing.T) {
	w := newWorld(t)
	a := w.start(t, "agent", "-v")
	eventually(t, "the first check", func() bool {
		return strings.Contains(strings.Join(w.notifications(), ""), "(last checked)")
	})
	eventually(t, "the dead-end notice is unset", func() bool {
		return slices.Contains(w.calls(t), "pkexec /usr/libexec/zincati deadend-motd unset")
	})
	eventually(t, "the agent is on the bus", func() bool {
		cmd := exec.Command(filepath.Join(w.dir, "zincati"), "ex", "moo")
		cmd.Env = w.env
		return cmd.Run() == nil
	})
	if got := w.ex(t, "moo", "--talkative"); got != "Moooo mooo moooo!\n" {
		t.Errorf("moo: %q", got)
	}
	refreshed := strings.TrimSpace(w.ex(t, "last-refresh-time"))
	if text := a.metrics(t); !strings.Contains(text, "\nzincati_update_agent_last_refresh_timestamp "+refreshed+"\n") {
		t.Errorf("refreshed at %s, but the metrics are\n%s", refreshed, text)
	}
	w.mu.Lock()
	w.edges = "[0,1]"
	w.mu.Unlock()
	if got := w.ex(t, "check-update"); got != "" {
		t.Errorf("check-update: %q", got)
	}
	eventually(t, "the update is finalized", func() bool {
		return w.received("STATUS=update applied, waiting for reboot: 40.2\n")
	})
	text := a.metrics(t)
	if err := a.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := a.cmd.Wait(); err != nil {
		t.Errorf("after TERM: %v", err)
	}
	eventually(t, "the farewell", func() bool { return w.received("STOPPING=1\n") })
	w.checkMessages(t)
	w.checkCalls(t)
	checkMetrics(t, text)
	for _, line := range []string{
		"[INFO  zincati::cli::agent] starting update agent (zincati 0.0.32)\n",
		"[INFO  zincati::cli::agent] agent running on node 'a6021cacafbb49ccb7e778d135fc9fa4', in update group 'default'\n",
		"[INFO  zincati::update_agent::actor] update finalized: 40.2\n",
	} {
		if !strings.Contains(a.log.String(), line) {
			t.Errorf("the log lacks %q:\n%s", line, a.log)
		}
	}
}

func (w *world) checkMessages(t *testing.T) {
	t.Helper()
	// As a service manager gets them from zincati 0.0.32, but for the second check.
	want := []string{
		"READY=1\n", "STATUS=initialization complete, auto-updates logic enabled\n", "STATUS=periodically polling for updates\n",
		"STATUS=periodically polling for updates (last checked)\n", "STATUS=periodically polling for updates (last checked)\n",
		"STATUS=found update on remote: 40.2\n", "STATUS=update staged: 40.2\n", "STATUS=update finalized: 40.2\n",
		"STATUS=update applied, waiting for reboot: 40.2\n", "STATUS=\n", "STOPPING=1\n",
	}
	if got := w.notifications(); !slices.Equal(got, want) {
		t.Errorf("messages are\n%q\nwant\n%q", got, want)
	}
}

func (w *world) checkCalls(t *testing.T) {
	t.Helper()
	want := []string{
		"rpm-ostree status --booted --json", "rpm-ostree deploy  --register-driver=Zincati",
		"pkexec /usr/libexec/zincati deadend-motd unset",
		"rpm-ostree deploy --lock-finalization --skip-branch-check revision=" + update + " --disallow-downgrade",
		"rpm-ostree status --json", "loginctl list-sessions --json=short", "rpm-ostree finalize-deployment " + update,
	}
	got := w.calls(t)
	// The list of deployments is asked for only where /ostree/deploy exists.
	if i := slices.Index(got, "rpm-ostree status --json"); i == 2 {
		got = slices.Delete(got, i, i+1)
	}
	if !slices.Equal(got, want) {
		t.Errorf("calls are\n%q\nwant\n%q", got, want)
	}
	if w.queries != 2 {
		t.Errorf("%d queries of the graph", w.queries)
	}
}

func checkMetrics(t *testing.T, text string) {
	t.Helper()
	for _, line := range []string{
		"zincati_cincinnati_update_checks_total 2", "zincati_rpm_ostree_deploy_attempts_total 1",
		"zincati_rpm_ostree_finalize_attempts_total 1", "zincati_update_agent_finalization_attempts 1",
		"zincati_update_agent_finalization_successes 1", "zincati_update_agent_finalization_detected_active_users 0",
		`zincati_updates_strategy_can_finalize_responses{response="allow"} 1`,
		`zincati_identity_os_info{basearch="`, `zincati_updates_strategy_mode{strategy="immediate"} 1`,
		"zincati_cincinnati_booted_release_is_deadend 0", "zincati_cincinnati_graph_nodes_count 2", "zincati_cincinnati_graph_edges_count 1",
	} {
		if !strings.Contains(text, "\n"+line) {
			t.Errorf("the metrics lack %q:\n%s", line, text)
		}
	}
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		return
	}
	cmd := exec.Command(promtool, "check", "metrics")
	cmd.Stdin = strings.NewReader(text)
	// Status 3 is for advice about names.
	if out, err := cmd.CombinedOutput(); err != nil {
		if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 3 {
			t.Errorf("promtool: %v\n%s", err, out)
		}
	}
}

// An agent that cannot start says why, and leaves with 1.
func TestAgentCannotStart(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct{ config, want string }{
		"no graph server": {"", "[ERROR zincati]  -> empty Cincinnati base URL\n"},
		"bad group":       {"identity.group = \"a b\"\n", "[ERROR zincati]  -> invalid group label 'a b'"},
		"bad strategy":    {"cincinnati.base_url=\"http://h\"\nupdates.strategy = \"never\"\n", "[ERROR zincati]  -> unsupported strategy 'never'\n"},
		"bad TOML":        {"a = [\n", "[ERROR zincati]  -> failed to parse TOML\n"},
	} {
		w.write(t, "50.toml", c.config, 0o666)
		a := w.start(t, "agent")
		err := a.cmd.Wait()
		if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 1 {
			t.Errorf("%s: %v", name, err)
		}
		if log := a.log.String(); !strings.HasPrefix(log, "[ERROR zincati] error: failed to assemble configuration settings\n") || !strings.Contains(log, c.want) {
			t.Errorf("%s: log is\n%s", name, log)
		}
	}
	if got := w.notifications(); len(got) > 0 {
		t.Errorf("messages are %q", got)
	}
}

// A journal that went away does not end the agent.
func TestAgentWithoutJournal(t *testing.T) {
	w := newWorld(t)
	w.edges = "[0,1]"
	r, journal, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer journal.Close()
	a := &agent{cmd: w.command("agent", "-vvv")}
	a.cmd.Stderr = journal
	if err := a.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.cmd.Process.Kill(); _ = a.cmd.Wait() })
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the update is finalized", func() bool {
		return w.received("STATUS=update applied, waiting for reboot: 40.2\n")
	})
}

// TERM ends the agent at once, also while rpm-ostree keeps it waiting.
func TestTermWhileRegistering(t *testing.T) {
	w := newWorld(t)
	w.write(t, "bin/rpm-ostree", strings.Replace(fakeProgram, "case ", "[ \"$1\" = status ] || exec sleep 100\ncase ", 1), 0o755)
	a := w.start(t, "agent")
	eventually(t, "registration begins", func() bool {
		return slices.Contains(w.calls(t), "rpm-ostree deploy  --register-driver=Zincati")
	})
	begin := time.Now()
	if err := a.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := a.cmd.Wait(); err != nil {
		t.Errorf("after TERM: %v", err)
	}
	if d := time.Since(begin); d > time.Minute {
		t.Errorf("took %v", d)
	}
	want, _ := json.Marshal([]string{"STATUS=\n", "STOPPING=1\n"})
	eventually(t, "the farewell alone", func() bool {
		got, _ := json.Marshal(w.notifications())
		return string(got) == string(want)
	})
}
