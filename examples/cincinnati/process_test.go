package main

import (
	"bufio"
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
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// process is a running server.
type process struct {
	*exec.Cmd
	service, status string // host:port
	done            chan error

	mu  sync.Mutex
	log strings.Builder
}

var listening = regexp.MustCompile(`msg=listening service=(\S+) status=(\S+)`)

// start runs a server with a configuration, to which free ports are added, and waits until it listens.
func start(t *testing.T, name string, args []string, config string) *process {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	if !strings.Contains(config, "[service]") {
		config = "[service]\naddress='127.0.0.1'\nport=0\n" + config
	}
	config += "\n[status]\naddress='127.0.0.1'\nport=0\n"
	require.NoError(t, os.WriteFile(path, []byte(config), 0o644))
	p := &process{Cmd: command(name, append(args, "-v", "-c", path)...), done: make(chan error, 1)}
	pipe, err := p.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, p.Start())
	t.Cleanup(func() {
		p.Process.Kill()
		<-p.done
	})
	ready := make(chan []string, 1)
	go func() {
		lines := bufio.NewScanner(pipe)
		for lines.Scan() {
			p.mu.Lock()
			p.log.WriteString(lines.Text() + "\n")
			p.mu.Unlock()
			if m := listening.FindStringSubmatch(lines.Text()); m != nil {
				ready <- m
			}
		}
		p.done <- p.Wait()
		close(p.done)
	}()
	select {
	case m := <-ready:
		p.service, p.status = m[1], m[2]
	case <-time.After(2 * time.Minute):
		t.Fatal("the server does not listen: ", p.text())
	case err := <-p.done:
		t.Fatal("the server ended: ", err, p.text())
	}
	return p
}

func (p *process) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// end sends a signal and returns the exit status.
func (p *process) end(t *testing.T, sig os.Signal) int {
	t.Helper()
	require.NoError(t, p.Process.Signal(sig))
	select {
	case <-p.done:
	case <-time.After(2 * time.Minute):
		t.Fatal("the server does not end: ", p.text())
	}
	return p.ProcessState.ExitCode()
}

func fetchText(t *testing.T, client *http.Client, url string) (int, string) {
	t.Helper()
	resp, err := client.Get(url)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(body)
}

// eventually waits until a URL answers with a status and a text.
func eventually(t *testing.T, url string, status int, text string) {
	t.Helper()
	var code int
	var body string
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if code, body = fetchText(t, http.DefaultClient, url); code == status && strings.Contains(body, text) {
			return
		}
	}
	t.Fatalf("%s: %d %s instead of %d %s", url, code, body, status, text)
}

// metadata is an upstream with the example, whose updates metadata can be changed.
type metadata struct {
	*httptest.Server
	mu      sync.Mutex
	updates string
}

func newMetadata(t *testing.T) *metadata {
	releases, err := os.ReadFile("testdata/releases.json")
	require.NoError(t, err)
	updates, err := os.ReadFile("testdata/updates.json")
	require.NoError(t, err)
	m := &metadata{updates: string(updates)}
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/prod/stable/releases.json":
			w.Write(releases)
		case "/updates/stable.json":
			m.mu.Lock()
			defer m.mu.Unlock()
			io.WriteString(w, m.updates)
		default:
			w.WriteHeader(404)
		}
	}))
	t.Cleanup(m.Close)
	return m
}

func (m *metadata) config() string {
	return fmt.Sprintf(`
[upstream]
releases_url = "%s/prod/${stream}/releases.json"
updates_url = "%[1]s/updates/${stream}.json"
pause_secs = 1
[streams]
stable = ["x86_64", "aarch64"]
`, m.URL)
}

const scope = "/v1/graph?basearch=x86_64&stream=stable"

