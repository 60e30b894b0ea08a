package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/zincati/fleetlock"
)

// asProgram makes the test binary the program itself.
const asProgram = "NESTOS_TEST_FLEETLOCK"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	p := &program{name: "fleetlock", stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv}
	os.Exit(p.run(context.Background(), os.Args[1:]))
}

// fleet runs a command line in process.
func fleet(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	p := &program{name: "airlock", stdout: &out, stderr: &errs, getenv: func(string) string { return "" }}
	code = p.run(t.Context(), args)
	return code, out.String(), errs.String()
}

// site is a configuration file and what belongs to it.
type site struct {
	config string
	url    string
	status string
	state  string
}

func newSite(t *testing.T, store, more string) *site {
	t.Helper()
	dir := t.TempDir()
	port, status := testutil.FreePort(t), testutil.FreePort(t)
	s := &site{
		config: filepath.Join(dir, "config.toml"), state: filepath.Join(dir, "state"),
		url: fmt.Sprintf("http://127.0.0.1:%d/", port), status: fmt.Sprintf("http://127.0.0.1:%d/", status),
	}
	if store == "" {
		store = fmt.Sprintf("[store]\nkind = \"file\"\npath = %q\n", s.state)
	}
	if !strings.Contains(more, "[service]") {
		more += "\n[service]\ntls = false"
	}
	s.write(t, fmt.Sprintf("%s%s\naddress = \"127.0.0.1\"\nport = %d\n[status]\nenabled = true\naddress = \"127.0.0.1\"\nport = %d\n", store, more, port, status))
	return s
}

func (s *site) write(t *testing.T, text string) {
	t.Helper()
	if err := os.WriteFile(s.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// process is a running "serve".
type process struct {
	*exec.Cmd
	log bytes.Buffer
}

// serve starts the program and waits until it is ready.
func (s *site) serve(t *testing.T) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: exec.Command(self, "serve", "-vc", s.config)}
	p.Env = append(os.Environ(), asProgram+"=1")
	p.Stdout, p.Stderr = &p.log, &p.log
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Process.Kill(); _ = p.Wait() })
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if r, err := http.Get(s.status + "readyz"); err == nil {
			r.Body.Close()
			if r.StatusCode == 200 {
				return p
			}
		}
		if time.Now().After(deadline) {
			_ = p.Process.Kill()
			_ = p.Wait()
			t.Fatalf("the server does not become ready: %s", p.log.String())
		}
	}
}

// end sends a signal and returns the exit code.
func (p *process) end(t *testing.T, sig syscall.Signal) int {
	t.Helper()
	if err := p.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	_ = p.Wait() // the code tells
	return p.ProcessState.ExitCode()
}

