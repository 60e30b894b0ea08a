package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/zincati/fleetlock"
	"github.com/nestos-dev/nestos/zincati/fleetlock/etcdstore/etcdtest"
)

// asProgram makes the test binary the program itself.
const asProgram = "NESTOS_TEST_FLEETLOCK"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	p := &program{name: "fleetlock", stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv, pid: os.Getpid()}
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

// freePort returns a port that nobody listens on.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
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
	port, status := freePort(t), freePort(t)
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
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
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
		{"serve --nonsense", 1, "", "Error: unknown flag: --nonsense\nUsage:\n  airlock serve [flags]\n"},
		{"serve -x", 1, "", "Error: unknown shorthand flag: 'x' in -x\n"},
		{"serve -c", 1, "", "Error: flag needs an argument: 'c' in -c\n"},
		{"serve -c /nonexistent", 1, "", "Error: open /nonexistent: no such file or directory\nUsage:\n  airlock serve [flags]\n"},
		{"serve --config=", 1, "", "Error: empty path to configuration file\n"},
		{"serve -c " + broken, 1, "", "Error: TLS mode not yet implemented\nUsage:"},
		{"-c " + broken + " ex get slots", 1, "", "Error: TLS mode not yet implemented\n"},
		{"-vvc " + broken + " serve", 1, "", "level=error msg=\"TLS mode not yet implemented\"\n"},
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
	if got := s.run(t, "ex", "get", "slots"); got != want {
		t.Errorf("ex get slots:\n%s", got)
	}
	if got := s.run(t, "release", "--group", "infra", "--id", "x"); got != "x holds no lock in group infra\n" {
		t.Errorf("release: %q", got)
	}
}

