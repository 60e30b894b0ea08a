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
	"github.com/nestos-dev/nestos/zincati/fleetlock/server"
)

func TestServe(t *testing.T) {
	s := newSite(t, "", "")
	p := s.serve(t)
	if err := s.client(t, "node-1", nil).PreReboot(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := s.client(t, "node-2", nil).PreReboot(t.Context())
	if err == nil || err.Error() != "server-side error, code 500: all 1 semaphore slots currently locked" {
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
	if info, err := os.Stat(filepath.Join(s.state, server.AdminSocketName)); err != nil || info.Mode().Perm() != 0o600 {
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
	s := newSite(t, fmt.Sprintf("[etcd3]\nendpoints = [%q]\ntransaction_timeout_ms = 5000\n", cluster.Endpoints()[0]), "")
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
	if err == nil || err.Error() != "server-side error, code 500: failed to initialize semaphore manager: context deadline exceeded" {
		t.Errorf("without etcd: %v", err)
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("without etcd the reply took %v", took)
	}
	if code := p.end(t, syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit %d\n%s", code, p.log.String())
	}
}

func TestGracefulEnd(t *testing.T) {
	// The server has to get the first part of the request before its end begins.
	var reply []byte
	var err error
	for pause := 100 * time.Millisecond; pause < 30*time.Second; pause *= 4 {
		if reply, err = endWithin(t, pause); err == nil && strings.HasPrefix(string(reply), "HTTP/1.1 200 ") {
			return
		}
	}
	t.Errorf("%q, %v", reply, err)
}

// endWithin ends a server a while after the first part of a request, sends the rest and returns the reply.
func endWithin(t *testing.T, pause time.Duration) ([]byte, error) {
	t.Helper()
	s := newSite(t, "", "[lock]\ndefault_slots = 100")
	p := s.serve(t)
	conn, err := net.Dial("tcp", strings.Trim(strings.TrimPrefix(s.url, "http://"), "/"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	body := `{"client_params":{"id":"slow","group":"default"}}`
	fmt.Fprintf(conn, "POST /v1/pre-reboot HTTP/1.1\r\nHost: h\r\nfleet-lock-protocol: true\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(body), body[:10])
	time.Sleep(pause)
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	fmt.Fprint(conn, body[10:])
	reply, err := io.ReadAll(conn)
	_ = p.Wait()
	if got := s.run(t, "list"); err == nil && len(reply) > 0 && !strings.Contains(got, "holds  slow ") {
		t.Errorf("list:\n%s", got)
	}
	return reply, err
}

// Sockets that systemd has opened are used instead of the configured address.
func TestSocketActivation(t *testing.T) {
	s := newSite(t, "", "")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	passed, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer passed.Close()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// The process id is known only inside.
	cmd := exec.Command(testutil.Tool(t, "sh"), "-c", `LISTEN_PID=$$ exec "$0" serve -c "$1"`, self, s.config)
	cmd.Env = append(os.Environ(), asProgram+"=1", "LISTEN_FDS=1", "LISTEN_FDNAMES=fleetlock.socket")
	cmd.ExtraFiles = []*os.File{passed}
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	configured := s.client(t, "node-1", nil)
	s.url = "http://" + l.Addr().String() + "/"
	if err := s.client(t, "node-1", &fleetlock.Options{Timeout: 2 * time.Minute}).PreReboot(t.Context()); err != nil {
		t.Error(err)
	}
	if err := configured.PreReboot(t.Context()); err == nil {
		t.Error("the configured address is served, too")
	}
	_ = cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, log.String())
	}
}

// A full disk fails requests, loses nothing, and is no reason to crash; the
// server goes on when there is room.
func TestFullDisk(t *testing.T) {
	s := newSite(t, "", "[lock]\ndefault_slots = 100000")
	dir := testutil.Tmpfs(t, "size=256k")
	data, err := os.ReadFile(s.config)
	if err != nil {
		t.Fatal(err)
	}
	s.write(t, strings.ReplaceAll(string(data), s.state, filepath.Join(dir, "state")))
	s.serve(t)
	filler := filepath.Join(dir, "filler")
	_ = os.WriteFile(filler, make([]byte, 1<<20), 0o600) // as much as there is room for
	long := strings.Repeat("x", 500)
	granted := 0
	for {
		err := s.client(t, fmt.Sprint(long, granted), nil).PreReboot(t.Context())
		if err == nil {
			granted++
			continue
		}
		if !strings.Contains(err.Error(), "code 500") || !strings.Contains(err.Error(), "no space left on device") || granted == 0 {
			t.Fatalf("after %d grants: %v", granted, err)
		}
		break
	}
	if r, err := http.Get(s.status + "readyz"); err != nil || r.StatusCode != 503 {
		t.Errorf("readyz on a full disk: %v, %v", r, err)
	} else {
		r.Body.Close()
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if err := s.client(t, "last", nil).PreReboot(t.Context()); err == nil {
			break
		} else if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	if got := strings.Count(s.run(t, "ex", "get", "slots"), "\n - "); got != granted+1 {
		t.Errorf("%d holders after %d grants", got, granted+1)
	}
}

func TestFullDiskAtTheEnd(t *testing.T) {
	s := newSite(t, "", "")
	dir := testutil.Tmpfs(t, "size=256k")
	data, err := os.ReadFile(s.config)
	if err != nil {
		t.Fatal(err)
	}
	s.write(t, strings.ReplaceAll(string(data), s.state, filepath.Join(dir, "state")))
	p := s.serve(t)
	if err := s.client(t, "node-1", nil).PreReboot(t.Context()); err != nil {
		t.Fatal(err)
	}
	filler := filepath.Join(dir, "filler")
	_ = os.WriteFile(filler, make([]byte, 1<<20), 0o600) // as much as there is room for
	if code := p.end(t, syscall.SIGTERM); code != 0 {
		t.Errorf("exit %d", code)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if got := s.run(t, "list"); !strings.Contains(got, "holds  node-1 ") {
		t.Errorf("list:\n%s", got)
	}
}