func TestServeAsAProcess(t *testing.T) {
	m := newMetadata(t)
	p := start(t, "cincinnati", []string{"serve"}, m.config())
	eventually(t, "http://"+p.status+"/readyz", 200, "ok")
	// The rollout of 2023 is over: all see it, before it only those of wariness 0 would.
	eventually(t, "http://"+p.service+scope+"&node_uuid=test", 200, "[1,4]")
	code, body := fetchText(t, http.DefaultClient, "http://"+p.service+scope+"x")
	assert.Equal(t, 404, code, body)
	code, body = fetchText(t, http.DefaultClient, "http://"+p.service+"/")
	assert.Equal(t, 200, code)
	assert.Contains(t, body, "stable, x86_64")
	eventually(t, "http://"+p.status+"/metrics", 200, "fcos_cincinnati_pe_v1_graph_unique_uuids_total 1\n")

	// Upstream news arrive by themselves.
	m.mu.Lock()
	m.updates = strings.Replace(m.updates, `"start_epoch":1700000000`, `"start_epoch":4000000000`, 1)
	m.mu.Unlock()
	eventually(t, "http://"+p.service+scope+"&node_uuid=test", 200, `"edges":[[0,1],[1,3]]`)
	eventually(t, "http://"+p.service+scope+"&rollout_wariness=0", 200, "[1,4]")

	t.Run("promtool", func(t *testing.T) {
		_, text := fetchText(t, http.DefaultClient, "http://"+p.status+"/metrics")
		check := exec.Command(testutil.Tool(t, "promtool"), "check", "metrics")
		check.Stdin = strings.NewReader(text)
		out, _ := check.CombinedOutput()
		assert.Contains(t, []int{0, 3}, check.ProcessState.ExitCode(), "it parses; 3 is the linter's opinion of the names: %s", out)
	})
	assert.Equal(t, 0, p.end(t, syscall.SIGTERM), p.text())
}

func TestTwoProcesses(t *testing.T) {
	m := newMetadata(t)
	b := start(t, "/usr/bin/fcos-graph-builder", nil, m.config())
	eventually(t, "http://"+b.service+scope, 200, "[1,4]")
	e := start(t, "/usr/bin/fcos-policy-engine", nil, fmt.Sprintf("[upstream]\nurl = 'http://%s/v1/graph'", b.service))
	eventually(t, "http://"+e.service+scope+"&node_uuid=test", 200, "[1,4]")
	code, body := fetchText(t, http.DefaultClient, "http://"+e.service+"/v1/graph?basearch=x86_64&stream=next")
	assert.Equal(t, 500, code)
	assert.Contains(t, body, "failed_upstream_request")

	assert.Equal(t, 0, b.end(t, syscall.SIGINT), b.text())
	for range 3 {
		time.Sleep(600 * time.Millisecond)
		code, body = fetchText(t, http.DefaultClient, "http://"+e.service+scope+"&node_uuid=test")
		assert.Equal(t, 200, code)
		assert.Contains(t, body, "[1,4]", "the last good graph")
	}
	assert.Contains(t, e.text(), "serving_older_graph=true")

	// The tools ask it, and see what it hides from nodes.
	code, stdout, stderr := call(t, "explain", "--url", "http://"+e.service, "--wariness", "0.9", "--from", "1.1")
	assert.Equal(t, 0, code, stderr)
	assert.Contains(t, stdout, "throttle 0.625 < wariness 0.9")
	assert.Equal(t, 0, e.end(t, syscall.SIGTERM), e.text())
}

func TestRequestsInProgressAreAnswered(t *testing.T) {
	gate := make(chan struct{})
	asked := make(chan struct{}, 9)
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-gate
		io.WriteString(w, `{"nodes":[],"edges":[]}`)
	}))
	defer up.Close()
	p := start(t, "cincinnati", []string{"policy-engine"}, fmt.Sprintf("[upstream]\nurl='%s'", up.URL))
	got := make(chan string, 1)
	go func() {
		resp, err := http.Get("http://" + p.service + scope)
		if err != nil {
			got <- err.Error()
			return
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		got <- string(body)
	}()
	<-asked
	require.NoError(t, p.Process.Signal(syscall.SIGTERM))
	eventually(t, "http://"+p.status+"/readyz", 503, "shutting down")
	close(gate)
	assert.Equal(t, `{"nodes":[],"edges":[]}`, <-got)
	<-p.done
	assert.Equal(t, 0, p.ProcessState.ExitCode(), p.text())
}