func TestServe(t *testing.T) {
	s := newSite(t, "", "")
	p := s.serve(t)
	if err := s.client(t, "node-1", nil).PreReboot(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := s.client(t, "node-2", nil).PreReboot(t.Context())
	if err == nil || err.Error() != "lock-manager server-side error, code 500: all 1 semaphore slots currently locked" {
		t.Errorf("the second: %v", err)
	}
	// The server has the store; the commands ask it.
	if got := s.run(t, "list"); !strings.Contains(got, "default  1/1    holds  node-1 ") || !strings.Contains(got, "default  1/1    waits  node-2 ") {
		t.Errorf("list:\n%s", got)
	}
	if got := s.run(t, "list", "--json"); !strings.HasPrefix(got, `{"groups":[{"group":"default","total_slots":1,"holders":["node-1"],"granted":{"node-1":"20`) {
		t.Errorf("list --json: %s", got)
	}
	if got := s.run(t, "ex", "get", "slots", "--json"); !strings.HasPrefix(got, `{"groups":[{"group":"default","total_slots":1,"holders":["node-1"]`) {
		t.Errorf("ex get slots --json: %s", got)
	}
	if info, err := os.Stat(filepath.Join(s.state, adminSocket)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v, %v", info, err)
	}
	if got := s.run(t, "ex", "release", "--group", "default", "--id", "node-1"); got != "released node-1 in group default\n" {
		t.Errorf("release: %q", got)
	}
	if err := s.client(t, "node-2", nil).PreReboot(t.Context()); err != nil {
		t.Error(err)
	}
	if r, err := http.Get(s.status + "metrics"); err != nil || r.StatusCode != 200 {
		t.Errorf("metrics: %v, %v", r, err)
	} else if r.Body.Close(); r.Header.Get("Content-Type") == "" {
		t.Error("metrics without a type")
	}
	if code := p.end(t, syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit %d\n%s", code, p.log.String())
	}
	if got := s.run(t, "list"); !strings.Contains(got, "holds  node-2 ") {
		t.Errorf("list after the end:\n%s", got)
	}
	p = s.serve(t)
	if code := p.end(t, syscall.SIGKILL); code == 0 {
		t.Error("killed with code 0")
	}
	if got := s.run(t, "list"); !strings.Contains(got, "holds  node-2 ") {
		t.Errorf("list after the kill:\n%s", got)
	}
	p = s.serve(t)
	if code := p.end(t, syscall.SIGINT); code != 0 {
		t.Errorf("SIGINT: exit %d", code)
	}
}

// A path that is too long for a socket's address works all the same.
func TestLongStorePath(t *testing.T) {
	s := newSite(t, "", "")
	data, err := os.ReadFile(s.config)
	if err != nil {
		t.Fatal(err)
	}
	long := filepath.Join(filepath.Dir(s.state), strings.Repeat("d", 120), "state")
	s.write(t, strings.ReplaceAll(string(data), s.state, long))
	s.serve(t)
	if err := s.client(t, "node-1", nil).PreReboot(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := s.run(t, "release", "--group=default", "--id=node-1"); got != "released node-1 in group default\n" {
		t.Errorf("release: %q", got)
	}
}

// A listener that cannot be had is logged and ends the program, with 0.
func TestServePortTaken(t *testing.T) {
	s := newSite(t, "", "")
	s.serve(t)
	other := newSite(t, "", "")
	data, err := os.ReadFile(s.config)
	if err != nil {
		t.Fatal(err)
	}
	other.write(t, strings.ReplaceAll(string(data), s.state, other.state))
	code, _, stderr := fleet(t, "serve", "-c", other.config)
	if code != 0 || !strings.Contains(stderr, "level=error msg=\"service failure\"") || !strings.Contains(stderr, "address already in use") {
		t.Errorf("exit %d, %s", code, stderr)
	}
}

func TestServeCorruptStore(t *testing.T) {
	s := newSite(t, "", "")
	if err := os.MkdirAll(s.state, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.state, "state"), []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := fleet(t, "serve", "-c", s.config)
	if code != 1 || !strings.Contains(stderr, s.state+"/state is damaged at byte 0: ") {
		t.Errorf("exit %d, %s", code, stderr)
	}
}

func TestServeTLSAndPassword(t *testing.T) {
	dir := t.TempDir()
	pool := selfSigned(t, dir)
	hash, err := bcrypt.GenerateFromPassword([]byte("secret"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	auth := filepath.Join(dir, "auth")
	if err := os.WriteFile(auth, fmt.Appendf(nil, "fleet:%s\n", hash), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newSite(t, "", fmt.Sprintf("[service]\ntls = true\ntls_cert = %q\ntls_key = %q\nauth_file = %q", dir+"/cert", dir+"/key", auth))
	s.serve(t)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	defer transport.CloseIdleConnections()
	address := strings.TrimPrefix(s.url, "http://")
	s.url = "https://fleet:secret@" + address
	if err := s.client(t, "node-1", &fleetlock.Options{Transport: transport}).PreReboot(t.Context()); err != nil {
		t.Error(err)
	}
	s.url = "https://" + address
	if err := s.client(t, "node-1", &fleetlock.Options{Transport: transport}).SteadyState(t.Context()); err == nil || !strings.Contains(err.Error(), "code 401") {
		t.Errorf("without the password: %v", err)
	}
	if got := s.run(t, "list"); !strings.Contains(got, "holds  node-1 ") {
		t.Errorf("list:\n%s", got)
	}
}

// selfSigned writes a certificate for 127.0.0.1 and its key.
func selfSigned(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"cert": {Type: "CERTIFICATE", Bytes: der}, "key": {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return pool
}

func TestUnixSocket(t *testing.T) {
	s := newSite(t, "", "")
	socket := filepath.Join(filepath.Dir(s.state), "s")
	data, err := os.ReadFile(s.config)
	if err != nil {
		t.Fatal(err)
	}
	s.write(t, strings.Replace(string(data), "[service]\n", fmt.Sprintf("[service]\nsocket = %q\n", socket), 1))
	s.serve(t)
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}
	defer transport.CloseIdleConnections()
	if err := s.client(t, "node-1", &fleetlock.Options{Transport: transport}).PreReboot(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.client(t, "node-1", nil).PreReboot(t.Context()); err == nil {
		t.Error("the port is open, too")
	}
}

func TestEtcd(t *testing.T) {
	cluster := etcdtest.Start(t, 1, nil)
	s := newSite(t, fmt.Sprintf("[etcd3]\nendpoints = [%q]\ntransaction_timeout_ms = 500\n", cluster.Endpoints()[0]), "")
	p := s.serve(t)
	if err := s.client(t, "node-1", nil).PreReboot(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.client(t, "node-2", nil).PreReboot(t.Context()); err == nil || !strings.Contains(err.Error(), "code 500: all 1 semaphore slots currently locked") {
		t.Errorf("the second: %v", err)
	}
	if got := cluster.Ctl("get", "--print-value-only", "com.coreos.airlock/groups/default/v1/semaphore"); got != `{"total_slots":1,"holders":["node-1"]}` {
		t.Errorf("etcd has %s", got)
	}
	if got := s.run(t, "list"); !strings.Contains(got, "default  1/1    holds  node-1  unknown") {
		t.Errorf("list:\n%s", got)
	}
	if got := s.run(t, "release", "--group", "default", "--id", "node-1"); got != "released node-1 in group default\n" {
		t.Errorf("release: %q", got)
	}
	if got := s.run(t, "ex", "get", "slots"); got != "group: default\n semaphore slots: 1\n lock owners:\n\n---\n" {
		t.Errorf("ex get slots:\n%s", got)
	}
	cluster.Members[0].Kill()
	start := time.Now()
	err := s.client(t, "node-2", nil).PreReboot(t.Context())
	if err == nil || err.Error() != "lock-manager server-side error, code 500: failed to initialize semaphore manager: context deadline exceeded" {
		t.Errorf("without etcd: %v", err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("without etcd the reply took %v", took)
	}
	if code := p.end(t, syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit %d\n%s", code, p.log.String())
	}
}

// Requests that are being answered when the signal comes are finished.
func TestGracefulEnd(t *testing.T) {
	s := newSite(t, "", "[lock]\ndefault_slots = 100")
	p := s.serve(t)
	conn, err := net.Dial("tcp", strings.Trim(strings.TrimPrefix(s.url, "http://"), "/"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	body := `{"client_params":{"id":"slow","group":"default"}}`
	fmt.Fprintf(conn, "POST /v1/pre-reboot HTTP/1.1\r\nHost: h\r\nfleet-lock-protocol: true\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(body), body[:10])
	time.Sleep(100 * time.Millisecond)
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	fmt.Fprint(conn, body[10:])
	reply, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(reply), "HTTP/1.1 200 ") {
		t.Errorf("%q, %v", reply, err)
	}
	_ = p.Wait()
	if got := s.run(t, "list"); !strings.Contains(got, "holds  slow ") {
		t.Errorf("list:\n%s", got)
	}
}

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
		"airlock ":                      "completion ex list release serve help --help --config --verbose",
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