func (s *site) client(t *testing.T, id string, o *fleetlock.Options) *fleetlock.Client {
	t.Helper()
	c, err := fleetlock.NewClient(s.url, "default", id, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (s *site) run(t *testing.T, args ...string) string {
	t.Helper()
	code, stdout, stderr := fleet(t, append(args, "--config="+s.config)...)
	if code != 0 || stderr != "" {
		t.Errorf("%q: exit %d, %s", args, code, stderr)
	}
	return stdout
}

func TestCommandLine(t *testing.T) {
	good := newSite(t, "", "").config
	broken := filepath.Join(t.TempDir(), "broken")
	if err := os.WriteFile(broken, []byte("service.tls=true\netcd3.endpoints=[\"http://h\"]"), 0o600); err != nil {
		t.Fatal(err)
	}
	nonsense := filepath.Join(t.TempDir(), "nonsense")
	if err := os.WriteFile(nonsense, []byte("hello\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args           string
		code           int
		stdout, stderr string // parts
	}{
		{"", 0, "Usage:\n  airlock [command]\n\nAvailable Commands:\n  completion ", ""},
		{"-h", 0, "  -c, --config string   ", ""},
		{"help", 0, "(default \"/etc/airlock/config.toml\")", ""},
		{"help serve", 0, "Usage:\n  airlock serve [flags]\n", ""},
		{"help nonsense", 0, "", "Unknown help topic"},
		{"serve --help", 0, "Global Flags:", ""},
		{"ex", 0, "Available Commands:\n  get ", ""},
		{"ex get", 0, "  slots ", ""},
		{"ex nonsense", 0, "  airlock ex [command]", ""},
		{"nonsense", 1, "", "Error: unknown command \"nonsense\" for \"airlock\"\nRun 'airlock --help' for usage.\n"},
		{"--nonsense", 1, "", "Error: unknown flag: --nonsense\n"},
		{"--version", 0, "airlock version " + version + "\n", ""},
		{"serve --version", 1, "", "Error: unknown flag: --version\n"},
		{"serve --nonsense", 1, "", "Error: unknown flag: --nonsense\nUsage:\n  airlock serve [flags]\n"},
		{"serve -x", 1, "", "Error: unknown shorthand flag: 'x' in -x\n"},
		{"serve -c", 1, "", "Error: flag needs an argument: 'c' in -c\n"},
		{"serve -c /nonexistent", 1, "", "Error: open /nonexistent: no such file or directory\nUsage:\n  airlock serve [flags]\n"},
		{"serve --config=", 1, "", "Error: empty path to configuration file\n"},
		{"serve -c " + broken, 1, "", "Error: TLS mode not yet implemented\nUsage:"},
		{"-c " + broken + " ex get slots", 1, "", "Error: TLS mode not yet implemented\n"},
		{"-vvc " + broken + " serve", 1, "", "level=error msg=\"TLS mode not yet implemented\"\n"},
		{"list -c " + broken, 1, "", "\nIn " + broken + ": set service.tls = false, or service.tls_cert and service.tls_key."},
		{"list -c /nonexistent", 1, "", "\nThe configuration is read from /nonexistent; --config FILE names another file.\n"},
		{"list -c " + nonsense, 1, "", "\nThis is about the configuration in " + nonsense + ".\n"},
		{"release -c " + good, 1, "", "Error: required flag(s) \"group\", \"id\" not set\nUsage:"},
		{"ex release --group g -c " + good, 1, "", "Error: required flag(s) \"id\" not set\nUsage:"},
		{"release --group= --id x -c " + good, 1, "", "Error: --group and --id must not be empty\n"},
		{"release --group nope --id x -c " + good, 1, "", "Error: unknown group \"nope\"\n"},
		{"completion powershell", 1, "", "not supported"},
	} {
		code, stdout, stderr := fleet(t, strings.Fields(test.args)...)
		if code != test.code || !strings.Contains(stdout, test.stdout) || !strings.Contains(stderr, test.stderr) ||
			(test.stdout == "") != (stdout == "") || (test.stderr == "") != (stderr == "") {
			t.Errorf("%q: exit %d\nstdout: %s\nstderr: %s", test.args, code, stdout, stderr)
		}
	}
}

func TestWithoutServer(t *testing.T) {
	s := newSite(t, "", "[[lock.groups]]\nname = \"infra\"\nslots = 3")
	want := "group: default\n semaphore slots: 1\n lock owners:\n\n---\ngroup: infra\n semaphore slots: 3\n lock owners:\n\n---\n"
	// Locks that are gone are not forgotten in silence.
	code, stdout, stderr := fleet(t, "ex", "get", "slots", "--config="+s.config)
	if code != 0 || stdout != want || !strings.Contains(stderr, "no lock store was found") {
		t.Errorf("ex get slots: exit %d\n%s%s", code, stdout, stderr)
	}
	if got := s.run(t, "ex", "get", "slots"); got != want {
		t.Errorf("ex get slots:\n%s", got)
	}
	if got := s.run(t, "release", "--group", "infra", "--id", "x"); got != "x holds no lock in group infra\n" {
		t.Errorf("release: %q", got)
	}
}

// A path that is too long for a socket's address works all the same.
// A listener that cannot be had is logged and ends the program, with 0.
// selfSigned writes a certificate for 127.0.0.1 and its key.
// Requests that are being answered when the signal comes are finished.
func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		code, script, stderr := fleet(t, "completion", shell)
		if code != 0 || stderr != "" || !strings.Contains(script, "'ex get'") {
			t.Errorf("%s: exit %d, %s", shell, code, stderr)
		}
	}
	bash := testutil.Tool(t, "bash")
	_, script, _ := fleet(t, "completion", "bash")
	for line, want := range map[string]string{
		"airlock ":                      "completion ex list release serve help --help --version --config --verbose",
		"airlock s":                     "serve",
		"airlock -v -c /x ex ":          "get release --help --config --verbose",
		"airlock ex get slots --j":      "--json",
		"airlock release --group g --i": "--id",
		"airlock ex release --group ":   "",
	} {
		words := strings.Split(line, " ")
		cmd := exec.CommandContext(t.Context(), bash, append([]string{"-c", script + "\nCOMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _airlock; echo \"${COMPREPLY[*]}\"", "bash"}, words...)...)
		out, err := cmd.CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			t.Errorf("%q: %q, want %q (%v)", line, got, want, err)
		}
	}
}