func TestTLSAndPasswords(t *testing.T) {
	dir := t.TempDir()
	writeCertificate(t, dir)
	hash, err := bcrypt.GenerateFromPassword([]byte("secret"), bcrypt.MinCost)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(dir+"/auth", []byte("fleet:"+string(hash)+"\n"), 0o600))
	m := newMetadata(t)
	p := start(t, "cincinnati", []string{"serve"}, fmt.Sprintf(
		"[service]\naddress='127.0.0.1'\nport=0\ntls_cert='%s/cert'\ntls_key='%[1]s/key'\nauth_file='%[1]s/auth'\n", dir)+m.config())
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	code, _ := fetchText(t, client, "https://"+p.service+scope)
	assert.Equal(t, 401, code)
	code, body := fetchText(t, client, "https://fleet:secret@"+p.service+scope)
	assert.Equal(t, 200, code, body)
	code, _ = fetchText(t, http.DefaultClient, "http://fleet:secret@"+p.service+scope)
	assert.NotEqual(t, 200, code)
}

// writeCertificate makes the files cert and key of a server on this machine.
func writeCertificate(t *testing.T, dir string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	for name, block := range map[string]*pem.Block{
		"cert": {Type: "CERTIFICATE", Bytes: cert}, "key": {Type: "PRIVATE KEY", Bytes: secret},
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600))
	}
}

func TestUnixSocket(t *testing.T) {
	m := newMetadata(t)
	socket := filepath.Join(t.TempDir(), "s")
	start(t, "cincinnati", []string{"graph-builder"}, "[service]\nsocket='"+socket+"'\n"+m.config())
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}}
	code, body := fetchText(t, client, "http://x"+scope)
	assert.Equal(t, 200, code, body)
}

func TestExitStatuses(t *testing.T) {
	dir := t.TempDir()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	write := func(name, text string) string {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
		return filepath.Join(dir, name)
	}
	port := taken.Addr().(*net.TCPAddr).Port
	for _, c := range []struct {
		name string
		args []string
		code int
		text string
	}{
		{"fcos-graph-builder", nil, 2, "--config"},
		{"fcos-policy-engine", []string{"--frob"}, 2, "--frob"},
		{"fcos-policy-engine", []string{"-c", write("syntax", "[service")}, 1, "syntax"},
		{"cincinnati", []string{"serve", "-c", write("port", "[service]\nport = 70000")}, 1, "70000"},
		{"cincinnati", []string{"serve", "-c", write("taken", fmt.Sprintf("[service]\naddress='127.0.0.1'\nport=%d\n", port))}, 1, "in use"},
		{"cincinnati", []string{"graph-builder", "-c", write("status", fmt.Sprintf(
			"[service]\naddress='127.0.0.1'\nport=0\n[status]\naddress='127.0.0.1'\nport=%d\n", port))}, 1, "status"},
		{"cincinnati", []string{"serve", "-c", write("tls", "[service]\ntls_cert='/does/not/exist'\ntls_key='/does/not/exist'")}, 1, "/does/not/exist"},
	} {
		cmd := command(c.name, c.args...)
		out, err := cmd.CombinedOutput()
		require.Error(t, err)
		assert.Equal(t, c.code, cmd.ProcessState.ExitCode(), string(out))
		assert.Contains(t, string(out), c.text)
	}
}

func TestUnknownKeysAreWarnings(t *testing.T) {
	m := newMetadata(t)
	p := start(t, "cincinnati", []string{"graph-builder"}, "frob = 1\n[service]\naddress='127.0.0.1'\nport=0\n[extra]\nx=1\n"+m.config())
	eventually(t, "http://"+p.service+scope, 200, "[1,4]")
	assert.Contains(t, p.text(), `unknown key \"frob\"`)
	assert.Contains(t, p.text(), `unknown key \"extra`)
}
